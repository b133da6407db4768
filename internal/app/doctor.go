package app

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Level is how a finding of Examine is.
type Level string

// The levels.
const (
	Well Level = "ok"
	Warn Level = "warn"
	Bad  Level = "bad"
)

// Finding is what Examine found about one thing.
type Finding struct {
	// Check names what was looked at, Case how it is; their text is doctor.<check>.<case>,
	// and what to do, where there is something, the same with _do.
	Check, Case string
	Level       Level
	// Args fill the text.
	Args []any
}

// Key is the catalogue key of the finding's text.
func (f Finding) Key() string { return "doctor." + f.Check + "." + f.Case }

// examined collects findings.
type examined struct {
	Config
	found []Finding
	db    *store.DB
	net   *net.Resolver
}

func (e *examined) say(level Level, check, state string, args ...any) {
	e.found = append(e.found, Finding{Check: check, Case: state, Level: level, Args: args})
}

// questionTime bounds one question to the network.
const questionTime = 5 * time.Second

// Examine looks at an installation as it is, running or not. It changes nothing, and
// asks nobody but the configured resolvers, the relay and this machine.
func Examine(ctx context.Context, c Config) []Finding {
	e := &examined{Config: c, net: resolverOf(c.Mail.Resolvers)}
	e.examineDisk()
	key := e.examineKey()
	e.examineDatabase(ctx)
	if e.db != nil {
		defer func() { _ = e.db.Close() }() // it was only read
		e.examineClock(ctx)
		e.examineLogs(ctx, key)
		e.examineDuties(ctx)
	}
	e.examineURL()
	e.examineSigner()
	e.examineProfiles()
	e.examineMail(ctx)
	return e.found
}

const (
	diskBad, diskWarn = 500 << 20, 5 << 30
)

func (e *examined) examineDisk() {
	var s syscall.Statfs_t
	if err := syscall.Statfs(e.DataDir, &s); err != nil {
		e.say(Warn, "disk", "unknown", "Folder", e.DataDir)
		return
	}
	free := uint64(s.Bsize) * s.Bavail //nolint:gosec // a block size is positive
	level, state := Well, "ok"
	switch {
	case free < diskBad:
		level, state = Bad, "full"
	case free < diskWarn:
		level, state = Warn, "low"
	}
	e.say(level, "disk", state, "Folder", e.DataDir, "Free", free>>20)
}

// examineKey returns the key file's ring, nil if it cannot be used.
func (e *examined) examineKey() *keyring.Ring {
	info, err := os.Stat(e.KeyFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.say(Warn, "key", "missing", "File", e.KeyFile)
		return nil
	case err != nil:
		e.say(Bad, "key", "unreadable", "File", e.KeyFile)
		return nil
	case info.Mode().Perm()&0o077 != 0:
		e.say(Bad, "key", "open", "File", e.KeyFile, "Mode", info.Mode().Perm().String())
	}
	text, err := os.ReadFile(e.KeyFile)
	if err == nil {
		var ring *keyring.Ring
		if ring, err = keyring.New(string(text)); err == nil {
			if info.Mode().Perm()&0o077 == 0 {
				e.say(Well, "key", "ok", "File", e.KeyFile)
			}
			return ring
		}
	}
	e.say(Bad, "key", "unreadable", "File", e.KeyFile)
	return nil
}

// examineDatabase opens the database for the others, unless it is of no use to them.
func (e *examined) examineDatabase(ctx context.Context) {
	if path, ok := strings.CutPrefix(e.Database, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			e.say(Warn, "database", "none")
			return
		}
	}
	db, err := store.Open(ctx, e.Database)
	if err == nil {
		err = db.Ping(ctx)
	}
	if err != nil {
		e.say(Bad, "database", "unreachable")
		return
	}
	behind, err := db.Behind(ctx)
	durable, durableErr := db.Durability(ctx)
	switch {
	case err != nil || durableErr != nil:
		e.say(Bad, "database", "unreachable")
	case behind < 0:
		e.say(Bad, "database", "ahead")
	case behind > 0:
		e.say(Warn, "database", "behind", "Versions", behind)
	default:
		e.say(Well, "database", "ok", "Engine", string(db.Engine()), "Durability", durable)
		e.db = db
		return
	}
	_ = db.Close() // nothing was written
}

const sqlLastSeen = `SELECT COALESCE(MAX(seen_at), 0) FROM session`

// examineClock compares the clock with the newest thing that the database remembers.
func (e *examined) examineClock(ctx context.Context) {
	var last int64
	if err := e.db.QueryRow(ctx, sqlLastSeen).Scan(&last); err != nil {
		e.say(Warn, "clock", "unknown")
		return
	}
	if store.Time(last).After(e.Clock().Add(time.Minute)) {
		e.say(Bad, "clock", "behind", "Last", store.Time(last).Format(time.RFC3339))
		return
	}
	e.say(Well, "clock", "ok", "Now", e.Clock().Format(time.RFC3339))
}

func (e *examined) examineURL() {
	u, err := url.Parse(e.PublicURL)
	switch {
	case err != nil || u.Host == "":
		e.say(Warn, "url", "none")
	case u.Scheme == "https":
		e.say(Well, "url", "ok", "URL", e.PublicURL)
	case e.Mail.Mode == Catch:
		e.say(Well, "url", "trial", "URL", e.PublicURL)
	default:
		e.say(Bad, "url", "plain", "URL", e.PublicURL)
	}
}

func (e *examined) examineSigner() {
	if e.Mail.Signer == SignRelay {
		e.say(Well, "signer", "relay")
		return
	}
	keys := delivery.NewKeys(nil, nil)
	if e.Mail.Signer != "" && keys.Use(delivery.Arithmetic(e.Mail.Signer)) != nil {
		e.say(Bad, "signer", "missing")
		return
	}
	if _, err := keys.Fresh(); err != nil {
		e.say(Bad, "signer", "broken")
		return
	}
	if name := keys.SignerName(); name != string(delivery.Standard) {
		e.say(Well, "signer", "ok", "Name", name)
		return
	}
	e.say(Well, "signer", "slow")
}

// profileAge is when a profile ought to be looked at again.
const profileAge = 365 * 24 * time.Hour

func (e *examined) examineProfiles() {
	book, err := profile.Load()
	if err != nil {
		e.say(Bad, "profiles", "broken")
		return
	}
	var old []string
	for _, p := range book.All() {
		if e.Clock().Sub(p.AsOf) > profileAge {
			old = append(old, p.ID)
		}
	}
	if len(old) > 0 {
		e.say(Warn, "profiles", "old", "Names", strings.Join(old, ", "))
		return
	}
	e.say(Well, "profiles", "ok", "Number", len(book.All()))
}

func (e *examined) accounts() *account.Book { return account.New(e.db, nil) }
