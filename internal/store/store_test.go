package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

const (
	sqlPutNode  = `INSERT INTO gate_node (node, applied_seq, seen_at) VALUES (?, ?, ?)`
	sqlGetNode  = `SELECT applied_seq FROM gate_node WHERE node = ?`
	sqlInNodes  = `SELECT COUNT(*) FROM gate_node WHERE node IN (?...) AND seen_at < ?`
	sqlNodeRows = `INSERT INTO gate_node (node, applied_seq, seen_at) VALUES`
	sqlClaim    = `UPDATE gate_node SET applied_seq = 1 WHERE node IN (SELECT node FROM gate_node WHERE applied_seq = 0 ORDER BY node LIMIT ? /*lock*/) RETURNING node`
	sqlDropLeaf = `DELETE FROM consent_leaf WHERE workspace_id = ?`
	sqlPutLeaf  = `INSERT INTO consent_leaf (workspace_id, seq, event_id) VALUES (?, ?, ?)`
)

func put(ctx context.Context, db *store.DB, node string, seq int64) error {
	return db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlPutNode, node, seq, 1)
		return err
	})
}

func TestWriteKeepsAllOrNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		boom := errors.New("boom")
		committed := false
		err := db.Write(ctx, func(tx *store.Tx) error {
			tx.OnCommit(func() { committed = true })
			if _, err := tx.Exec(ctx, sqlPutNode, "a", 1, 1); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) || committed {
			t.Fatalf("err %v, committed %v", err, committed)
		}
		var n int64
		if err := db.QueryRow(ctx, sqlGetNode, "a").Scan(&n); !fault.Is(err, fault.NotFound) {
			t.Fatalf("a rolled-back row is there: %v", err)
		}
		if err := put(ctx, db, "a", 7); err != nil {
			t.Fatal(err)
		}
		if err := put(ctx, db, "a", 8); !fault.Is(err, fault.Exists) {
			t.Fatalf("a clash is %v", err)
		}
		if err := db.QueryRow(ctx, sqlGetNode, "a").Scan(&n); err != nil || n != 7 {
			t.Fatalf("%d, %v", n, err)
		}
	})
}

func TestListsAndManyRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		var args []any
		for i := range 200 {
			args = append(args, fmt.Sprint("n", i), 0, 5)
		}
		if err := db.Write(ctx, func(tx *store.Tx) error {
			return tx.InsertRows(ctx, sqlNodeRows, "", 3, args)
		}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			names []string
			want  int64
		}{{nil, 0}, {[]string{"n1"}, 1}, {[]string{"n1", "n2", "n199", "x", "n3"}, 4}} {
			var n int64
			if err := db.QueryRow(ctx, sqlInNodes, store.In(c.names), 9).Scan(&n); err != nil || n != c.want {
				t.Errorf("%v: %d, %v", c.names, n, err)
			}
		}
	})
}

func TestClaimingGivesEachRowOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		var args []any
		for i := range 100 {
			args = append(args, fmt.Sprintf("n%03d", i), 0, 5)
		}
		if err := db.Write(ctx, func(tx *store.Tx) error { return tx.InsertRows(ctx, sqlNodeRows, "", 3, args) }); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		seen := map[string]int{}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				for range 10 {
					names, err := claim(ctx, db)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					for _, n := range names {
						seen[n]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != 100 {
			t.Errorf("%d rows claimed", len(seen))
		}
		for n, times := range seen {
			if times != 1 {
				t.Errorf("%s claimed %d times", n, times)
			}
		}
	})
}

func claim(ctx context.Context, db *store.DB) (names []string, err error) {
	err = db.Write(ctx, func(tx *store.Tx) error {
		names = nil
		rows, err := tx.Query(ctx, sqlClaim, 4)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n string
			if err := rows.Scan(&n); err != nil {
				return err
			}
			names = append(names, n)
		}
		return rows.Err()
	})
	return names, err
}

func TestNewIDsAreNeverRepeated(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		var mu sync.Mutex
		seen := map[int64]bool{}
		take := func(n int, fail bool) {
			var got []int64
			err := db.Write(ctx, func(tx *store.Tx) error {
				got = nil
				for range n {
					id, err := tx.NewID(ctx)
					if err != nil {
						return err
					}
					got = append(got, id)
				}
				if fail {
					return errors.New("roll back")
				}
				return nil
			})
			mu.Lock()
			defer mu.Unlock()
			if fail != (err != nil) {
				t.Error(err)
			}
			for _, id := range got {
				if seen[id] {
					t.Errorf("id %d twice", id)
				}
				seen[id] = !fail || seen[id]
			}
		}
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() { take(700, false); take(1500, i%2 == 0); take(2500, false); take(3, false) })
		}
		wg.Wait()
	})
}

func TestAppendOnlyTablesRefuseChange(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.Write(ctx, func(tx *store.Tx) error { _, err := tx.Exec(ctx, sqlPutLeaf, 1, 0, 10); return err }); err != nil {
			t.Fatal(err)
		}
		err := db.Write(ctx, func(tx *store.Tx) error { _, err := tx.Exec(ctx, sqlDropLeaf, 1); return err })
		if !fault.Is(err, fault.Refused) {
			t.Fatalf("deleting a leaf gave %v", err)
		}
	})
}

func TestPublicIDsRoundTripAndHideOrder(t *testing.T) {
	t.Parallel()
	for _, id := range []int64{1, 2, 1000, 1 << 40} {
		s := store.Public("con", id)
		if got, err := store.ParsePublic("con", s); err != nil || got != id {
			t.Errorf("%s: %d, %v", s, got, err)
		}
	}
	for _, bad := range []string{"", "con_", "cmp_" + store.Public("con", 5)[4:], store.Public("con", 5) + "0", "con_zzzz"} {
		if _, err := store.ParsePublic("con", bad); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		const later = `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`
		if err := db.Write(ctx, func(tx *store.Tx) error { _, err := tx.Exec(ctx, later); return err }); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(ctx); err == nil {
			t.Fatal("a newer schema was accepted")
		}
	})
}

func TestADatabaseFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := storetest.Open(t, "sqlite:"+filepath.Join(dir, "people.db"))
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), db, "a", 1); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 2 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

// A transaction whose context has ended is rolled back; nothing may be written after it.
func TestWideInsertsEndWithTheirTransaction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, func(tx *store.Tx) error {
			cancel()
			for i := range 20 { // whether the rollback comes before, between or after them
				_ = tx.InsertRows(context.WithoutCancel(ctx), sqlNodeRows, "", 3, []any{fmt.Sprint(i), 1, 1})
			}
			return nil
		})
		if err == nil {
			t.Error("committed")
		}
		var n int
		if err := db.QueryRow(t.Context(), sqlInNodes, store.In([]string{"0", "1", "18", "19"}), 2).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}

// SQLite takes its log away when the last statement of the last connection is closed.
func TestClosingLetsTheFileGo(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	db := storetest.Open(t, url)
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		return tx.InsertRows(t.Context(), sqlNodeRows, "", 3, []any{"a", 1, 1, "b", 1, 1, "c", 1, 1})
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(strings.TrimPrefix(url, "sqlite:") + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
}
