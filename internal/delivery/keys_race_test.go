package delivery

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestKeysAreMadeAndTurnedOnce: of people and looks that come at one moment one makes the next
// keys, and one has them take over; a domain never stands without keys.
func TestKeysAreMadeAndTurnedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ring, err := keyring.New(keyring.Generate())
		if err != nil {
			t.Fatal(err)
		}
		d := &Domains{DB: db, Accounts: account.New(db, ring), Keys: NewKeys(db, ring)}
		now, by := time.Now().Truncate(time.Microsecond), account.By{Actor: account.Actor{Kind: account.ActorCLI}}
		both := func(do func() error) {
			var all sync.WaitGroup
			for range 2 {
				all.Go(func() {
					if err := do(); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		states := func() (n map[KeyState]int) {
			n = map[KeyState]int{}
			records, err := d.Keys.Records(t.Context(), db, w.ws, "cafe.example")
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				n[r.State]++
			}
			return n
		}
		both(func() error {
			return db.Write(t.Context(), func(tx *store.Tx) error { return d.Keys.Ensure(t.Context(), tx, w.ws, "cafe.example", now) })
		})
		var refused atomic.Int32
		both(func() error {
			err := d.Rotate(t.Context(), by, w.ws, "cafe.example", now)
			if fault.Is(err, fault.Refused) {
				refused.Add(1)
				return nil
			}
			return err
		})
		if n := states(); refused.Load() != 1 || n[KeyInUse] != 2 || n[KeyNext] != 2 {
			t.Fatalf("%d were refused, %v", refused.Load(), n)
		}
		var looking sync.WaitGroup // nobody stores what was seen before both have looked
		looking.Add(2)
		d.TXT = func(_ context.Context, name string) ([]string, error) {
			if strings.HasPrefix(name, "_dmarc.") {
				looking.Done()
				looking.Wait()
			}
			records, err := d.Keys.Records(t.Context(), db, w.ws, "cafe.example")
			for _, r := range records {
				if r.Name == name {
					return []string{r.Value}, err
				}
			}
			return nil, err
		}
		both(func() error {
			_, err := d.Check(t.Context(), w.ws, "cafe.example", now)
			return err
		})
		if n := states(); n[KeyInUse] != 2 || n[KeyOld] != 2 || n[KeyNext] != 0 {
			t.Errorf("%v", n)
		}
	})
}
