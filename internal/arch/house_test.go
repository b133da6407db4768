package arch

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// module is the path that imports of our own packages begin with.
const module = "github.com/kyodaku/kyodaku"

// root is the folder of the repository, seen from this package.
const root = "../.."

// room is one line of the house list.
type room struct {
	name  string // folder under internal/, or cmd/…
	mark  string // "", pure, clock, kit, tests
	place int    // the line's number: lower may be imported by higher
}

// house is the list of docs/ARCHITECTURE.md.
type house struct{ rooms map[string]room }

var marks = map[string]bool{"pure": true, "clock": true, "kit": true, "tests": true}

// loadHouse reads the list once for all tests.
var loadHouse = sync.OnceValues(func() (house, error) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "ARCHITECTURE.md"))
	if err != nil {
		return house{}, err
	}
	return parseHouse(string(text))
})

// parseHouse reads the block that begins with ```house.
func parseHouse(text string) (house, error) {
	_, rest, found := strings.Cut(text, "\n```house\n")
	block, _, closed := strings.Cut(rest, "\n```")
	if !found || !closed {
		return house{}, fmt.Errorf("no house block")
	}
	h := house{rooms: map[string]room{}}
	for i, line := range strings.Split(block, "\n") {
		words := strings.Fields(line)
		if len(words) < 2 {
			return house{}, fmt.Errorf("line %q says too little", line)
		}
		if _, twice := h.rooms[words[0]]; twice {
			return house{}, fmt.Errorf("%s is listed twice", words[0])
		}
		r := room{name: words[0], place: i}
		if marks[words[1]] {
			r.mark = words[1]
		}
		h.rooms[r.name] = r
	}
	return h, nil
}

// rank is the place of a package's room: a part stands where its room stands.
func (h house) rank(name string) int { return h.rooms[top(name)].place }

// find returns the listed room that a package belongs to: itself, or the nearest
// folder above it that is listed.
func (h house) find(name string) (room, bool) {
	for ; name != "." && name != "internal" && name != "cmd"; name = path.Dir(name) {
		if r, ok := h.rooms[name]; ok {
			return r, true
		}
	}
	return room{}, false
}

// top is the first word of a package's name: its room.
func top(name string) string {
	if strings.HasPrefix(name, "cmd/") {
		return name
	}
	word, _, _ := strings.Cut(name, "/")
	return word
}

// kit says whether a package is a test kit, or a part of one.
func (h house) kit(name string) bool {
	if r, ok := h.find(name); ok && r.mark == "kit" {
		return true
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasSuffix(part, "test") {
			return true
		}
	}
	return false
}

// assembles says whether a room may reach into the parts of others: it builds them.
func assembles(name string) bool {
	t := top(name)
	return t == "app" || t == "cli" || strings.HasPrefix(t, "cmd/")
}

// allows says why a package may not import another, or "". fromTest is set for
// imports of test files, which may also use kits and the package under test.
func (h house) allows(from, to string, fromTest bool) string {
	for _, name := range []string{from, to} {
		if _, ok := h.find(name); !ok {
			return name + " is not in the house list"
		}
	}
	fromKit := h.kit(from)
	if h.kit(to) {
		if fromTest || fromKit {
			return ""
		}
		return to + " is a test kit: only tests and kits import it"
	}
	if h.rooms[top(from)].mark == "tests" || from == to {
		return ""
	}
	if top(from) == top(to) {
		return inside(from, to, fromKit || fromTest)
	}
	if _, listed := h.rooms[to]; strings.Contains(to, "/") && !listed && !assembles(from) {
		return to + " is a private part of " + top(to) + "; list it to open it"
	}
	if h.rank(to) >= h.rank(from) {
		return to + " stands below " + from + " in the house list"
	}
	return ""
}

// inside is the rule between the packages of one room: parts know each other, the
// room knows its parts, and no part knows its room.
func inside(from, to string, testing bool) string {
	if to == top(from) && !testing {
		return "a part imports its own room"
	}
	return ""
}

func mustHouse(t *testing.T) house {
	t.Helper()
	h, err := loadHouse()
	if err != nil {
		t.Fatalf("docs/ARCHITECTURE.md: %v", err)
	}
	return h
}

func TestHouseRules(t *testing.T) {
	t.Parallel()
	h, err := parseHouse("x\n```house\naddr pure words\nstore words\nstore/open words\nkitty kit words\nweb words\napp words\narch tests words\ncmd/k words\n```\n")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		from, to string
		test, ok bool
	}{
		{"store", "addr", false, true},
		{"addr", "store", false, false},
		{"addr", "store", true, false},
		{"store", "store/inner", false, true},
		{"store/inner", "store", false, false},
		{"store/inner", "store/other", false, true},
		{"store/inner", "addr", false, true},
		{"store/inner", "web", false, false},
		{"web", "store/inner", false, false},
		{"web", "store/open", false, true},
		{"app", "store/inner", false, true},
		{"web", "kitty", false, false},
		{"web", "kitty", true, true},
		{"web", "store/storetest", false, false},
		{"web", "store/storetest", true, true},
		{"store/storetest", "store", false, true},
		{"store/storetest", "kitty", false, true},
		{"store/storetest", "web", false, false},
		{"web", "unknown", false, false},
		{"unknown", "addr", false, false},
		{"cmd/k", "app", false, true},
		{"arch", "store", true, true},
	}
	for _, tt := range tests {
		why := h.allows(tt.from, tt.to, tt.test)
		if (why == "") != tt.ok {
			t.Errorf("%s imports %s (test %v): %q, want allowed %v", tt.from, tt.to, tt.test, why, tt.ok)
		}
	}
}
