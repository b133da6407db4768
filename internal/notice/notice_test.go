package notice

import (
	"context"
	"io"
	"log/slog"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // mails may come in any encoding

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

const (
	base      = "https://mail.sample-shokai.example"
	ownerMail = "hanako@sample-shokai.example"
	password  = "mizuiro no kasa wo motte"
)

// box is an outbox that remembers what was put into it.
type box struct {
	inner Outbox
	items chan delivery.Item
}

func (b *box) Put(ctx context.Context, tx *store.Tx, items []delivery.Item, now time.Time) ([]int64, error) {
	ids, err := b.inner.Put(ctx, tx, items, now)
	tx.OnCommit(func() {
		for _, it := range items {
			b.items <- it
		}
	})
	return ids, err
}

// world is an installation with one workspace, whose jobs run.
type world struct {
	*testing.T
	*Desk
	ws    account.Workspace
	owner account.Operator
	by    account.By
	box   *box
	// ended tells of each job that is over.
	ended chan struct{}
}

func newWorld(t *testing.T, db *store.DB, proven account.DomainState) *world {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	must(t, err)
	rules, err := law.Load()
	must(t, err)
	texts, err := i18n.Load()
	must(t, err)
	log := slog.New(slog.DiscardHandler)
	consents := consent.New(db, ring, log)
	g := gate.New(db, rules, consents, time.Now, log)
	must(t, g.Start(t.Context()))
	t.Cleanup(g.Stop)
	engine := delivery.NewEngine(delivery.Config{DB: db, Gate: g, Router: delivery.Relay{}, Clock: time.Now, Log: log, Connections: 1})
	runner := job.NewRunner(db, log, job.Options{Node: "a", Poll: 20 * time.Millisecond})
	w := &world{T: t, box: &box{inner: engine.Outbox(), items: make(chan delivery.Item, 10)}, ended: make(chan struct{}, 10)}
	w.Desk = New(Config{
		DB: db, Ring: ring, Accounts: account.New(db, ring), People: contact.New(db, ring, consents), Gate: g, Outbox: w.box, Jobs: runner, Texts: texts, BaseURL: base,
	})
	runner.Register(JobReset, func(ctx context.Context, run *job.Run) error {
		err := w.SendReset(ctx, run)
		if err != nil {
			t.Errorf("job: %v", err)
		}
		w.ended <- struct{}{}
		return err
	})
	must(t, runner.Start(t.Context()))
	t.Cleanup(runner.Stop)
	w.setUp(proven)
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) setUp(state account.DomainState) {
	w.Helper()
	var err error
	w.ws, w.owner, err = w.Accounts.SetUp(w.Context(), account.SetUp{
		Workspace: account.WorkspaceForm{
			Slug: "sample", Name: "サンプル商会", Lang: i18n.Ja, PrivacyURL: "https://www.sample-shokai.example/privacy",
			Label: account.Label{
				LegalName: "株式会社サンプル商会", LegalNameEn: "Sample Shokai Co., Ltd.", PostalAddress: "東京都千代田区丸の内1-1-1",
				PostalAddressEn: "1-1-1 Marunouchi, Chiyoda-ku, Tokyo", Phone: "03-1234-5678", Email: "info@sample-shokai.example",
			},
		},
		AdminEmail: ownerMail, AdminName: "山田 花子", AdminPassword: password, Network: "192.0.2.1",
	}, time.Now())
	must(w.T, err)
	w.by = account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: w.owner.ID}}
	must(w.T, w.DB.Write(w.Context(), func(tx *store.Tx) error {
		return w.Accounts.SetDomainState(w.Context(), tx, account.Domain{Workspace: w.ws.ID, Domain: "sample-shokai.example", State: state}, time.Now())
	}))
}

func (w *world) invite(email string, lang i18n.Lang) account.Invitation {
	w.Helper()
	made, err := w.Accounts.Invite(w.Context(), w.by, account.Invite{
		Workspace: w.ws.ID, Email: email, Name: "鈴木 *一郎* {{ sender.name }}", Lang: lang, Role: account.Viewer,
	}, time.Now())
	must(w.T, err)
	return made
}

// written has the mail of an item written, as the engine would.
func (w *world) written(it delivery.Item) delivery.Letter {
	w.Helper()
	row := delivery.Leased{
		ID: 4711, Kind: it.Kind, Workspace: it.Workspace, Profile: it.Profile, Domain: it.Domain, Request: it.Request, Payload: it.Payload, CreatedAt: time.Now(),
	}
	letters, err := w.Write(w.Context(), w.DB, []delivery.Leased{row}, time.Now())
	must(w.T, err)
	return letters[0]
}

// read is a mail's header and its first text part.
func (w *world) read(l delivery.Letter) (subject, text string) {
	w.Helper()
	must(w.T, l.Err)
	e, err := message.Read(strings.NewReader(string(l.Data)))
	must(w.T, err)
	subject, err = e.Header.Text("Subject")
	must(w.T, err)
	part, err := e.MultipartReader().NextPart()
	must(w.T, err)
	body, err := io.ReadAll(part.Body)
	must(w.T, err)
	if auto := e.Header.Get("Auto-Submitted"); auto == "" || e.Header.Has("List-Unsubscribe") {
		w.Errorf("a mail to an operator looks like a campaign: %s", l.Data)
	}
	if _, err := mail.ParseAddressList(e.Header.Get("To")); err != nil {
		w.Error(err)
	}
	return subject, string(body)
}

// secret is the secret of the link in a mail.
func secret(t *testing.T, text string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, base+"/admin/link/")
	if !found {
		t.Fatalf("no link in %s", text)
	}
	return strings.FieldsFunc(rest, func(r rune) bool { return r <= ' ' || r > '~' || r == '>' || r == ')' })[0]
}

func TestAnInvitationIsMailed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, account.Proven)
		for lang, want := range map[i18n.Lang][]string{
			i18n.Ja: {"サンプル商会の管理画面への招待", "鈴木 *一郎* {{ sender.name }}様", "株式会社サンプル商会"},
			i18n.En: {"Your invitation to サンプル商会", "Hello 鈴木 *一郎* {{ sender.name }},", "Sample Shokai Co., Ltd."},
		} {
			email := "ichiro." + string(lang) + "@sample-shokai.example"
			made := w.invite(email, lang)
			sent, err := w.Invite(t.Context(), w.ws.ID, made, time.Now())
			if err != nil || !sent {
				t.Fatal(sent, err)
			}
			it := <-w.box.items
			if strings.Contains(it.Payload, made.Secret) || it.Kind != KindAccount || it.Request.Class != law.Tx || it.Decision.Refusal != nil {
				t.Errorf("item %+v", it)
			}
			l := w.written(it)
			subject, text := w.read(l)
			if subject != want[0] || l.To.String() != email || l.From != "info@sample-shokai.example" {
				t.Errorf("%q to %s from %s", subject, l.To, l.From)
			}
			for _, words := range want[1:] {
				if !strings.Contains(text, words) {
					t.Errorf("%q is not in %s", words, text)
				}
			}
			if got := secret(t, text); got != made.Secret {
				t.Errorf("link %q", got)
			}
			if _, _, err := w.Accounts.UseLink(t.Context(), account.LinkUse{Secret: made.Secret, Password: "aoi tori ga tobu"}, time.Now()); err != nil {
				t.Error(err)
			}
			if l := w.written(it); l.Err == nil {
				t.Error("a link that was used is mailed")
			}
		}
	})
}

func TestWithoutAProvenDomainNothingLeaves(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, account.Unproven)
		sent, err := w.Invite(t.Context(), w.ws.ID, w.invite("ichiro@sample-shokai.example", i18n.Ja), time.Now())
		if err != nil || sent {
			t.Fatal(sent, err)
		}
		if it := <-w.box.items; it.Decision.Refusal == nil {
			t.Error("the refusal is not on file")
		}
	})
}

func TestWhoHasAnAccountIsOnlyTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), account.Proven)
	sent, err := w.Invite(t.Context(), w.ws.ID, account.Invitation{Operator: w.owner}, time.Now())
	if err != nil || !sent {
		t.Fatal(sent, err)
	}
	_, text := w.read(w.written(<-w.box.items))
	if strings.Contains(text, "/admin/link/") || !strings.Contains(text, base+"/admin/") {
		t.Errorf("mail %s", text)
	}
}

func TestALinkForANewPassword(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, account.Proven)
		now := time.Now()
		for _, nobody := range []string{"nobody@sample-shokai.example", "garbage", "", strings.Repeat("a", 100_000), "a@b\r\nBcc: c@d"} {
			if err := w.AskReset(t.Context(), Asked{Email: nobody, Network: "192.0.2.7"}, now); err != nil {
				t.Errorf("%.40q is told apart: %v", nobody, err)
			}
			<-w.ended
		}
		if err := w.AskReset(t.Context(), Asked{Email: " Hanako@Sample-Shokai.example ", Network: "192.0.2.7"}, now); err != nil {
			t.Fatal(err)
		}
		<-w.ended
		it := <-w.box.items
		if len(w.box.items) != 0 {
			t.Error("somebody else got a mail")
		}
		subject, text := w.read(w.written(it))
		if subject != "パスワードの再設定" {
			t.Errorf("subject %q", subject)
		}
		if _, _, err := w.Accounts.UseLink(t.Context(), account.LinkUse{Secret: secret(t, text), Password: "aoi tori ga tobu"}, time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Accounts.SignIn(t.Context(), ownerMail, "aoi tori ga tobu", "192.0.2.1", "", time.Now()); err != nil {
			t.Error(err)
		}
		var payloads string
		rows, err := db.Query(t.Context(), `SELECT payload FROM job WHERE kind = 'notice.reset'`)
		must(t, err)
		defer rows.Close()
		for rows.Next() {
			var p string
			must(t, rows.Scan(&p))
			payloads += p
		}
		must(t, rows.Err())
		if payloads == "" || strings.Contains(strings.ToLower(payloads), "hanako") {
			t.Errorf("jobs name who asked: %s", payloads)
		}
	})
}

func TestNobodyIsFloodedWithLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), account.Proven)
	now, busy := time.Now(), 0
	for range 60 {
		if err := w.AskReset(t.Context(), Asked{Email: "nobody@sample-shokai.example", Network: "192.0.2.7"}, now); fault.Is(err, fault.Busy) {
			busy++
		} else if err != nil {
			t.Fatal(err)
		} else {
			<-w.ended
		}
	}
	if busy == 0 {
		t.Error("a network may ask without end")
	}
	// Many networks, one mailbox: the job stops mailing it.
	for i := range 40 {
		must(t, w.AskReset(t.Context(), Asked{Email: ownerMail, Network: "198.51.100." + string(rune('0'+i/10)) + string(rune('0'+i%10))}, now))
		<-w.ended
		select {
		case <-w.box.items:
			continue
		default:
		}
		return
	}
	t.Error("a mailbox gets links without end")
}

func TestWhoLeftIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, account.Proven)
		made := w.invite("ichiro@sample-shokai.example", i18n.Ja)
		sent, err := w.Invite(t.Context(), w.ws.ID, made, time.Now())
		if err != nil || !sent {
			t.Fatal(sent, err)
		}
		must(t, w.Accounts.Disable(t.Context(), w.by, account.Membership{Workspace: w.ws.ID, Operator: made.Operator.ID}, time.Now()))
		if l := w.written(<-w.box.items); l.Err == nil || len(l.Data) != 0 {
			t.Errorf("letter %+v", l)
		}
	})
}
