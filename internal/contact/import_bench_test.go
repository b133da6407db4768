package contact

import (
	"bufio"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/transform"

	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// sample streams a CP932 file of rows that look like a Japanese company's list.
func sample(rows int) io.Reader {
	r, w := io.Pipe()
	go func() {
		sjis := transform.NewWriter(w, japanese.ShiftJIS.NewEncoder())
		out := bufio.NewWriter(sjis)
		fmt.Fprint(out, "メールアドレス,姓,名,セイ,メイ,会社名,都道府県,同意日時,取得方法,証跡\r\n")
		families := []string{"佐藤,太郎,サトウ,タロウ", "髙橋,花子,タカハシ,ハナコ", "渡邊,健,ワタナベ,ケン", "鈴木,優子,スズキ,ユウコ"}
		for i := range rows {
			fmt.Fprintf(out, "user%07d@example%d.co.jp,%s,株式会社見本%d,東京都,2025/%02d/%02d 10:30,展示会アンケート,アンケート用紙 No.%d\r\n",
				i, i%500, families[i%len(families)], i%1000, 1+i%12, 1+i%28, i)
		}
		err := out.Flush()
		if err == nil {
			err = sjis.Close()
		}
		w.CloseWithError(err)
	}()
	return r
}

func (w *world) start(t testing.TB, im *Importer, file io.Reader, change func(*Import)) int64 {
	t.Helper()
	order, err := im.Receive(t.Context(), 1, "list.csv", file, epoch)
	if err != nil {
		t.Fatal(err)
	}
	order.Topics, order.Zone, order.Lang = []int64{7}, "Asia/Tokyo", "ja"
	order.Declared, order.Reason = Declaration{Origin: Own, Basis: Consent, Purpose: PurposeAds}, "古い端末の方が残っているため"
	if change != nil {
		change(&order)
	}
	var id int64
	w.write(t, func(tx *store.Tx) (err error) {
		id, err = im.Start(t.Context(), tx, 1, 9, order, epoch)
		return err
	})
	return id
}

func BenchmarkImport(b *testing.B) {
	const rows = 200_000
	for b.Loop() {
		w := newWorld(b, storetest.SQLite(b))
		w.ledger.idle = true
		im := w.importer(b)
		id := w.start(b, im, sample(rows), nil)
		began := time.Now()
		j := w.settled(b, id)
		b.ReportMetric(rows/time.Since(began).Seconds(), "rows/s")
		if j.State != job.Done || w.ledger.granted.Load() != rows {
			b.Fatalf("%s %s %s", j.State, j.Error, j.Result)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapSys)/1e6, "heap-MB")
	}
}
