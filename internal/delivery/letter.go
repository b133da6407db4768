package delivery

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Letter is a written message, ready to be signed and handed off.
type Letter struct {
	// From is the return path in wire form.
	From string
	To   addr.Mail
	// Data is the whole message with CRLF line ends, unsigned.
	Data []byte
	// Workspace and Domain choose the key that signs.
	Workspace int64
	Domain    string
	// Err says that this one cannot be written, for good.
	Err error
}

// Writer writes the messages of one kind. Campaigns and forms bring their own.
type Writer interface {
	// Write composes a batch, in the order of the rows.
	Write(ctx context.Context, r store.Reader, rows []Leased, now time.Time) ([]Letter, error)
	// Halted tells which of the campaigns must not go out now (paused or stopped).
	Halted(ctx context.Context, r store.Reader, campaigns []int64) (map[int64]bool, error)
}

// Measurer is a Writer whose campaigns' letters can be measured before they are written.
type Measurer interface {
	// Measures tells what is known of campaigns' letters.
	Measures(ctx context.Context, r store.Reader, campaigns []int64) (map[int64]Measure, error)
}

// Measure is what the gate asks of a letter before it is written (rules OUT-01, TRK-01,
// DLV-03).
type Measure struct {
	// Promotes says that advertising is seen in it, whatever its class; Strips that its
	// writer leaves all of that out for whoever wants none (Leased.StripAds).
	Promotes, Strips bool
	// Tracks says that it measures opening or clicks by person.
	Tracks bool
	// Kilobytes is about how large it is in units of 1,000 octets; 0 is unknown.
	Kilobytes int
}

// Audience is what the gate is asked with for a sender's letters of this measure.
func (m Measure) Audience(workspace, profile int64, at gate.Stage) gate.Audience {
	return gate.Audience{
		Workspace: workspace, Profile: profile, Stage: at, Promotes: m.Promotes, StripsAds: m.Strips,
		Tracks: m.Tracks, Kilobytes: m.Kilobytes,
	}
}

// Policy is how a kind is treated when things go wrong.
type Policy struct {
	// Resend says that a message of unknown fate is sent again (confirmations),
	// where others are left as uncertain (campaigns).
	Resend bool
	// Retry is the wait before each further attempt; when it is used up, the message failed.
	Retry []time.Duration
}

// BulkPolicy gives up after three days, as RFC 5321 4.5.4.1 asks at the least, and never sends twice.
func BulkPolicy() Policy {
	return Policy{Retry: []time.Duration{
		5 * time.Minute, 15 * time.Minute, 45 * time.Minute, 2 * time.Hour, 4 * time.Hour,
		8 * time.Hour, 12 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}}
}

// PersonPolicy is for what somebody waits for at a screen: soon again, and given
// up after a day.
func PersonPolicy() Policy {
	return Policy{Resend: true, Retry: []time.Duration{
		20 * time.Second, time.Minute, 3 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	}}
}

// next is when attempt n+1 may be made; false when the schedule is used up.
func (p Policy) next(n int, now time.Time) (time.Time, bool) {
	if n < 1 || n > len(p.Retry) {
		return time.Time{}, false
	}
	return now.Add(p.Retry[n-1]), true
}
