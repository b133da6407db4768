package mailbox

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
)

// Every is how often to look for mail.
const Every = time.Minute

// Protection is how the connection is protected.
type Protection string

// The protections, as they are configured. The zero value is Implicit.
const (
	// Implicit begins with TLS (RFC 8314 3), as on port 993.
	Implicit Protection = "implicit"
	// StartTLS changes to TLS before anything is said, as on port 143.
	StartTLS Protection = "starttls"
	// Off is for a server on this machine; any other is refused.
	Off Protection = "off-loopback-only"
)

// Config is what a Mailbox is made of.
type Config struct {
	// Addr is the server as host:port; its certificate must be for host.
	Addr string
	TLS  Protection
	// Roots are whose certificates are believed; nil means the system's.
	Roots              *x509.CertPool
	Username, Password string
	// Folder is where mail comes in; empty means INBOX.
	Folder string
	// Domain is our mail domain; recipients elsewhere are not looked at.
	Domain string
	// Take acts on a mail, as inbound.Server.Take does: nil means that it may be deleted, a
	// *catcher.Reply with 5xx that it never will be taken, any other error not now. It must
	// bear to be given a mail again.
	Take func(ctx context.Context, m catcher.Mail) error
	// Log notes what stays and what is put aside, without addresses.
	Log *slog.Logger
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

const (
	// roundTime is after which no further mail is begun, so that other periodic tasks have
	// their turn; hangTime is after which a round is broken off.
	roundTime = 40 * time.Second
	hangTime  = 2 * time.Minute
	// The pauses after a failure grow from minPause to maxPause: servers lock accounts
	// whose password is wrong too often.
	minPause = time.Minute
	maxPause = 30 * time.Minute
)

// Mailbox is one folder that is emptied by and by.
type Mailbox struct {
	c Config

	mu sync.Mutex // held for a whole round
	// pause is how long was waited after the last failure, until is when it ends.
	pause time.Duration
	until time.Time
	// last is the mail at which the last round ended, 0 for after all of them; it means
	// something only while the folder keeps its validity (RFC 9051 2.3.1.1).
	last     imap.UID
	validity uint32
}

// New makes a mailbox; nothing is connected yet.
func New(c Config) *Mailbox {
	if c.Folder == "" {
		c.Folder = "INBOX"
	}
	if c.TLS == "" {
		c.TLS = Implicit
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	c.Domain = strings.ToLower(strings.TrimSuffix(c.Domain, "."))
	return &Mailbox{c: c}
}

// Drain takes the mails that wait, as many as one round has time for. After an error it
// does nothing for a growing while. To be called every Every, on one node at a time.
func (m *Mailbox) Drain(ctx context.Context, now time.Time) error {
	if !m.mu.TryLock() {
		return nil // a round that was taken from this node is just ending
	}
	defer m.mu.Unlock()
	if now.Before(m.until) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, hangTime)
	defer cancel()
	if err := m.round(ctx, m.c.Clock().Add(roundTime)); err != nil {
		m.pause = min(max(2*m.pause, minPause), maxPause)
		m.until = now.Add(m.pause)
		return fmt.Errorf("delivery: mailbox: %w", err)
	}
	m.pause, m.until = 0, time.Time{}
	return nil
}

// round goes through the folder once, or until its time is over.
func (m *Mailbox) round(ctx context.Context, until time.Time) error {
	s, err := m.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	uids, err := s.waiting()
	if err != nil {
		return err
	}
	stay, cause := 0, error(nil)
	defer func() {
		if stay > 0 {
			m.c.Log.WarnContext(ctx, "mails in the mailbox could not be taken and stay", "count", stay, "error", cause)
		}
	}()
	for _, uid := range m.turn(uids, s.validity) {
		if !m.c.Clock().Before(until) {
			return nil
		}
		m.last = uid
		untaken, err := m.handle(ctx, s, uid)
		if untaken != nil {
			stay, cause = stay+1, untaken
		}
		if err != nil {
			return err
		}
	}
	m.last = 0
	return nil
}

// turn has a round begin after the mail at which the last one ended, so that one mail
// that takes all the time there is does not keep the rest from being read.
func (m *Mailbox) turn(uids []imap.UID, validity uint32) []imap.UID {
	if validity != m.validity {
		m.validity, m.last = validity, 0
	}
	slices.Sort(uids)
	i, _ := slices.BinarySearch(uids, m.last+1)
	return slices.Concat(uids[i:], uids[:i])
}

// handle works through one mail. untaken says why it stays; err is about the session.
func (m *Mailbox) handle(ctx context.Context, s *session, uid imap.UID) (untaken, err error) {
	data, err := s.fetch(uid)
	switch {
	case err != nil || data == nil:
		return nil, err
	case len(data) > maxSize:
		m.c.Log.WarnContext(ctx, "a mail in the mailbox is too large and was flagged", "limit", maxSize)
		return nil, s.flag(uid)
	}
	err = m.take(ctx, data)
	reply, answered := errors.AsType[*catcher.Reply](err)
	switch {
	case err == nil:
		return nil, s.remove(uid)
	case answered && reply.Code >= 500:
		m.c.Log.InfoContext(ctx, "a mail in the mailbox is for no box of ours and was put aside", "code", reply.Code)
		return nil, s.aside(uid)
	}
	return err, nil
}

// errNobody is about mail that names no recipient of ours.
var errNobody = &catcher.Reply{Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "no recipient of ours"}

// take gives a mail to those whom the receiving server names, or else to those whom its
// author names: a catch-all folder is named by the server only as itself.
func (m *Mailbox) take(ctx context.Context, data []byte) error {
	e := readEnvelope(data, m.c.Domain)
	var err error = errNobody
	for _, to := range [][]string{e.delivered, e.written} {
		if len(to) == 0 {
			continue
		}
		err = m.c.Take(ctx, catcher.Mail{From: e.from, To: to, Data: data, ReceivedAt: m.c.Clock()})
		if reply, answered := errors.AsType[*catcher.Reply](err); !answered || reply.Code < 500 {
			return err
		}
	}
	return err
}
