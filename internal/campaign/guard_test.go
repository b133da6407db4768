package campaign

import (
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// twinOf is what the guard says of the same words somewhere else, with its arguments.
func (w *world) twinOf(c Campaign) (key string, hours any) {
	w.Helper()
	for _, f := range must(w.Check(w.Context(), w.DB, c)) {
		if f.Key == "campaign.guard.twin" || f.Key == "campaign.guard.twin_waiting" {
			if key != "" {
				w.Errorf("it is said twice: %s and %s", key, f.Key)
			}
			if key = f.Key; len(f.Args) > 2 {
				hours = f.Args[3]
			}
			for _, lang := range i18n.Langs() {
				if w.Texts.For(lang).T(f.Key, f.Args...) == f.Key {
					w.Errorf("%s has no words for %s", lang, f.Key)
				}
			}
		}
	}
	return key, hours
}

// TestATwinIsTold: the same words to the same people are told of, whether they went out or
// wait for their time, and one more blank or another width makes no other message.
func TestATwinIsTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.readers(1)
		first := must(w.Create(t.Context(), w.owner, w.ws.ID, w.content("秋の新刊２０冊が Mori に入りました。\n"), w.now))
		again := must(w.Create(t.Context(), w.owner, w.ws.ID, w.content("秋の新刊20冊が  mori に入りました 。\n\n"), w.now))
		other := must(w.Create(t.Context(), w.owner, w.ws.ID, w.content("秋の新刊21冊がMoriに入りました。\n"), w.now))
		is := func(when, want string, hours any) {
			t.Helper()
			if key, n := w.twinOf(again); key != want || n != hours {
				t.Errorf("%s: %q, %v", when, key, n)
			}
			if key, _ := w.twinOf(other); key != "" {
				t.Errorf("%s: another text is a twin", when)
			}
		}
		is("a draft", "", nil)
		if err := w.Send(t.Context(), w.owner, first, Launch{At: w.now.AddDate(0, 0, 6)}, w.now); err != nil {
			t.Fatal(err)
		}
		is("planned for another day", "campaign.guard.twin_waiting", nil)
		w.do("pause", first)
		is("paused before its time", "campaign.guard.twin_waiting", nil)
		w.do("resume", first)
		w.wait(6*24*time.Hour + time.Minute)
		w.plan()
		w.is(first, Sending)
		w.wait(3*time.Hour + time.Minute)
		is("three hours ago", "campaign.guard.twin", 3)
		w.wait(24 * time.Hour)
		is("yesterday", "", nil)
	})
}
