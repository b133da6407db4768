package sheet

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

func written(t *testing.T, f Format, rows ...[]string) ([]byte, []Loss) {
	t.Helper()
	var file bytes.Buffer
	w, err := NewWriter(&file, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range rows {
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || w.rows != len(rows) {
		t.Fatal(err, w.rows)
	}
	return file.Bytes(), w.Lost()
}

func TestWriterDefaultsToWhatExcelOpens(t *testing.T) {
	t.Parallel()
	file, lost := written(t, Format{}, []string{"郵便番号", "注,記"}, []string{"0010001", "a\r\n\"b\""}, []string{" x", "𠮷\xff"})
	want := "\xef\xbb\xbf郵便番号,\"注,記\"\r\n0010001,\"a\r\n\"\"b\"\"\"\r\n\" x\",𠮷\ufffd\r\n"
	if string(file) != want || len(lost) != 0 {
		t.Errorf("%q, lost %v", file, lost)
	}
}

func TestFormulasAreTamedAndSetFreeAgain(t *testing.T) {
	t.Parallel()
	cells := []string{"=1+1", "+819012345678", "-1", "@x", "\tx", "\rx", "'=x", "''@", "'x", "", "x=1", "'", "＝1", "－1", "'＠x"}
	file, _ := written(t, Format{}, slices.Repeat([]string{"h"}, len(cells)), cells)
	safe := readRow(t, open(t, file, Options{}))
	for i, c := range safe {
		if c != "" && startsFormula(c) {
			t.Errorf("%q went out as %q", cells[i], c)
		}
	}
	if safe[0] != "'=1+1" || safe[8] != "'x" || safe[10] != "x=1" {
		t.Errorf("%q", safe)
	}
	if back := readRow(t, open(t, file, Options{Unprotect: true})); !slices.Equal(back, cells) {
		t.Errorf("came back as %q", back)
	}
}

func readRow(t *testing.T, r *Reader) []string {
	t.Helper()
	row, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(row.Cells)
}

func TestWhatAnEncodingLacksIsReported(t *testing.T) {
	t.Parallel()
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]string{{"名", "注"}, {"髙﨑①㈱ｱ", "10〜20 −5 —‖¥?"}, {"𠮷野", "é𠮷 =ok"}}
	file, lost := written(t, Format{Encoding: CP932}, rows...)
	if want := []Loss{{'é', 1, 3}, {'𠮷', 2, 3}}; !slices.Equal(lost, want) {
		t.Errorf("lost %v, want %v", lost, want)
	}
	for _, l := range lost {
		checkText(t, texts, "sheet.lost", []any{"Char", string(l.Char), "Times", l.Count, "Row", l.Row})
	}
	r := open(t, file, Options{})
	if got := readRow(t, r); !slices.Equal(got, []string{"髙﨑①㈱ｱ", "10～20 －5 ―∥￥?"}) || r.Encoding() != CP932 {
		t.Errorf("%q", got)
	}
	if got := readRow(t, r); !slices.Equal(got, []string{"〓野", "〓〓 =ok"}) {
		t.Errorf("%q", got)
	}
}

func TestEveryEncodingIsWrittenSoThatItReadsBack(t *testing.T) {
	t.Parallel()
	for _, e := range Encodings() {
		for _, d := range delimiters {
			file, lost := written(t, Format{e, d}, []string{"姓", "名"}, []string{"山田", "太郎;,\t"}, []string{"斎藤", ""})
			r := open(t, file, Options{Encoding: e, Delimiter: d})
			got := readAll(t, r)
			if !slices.Equal(got, []string{"2:山田|太郎;,\t", "3:斎藤|"}) || len(lost) > 0 {
				t.Errorf("%s %q: %q, lost %v", e, d, got, lost)
			}
		}
		if back, ok := ParseEncoding(e.String()); !ok || back != e {
			t.Errorf("%s reads back as %s", e, back)
		}
	}
	if _, ok := ParseEncoding("latin1"); ok || Encoding(99).String() != "" {
		t.Error("an unknown encoding has a code")
	}
}

func TestErrorFileSaysWhereAndWhy(t *testing.T) {
	t.Parallel()
	source := slices.Concat(coded(t, CP932, "メール,姓\r\n=bad,山田\r\n"), []byte("b,\xf0\x40\r\n"))
	r := open(t, source, Options{})
	var file bytes.Buffer
	e, err := NewErrorFile(&file, Format{r.Encoding(), r.Delimiter()}, r.Header(), "行番号", "エラー内容")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		row, _ := r.Next()
		if err := e.Add(row, "読めません"); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	back := open(t, file.Bytes(), Options{})
	if got := readAll(t, back); !slices.Equal(got, []string{"2:2|読めません|'=bad|山田", "3:3|読めません|b|〓"}) {
		t.Errorf("%q", got)
	}
	if h := back.Header(); back.Encoding() != CP932 || !slices.Equal(h, []string{"行番号", "エラー内容", "メール", "姓"}) {
		t.Errorf("%s %q", back.Encoding(), h)
	}
}

func TestWriterTellsOfAFullDisk(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left")
	w, err := NewWriter(failing{full}, Format{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write([]string{"a"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if _, err := NewWriter(iotest.TruncateWriter(&bytes.Buffer{}, 0), Format{Delimiter: '|'}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a bar as delimiter: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
