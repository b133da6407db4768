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

// misbehaving opens a sink with manners.
func misbehaving(t *testing.T, m sink.Manners) *sink.Sink {
	t.Helper()
	s, err := sink.ListenWith("127.0.0.1:0", m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func deliver(t *testing.T, session *smtp.Session) smtp.Result {
	t.Helper()
	res, err := session.Deliver(t.Context(), envelope, []byte("Subject: x\r\n\r\nx\r\n"), &smtptest.Fence{})
	if (err == nil) != res.Accepted {
		t.Fatalf("%+v, %v", res, err)
	}
	return res
}

func TestSinkTakesChunks(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Keep(1)
	session, err := smtp.Dial(t.Context(), smtp.Target{Addr: s.Addr(), Hello: "out.example.jp", Chunking: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	const body = "Subject: x\r\n\r\n.\r\n"
	for range 2 {
		if res, err := session.Deliver(t.Context(), envelope, []byte(body), &smtptest.Fence{}); err != nil || !res.Accepted {
			t.Fatalf("%+v, %v", res, err)
		}
	}
	kept := s.Kept()
	if len(kept) != 1 || string(kept[0].Data) != body || kept[0].To != envelope.To || s.Octets() != 2*int64(len(body)) {
		t.Errorf("%+v, %d octets", kept, s.Octets())
	}
}

func TestSinkKeepsItsHiddenLimits(t *testing.T) {
	t.Parallel()
	s := misbehaving(t, sink.Manners{Connections: 1, PerConnection: 2, Patience: 2, BlockTime: time.Hour})
	first := dial(t, s)
	if _, err := smtp.Dial(t.Context(), smtp.Target{Addr: s.Addr(), Hello: "out.example.jp"}); err == nil || !strings.Contains(err.Error(), "421") {
		t.Errorf("a second connection: %v", err)
	}
	for range 2 {
		if !deliver(t, first).Accepted {
			t.Error("a mail within the limits was not taken")
		}
	}
	if res := deliver(t, first); res.Reply.Code != 421 || !res.Temporary {
		t.Errorf("the third mail: %+v", res)
	}
	second := dial(t, s)
	if _, err := smtp.Dial(t.Context(), smtp.Target{Addr: s.Addr(), Hello: "out.example.jp"}); err == nil {
		t.Error("one too many was let in")
	}
	if res := deliver(t, second); res.Reply.Code != 554 {
		t.Errorf("patience has no end: %+v", res)
	}
	want := sink.Tally{TurnedAway: 2, Closed: 1, Blocks: 1, Blocked: 1}
	if got := s.Tally(); got != want || s.Mails() != 2 {
		t.Errorf("%+v and %d mails, want %+v", got, s.Mails(), want)
	}
}

func TestSinkResetsWhereOthersSpeak(t *testing.T) {
	t.Parallel()
	s := misbehaving(t, sink.Manners{PerConnection: 1, Reset: true})
	session := dial(t, s)
	if !deliver(t, session).Accepted {
		t.Fatal("the first was not taken")
	}
	if res := deliver(t, session); !res.Reset {
		t.Errorf("the second: %+v", res)
	}
}

func TestSinkDrawsLots(t *testing.T) {
	t.Parallel()
	for what, m := range map[string]sink.Manners{"451": {Defer: 1}, "554": {Refuse: 1}, "550": {Unknown: 1}} {
		s := misbehaving(t, m)
		if res := deliver(t, dial(t, s)); !strings.HasPrefix(res.Reply.String(), what) {
			t.Errorf("want %s, got %v", what, res.Reply)
		}
	}
	if _, err := sink.ListenWith("127.0.0.1:0", sink.Manners{Defer: 0.6, Refuse: 0.6}); err == nil {
		t.Error("odds above one were taken")
	}
	if _, err := sink.Provider("nobody"); err == nil {
		t.Error("a provider was made up")
	}
}
