package campaign

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// world is a company with readers whose delivery rests: rows stay in the outbox
// until a test says what became of them, and the planner moves when it is told to.
type world struct {
	testing.TB
	*Book
	ws    account.Workspace
	owner account.By
	topic consent.Topic
	mu    sync.Mutex
	now   time.Time
	// drafts counts drafts: no two say the same.
	drafts int
}

// must gives a value or ends the test with a panic that names the error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	return newWorldBy(t, db, delivery.Relay{})
}

// newWorldBy is a world whose mail, once its engine is started, goes by a way.
func newWorldBy(t testing.TB, db *store.DB, way delivery.Router) *world {
	t.Helper()
	w := &world{TB: t, now: time.Now().Truncate(time.Second)}
	log, ring, texts := slog.New(slog.DiscardHandler), must(keyring.New(keyring.Generate())), must(i18n.Load())
	n := Needs{DB: db, Ring: ring, Accounts: account.New(db, ring), Consent: consent.New(db, ring, log), Composer: compose.New(texts), Texts: texts, Log: log, Clock: w.clock}
	n.Contacts = contact.New(db, ring, n.Consent)
	n.Gate = gate.New(db, must(law.Load()), n.Consent, w.clock, log)
	n.Engine = delivery.NewEngine(delivery.Config{DB: db, Gate: n.Gate, Router: way, Signer: delivery.Unsigned{}, Clock: w.clock, Log: log, Connections: 2})
	n.Links = Links{Ring: ring, PublicURL: "https://k.mori.example.jp"}
	n.Pages = soundPages{}
	w.Book = New(n)
	if err := w.Gate.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Gate.Stop)
	w.furnish()
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) write(fn func(ctx context.Context, tx *store.Tx) error) {
	w.Helper()
	if err := w.DB.Write(w.Context(), func(tx *store.Tx) error { return fn(w.Context(), tx) }); err != nil {
		w.Fatal(err)
	}
}

func (w *world) furnish() {
	w.Helper()
	ws, admin, err := w.Accounts.SetUp(w.Context(), account.SetUp{
		Workspace: account.WorkspaceForm{Slug: "mori", Name: "森の本屋", PrivacyURL: "https://mori.example.jp/privacy", Label: account.Label{
			LegalName: "株式会社森の本屋", PostalAddress: "東京都千代田区神田1-2-3", Email: "info@mori.example.jp", Phone: "03-1234-5678",
		}},
		FromName: "森の本屋", FromAddress: "news@mori.example.jp", AdminEmail: "admin@mori.example.jp", AdminName: "森",
		AdminPassword: "correct horse battery staple",
	}, w.now)
	if err != nil {
		w.Fatal(err)
	}
	w.ws, w.owner = ws, account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: admin.ID}}
	profile := must(w.Accounts.Profiles(w.Context(), w.DB, ws.ID))[0]
	w.write(func(ctx context.Context, tx *store.Tx) error {
		err := w.Accounts.SetDomainState(ctx, tx, account.Domain{Workspace: ws.ID, Domain: "mori.example.jp", State: account.Internal}, w.now)
		if err != nil {
			return err
		}
		w.topic, err = w.Consent.CreateTopic(ctx, tx, consent.Topic{
			Workspace: ws.ID, Key: "weekly", NameJa: "新刊案内", NameEn: "New books", ContentJa: "新しい本のお知らせ", ContentEn: "News of books",
			Promise: consent.Frequency{Count: 1, Period: consent.Day}, Public: true, Profile: profile.ID,
		}, w.now)
		return err
	})
}

// member is an operator with a role.
func (w *world) member(role account.Role) account.By {
	w.Helper()
	cli := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
	in := account.Invite{Workspace: w.ws.ID, Email: string(role) + "@mori.example.jp", Name: string(role), Role: role}
	made := must(w.Accounts.Invite(w.Context(), cli, in, w.now))
	return account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: made.Operator.ID}}
}

// readers have agreed to the topic; their addresses are returned.
func (w *world) readers(n int) []contact.Address {
	w.Helper()
	out := make([]contact.Address, n)
	w.write(func(ctx context.Context, tx *store.Tx) error {
		for i := range out {
			a, _, err := w.Contacts.EnsureAddress(ctx, tx, w.ws.ID, must(addr.ParseMail(fmt.Sprintf("r%d@reader.example", i))), w.now)
			if err != nil {
				return err
			}
			c, _, err := w.Contacts.EnsureContact(ctx, tx, a, contact.Contact{FamilyName: "読"}, w.now)
			if err != nil {
				return err
			}
			a.Contact, out[i] = c.ID, a
			if err := w.said(ctx, tx, a, consent.ActionGranted); err != nil {
				return err
			}
		}
		return nil
	})
	return out
}

func (w *world) said(ctx context.Context, tx *store.Tx, a contact.Address, action consent.Action) error {
	e := &consent.Event{
		Workspace: w.ws.ID, Address: a.ID, Topic: w.topic.ID, Action: action, Method: consent.MethodForm, OccurredAt: w.now,
		Evidence: consent.Evidence{Page: "https://mori.example.jp/"},
	}
	if action.Grants() {
		e.Basis = consent.BasisConsent
	}
	_, err := w.Consent.Append(ctx, tx, []*consent.Event{e})
	return err
}

// draft is a campaign without findings.
func (w *world) draft() Campaign {
	w.Helper()
	w.drafts++
	return must(w.Create(w.Context(), w.owner, w.ws.ID, w.content(fmt.Sprintf("新しい本が入りました（第%d号）。\n", w.drafts)), w.now))
}

func (w *world) content(body string) Content {
	return Content{
		Name: "秋の新刊", Topic: w.topic.ID, Profile: w.topic.Profile, Class: compose.Ad, Lang: i18n.Ja, Subject: "新刊のお知らせ",
		Kind: compose.Markdown, Body: body,
	}
}

// is reads a campaign, which must be in a state.
func (w *world) is(c Campaign, want State) Campaign {
	w.Helper()
	got := must(w.Get(w.Context(), w.DB, c.Workspace, c.ID))
	if got.State != want {
		w.Fatalf("it is %s, not %s", got.State, want)
	}
	return got
}

// plan has the planner do all there is to do now.
func (w *world) plan() {
	w.Helper()
	if err := w.step(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// counts is the progress of a campaign.
func (w *world) counts(c Campaign, want Progress) {
	w.Helper()
	if got := must(w.Progress(w.Context(), w.DB, c.ID)); got != want {
		w.Errorf("%+v, not %+v", got, want)
	}
}

// settle gives as many waiting rows of a campaign an outcome.
func (w *world) settle(c Campaign, n int, outcome delivery.Outcome) {
	w.Helper()
	state := 3
	if outcome == delivery.Deferred {
		state = 0
	}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE outbox SET state = ?, outcome = ?, finished_at = ? WHERE id IN
			(SELECT id FROM outbox WHERE campaign_id = ? AND state = 0 AND outcome IN ('', 'deferred') ORDER BY outcome, id LIMIT ?)`,
			state, string(outcome), store.Micros(w.now), c.ID, n)
		return err
	})
}

// soundPages are public pages that nothing is wrong with.
type soundPages struct{}

func (soundPages) Open(context.Context, string) (int, string, error) {
	return 200, `<button name="scope" value="all">`, nil
}

func (soundPages) Press(context.Context, string, string, string) (int, bool, error) {
	return 200, false, nil
}
