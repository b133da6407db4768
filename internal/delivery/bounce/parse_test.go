package bounce

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

// samples reads testdata/mail: one mail a file, with what it is.
func samples(t testing.TB) map[string]*txtar.Archive {
	t.Helper()
	files, err := filepath.Glob("testdata/mail/*.txtar")
	if err != nil || len(files) < 80 {
		t.Fatalf("%d samples: %v", len(files), err)
	}
	out := map[string]*txtar.Archive{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		a := txtar.Parse(data)
		if len(a.Files) != 2 || a.Files[0].Name != "want" || a.Files[1].Name != "mail" {
			t.Fatalf("%s: not a want and a mail", f)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".txtar")] = a
	}
	return out
}

// told writes what Parse found in the words of the samples, as far as want asks for it.
func told(m Message, want string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "kind %s\n", m.Kind)
	if m.Kind == Complaint {
		fmt.Fprintf(&b, "feedback %s\n", m.Feedback)
	}
	if strings.Contains(want, "recipient ") || m.Kind == Bounce {
		for _, r := range m.Recipients {
			b.WriteString(strings.TrimSuffix(fmt.Sprintf("recipient %s %s %s %s %s", r.Final, or(r.Status, "-"), fate(m.Kind, r), or(string(r.Verdict.Blame), "-"), r.Command), " ") + "\n")
		}
	}
	if strings.Contains(want, "original ") {
		fmt.Fprintf(&b, "original %s\n", m.Original.ID)
	}
	if strings.Contains(want, "exit ") && len(m.Original.Exits) > 0 {
		fmt.Fprintf(&b, "exit %s\n", m.Original.Exits[0])
	}
	return b.String()
}

func fate(k Kind, r Recipient) string {
	switch {
	case k == Complaint:
		return "-"
	case r.Hard() && !r.Verdict.Twice:
		return "dead"
	case r.Hard():
		return "twice"
	case r.Verdict.Permanent:
		return "refused"
	}
	return "later"
}

func TestEverySampleIsReadRight(t *testing.T) {
	t.Parallel()
	for name, a := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := string(a.Files[0].Data)
			m := Parse(a.Files[1].Data)
			if diff := cmp.Diff(want, told(m, want)); diff != "" {
				t.Errorf("%s%s\n%+v", a.Comment, diff, m)
			}
		})
	}
}

// What blames nobody's mailbox must never put one aside, whatever the report says.
func TestOnlyTheRecipientsOwnFaultIsHard(t *testing.T) {
	t.Parallel()
	for name, a := range samples(t) {
		for _, r := range Parse(a.Files[1].Data).Recipients {
			if r.Hard() && r.Verdict.Blame != reply.Recipient {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}
