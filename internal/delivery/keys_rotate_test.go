package delivery

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// selectors lists the s= of each signature on a message of the domain now.
func selectors(t *testing.T, k *Keys, ws int64, now time.Time) (out []string) {
	t.Helper()
	signed, err := k.Sign(t.Context(), ws, "cafe.example", nil, []byte("From: news@cafe.example\r\nSubject: x\r\n\r\nx\r\n"), now)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(signed), "From: news")
	for part := range strings.SplitSeq(head, ";") {
		if s, ok := strings.CutPrefix(strings.TrimSpace(part), "s="); ok {
			out = append(out, s)
		}
	}
	return out
}

func TestKeysTakeOverWhenTheirRecordsStand(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ring, err := keyring.New(keyring.Generate())
		if err != nil {
			t.Fatal(err)
		}
		zone := map[string]string{}
		d := &Domains{
			DB: db, Accounts: account.New(db, ring), Keys: NewKeys(db, ring),
			TXT: func(_ context.Context, name string) ([]string, error) {
				if text, ok := zone[name]; ok {
					return []string{text}, nil
				}
				return nil, nil
			},
		}
		now := time.Now().Truncate(time.Microsecond)
		by := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
		if err := d.Rotate(t.Context(), by, w.ws, "cafe.example", now); !fault.Is(err, fault.Refused) {
			t.Fatalf("keys follow none: %v", err)
		}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			return d.Keys.Ensure(ctx, tx, w.ws, "cafe.example", now)
		})
		first := selectors(t, d.Keys, w.ws, now)
		publish := func(of KeyState) {
			records, err := d.Keys.Records(t.Context(), db, w.ws, "cafe.example")
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				if r.State == of {
					zone[r.Name] = r.Value
				}
			}
		}
		check := func() account.DomainState {
			state, err := d.Check(t.Context(), w.ws, "cafe.example", now)
			if err != nil {
				t.Fatal(err)
			}
			return state.State
		}
		publish(KeyInUse)
		if check() != account.Proven {
			t.Error("the first key does not prove the domain")
		}
		if err := d.Rotate(t.Context(), by, w.ws, "cafe.example", now); err != nil {
			t.Fatal(err) // in the same month
		}
		if err := d.Rotate(t.Context(), by, w.ws, "cafe.example", now); !fault.Is(err, fault.Refused) {
			t.Errorf("a third pair is made: %v", err)
		}
		now = now.Add(time.Hour)
		if due, err := d.due(t.Context(), now); err != nil || len(due) != 1 {
			t.Errorf("the next keys wait a day: %v, %v", due, err)
		}
		if check() != account.Proven || !slices.Equal(selectors(t, d.Keys, w.ws, now), first) {
			t.Error("keys sign whose records do not stand")
		}
		publish(KeyNext)
		if check() != account.Proven {
			t.Error("the domain is not proven any more")
		}
		second := selectors(t, d.Keys, w.ws, now)
		if len(second) != 2 || slices.Contains(first, second[0]) || slices.Contains(first, second[1]) {
			t.Errorf("first %v, then %v", first, second)
		}
		states := func() (n map[KeyState]int) {
			n = map[KeyState]int{}
			records, err := d.Records(t.Context(), w.ws, "cafe.example")
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				n[r.Key]++
			}
			return n
		}
		if n := states(); n[KeyOld] != 2 || n[KeyInUse] != 2 || n[KeyNext] != 0 {
			t.Errorf("%v", n)
		}
		now = now.Add(KeyOverlap - time.Hour)
		check()
		if n := states(); n[KeyOld] != 2 {
			t.Errorf("an old key is retired too early: %v", n)
		}
		now = now.Add(2 * time.Hour)
		check()
		if n := states(); n[KeyOld] != 0 || n[KeyInUse] != 2 {
			t.Errorf("%v", n)
		}
	})
}
