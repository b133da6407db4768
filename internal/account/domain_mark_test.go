package account_test

import (
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestASilenceLeavesAMarkAndItsTime: what nobody answers for keeps the last answer and the
// time of it, each mark for itself, so that it can grow old.
func TestASilenceLeavesAMarkAndItsTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db)
		first := start.Add(time.Hour)
		second, early := first.Add(6*time.Hour), first.Add(time.Hour)
		look := func(m account.Marks, at time.Time) account.Marks {
			t.Helper()
			var d account.Domain
			err := db.Write(t.Context(), func(tx *store.Tx) (err error) {
				if _, err = o.book.EnsureDomain(t.Context(), tx, o.ws.ID, "midori.example", first); err != nil {
					return err
				}
				if err = o.book.SetDomainMarks(t.Context(), tx, o.ws.ID, "midori.example", m, at); err != nil {
					return err
				}
				d, err = o.book.EnsureDomain(t.Context(), tx, o.ws.ID, "midori.example", at)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return d.Marks
		}
		well := account.Marks{SPF: "pass", DKIM: "pass", DMARC: "pass", PTR: "pass", Reach: "pass"}
		if m := look(well, first); m.At != (account.MarkTimes{SPF: first, DKIM: first, DMARC: first, PTR: first, Reach: first}) || !m.GreenAt.Equal(first) {
			t.Errorf("after the first look: %+v", m)
		}
		well.PTR, well.Reach = "unknown", ""
		m := look(well, second)
		if m.PTR != "pass" || m.Reach != "pass" || !m.At.PTR.Equal(first) || !m.At.Reach.Equal(first) {
			t.Errorf("a silence changed marks: %+v", m)
		}
		if !m.At.SPF.Equal(second) || !m.At.DKIM.Equal(second) || !m.At.DMARC.Equal(second) || !m.GreenAt.Equal(second) {
			t.Errorf("answers are not dated: %+v", m)
		}
		well.PTR = "fail"
		if late := look(well, early); late != m {
			t.Errorf("a look that began earlier counts: %+v", late)
		}
	})
}

// TestTheLatestLookCounts: of looks that end at the same moment the one that began last stays.
func TestTheLatestLookCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db)
		var domain account.Domain
		ensure := func(tx *store.Tx) (err error) {
			domain, err = o.book.EnsureDomain(t.Context(), tx, o.ws.ID, "midori.example", start)
			return err
		}
		if err := db.Write(t.Context(), ensure); err != nil {
			t.Fatal(err)
		}
		const looks = 40
		var all sync.WaitGroup
		for n := range looks {
			all.Go(func() {
				m := account.Marks{SPF: "fail", DKIM: "fail", DMARC: "fail"}
				if n == looks-1 {
					m = account.Marks{SPF: "pass", DKIM: "pass", DMARC: "pass"}
				}
				if err := db.Write(t.Context(), func(tx *store.Tx) error {
					return o.book.SetDomainMarks(t.Context(), tx, o.ws.ID, "midori.example", m, start.Add(time.Duration(n)*time.Second))
				}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if err := db.Write(t.Context(), ensure); err != nil {
			t.Fatal(err)
		}
		if m := domain.Marks; m.SPF != "pass" || !m.LookedAt.Equal(start.Add((looks-1)*time.Second)) || m.GreenAt.IsZero() {
			t.Errorf("an earlier look was kept: %+v", m)
		}
	})
}
