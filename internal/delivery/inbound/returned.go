package inbound

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/delivery/bounce"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

var _ Reporter = (*Bounces)(nil)

const (
	// deadTime is how long a dead address is left alone. After it a mailbox that was
	// set up anew can be written to, if the permission still stands.
	deadTime = 180 * 24 * time.Hour
	// fullTime is how long one is left alone that takes nothing at the moment.
	fullTime = 30 * 24 * time.Hour
	// reportTime is how late a report may come: servers give up after five days, and
	// people complain about old mail.
	reportTime = 60 * 24 * time.Hour
	// What is not for good puts an address aside after softMany failures on softDays
	// days within softTime.
	softMany, softDays = 5, 3
	softTime           = 14 * 24 * time.Hour
	// twiceTime is within which a receiver that errs must repeat itself.
	twiceTime = 60 * 24 * time.Hour
)

// The sources of what is heard of a message.
const (
	SourceSession = "session"
	SourceMail    = "mail"
)

// Bounces acts on what is heard of messages that left: it keeps the book of failures,
// puts addresses aside that do not work, and records complaints as the refusals that
// they are.
type Bounces struct {
	DB       *store.DB
	Consents *consent.Log
	Gate     *gate.Gate
}

// Heard is one thing that somebody said about one message.
type Heard struct {
	// Message is the outbox row.
	Message int64
	// Recipients are whom it is about, as it writes them; none means whoever the
	// message was sent to. What names somebody else only counts as soft.
	Recipients []string
	// Complaint says that the person called the message unwanted; Feedback in which way.
	Complaint bool
	Feedback  string
	// Refusal says that the person pressed the exit of a relay, which is as good as ours.
	Refusal bool
	// Verdict and Status are about a failure.
	Verdict reply.Verdict
	Status  string
	// Source is session, mail, or the provider whose hook told us; Event is that
	// provider's name for this event, to know it again; empty if it has none.
	Source, Event string
}

// Hear acts on what was heard. It is durable, and binding on every node, when it
// returns nil. What is about no message of ours of late is dropped, and hearing it
// again changes nothing.
func (b *Bounces) Hear(ctx context.Context, h Heard, now time.Time) error {
	var refused []consent.Refused
	var t target
	meant := false
	err := b.DB.Write(ctx, func(tx *store.Tx) error {
		var err error
		refused = nil
		if t, err = find(ctx, tx, h.Message, now); err != nil || !t.ok {
			return err
		}
		meant = about(h.Recipients, t.canonical)
		if fresh, err := remember(ctx, tx, h, now); err != nil || !fresh {
			return err
		}
		switch {
		case (h.Complaint || h.Refusal) && !meant: // somebody else's
		case h.Complaint:
			refused, err = b.complain(ctx, tx, t, h, now)
		case h.Refusal:
			refused, err = b.withdraw(ctx, tx, t, h, now)
		default:
			refused, err = b.fail(ctx, tx, t, h, now)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("delivery: inbound: hear: %w", err)
	}
	if meant && len(refused) == 0 && (h.Complaint || h.Refusal || kindOf(h, t.canonical) == "hard" && !h.Verdict.Twice) {
		// Heard before: the refusal of that time may not have been made binding.
		return b.Gate.FenceAddresses(ctx, t.workspace, [][]byte{t.hash})
	}
	return b.Gate.Fence(ctx, refused)
}

// target is the message that something was heard about, and whom it went to.
type target struct {
	ok                                 bool
	workspace, address, topic, message int64
	hash                               []byte
	canonical                          string
}

func find(ctx context.Context, r store.Reader, message int64, now time.Time) (target, error) {
	t := target{message: message}
	var channel addr.Channel
	err := r.QueryRow(ctx, sqlMessage, message, store.Micros(now.Add(-reportTime))).
		Scan(&t.workspace, &t.address, &t.topic, &channel, &t.hash, &t.canonical)
	if fault.Is(err, fault.NotFound) {
		return t, nil
	}
	t.ok = err == nil && channel == addr.Email
	return t, err
}

// remember says whether a provider's event is new.
func remember(ctx context.Context, tx *store.Tx, h Heard, now time.Time) (bool, error) {
	if h.Event == "" {
		return true, nil
	}
	n, err := tx.Exec(ctx, sqlAddEvent, h.Source, h.Event, store.Micros(now))
	return n > 0, err
}

// complain records a complaint: it refuses everything, until the person asks anew.
func (b *Bounces) complain(ctx context.Context, tx *store.Tx, t target, h Heard, now time.Time) ([]consent.Refused, error) {
	fresh, err := t.note(ctx, tx, "complaint", h, now)
	if err != nil || !fresh {
		return nil, err
	}
	return b.Consents.Append(ctx, tx, []*consent.Event{{
		Workspace: t.workspace, Address: t.address, Action: consent.ActionComplained, Method: consent.MethodProvider, OccurredAt: now,
		Evidence: consent.Evidence{Message: t.message, Source: h.Source, Note: h.Feedback, Rule: string(b.Gate.Rules().RefusalRule(law.RefusalFacts{Way: "complaint"}, now))},
	}})
}

// withdraw records a refusal of what the message was about.
func (b *Bounces) withdraw(ctx context.Context, tx *store.Tx, t target, h Heard, now time.Time) ([]consent.Refused, error) {
	return b.Consents.Append(ctx, tx, []*consent.Event{{
		Workspace: t.workspace, Address: t.address, Topic: t.topic, Action: consent.ActionWithdrawn, Method: consent.MethodProvider, OccurredAt: now,
		Evidence: consent.Evidence{Message: t.message, Source: h.Source, Rule: string(b.Gate.Rules().RefusalRule(law.RefusalFacts{Way: "wish"}, now))},
	}})
}

// note writes a line of the book; false if it stands there already.
func (t target) note(ctx context.Context, tx *store.Tx, kind string, h Heard, now time.Time) (bool, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, sqlAddReturned, id, t.workspace, t.address, t.message, kind,
		h.Status, string(h.Verdict.Blame), h.Verdict.Rule, h.Source, store.Micros(now))
	return n > 0, err
}

// fail records a failure and puts the address aside when it has failed enough. Only
// what the recipient, or the receiving server, is to blame for counts.
func (b *Bounces) fail(ctx context.Context, tx *store.Tx, t target, h Heard, now time.Time) ([]consent.Refused, error) {
	kind := kindOf(h, t.canonical)
	if _, err := t.note(ctx, tx, kind, h, now); err != nil || kind == "other" {
		return nil, err
	}
	rest, err := t.rest(ctx, tx, kind, h.Verdict.Twice, now)
	if err != nil || rest == 0 {
		return nil, err
	}
	return b.Consents.AddSuppression(ctx, tx, consent.Suppression{
		Workspace: t.workspace, Channel: addr.Email, AddressHash: t.hash, Kind: consent.SuppressionBounce,
		Source: "bounce", Detail: detail(h), ExpiresAt: now.Add(rest),
	}, now)
}

func detail(h Heard) string {
	if h.Status != "" {
		return h.Status
	}
	return h.Verdict.Rule
}

// kindOf sorts a failure. A report about another address than the one written to tells
// of a forwarding that broke, not of a dead address.
func kindOf(h Heard, canonical string) string {
	v := h.Verdict
	switch {
	case v.Blame != reply.Recipient && v.Blame != reply.Receiver:
		return "other"
	case v.Blame == reply.Recipient && v.Permanent && v.Unknown && about(h.Recipients, canonical):
		return "hard"
	}
	return "soft"
}

// rest is how long the address is to be left alone now, 0 for not at all.
func (t target) rest(ctx context.Context, r store.Reader, kind string, twice bool, now time.Time) (time.Duration, error) {
	if kind == "hard" && !twice {
		return deadTime, nil
	}
	if kind == "hard" {
		_, days, err := t.count(ctx, r, now.Add(-twiceTime), "hard")
		if err != nil || days >= 2 {
			return deadTime, err
		}
	}
	many, days, err := t.count(ctx, r, now.Add(-softTime), "")
	if err != nil || many < softMany || days < softDays {
		return 0, err
	}
	return fullTime, nil
}

// count counts an address's failures since a time, and the days with one; of one kind,
// or of both with the days of the kind that has more.
func (t target) count(ctx context.Context, r store.Reader, since time.Time, only string) (many, days int, err error) {
	rows, err := r.Query(ctx, sqlCountReturned, t.address, store.Micros(since))
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var n, d int
		if err := rows.Scan(&kind, &n, &d); err != nil {
			return 0, 0, err
		}
		if only == "" || kind == only {
			many, days = many+n, max(days, d)
		}
	}
	return many, days, rows.Err()
}

// about says whether a report means the address written to.
func about(recipients []string, canonical string) bool {
	named := false
	for _, text := range recipients {
		if text == "" {
			continue
		}
		named = true
		m, err := addr.StoredMail(strings.TrimSpace(text))
		if err == nil && canonical != "" && string(m.Canonical()) == canonical {
			return true
		}
	}
	return !named
}

// Returned implements Reporter: it hears what a mail that came back says about the
// message that it belongs to.
func (b *Bounces) Returned(ctx context.Context, message int64, m bounce.Message, now time.Time) error {
	if m.Kind == bounce.Complaint {
		return b.Hear(ctx, Heard{Message: message, Complaint: true, Feedback: m.Feedback, Source: SourceMail}, now)
	}
	if m.Kind != bounce.Bounce {
		return nil
	}
	for _, r := range m.Recipients {
		h := Heard{
			Message: message, Recipients: []string{r.Final, r.Original}, Verdict: r.Verdict, Status: r.Status, Source: SourceMail,
		}
		if err := b.Hear(ctx, h, now); err != nil {
			return err
		}
	}
	return nil
}

// Sweep forgets provider's events that will not come again.
func (b *Bounces) Sweep(ctx context.Context, now time.Time) error {
	return b.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlSweepEvents, store.Micros(now.Add(-reportTime)))
		return err
	})
}
