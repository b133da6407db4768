package preference

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
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

func TestStaffEnterWhatTheyWereTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news, w.sale)
		told := w.now.Add(-48 * time.Hour)
		one := Refusal{Workspace: w.ws.ID, Channel: addr.Email, Address: " Hanako@Reader.example ", Topics: []int64{w.news.ID}, Way: ByPhone, Note: "電話で申し出", Received: told}
		got, err := w.Enter(t.Context(), w.by, one, w.now)
		if err != nil || got.Address != a.ID || got.Contact != a.Contact || len(got.Events) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		w.must(a, w.news, "OUT-01")
		w.must(a, w.sale, "")
		e := w.events(a)[2]
		if e.Method != consent.MethodOperator || e.Operator != w.by.Actor.ID || !e.OccurredAt.Equal(told) || e.Evidence.Note != "電話で申し出" {
			t.Errorf("%+v", e.Event)
		}
		log, err := w.Accounts.AuditList(t.Context(), db, account.AuditQuery{Workspace: w.ws.ID, Action: "refusal.enter"})
		if err != nil || len(log) != 1 || log[0].Reason != "phone" {
			t.Errorf("%+v, %v", log, err)
		}
	})
}

func TestAnUnknownAddressIsRefusedBeforeItIsKnown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		got, err := w.Enter(t.Context(), w.by, Refusal{Workspace: w.ws.ID, Channel: addr.Email, Address: "new@reader.example", Way: ByLetter, Received: w.now}, w.now)
		if err != nil || got.Contact != 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		a := w.person("new@reader.example")
		w.say(&consent.Event{
			Workspace: w.ws.ID, Address: a.ID, Topic: w.news.ID, Action: consent.ActionGranted, Basis: consent.BasisConsent,
			Method: consent.MethodImport, OccurredAt: w.now, Evidence: consent.Evidence{Source: "展示会"},
		})
		w.must(a, w.news, "OUT-01")
	})
}

func TestStaffAreToldWhatIsMissing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		_, err := w.Enter(t.Context(), w.by, Refusal{
			Workspace: w.ws.ID, Channel: addr.Email, Address: "no address", Way: "dream", Note: strings.Repeat("長", 1001), Received: w.now.Add(time.Hour),
		}, w.now)
		if !fault.Is(err, fault.Invalid) || strings.Count(err.Error(), "preference.enter.") != 3 {
			t.Error(err)
		}
		_, err = w.Enter(t.Context(), w.by, Refusal{
			Workspace: w.ws.ID, Channel: addr.Email, Address: "a@reader.example", Topics: []int64{404}, Way: ByPhone, Received: w.now,
		}, w.now)
		if !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if n := w.count(func() *store.Row { return db.QueryRow(t.Context(), `SELECT COUNT(*) FROM consent_event`) }); n != 0 {
			t.Errorf("%d events of refused entries", n)
		}
	})
}

func TestALinkIsSentToThoseOnFileOnly(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		ctx := t.Context()
		w.runner.Register(JobLink, w.SendLink)
		if err := w.runner.Start(ctx); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.runner.Stop)
		for _, address := range []string{"HANAKO@reader.example", "stranger@reader.example"} {
			if err := w.RequestLink(ctx, Asked{Address: address, Network: act().Network, Lang: i18n.En}, w.now); err != nil {
				t.Fatal(err)
			}
		}
		w.settle(2)
		if n := w.count(func() *store.Row { return db.QueryRow(ctx, `SELECT COUNT(*) FROM outbox`) }); n != 1 {
			t.Fatalf("%d mails for one person on file", n)
		}
		row := delivery.Leased{Kind: KindLink, Workspace: w.ws.ID, Profile: w.profile, CreatedAt: w.now, Request: gate.Request{Address: a.ID, Class: law.Tx}}
		if err := db.QueryRow(ctx, `SELECT id, payload FROM outbox WHERE state = 0 AND class = 'tx'`).Scan(&row.ID, &row.Payload); err != nil {
			t.Fatal(err)
		}
		letters, err := w.Write(ctx, db, []delivery.Leased{row}, w.now)
		if err != nil || letters[0].Err != nil {
			t.Fatal(err, letters[0].Err)
		}
		l := letters[0]
		for _, want := range []string{"To: hanako@reader.example", "Subject: The link to your mail settings", "Auto-Submitted: auto-generated"} {
			if !strings.Contains(strings.ToLower(string(l.Data)), strings.ToLower(want)) {
				t.Errorf("%q is not in the mail", want)
			}
		}
		if bytes.Contains(l.Data, []byte("List-Unsubscribe")) {
			t.Error("a mail that was asked for offers one click")
		}
		token := w.Ring.Sign(keyring.Token{Purpose: keyring.Preferences, Workspace: w.ws.ID, Address: a.ID, ID: row.ID, IssuedAt: w.now})
		if !bytes.Contains(unfold(l.Data), []byte("/preferences/"+token)) {
			t.Error("the link is not in the mail")
		}
	})
}

// unfold undoes the line breaks of quoted-printable.
func unfold(b []byte) []byte { return bytes.ReplaceAll(b, []byte("=\r\n"), nil) }

// settle waits until the jobs are done; the deadline is only for a broken program.
func (w *world) settle(jobs int) {
	w.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		list, err := job.List(w.Context(), w.db, w.ws.ID, JobLink, 0, 100)
		if err != nil {
			w.Fatal(err)
		}
		done := 0
		for _, j := range list {
			if j.State == job.Done {
				done++
			}
			if j.State == job.Failed {
				w.Fatal(j.Error)
			}
		}
		if done == jobs {
			return
		}
	}
	w.Fatal("the jobs did not end")
}

func TestAskingForALinkTellsNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.person("hanako@reader.example", w.news)
		known := Asked{Address: "hanako@reader.example", Network: act().Network}
		unknown := Asked{Address: "stranger@reader.example", Network: act().Network}
		for range 4 { // the fourth is one too many for a mailbox, and says nothing
			for _, a := range []Asked{known, unknown} {
				if err := w.RequestLink(t.Context(), a, w.now); err != nil {
					t.Fatal(err)
				}
			}
		}
		jobs, err := job.List(t.Context(), db, w.ws.ID, JobLink, 0, 100)
		if err != nil || len(jobs) != 6 {
			t.Errorf("%d jobs, %v", len(jobs), err)
		}
		for _, j := range jobs {
			if bytes.Contains(j.Payload, []byte("reader")) {
				t.Error("a job names the address")
			}
		}
		var busy error
		for range 5 {
			busy = w.RequestLink(t.Context(), unknown, w.now)
		}
		if !fault.Is(busy, fault.Busy) {
			t.Errorf("no limit: %v", busy)
		}
		other := Asked{Address: "x", Network: act().Network}
		if err := w.RequestLink(context.Background(), other, w.now); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	})
}
