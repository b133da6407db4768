package provision

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
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
	Address, Method string
	Received        time.Time
	// Everything stops every programme of the workspace.
	Everything bool
}

// Enter stores a stop that an operator was told of.
func (b *Book) Enter(ctx context.Context, by account.By, of Programme, h Heard, now time.Time) error {
	mail, err := addr.ParseMail(h.Address)
	if err != nil {
		return failed("enter a stop", fault.Bad("address", "provision.stop.address"))
	}
	s := Stop{
		Workspace: of.Workspace, Hash: b.people.Hash(of.Workspace, mail), Programme: of.ID, Method: h.Method,
		Received: h.Received, Operator: by.Actor.ID,
	}
	if h.Everything {
		s.Programme = 0
	}
	return failed("enter a stop", b.db.Write(ctx, func(tx *store.Tx) error {
		if err := b.Stop(ctx, tx, s, now); err != nil {
			return err
		}
		return b.note(ctx, tx, by, of, act{"provision.stop", map[string]any{"method": h.Method, "everything": h.Everything}, now})
	}))
}

// Methods lists how a stop can reach an operator.
func Methods() []string { return []string{"letter", "phone", "counter", "mail"} }
