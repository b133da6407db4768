package contact

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// heldList declares a list that allows no mail, received from somebody else or not.
func heldList(origin Origin, change ...func(*Import)) func(*Import) {
	return func(i *Import) {
		i.Topics, i.TopicKeys, i.Reason = nil, nil, ""
		i.Declared = Declaration{Origin: origin, Purpose: PurposeHeld}
		if origin.Received() {
			i.Declared.Receipt = Receipt{
				Provider: "株式会社名簿", Address: "東京都", Representative: "名簿 太郎", Acquisition: "刊行物", Evidence: "契約書 1",
				ReceivedAt: epoch.AddDate(0, -1, 0), PublishedAt: epoch.AddDate(0, -2, 0),
			}
		}
		for _, c := range change {
			c(i)
		}
	}
}

func (w *world) found(t testing.TB, text string) []Contact {
	t.Helper()
	c, err := w.book.Search(t.Context(), w.db, 1, Query{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestPeopleWithoutAnAddressAreHeld: a held list needs no column of mail addresses, and
// no address in a row; it needs somebody's name.
func TestPeopleWithoutAnAddressAreHeld(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		file := "姓,名,フリガナ,会社名,郵便番号,都道府県,言語\n" +
			"青木,花子,アオキ ハナコ,,100-0001,東京都,\n" +
			"上田,,,株式会社上田,,,\n" +
			",,,株式会社だれか,,,\n" +
			"青木,花子,アオキ ハナコ,,１００-０００１,東京都,\n" + // the same, in wide figures
			"青木,花子,アオキ ハナコ,,100-0002,東京都,\n" // lives elsewhere
		for _, dry := range []bool{true, false} {
			r := w.report(t, w.start(t, im, strings.NewReader(file), heldList(Own, func(i *Import) { i.DryRun = dry })))
			if r.Rows != 5 || r.New != 3 || r.Same != 1 || r.Refused != 1 || r.Reasons["contact.import.bare.name"] != 1 ||
				r.First[0].Line != 4 || r.First[0].Column != "姓" {
				t.Fatalf("dry %t: %+v", dry, r)
			}
			if contacts, addresses, events := w.count(t); dry == (contacts == 3) || addresses != 0 || events != 0 {
				t.Fatalf("dry %t: %d contacts, %d addresses, %d events", dry, contacts, addresses, events)
			}
		}
		again := w.report(t, w.start(t, im, strings.NewReader(file), heldList(Own)))
		if contacts, _, _ := w.count(t); again.New != 0 || again.Same != 4 || contacts != 3 {
			t.Errorf("taken twice: %+v, %d contacts", again, contacts)
		}
		if c := w.found(t, "アオキ"); len(c) != 2 {
			t.Errorf("found by name: %+v", c)
		}
		people, _, err := w.book.People(t.Context(), w.db, 1, Segment{}, Page{Limit: 10})
		if err != nil || len(people) != 3 || len(people[0].Mails)+len(people[0].Hashes) != 0 {
			t.Errorf("%+v, %v", people, err)
		}
		ordinary := w.report(t, w.start(t, im, strings.NewReader("email,姓,consent date,source,evidence\n,江口,2026-01-10,店頭,申込書1\n"), nil))
		if ordinary.New != 0 || ordinary.Refused != 1 || ordinary.First[0].Column != "email" {
			t.Errorf("a list for mailing took somebody without an address: %+v", ordinary)
		}
		for columns, key := range map[string]string{"会社名": "contact.import.columns.name", "姓": "contact.import.columns.email"} {
			declare := heldList(Own)
			if columns == "姓" {
				declare = func(i *Import) { i.Declared.Source = "店頭" }
			}
			if err := w.startErr(t, im, columns+"\nx\n", declare); err == nil || !strings.Contains(err.Error(), key) {
				t.Errorf("a file with the column %s alone: %v", columns, err)
			}
		}
	})
}

// startErr is what starting an import of a file is refused with.
func (w *world) startErr(t *testing.T, im *Importer, file string, change func(*Import)) error {
	t.Helper()
	order, err := im.Receive(t.Context(), 1, "list.csv", strings.NewReader(file), epoch)
	if err != nil {
		t.Fatal(err)
	}
	change(&order)
	err = w.db.Write(t.Context(), func(tx *store.Tx) error {
		_, err := im.Start(t.Context(), tx, 1, 9, order, epoch)
		return err
	})
	if f, ok := errors.AsType[*fault.Error](err); ok {
		for _, wrong := range f.Fields {
			err = fmt.Errorf("%w %s=%s", err, wrong.Name, wrong.Key)
		}
	}
	return err
}

// TestAHeldListMayBeMixed: rows with and without an address stand in one file. A refusal of
// mail without an address is not lost without a word.
func TestAHeldListMayBeMixed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		file := "email,姓,名,配信停止日\n" +
			"a@example.jp,青木,花子,\n" +
			",上田,太郎,\n" +
			",江口,一,2026-10-01\n" +
			",大山,二,停止\n" +
			",加藤,三,よく分からない\n" +
			",木村,四,なし\n" +
			"b@example.jp,久保,五,2026-10-01\n" +
			"こわれた,毛利,六,\n"
		r := w.report(t, w.start(t, im, strings.NewReader(file), heldList(Own)))
		if r.New != 4 || r.Refusals != 1 || r.Refused != 4 || r.Reasons["contact.import.bare.refused"] != 2 || r.Reasons["contact.import.refused_at"] != 1 {
			t.Errorf("%+v", r)
		}
		if r.First[0].Column != "配信停止日" || r.First[0].Line != 4 {
			t.Errorf("the column is not named: %+v", r.First)
		}
		if text := w.blob(t, r.ErrorFile); !strings.Contains(text, "江口") || !strings.Contains(text, "配信停止日") {
			t.Errorf("the error file: %q", text)
		}
		if contacts, addresses, _ := w.count(t); contacts != 4 || addresses != 2 {
			t.Errorf("%d contacts, %d addresses", contacts, addresses)
		}
	})
}

// TestWhereBarePeopleCameFromIsKept: marks of origin and the record of receiving are theirs
// too, through a merge, and the list that comes again adds nobody (APPI 27(2), 30).
func TestWhereBarePeopleCameFromIsKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		const file = "姓,名,第三者提供の制限\n青木,花子,face\n上田,太郎,\n"
		take := func() Report { return w.report(t, w.start(t, im, strings.NewReader(file), heldList(OptOut))) }
		if r := take(); r.New != 2 {
			t.Fatalf("%+v", r)
		}
		aoki, ueda := w.found(t, "青木")[0], w.found(t, "上田")[0]
		if f, err := w.book.FlagsOf(t.Context(), w.db, 1, aoki.ID); err != nil || f != FlagOptOut|FlagFace {
			t.Errorf("%v, %v", f.Names(), err)
		}
		received := func(id int64) int {
			t.Helper()
			all, err := w.book.ReceiptsOf(t.Context(), w.db, 1, id)
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		if received(aoki.ID) != 1 || received(ueda.ID) != 1 {
			t.Error("the record of receiving does not name them")
		}
		other := w.person(t, Contact{FamilyName: "青木"}, "aoki@example.jp")
		if received(other.ID) != 0 {
			t.Error("the record names somebody who was not on the list")
		}
		w.write(t, func(tx *store.Tx) error { return w.book.Merge(t.Context(), tx, 1, aoki.ID, other.ID, epoch) })
		if r := take(); r.New != 0 || r.Same != 2 || received(other.ID) != 2 {
			t.Errorf("after a merge: %+v, %d", r, received(other.ID))
		}
		edited := ueda
		edited.Title = "部長"
		w.write(t, func(tx *store.Tx) (err error) { edited, err = w.book.Edit(t.Context(), tx, edited, epoch); return err })
		if r := take(); r.New != 0 {
			t.Errorf("the list of before brings an edited person anew: %+v", r)
		}
		if r := w.report(t, w.start(t, im, strings.NewReader("姓,名,役職\n上田,太郎,部長\n"), heldList(Own))); r.New != 0 || r.Same != 1 {
			t.Errorf("one told of as they stand now: %+v", r)
		}
		if c, err := w.book.Get(t.Context(), w.db, 1, ueda.ID); err != nil || c.Title != "部長" {
			t.Errorf("%+v, %v", c, err)
		}
		w.write(t, func(tx *store.Tx) error { return w.book.Erase(t.Context(), tx, 1, ueda.ID, epoch) })
		var left int
		if err := w.db.QueryRow(t.Context(), `SELECT COUNT(*) FROM contact_likeness WHERE contact_id = ?`, ueda.ID).Scan(&left); err != nil || left != 0 {
			t.Errorf("an erased person is still known by %d likenesses, %v", left, err)
		}
	})
}

// TestABareImportCutOffAddsNobodyTwice: wherever a run ends, the next one goes on.
func TestABareImportCutOffAddsNobodyTwice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		im.batch = 10
		file := "姓,名,email,配信停止日\n"
		for i := range 200 {
			if i%10 == 0 { // every batch brings the ledger a refusal, at which it is cut
				file += fmt.Sprintf("山田,太郎%d,a%d@example.jp,2026-10-01\n", i%130, i)
				continue
			}
			file += fmt.Sprintf("山田,太郎%d,,\n", i%130)
		}
		cuts := 0
		w.ledger.fail = func() error {
			if cuts++; cuts%3 == 2 && cuts < 30 {
				return errors.New("cut")
			}
			return nil
		}
		r := w.report(t, w.start(t, im, strings.NewReader(file), heldList(Own)))
		if contacts, addresses, _ := w.count(t); contacts != 137 || addresses != 20 || r.New != 137 || r.Same != 63 || r.Refused != 0 || r.Refusals != 20 {
			t.Errorf("after %d calls: %d contacts, %d addresses, %+v", cuts, contacts, addresses, r)
		}
	})
}

// TestOnePersonIsHeldOnce: whoever is told of in the same way is held already.
func TestOnePersonIsHeldOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		hold := func(c Contact) (made Contact, err error) {
			c.Workspace = 1
			err = w.db.Write(t.Context(), func(tx *store.Tx) error {
				made, err = w.book.Hold(t.Context(), tx, c, epoch)
				return err
			})
			return made, err
		}
		first, err := hold(Contact{FamilyName: "青木", Attrs: map[string]string{"chart": "1", "ward": "2"}})
		if err != nil || first.ID == 0 {
			t.Fatal(first, err)
		}
		if had, err := hold(Contact{FamilyName: "青木", Attrs: map[string]string{"ward": "2", "chart": "1"}}); !fault.Is(err, fault.Exists) || had.ID != first.ID {
			t.Errorf("held twice: %+v, %v", had, err)
		}
		if other, err := hold(Contact{FamilyName: "青木", Attrs: map[string]string{"chart": "3"}}); err != nil || other.ID == first.ID {
			t.Errorf("another person: %+v, %v", other, err)
		}
		if _, err := hold(Contact{Company: "株式会社だれか"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("nobody's name: %v", err)
		}
	})
}

// TestAnExportOfBarePeopleComesBackAsThem: what goes out and in again adds nobody.
func TestAnExportOfBarePeopleComesBackAsThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		const file = "姓,名,セイ,メイ,会社名,郵便番号,都道府県,国,言語\n青木,花子,アオキ,ハナコ,株式会社青木,100-0001,東京都,日本,日本語\n上田,,,,,,,,\n"
		w.report(t, w.start(t, im, strings.NewReader(file), heldList(Own)))
		id, err := w.export(t, Export{Columns: ExportColumns(), Reason: "点検", Lang: "ja"})
		if err != nil {
			t.Fatal(err)
		}
		var x ExportReport
		if err := w.settled(t, id).DecodeResult(&x); err != nil || x.Rows != 2 {
			t.Fatalf("%+v, %v", x, err)
		}
		r := w.report(t, w.start(t, im, strings.NewReader(w.blob(t, x.File)), heldList(Own)))
		if contacts, _, _ := w.count(t); r.New != 0 || r.Same != 2 || contacts != 2 {
			t.Errorf("%+v, %d contacts", r, contacts)
		}
	})
}

// TestOnePersonIsHeldOnceByTwo: whoever is a moment later is told so.
func TestOnePersonIsHeldOnceByTwo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		var made atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				err := w.db.Write(t.Context(), func(tx *store.Tx) error {
					_, err := w.book.Hold(t.Context(), tx, Contact{Workspace: 1, FamilyName: "青木"}, epoch)
					return err
				})
				if err == nil {
					made.Add(1)
				} else if !fault.Is(err, fault.Exists) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if contacts, _, _ := w.count(t); made.Load() != 1 || contacts != 1 {
			t.Errorf("%d made, %d contacts", made.Load(), contacts)
		}
	})
}
