package api

import (
	"net/http"
	"sync"
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestAProgramDoesNotUndoAnOperatorsEdit: an edit by If-Match gives way to whoever was faster, also
// where that is an operator on a page.
func TestAProgramDoesNotUndoAnOperatorsEdit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		made := w.news()
		path := "/topics/" + made.text("id")
		id, err := store.ParsePublic(topicPrefix, made.text("id"))
		must(t, err)
		for range 30 {
			topic, err := w.Consent.TopicByID(t.Context(), db, w.ws.ID, id)
			must(t, err)
			topic.NameJa, topic.NameEn = topic.NameJa+"あ", "by an operator"
			seen := w.get(path).is(http.StatusOK).header.Get("ETag")
			var both sync.WaitGroup
			var program reply
			both.Go(func() { program = w.patch(path, seen, object{"name_en": "by a program"}) })
			both.Go(func() {
				if err := db.Write(t.Context(), func(tx *store.Tx) error { return w.Consent.EditTopic(t.Context(), tx, topic) }); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			now, err := w.Consent.TopicByID(t.Context(), db, w.ws.ID, id)
			must(t, err)
			if now.NameJa != topic.NameJa || now.NameEn != topic.NameEn {
				t.Fatalf("the program was answered %d, and the topic is called %s, %s", program.status, now.NameJa, now.NameEn)
			}
		}
	})
}
