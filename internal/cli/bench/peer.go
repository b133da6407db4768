package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/sink"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// Peer is another mail server to be measured in the same run: it is given the mails
// that our own engine sent, without their signatures, and must hand them to Sink.
type Peer struct {
	// Addr is where it takes mail, Sink where it is set to hand it to: host:port.
	Addr, Sink string
	// Mails is how many it is given, Connections over how many sessions.
	Mails, Connections int
}

// PeerResult is what a peer achieved.
type PeerResult struct {
	Addr      string  `json:"addr"`
	Mails     int64   `json:"mails"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"mails_per_second"`
	// Ratio is our own rate as a multiple of the peer's.
	Ratio float64 `json:"ratio"`
}

// keptMails is how many of our own mails the peers are given by turns.
const keptMails = 2000

// open is a fence that lets everything pass: a peer asks nobody.
type open struct{}

// BeforeMail implements smtp.Fence.
func (open) BeforeMail(context.Context) error { return nil }

// BeforeDot implements smtp.Fence.
func (open) BeforeDot(context.Context) (func(), error) { return nil, nil } //nolint:nilnil // nothing to release

var errPeer = errors.New("bench: the peer did not hand on what it took")

// measure gives a peer its mails and waits until the last has come out of it.
func (p Peer) measure(ctx context.Context, mails []sink.Mail) (r PeerResult, err error) {
	out, err := sink.Listen(p.Sink)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	for i := range mails {
		mails[i].Data = unsigned(mails[i].Data)
	}
	began := time.Now()
	if err := p.inject(ctx, mails); err != nil {
		return r, fmt.Errorf("bench: peer: %w", err)
	}
	last, moved := out.Mails(), time.Now()
	for out.Mails() < int64(p.Mails) {
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return r, err
		}
		if n := out.Mails(); n > last {
			last, moved = n, time.Now()
		}
		if time.Since(moved) > time.Minute {
			return r, fmt.Errorf("%w: %d of %d", errPeer, last, p.Mails)
		}
	}
	took := time.Since(began).Seconds()
	return PeerResult{Addr: p.Addr, Mails: int64(p.Mails), Seconds: took, PerSecond: float64(p.Mails) / took}, nil
}

// inject sends all mails to the peer.
func (p Peer) inject(ctx context.Context, mails []sink.Mail) error {
	var next atomic.Int64
	var work sync.WaitGroup
	failed := make(chan error, p.Connections)
	for range p.Connections {
		work.Go(func() { failed <- p.session(ctx, mails, &next) })
	}
	work.Wait()
	close(failed)
	var all error
	for err := range failed {
		all = errors.Join(all, err)
	}
	return all
}

// session sends mails until all have been taken by somebody.
func (p Peer) session(ctx context.Context, mails []sink.Mail, next *atomic.Int64) error {
	s, err := smtp.Dial(ctx, smtp.Target{Addr: p.Addr, Hello: "bench.sender.example", TLS: smtp.TLSNever})
	if err != nil {
		return err
	}
	defer func() { _ = s.Quit(ctx) }() // politeness
	for n := next.Add(1); n <= int64(p.Mails); n = next.Add(1) {
		m := mails[n%int64(len(mails))]
		if _, err := s.Deliver(ctx, smtp.Envelope{From: m.From, To: m.To}, m.Data, open{}); err != nil {
			return err
		}
	}
	return nil
}

// unsigned is a mail without the signatures on top of it.
func unsigned(mail []byte) []byte {
	for bytes.HasPrefix(mail, []byte("DKIM-Signature:")) {
		end := bytes.Index(mail, []byte("\r\n")) + 2
		for end > 1 && end < len(mail) && (mail[end] == ' ' || mail[end] == '\t') {
			end += bytes.Index(mail[end:], []byte("\r\n")) + 2
		}
		mail = mail[end:]
	}
	return mail
}
