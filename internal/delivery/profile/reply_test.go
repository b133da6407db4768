package profile_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// answer is one reply of testdata/replies and what it must mean.
type answer struct {
	At    string `toml:"at"`
	Says  string `toml:"says"`
	Kind  string `toml:"kind"`
	Nth   int    `toml:"nth"`
	Means string `toml:"means"`
	Rule  string `toml:"rule"`
}

func TestRepliesOfProviders(t *testing.T) {
	t.Parallel()
	b := load(t)
	seen := map[string]bool{}
	total := 0
	for _, p := range b.All() {
		for _, a := range answers(t, p.ID) {
			total++
			got := p.Replies.Judge(a.event(t))
			if words(got) != a.Means || got.Rule != a.Rule {
				t.Errorf("%s, %s: %q\n is  %s by %q\nnot %s by %q", p.ID, a.At, a.Says, words(got), got.Rule, a.Means, a.Rule)
			}
			seen[got.Rule] = true
		}
	}
	if total < 150 {
		t.Errorf("only %d replies", total)
	}
	for _, p := range b.All() {
		for _, id := range p.Replies.IDs() {
			if !seen[id] {
				t.Errorf("no reply for rule %s", id)
			}
			seen[id] = true
		}
	}
}

// A rule that calls a mailbox unknown must never do so before it has been named, nor
// of anything that is temporary.
func TestUnknownIsOnlyAPermanentRefusalOfARecipient(t *testing.T) {
	t.Parallel()
	b := load(t)
	for _, p := range b.All() {
		for _, a := range answers(t, p.ID) {
			e := a.event(t)
			for e.Stage = smtp.StageConnect; e.Stage <= smtp.StageAfterDot; e.Stage++ {
				for _, e.Code = range []int{421, 450, 550, 554} {
					v := p.Replies.Judge(e)
					if v.Unknown && (v.Blame != reply.Recipient || !v.Permanent || e.Stage < smtp.StageRcpt || e.Code < 500) {
						t.Errorf("%s: %+v is %+v", p.ID, e, v)
					}
					if v.Permanent && (e.Stage < smtp.StageMail || v.Blame == reply.Rate) {
						t.Errorf("%s: %+v is %+v", p.ID, e, v)
					}
				}
			}
		}
	}
}

func load(tb testing.TB) *profile.Book {
	tb.Helper()
	b, err := profile.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func answers(tb testing.TB, id string) []answer {
	tb.Helper()
	var f struct {
		Case []answer `toml:"case"`
	}
	meta, err := toml.DecodeFile(filepath.Join("testdata", "replies", id+".toml"), &f)
	if err != nil || len(meta.Undecoded()) > 0 {
		tb.Fatalf("%s: %v, %v", id, err, meta.Undecoded())
	}
	return f.Case
}

// event reads a reply as smtp would: codes and status cut off every line.
func (a answer) event(tb testing.TB) reply.Event {
	tb.Helper()
	e := reply.Event{Stage: stage(tb, a.At), Kind: smtp.KindRefused, Nth: a.Nth}
	if a.Kind != "" {
		e.Kind = kind(tb, a.Kind)
		e.Reset = e.Kind == smtp.KindReset
		return e
	}
	var text []string
	for i, line := range strings.Split(a.Says, "\n") {
		code, err := strconv.Atoi(line[:3])
		if err != nil || i > 0 && code != e.Code {
			tb.Fatalf("not a reply: %q", a.Says)
		}
		e.Code = code
		line = line[min(4, len(line)):]
		status, rest, _ := strings.Cut(line, " ")
		if n := len(strings.Split(status, ".")); n == 3 && status[0] == a.Says[0] && strings.Trim(status, "0123456789.") == "" {
			if i == 0 {
				e.Enhanced = status
			}
			line = rest
		}
		text = append(text, line)
	}
	e.Text = strings.Join(text, "\n")
	return e
}

func stage(tb testing.TB, name string) smtp.Stage {
	tb.Helper()
	for s := smtp.StageConnect; s <= smtp.StageAfterDot; s++ {
		if s.String() == name {
			return s
		}
	}
	tb.Fatalf("no stage %q", name)
	return 0
}

func kind(tb testing.TB, name string) smtp.Kind {
	tb.Helper()
	for k := smtp.KindNetwork; k <= smtp.KindUnusable; k++ {
		if k.String() == name {
			return k
		}
	}
	tb.Fatalf("no kind %q", name)
	return 0
}

// words writes a verdict as testdata does.
func words(v reply.Verdict) string {
	said := string(v.Blame)
	if v.Permanent {
		said += " permanent"
	}
	if v.Unknown {
		said += " unknown"
	}
	if v.Twice {
		said += " twice"
	}
	if v.Wait > 0 {
		wait := strings.Replace(v.Wait.String(), "m0s", "m", 1)
		said += " wait=" + strings.Replace(wait, "h0m", "h", 1)
	}
	return said
}

// BenchmarkJudge is one refused mail, over all replies of the test data.
func BenchmarkJudge(b *testing.B) {
	book := load(b)
	for _, p := range book.All() {
		var events []reply.Event
		for _, a := range answers(b, p.ID) {
			events = append(events, a.event(b))
		}
		b.Run(p.ID, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				p.Replies.Judge(events[i%len(events)])
			}
		})
	}
}
