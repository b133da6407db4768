package catcher_test

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
)

// basket keeps mails in memory.
type basket struct {
	mu    sync.Mutex
	mails []catcher.Mail
	err   error
}

func (b *basket) keep(_ context.Context, m catcher.Mail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	b.mails = append(b.mails, m)
	return nil
}

func (b *basket) list() []catcher.Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]catcher.Mail(nil), b.mails...)
}

func open(t *testing.T, c catcher.Config) *catcher.Server {
	t.Helper()
	s := catcher.New(c)
	if s.Addr() != "" {
		t.Error("an address before Listen")
	}
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func deliver(t *testing.T, addr, to, body string) (smtp.Result, error) {
	t.Helper()
	s, err := smtp.Dial(t.Context(), smtp.Target{Addr: addr, Hello: "out.example.jp"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Quit(t.Context()) }()
	return s.Deliver(t.Context(), smtp.Envelope{From: "b@example.jp", To: to}, []byte(body), &smtptest.Fence{})
}

func TestCatches(t *testing.T) {
	t.Parallel()
	cert, _ := smtptest.Certificate(t, "localhost")
	at := time.Date(2026, 11, 21, 5, 5, 0, 0, time.UTC)
	b := &basket{}
	s := open(t, catcher.Config{
		Keep: b.keep, Clock: func() time.Time { return at },
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}},
	})
	body := "Subject: 件名\r\n\r\n.dot\r\n.\r\n" + strings.Repeat("line\r\n", 5000)
	res, err := deliver(t, s.Addr(), "taro@example.jp", body)
	if err != nil || !res.TLS.Active {
		t.Fatalf("%+v, %v", res, err)
	}
	got := b.list()
	if len(got) != 1 || string(got[0].Data) != body || got[0].From != "b@example.jp" || strings.Join(got[0].To, " ") != "taro@example.jp" {
		t.Fatalf("caught %+v", got)
	}
	if !got[0].ReceivedAt.Equal(at) || !got[0].Encrypted {
		t.Errorf("caught at %v, encrypted %v", got[0].ReceivedAt, got[0].Encrypted)
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	unknown := &catcher.Reply{Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "no such user"}
	for name, c := range map[string]struct {
		keep, accept error
		size         int64
		stage        smtp.Stage
		code         int
		temporary    bool
	}{
		"full disk":       {keep: errors.New("disk is full"), stage: smtp.StageAfterDot, code: 451, temporary: true},
		"refused content": {keep: unknown, stage: smtp.StageAfterDot, code: 550},
		"unknown user":    {accept: unknown, stage: smtp.StageRcpt, code: 550},
		"busy":            {accept: errors.New("busy"), stage: smtp.StageRcpt, code: 451, temporary: true},
		"too large":       {size: 50, stage: smtp.StageMail, code: 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &basket{err: c.keep}
			s := open(t, catcher.Config{Keep: b.keep, MaxSize: c.size, Accept: func(string, string) error { return c.accept }})
			res, err := deliver(t, s.Addr(), "taro@example.jp", "Subject: x\r\n\r\n"+strings.Repeat("x", 100)+"\r\n")
			if err == nil || res.Stage != c.stage || res.Reply.Code != c.code || res.Temporary != c.temporary || len(b.list()) != 0 {
				t.Errorf("%+v, %v", res, err)
			}
		})
	}
}

func TestCloseWaitsForTheKeeper(t *testing.T) {
	t.Parallel()
	inside, out := make(chan struct{}), make(chan struct{})
	finished := false
	s := open(t, catcher.Config{Keep: func(ctx context.Context, _ catcher.Mail) error {
		close(inside)
		<-ctx.Done()
		<-out
		finished = true
		return ctx.Err()
	}})
	result := make(chan smtp.Result, 1)
	go func() {
		res, err := deliver(t, s.Addr(), "taro@example.jp", "Subject: x\r\n\r\nx\r\n")
		if err == nil {
			t.Error("250 for a mail that was not kept")
		}
		result <- res
	}()
	<-inside
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	if res := <-result; res.Accepted || !res.DotSent {
		t.Errorf("%+v", res)
	}
	close(out)
	if err := <-closed; err != nil || !finished {
		t.Errorf("closed with %v, keeper finished: %v", err, finished)
	}
}

func TestCloseRightAfterListen(t *testing.T) {
	t.Parallel()
	for range 200 {
		s := catcher.New(catcher.Config{})
		if err := s.Listen("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
