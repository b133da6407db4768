package campaign

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// answer is what somebody says who was shown everything that is found now.
func (w *world) answer(c Campaign, reason string) Answer {
	w.Helper()
	return Answer{Reason: reason, Shown: Codes(must(w.answerable(w.Context(), c, w.now)))}
}

// silent readers agreed long ago and gave no sign since (rule DLV-06).
func (w *world) silent(n int) []contact.Address {
	w.Helper()
	ago := w.now.Sub(w.now.AddDate(0, -14, 0))
	w.wait(-ago)
	defer w.wait(ago)
	return w.readers(n)
}

// TestWhoAnswersForWhat tries everybody on every mixture of findings. Whoever sends
// answers for what they may, so that a second person and one who may answer for the law
// need not be one and the same.
func TestWhoAnswersForWhat(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		second := Finding{Severity: compose.Amber, Field: "approval", Key: "second", SecondPerson: true}
		people, text := Finding{Severity: compose.Amber, Field: fieldAudience, Rule: "DLV-06"}, Finding{Severity: compose.Amber, Field: "subject", Rule: "DLV-06"}
		found := []Finding{second, people, text, {Severity: compose.Green, Key: "green"}}
		marketer, legal, viewer := w.member(account.Marketer), w.member(account.Legal), w.member(account.Viewer)
		who := map[string]account.By{
			"owner": w.owner, "marketer": marketer, "legal": legal, "viewer": viewer,
			"key": {Actor: account.Actor{Kind: account.ActorAPIKey, ID: 1}}, "machine": {Actor: account.Actor{Kind: account.ActorCLI}},
		}
		for _, tt := range []struct {
			role   account.Role
			author string
			// second and rest may answer for those findings.
			second, rest []string
		}{
			{account.Legal, "owner", []string{"legal"}, []string{"legal", "machine", "owner"}},
			{account.Legal, "marketer", []string{"legal", "owner"}, []string{"legal", "machine", "owner"}},
			{account.Legal, "legal", []string{"owner"}, []string{"legal", "machine", "owner"}},
			{account.Owner, "marketer", []string{"owner"}, []string{"legal", "machine", "owner"}},
			{account.Owner, "owner", nil, []string{"legal", "machine", "owner"}},
			{account.Marketer, "owner", []string{"legal", "marketer"}, []string{"legal", "machine", "owner"}},
			{account.Marketer, "marketer", []string{"legal", "owner"}, []string{"legal", "machine", "owner"}},
			{account.Marketer, "key", []string{"legal", "marketer", "owner"}, []string{"legal", "machine", "owner"}},
		} {
			if err := w.SetPolicy(t.Context(), w.owner, w.ws.ID, Policy{Every: true, Role: tt.role, Times: 10}, w.now); err != nil {
				t.Fatal(err)
			}
			c := Campaign{Workspace: w.ws.ID, CreatedBy: who[tt.author].Operator()}
			for name, by := range who {
				s := must(w.Standing(t.Context(), db, by, c, found))
				var want []Finding
				if slices.Contains(tt.second, name) {
					want = append(want, second)
				}
				if slices.Contains(tt.rest, name) {
					want = append(want, people, text)
				}
				if len(s.Open) != 3 || !slices.Equal(Codes(s.Mine), Codes(want)) {
					t.Errorf("%s approves, %s wrote it: %s may answer for %v, not %v", tt.role, tt.author, name, Codes(s.Mine), Codes(want))
				}
			}
		}
	})
}

// TestTwoPeopleAnswerTogether is a campaign of an owner that another marketer must
// approve, to people whom the law warns of: the marketer answers for the one, the owner
// for the other.
func TestTwoPeopleAnswerTogether(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.silent(2)
		marketer := w.member(account.Marketer)
		if err := w.SetPolicy(t.Context(), w.owner, w.ws.ID, Policy{Every: true, Role: account.Marketer, Times: 10}, w.now); err != nil {
			t.Fatal(err)
		}
		c := w.draft()
		if got := must(w.ApprovalAct(t.Context(), w.owner, c, w.now)); got != account.SendCampaign {
			t.Errorf("asked is who may %v", got)
		}
		send := func(by account.By) error {
			return w.Send(t.Context(), by, c, Launch{Amber: true, Answer: w.answer(c, "最後のご案内")}, w.now)
		}
		if err := send(w.owner); !fault.Is(err, fault.Invalid) {
			t.Errorf("an author who sends alone: %v", err)
		}
		if err := w.Approve(t.Context(), marketer, c, w.answer(c, "文面を確認"), w.now); err != nil {
			t.Fatal(err)
		}
		if err := send(marketer); !fault.Is(err, fault.Invalid) {
			t.Errorf("a marketer answered for what the law warns of: %v", err)
		}
		w.is(c, Draft)
		if err := send(w.owner); err != nil {
			t.Fatal(err)
		}
		w.is(c, Holding)
		got := must(w.Approvals(t.Context(), db, c))
		if len(got) != 2 || got[0].By != marketer.Actor.ID || !slices.Equal(got[0].Answers, []string{"campaign.guard.second_every"}) ||
			got[1].By != w.owner.Actor.ID || !slices.Equal(got[1].Answers, []string{"audience/DLV-06:policy"}) || got[1].Reason != "最後のご案内" {
			t.Errorf("%+v", got)
		}
	})
}

// TestNobodyAnswersForWhatTheyWereNotShown: a reason that was typed for one warning is
// none for another that came since, whether somebody sends or approves.
func TestNobodyAnswersForWhatTheyWereNotShown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		legal := w.member(account.Legal)
		c := must(w.Create(t.Context(), w.owner, w.ws.ID, w.content("{{ contact.family_name }}\n\n新刊です。\n"), w.now))
		before := w.answer(c, "校正済み")
		w.silent(2)
		for name, err := range map[string]error{
			"sends":    w.Send(t.Context(), w.owner, c, Launch{Amber: true, Answer: before}, w.now),
			"approves": w.Approve(t.Context(), legal, c, before, w.now),
		} {
			u, ok := errors.AsType[*Unseen](err)
			if !ok || !fault.Is(err, fault.Invalid) || !slices.Contains(Codes(u.Findings), "audience/DLV-06:policy") {
				t.Errorf("who %s was not shown the silent: %v", name, err)
			}
		}
		w.is(c, Draft)
		if got := must(w.Approvals(t.Context(), db, c)); got != nil {
			t.Errorf("%+v", got)
		}
		if err := w.Approve(t.Context(), legal, c, w.answer(c, "校正済み"), w.now); err != nil {
			t.Error(err)
		}
	})
}

// TestAnApprovalOutlivesWhatItWasGivenFor: where a warning is gone there is less to
// answer for, and what was approved stands; a new one is open.
func TestAnApprovalOutlivesWhatItWasGivenFor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		legal, marketer := w.member(account.Legal), w.member(account.Marketer)
		silent := w.silent(1)[0]
		c := must(w.Create(t.Context(), marketer, w.ws.ID, w.content("{{ contact.family_name }}\n\n新刊です。\n"), w.now))
		if err := w.Approve(t.Context(), legal, c, w.answer(c, "校正済み"), w.now); err != nil {
			t.Fatal(err)
		}
		open := func() []string {
			t.Helper()
			findings := must(w.answerable(t.Context(), c, w.now))
			return Codes(must(w.Standing(t.Context(), db, marketer, c, findings)).Open)
		}
		if got := open(); len(got) != 0 {
			t.Fatalf("approved, and open are %v", got)
		}
		w.write(func(ctx context.Context, tx *store.Tx) error { return w.said(ctx, tx, silent, consent.ActionWithdrawn) })
		if got := must(w.answerable(t.Context(), c, w.now)); slices.Contains(Codes(got), "audience/DLV-06:policy") {
			t.Fatal("the silent one is still warned of")
		}
		if got := open(); len(got) != 0 {
			t.Errorf("with a warning less, open are %v", got)
		}
		if err := w.SetPolicy(t.Context(), w.owner, w.ws.ID, Policy{Every: true, Role: account.Legal, Times: 10}, w.now); err != nil {
			t.Fatal(err)
		}
		if got := open(); !slices.Equal(got, []string{"campaign.guard.second_every"}) {
			t.Errorf("with one more, open are %v", got)
		}
	})
}

// TestWhoeverIsMetCounts: the check looks at the newest people to tell which laws apply;
// before somebody answers, the laws of all whom the forecast met count.
func TestWhoeverIsMetCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.readers(1)
		c := must(w.Create(t.Context(), w.owner, w.ws.ID, w.content("ご案内です。\n"), w.now))
		for _, beside := range []law.Jurisdictions{0, law.CA} {
			one := must(w.inspect(t.Context(), db, c))
			one.beside = beside
			if got := must(w.template(t.Context(), db, c, one, w.now)); got.Reach.Has(law.CA) != (beside != 0) {
				t.Errorf("met %v, asked about %v", beside.Names(), got.Reach.Names())
			}
		}
		met := must(w.Forecast(t.Context(), db, c, ForecastMost, w.now))
		met.Complete = false
		if found := must(w.CheckFor(t.Context(), db, c, met)); !slices.Contains(Codes(found), "audience/campaign.guard.unforeseen") {
			t.Errorf("%v", Codes(found))
		}
	})
}

// TestAKeyIsNoSecondPairOfEyes: who made an API key does not approve what it wrote.
func TestAKeyIsNoSecondPairOfEyes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		legal := w.member(account.Legal)
		key := account.By{Actor: account.Actor{Kind: account.ActorAPIKey, ID: 77}}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO api_key (id, workspace_id, name, token_hash, hint, scopes, created_by, created_at, expires_at)
				VALUES (77, ?, 'key', ?, 'kyk_', '', ?, 1, 2)`, w.ws.ID, []byte{1}, legal.Actor.ID)
			return err
		})
		if err := w.SetPolicy(t.Context(), w.owner, w.ws.ID, Policy{Every: true, Role: account.Legal, Times: 10}, w.now); err != nil {
			t.Fatal(err)
		}
		c := must(w.Create(t.Context(), key, w.ws.ID, w.content("新しい本が入りました。\n"), w.now))
		if err := w.Approve(t.Context(), legal, c, w.answer(c, "自分で確認"), w.now); !fault.Is(err, fault.Refused) {
			t.Errorf("the maker of the key approves: %v", err)
		}
		if err := w.Approve(t.Context(), w.owner, c, w.answer(c, "確認"), w.now); err != nil {
			t.Error(err)
		}
	})
}
