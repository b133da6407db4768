package consent

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// grants makes the rows of an import of n people.
func (w *world) grants(n int) []contact.Grant {
	hash := make([]byte, 32)
	list := make([]contact.Grant, n)
	for i, a := range w.addresses(n, 0) {
		list[i] = contact.Grant{
			Workspace: w.ws, Address: a, Shown: "reader@example.jp", Topics: []int64{7}, Basis: contact.Consent,
			Source: "店頭アンケート 2026年春", Evidence: "申込書 No.1234", At: start, ReceivedAt: start, File: "customers.csv",
			FileHash: hash, Line: i + 2, Operator: 5,
		}
	}
	return list
}

// BenchmarkImported records a thousand rows in a transaction.
func BenchmarkImported(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.DB{"sqlite": storetest.SQLite, "postgresql": storetest.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, open(b))
			for b.Loop() {
				b.StopTimer()
				grants := w.grants(1000)
				b.StartTimer()
				if err := w.imports(grants...); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkSequenceAndVerify takes 100,000 events into the tree and verifies them.
func BenchmarkSequenceAndVerify(b *testing.B) {
	w := newWorld(b, storetest.SQLite(b))
	const n = 100_000
	for range n / 1000 {
		if err := w.imports(w.grants(1000)...); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("sequence", func(b *testing.B) {
		if got := w.sequence(); got > 0 {
			b.ReportMetric(float64(got)/b.Elapsed().Seconds(), "events/s")
		}
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if v, err := w.log.VerifyAll(b.Context(), w.ws); err != nil || v.Found != 0 || v.Leaves != n {
				b.Fatalf("%+v, %v", v, err)
			}
		}
		b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "events/s")
	})
}
