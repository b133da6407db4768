package contact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/transform"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// report waits for an import and reads its report.
func (w *world) report(t testing.TB, id int64) Report {
	t.Helper()
	j := w.settled(t, id)
	var r Report
	if err := j.DecodeResult(&r); err != nil || j.State != job.Done {
		t.Fatalf("%s %s, %v", j.State, j.Error, err)
	}
	return r
}

func (w *world) count(t testing.TB) (contacts, addresses, events int) {
	t.Helper()
	err := w.db.QueryRow(t.Context(), `SELECT (SELECT COUNT(*) FROM contact), (SELECT COUNT(*) FROM address), (SELECT COUNT(*) FROM consent_event)`).
		Scan(&contacts, &addresses, &events)
	if err != nil {
		t.Fatal(err)
	}
	return contacts, addresses, events
}

func (w *world) blob(t testing.TB, id int64) string {
	t.Helper()
	r, _, err := job.OpenBlob(t.Context(), w.db, 1, id, epoch)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const list = "メールアドレス,姓,名,フリガナ,会社名,電話番号,サイズ,同意日時,取得方法,証跡,配信停止日\r\n" +
	"taro@example.jp,山田,太郎,ヤマダ タロウ,㈱青葉,03-1234-5678,M,2025/11/21 10:30,展示会アンケート,用紙1,\r\n" +
	"a..b.@docomo.ne.jp,髙橋,花子,,,,,令和7年11月21日,展示会アンケート,用紙2,\r\n" +
	"gone@example.jp,鈴木,,,,,,,,,2025-01-05\r\n" +
	"bad@@example.jp,佐藤,,,,,,2025/11/21,展示会,用紙4,\r\n" +
	"nodate@example.jp,佐藤,,,,,,,展示会,用紙5,\r\n" +
	"TARO@example.jp,,,,別会社,,,2025/11/22,展示会アンケート,用紙6,\r\n" +
	"size@example.jp,佐藤,,,,,XXXL,2025/11/21,展示会,用紙7,\r\n" +
	"bought@example.jp,佐藤,,,,,,2025/11/21,名簿業者より購入,用紙8,\r\n" +
	"kept@example.jp,=佐藤,,,,,,2025/11/21,展示会,用紙9,\r\n" +
	"erased@example.jp,山本,,,,,,2025/11/21,展示会,用紙10,\r\n" +
	"stop@example.jp,山本,,,,,,2025/11/21,展示会,用紙11,たぶん\r\n"

func cp932(t testing.TB, s string) io.Reader {
	t.Helper()
	return transform.NewReader(strings.NewReader(s), japanese.ShiftJIS.NewEncoder())
}

func TestImportAccountsForEveryRow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, b := t.Context(), w.book
		w.write(t, func(tx *store.Tx) error {
			_, err := b.CreateAttribute(ctx, tx, Attribute{
				Workspace: 1, Key: "size", LabelJa: "サイズ", LabelEn: "Size", Kind: Choice, Choices: []string{"S", "M"}, UseJa: "案内", UseEn: "News",
			}, epoch)
			return err
		})
		w.person(t, Contact{FamilyName: "木戸"}, "kept@example.jp")
		erased := w.person(t, Contact{FamilyName: "山本"}, "erased@example.jp")
		w.write(t, func(tx *store.Tx) error { return b.Erase(ctx, tx, 1, erased.ID, epoch) })
		w.ledger.suppressed[string(b.Hash(1, mail(t, "a..b.@docomo.ne.jp")))] = true
		im := w.importer(t)

		dry := w.report(t, w.start(t, im, cp932(t, list), func(o *Import) { o.DryRun = true }))
		if contacts, addresses, events := w.count(t); contacts != 2 || addresses != 2 || events != 0 {
			t.Fatalf("a dry run left %d contacts, %d addresses, %d events", contacts, addresses, events)
		}
		real := w.report(t, w.start(t, im, cp932(t, list), nil))
		want := Report{Rows: 11, New: 2, Updated: 0, Same: 2, Refused: 7, Refusals: 1, Suppressed: 1, Encoding: "cp932", Delimiter: ","}
		for name, got := range map[string]Report{"dry": dry, "real": real} {
			counts := Report{Rows: got.Rows, New: got.New, Updated: got.Updated, Same: got.Same, Refused: got.Refused, Refusals: got.Refusals, Suppressed: got.Suppressed, Encoding: got.Encoding, Delimiter: got.Delimiter}
			if !reflect.DeepEqual(counts, want) {
				t.Errorf("%s: %+v", name, counts)
			}
			for key, line := range map[string]int{
				"addr.mail.at": 5, "IMP-01": 6, "contact.import.value.choice": 8, "IMP-02": 9, "IMP-06": 3,
				"contact.import.erased": 11, "contact.import.refused_at": 12,
			} {
				if got.Reasons[key] != 1 || lineOf(got, key) != line {
					t.Errorf("%s: %s: %d times, line %d", name, key, got.Reasons[key], lineOf(got, key))
				}
			}
		}
		if _, _, events := w.count(t); events != 3 { // taro, gone's refusal, kept
			t.Errorf("%d events", events)
		}
		taro, err := b.Search(ctx, w.db, 1, Query{Text: "taro@example.jp"})
		if err != nil || len(taro) != 1 || taro[0].Company != "㈱青葉" || taro[0].FamilyKana != "ヤマダ" || taro[0].Attrs["size"] != "M" {
			t.Errorf("%+v, %v", taro, err)
		}
		kept, err := b.Search(ctx, w.db, 1, Query{Text: "kept@example.jp"})
		if err != nil || len(kept) != 1 || kept[0].FamilyName != "木戸" {
			t.Errorf("an import overwrote a name: %+v, %v", kept, err)
		}
		back, err := sheet.NewReader(strings.NewReader(w.blob(t, real.ErrorFile)), sheet.Options{})
		if err != nil || back.Encoding() != sheet.CP932 || back.Header()[0] != "行番号" {
			t.Fatalf("%v, %v", back, err)
		}
		row, err := back.Next()
		if err != nil || row.Cells[0] != "3" || !strings.Contains(row.Cells[1], "特定電子メール法 第3条第3項") {
			t.Errorf("%q, %v", row.Cells, err)
		}
		if row, err = back.Next(); err != nil || row.Cells[0] != "5" || !strings.HasPrefix(row.Cells[1], "「メールアドレス」：") || row.Cells[2] != "bad@@example.jp" {
			t.Errorf("%q, %v", row.Cells, err)
		}
	})
}

func lineOf(r Report, key string) int {
	for _, f := range r.First {
		if f.Key == key {
			return f.Line
		}
	}
	return 0
}

func TestImportFillsOnlyWhatIsEmpty(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.person(t, Contact{FamilyName: "山田", GivenName: "太郎"}, "a@example.jp", "b@example.jp")
		var orphan Address
		w.write(t, func(tx *store.Tx) (err error) {
			orphan, _, err = w.book.EnsureAddress(t.Context(), tx, 1, mail(t, "c@example.jp"), epoch)
			return err
		})
		file := "email,family_name,company,prefecture,topic\na@example.jp,川田,青葉,,\nb@example.jp,,,大阪府,\nc@example.jp,森,,,news; 特売\nd@example.jp,林,,,x\n"
		r := w.report(t, w.start(t, w.importer(t), strings.NewReader(file), func(o *Import) {
			o.Topics, o.TopicKeys = nil, map[string]int64{"news": 7, "特売": 8}
			o.Declared.Source, o.Declared.At, o.Declared.Evidence = "展示会", epoch.Add(-time.Hour), "用紙"
		}))
		if r.New != 1 || r.Updated != 0 || r.Refused != 3 || r.Reasons["contact.import.topic.none"] != 2 || r.Reasons["contact.import.topic.unknown"] != 1 {
			t.Errorf("%+v", r)
		}
		if a, err := w.book.AddressByID(t.Context(), w.db, 1, orphan.ID); err != nil || a.Contact == 0 {
			t.Errorf("%+v, %v", a, err)
		}
		if _, _, events := w.count(t); events != 2 {
			t.Errorf("%d events", events)
		}
		r = w.report(t, w.start(t, w.importer(t), strings.NewReader(file), func(o *Import) {
			o.Columns = []sheet.Field{"email", "family_name", "company", "prefecture", ""}
			o.Declared.Source, o.Declared.At, o.Declared.Evidence = "展示会", epoch.Add(-time.Hour), "用紙"
		}))
		if r.New != 1 || r.Updated != 2 || r.Same != 1 || r.Refused != 0 {
			t.Errorf("%+v", r)
		}
		got, err := w.book.Search(t.Context(), w.db, 1, Query{Text: "a@example.jp b@example.jp"})
		if err != nil || len(got) != 1 || got[0].FamilyName != "山田" || got[0].Company != "青葉" || got[0].Prefecture != "大阪府" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestEveryBasisWantsItsProof(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		for name, c := range map[string]struct {
			row     string
			change  func(*Declaration)
			refused string
		}{
			"consent":              {"B1,用紙1,", nil, ""},
			"word":                 {"同意,用紙1,", nil, ""},
			"unknown word":         {"たぶん,用紙1,", nil, "contact.import.basis.unknown"},
			"no evidence":          {"B1,,", nil, "IMP-12"},
			"card":                 {"B2,名刺1,", func(d *Declaration) { d.Written = true }, ""},
			"card without writing": {"B2,名刺1,", nil, "BASIS-03"},
			"card against ads":     {"B2,名刺1,", func(d *Declaration) { d.Written, d.AdsDeclined = true, true }, "BASIS-04"},
			"customer":             {"B3,注文1,", nil, ""},
			"published":            {"B4,https://example.jp/about sha256:9f86,青葉", func(d *Declaration) { d.PagesSilent = true }, ""},
			"published, no page":   {"B4,会社案内 sha256:9f86,青葉", func(d *Declaration) { d.PagesSilent = true }, "BASIS-07"},
			"published, no hash":   {"B4,https://example.jp/about,青葉", func(d *Declaration) { d.PagesSilent = true }, "BASIS-07"},
			"published, unread":    {"B4,https://example.jp/about sha256:9f86,青葉", nil, "BASIS-08"},
			"published, declines":  {"B4,https://example.jp/about sha256:9f86,青葉", func(d *Declaration) { d.PagesSilent, d.AdsDeclined = true, true }, "BASIS-08"},
			"published, long ago":  {"B4,https://example.jp/about sha256:9f86,青葉", func(d *Declaration) { d.PagesSilent, d.At = true, epoch.AddDate(0, -4, 0) }, "BASIS-08"},
			"published, a person":  {"B4,https://example.jp/about sha256:9f86,", func(d *Declaration) { d.PagesSilent = true }, "BASIS-09"},
			"future":               {"B1,用紙1,", func(d *Declaration) { d.At = epoch.AddDate(3, 0, 0) }, "contact.import.at.future"},
			"no source":            {"B1,用紙1,", func(d *Declaration) { d.Source = "" }, "IMP-01"},
			"scraped":              {"B1,用紙1,", func(d *Declaration) { d.Source = "Ｓｃｒａｐｅｄ from the web" }, "IMP-02"},
		} {
			file := "email,basis,evidence,company,refused_at\n" + "someone@example.jp," + c.row + ",\n"
			r := w.report(t, w.start(t, im, strings.NewReader(file), func(o *Import) {
				o.Declared = Declaration{Origin: Own, Source: "購入時に同意", At: epoch.AddDate(0, -1, 0), Purpose: PurposeAds}
				o.DryRun = true
				if c.change != nil {
					c.change(&o.Declared)
				}
			}))
			if c.refused == "" && r.New != 1 || c.refused != "" && r.Reasons[c.refused] != 1 {
				t.Errorf("%s: %+v", name, r)
			}
		}
	})
}

// receipt is a complete record of a list from somebody else.
var receipt = Receipt{
	Provider: "株式会社森", Address: "大阪府", Representative: "森 一郎", Acquisition: "店頭の申込書", Evidence: "契約書 12", ReceivedAt: epoch,
}

func TestWhatCannotBeImportedAtAll(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		var madeUp string
		for i := range 40 {
			madeUp += fmt.Sprintf("user%03d@docomo.ne.jp\n", i)
		}
		full := Declaration{Origin: Own, Basis: Consent, Source: "展示会", At: epoch, Evidence: "用紙", Purpose: PurposeAds}
		for name, c := range map[string]struct {
			file   string
			change func(*Import)
		}{
			"a bought list":    {"email\na@example.jp\n", func(o *Import) { o.Declared.Origin = Purchased }},
			"an appended list": {"email\na@example.jp\n", func(o *Import) { o.Declared.Origin = Appended }},
			"another purpose":  {"email\na@example.jp\n", func(o *Import) { o.Declared.Purpose = PurposeOther }},
			"purpose unknown":  {"email\na@example.jp\n", func(o *Import) { o.Declared.Purpose = "" }},
			"probed":           {"email\na@example.jp\n", func(o *Import) { o.Declared.Probed = true }},
			"no receipt":       {"email\na@example.jp\n", func(o *Import) { o.Declared.Origin = Shared }},
			"not published":    {"email\na@example.jp\n", func(o *Import) { o.Declared.Origin, o.Declared.Receipt = OptOut, receipt }},
			"not carried on":   {"email\na@example.jp\n", func(o *Import) { o.Declared.Origin, o.Declared.Receipt = Succession, receipt }},
			"made up":          {"email\n" + madeUp, func(*Import) {}},
			"no origin":        {"email\na@example.jp\n", func(o *Import) { o.Declared.Origin = "" }},
			"no basis":         {"email\na@example.jp\n", func(o *Import) { o.Declared.Basis = "" }},
			"no evidence":      {"email\na@example.jp\n", func(o *Import) { o.Declared.Evidence = "" }},
			"no topic":         {"email\na@example.jp\n", func(o *Import) { o.Topics = nil }},
			"no mail column":   {"name\nx\n", func(*Import) {}},
			"no text":          {"\x00\x01\x02\x03", func(*Import) {}},
			"encoding":         {"email\na@example.jp\n", func(o *Import) { o.Encoding = "ebcdic" }},
		} {
			order, err := im.Receive(t.Context(), 1, "x.csv", strings.NewReader(c.file), epoch)
			if err != nil {
				t.Fatal(err)
			}
			order.Declared, order.Topics = full, []int64{7}
			c.change(&order)
			err = w.db.Write(t.Context(), func(tx *store.Tx) error {
				_, err := im.Start(t.Context(), tx, 1, 9, order, epoch)
				return err
			})
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		order, err := im.Receive(t.Context(), 1, "x.csv", strings.NewReader("email\n"), epoch)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := im.Look(t.Context(), 2, order, epoch); !fault.Is(err, fault.NotFound) {
			t.Errorf("another workspace sees the file: %v", err)
		}
	})
}

func TestLookShowsTheFile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		order, err := im.Receive(t.Context(), 1, "x.csv", cp932(t, list), epoch)
		if err != nil {
			t.Fatal(err)
		}
		v, err := im.Look(t.Context(), 1, order, epoch)
		if err != nil || v.Encoding != "cp932" || v.Delimiter != "," || len(v.Rows) != previewRows || v.Columns[4].Field != sheet.FieldCompany {
			t.Errorf("%+v, %v", v, err)
		}
		if !reflect.DeepEqual(v.Unknown, []string{"電話番号", "サイズ"}) {
			t.Errorf("unknown: %v", v.Unknown)
		}
	})
}

// TestANoIsTakenWhateverElseTheRowSays: no mistake in another cell keeps a refusal out, in
// whatever words it comes.
func TestANoIsTakenWhateverElseTheRowSays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		file := "email,country,topic,refused_at,provision_flags,basis\n" +
			"a@example.jp,ドイツ国,,2026-11-20,,\n" + // no country
			"b@example.jp,,nosuch,2026-11-20,,\n" + // no topic: everything
			"c@example.jp,,,停止希望,,\n" +
			"d@example.jp,,,ＮＧ,,\n" +
			"e@example.jp,,,2026-11-20,???,\n" +
			"f@example.jp,,,1,,B9\n" +
			"g@example.jp,JP,,2026-11-20,,B1\n" + // nothing is wrong with it
			"h@example.jp,,,そのうち,,\n" // nobody can tell
		im := w.importer(t)
		r := w.report(t, w.start(t, im, strings.NewReader(file), func(o *Import) { o.TopicKeys = map[string]int64{"news": 7} }))
		if r.New != 7 || r.Refusals != 7 || r.Alone != 4 || r.Refused != 1 || r.Reasons["contact.import.refused_at"] != 1 {
			t.Errorf("%+v", r)
		}
		rows, err := w.db.Query(t.Context(), `SELECT a.canonical, e.topic_id FROM consent_event e JOIN address a ON a.id = e.address_id ORDER BY a.canonical`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var got []string
		for rows.Next() {
			var who, topic string
			if err := rows.Scan(&who, &topic); err != nil {
				t.Fatal(err)
			}
			got = append(got, who[:1]+topic)
		}
		if err := rows.Err(); err != nil || strings.Join(got, " ") != "a7 b0 c7 d7 e7 f7 g7" {
			t.Errorf("refusals: %v, %v", got, err)
		}
	})
}

// TestAListOfRefusalsIsWelcome: addresses that look made by a program keep a list of
// permissions out (IMP-03), and no list of refusals.
func TestAListOfRefusalsIsWelcome(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		for no, want := range map[string]bool{"2026-10-01": true, "なし": false} {
			var b strings.Builder
			b.WriteString("email,refused_at\n")
			for i := range 60 {
				fmt.Fprintf(&b, "user%d@example.jp,%s\n", 1000+i, no)
			}
			order, err := im.Receive(t.Context(), 1, "list.csv", strings.NewReader(b.String()), epoch)
			if err != nil {
				t.Fatal(err)
			}
			order.Topics, order.Zone, order.Declared = []int64{7}, "Asia/Tokyo", Declaration{Origin: Own, Basis: Consent, Source: "展示会", At: epoch.AddDate(0, -1, 0), Evidence: "用紙", Purpose: PurposeAds}
			err = w.db.Write(t.Context(), func(tx *store.Tx) error {
				_, err := im.Start(t.Context(), tx, 1, 9, order, epoch)
				return err
			})
			if (err == nil) != want || !want && !strings.Contains(fmt.Sprint(err), "columns") {
				t.Errorf("%s: %v", no, err)
			}
		}
	})
}

// TestAHeldListAllowsNoMail: its people come in without topic, basis and evidence, and
// nothing is said of any permission; a refusal in it is one. Data that others gave keep their
// limits, and bought lists stay out.
func TestAHeldListAllowsNoMail(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		held := func(o Origin) func(*Import) {
			return func(i *Import) {
				i.Topics, i.TopicKeys, i.Reason = nil, nil, ""
				i.Declared = Declaration{Origin: o, Purpose: PurposeHeld}
				if o.Received() {
					i.Declared.Receipt = Receipt{
						Provider: "株式会社名簿", Address: "東京都", Representative: "名簿 太郎", Acquisition: "刊行物", Evidence: "契約書 1",
						ReceivedAt: epoch.AddDate(0, -1, 0), PublishedAt: epoch.AddDate(0, -2, 0),
					}
				}
			}
		}
		w.ledger.suppressed[string(w.book.Hash(1, mail(t, "stopped@example.jp")))] = true
		im := w.importer(t)
		r := w.report(t, w.start(t, im, strings.NewReader("email,family_name,refused_at\na@example.jp,青木,\nb@example.jp,上田,2026-10-01\nstopped@example.jp,江口,\n"), held(Own)))
		if _, _, events := w.count(t); r.New != 3 || r.Refusals != 1 || r.Refused != 0 || events != 1 {
			t.Errorf("%+v, %d events", r, events)
		}
		if r := w.report(t, w.start(t, im, strings.NewReader("email\nc@example.jp\n"), held(OptOut))); r.New != 1 {
			t.Errorf("%+v", r)
		}
		c, err := w.book.Search(t.Context(), w.db, 1, Query{Text: "c@example.jp"})
		if err != nil || len(c) != 1 {
			t.Fatal(c, err)
		}
		if f, err := w.book.FlagsOf(t.Context(), w.db, 1, c[0].ID); err != nil || !f.Has(FlagOptOut) {
			t.Errorf("received by opt-out and not marked: %v, %v", f, err)
		}
		order, err := im.Receive(t.Context(), 1, "list.csv", strings.NewReader("email\nd@example.jp\n"), epoch)
		if err != nil {
			t.Fatal(err)
		}
		held(Purchased)(&order)
		if err := w.db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := im.Start(t.Context(), tx, 1, 9, order, epoch)
			return err
		}); err == nil {
			t.Error("a bought list is held")
		}
	})
}

// A row may come twice, refuse what it gave, and be given for several topics; the
// end is the same wherever the import is cut.
func awkward(rows int) string {
	var b strings.Builder
	b.WriteString("email,family_name,company,topic,refused_at\n")
	r := rand.New(rand.NewPCG(1, 2))
	for range rows {
		n := r.IntN(rows / 2)
		row := []string{"p" + string(rune('a'+n%26)) + itoa(n) + "@example.jp", "", "", "news", ""}
		if r.IntN(2) == 0 {
			row[1] = "姓" + itoa(n)
		}
		if r.IntN(3) == 0 {
			row[2] = "社" + itoa(r.IntN(9))
		}
		switch r.IntN(10) {
		case 0:
			row[3] = "sale"
		case 1:
			row[4] = "2025-01-01"
		case 2:
			row[0] = "broken@"
		}
		b.WriteString(strings.Join(row, ",") + "\n")
	}
	return b.String()
}

func itoa(n int) string {
	return string(rune('0'+n/100%10)) + string(rune('0'+n/10%10)) + string(rune('0'+n%10))
}

func TestACutImportEndsLikeAWholeOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		file := awkward(600)
		change := func(o *Import) {
			o.Topics, o.TopicKeys = nil, map[string]int64{"news": 7, "sale": 8}
			o.Declared = Declaration{Origin: Own, Basis: Consent, Source: "展示会", At: epoch.AddDate(0, -1, 0), Evidence: "用紙", Purpose: PurposeAds}
		}
		whole := newWorld(t, sameEngine(t, w.db))
		wholeImporter := whole.importer(t)
		wholeImporter.batch = 20
		want := whole.report(t, whole.start(t, wholeImporter, strings.NewReader(file), change))

		chance := rand.New(rand.NewPCG(3, uint64(time.Now().UnixNano())))
		cuts, inRow := 0, 0
		w.ledger.fail = func() error {
			// A job that never gets on is given up: not more than four cuts in a row.
			if chance.IntN(3) > 0 || cuts == 40 || inRow == 4 {
				inRow = 0
				return nil
			}
			cuts, inRow = cuts+1, inRow+1
			return errors.New("cut")
		}
		im := w.importer(t)
		im.batch = 20
		got := w.report(t, w.start(t, im, strings.NewReader(file), change))
		if cuts == 0 {
			t.Error("nothing was cut")
		}
		gotErrors, wantErrors := w.blob(t, got.ErrorFile), whole.blob(t, want.ErrorFile)
		got.ErrorFile, want.ErrorFile = 0, 0
		if !reflect.DeepEqual(got, want) || gotErrors != wantErrors {
			t.Errorf("after %d cuts:\n%+v\n%+v", cuts, got, want)
		}
		if a, b := w.state(t), whole.state(t); a != b {
			t.Errorf("after %d cuts the end differs:\n%.2000s\n%.2000s", cuts, a, b)
		}
	})
}

// state writes out all people and events without ids and times.
func (w *world) state(t *testing.T) string {
	t.Helper()
	rows, err := w.db.Query(t.Context(), `SELECT a.shown, c.family_name, c.company, e.topic_id, e.action, e.received_at
		FROM address a JOIN contact c ON c.id = a.contact_id LEFT JOIN consent_event e ON e.address_id = a.id
		ORDER BY a.shown, e.received_at, e.topic_id, e.action`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var shown, family, company, topic, action, line string
		if err := rows.Scan(&shown, &family, &company, &topic, &action, &line); err != nil {
			t.Fatal(err)
		}
		b.WriteString(strings.Join([]string{shown, family, company, topic, action, line}, " ") + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAStoppedImportSealsItsErrorFile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im, runner := w.resting(t)
		im.batch = 5
		var id int64
		w.ledger.fail = func() error {
			return im.runner.RequestStop(context.WithoutCancel(t.Context()), 1, id)
		}
		if w.db.Engine() == store.SQLite { // its one writer is busy with the batch
			w.ledger.fail = func() error {
				go func() { _ = im.runner.RequestStop(context.WithoutCancel(t.Context()), 1, id) }()
				return nil
			}
		}
		id = w.start(t, im, strings.NewReader(awkward(400)), func(o *Import) {
			o.Topics, o.TopicKeys = nil, map[string]int64{"news": 7, "sale": 8}
			o.Declared = Declaration{Origin: Own, Basis: Consent, Source: "展示会", At: epoch.AddDate(0, -1, 0), Evidence: "用紙", Purpose: PurposeAds}
		})
		start(t, runner)
		j := w.settled(t, id)
		var r Report
		if err := j.DecodeResult(&r); err != nil || j.State != job.Stopped || r.Rows == 0 || r.Rows >= 400 {
			t.Fatalf("%s, %+v, %v", j.State, r, err)
		}
		if r.ErrorFile != 0 {
			w.blob(t, r.ErrorFile)
		}
	})
}

// 20,000 rows here; the memory is the same for a million (see BenchmarkImport).
func TestImportMemoryIsBounded(t *testing.T) {
	w := newWorld(t, sqliteFor(t))
	w.ledger.idle = true
	im := w.importer(t)
	runtime.GC() // what tests before this one left is not the import's
	id := w.start(t, im, sample(20_000), nil)
	var most uint64
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)
		j, err := job.Get(t.Context(), w.db, 1, id)
		if err != nil {
			t.Fatal(err)
		}
		if j.State.Final() {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if r := w.report(t, id); r.New != 20_000 {
		t.Errorf("%+v", r)
	}
	if most > 150<<20 {
		t.Errorf("%d MB of heap", most>>20)
	}
}

// TestAForgottenAddressCanBeImported: somebody typed it into a form and nobody
// confirmed; that must not keep its owner's real permission out. One who asked to be
// erased stays out, even where a form was filled in for the address since.
func TestAForgottenAddressCanBeImported(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		asked := w.person(t, Contact{FamilyName: "山本"}, "asked@example.jp")
		w.write(t, func(tx *store.Tx) error {
			if err := w.book.Erase(t.Context(), tx, 1, asked.ID, epoch); err != nil {
				return err
			}
			var typed []int64
			for _, m := range []string{"typed@example.jp", "asked@example.jp"} {
				a, _, err := w.book.EnsureAddress(t.Context(), tx, 1, mail(t, m), epoch)
				if err != nil {
					return err
				}
				if typed = append(typed, a.ID); m == "asked@example.jp" {
					if err := tx.InsertRows(t.Context(), sqlTestEvents, "", 12, []any{
						int64(1 << 50), 1, asked.ID, a.ID, "email", 0, "erased", "", "erasure", 1, 1, []byte{1},
					}); err != nil {
						return err
					}
				}
			}
			return w.book.Unname(t.Context(), tx, typed, epoch)
		})
		file := "email,company,prefecture\ntyped@example.jp,青葉,大阪府\nasked@example.jp,青葉,大阪府\n"
		r := w.report(t, w.start(t, w.importer(t), strings.NewReader(file), func(o *Import) {
			o.Columns = []sheet.Field{"email", "company", "prefecture"}
			o.Declared.Source, o.Declared.At, o.Declared.Evidence = "展示会", epoch.Add(-time.Hour), "用紙"
		}))
		if r.New != 1 || r.Refused != 1 || r.Reasons["contact.import.erased"] != 1 {
			t.Errorf("%+v", r)
		}
		a, err := w.book.AddressByHash(t.Context(), w.db, 1, w.book.Hash(1, mail(t, "typed@example.jp")))
		if err != nil || a.Contact == 0 || a.Shown != "typed@example.jp" || a.Domain != "example.jp" || !a.ErasedAt.IsZero() {
			t.Errorf("%+v, %v", a, err)
		}
	})
}
