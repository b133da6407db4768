package consent

import (
	"context"
	"slices"

	"github.com/kyodaku/kyodaku/internal/consent/ledger"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Widths of the rows that an event is written as.
const (
	eventWidth    = 19
	evidenceWidth = 3
	pendingWidth  = 2
	basisWidth    = 22
)

// encodeAtOnce is how many events are encoded while those before are written.
const encodeAtOnce = 256

// written are events as rows of their tables.
type written struct {
	events, evidence, pending, basis []any

	err error
}

// record writes events, evidence and the sequencer's work list. Encoding and hashing
// take about as long as writing and need no database: they run ahead of it.
func (b *batch) record(ctx context.Context) error {
	if len(b.events) <= encodeAtOnce {
		return b.insert(ctx, encodeEvents(b.events))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan written, 1)
	go func() {
		defer close(ready)
		for part := range slices.Chunk(b.events, encodeAtOnce) {
			select {
			case ready <- encodeEvents(part):
			case <-ctx.Done():
				return
			}
		}
	}()
	var err error
	for w := range ready { // to its end, for the events are not ours before
		if err == nil {
			err = b.insert(ctx, w)
		}
		if err != nil {
			cancel()
		}
	}
	return err
}

// encodeEvents works out grades, evidence and commitments.
func encodeEvents(list []*Event) written {
	n := len(list)
	w := written{
		events: make([]any, 0, eventWidth*n), evidence: make([]any, 0, evidenceWidth*n), pending: make([]any, 0, pendingWidth*n),
	}
	salts := ledger.Salts(n)
	var encoded []byte
	for i, e := range list {
		if e.Action.Grants() && e.Grade == "" {
			e.Grade = gradeOf(e)
		}
		text, err := encodeEvidence(&e.Evidence)
		if err != nil {
			return written{err: err}
		}
		encoded = canonical(encoded[:0], e, text)
		w.events = append(w.events, e.ID, e.Workspace, e.Contact, e.Address, string(e.Channel), e.Topic, string(e.Action),
			string(e.Basis), string(e.Method), store.Micros(e.OccurredAt), store.Micros(e.ReceivedAt),
			store.Micros(e.ValidUntil), int64(e.Frequency.Count), string(e.Frequency.Period), store.Micros(e.PausedUntil),
			e.RefersTo, e.Operator, string(e.Grade), ledger.Commit(salts[i], encoded))
		w.evidence = append(w.evidence, e.ID, salts[i], text)
		w.pending = append(w.pending, e.ID, e.Workspace)
		if f := e.Evidence.Facts; f != nil {
			w.basis = basisRow(w.basis, e, f)
		}
	}
	return w
}

func (b *batch) insert(ctx context.Context, w written) error {
	if w.err != nil {
		return w.err
	}
	if err := b.tx.InsertRows(ctx, sqlAddEvents, "", eventWidth, w.events); err != nil {
		return err
	}
	if err := b.tx.InsertRows(ctx, sqlAddEvidence, "", evidenceWidth, w.evidence); err != nil {
		return err
	}
	if err := b.tx.InsertRows(ctx, sqlAddBasis, "", basisWidth, w.basis); err != nil {
		return err
	}
	return b.tx.InsertRows(ctx, sqlAddPending, "", pendingWidth, w.pending)
}
