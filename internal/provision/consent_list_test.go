package provision

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestWhoseConsentStands counts by what was said last, for whom, and by whoever a person was
// merged into; and holds that a person's words are listed with theirs.
func TestWhoseConsentStands(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to, other := h.consented(), h.recipient(), h.recipient()
		if !p.AsksConsent() || h.running().AsksConsent() {
			t.Error("who asks for consent?")
		}
		count := func(want int64) {
			t.Helper()
			if n, err := h.runs.Consented(t.Context(), db, p); err != nil || n != want {
				t.Errorf("%d consent, want %d, %v", n, want, err)
			}
		}
		aoki, ueda, eguchi := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp"), h.person("江口", "eguchi@example.jp")
		count(0)
		h.agree(p, Agreement{Contact: aoki.ID, Given: true}, Agreement{Contact: aoki.ID, Given: true, Recipient: to.ID},
			Agreement{Contact: ueda.ID, Given: true, Recipient: to.ID}, Agreement{Contact: eguchi.ID, Given: true})
		count(3)
		h.agree(p, Agreement{Contact: aoki.ID, Recipient: to.ID}, Agreement{Contact: ueda.ID, Recipient: other.ID})
		count(3) // of one recipient's only, or of another's
		h.agree(p, Agreement{Contact: ueda.ID})
		count(2) // of everybody's
		h.agree(p, Agreement{Contact: aoki.ID})
		h.twice(aoki, eguchi)
		count(0) // the withdrawal came along
		words, err := h.runs.WordsOf(t.Context(), db, h.ws, eguchi.ID)
		if err != nil || len(words) != 5 || words[0].Contact != aoki.ID || words[0].Given || words[0].By != h.planner.Actor.ID {
			t.Errorf("%+v, %v", words, err)
		}
		for _, w := range words {
			if w.Stands(words) {
				t.Errorf("stands: %+v", w)
			}
		}
		all, err := h.runs.Words(t.Context(), db, p, 0)
		if err != nil || len(all) != 8 || all[0].ID < all[7].ID {
			t.Errorf("%+v, %v", all, err)
		}
		if rest, err := h.runs.Words(t.Context(), db, p, all[6].ID); err != nil || len(rest) != 1 || rest[0].ID != all[7].ID {
			t.Errorf("%+v, %v", rest, err)
		}
		if none, err := h.runs.Words(t.Context(), db, h.running(), 0); err != nil || len(none) != 0 {
			t.Errorf("%+v, %v", none, err)
		}
	})
}

// TestAConsentIsToAWordingThatThereIs holds what a word may say of the wording that was read.
func TestAConsentIsToAWordingThatThereIs(t *testing.T) {
	t.Parallel()
	p := Programme{Class: Consent, Versions: []Version{
		{Number: 1},
		{Number: 2, Items: Items{Terms: Terms{Foreign: Foreign{Needed: true, Country: Text{Ja: "米国"}, Code: "US", System: Text{Ja: "包括法なし"}, Measures: Text{Ja: "暗号化"}}}}},
	}}
	for _, c := range []struct {
		word  Agreement
		field string
	}{
		{Agreement{Given: true}, ""},
		{Agreement{Given: true, Abroad: true}, "abroad"}, // of which country?
		{Agreement{Given: true, Version: 1}, ""},
		{Agreement{Given: true, Version: 1, Abroad: true}, "abroad"},
		{Agreement{Given: true, Version: 2, Abroad: true}, ""},
		{Agreement{Given: true, Version: 3}, "version"},
		{Agreement{Version: -1}, "version"},
		{Agreement{Version: 1}, ""},
	} {
		err := p.mayHear(&c.word)
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%+v: %v", c.word, err)
		case c.field != "" && (!fault.Is(err, fault.Invalid) || err.(*fault.Error).Fields[0].Name != c.field): //nolint:errorlint // as it was made
			t.Errorf("%+v: %v", c.word, err)
		}
	}
}
