package outside

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/delivery/postfixtest"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
	"github.com/kyodaku/kyodaku/internal/testcount"
)

// Who the invented company is.
const (
	legalName     = "みどり商会株式会社"
	postalAddress = "東京都千代田区丸の内1-1-1 みどりビル5階"
	fromAddress   = "news@midori.example"
	sendingDomain = "midori.example"
	ownerMail     = "hanako@midori.example"
	ownerPassword = "mizuiro no kasa wo motte"
	// mailDomain is where readers have their mailboxes, in Postfix.
	mailDomain = "mail.example.jp"
)

// office is a company with everything it needs: the server, a name server in which
// its domain stands, and Postfix, which takes mail to its readers.
type office struct {
	*server
	zone    *zone
	postfix *postfixtest.Server
	data    string
	// owner is signed in.
	owner *person
}

// newOffice opens an office on the given database, or on SQLite when it is "".
func newOffice(tb testing.TB, database string) *office {
	tb.Helper()
	program(tb)
	o := &office{zone: newZone(tb), postfix: postfixtest.Start(tb, mailDomain), data: tb.TempDir()}
	o.server = serve(tb, o.environ(database)...)
	o.owner = o.signIn()
	return o
}

// environ is everything that the program is told: the wizard's answers too.
func (o *office) environ(database string) []string {
	env := []string{
		"KYODAKU_DATA_DIR=" + o.data, "KYODAKU_LOG_LEVEL=info",
		"KYODAKU_DELIVERY_MODE=relay", "KYODAKU_DELIVERY_RELAY=" + o.postfix.Addr, "KYODAKU_DELIVERY_RELAY_TLS=off-loopback-only",
		"KYODAKU_DELIVERY_HOSTNAME=out.midori.example", "KYODAKU_DELIVERY_CONCURRENCY=4", "KYODAKU_DELIVERY_RESOLVERS=" + o.zone.addr,
		"KYODAKU_INBOUND_LISTEN=127.0.0.1:0", "KYODAKU_INBOUND_DOMAIN=reply.midori.example",
		"KYODAKU_SETUP_WORKSPACE_NAME=みどり商会", "KYODAKU_SETUP_LEGAL_NAME=" + legalName, "KYODAKU_SETUP_POSTAL_ADDRESS=" + postalAddress,
		"KYODAKU_SETUP_LEGAL_NAME_EN=Midori Shokai Co., Ltd.", "KYODAKU_SETUP_POSTAL_ADDRESS_EN=1-1-1 Marunouchi, Chiyoda-ku, Tokyo",
		"KYODAKU_SETUP_EMAIL=info@midori.example", "KYODAKU_SETUP_PHONE=03-1234-5678", "KYODAKU_SETUP_URL=https://midori.example/",
		"KYODAKU_SETUP_FROM_NAME=みどり商会", "KYODAKU_SETUP_FROM_ADDRESS=" + fromAddress,
		"KYODAKU_SETUP_ADMIN_EMAIL=" + ownerMail, "KYODAKU_SETUP_ADMIN_NAME=山田 花子", "KYODAKU_SETUP_ADMIN_PASSWORD=" + ownerPassword,
	}
	if database != "" {
		env = append(env, "KYODAKU_DATABASE="+database)
	}
	return env
}

// eachEngine opens an office on either engine.
func eachEngine(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		testcount.Ran(t, testcount.SQLite)
		test(t, newOffice(t, ""))
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		test(t, newOffice(t, storetest.PostgreSQLURL(t)))
	})
}

func (o *office) signIn() *person {
	o.Helper()
	p := newPerson(o.TB, o.url)
	p.open("/admin").form("form[action='/admin/sign-in']").set("email", ownerMail, "password", ownerPassword).press().is(http.StatusOK)
	p.open("/admin/").is(http.StatusOK).has("山田 花子")
	return p
}

// proveDomain publishes the records that the settings page asks for, and has them checked.
func (o *office) proveDomain() {
	o.Helper()
	page := o.owner.open("/admin/settings/domains").is(http.StatusOK).has(sendingDomain)
	eventually(o.TB, "the settings page tells the signing keys", func() bool {
		page = o.owner.open("/admin/settings/domains")
		return strings.Contains(page.text(), "_domainkey")
	})
	for _, n := range page.all("main .dns-record") {
		part := &sheet{person: page.person, url: page.url, root: n}
		o.zone.publish(textOf(part.one("p code")), textOf(part.one("pre code")))
	}
	page.form("form[action$='/check']").press().is(http.StatusOK)
	o.owner.open("/admin/settings/domains").lacks("badge-quiet")
}

// makeTopic makes a topic through the pages.
func (o *office) makeTopic(key, name string) {
	o.Helper()
	f := o.owner.open("/admin/topics/new").is(http.StatusOK).form("form[action='/admin/topics/new']")
	f.set("key", key, "name_ja", name, "name_en", "Weekly letter", "content_ja", "畑のようすと季節のレシピをお届けします。",
		"content_en", "News from the fields and recipes.", "promised_count", "30", "promised_period", "month").press().is(http.StatusOK).has(name)
}

// makeKey makes an API key that may do everything.
func (o *office) makeKey() string {
	o.Helper()
	f := o.owner.open("/admin/settings/keys/new").is(http.StatusOK).form("form[action='/admin/settings/keys/new']").set("name", "外部")
	for _, n := range f.all("input[name=scopes]") {
		f.tick("scopes", boxValue(n))
	}
	return textOf(f.press().is(http.StatusOK).one("pre code"))
}

// mailbox reads what Postfix delivered.
type mailbox struct{ *office }

// Mails implements journey.Mailbox.
func (m mailbox) Mails(_ context.Context, to string) ([][]byte, error) {
	var all [][]byte
	for _, mail := range m.postfix.Mails(m.TB) {
		if slices.Contains(postfixtest.Header(mail, "Delivered-To"), to) {
			all = append(all, mail)
		}
	}
	return all, nil
}

// files lists what lies in the data folder.
func (o *office) files() []string {
	o.Helper()
	entries, err := os.ReadDir(o.data)
	if err != nil {
		o.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, filepath.Base(e.Name()))
	}
	return names
}

// makeWordings writes the purpose that a form tells, and the words of a topic's box.
func (o *office) makeWordings(topic string) {
	o.Helper()
	const where = "form[action='/admin/topics/wordings/new']"
	for _, w := range []struct{ kind, key, ja, en string }{
		{"purpose", "mail", "いただいたお名前とメールアドレスは、選択されたメールの配信のために利用します。", "We use your name and address to send the mails you chose."},
		{"consent", topic, "「週刊みどりだより」をメールで受け取ることに同意します。", "I agree to receive the weekly letter by mail."},
	} {
		o.owner.open("/admin/topics/wordings/new").is(http.StatusOK).form(where).
			set("kind", w.kind, "key", w.key, "text_ja", w.ja, "text_en", w.en).press().is(http.StatusOK)
	}
}

// makeForm makes a form that offers one topic, and publishes it.
func (o *office) makeForm(topic, slug string) {
	o.Helper()
	o.owner.open("/admin/settings").form("form[action='/admin/settings']").set("privacy_url", "https://midori.example/privacy").press().is(http.StatusOK)
	o.makeWordings(topic)
	edit := o.owner.open("/admin/forms/new").is(http.StatusOK).form("main form[method=post]").
		set("preset", "newsletter", "name", "メールマガジン", "slug", slug).press().is(http.StatusOK)
	f := edit.form("#writing")
	for name, value := range map[string]string{"purpose": "mail", "offers[0].wording": topic} {
		f.set(name, value)
	}
	f.press().is(http.StatusOK)
	show := o.owner.open(strings.TrimSuffix(edit.url.Path, "/edit")).is(http.StatusOK)
	show.form("form[action$='/publish']").press().is(http.StatusOK)
	newPerson(o.TB, o.url).open("/f/" + slug).is(http.StatusOK).has(legalName)
}
