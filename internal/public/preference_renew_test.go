package public

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

var shownInput = regexp.MustCompile(`name="shown" value="([0-9a-f]+)"`)

// ask has the reader been asked about the permission that stands, and returns its event.
func (w *exits) ask() int64 {
	w.Helper()
	event := must(w.log.State(w.ctx, w.db, w.reader.ID))[w.topic.ID].Event
	err := w.db.Write(w.ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(w.ctx, `INSERT INTO consent_ageing (address_id, topic_id, workspace_id, event_id, stage, warned_at, asked_at)
			VALUES (?, ?, ?, ?, 'asked', 1, 1)`, w.reader.ID, w.topic.ID, w.ws.ID, event)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return event
}

func TestWhoIsAskedKeepsReceivingByOneButton(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newExits(t, db)
		path := w.centre()
		const ja, en = "引き続きお送りしてよろしいですか", "Shall we go on writing to you?"
		w.lacks(path, w.get(path), ja)

		event := w.ask()
		before := w.events()
		for lang, want := range map[string]string{"ja": ja, "en": en} {
			r := w.get(path + "?lang=" + lang)
			if w.whole(path, r); !strings.Contains(r.body, want) {
				t.Errorf("the page in %s does not ask", lang)
			}
		}
		if w.events() != before {
			t.Error("opening the page was taken for an answer")
		}
		shown := shownInput.FindStringSubmatch(w.get(path + "?lang=ja").body)[1] // the first form is the question
		r := w.post(path+"/renew?lang=ja", url.Values{"shown": {shown}})
		if w.whole(path, r); !strings.Contains(r.body, "引き続きお送りします。") || strings.Contains(r.body, ja) {
			t.Error("the answer is not thanked for, or asked for again")
		}
		state := must(w.log.State(w.ctx, db, w.reader.ID))[w.topic.ID]
		if state.Status != consent.StatusGiven || state.Event == event || time.Since(state.Since) > time.Minute {
			t.Errorf("the permission was not renewed: %+v", state)
		}
	})
}
