package provision

import (
	"io"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// refuseMail has somebody refuse mail.
func (h *hall) refuseMail(mail string) {
	h.ledger.refused[string(h.people.Hash(h.ws, must(addr.ParseMail(mail))))] = true
}

// told lists which recipients are to be told something of a person.
func (h *hall) told(person int64) (out []int64) {
	h.Helper()
	tasks, err := h.runs.Tasks(h.Context(), h.db, TaskQuery{Workspace: h.ws, Contact: person})
	if err != nil {
		h.Fatal(err)
	}
	for _, k := range tasks {
		out = append(out, k.Recipient)
	}
	return out
}

// TestASurvivorsWithdrawalTakesOutTheMerged holds that a withdrawal that was written of whoever is
// left takes those out who were merged into them after the data set was prepared.
func TestASurvivorsWithdrawalTakesOutTheMerged(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.consented(), h.recipient()
		aoki, ueda, left := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp"), h.person("残", "left@example.jp")
		h.agree(p, Agreement{Contact: aoki.ID, Given: true}, Agreement{Contact: ueda.ID, Given: true})
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.now = h.now.Add(time.Hour)
		h.twice(aoki, left)
		h.agree(p, Agreement{Contact: left.ID})
		if got := h.download(run); got != "氏名\n上田\n" {
			t.Errorf("%q", got)
		}
		h.wantTraces(left.ID, 0)
		if got := h.told(left.ID); len(got) != 0 {
			t.Errorf("nothing had left, and yet %v is to be told", got)
		}
	})
}

// TestWhatIsFoundBetweenTwoAttemptsIsTold holds that a recipient that may have somebody's data from
// a first attempt is to be told when they are taken out of the second.
func TestWhatIsFoundBetweenTwoAttemptsIsTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		aoki := h.person("青木", "aoki@example.jp")
		h.person("上田", "ueda@example.jp")
		old := h.person("旧", "")
		h.stopPerson(old.ID)
		run := h.cut(p, to, h.other, 3)
		h.merge(old.ID, aoki.ID)
		h.download(run)
		if got := h.told(aoki.ID); len(got) != 1 || got[0] != to.ID {
			t.Errorf("of 青木 hear %v", got)
		}
	})
}

// TestARefusalInAmericaIsAskedAgain holds that who refused mail since a data set was prepared is
// taken out where the law of the United States holds (OUT-14), and nobody else.
func TestARefusalInAmericaIsAskedAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		american := func(c *contact.Contact) { c.Country, c.Prefecture = "US", "" }
		h.person("Adams", "adams@example.com", american)
		h.person("Baker", "baker@town.example.us", func(c *contact.Contact) { c.Prefecture = "" })
		merged := h.person("Clark", "clark@example.com", american)
		h.person("Davis", "davis@example.com", american)
		h.person("上田", "ueda@example.jp")
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.twice(merged, h.person("Evans", "evans@example.com", american))
		for _, mail := range []string{"adams@example.com", "baker@town.example.us", "evans@example.com", "ueda@example.jp"} {
			h.refuseMail(mail)
		}
		if got := h.download(run); got != "氏名,勤務先\nDavis,Davis商店\n上田,上田商店\n" {
			t.Errorf("%q", got)
		}
		h.wantCounts(run.ID, Counts{Seen: 5, Provided: 2, LeftOut: 3}, "OUT-14 3")
	})
}

// TestAWithdrawalCountsWhereConsentIsAsked holds that no word is written about a programme that
// asks for no consent, and that one which is there takes nobody out.
func TestAWithdrawalCountsWhereConsentIsAsked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p := h.create(Succession, Items{Data: complete().Data[:1], Terms: Terms{Purpose: Text{Ja: "住宅の案内"}, Deal: Text{Ja: "事業の譲渡"}}})
		h.freeze(p.ID)
		p = h.read(p.ID)
		to, aoki := h.recipient(), h.person("青木", "aoki@example.jp")
		no := Agreement{Contact: aoki.ID, On: h.now, Evidence: "申込書 1"}
		h.refused(h.runs.Agree(t.Context(), h.planner, p, []Agreement{no}, h.now), "provision.consent.unasked")
		h.refused(h.runs.CheckAgreement(t.Context(), db, p, &no, h.now), "provision.consent.unasked")
		h.write(func(tx *store.Tx) error { // written before it was refused
			return tx.InsertRows(t.Context(), sqlAddAgreements, "", agreementWidth,
				[]any{4711, h.ws, p.ID, aoki.ID, 0, false, false, 0, store.Micros(h.now), "申込書 1", store.Micros(h.now), 0})
		})
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		if got := h.download(run); got != "氏名\n青木\n" {
			t.Errorf("%q", got)
		}
	})
}

// TestAWithdrawalAbroadNamesItsRule holds that who withdrew the consent to a provision abroad is
// taken out by the rule that asks for it.
func TestAWithdrawalAbroadNamesItsRule(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p := h.create(Succession, Items{Data: complete().Data[:1], Terms: Terms{
			Purpose: Text{Ja: "住宅の案内"}, Deal: Text{Ja: "事業の譲渡"}, Recipients: Text{Ja: firm().Name},
			Foreign: Foreign{Needed: true, Code: "US", Country: Text{Ja: "アメリカ合衆国"}, System: Text{Ja: "包括法なし"}, Measures: Text{Ja: "暗号化"}},
		}})
		h.freeze(p.ID)
		p = h.read(p.ID)
		to := h.recipient(func(r *RecipientTerms) { r.Country = "US" })
		aoki, ueda := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp")
		h.agree(p, Agreement{Contact: aoki.ID, Given: true, Abroad: true, Version: 1}, Agreement{Contact: ueda.ID, Given: true, Abroad: true, Version: 1})
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.now = h.now.Add(time.Hour)
		h.agree(p, Agreement{Contact: aoki.ID})
		if err := h.runs.Download(t.Context(), h.other, h.ws, run.ID, io.Discard, h.now); err != nil {
			t.Fatal(err)
		}
		h.wantCounts(run.ID, Counts{Seen: 2, Provided: 1, LeftOut: 1}, "PRV-11 1")
	})
}
