package provision

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// day is midnight in Japan of a day of these stories.
func day(s string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, s, law.Japan)
	if err != nil {
		panic(err)
	}
	return t
}

// clerk is who acts.
var clerk = account.By{Actor: account.Actor{Kind: account.ActorCLI}}

// world is a workspace with a book, on one engine.
type world struct {
	testing.TB
	db   *store.DB
	book *Book
	ws   int64
	now  time.Time
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := law.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, db: db, book: New(db, account.New(db, ring), contact.New(db, ring, nil), rules), now: day("2026-10-01")}
	err = db.Write(t.Context(), func(tx *store.Tx) error {
		if w.ws, err = tx.NewID(t.Context()); err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `INSERT INTO workspace (id, slug, name, legal_name, postal_address, lang, zone, created_at, updated_at)
			VALUES (?, ?, '名簿', '株式会社名簿', '東京都千代田区1-1', 'ja', 'Asia/Tokyo', 1, 1)`, w.ws, fmt.Sprint("list-", w.ws))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// complete are items that nothing is missing from.
func complete() Items {
	return Items{
		Name: "株式会社名簿", Address: "東京都千代田区1-1", Representative: "代表取締役 名簿 太郎",
		Data:        []DataItem{{"family_name", Text{Ja: "氏名"}}, {"company", Text{Ja: "勤務先"}}},
		Acquisition: Text{Ja: "公開された刊行物から"}, Method: Text{Ja: "電子データの送付"},
		StopBy: Text{Ja: "当社のページまたは郵便"}, Update: Text{Ja: "年に一度"}, Start: "2026-11-15",
	}
}

func (w *world) create(c Class, items Items) Programme {
	w.Helper()
	p, err := w.book.Create(w.Context(), clerk, Programme{Workspace: w.ws, Name: "名簿の提供", Class: c, Draft: items}, w.now)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func (w *world) read(id int64) Programme {
	w.Helper()
	p, err := w.book.ByID(w.Context(), w.db, w.ws, id)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func (w *world) edit(id int64, change func(*Items)) {
	w.Helper()
	p := w.read(id)
	draft := p.Draft
	draft.Data = slices.Clone(draft.Data)
	change(&draft)
	w.now = w.now.Add(time.Minute)
	if err := w.book.Edit(w.Context(), clerk, p, draft, w.now); err != nil {
		w.Fatal(err)
	}
}

func (w *world) freeze(id int64) {
	w.Helper()
	if _, err := w.book.Freeze(w.Context(), clerk, Programme{ID: id, Workspace: w.ws}, w.now); err != nil {
		w.Fatal(err)
	}
}

// take records steps of a version, each on its day.
func (w *world) take(id int64, version int, taken ...string) {
	w.Helper()
	for i := 0; i < len(taken); i += 2 {
		w.now = day(taken[i+1])
		s := Step{Kind: StepKind(taken[i]), On: w.now, Evidence: "受付番号 1"}
		if err := w.book.Take(w.Context(), clerk, Programme{ID: id, Workspace: w.ws}, version, s, w.now); err != nil {
			w.Fatalf("%s: %v", taken[i], err)
		}
	}
}

// rules are the ids of what is found, blocks and warnings.
func (w *world) rules(id int64, now time.Time) []string {
	w.Helper()
	var out []string
	for _, f := range w.book.Findings(w.read(id), now) {
		if f.Rule.Effect != law.Record {
			out = append(out, string(f.Rule.ID)+" "+string(f.Rule.Effect))
		}
	}
	return out
}

// TestTheWayToTheFirstProvision walks through the states and says at each what the
// rules still object to.
func TestTheWayToTheFirstProvision(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.create(OptOut, complete())
		expect := func(state State, want ...string) {
			t.Helper()
			if got := w.read(p.ID).State(w.now); got != state {
				t.Errorf("state %s, want %s", got, state)
			}
			if got := w.rules(p.ID, w.now); !slices.Equal(got, want) {
				t.Errorf("%s: found %v, want %v", state, got, want)
			}
		}
		expect(Draft, "PRV-05 block", "PRV-06 block")
		w.freeze(p.ID)
		expect(Draft, "PRV-05 block", "PRV-06 block")
		w.take(p.ID, 1, "noticed", "2026-10-10")
		expect(Announced, "PRV-05 block", "PRV-06 block")
		w.take(p.ID, 1, "filed", "2026-10-12")
		expect(Submitted, "PRV-05 block", "PRV-06 block")
		w.take(p.ID, 1, "published_by_ppc", "2026-10-20")
		expect(PPCPublished, "PRV-05 block", "PRV-06 block")
		w.take(p.ID, 1, "published_by_us", "2026-10-21")
		expect(WaitingForStart, "PRV-05 block")
		w.now = day("2026-11-15").Add(-time.Microsecond)
		expect(WaitingForStart, "PRV-05 block")
		w.now = day("2026-11-15")
		expect(Running)
		w.take(p.ID, 1, "ended", "2026-12-01")
		expect(HasEnded, "PRV-08 warn")
		if got := w.read(p.ID).Next(w.now); len(got) != 1 || got[0].Kind != string(EndFiled) || !got[0].Until.Equal(day("2026-12-15")) {
			t.Errorf("owed of the end: %+v", got)
		}
		w.take(p.ID, 1, "end_filed", "2026-12-02")
		expect(HasEnded)
		if p := w.read(p.ID); len(p.Owed()) != 0 || len(p.Next(w.now)) != 0 {
			t.Errorf("owed after all: %v %v", p.Owed(), p.Next(w.now))
		}
	})
}

// TestChanges holds APPI 27(3): items 3, 4, 5, 7 and 8 count after a new notice and
// filing, item 1 at once, with both owed.
func TestChanges(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for item, change := range map[Item]func(*Items){
			ItemData:        func(i *Items) { i.Data = append(i.Data, DataItem{"prefecture", Text{Ja: "都道府県"}}) },
			ItemAcquisition: func(i *Items) { i.Acquisition.Ja = "名刺から" },
			ItemMethod:      func(i *Items) { i.Method.Ja = "書面" },
			ItemStopBy:      func(i *Items) { i.StopBy.Ja = "電話" },
			ItemUpdate:      func(i *Items) { i.Update.Ja = "毎月" },
			ItemStart:       func(i *Items) { i.Start = "2027-01-15" },
			ItemProvider:    func(i *Items) { i.Address = "大阪市北区1-1" },
		} {
			w.now = day("2026-10-01")
			p := w.create(OptOut, complete())
			w.freeze(p.ID)
			w.take(p.ID, 1, "noticed", "2026-10-10", "filed", "2026-10-12", "published_by_ppc", "2026-10-20", "published_by_us", "2026-10-21")
			w.now = day("2026-11-20")
			w.edit(p.ID, change)
			if item != ItemProvider && item != ItemStart {
				if _, err := w.book.Freeze(t.Context(), clerk, Programme{ID: p.ID, Workspace: w.ws}, w.now); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "provision.start.kept") {
					t.Errorf("item %s from a day that is past: %v", item, err)
				}
				w.edit(p.ID, func(i *Items) { i.Start = "2027-01-15" })
			}
			w.freeze(p.ID)
			w.expectChange(item, w.read(p.ID))
			w.take(p.ID, 2, "noticed", "2026-11-21", "filed", "2026-11-22", "published_by_ppc", "2026-11-23", "published_by_us", "2026-11-24")
			after := w.read(p.ID)
			if n := after.InForce().Number; n != 2 || len(after.Owed()) != 0 {
				t.Errorf("item %s: version %d counts after all was done, owed %v", item, n, after.Owed())
			}
			if found := w.rules(p.ID, day("2027-01-15")); len(found) != 0 {
				t.Errorf("item %s: after all was done, %v", item, found)
			}
		}
	})
}

func (w *world) expectChange(item Item, p Programme) {
	w.Helper()
	found := w.rules(p.ID, w.now)
	in := p.InForce()
	if item == ItemProvider {
		if in.Number != 2 || !slices.Equal(p.Owed(), []int{2}) || !slices.Equal(found, []string{"PRV-08 warn"}) {
			w.Errorf("item 1: version %d counts, owed %v, found %v", in.Number, p.Owed(), found)
		}
		return
	}
	if in.Number != 1 || len(p.Owed()) != 0 || len(found) != 0 {
		w.Errorf("item %s: version %d counts before it was filed, owed %v, found %v", item, in.Number, p.Owed(), found)
	}
}

func TestStepsComeInTheirOrderAndOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.create(OptOut, complete())
		w.freeze(p.ID)
		w.take(p.ID, 1, "noticed", "2026-10-10")
		w.now = day("2026-10-20")
		for name, c := range map[string]struct {
			s       Step
			version int
			kind    fault.Kind
		}{
			"out of order":  {Step{Kind: PublishedByPPC, On: w.now, Evidence: "x"}, 1, fault.Invalid},
			"twice":         {Step{Kind: Noticed, On: w.now, Evidence: "x"}, 1, fault.Exists},
			"in the future": {Step{Kind: Filed, On: w.now.Add(time.Hour), Evidence: "x"}, 1, fault.Invalid},
			"too early":     {Step{Kind: Filed, On: day("2026-10-09"), Evidence: "x"}, 1, fault.Invalid},
			"no evidence":   {Step{Kind: Filed, On: w.now}, 1, fault.Invalid},
			"no version":    {Step{Kind: Filed, On: w.now, Evidence: "x"}, 2, fault.Invalid},
			"no step":       {Step{Kind: "sealed", On: w.now, Evidence: "x"}, 1, fault.Invalid},
		} {
			if err := w.book.Take(t.Context(), clerk, p, c.version, c.s, w.now); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.book.Take(t.Context(), clerk, Programme{ID: p.ID, Workspace: w.ws + 1}, 1, Step{Kind: Filed, On: w.now, Evidence: "x"}, w.now); !fault.Is(err, fault.NotFound) {
			t.Errorf("another workspace: %v", err)
		}
		if got := len(w.read(p.ID).Versions[0].Steps); got != 1 {
			t.Errorf("%d steps are stored", got)
		}
	})
}

func TestBadDraftsAreRefusedAndOldOnesAreNotOverwritten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.create(OptOut, complete())
		for field, spoil := range map[string]func(*Items){
			"start":   func(i *Items) { i.Start = "tomorrow" },
			"data[1]": func(i *Items) { i.Data[1].Field = i.Data[0].Field },
			"data[0]": func(i *Items) { i.Data[0].Name = Text{} },
			"method":  func(i *Items) { i.Method.Ja = "a\x00b" },
		} {
			items := complete()
			spoil(&items)
			err := w.book.Edit(t.Context(), clerk, p, items, w.now)
			if e, ok := errors.AsType[*fault.Error](err); !ok || e.Fields[0].Name != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		w.edit(p.ID, func(i *Items) { i.Start = "2027-01-01" })
		if err := w.book.Edit(t.Context(), clerk, p, complete(), w.now.Add(time.Hour)); !fault.Is(err, fault.Stale) {
			t.Errorf("a stale edit: %v", err)
		}
		w.freeze(p.ID)
		if _, err := w.book.Freeze(t.Context(), clerk, Programme{ID: p.ID, Workspace: w.ws}, w.now); !fault.Is(err, fault.Exists) {
			t.Errorf("the same version twice: %v", err)
		}
	})
}

// TestAStopCountsForItsProgrammesAndNothingElse: rule PRV-07.
func TestAStopCountsForItsProgrammesAndNothingElse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		one, two := w.create(OptOut, complete()), w.create(OptOut, complete())
		all, some, none := []byte("all"), []byte("some"), []byte("none")
		for _, s := range []Stop{{Hash: all}, {Hash: some, Programme: one.ID}, {Hash: some, Programme: one.ID}} {
			s.Workspace, s.Method, s.Received = w.ws, "page", w.now
			if err := db.Write(t.Context(), func(tx *store.Tx) error { return w.book.Stop(t.Context(), tx, s, w.now) }); err != nil {
				t.Fatal(err)
			}
		}
		for programme, want := range map[int64][2]bool{one.ID: {true, true}, two.ID: {true, false}} {
			got, err := w.book.Stopped(t.Context(), db, w.ws, programme, [][]byte{all, some, none})
			if err != nil || got["all"] != want[0] || got["some"] != want[1] || got["none"] {
				t.Errorf("%v, %v", got, err)
			}
		}
		if got, err := w.book.Stopped(t.Context(), db, w.ws+1, one.ID, [][]byte{all}); err != nil || len(got) != 0 {
			t.Errorf("another workspace: %v, %v", got, err)
		}
		for name, s := range map[string]Stop{
			"no method": {Hash: all, Received: w.now}, "no hash": {Method: "page", Received: w.now},
			"in the future": {Hash: all, Method: "page", Received: w.now.Add(time.Hour)},
		} {
			s.Workspace = w.ws
			if err := db.Write(t.Context(), func(tx *store.Tx) error { return w.book.Stop(t.Context(), tx, s, w.now) }); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestVersionsStepsAndStopsAreOnlyAddedTo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.create(OptOut, complete())
		w.freeze(p.ID)
		w.take(p.ID, 1, "noticed", "2026-10-10")
		s := Stop{Workspace: w.ws, Hash: []byte("h"), Method: "page", Received: w.now}
		if err := db.Write(t.Context(), func(tx *store.Tx) error { return w.book.Stop(t.Context(), tx, s, w.now) }); err != nil {
			t.Fatal(err)
		}
		for _, act := range []func(tx *store.Tx) (int64, error){
			func(tx *store.Tx) (int64, error) { return tx.Exec(t.Context(), "DELETE FROM provision_version") },
			func(tx *store.Tx) (int64, error) {
				return tx.Exec(t.Context(), "UPDATE provision_version SET items = '{}'")
			},
			func(tx *store.Tx) (int64, error) { return tx.Exec(t.Context(), "DELETE FROM provision_step") },
			func(tx *store.Tx) (int64, error) {
				return tx.Exec(t.Context(), "UPDATE provision_step SET happened_at = 1")
			},
			func(tx *store.Tx) (int64, error) { return tx.Exec(t.Context(), "DELETE FROM provision_stop") },
			func(tx *store.Tx) (int64, error) {
				return tx.Exec(t.Context(), "UPDATE provision_stop SET received_at = 1")
			},
		} {
			if err := db.Write(t.Context(), func(tx *store.Tx) error { _, err := act(tx); return err }); err == nil {
				t.Error("what proves something was changed")
			}
		}
	})
}
