package consent

import (
	"log/slog"

	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// hashSize is the length of a keyed address hash in bytes.
const hashSize = 32

// Log is the consent log of all workspaces. It is safe for concurrent use.
type Log struct {
	db   *store.DB
	ring *keyring.Ring
	log  *slog.Logger
	// nudge holds a token when there may be something to sequence.
	nudge chan struct{}
	watch func([]Refused)
}

// New makes a log over a database.
func New(db *store.DB, ring *keyring.Ring, log *slog.Logger) *Log {
	return &Log{db: db, ring: ring, log: log, nudge: make(chan struct{}, 1)}
}

// Watch has fn called with every batch of refusals right after its commit, by
// whoever recorded it (an import and a merge have no fence of their own). Set it
// before the log is used; fn must not wait.
func (l *Log) Watch(fn func([]Refused)) { l.watch = fn }

func (l *Log) tell(refused []Refused) {
	if l.watch != nil && len(refused) > 0 {
		l.watch(refused)
	}
}

// pending tells the sequencer that there is work.
func (l *Log) pending() {
	select {
	case l.nudge <- struct{}{}:
	default:
	}
}
