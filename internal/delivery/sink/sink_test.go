package sink_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/dkim"
	"github.com/kyodaku/kyodaku/internal/delivery/sink"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
)

var envelope = smtp.Envelope{From: "b@example.jp", To: "taro@example.jp"}

func open(tb testing.TB) *sink.Sink {
	tb.Helper()
	s, err := sink.Listen("127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func dial(tb testing.TB, s *sink.Sink) *smtp.Session {
	tb.Helper()
	session, err := smtp.Dial(tb.Context(), smtp.Target{Addr: s.Addr(), Hello: "out.example.jp"})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = session.Close() })
	return session
}

func TestSinkCountsWhatItTook(t *testing.T) {
	t.Parallel()
	s := open(t)
	session := dial(t, s)
	body := "Subject: x\r\n\r\n.\r\n" + strings.Repeat("line\r\n", 10_000)
	for range 3 {
		res, err := session.Deliver(t.Context(), envelope, []byte(body), &smtptest.Fence{})
		if err != nil || !res.Accepted {
			t.Fatalf("%+v, %v", res, err)
		}
	}
	if err := session.Quit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.Mails() != 3 || s.Octets() != int64(3*(len(body)+4)) {
		t.Errorf("%d mails with %d octets, sent 3 of %d", s.Mails(), s.Octets(), len(body)+4)
	}
}

// pass is a fence that costs nothing.
type pass struct{}

func (pass) BeforeMail(context.Context) error          { return nil }
func (pass) BeforeDot(context.Context) (func(), error) { return nil, nil }

// letter is 10 KiB as a Japanese mail looks on the wire.
func letter() []byte {
	return []byte("From: news@example.jp\r\nTo: taro@example.jp\r\nSubject: =?utf-8?b?5pel5pys?=\r\n" +
		"List-Unsubscribe: <https://example.jp/unsubscribe/" + rand.Text() + ">\r\n" +
		"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		strings.Repeat(strings.Repeat("5pel", 19)+"\r\n", 131))
}

// BenchmarkWire sends 10 KiB mails over pooled sessions, this client and the sink
// sharing the machine: unsigned, and signed with each kind of key.
func BenchmarkWire(b *testing.B) {
	for name, a := range map[string]dkim.Algorithm{"unsigned": "", "ed25519": dkim.Ed25519SHA256, "rsa-2048": dkim.RSASHA256} {
		b.Run(name, func(b *testing.B) { benchmarkWire(b, a) })
	}
}

func benchmarkWire(b *testing.B, a dkim.Algorithm) {
	const sessions = 20
	s := open(b)
	var stamp *dkim.Stamp
	if a != "" {
		raw, err := dkim.Generate(a)
		if err != nil {
			b.Fatal(err)
		}
		key, err := dkim.NewKey("example.jp", "s1", dkim.Go(raw))
		if err != nil {
			b.Fatal(err)
		}
		if stamp, err = dkim.NewStamp(key); err != nil {
			b.Fatal(err)
		}
	}
	var pool []*smtp.Session
	for range sessions {
		pool = append(pool, dial(b, s))
	}
	message, now := letter(), time.Now()
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var work sync.WaitGroup
	for _, session := range pool {
		work.Go(func() {
			var signed []byte
			for left.Add(-1) >= 0 {
				body := message
				if stamp != nil {
					var err error
					if signed, err = stamp.Sign(signed[:0], message, now); err != nil {
						b.Error(err)
						return
					}
					body = signed
				}
				if _, err := session.Deliver(b.Context(), envelope, body, pass{}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	work.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}
