package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// coded turns text into an encoding as a file of it would stand on a disk.
func coded(t testing.TB, e Encoding, text string) []byte {
	t.Helper()
	b, err := e.coding().NewEncoder().String(text)
	if err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	return append([]byte(e.bom()), b...)
}

func open(t testing.TB, file []byte, o Options) *Reader {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// readAll writes rows as "line:cell|cell" and row errors as "line!key@column".
func readAll(t testing.TB, r *Reader) []string {
	t.Helper()
	var got []string
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if bad, ok := errors.AsType[*RowError](err); ok {
			got = append(got, fmt.Sprintf("%d!%s@%d", bad.Line, strings.TrimPrefix(bad.Key, "sheet.row."), bad.Column))
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d:%s", row.Line, strings.Join(row.Cells, "|")))
	}
}

func TestEveryEncodingIsDetectedAndRead(t *testing.T) {
	t.Parallel()
	text := "メールアドレス,姓,名\r\ntaro@example.jp,髙﨑,ﾀﾛｳ\r\n\"a@example.jp\",\"山\r\n田\",表示能力ソ\r\n"
	want := []string{"2:taro@example.jp|髙﨑|ﾀﾛｳ", "3:a@example.jp|山\r\n田|表示能力ソ"}
	for _, e := range []Encoding{UTF8, UTF8BOM, UTF16LE, UTF16BE, CP932} {
		r := open(t, coded(t, e, text), Options{})
		if got := readAll(t, r); !slices.Equal(got, want) || r.Encoding() != e {
			t.Errorf("%s: read as %s: %q", e, r.Encoding(), got)
		}
		if h := r.Header(); !slices.Equal(h, []string{"メールアドレス", "姓", "名"}) {
			t.Errorf("%s: header %q", e, h)
		}
		if n := int64(len(coded(t, e, text))); r.Offset() != n {
			t.Errorf("%s: offset %d of %d", e, r.Offset(), n)
		}
	}
	for _, e := range []Encoding{EUCJP, ISO2022JP} {
		file := coded(t, e, "姓,名\r\n山田,太郎\r\n")
		if _, err := NewReader(bytes.NewReader(file), Options{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s was guessed: %v", e, err)
		}
		if got := readAll(t, open(t, file, Options{Encoding: e})); !slices.Equal(got, []string{"2:山田|太郎"}) {
			t.Errorf("%s: %q", e, got)
		}
	}
}

func TestDetectTellsWhatItSaw(t *testing.T) {
	t.Parallel()
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]any{
		"":                                     ASCII,
		"email,name\r\n":                       ASCII,
		"email\nRené@example.fr\n":             UTF8,
		"姓,名":                                  UTF8,
		"姓,名"[:5]:                              UTF8,
		"\xef\xbb\xbfa":                        UTF8BOM,
		"\xff\xfea\x00":                        UTF16LE,
		"a,\xc0\xdb\xb3\r\n":                   CP932, // ﾀﾛｳ
		"\x83\x81\x81[\x83\x8b,a":              CP932,
		"\x83\x81\x81[\x83\x8b,\xf0\x40\xff a": CP932, // mostly
		"a,\xc3\xa9\r\n":                       "ambiguous",
		"a,\xb2\xb3\xb4\xb5":                   "euc",
		"\x1b$B;3ED\x1b(B":                     "iso2022jp",
		"a\x00,\x00b\x00\r\x00\n\x00":          "utf16_bare",
		"PK\x03\x04xxxx":                       "workbook",
		"\x1f\x8bxxxx":                         "binary",
		"ab\x00cd\x00ef\x00\x01\x02xxx":        "binary",
		"\xff\xff\xff\xa0\xa0\x80":             "unknown",
		"\xff\xfe\x00\x00a\x00\x00\x00":        "utf16_bare",
	} {
		e, err := detectAt([]byte(in), 0)
		if wanted, ok := want.(Encoding); ok {
			if err != nil || e != wanted {
				t.Errorf("%q: %s %v, want %s", in, e, err, wanted)
			}
			continue
		}
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || e != Unknown || f.Fields[0].Key != "sheet.encoding."+want.(string) {
			t.Errorf("%q: %s %v, want %s", in, e, err, want)
			continue
		}
		checkText(t, texts, f.Fields[0].Key, f.Fields[0].Args)
	}
}

func checkText(t *testing.T, texts *i18n.Catalogue, key string, args []any) {
	t.Helper()
	for _, l := range i18n.Langs() {
		if text := texts.For(l).T(key, args...); text == key || strings.Contains(text, "<no value>") {
			t.Errorf("%s in %s: %q", key, l, text)
		}
	}
}

func TestEncodingIsFoundHoweverLate(t *testing.T) {
	t.Parallel()
	plain := "email,name\r\n" + strings.Repeat("a@example.jp,Taro\r\n", 20000)
	for _, e := range []Encoding{UTF8, CP932} {
		r := open(t, append([]byte(plain), coded(t, e, "b@example.jp,山田\r\n")...), Options{})
		if r.Encoding() != ASCII {
			t.Errorf("begins as %s", r.Encoding())
		}
		got := readAll(t, r)
		if last := got[len(got)-1]; last != "20002:b@example.jp|山田" || r.Encoding() != e {
			t.Errorf("%s: read as %s: %q", e, r.Encoding(), last)
		}
	}
}

func TestAStrayEscapeOrALateMarkMisleadsNobody(t *testing.T) {
	t.Parallel()
	for _, pad := range []int{0, 1, 2, blockSize - 8, blockSize - 7, blockSize - 6, blockSize - 5, blockSize - 4, blockSize - 3} {
		x := strings.Repeat("x", pad)
		for in, want := range map[string]string{
			"a\n" + x + "\x1b\n":     "2:" + x + "\x1b",
			"a\n" + x + "\n山田\n":     fmt.Sprintf("%d:山田", 3),
			"a\n" + x + "\nz\ufeffé": fmt.Sprintf("%d:z\ufeffé", 3),
		} {
			got := readAll(t, open(t, []byte(in), Options{}))
			if last := got[len(got)-1]; last != want {
				t.Errorf("%d: %.40q, want %.40q", pad, last, want)
			}
		}
		if _, err := NewReader(strings.NewReader("a\n"+x+"\x1b$B;3\x1b(B\n"), Options{}); pad < blockSize-8 && err == nil {
			t.Errorf("%d: ISO-2022-JP was read as ASCII", pad)
		}
	}
	r := open(t, []byte("a\n"+strings.Repeat("x\n", blockSize)+"\x1b$B;3\x1b(B\n"), Options{})
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			t.Fatal("ISO-2022-JP was read as ASCII")
		} else if err != nil {
			return
		}
	}
}

func TestWhereTheEncodingFailedIsCountedInTheFile(t *testing.T) {
	t.Parallel()
	head := "a\n" + strings.Repeat("x\n", 100_000)
	r := open(t, []byte(head+"\xc3\xa9\n"), Options{})
	var err error
	for err == nil {
		_, err = r.Next()
	}
	f, ok := errors.AsType[*fault.Error](err)
	if want := []any{"Offset", int64(len(head) + 1)}; !ok || !slices.Equal(f.Fields[0].Args, want) {
		t.Errorf("%v, want %v", err, want)
	}
}

func TestDelimitersAndLineEnds(t *testing.T) {
	t.Parallel()
	for _, d := range []string{",", "\t", ";"} {
		for _, end := range []string{"\r\n", "\n", "\r"} {
			text := "\"a,;\",b,c@1,2,@@,,@\"x@y\",\"p\"\"q\",@,,@last,z,w"
			text = strings.ReplaceAll(strings.ReplaceAll(text, ",", d), "@", end)
			text = strings.Replace(text, "a"+d+";", "a,;", 1)
			got := readAll(t, open(t, []byte(text), Options{Delimiter: map[bool]byte{true: d[0]}[d == ";"]}))
			want := []string{"2:1|2|", "5:x" + end + "y|p\"q|", "8:last|z|w"}
			if !slices.Equal(got, want) {
				t.Errorf("%q %q: %q", d, end, got)
			}
		}
	}
	r := open(t, []byte("name;a,b;c\n1;2;3\n"), Options{})
	if r.Delimiter() != ';' {
		t.Errorf("delimiter %q", r.Delimiter())
	}
	if _, err := NewReader(strings.NewReader("a"), Options{Delimiter: '"'}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a quote as delimiter: %v", err)
	}
}

func TestABadRowStopsNothing(t *testing.T) {
	t.Parallel()
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	good := "ok,山,1\r\n"
	for name, c := range map[string]struct {
		row  string
		want string
		next int
	}{
		"short":        {"a,b\r\n", "3!columns@0", 4},
		"long":         {"a,b,c,d\r\n", "3!columns@0", 4},
		"nul":          {"a,b\x00,c\r\n", "3!nul@2", 4},
		"scar":         {"a,b,c\ufffd\r\n", "3!undecodable@3", 4},
		"bare quote":   {"a,b\"b,c\r\n", "3!quote@2", 4},
		"after quote":  {"a,\"b\"b,c\r\n", "3!quote@2", 4},
		"swallowed":    {"a,\"b,c\r\nd,e,f\r\ng,\"h,i\r\n", "3!quote@2", 6},
		"huge cell":    {"a," + strings.Repeat("あ", 3_500_000) + ",c\r\n", "3!cell_long@2", 4},
		"huge quoted":  {"a,\"" + strings.Repeat("x\r\n", 50_000) + "\",c\r\n", "3!cell_long@2", 50_004},
		"many columns": {strings.Repeat("a,", 300) + "\r\n", "3!columns_many@257", 4},
		"huge row":     {strings.Repeat(strings.Repeat("a", 60_000)+",", 20) + "\r\n", "3!long@18", 4},
		"late quote":   {"a,b,c\"\r\n", "3!quote@3", 4},
	} {
		r := open(t, []byte("x,y,z\r\n"+good+c.row+good), Options{})
		want := []string{"2:ok|山|1", c.want, fmt.Sprintf("%d:ok|山|1", c.next)}
		if got := readAll(t, r); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	r := open(t, []byte("x,y,z\r\n"+good+"a,\"b,c\r\n"+good), Options{})
	if got := readAll(t, r); !slices.Equal(got, []string{"2:ok|山|1", "3!unclosed@2"}) {
		t.Errorf("unclosed: %q", got)
	}
	for _, key := range []string{"columns", "columns_many", "cell_long", "long", "quote", "unclosed", "nul", "undecodable"} {
		checkText(t, texts, "sheet.row."+key, []any{"Want", 3, "Got", 2, "Max", 64, "Last", 5, "Encoding", "cp932"})
	}
}

func TestUndecodableBytesAreRowErrors(t *testing.T) {
	t.Parallel()
	head := coded(t, CP932, "メールアドレス,姓\r\n")
	for _, c := range []string{"\xf0\x40", "\x80", "\xfd", "\x82", "\x85\x9f"} {
		file := slices.Concat(head, []byte("a,"+c+"\r\n"), coded(t, CP932, "b,山田\r\n"))
		r := open(t, file, Options{})
		if got := readAll(t, r); !slices.Equal(got, []string{"2!undecodable@2", "3:b|山田"}) {
			t.Errorf("%q: %q", c, got)
		}
	}
	file := []byte("メール,姓\na,\xff\nb,山\n")
	if got := readAll(t, open(t, file, Options{})); !slices.Equal(got, []string{"2!undecodable@2", "3:b|山"}) {
		t.Errorf("utf-8: %q", got)
	}
}

func TestFilesWithoutAHeaderAreRefused(t *testing.T) {
	t.Parallel()
	for in, key := range map[string]string{
		"": "empty", "\r\n\r\n": "empty", "\xef\xbb\xbf": "empty", ",,\n": "empty", " ,　\nx,y": "header", "a,\"b": "header", "name,company,title\x00\n": "header",
		strings.Repeat("a,", 500): "header",
	} {
		_, err := NewReader(strings.NewReader(in), Options{})
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Fields[0].Key != "sheet.file."+key {
			t.Errorf("%.20q: %v, want %s", in, err, key)
		}
	}
}

func TestABrokenSourceIsNotTheEnd(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk is gone")
	body := strings.NewReader("a,b\r\n" + strings.Repeat("1,2\r\n", 100_000))
	r, err := NewReader(io.MultiReader(body, iotest.ErrReader(broken)), Options{})
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, err := NewReader(iotest.ErrReader(broken), Options{}); !errors.Is(err, broken) {
		t.Errorf("at once: %v", err)
	}
}

func TestBlocksCutNothing(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	text.WriteString("メール,名,注\r\n")
	want := make([]string, 0, 20_000)
	line := 2
	for range 20_000 {
		cell := strings.Repeat("髙あ\r\nｱ", rnd.IntN(3)) + strings.Repeat("x", rnd.IntN(9))
		fmt.Fprintf(&text, "a,\"%s\",\"\"\"\"\r\n", cell)
		want = append(want, fmt.Sprintf("%d:a|%s|\"", line, cell))
		line += 1 + strings.Count(cell, "\n")
	}
	for _, e := range []Encoding{UTF8, CP932, UTF16LE, ISO2022JP} {
		plain := strings.ReplaceAll(text.String(), "ｱ", "ア")
		r := open(t, coded(t, e, plain), Options{Encoding: e})
		for i, got := range readAll(t, r) {
			if w := strings.ReplaceAll(want[i], "ｱ", "ア"); got != w {
				t.Fatalf("%s: row %d: %q, want %q", e, i, got, w)
			}
		}
		r, err := NewReader(iotest.HalfReader(bytes.NewReader(coded(t, e, plain))), Options{Encoding: e})
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, r); len(got) != len(want) {
			t.Errorf("%s in halves: %d rows", e, len(got))
		}
	}
}

// repeated gives the same bytes n times, without holding them.
type repeated struct {
	row  []byte
	n, i int
}

func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) && r.n > 0 {
		c := copy(p[n:], r.row[r.i:])
		n, r.i = n+c, r.i+c
		if r.i == len(r.row) {
			r.i, r.n = 0, r.n-1
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

const sampleRow = "taro.yamada@example.co.jp,山田,太郎,ヤマダ,タロウ,株式会社見本商事,営業部,部長,\"東京都千代田区\",2026/11/21 14:05\r\n"

func TestMemoryStaysBounded(t *testing.T) {
	head := coded(t, CP932, "メールアドレス,姓,名,セイ,メイ,会社名,部署,役職,都道府県,同意日時\r\n")
	file := io.MultiReader(bytes.NewReader(head), &repeated{row: coded(t, CP932, sampleRow), n: 100_000},
		strings.NewReader("\""), &repeated{row: []byte("x"), n: 10_000_000})
	r, err := NewReader(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, failed := 0, 0
	var m runtime.MemStats
	for {
		_, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if rows++; err != nil {
			failed++
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(r)
	if held := cap(r.scanner.text) + cap(r.scanner.buf); rows != 100_001 || failed != 1 || held > 1<<20 {
		t.Errorf("%d rows, %d failed, %d bytes held", rows, failed, held)
	}
}

func BenchmarkReadCP932(b *testing.B) {
	head := coded(b, CP932, "メールアドレス,姓,名,セイ,メイ,会社名,部署,役職,都道府県,同意日時\r\n")
	row := coded(b, CP932, sampleRow)
	b.SetBytes(int64(len(row)))
	b.ReportAllocs()
	r, err := NewReader(io.MultiReader(bytes.NewReader(head), &repeated{row: row, n: b.N}), Options{})
	if err != nil {
		b.Fatal(err)
	}
	rows := 0
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			b.Fatal(err)
		}
		rows++
	}
	if rows != b.N {
		b.Fatalf("%d rows of %d", rows, b.N)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func FuzzReader(f *testing.F) {
	for _, s := range []string{
		"a,b\r\n1,2\r\n", "a;b\n\"x\ny\";\"\"\"\"\n", "\xef\xbb\xbfa\tb\r1\t2\r", "a,b\n\"", "a,b\n1,\"2\"3\n4,5\n", "a\n\x00\n",
		"\x83\x81,\x82\xa0\r\n\x82,\xf0\x40\n", "\xff\xfea\x00\n\x00b\x00", "a\n'=1\n", "PK\x03\x04", "\x1b$B;3\x1b(B,a\n",
		"\x1b", " \n'",
	} {
		for e := Unknown; e <= ISO2022JP; e++ {
			f.Add([]byte(s), byte(e))
		}
	}
	f.Fuzz(func(t *testing.T, file []byte, e byte) {
		opts := Options{Encoding: Encoding(e % byte(ISO2022JP+1))}
		whole, err := NewReader(bytes.NewReader(file), opts)
		if err != nil {
			return
		}
		line, rows := 0, [][]string{whole.Header()}
		for {
			row, err := whole.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if _, bad := errors.AsType[*RowError](err); err != nil && !bad {
				return // the encoding could not be told after all
			}
			if row.Line <= line {
				t.Fatalf("line %d after line %d", row.Line, line)
			}
			line = row.Line
			if err == nil {
				checkRow(t, whole, row)
				rows = append(rows, slices.Clone(row.Cells))
			}
		}
		checkRewritten(t, rows)
	})
}

func checkRow(t *testing.T, r *Reader, row Row) {
	t.Helper()
	if len(row.Cells) != len(r.header) {
		t.Fatalf("%d cells under %d names", len(row.Cells), len(r.header))
	}
	for _, c := range row.Cells {
		if len(c) > MaxCell || strings.ContainsAny(c, "\x00\ufffd") {
			t.Fatalf("bad cell %q was let pass", c)
		}
	}
}

// checkRewritten holds that what was read is the same when written and read again.
func checkRewritten(t *testing.T, rows [][]string) {
	t.Helper()
	var file bytes.Buffer
	w, err := NewWriter(&file, Format{})
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range rows {
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(&file, Options{Unprotect: true, Delimiter: ','})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range rows[1:] {
		row, err := r.Next()
		if err != nil || !slices.Equal(row.Cells, want) {
			t.Fatalf("wrote %q, read %q, %v", want, row.Cells, err)
		}
	}
}
