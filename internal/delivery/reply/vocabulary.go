package reply

import "strings"

// vocabulary are the words that servers refuse with. No name of a person is among
// them that is not a plain word as well.
var vocabulary = wordsOf(`
	a about above abuse accept acceptable accepted accepting accepts access account accounts action active activity
	additional address addresses administrative administrator again against agent all allow allowed already also an and
	another any anti appear appears are argument arguments as at attachment attachments attempt attempts authenticate
	authenticated authentication authorised authorized auth automated available away back bad banned based be because
	been before being between black blacklist blacklisted block blocked blocking blocklist blocklisted body bogus both
	bounce bounced bounces breach bulk busy but by bye can can't cannot capacity center certificate characters check
	checked checking checks client close closed closing code codes come command commands complaint complaints completed
	concurrent configuration configured connect connected connecting connection connections contact contain contained
	containing contains content contents could couldn't country credentials currently customer customers daily data
	database day days default defer deferred delay delayed deliver deliverable delivered delivering delivery denied deny
	destination detail details detected did different directory disabled disallowed discarded disk dkim dmarc dns dnsbl
	do does doesn't domain domains don't double due during dynamic each ehlo either email emails empty enabled encryption
	end ensure entry envelope error errors esmtp established even exceed exceeded exceeding exceeds excessive exist
	existent exists expired external fail failed failing fails failure failures fatal few field file filter filtered
	filtering filters first folder following for forbidden forged format forward forwarding found frequency frequently
	from full further future general generic get given go good greylist greylisted greylisting group guidelines had has
	have header headers helo help here high history hop hops host hosted hosting hostname hour hourly hours how however if
	illegal in inactive inbound inbox incoming incorrect indicates information infected insufficient intended internal
	internet into invalid ip is isn't issue issues it its junk kept key known large larger later ldap least length level
	like likely limit limited limits line lines link links list listed listing lists load local locked log login long
	longer look lookup loop low mail mailbox mailboxes mailed mailer mailing mails maintenance malformed malicious malware
	many match matched maximum may me memory message messages method mime minute minutes missing moment more most moved
	mta much multiple must mx my name names need needed needs negative network new no nobody non none not nor notice
	now null number of off offending on once one only open operation or order originating other our out outbound outgoing
	over overloaded own owner page parameter parameters part per perhaps period permanent permanently permission permitted
	phishing place please point policies policy poor possible possibly postmaster potential prevent prevented previously
	privacy problem problems process processed processing prohibited prohibition protect protected protection protocol
	provide provided provider ptr queue queued quickly quota range rate rates rbl reach reached read reason reasons
	receive received receiver receiving recent recently recipient recipients recognized reconnect record records refer
	refused refuses refusing regarding register registered reject rejected rejecting rejection rejects related relay
	relayed relaying remote removal remove removed repeat reply report reported reputation request requested requests
	require required requires resend reset resolve resolved resources response restricted restriction restrictions result
	results retry retrying return returned reverse route routed routing rule rules same scanned score second seconds
	security see seems send sender senders sending sent sequence server servers service services session sessions setting
	settings several should shutting signature signed since site size slow smtp so soft some soon sorry source space spam
	spammer specified spf spoofed spoofing standard start started starttls status still storage stored string submission
	submit subject subscriber such support supported suspected suspended suspicious syntax system table take temporarily
	temporary terminated than that the their them then there these they this those threshold throttled through time timed
	timeout times tls to too traffic transaction transfer transient triggered trusted try trying type unable unacceptable
	unauthenticated unauthorized unavailable undeliverable under unexpected unfortunately unknown unless unrecognized
	unresolvable unrouteable unsolicited until untrusted unusual up upon url urls us usage use used user username users
	using usual valid validation verification verified verify via view violated violates violation virtual virus visit
	volume wait want was we web weren't when where which while whitelist who why will with within without words working
	write wrong you your`)

func wordsOf(text string) map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		words[w] = true
	}
	return words
}
