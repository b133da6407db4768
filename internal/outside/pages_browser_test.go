package outside

import (
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/testcount"
)

// demo starts the program as somebody does who wants to look around, and returns
// where it is and how to get in.
func demo(t *testing.T) (base, signIn, form string) {
	t.Helper()
	testcount.Ran(t, testcount.SQLite)
	s := &server{TB: t, log: &logbook{told: make(chan struct{})}, ended: make(chan struct{})}
	s.process = exec.Command(program(t), "demo")
	s.process.Stdout, s.process.Stderr = s.log, s.log
	s.process.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=en", "TMPDIR=" + t.TempDir()}
	s.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.process.Wait(); close(s.ended) }()
	t.Cleanup(func() {
		_ = s.process.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.ended:
		case <-time.After(patience):
			_ = s.process.Process.Kill()
			t.Error("the demo does not end")
		}
		s.quiet()
	})
	text := s.await("the demo is ready", func(text string) bool { return strings.Contains(text, "/f/") })
	links := regexp.MustCompile(`http://\S+`).FindAllString(text, -1)
	if len(links) != 3 {
		t.Fatalf("the demo tells %q", text)
	}
	u, err := url.Parse(links[0])
	if err != nil {
		t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host, links[0], links[1]
}

// anyID stands for all things of a kind: one page of each kind of thing is enough.
var anyID = regexp.MustCompile(`\b[a-z]{2,4}_[0-9a-z]{8,}|/[0-9a-f]{32,}`)

// kindOf is what a page is about, whichever thing it shows.
func kindOf(u *url.URL) string {
	var names []string
	for name := range u.Query() {
		names = append(names, name)
	}
	kind := anyID.ReplaceAllString(u.Path, "*")
	if len(names) > 0 { // filters and pages of lists: one of each
		kind += "?"
	}
	return kind
}

// crawl opens every page that links lead to from where the browser is, one of each
// kind, and looks at it.
func crawl(t *testing.T, p *browsertest.Page, base, name string, least int) {
	t.Helper()
	queue, seen := []string{base + "/admin/"}, map[string]bool{"/admin/": true}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if !isPage(p, at) {
			continue
		}
		if status := p.Go(at); status != 200 {
			t.Errorf("%s leads to %d", at, status)
			continue
		}
		u, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		look(p, name+strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(kindOf(u), "-"), "-"))
		var wide, inner int
		p.Eval("document.documentElement.scrollWidth", &wide)
		if p.Eval("innerWidth", &inner); wide > inner {
			t.Errorf("%s is %d pixels wide on a screen of %d", at, wide, inner)
		}
		for _, link := range links(t, p) {
			if next, err := url.Parse(link); err == nil && strings.HasPrefix(link, base+"/admin") && !seen[kindOf(next)] {
				seen[kindOf(next)] = true
				queue = append(queue, link)
			}
		}
	}
	t.Logf("%s: %d kinds of pages", name, len(seen))
	if len(seen) < least {
		t.Errorf("only %d kinds of pages were found: %v", len(seen), seen)
	}
}

// isPage says whether an address is one of our pages: not a file to keep, nor
// something that others wrote, shown in a sandbox where no script may run.
func isPage(p *browsertest.Page, address string) (yes bool) {
	p.Eval(`fetch(`+strconv.Quote(address)+`).then(r => (r.headers.get("Content-Type") ?? "").startsWith("text/html") &&
		!(r.headers.get("Content-Security-Policy") ?? "").includes("sandbox"))`, &yes)
	return yes
}

// links lists where the page leads within this site; files are left to other tests.
func links(t *testing.T, p *browsertest.Page) []string {
	t.Helper()
	var found json.RawMessage
	p.Eval(`[...document.querySelectorAll("a[href]:not([download])")].map(a => a.href.split("#")[0])`, &found)
	var all []string
	if err := json.Unmarshal(found, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// Every page that an owner can reach is accessible, in both languages, at a desk in
// light and on a phone in dark.
func TestEveryPageOfOperatorsIsAccessible(t *testing.T) {
	t.Parallel()
	base, signIn, _ := demo(t)
	p := browsertest.Open(t)
	p.Lang("ja")
	p.Go(signIn)
	look(p, "ja-link")
	p.Follow("main .button-main")
	crawl(t, p, base, "ja-", 30)
	p.Go(base + "/admin/")
	p.Follow(`.whoami button[lang="en"]`)
	p.Dark(true)
	p.Size(390, 844)
	crawl(t, p, base, "en-phone-", 30)
}
