package provision

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// stopsMost bounds the list of stops of a page.
const stopsMost = 100

// Stops lists the latest stops that count for a programme, and how many there are. Whose they
// are is kept as a keyed hash alone.
func (b *Book) Stops(ctx context.Context, r store.Reader, of Programme) (latest []Stop, all int64, err error) {
	if err := r.QueryRow(ctx, sqlCountStops, of.Workspace, of.ID).Scan(&all); err != nil {
		return nil, 0, failed("stops", err)
	}
	rows, err := r.Query(ctx, sqlStops, of.Workspace, of.ID, stopsMost)
	if err != nil {
		return nil, 0, failed("stops", err)
	}
	defer rows.Close()
	for rows.Next() {
		s := Stop{Workspace: of.Workspace}
		var received int64
		if err := rows.Scan(&s.Programme, &s.Method, &received, &s.Operator); err != nil {
			return nil, 0, failed("stops", err)
		}
		s.Received = store.Time(received)
		latest = append(latest, s)
	}
	return latest, all, failed("stops", rows.Err())
}

// Heard is a stop that reached us by letter, telephone, at a counter or by mail, and that an
// operator enters.
type Heard struct {
	// Address is a mail address, known or not. Contact is who asked, where an operator knows;
	// then Address does not count.
	Address  string
	Contact  int64
	Method   string
	Received time.Time
	// Everything stops every programme of the workspace.
	Everything bool
}

// Enter stores a stop that an operator was told of.
func (b *Book) Enter(ctx context.Context, by account.By, of Programme, h Heard, now time.Time) error {
	s := Stop{Workspace: of.Workspace, Programme: of.ID, Method: h.Method, Received: h.Received}
	if h.Everything {
		s.Programme = 0
	}
	if h.Contact == 0 {
		mail, err := addr.ParseMail(h.Address)
		if err != nil {
			return failed("enter a stop", fault.Bad("address", "provision.stop.address"))
		}
		s.Hash = b.people.Hash(of.Workspace, mail)
	}
	return b.EnterStop(ctx, by, s, h.Contact, now)
}

// EnterStop stores a stop that an operator or a program was told of: that of its hash or, of
// a person, that of the contact. Who answers for it, of an API key its maker, is its author.
func (b *Book) EnterStop(ctx context.Context, by account.By, s Stop, person int64, now time.Time) error {
	return failed("enter a stop", b.db.Write(ctx, func(tx *store.Tx) error { return b.enter(ctx, tx, by, s, person, now) }))
}

func (b *Book) enter(ctx context.Context, tx *store.Tx, by account.By, s Stop, person int64, now time.Time) (err error) {
	if s.Operator, err = b.accounts.Behind(ctx, tx, by, s.Workspace); err != nil {
		return err
	}
	if person != 0 {
		err = b.StopPerson(ctx, tx, s, person, now)
	} else {
		err = b.Stop(ctx, tx, s, now)
	}
	if err != nil {
		return err
	}
	detail := map[string]any{"method": s.Method, "everything": s.Programme == 0}
	if person != 0 {
		detail["contact"] = store.Public(contact.Prefix, person)
	}
	return b.note(ctx, tx, by, Programme{ID: s.Programme, Workspace: s.Workspace}, act{"provision.stop", detail, now})
}

var _ duty.Stopper = (*Book)(nil)

// StopFor implements duty.Stopper.
func (b *Book) StopFor(ctx context.Context, tx *store.Tx, by account.By, q duty.Request, now time.Time) error {
	s := Stop{Workspace: q.Workspace, Programme: q.Programme, Method: "counter", Received: q.ReceivedAt} // whoever entered it was told of it
	if q.EnteredBy == 0 {
		s.Method = "page"
	}
	return failed("stop for a request", b.enter(ctx, tx, by, s, q.Contact, now))
}

// StopAddress implements duty.Stopper: a stop harms no one, and a delay might.
func (b *Book) StopAddress(ctx context.Context, tx *store.Tx, q duty.Request, hash []byte, now time.Time) error {
	return b.Stop(ctx, tx, Stop{Workspace: q.Workspace, Hash: hash, Programme: q.Programme, Method: "page", Received: q.ReceivedAt}, now)
}

// Methods lists how a stop can reach an operator.
func Methods() []string { return []string{"letter", "phone", "counter", "mail"} }
