package contact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

func (w *world) export(t *testing.T, order Export) (id int64, err error) {
	t.Helper()
	err = w.db.Write(t.Context(), func(tx *store.Tx) error {
		id, err = w.exporter.Start(t.Context(), tx, 1, 9, order)
		return err
	})
	return id, err
}

func TestExportWritesEverybodyOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.importer(t)
		w.person(t, Contact{FamilyName: "𠮷野", Company: "=HYPERLINK(1)", Attrs: map[string]string{"no": "007"}}, "a@example.jp", "b@example.jp")
		gone := w.person(t, Contact{FamilyName: "消去"}, "gone@example.jp")
		w.write(t, func(tx *store.Tx) error { return w.book.Erase(t.Context(), tx, 1, gone.ID, epoch) })
		for i := range exportPage + 1 {
			w.person(t, Contact{FamilyName: fmt.Sprint("姓", i)})
		}
		order := Export{Columns: []sheet.Field{"email", "family_name", "company", "attr:no"}, Encoding: "cp932", Reason: "監査", Lang: "ja"}
		id, err := w.export(t, order)
		if err != nil {
			t.Fatal(err)
		}
		j := w.settled(t, id)
		var r ExportReport
		if err := j.DecodeResult(&r); err != nil || j.State != job.Done || r.Rows != exportPage+2 || j.Total != r.Rows {
			t.Fatalf("%+v, %+v, %v", j, r, err)
		}
		if len(r.Lost) != 1 || r.Lost[0].Char != '𠮷' || r.Lost[0].Row != 2 {
			t.Errorf("lost: %+v", r.Lost)
		}
		back, err := sheet.NewReader(strings.NewReader(w.blob(t, r.File)), sheet.Options{})
		if err != nil || back.Encoding() != sheet.CP932 || back.Header()[0] != "メールアドレス" {
			t.Fatal(back, err)
		}
		row, err := back.Next()
		if err != nil || row.Cells[0] != "a@example.jp; b@example.jp" || row.Cells[1] != "〓野" || row.Cells[2] != "'=HYPERLINK(1)" || row.Cells[3] != "007" {
			t.Errorf("%q, %v", row.Cells, err)
		}
		for name, change := range map[string]func(*Export){
			"no reason":  func(o *Export) { o.Reason = " " },
			"no columns": func(o *Export) { o.Columns = nil },
			"phone":      func(o *Export) { o.Columns = []sheet.Field{"phone"} },
			"encoding":   func(o *Export) { o.Encoding = "ebcdic" },
		} {
			bad := order
			change(&bad)
			if _, err := w.export(t, bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
