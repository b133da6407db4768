package bounce

import (
	"regexp"
	"strings"
)

// author is what the head says about who wrote a mail.
type author struct {
	// daemon: the From is one that only mail servers use; postmaster: one that they
	// and people use; faceless: one that any program may use; nobody: the return path
	// is empty, as it is for all reports (RFC 5321 4.5.5).
	daemon, postmaster, faceless, nobody bool
	// person: written with a program that people write with.
	person bool
}

var (
	daemonBox   = regexp.MustCompile(`^(mailerdaemon|maildaemon|daemon|mmdf|uucp|bounces?|.*mail(delivery|system|service|deliverer|deliverysystem|deliverysubsystem|deliveryservice)|systemadministrator|doublebounce|postmasterbounce|microsoftexchange[0-9a-f]{16,}|mailer|mdaemon|sysadmin|mailadministrator|dsn|ndr|smtpdaemon|mta|mailgateway|mailrouter|mailserver|imss)$`)
	postBox     = regexp.MustCompile(`^(post[-_]?master|mail-?admin|mailmaster)$`)
	noFace      = regexp.MustCompile(`^(postoffice|administrator|admin|no-?_?reply([-+].*)?|do-?not-?reply|root|system|abuse|staff|info|notification|notifications|alert|mail)$`)
	rawLocal    = regexp.MustCompile(`([\w.+-]+|"[^"<>]{1,64}")@`)
	daemonName  = regexp.MustCompile(`(?i)mail(er)?[ -]?(delivery|deliver)|delivery (sub)?system|mailer[ -]?daemon|mail system|mail administrator|system administrator|internet mail delivery|courier mail server|microsoft (outlook|exchange)|InterScan|mail router|mail gateway|配信(エラー|不能|失敗)|メール(配送|配信|送信)(システム|エラー|サブシステム)`)
	peoplesTool = regexp.MustCompile(`(?i)thunderbird|outlook express|microsoft (office )?outlook,? |apple mail|iphone mail|ipad mail|becky|mutt|alpine|k-?9 mail|shuriken|eudora|evolution|kmail|roundcube|squirrelmail|horde|sylpheed|wanderlust|winbiff|edmax|al-mail|foxmail|airmail|spark|yahoomailwebservice|claws|mew version|gnus|seamonkey|postbox|nylas|zimbra .*webclient|open-xchange mailer|cybozu|microsoft-macoutlook|mozilla`)
)

// readAuthor judges by the head alone.
func readAuthor(h head) author {
	from := decodeWords(h.get("from"))
	local := localPart(mailbox(from))
	squeezed := strings.NewReplacer("-", "", "_", "", ".", "", " ", "", `"`, "").Replace(local)
	if m := rawLocal.FindStringSubmatch(from); m != nil && local == "" { // no-reply@.carrier.example, "System Administrator"@
		local = strings.ToLower(m[1])
	}
	a := author{
		daemon:     daemonBox.MatchString(squeezed),
		postmaster: postBox.MatchString(local),
		faceless:   noFace.MatchString(local),
		person:     peoplesTool.MatchString(h.get("user-agent") + " " + h.get("x-mailer")),
	}
	name, _, _ := strings.Cut(from, "<")
	if daemonName.MatchString(name) && !a.person && (a.postmaster || a.faceless || local == "" || h.has("x-failed-recipients")) {
		a.daemon = true
	}
	if h.has("return-path") {
		path := strings.Trim(h.get("return-path"), "<> \t")
		a.nobody = path == "" || localPart(path) == "mailer-daemon" // Sendmail's way to write <>
	}
	bare := strings.NewReplacer(" ", "", "-", "").Replace(strings.ToLower(strings.Trim(from, ` "<>`)))
	if bare != "" && !strings.Contains(bare, "@") && (daemonBox.MatchString(bare) || postBox.MatchString(bare)) {
		a.daemon = true
	}
	return a
}

// server says whether a mail server can be its author: those who write by hand use
// none of these addresses, or a program for people.
func (a author) server() bool {
	return a.daemon || (a.postmaster || a.faceless || a.nobody) && !a.person
}

// sure says whether nobody but a mail server writes like that.
func (a author) sure() bool {
	return a.daemon || a.postmaster && a.nobody && !a.person
}
