package crash

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestPowerLostInMidCampaign models a machine that goes dark. The program syncs the
// write-ahead log with each commit, so what a power cut can take is the transaction
// that was just being written. The model is harder: after a kill -9 the newest
// transaction in the log is always dropped, whole or torn in the middle, although it
// may have been synced and acted on; the index of the log, which lives in memory
// only, is gone too. Not modelled: a disk that loses more than its last write, and
// writes that reach it in another order.
//
// The bound: nothing is lost. The dropped transaction may be the intents of mails
// whose dots then left; each session has one such mail at most, so a cut repeats at
// most that many, and makes at most two for each session uncertain. The mail that a
// cut repeats is the first one sent again, so a cut soon after can repeat it once more:
// a reader gets it at most once for each cut and once besides.
func TestPowerLostInMidCampaign(t *testing.T) {
	t.Parallel()
	database := storetest.SQLiteURL(t)
	readers, cuts := size(t, "KYODAKU_CRASH_RECIPIENTS", 600), size(t, "KYODAKU_CRASH_ROUNDS", 3)
	in := install(t, database, readers)
	r := receive(t)
	id := in.send("dark")
	dropped := 0
	for cut := range cuts {
		p := serve(t, in, r.Addr())
		goal := (cut*readers + rand.IntN(readers)) / (cuts + 1)
		// The database must not be opened from here: who closes it last cleans up.
		until(t, patience, "a moment to go dark", func() bool { return r.count() >= goal })
		time.Sleep(time.Duration(rand.IntN(20_000)) * time.Microsecond)
		p.kill()
		if dropLast(t, strings.TrimPrefix(database, "sqlite:"), cut%2 == 0) {
			dropped++
		}
	}
	if dropped == 0 {
		t.Error("no transaction was dropped: nothing was tried")
	}
	p := serve(t, in, r.Addr())
	db := storetest.Open(t, database)
	until(t, patience, "the campaign is done", func() bool { return state(t, db, id) == "done" })
	p.stop()

	book := outcomes(t, db, id)
	uncertain, repeated := 0, 0
	for _, to := range in.readers {
		switch outcome, arrived := book[to], len(r.of(to, "dark")); {
		case outcome == "uncertain" && arrived <= 1+cuts:
			uncertain++
			repeated += max(0, arrived-1)
		case outcome == "delivered" && arrived >= 1 && arrived <= 1+cuts:
			repeated += arrived - 1
		default:
			t.Errorf("a reader is %q and got %d", outcome, arrived)
		}
	}
	t.Logf("%d cuts, %d uncertain, %d repeated", cuts, uncertain, repeated)
	if repeated > sessions*cuts || uncertain > 2*sessions*cuts {
		t.Errorf("after %d cuts %d were repeated, %d are uncertain", cuts, repeated, uncertain)
	}
}

// The write-ahead log of SQLite (sqlite.org/fileformat2.html, "The Write-Ahead Log").
const (
	walHeader   = 32
	frameHeader = 24
)

// dropLast takes the newest transaction out of the log, or leaves its first half, and
// says whether there was one.
func dropLast(t *testing.T, database string, torn bool) bool {
	t.Helper()
	if err := os.Remove(database + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	log, err := os.ReadFile(database + "-wal")
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(log) < walHeader {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	page := int(bigEndian(log[8:]))
	salts := string(log[16:24])
	last, before := walHeader, walHeader
	for at := walHeader; at+frameHeader+page <= len(log); at += frameHeader + page {
		frame := log[at:]
		if string(frame[8:16]) != salts {
			break // of an earlier round of the log
		}
		if bigEndian(frame[4:]) != 0 { // the end of a transaction
			before, last = last, at+frameHeader+page
		}
	}
	keep := before
	if torn {
		keep += (last - before) / 2
	}
	if err := os.Truncate(database+"-wal", int64(keep)); err != nil {
		t.Fatal(err)
	}
	return last > before
}

func bigEndian(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
