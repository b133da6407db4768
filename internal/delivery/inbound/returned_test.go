package inbound

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/delivery/bounce"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// ward is a database with messages to one address, the first of them number 3.
type ward struct {
	*Bounces
	ring *keyring.Ring
	hash []byte
	now  time.Time
}

const hanako = "hanako@reader.example"

func newWard(t *testing.T, db *store.DB) *ward {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := law.Load()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	people := consent.New(db, ring, log)
	w := &ward{Bounces: &Bounces{DB: db, Consents: people, Gate: gate.New(db, rules, people, time.Now, log)}, ring: ring, now: time.Now().UTC()}
	w.hash = ring.AddressHash(1, "email", hanako)
	if err := w.Gate.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Gate.Stop)
	err = db.Write(t.Context(), func(tx *store.Tx) error { return w.fill(t.Context(), tx) })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *ward) fill(ctx context.Context, tx *store.Tx) error {
	if _, err := tx.Exec(ctx, `INSERT INTO workspace (id, slug, name, legal_name, postal_address, lang, zone, created_at, updated_at)
		VALUES (1, 'a', 'a', 'a', 'a', 'ja', 'Asia/Tokyo', 1, 1)`); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO address (id, workspace_id, channel, canonical, shown, domain, hash, created_at)
		VALUES (2, 1, 'email', 'hanako@reader.example', 'Hanako@reader.example', 'reader.example', ?, 1)`, w.hash); err != nil {
		return err
	}
	at := store.Micros(w.now.Add(-time.Hour))
	for id := int64(3); id < 20; id++ {
		if _, err := tx.Exec(ctx, `INSERT INTO outbox (id, workspace_id, kind, address_id, class, profile_id, state, outcome, attempts, run_at, created_at, finished_at)
			VALUES (?, 1, 'campaign', 2, 'ad', 1, 3, 'delivered', 1, ?, ?, ?)`, id, at, at, at); err != nil {
			return err
		}
	}
	return nil
}

func (w *ward) list(t *testing.T) []consent.Suppression {
	t.Helper()
	list, err := w.Consents.Suppressions(t.Context(), w.DB, 1, consent.SuppressionQuery{AddressHash: w.hash})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// hear tells of a bounce of a message, days after the first.
func (w *ward) hear(t *testing.T, message int64, days int, r bounce.Recipient) {
	t.Helper()
	m := bounce.Message{Kind: bounce.Bounce, Recipients: []bounce.Recipient{r}}
	if err := w.Returned(t.Context(), message, m, w.now.AddDate(0, 0, days)); err != nil {
		t.Fatal(err)
	}
}

var (
	deadVerdict = reply.Verdict{Blame: reply.Recipient, Permanent: true, Unknown: true}
	fullVerdict = reply.Verdict{Blame: reply.Recipient}
)

func TestADeadAddressIsPutAsideAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		for range 2 {
			w.hear(t, 3, 0, bounce.Recipient{Final: "hanako@Reader.example", Status: "5.1.1", Verdict: deadVerdict})
		}
		list := w.list(t)
		if len(list) != 1 || list[0].Kind != consent.SuppressionBounce || list[0].Detail != "5.1.1" || list[0].ExpiresAt.Sub(w.now).Round(time.Hour) != 180*24*time.Hour {
			t.Errorf("%+v", list)
		}
	})
}

func TestTheServersWordWhileHandingOverCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		if err := w.Hear(t.Context(), Heard{Message: 3, Status: "5.1.1", Verdict: deadVerdict, Source: SourceSession}, w.now); err != nil || len(w.list(t)) != 1 {
			t.Error(err, w.list(t))
		}
	})
}

func TestWhatIsNotTheAddressesFaultNeverPutsItAside(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		for i, blame := range []reply.Blame{reply.Content, reply.SenderIP, reply.SenderDomain, reply.Rate, reply.Protocol} {
			for n := range 3 {
				w.hear(t, int64(3+3*i+n), 2*n, bounce.Recipient{Final: hanako, Status: "5.7.1", Verdict: reply.Verdict{Blame: blame, Permanent: true, Unknown: true}})
			}
		}
		w.hear(t, 99, 0, bounce.Recipient{Final: hanako, Verdict: deadVerdict})
		w.hear(t, 3, 90, bounce.Recipient{Final: hanako, Verdict: deadVerdict})
		w.hear(t, 3, 0, bounce.Recipient{Final: "taro@elsewhere.example", Verdict: deadVerdict})
		if list := w.list(t); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
}

func TestAReceiverThatErrsMustSayItOnTwoDays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		v := deadVerdict
		v.Twice = true
		w.hear(t, 3, 0, bounce.Recipient{Final: hanako, Verdict: v})
		w.hear(t, 3, 1, bounce.Recipient{Final: hanako, Verdict: v}) // the same message once more
		if list := w.list(t); len(list) != 0 {
			t.Fatalf("after the first day: %+v", list)
		}
		w.hear(t, 4, 1, bounce.Recipient{Final: hanako, Verdict: v})
		if list := w.list(t); len(list) != 1 {
			t.Errorf("after the second day: %+v", list)
		}
	})
}

func TestAFullMailboxIsPutAsideAfterFiveFailuresOverDays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		for i, day := range []int{0, 0, 0, 0, 0, 3} { // many on one day are one accident
			w.hear(t, int64(3+i), day, bounce.Recipient{Final: hanako, Status: "5.2.2", Verdict: fullVerdict})
		}
		if list := w.list(t); len(list) != 0 {
			t.Fatalf("%+v", list)
		}
		w.hear(t, 10, 7, bounce.Recipient{Status: "5.2.2", Verdict: fullVerdict})
		list := w.list(t)
		if len(list) != 1 || list[0].ExpiresAt.Sub(w.now).Round(time.Hour) != 37*24*time.Hour {
			t.Errorf("%+v", list)
		}
	})
}

func TestFailuresLongAgoAreForgotten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		for i := range 6 {
			w.hear(t, int64(3+i), 7*i, bounce.Recipient{Final: hanako, Status: "5.2.2", Verdict: fullVerdict})
		}
		if list := w.list(t); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
}

func TestAComplaintRefusesEverythingForGood(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		for range 2 {
			if err := w.Returned(t.Context(), 3, bounce.Message{Kind: bounce.Complaint, Feedback: "abuse"}, w.now); err != nil {
				t.Fatal(err)
			}
		}
		list := w.list(t)
		if len(list) != 1 || list[0].Kind != consent.SuppressionComplaint || list[0].Topic != 0 || !list[0].ExpiresAt.IsZero() || list[0].Event == 0 {
			t.Errorf("%+v", list)
		}
	})
}

func TestAProvidersEventCountsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		h := Heard{Message: 3, Verdict: deadVerdict, Source: "ses", Event: "e1"}
		if err := w.Hear(t.Context(), h, w.now); err != nil {
			t.Fatal(err)
		}
		id := w.list(t)[0].ID
		lift := func(tx *store.Tx) error { return w.Consents.LiftSuppression(t.Context(), tx, 1, id, w.now) }
		if err := db.Write(t.Context(), lift); err != nil {
			t.Fatal(err)
		}
		if err := w.Hear(t.Context(), h, w.now); err != nil || len(w.list(t)) != 0 {
			t.Errorf("what was lifted came back by an old event: %v %+v", err, w.list(t))
		}
		h.Source = "sendgrid"
		if err := w.Hear(t.Context(), h, w.now); err != nil || len(w.list(t)) != 1 {
			t.Errorf("%v %+v", err, w.list(t))
		}
		if err := w.Sweep(t.Context(), w.now.AddDate(1, 0, 0)); err != nil {
			t.Error(err)
		}
	})
}

// signed is a wish to stop, signed by a domain, and the key of that domain.
func signed(t *testing.T, domain, head string) (mail []byte, txt string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	err = dkim.Sign(&b, strings.NewReader(head+"To: unsubscribe@in.example.jp\r\nSubject: unsubscribe\r\n\r\nstop\r\n"),
		&dkim.SignOptions{Domain: domain, Selector: "s", Signer: private})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
}

func TestAWishIsBelievedOnlyUnderTheAuthorsSignature(t *testing.T) {
	t.Parallel()
	const from = "From: Hanako@reader.example\r\n"
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		for name, c := range map[string]struct {
			domain, head, from, change string
			workspace                  int64
			want                       bool
		}{
			"signed by the author's domain":    {domain: "reader.example", head: from, from: hanako, want: true},
			"in the workspace asked for":       {domain: "reader.example", head: from, from: hanako, workspace: 1, want: true},
			"in another workspace":             {domain: "reader.example", head: from, from: hanako, workspace: 5},
			"signed by somebody else":          {domain: "evil.example", head: from, from: hanako},
			"changed on its way":               {domain: "reader.example", head: from, from: hanako, change: "stop please"},
			"with a second author":             {domain: "reader.example", head: from + "From: taro@reader.example\r\n", from: hanako},
			"by somebody whom nobody knows":    {domain: "reader.example", head: from, from: "nobody@reader.example"},
			"signed by a domain below its own": {domain: "x.reader.example", head: from, from: hanako},
		} {
			mail, txt := signed(t, c.domain, c.head)
			if c.change != "" {
				mail = bytes.Replace(mail, []byte("\r\nstop"), []byte("\r\n"+c.change), 1)
			}
			notes := &notebook{}
			wishes := &Wishes{DB: db, Ring: w.ring, Refuser: notes, TXT: func(context.Context, string) ([]string, error) { return []string{txt}, nil }}
			got, err := wishes.Refuse(t.Context(), c.workspace, c.from, mail, w.now)
			if err != nil || got != c.want || (len(notes.tokens) == 1) != c.want {
				t.Errorf("%s: %v %v %v", name, got, err, notes.tokens)
			}
			if !c.want {
				continue
			}
			token, err := w.ring.Verify(notes.tokens[0], keyring.Unsubscribe, w.now, 0)
			if err != nil || token.Address != 2 || token.Topic != 0 {
				t.Errorf("%s: %+v %v", name, token, err)
			}
		}
	})
}

// notebook is a Refuser that writes down.
type notebook struct{ tokens []string }

func (n *notebook) RefuseByMail(_ context.Context, token string, _ time.Time) error {
	n.tokens = append(n.tokens, token)
	return nil
}
