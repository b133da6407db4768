package bounce

import (
	"regexp"
	"strings"
	"sync"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// meaning is a way of saying something in a report, and what it means.
type meaning struct {
	id      string
	words   *regexp.Regexp
	verdict reply.Verdict
}

// What reports mean. A failure of ours must never read as a dead mailbox, so what is
// about sender, content and speed stands before what is about the recipient. full and
// away are not for good; dead and gone are; gone is said by mistake now and then.
var (
	bySender  = reply.Verdict{Blame: reply.SenderDomain, Permanent: true}
	byIP      = reply.Verdict{Blame: reply.SenderIP, Permanent: true}
	byContent = reply.Verdict{Blame: reply.Content, Permanent: true}
	tooFast   = reply.Verdict{Blame: reply.Rate}
	outOrder  = reply.Verdict{Blame: reply.Receiver}
	full      = reply.Verdict{Blame: reply.Recipient}
	unwanted  = reply.Verdict{Blame: reply.Recipient, Permanent: true}
	dead      = reply.Verdict{Blame: reply.Recipient, Permanent: true, Unknown: true}
	gone      = reply.Verdict{Blame: reply.Recipient, Permanent: true, Unknown: true, Twice: true}
)

var meanings = []meaning{
	{"sender", regexp.MustCompile(`(?i)sender (address|domain|host)?[^.;]{0,30}(reject|denied|verif|unknown|not (found|exist)|does not (exist|resolve)|invalid)|(sender|mail from)[^.;]{0,20}(rejected|refused|denied)|but sender was rejected|domain of sender|\b(dmarc|spf|dkim|arc)\b|unauthenticated|not authenticated|authentication (required|fail)|relay(ing)?[^.;]{0,20}(denied|not (allowed|permitted)|prohibited|access)|(unable|not permitted|not allowed|refus\w+) to relay|do not relay|not authori[sz]ed to send|RESOLVER\.RST\.(AuthRequired|NotAuthorized)|not have permission to (post|send)|not (a )?member|送信者.{0,10}(拒否|認証|制限)`), bySender},
	{"blocked", regexp.MustCompile(`(?i)block(ed|ing)? (list|using|by|due|for|because|from)|[^a-z]blocked\b|black ?list|deny ?list|\brbl\b|\bdnsbl\b|\bs?xbl\b|\bpbl\b|spamhaus|spamcop|barracuda(central)?|sorbs|invaluement|reputation|banned|bad (ip|host)|reverse dns|\bptr\b|rdns|(client|your) (host|ip)[^.;]{0,30}(reject|denied|block|refus|not (allowed|accept))|my name was rejected|mail from [^.;]{0,40}(refused|not accepted)|access (from|by) (your|this) (ip|host)`), byIP},
	{"full", regexp.MustCompile(`(?i)quota|mailbox[^.;]{0,30}(full|exceed|size|limit|storage|out of space)|(full|no space in)[^.;]{0,12}mailbox|(account|inbox|folder)( is)? full|out of storage|(storage|disk) (space|limit|allocation)|exceeded (its |the |their )?(storage|mailbox|allocated)|not enough (free )?space|insufficient (system )?(storage|disk|space)|too much mail data|messages in recipient's mailbox|mailbox exceeds|disk full|no space left|(容量|メールボックス|ボックス)[^。]{0,20}(満|一杯|いっぱい|超|オーバー|不足|あふれ)`), full},
	{"content", regexp.MustCompile(`(?i)\bspam\b|unsolicited|junk mail|content (rejected|denied|blocked|not|filter)|message content|virus|malware|phish|attachment[^.;]{0,30}(not|block|prohibit|reject)|(prohibited|suspicious|objectionable) (content|attachment|url|link)|\burl\b[^.;]{0,30}(block|list|reject)|(message|mail|data|size)[^.;]{0,30}(too (big|large)|exceeds?[^.;]{0,40}(size|limit|maximum|bytes))|(message|size|line) (is )?too long|(size|length) (limit|exceed)|exceeds? (the )?(maximum|fixed)|header error|message (was )?(rejected|blocked|refused) (by|due|because|as)|(violat\w+|against|by|due to)[^.;]{0,30}polic(y|ies)|policy (reasons?|violation|restriction)|bulk mail|RESOLVER\.RST\.RecipSizeLimit|too many hops|Received headers|mail loop|routing loop|loop(s)? back|duplicated message-id|迷惑メール|ウイルス|サイズ(制限|超過|が)`), byContent},
	{"rate", regexp.MustCompile(`(?i)rate ?limit|throttl|too (many|much) (mail|message|connection|recipient|concurrent|session|sent)|too (fast|frequent)|excessive|unusual(ly high)? (rate|amount|volume)|(sending|message|receiv\w+) (limit|rate)[^.;]{0,20}exceed|exceed(ed|s)[^.;]{0,30}(rate|connections|messages per)|gr[ea]y ?list|\[TSS?\d\d\]|RESOLVER\.ADR\.RecipLimit`), tooFast},
	{"au filter", regexp.MustCompile(`(?i)\b550 :? ?: ?user unknown|x-spasign|Mail Delivery Failed\.\.\. User unknown`), unwanted},
	{"closed", regexp.MustCompile(`(?i)temporarily (limited|disabled|suspended|unavailable|deactivated|inactive|over)|account (is )?temporarily|一時的に(制限|停止)`), full},
	{"disabled", regexp.MustCompile(`(?i)(account|mailbox|user|recipient|mail ?address|address|inbox)\S*[^.;<]{0,60}(disabled|suspended|inactive|deactivated|terminated|closed|expired|cancell?ed|administrative?l?e?y (disabled|locked)|has been (locked|removed|deleted))|(disabled|suspended|inactive|deactivated|closed|expired) (account|mailbox|user|recipient|e?-?mail)|(アカウント|利用|契約|メールアドレス)[^。]{0,12}(停止|解約|休止|無効)`), gone},
	{"unknown", regexp.MustCompile(`(?i)(user|recipient|address|mailbox|account|mail-?box|addressee|alias|destination|e-?mail address)\S*[^.;]{0,40}(unknown|not (be )?(found|known|exist|listed|valid|recogni[sz]ed|available|unique|local|a valid)|n[o']t (found|exist|have|known|listed|a valid)|does( no|n')t exist|doesnt exist|couldn'?t be found|wasn'?t found|invalid|unavailable|no longer|undeliverable|unrout(e)?able|no such)|` +
		`(unknown|invalid|no such|non-?exist\w+|nonexist\w+|bad|illegal|unrouteable|unroutable|no known|no valid|undefined|no) +(local )?(\S+ )?(user|local-part|recipient|address|mailbox|account|destination|final delivery userid|addressee|person)|no (such )?(user|mailbox|one|account|person|recipient)s?( here| by that name| exist|\b)|not (our|a) (customer|valid)|not known here|doesn'?t have an? .{0,40} account|RecipNotFound|RecipientNotFound|not listed in|no se encuentra|non répertorié|fail.{0,12}to find|` +
		`does not like recipient|unknown to (us|this)|no longer (works|employed|with|in use|valid|active|available)|left the (company|organi[sz]ation)|group you tried to contact|may not exist|did not match any|R[eE]cipient (not|un)|5\.1\.1|5\.1\.10|5\.1\.6|000C05A6|` +
		`unbekannt|existiert nicht|inconnu|n'existe pas|desconocid|no existe|sconosciut|non esiste|não existe|用户不存在|不存在|не существует|존재하지|(ユーザー?|宛先|アドレス|メールボックス|受信者|ディレクトリに)[^。]{0,16}(存在(し|せ|いた)|見つかり|不明|ありません|ございません|誤)|宛先不明`), dead},
	{"no host", regexp.MustCompile(`(?i)(host|domain|mx|server)( name)?\S*[^.;]{0,40}(unknown|not (be )?(found|known|exist)|does( no|n')t exist|doesnt exist|no answer with|invalid|lookups? failed permanently|violates)|(unknown|no such|invalid|non-?exist\w+) (host|domain|mail ?server)|couldn'?t find (any|a) (host|mail exchanger)|(no|null) mx|NonExistentDomain|NXDOMAIN|name or service not known|unrout(e)?able (mail )?domain|no mail server|does not accept (e-?)?mail|no SMTP service|all relevant MX records point|bad destination (host|system)|(ドメイン|ホスト|サーバ)[^。]{0,12}(存在|見つかり|不明)|5\.1\.2|5\.4\.4`), gone},
	{"filtered", regexp.MustCompile(`(?i)(recipient|user|customer|mailbox|address)( \S+){0,3} (refused|rejected|refuses|rejects|has blocked|has set|only accepts?|do(es)? not (accept|want)|not accepting|is not allowed)\b|Recipient address rejected|filtered|message (has been )?refused by|(受信|着信)(を)?(拒否|制限)|(ドメイン|指定受信)[^。]{0,8}(拒否|設定)|Cannot route mail to user|Ambiguous`), unwanted},
	{"receiver", regexp.MustCompile(`(?i)tim(ed?|ing)[ -]?out|expired|refused|unreachable|not (responding|reachable|available|ready)|could not (connect|contact)|no (route|answer|SMTP connection)|connection (reset|lost|dropped|closed|fail)|lost connection|network|(too long|long time) in|in the queue too long|not delivered within|has been failing|try again|temporar|system (error|problem|failure)|internal (server )?error|local (error|problem)|service (unavailable|not available)|server (busy|error|down)|resources|cannot (open|create|append)|I/O error|loopback|delivery failed after|retry time|タイムアウト|接続(でき|に失敗)|応答(が|しま)|混雑|期限`), outOrder},
}

// Judge says what a report means that comes in another form than a mail: the address
// it is about, the status it gives, and the words of the receiving server.
func Judge(address, status, diagnostic string) Recipient {
	r := Recipient{Final: address, Action: "failed", Status: statusIn(status), Diagnostic: oneLine(typedText(diagnostic))}
	judge(&r, "")
	return r
}

// judge says what a report means for its recipient. The words decide, for codes are
// often made up by whoever reports; without known words the codes do.
func judge(r *Recipient, whole string) {
	text := r.Diagnostic
	if r.Status == "" || strings.HasSuffix(r.Status, ".0.0") {
		if s := statusIn(text); s != "" {
			r.Status = s
		}
	}
	if r.Code == 0 {
		r.Code = codeIn(text)
	}
	if r.Command == "" {
		r.Command = commandIn(text)
	}
	v, ok := byWords(r, text)
	if !ok {
		v, ok = byRules(r, text)
	}
	if !ok {
		v, ok = byStatus(r.Status)
	}
	if !ok {
		if line := telling(whole); line != "" {
			r.Diagnostic, r.Status, r.Code = line, or(r.Status, statusIn(line)), max(r.Code, codeIn(line))
			v, ok = byWords(r, line)
		}
	}
	if !ok {
		v = byCode(r)
	}
	r.Verdict = v
}

// or is the first of two texts that is not empty.
func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// byWords judges by what is said; false if nothing known is.
func byWords(r *Recipient, text string) (reply.Verdict, bool) {
	if v, ok := carrier(r, text); ok {
		return v, true
	}
	class := statusClass(r)
	for _, m := range meanings {
		if !m.words.MatchString(text) {
			continue
		}
		v := m.verdict
		if m.id == "filtered" && (strings.HasPrefix(r.Status, "5.1.") || r.Status == "5.4.1") {
			v = gone
		}
		v.Rule = "report." + strings.ReplaceAll(m.id, " ", "_")
		if class == 4 {
			v.Permanent, v.Unknown, v.Twice = false, false, false
		}
		return v, true
	}
	return reply.Verdict{}, false
}

// general are the rules for what servers say while a message is handed over; a report
// often quotes it. They are read once and are nil only if the program is broken.
var general = sync.OnceValue(func() *reply.Rules {
	rules, err := reply.General()
	if err != nil {
		return nil
	}
	return rules
})

// byRules judges a reply that is quoted word by word; false if no rule knows it.
func byRules(r *Recipient, text string) (reply.Verdict, bool) {
	rules := general()
	if rules == nil || r.Code < 400 {
		return reply.Verdict{}, false
	}
	stages := map[string]smtp.Stage{"MAIL": smtp.StageMail, "DATA": smtp.StageAfterDot}
	stage, known := stages[r.Command]
	if !known {
		stage = smtp.StageRcpt
	}
	v := rules.Judge(reply.Event{Stage: stage, Kind: smtp.KindRefused, Code: r.Code, Enhanced: r.Status, Text: text})
	v.Wait = 0 // it was asked of somebody else, some time ago
	return v, v.Rule != ""
}

// carrier knows what Japanese carriers mean: docomo and au say "unknown user" for a
// mailbox that exists and does not want the mail, and only the place of the words, or
// a missing name, tells the two apart.
func carrier(r *Recipient, text string) (reply.Verdict, bool) {
	domain := strings.ToLower(r.Final[strings.LastIndexByte(r.Final, '@')+1:])
	low := strings.ToLower(text)
	said := strings.Contains(low, "unknown user") || strings.Contains(low, "user unknown")
	switch {
	case domain == "docomo.ne.jp" && said:
		v := gone
		if r.Command == "DATA" || r.Status == "5.2.0" {
			v = unwanted
		}
		v.Rule = "report.docomo"
		return v, true
	case (domain == "ezweb.ne.jp" || domain == "au.com" || domain == "uqmobile.jp") && said && strings.Contains(low, "550 : user unknown"):
		v := unwanted
		v.Rule = "report.au"
		return v, true
	}
	return reply.Verdict{}, false
}

// statusClass is 2, 4 or 5, by the status and else by the code; 0 if there is neither.
// A report that gave up is final even with a 4: that is said by its action.
func statusClass(r *Recipient) int {
	if r.Status != "" {
		return int(r.Status[0] - '0')
	}
	return r.Code / 100
}

// byStatus judges by RFC 3463 alone.
func byStatus(status string) (reply.Verdict, bool) {
	if status == "" || strings.HasSuffix(status, ".0.0") {
		return reply.Verdict{}, false
	}
	var v reply.Verdict
	switch detail := status[2:]; {
	case detail == "1.1", detail == "1.6", detail == "1.10":
		v = dead
	case detail == "1.2", detail == "1.3", detail == "2.1":
		v = gone
	case detail == "4.1" && status[0] == '5': // Exchange Online at its edge
		v = gone
	case detail == "2.2", detail == "1.5":
		v = full
	case detail == "2.3", detail == "3.4", strings.HasPrefix(detail, "6."):
		v = byContent
	case detail == "1.7", detail == "1.8", strings.HasPrefix(detail, "7."):
		v = bySender
	case strings.HasPrefix(detail, "1."), strings.HasPrefix(detail, "2."):
		v = unwanted
	case strings.HasPrefix(detail, "5."):
		v = reply.Verdict{Blame: reply.Protocol, Permanent: true}
	default: // 3.x system, 4.x network
		v = outOrder
	}
	if status[0] == '4' {
		v.Permanent, v.Unknown, v.Twice = false, false, false
	}
	return v, true
}

// byCode judges by the reply code and the place of the refusal alone. That does not
// say that a mailbox is dead.
func byCode(r *Recipient) reply.Verdict {
	switch {
	case r.Code == 552:
		return full
	case r.Code >= 500 && r.Command == "RCPT", r.Code == 0 && strings.HasPrefix(r.Status, "5"):
		return unwanted
	case r.Code >= 500 && r.Command == "MAIL":
		return bySender
	case r.Code >= 500 && r.Command == "DATA":
		return byContent
	case r.Code >= 500:
		return unwanted
	}
	return outOrder
}

// telling is the line of a report that says why, "" if none does.
func telling(text string) string {
	best, n := "", 0
	for line := range strings.Lines(text) {
		if n++; n > 300 {
			break
		}
		line = oneLine(line)
		switch {
		case line == "", len(line) < 100 && strings.HasSuffix(line, ":"):
		case statusIn(line) != "", codeIn(line) >= 400:
			return line
		case best == "" && pointed(line):
			best = line
		}
	}
	return best
}

// pointed says whether a line names a reason other than that something is out of order.
func pointed(line string) bool {
	for _, m := range meanings {
		if m.words.MatchString(line) {
			return m.verdict.Blame != reply.Receiver
		}
	}
	return false
}
