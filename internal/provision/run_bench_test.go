package provision

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// benchRows names the number of persons; the criterion for a release is a million.
const benchRows = "KYODAKU_BENCH_ROWS"

// BenchmarkProvide hands the data of many persons to a recipient, a hundredth of whom
// stopped, each with a record, and then asks both questions. Ask for one round:
// KYODAKU_BENCH_ROWS=1000000 go test ./internal/provision -run '^$' -bench Provide -benchtime 1x
func BenchmarkProvide(b *testing.B) {
	rows := 20_000
	if n, err := strconv.Atoi(os.Getenv(benchRows)); err == nil {
		rows = n
	}
	for name, open := range map[string]func(testing.TB) *store.DB{"sqlite": storetest.SQLite, "postgresql": storetest.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				h := newHall(b, open(b))
				p, to := h.running(), h.recipient()
				some := h.crowd(rows)
				b.StartTimer()
				h.provideAll(b, p, to, rows)
				b.StopTimer()
				h.ask(b, to, some, rows)
				b.StartTimer()
			}
		})
	}
}

// crowd makes people with an address each; every hundredth stops. It returns one who
// did not.
func (h *hall) crowd(rows int) (one int64) {
	h.Helper()
	const page = 5000
	for at := 0; at < rows; at += page {
		h.write(func(tx *store.Tx) error {
			var people, addresses, stops []any
			for i := at; i < min(at+page, rows); i++ {
				id, err := tx.NewID(h.Context())
				if err != nil {
					return err
				}
				mail := fmt.Sprintf("reader%d@mail%d.example.jp", i, i%700)
				hash := h.people.Hash(h.ws, must(addr.ParseMail(mail)))
				people = append(people, id, h.ws, "山田", fmt.Sprint("花子", i), fmt.Sprintf("株式会社見本%d", i%1000), "東京都", 1, 1)
				addresses = append(addresses, id, h.ws, id, "email", mail, mail, fmt.Sprintf("mail%d.example.jp", i%700), hash, 1)
				if i%100 == 7 {
					stops = append(stops, id, h.ws, hash, 0, "page", 1, 1)
				} else {
					one = id
				}
			}
			if err := tx.InsertRows(h.Context(), `INSERT INTO contact (id, workspace_id, family_name, given_name, company, prefecture, created_at, updated_at) VALUES`, "", 8, people); err != nil {
				return err
			}
			if err := tx.InsertRows(h.Context(), `INSERT INTO address (id, workspace_id, contact_id, channel, canonical, shown, domain, hash, created_at) VALUES`, "", 9, addresses); err != nil {
				return err
			}
			return tx.InsertRows(h.Context(), `INSERT INTO provision_stop (id, workspace_id, address_hash, programme_id, method, received_at, created_at) VALUES`, "", 7, stops)
		})
	}
	return one
}

// lines counts what arrives.
type lines struct{ n int }

func (l *lines) Write(b []byte) (int, error) { l.n += bytes.Count(b, []byte("\n")); return len(b), nil }

var _ io.Writer = (*lines)(nil)

func (h *hall) provideAll(b *testing.B, p Programme, to Recipient, rows int) {
	b.Helper()
	began := time.Now()
	run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
	b.ReportMetric(float64(rows)/time.Since(began).Seconds(), "counted/s")
	began = time.Now()
	if err := h.runs.Approve(b.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now); err != nil {
		b.Fatal(err)
	}
	h.work(h.run(run.ID).Job)
	prepared := time.Since(began)
	var out lines
	if err := h.runs.Download(b.Context(), h.other, h.ws, run.ID, &out, h.now); err != nil {
		b.Fatal(err)
	}
	all := time.Since(began)
	if want := rows - rows/100; out.n != want+1 || h.run(run.ID).State != Given {
		b.Fatalf("%d lines, want %d", out.n, want+1)
	}
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(rows)/prepared.Seconds(), "prepared/s")
	b.ReportMetric(float64(rows)/all.Seconds(), "persons/s")
	b.ReportMetric(float64(r.Maxrss<<10)/1e6, "peak-MB")
}

// ask holds that both questions are answered.
func (h *hall) ask(b *testing.B, to Recipient, one int64, rows int) {
	b.Helper()
	began := time.Now()
	sum, err := h.runs.HandedTo(b.Context(), h.db, h.ws, to.ID, h.now.AddDate(0, -1, 0), h.now.AddDate(0, 0, 1))
	if err != nil || sum.Persons != int64(rows-rows/100) {
		b.Fatal(sum, err)
	}
	recs, err := h.runs.Records(b.Context(), h.db, RecordQuery{Workspace: h.ws, Run: sum.Runs[0].ID})
	if err != nil || len(recs) != mostRecords {
		b.Fatal(len(recs), err)
	}
	b.ReportMetric(time.Since(began).Seconds()*1e3, "to-whom-ms")
	began = time.Now()
	traces, err := h.runs.TracesOf(b.Context(), h.db, h.ws, one)
	if err != nil || len(traces) != 1 {
		b.Fatal(traces, err)
	}
	b.ReportMetric(time.Since(began).Seconds()*1e3, "whose-ms")
}
