package collect

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// askState is what became of one ticked box when the form came in.
type askState string

const (
	// askPending waits for the mailbox to confirm.
	askPending askState = "pending"
	// askGranted was given at once (single opt-in).
	askGranted askState = "granted"
	// askGiven stood already, so that nothing was asked.
	askGiven askState = "given"
)

// ask is one ticked box.
type ask struct {
	Topic int64    `json:"topic"`
	State askState `json:"state"`
	// Event is the consent event that was recorded, 0 for askGiven.
	Event int64 `json:"event,omitempty"`
}

// circumstances are what evidence tells besides the values.
type circumstances struct {
	// Typed is the address as typed.
	Typed     string `json:"typed,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	Referrer  string `json:"referrer,omitempty"`
	// Shown is the hex hash of the form as shown.
	Shown string `json:"shown,omitempty"`
	// Embedded says that the form stood in a page of another site, without our token.
	Embedded bool `json:"embedded,omitempty"`
	// Network and Page have columns of their own.
	Network string `json:"-"`
	Page    string `json:"-"`
}

// Signup is a form that was sent in.
type Signup struct {
	ID, Workspace, Form, Version, Address int64
	Lang                                  i18n.Lang
	// Entry are the values by field name; nil once they were deleted.
	Entry     map[string]string
	CreatedAt time.Time
	// ExpiresAt is until when it can be confirmed, zero if there is nothing to confirm.
	ExpiresAt time.Time
	// Mails counts the mails about it, Message is the outbox row of the last.
	Mails       int
	Message     int64
	ConfirmedAt time.Time
	DisownedAt  time.Time

	asks   []ask
	around circumstances
	render int64
}

// Topics lists the topics whose boxes were ticked.
func (s Signup) Topics() []int64 {
	list := make([]int64, len(s.asks))
	for i, a := range s.asks {
		list[i] = a.Topic
	}
	return list
}

// has says whether a ticked box is in a state.
func (s Signup) has(state askState) bool {
	for _, a := range s.asks {
		if a.State == state {
			return true
		}
	}
	return false
}

// offers lists the version's offers whose box is in one of the states.
func (s Signup) offers(spec Spec, states ...askState) (list []Offer) {
	for _, a := range s.asks {
		for _, state := range states {
			if o, ok := spec.offer(a.Topic); ok && a.State == state {
				list = append(list, o)
			}
		}
	}
	return list
}

func (s Signup) insert(ctx context.Context, tx *store.Tx) error {
	entry, err := json.Marshal(s.Entry)
	if err != nil {
		return err
	}
	asks, err := json.Marshal(s.asks)
	if err != nil {
		return err
	}
	around, err := json.Marshal(s.around)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAddSignup, s.ID, s.Workspace, s.Form, s.Version, s.Address, string(s.Lang), string(entry), string(asks),
		s.around.Network, s.around.Page, store.Micros(s.CreatedAt), store.Micros(s.ExpiresAt), s.render, string(around))
	return err
}

func scanSignup(row scanner) (Signup, error) {
	var s Signup
	var entry, asks, around string
	var created, expires, confirmed, disowned int64
	err := row.Scan(&s.ID, &s.Workspace, &s.Form, &s.Version, &s.Address, &s.Lang, &entry, &asks, &s.around.Network, &s.around.Page,
		&created, &expires, &s.Mails, &confirmed, &disowned, &around, &s.Message)
	if err != nil {
		return Signup{}, err
	}
	s.CreatedAt, s.ExpiresAt = store.Time(created), store.Time(expires)
	s.ConfirmedAt, s.DisownedAt = store.Time(confirmed), store.Time(disowned)
	for _, part := range []struct {
		text string
		into any
	}{{entry, &s.Entry}, {asks, &s.asks}, {around, &s.around}} {
		if err := json.Unmarshal([]byte(part.text), part.into); err != nil {
			return Signup{}, fmt.Errorf("collect: stored signup: %w", err)
		}
	}
	return s, nil
}

func (d *Desk) signup(ctx context.Context, r store.Reader, workspace, id int64) (Signup, error) {
	return scanSignup(r.QueryRow(ctx, sqlSignup, id, workspace))
}

// Entries lists what was sent in by a form, the newest first, after the id before
// (0 begins). limit is at most 500; 0 is 50.
func (d *Desk) Entries(ctx context.Context, r store.Reader, form Form, before int64, limit int) (list []Signup, err error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	if limit <= 0 {
		limit = 50
	}
	rows, err := r.Query(ctx, sqlEntries, form.ID, form.Workspace, before, min(limit, 500))
	if err != nil {
		return nil, failed("entries", err)
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scanSignup(rows)
		if err != nil {
			return nil, failed("entries", err)
		}
		list = append(list, s)
	}
	return list, failed("entries", rows.Err())
}

// Forget deletes what people typed, for an erasure of their addresses.
func (d *Desk) Forget(ctx context.Context, tx *store.Tx, addresses []int64) error {
	_, err := tx.Exec(ctx, sqlForget, store.In(addresses))
	return failed("forget", err)
}

// noSuch says whether an error means that there is no such row.
func noSuch(err error) bool { return fault.Is(err, fault.NotFound) }
