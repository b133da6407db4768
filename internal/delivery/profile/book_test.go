package profile_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

func TestEveryProfileIsDatedAndSourced(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, p := range load(t).All() {
		ids = append(ids, p.ID)
		if p.AsOf.Year() < 2026 || len(p.Sources) == 0 || p.Name("ja") == "" || p.Name("en") == "" || p.Replies == nil || len(p.Retry) == 0 {
			t.Errorf("%+v", p)
		}
		for _, d := range p.Domains {
			if m, err := addr.ParseMail("a@" + strings.TrimPrefix(d, ".")); err != nil || m.Domain() != strings.TrimPrefix(d, ".") {
				t.Errorf("%s: %s: %v", p.ID, d, err)
			}
		}
	}
	want := "au docomo gmail icloud microsoft365 outlook rakuten_mobile softbank yahoo yahoo_japan everyone"
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("profiles are %s", got)
	}
}

func TestWhoseDomainItIs(t *testing.T) {
	t.Parallel()
	b := load(t)
	google := []string{"aspmx.l.google.com.", "ALT1.ASPMX.L.GOOGLE.COM", "aspmx2.googlemail.com"}
	for _, c := range []struct {
		domain string
		mx     []string
		id     string
	}{
		{"docomo.ne.jp", nil, "docomo"},
		{"Docomo.NE.jp.", nil, "docomo"},
		{"mail.docomo.ne.jp", nil, "everyone"},
		{"docomo.ne.jp.example.com", nil, "everyone"},
		{"notdocomo.ne.jp", nil, "everyone"},
		{"au.com", nil, "au"},
		{"ezweb.ne.jp", nil, "au"},
		{"a2.ezweb.ne.jp", nil, "au"},
		{"x.y.ezweb.ne.jp", nil, "au"},
		{"softbank.ne.jp", nil, "softbank"},
		{"i.softbank.jp", nil, "softbank"},
		{"t.vodafone.ne.jp", nil, "softbank"},
		{"ymobile.ne.jp", nil, "softbank"},
		{"wm.pdx.ne.jp", nil, "softbank"},
		{"rakumail.jp", nil, "rakuten_mobile"},
		{"yahoo.co.jp", nil, "yahoo_japan"},
		{"ymail.ne.jp", nil, "yahoo_japan"},
		{"yahoo.com", nil, "yahoo"},
		{"ymail.com", nil, "yahoo"},
		{"yahoo.co.uk", nil, "yahoo"},
		{"gmail.com", nil, "gmail"},
		{"hotmail.co.jp", nil, "outlook"},
		{"me.com", nil, "icloud"},
		// A domain's own name goes before its servers.
		{"docomo.ne.jp", google, "docomo"},
		// Companies at large providers.
		{"example.co.jp", google, "gmail"},
		{"example.co.jp", []string{"smtp.google.com"}, "gmail"},
		{"example.co.jp", []string{"example-co-jp.mail.protection.outlook.com"}, "microsoft365"},
		{"example.co.jp", []string{"example-co-jp.a-v1.mx.microsoft"}, "microsoft365"},
		{"example.co.jp", []string{"example-co-jp.mail.protection.outlook.com", "example-co-jp.a-v1.mx.microsoft"}, "microsoft365"},
		{"hotmail.example", []string{"hotmail-example.olc.protection.outlook.com"}, "outlook"},
		{"example.com", []string{"mta5.am0.yahoodns.net", "mta6.am0.yahoodns.net"}, "yahoo"},
		{"example.jp", []string{"mx1.mail.yahoo.co.jp"}, "yahoo_japan"},
		{"example.jp", []string{"mx01.mail.icloud.com", "mx02.mail.icloud.com"}, "icloud"},
		// Sets that are not one provider's.
		{"example.co.jp", []string{"aspmx.l.google.com", "mx.example.co.jp"}, "everyone"},
		{"example.co.jp", []string{"mx.example.co.jp", "aspmx.l.google.com"}, "everyone"},
		{"example.co.jp", []string{"aspmx.l.google.com", "example-co-jp.mail.protection.outlook.com"}, "everyone"},
		{"example.co.jp", []string{"mx1.mail.yahoo.co.jp", "mta5.am0.yahoodns.net"}, "everyone"},
		{"example.co.jp", []string{"evilgoogle.com"}, "everyone"},
		{"example.co.jp", []string{"google.com.example.co.jp"}, "everyone"},
		{"example.co.jp", []string{"google.com"}, "gmail"},
		{"example.co.jp", nil, "everyone"},
		{"", []string{""}, "everyone"},
	} {
		if p := b.For(c.domain, c.mx); p.ID != c.id {
			t.Errorf("%s at %v is %s, not %s", c.domain, c.mx, p.ID, c.id)
		}
	}
	if b.ByDomain("example.co.jp") != nil || b.ByMX(nil) != nil || b.ByID("nobody") != nil {
		t.Error("nobody's is somebody's")
	}
	if b.ByID("everyone") != b.For("example.co.jp", nil) {
		t.Error("everyone is not everyone")
	}
}

func TestWhatTheCarriersNeed(t *testing.T) {
	t.Parallel()
	b := load(t)
	docomo, au := b.ByID("docomo"), b.ByID("au")
	if docomo.MostRecipients != 100 || docomo.MailsPerConnection.Most > 100 {
		t.Errorf("a session with docomo names %d recipients, in up to %d mails", docomo.MostRecipients, docomo.MailsPerConnection.Most)
	}
	if docomo.UnknownUsers.Alarm != 0.01 || docomo.UnknownUsers.Trip != 0.02 {
		t.Errorf("unknown users at docomo: %+v", docomo.UnknownUsers)
	}
	if !au.ResetIsRate || au.MaxSize != 3_000_000 || au.IdleClose > 5*time.Second {
		t.Errorf("au: %+v", au)
	}
	reset := reply.Event{Kind: smtp.KindReset, Stage: smtp.StageRcpt, Reset: true}
	for _, p := range b.All() {
		if slower := p.Replies.Judge(reset).Blame == reply.Rate; slower != (p == au) {
			t.Errorf("%s: a reset means slower: %v", p.ID, slower)
		}
		if legacy := p.LegacyLocal; legacy != profile.Quoted {
			t.Errorf("%s writes old local parts %s", p.ID, legacy)
		}
	}
	if r := b.ByID("icloud").MailsPerConnection; r.Most != 5 || r.Hold(9) != 5 || r.Hold(0) != 1 || r.Hold(3) != 3 {
		t.Errorf("iCloud takes %+v mails a connection", r)
	}
}

// Two providers of one name: what the one says in its words means nothing special
// with the other.
func TestYahooIsNotYahoo(t *testing.T) {
	t.Parallel()
	b := load(t)
	e := reply.Event{
		Kind: smtp.KindRefused, Stage: smtp.StageMail, Code: 421, Enhanced: "4.7.0",
		Text: "[TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
	}
	japan, inc := b.For("yahoo.co.jp", nil).Replies.Judge(e), b.For("yahoo.com", nil).Replies.Judge(e)
	if japan.Rule != "yahoo_japan.deferred" || japan.Wait != time.Hour || inc.Rule != "yahoo.complaints" || inc.Wait != 2*time.Hour {
		t.Errorf("in Japan %+v, elsewhere %+v", japan, inc)
	}
}

func TestOperatorsOwnProfiles(t *testing.T) {
	t.Parallel()
	b, err := profile.LoadWith(fstest.MapFS{
		"docomo.toml": {Data: []byte(`
id = "docomo"
as_of = "2027-01-31"
[connections]
most = 8
[[rule]]
id = "docomo.unknown"
codes = ["550"]
text = "unknown user"
blame = "recipient"
`)},
		"club.toml": {Data: []byte(strings.Replace(whole, `domains = ["club.example"]`, `domains = ["club.example", "yahoo.ne.jp"]`, 1))},
		"zcare.toml": {Data: []byte(strings.NewReplacer(`"club"`, `"zcare"`, `"club.full"`, `"zcare.full"`,
			`domains = ["club.example"]`, `domains = ["care.example"]`, `mx = ["club.example"]`, `mx = ["google.com"]`).Replace(whole))},
		"notes.txt":  {Data: []byte("not a profile")},
		"sub/x.toml": {Data: []byte("not read")},
	})
	if err != nil {
		t.Fatal(err)
	}
	docomo := b.ByID("docomo")
	if docomo.Connections != (profile.Range[int]{Start: 2, Least: 1, Most: 8}) || docomo.AsOf.Year() != 2027 || docomo.MostRecipients != 100 {
		t.Errorf("docomo is %+v", docomo)
	}
	e := reply.Event{Kind: smtp.KindRefused, Stage: smtp.StageRcpt, Code: 550, Text: "Unknown user x@docomo.ne.jp"}
	if v := docomo.Replies.Judge(e); v.Unknown || v.Rule != "docomo.unknown" {
		t.Errorf("the operator's rule is not asked: %+v", v)
	}
	e.Code, e.Text = 552, "Too much mail data"
	if v := docomo.Replies.Judge(e); v.Rule != "docomo.full" {
		t.Errorf("the rules that came with it are lost: %+v", v)
	}
	if b.For("club.example", nil).ID != "club" || b.For("x.example", []string{"mx1.club.example"}).ID != "club" {
		t.Error("the new provider is not found")
	}
	if b.For("yahoo.ne.jp", nil).ID != "club" || b.For("yahoo.co.jp", nil).ID != "yahoo_japan" {
		t.Error("the operator's claim to a domain does not count")
	}
	if b.ByMX([]string{"aspmx.l.google.com"}).ID != "zcare" || load(t).ByMX([]string{"aspmx.l.google.com"}).ID != "gmail" {
		t.Error("the operator's claim to servers does not count")
	}
	if load(t).ByID("docomo").Connections.Most != 4 {
		t.Error("what comes with the program was changed")
	}
}

// whole is a profile that nothing is missing from.
const whole = `
id = "club"
ja = "クラブ"
en = "Club"
as_of = "2026-11-22"
sources = ["its postmaster"]
[match]
domains = ["club.example"]
mx = ["club.example"]
[connections]
start = 2
least = 1
most = 4
[mails_per_connection]
start = 2
least = 1
most = 4
[mails_per_second]
start = 2
least = 0.5
most = 4
[session]
most_recipients = 50
max_size = 1000000
idle_close = "5s"
tls = "encrypted"
legacy_local = "as_is"
[unknown_users]
alarm = 0.01
trip = 0.02
least_sample = 10
[retry]
after = ["5m", "5m", "1h"]
pause = "5m"
[[rule]]
id = "club.full"
text = "no seats"
blame = "recipient"
`

func TestBadProfilesAreRefusedByFileAndKey(t *testing.T) {
	t.Parallel()
	if _, err := profile.LoadWith(fstest.MapFS{"club.toml": {Data: []byte(whole)}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`id = "club"`, `id = "Club!"`, "id: must be"},
		{`ja = "クラブ"`, ``, "ja: missing"},
		{`en = "Club"`, ``, "en: missing"},
		{`as_of = "2026-11-22"`, ``, "as_of: missing"},
		{`as_of = "2026-11-22"`, `as_of = "2026-13-22"`, "as_of: parsing"},
		{`sources = ["its postmaster"]`, ``, "sources: missing"},
		{`domains = ["club.example"]`, `domains = ["Club.example"]`, "match: domains: not a"},
		{`domains = ["club.example"]`, `domains = ["club.example", "docomo.ne.jp", "docomo.ne.jp"]`, "stands twice"},
		{`mx = ["club.example"]`, `mx = [".club.example"]`, "match: mx: not a"},
		{`domains = ["club.example"]` + "\n" + `mx = ["club.example"]`, ``, "match: neither"},
		{"start = 2\nleast = 1\nmost = 4", "start = 9\nleast = 1\nmost = 4", "connections: must be least"},
		{"start = 2\nleast = 1\nmost = 4", "start = 2\nleast = 0\nmost = 4", "connections: must be least"},
		{"start = 2\nleast = 1\nmost = 4", "start = 2\nleast = 1\nmost = 4000", "connections: most is"},
		{"start = 2\nleast = 0.5\nmost = 4", "start = nan\nleast = 0.5\nmost = 4", "mails_per_second: must be"},
		{"start = 2\nleast = 0.5\nmost = 4", "start = 2\nleast = 0.5\nmost = 4\nmots = 5", "unknown key mails_per_second.mots"},
		{"most_recipients = 50", "most_recipients = 3", "session: most_recipients: more mails"},
		{"most_recipients = 50", "most_recipients = -1", "session: most_recipients: out"},
		{"max_size = 1000000", "max_size = 3", "session: max_size"},
		{"max_size = 1000000", `max_size = "3MB"`, "max_size"},
		{`idle_close = "5s"`, `idle_close = "5h"`, "session: idle_close"},
		{`idle_close = "5s"`, ``, "session: idle_close"},
		{`tls = "encrypted"`, `tls = "yes"`, "session: tls"},
		{`legacy_local = "as_is"`, ``, "session: legacy_local"},
		{"alarm = 0.01", "alarm = 0.5", "unknown_users: must be"},
		{"least_sample = 10", "", "unknown_users: least_sample"},
		{`after = ["5m", "5m", "1h"]`, `after = ["5m", "1m"]`, "retry: after: waits"},
		{`after = ["5m", "5m", "1h"]`, `after = ["5m", "25h"]`, "retry: after: out"},
		{`pause = "5m"`, `pause = "-5m"`, "retry: pause"},
		{`id = "club.full"`, `id = "docomo.full"`, `rule: "docomo.full": must begin`},
		{`text = "no seats"`, `text = "no (seats"`, "rule 1 (club.full): text"},
		{`text = "no seats"`, `txet = "no seats"`, "unknown key rule.txet"},
		{`blame = "recipient"`, `blame = "them"`, "rule 1 (club.full): blame"},
		{`[session]`, `[session`, "club.toml"},
	} {
		text := strings.Replace(whole, c.old, c.new, 1)
		if text == whole {
			t.Fatalf("%q is not in the profile", c.old)
		}
		_, err := profile.LoadWith(fstest.MapFS{"club.toml": {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q instead of %q: %v", c.new, c.old, err)
		} else if !strings.Contains(err.Error(), "club") {
			t.Errorf("the file is not named: %v", err)
		}
	}
}

func TestProfilesThatQuarrelAreRefused(t *testing.T) {
	t.Parallel()
	second := strings.NewReplacer(`"club"`, `"tennis"`, `"club.full"`, `"tennis.full"`).Replace(whole)
	for name, files := range map[string]fstest.MapFS{
		"one id":           {"a.toml": {Data: []byte(whole)}, "b.toml": {Data: []byte(whole)}},
		"one domain":       {"a.toml": {Data: []byte(whole)}, "b.toml": {Data: []byte(second)}},
		"everyone by name": {"a.toml": {Data: []byte("id = \"everyone\"\nas_of = \"2027-01-01\"\nmatch.domains = [\"a.example\"]")}},
	} {
		if _, err := profile.LoadWith(files); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

func BenchmarkFor(b *testing.B) {
	book := load(b)
	mx := []string{"aspmx.l.google.com", "alt1.aspmx.l.google.com", "alt2.aspmx.l.google.com"}
	for b.Loop() {
		book.For("example.co.jp", mx)
	}
}
