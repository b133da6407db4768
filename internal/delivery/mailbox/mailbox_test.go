package mailbox_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/mailbox"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
)

// provider is an IMAP server with one account.
type provider struct {
	user  *imapmemserver.User
	addr  string
	roots *x509.CertPool
	// visits counts connections.
	visits atomic.Int64
}

var (
	modern = imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapMove: {}}
	old    = imap.CapSet{imap.CapIMAP4rev1: {}}
)

func openProvider(t *testing.T, caps imap.CapSet, how mailbox.Protection) *provider {
	t.Helper()
	cert, roots := smtptest.Certificate(t, "localhost")
	p := &provider{user: imapmemserver.NewUser("returns", "geheim"), roots: roots}
	p.must(t, p.user.Create("INBOX", nil))
	mem := imapmemserver.New()
	mem.AddUser(p.user)
	o := &imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			p.visits.Add(1)
			return mem.NewSession(), nil, nil
		},
		Caps: caps, InsecureAuth: how == mailbox.Off, Logger: quiet{},
	}
	own := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	p.must(t, err)
	_, port, err := net.SplitHostPort(ln.Addr().String())
	p.must(t, err)
	p.addr = net.JoinHostPort("localhost", port)
	switch how {
	case mailbox.Implicit:
		own.NextProtos = []string{"imap"}
		ln = tls.NewListener(ln, own)
	case mailbox.StartTLS:
		o.TLSConfig = own
	case mailbox.Off:
	}
	server := imapserver.New(o)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return p
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

func (p *provider) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *provider) put(t *testing.T, body string) {
	t.Helper()
	_, err := p.user.Append("INBOX", bytes.NewReader([]byte(strings.ReplaceAll(body, "\n", "\r\n"))), &imap.AppendOptions{})
	p.must(t, err)
}

// holds counts the mails of a folder; -1 if there is none.
func (p *provider) holds(name string) int {
	s, err := p.user.Status(name, &imap.StatusOptions{NumMessages: true})
	if err != nil {
		return -1
	}
	return int(*s.NumMessages)
}

// door takes mail as it is told to.
type door struct {
	mu    sync.Mutex
	mails []catcher.Mail
	say   func(ctx context.Context, m catcher.Mail) error
}

func (d *door) take(ctx context.Context, m catcher.Mail) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mails = append(d.mails, m)
	if d.say == nil {
		return nil
	}
	return d.say(ctx, m)
}

// box makes a mailbox at a provider, and its log.
func (p *provider) box(how mailbox.Protection, d *door) (mailbox.Config, *bytes.Buffer) {
	log := &bytes.Buffer{}
	return mailbox.Config{
		Addr: p.addr, TLS: how, Roots: p.roots, Username: "returns", Password: "geheim", Domain: "in.example.jp",
		Take: d.take, Log: slog.New(slog.NewTextHandler(log, nil)),
	}, log
}

const report = `Return-Path: <>
Delivered-To: catchall@in.example.jp
X-Original-To: b+AbC@IN.example.jp
From: MAILER-DAEMON@mx.reader.example
To: b+abc@in.example.jp

dead
`

var noBox = &catcher.Reply{Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "no such box"}

func TestAMailIsDeletedAfterItWasTaken(t *testing.T) {
	t.Parallel()
	for _, caps := range []imap.CapSet{modern, old} {
		for _, how := range []mailbox.Protection{mailbox.Implicit, mailbox.StartTLS, mailbox.Off} {
			p, d := openProvider(t, caps, how), &door{}
			p.put(t, report)
			d.say = func(context.Context, catcher.Mail) error {
				if p.holds("INBOX") != 1 {
					t.Error("the mail was deleted before it was taken")
				}
				return nil
			}
			c, log := p.box(how, d)
			if err := mailbox.New(c).Drain(t.Context(), time.Now()); err != nil {
				t.Fatalf("%s: %v", how, err)
			}
			if p.holds("INBOX") != 0 || p.holds(mailbox.Aside) != -1 || len(d.mails) != 1 || log.Len() > 0 {
				t.Fatalf("%s: %d left, %d taken, %s", how, p.holds("INBOX"), len(d.mails), log)
			}
			m := d.mails[0]
			if m.From != "" || !slices.Equal(m.To, []string{"b+AbC@in.example.jp", "catchall@in.example.jp"}) || !strings.Contains(string(m.Data), "\r\ndead\r\n") {
				t.Errorf("%+v", m)
			}
		}
	}
}

func TestTheNextRoundBringsWhatWasNotDeleted(t *testing.T) {
	t.Parallel()
	p, d := openProvider(t, modern, mailbox.Implicit), &door{}
	p.put(t, report)
	ctx, crash := context.WithCancel(t.Context())
	d.say = func(context.Context, catcher.Mail) error { crash(); return nil }
	c, _ := p.box(mailbox.Implicit, d)
	if err := mailbox.New(c).Drain(ctx, time.Now()); err == nil || p.holds("INBOX") != 1 {
		t.Fatalf("%v, %d left", err, p.holds("INBOX"))
	}
	if err := mailbox.New(c).Drain(t.Context(), time.Now()); err != nil || p.holds("INBOX") != 0 {
		t.Fatalf("%v, %d left, %d taken", err, p.holds("INBOX"), len(d.mails))
	}
}

func TestWhatFailsForAWhileStays(t *testing.T) {
	t.Parallel()
	p, d := openProvider(t, modern, mailbox.Implicit), &door{}
	p.put(t, report)
	p.put(t, strings.Replace(report, "dead", "second", 1))
	busy := errors.New("the database is busy")
	d.say = func(_ context.Context, m catcher.Mail) error {
		if strings.Contains(string(m.Data), "second") {
			return nil
		}
		return busy
	}
	c, log := p.box(mailbox.Implicit, d)
	box := mailbox.New(c)
	if err := box.Drain(t.Context(), time.Now()); err != nil || p.holds("INBOX") != 1 || len(d.mails) != 2 {
		t.Fatalf("%v, %d left, %d tried", err, p.holds("INBOX"), len(d.mails))
	}
	if !strings.Contains(log.String(), "stay") || !strings.Contains(log.String(), busy.Error()) || strings.Contains(log.String(), "@") {
		t.Errorf("%s", log)
	}
	d.say = nil
	if err := box.Drain(t.Context(), time.Now()); err != nil || p.holds("INBOX") != 0 || p.holds(mailbox.Aside) != -1 {
		t.Fatalf("%v, %d left", err, p.holds("INBOX"))
	}
}

func TestWhatIsForNobodyGoesAside(t *testing.T) {
	t.Parallel()
	for _, caps := range []imap.CapSet{modern, old} {
		p, d := openProvider(t, caps, mailbox.Implicit), &door{say: func(context.Context, catcher.Mail) error { return noBox }}
		p.put(t, report)
		p.put(t, "To: somebody@else.example\n\nhello\n")
		c, log := p.box(mailbox.Implicit, d)
		for range 2 {
			if err := mailbox.New(c).Drain(t.Context(), time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if p.holds("INBOX") != 0 || p.holds(mailbox.Aside) != 2 {
			t.Errorf("%d left, %d aside", p.holds("INBOX"), p.holds(mailbox.Aside))
		}
		for _, m := range d.mails {
			if strings.Contains(string(m.Data), "else.example") {
				t.Error("a mail to another domain was brought")
			}
		}
		if strings.Contains(log.String(), "@") {
			t.Errorf("an address in the log: %s", log)
		}
	}
}

func TestACatchAllIsReadByWhomTheAuthorNames(t *testing.T) {
	t.Parallel()
	p := openProvider(t, modern, mailbox.Implicit)
	d := &door{say: func(_ context.Context, m catcher.Mail) error {
		if slices.Contains(m.To, "u+Token@in.example.jp") {
			return nil
		}
		return noBox
	}}
	p.put(t, "Delivered-To: catchall@in.example.jp\nFrom: =?utf-8?q?Hanako?= <hanako@reader.example>\nTo: u+Token@in.example.jp\n\nunsubscribe\n")
	c, _ := p.box(mailbox.Implicit, d)
	if err := mailbox.New(c).Drain(t.Context(), time.Now()); err != nil || p.holds("INBOX") != 0 || p.holds(mailbox.Aside) != -1 {
		t.Fatalf("%v, %d left", err, p.holds("INBOX"))
	}
	if last := d.mails[len(d.mails)-1]; last.From != "hanako@reader.example" {
		t.Errorf("%+v", last)
	}
}

func TestWhatIsTooLargeIsFlaggedAndLeftAlone(t *testing.T) {
	t.Parallel()
	p, d := openProvider(t, modern, mailbox.Implicit), &door{}
	p.put(t, report+strings.Repeat("x", 10<<20))
	c, log := p.box(mailbox.Implicit, d)
	for range 2 {
		if err := mailbox.New(c).Drain(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if p.holds("INBOX") != 1 || len(d.mails) != 0 || strings.Count(log.String(), "too large") != 1 {
		t.Errorf("%d left, %d taken, %s", p.holds("INBOX"), len(d.mails), log)
	}
}

func TestAWrongPasswordIsNotRepeatedInALoop(t *testing.T) {
	t.Parallel()
	p, d := openProvider(t, modern, mailbox.Implicit), &door{}
	p.put(t, report)
	c, _ := p.box(mailbox.Implicit, d)
	c.Password = "wrong"
	box, now := mailbox.New(c), time.Now()
	told := 0
	for range 60 {
		if err := box.Drain(t.Context(), now); err != nil {
			told++
			if !strings.Contains(err.Error(), "refuses the user name or the password") || strings.Contains(err.Error(), "wrong") || strings.Contains(err.Error(), "returns") {
				t.Fatal(err)
			}
		}
		now = now.Add(mailbox.Every)
	}
	// At 0, 1, 3, 7, 15, 31 minutes, and then every 30.
	if n := p.visits.Load(); n != int64(told) || n != 6 || len(d.mails) != 0 || p.holds("INBOX") != 1 {
		t.Errorf("%d visits, %d errors in an hour", n, told)
	}
}

func TestThePasswordIsNotSentInClearOrToStrangers(t *testing.T) {
	t.Parallel()
	p, d := openProvider(t, modern, mailbox.Implicit), &door{}
	c, _ := p.box(mailbox.Implicit, d)
	c.Roots = x509.NewCertPool()
	if err := mailbox.New(c).Drain(t.Context(), time.Now()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate of nobody was believed: %v", err)
	}
	plain := openProvider(t, modern, mailbox.Off)
	plain.put(t, report)
	c, _ = plain.box(mailbox.StartTLS, d)
	if err := mailbox.New(c).Drain(t.Context(), time.Now()); err == nil || plain.holds("INBOX") != 1 {
		t.Errorf("STARTTLS was left out: %v", err)
	}
}

func TestARoundGoesOnWhereTheLastOneEnded(t *testing.T) {
	t.Parallel()
	p, d := openProvider(t, modern, mailbox.Implicit), &door{}
	var late atomic.Int64 // seconds
	for _, body := range []string{"one", "two", "three"} {
		p.put(t, strings.Replace(report, "dead", body, 1))
	}
	d.say = func(context.Context, catcher.Mail) error { late.Add(60); return errors.New("timeout") }
	c, _ := p.box(mailbox.Implicit, d)
	begin := time.Now()
	c.Clock = func() time.Time { return begin.Add(time.Duration(late.Load()) * time.Second) }
	box := mailbox.New(c)
	drain := func() string {
		d.mails = nil
		if err := box.Drain(t.Context(), begin); err != nil || len(d.mails) != 1 {
			t.Fatalf("%v, %d tried", err, len(d.mails))
		}
		body := string(d.mails[0].Data)
		return strings.TrimSpace(body[strings.Index(body, "\r\n\r\n"):])
	}
	if got := drain() + drain() + drain() + drain(); got != "onetwothreeone" {
		t.Errorf("the rounds tried %s", got)
	}
	// The folder was made anew: the same numbers are other mails.
	p.must(t, p.user.Delete("INBOX"))
	p.must(t, p.user.Create("INBOX", nil))
	p.put(t, strings.Replace(report, "dead", "new", 1))
	p.put(t, strings.Replace(report, "dead", "newer", 1))
	if got := drain(); got != "new" {
		t.Errorf("after the change of UIDVALIDITY: %s", got)
	}
}
