package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/transform"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// benchRows names the number of rows to import; the criterion for a release is a million.
const benchRows = "KYODAKU_BENCH_ROWS"

// BenchmarkImport takes a CP932 file whose every row brings basis, source, date and
// evidence into the real consent log, with the sequencer at work beside it, and then
// verifies the whole log. Ask for one round: -benchtime 1x.
func BenchmarkImport(b *testing.B) {
	rows := 20_000
	if n, err := strconv.Atoi(os.Getenv(benchRows)); err == nil {
		rows = n
	}
	for name, url := range map[string]func(testing.TB) string{
		"sqlite": storetest.SQLiteURL, "postgresql": storetest.PostgreSQLURL,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := newImportStory(b, url(b))
				order := s.receive(rows)
				b.StartTimer()
				s.run(order, rows)
				b.StopTimer()
				s.verify(rows)
				b.StartTimer()
			}
		})
	}
}

// importStory is a program with one workspace and one topic.
type importStory struct {
	b         *testing.B
	app       *App
	workspace int64
	topic     int64
}

func newImportStory(b *testing.B, url string) *importStory {
	b.Helper()
	dir := b.TempDir()
	app, err := New(b.Context(), Config{
		DataDir: dir, Database: url, KeyFile: dir + "/key", Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler),
		Clock: time.Now, Mail: Mail{Mode: Catch, Hostname: "mail.example", Connections: 1},
	})
	if err != nil {
		b.Fatal(err)
	}
	s := &importStory{b: b, app: app}
	label := account.Label{LegalName: "株式会社青葉", PostalAddress: "東京都千代田区1-1-1", Phone: "03-0000-0000"}
	workspace, _, err := app.Accounts.SetUp(b.Context(), account.SetUp{
		Workspace: account.WorkspaceForm{Label: label}, FromAddress: "news@aoba.example",
		AdminEmail: "owner@aoba.example", AdminName: "青葉", AdminPassword: "correct horse battery 9",
	}, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	profiles, err := app.Accounts.Profiles(b.Context(), app.DB, workspace.ID)
	if err != nil {
		b.Fatal(err)
	}
	s.workspace = workspace.ID
	s.write(func(tx *store.Tx) error {
		topic, err := app.Consent.CreateTopic(b.Context(), tx, consent.Topic{
			Workspace: workspace.ID, Profile: profiles[0].ID, Key: "weekly", NameJa: "週刊", ContentJa: "お知らせ",
			Promise: consent.Frequency{Count: 1, Period: consent.Week}, DoubleOptIn: true, Public: true,
		}, time.Now())
		s.topic = topic.ID
		return err
	})
	return s
}

func (s *importStory) write(fn func(tx *store.Tx) error) {
	s.b.Helper()
	if err := s.app.DB.Write(s.b.Context(), fn); err != nil {
		s.b.Fatal(err)
	}
}

func (s *importStory) receive(rows int) contact.Import {
	s.b.Helper()
	order, err := s.app.Importer.Receive(s.b.Context(), s.workspace, "list.csv", list(rows), time.Now())
	if err != nil {
		s.b.Fatal(err)
	}
	order.Topics, order.Declared, order.Lang = []int64{s.topic}, contact.Declaration{Origin: contact.Own, Purpose: contact.PurposeAds}, "ja"
	return order
}

// list streams a CP932 file that looks like a Japanese company's.
func list(rows int) io.Reader {
	r, w := io.Pipe()
	go func() {
		sjis := transform.NewWriter(w, japanese.ShiftJIS.NewEncoder())
		out := bufio.NewWriter(sjis)
		names := []string{"佐藤,花子,サトウ ハナコ", "鈴木,太郎,スズキ タロウ", "髙橋,健,タカハシ ケン", "渡邊,優子,ワタナベ ユウコ"}
		fmt.Fprint(out, "メールアドレス,姓,名,フリガナ,会社名,都道府県,根拠,取得方法,同意日時,証跡\r\n")
		for i := range rows {
			fmt.Fprintf(out, "reader%d@mail%d.example,%s,株式会社見本%d,東京都,B1,店頭申込書,2025/%02d/%02d,申込書番号%d\r\n",
				i, i%700, names[i%len(names)], i%1000, 1+i%12, 1+i%28, i)
		}
		err := out.Flush()
		if err == nil {
			err = sjis.Close()
		}
		w.CloseWithError(err)
	}()
	return r
}

// run imports with the sequencer beside it.
func (s *importStory) run(order contact.Import, rows int) {
	s.b.Helper()
	ctx, stop := context.WithCancel(s.b.Context())
	sequenced := make(chan struct{})
	go func() { defer close(sequenced); s.app.Consent.Run(ctx, time.Now) }()
	defer func() { stop(); <-sequenced }()
	var id int64
	s.write(func(tx *store.Tx) (err error) {
		id, err = s.app.Importer.Start(ctx, tx, s.workspace, 0, order, time.Now())
		return err
	})
	began, before := time.Now(), usage(s.b)
	if err := s.app.Jobs.Start(ctx); err != nil {
		s.b.Fatal(err)
	}
	defer s.app.Jobs.Stop()
	for {
		j, err := job.Get(ctx, s.app.DB, s.workspace, id)
		if err != nil {
			s.b.Fatal(err)
		}
		if j.State.Final() {
			var report contact.Report
			if err := j.DecodeResult(&report); err != nil || j.State != job.Done || report.New != int64(rows) {
				s.b.Fatalf("%s, %+v, %v", j.State, report, err)
			}
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	after := usage(s.b)
	s.b.ReportMetric(float64(rows)/time.Since(began).Seconds(), "rows/s")
	s.b.ReportMetric((after.cpu-before.cpu).Seconds()*1e6/float64(rows), "cpu-µs/row")
	s.b.ReportMetric(float64(after.peak)/1e6, "peak-MB")
}

// used is what the process has used so far: processor time and, in bytes, its largest size.
type used struct {
	cpu  time.Duration
	peak int64
}

func usage(b *testing.B) used {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return used{cpu: time.Duration(r.Utime.Nano() + r.Stime.Nano()), peak: r.Maxrss << 10}
}

// verify takes in what the sequencer has left and holds the whole log against its tree.
func (s *importStory) verify(rows int) {
	s.b.Helper()
	began := time.Now()
	if _, err := s.app.Consent.Sequence(s.b.Context(), time.Now()); err != nil {
		s.b.Fatal(err)
	}
	v, err := s.app.Consent.VerifyAll(s.b.Context(), s.workspace)
	if err != nil || v.Found != 0 || v.Leaves != int64(rows) || v.Pending != 0 {
		s.b.Fatalf("%+v, %v", v, err)
	}
	s.b.ReportMetric(time.Since(began).Seconds(), "verify-s")
	if err := s.app.Close(); err != nil {
		s.b.Fatal(err)
	}
}
