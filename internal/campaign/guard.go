package campaign

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/store"
)

// twinWithin is how long ago the same message to the same topic is taken for a mistake.
const twinWithin = 24 * time.Hour

// guard finds what looks like a wrong sending, and whether a second person must look.
// None of it forbids; each wants a named person's reason.
func (b *Book) guard(ctx context.Context, r store.Reader, c Campaign, now time.Time) ([]Finding, error) {
	policy, err := b.Policy(ctx, r, c.Workspace)
	if err != nil {
		return nil, err
	}
	var people int64
	if err := r.QueryRow(ctx, sqlPeopleOf, c.Workspace, c.Topic, math.MaxInt32).Scan(&people); err != nil {
		return nil, err
	}
	var out []Finding
	usual, err := usualSize(ctx, r, c)
	if err != nil {
		return nil, err
	}
	if usual > 0 && people >= policy.Times*usual {
		out = append(out, Finding{
			Severity: compose.Amber, Field: "topic", Key: "campaign.guard.size",
			Args: []any{"People", people, "Usual", usual, "Times", people / usual}, Repair: RequestApproval,
		})
	}
	twin, err := b.twin(ctx, r, c, now)
	if err != nil {
		return nil, err
	}
	if twin != nil {
		out = append(out, twin.finding(now))
	}
	if key, args := policy.wants(c, people); key != "" {
		out = append(out, Finding{
			Severity: compose.Amber, Field: "approval", Key: key, Args: args, SecondPerson: true, Repair: RequestApproval,
		})
	}
	return out, nil
}

// usualSize is the median audience of a topic's last campaigns, 0 when there are none.
func usualSize(ctx context.Context, r store.Reader, c Campaign) (int64, error) {
	rows, err := r.Query(ctx, sqlSizes, c.Topic, c.Workspace, c.ID)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var sizes []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
		sizes = append(sizes, n)
	}
	if len(sizes) == 0 {
		return 0, rows.Err()
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2], rows.Err()
}

// twin is a campaign that takes the same words to the same people.
type twin struct {
	name string
	// started is when it began to go out, zero while it waits for its time.
	started time.Time
}

// finding says of a twin that went out how long ago, and of one that waits that it will.
func (t *twin) finding(now time.Time) Finding {
	f := Finding{Severity: compose.Amber, Field: "subject", Key: "campaign.guard.twin_waiting", Args: []any{"Name", t.name}, Repair: RequestApproval}
	if !t.started.IsZero() {
		f.Key, f.Args = "campaign.guard.twin", append(f.Args, "Hours", int(now.Sub(t.started)/time.Hour))
	}
	return f
}

// twin finds the newest campaign that took the same words to the same people lately, or
// is about to; nil if there is none.
func (b *Book) twin(ctx context.Context, r store.Reader, c Campaign, now time.Time) (*twin, error) {
	if c.Subject == "" || c.Body == "" {
		return nil, nil
	}
	rows, err := r.Query(ctx, sqlTwins, c.Topic, c.Workspace, c.ID, string(c.Part.Mode), int64(c.Part.Reach), store.Micros(now.Add(-twinWithin)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	same := wordsOf(c.Subject, c.Body)
	for rows.Next() {
		var t twin
		var subject, body string
		var started int64
		if err := rows.Scan(&t.name, &subject, &body, &started); err != nil {
			return nil, err
		}
		if wordsOf(subject, body) == same {
			t.started = store.Time(started)
			return &t, nil
		}
	}
	return nil, rows.Err()
}

// wordsOf are the letters and digits of a message, in one width and case: one more blank
// or another mark between them makes no other message.
func wordsOf(subject, body string) string {
	fold := func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}
	return strings.Map(fold, norm.NFKC.String(subject)) + "\n" + strings.Map(fold, norm.NFKC.String(body))
}
