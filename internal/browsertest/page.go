package browsertest

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/kyodaku/kyodaku/internal/testcount"
)

// patience is how long an act waits for its element before the test fails.
const patience = time.Minute

// Page is one window of the browser. It belongs to one test; a failing act ends
// that test.
type Page struct {
	tb       testing.TB
	ctx      context.Context
	console  *console
	noScript bool
}

// Open opens an empty window with cookies of its own, closed with the test.
func Open(tb testing.TB) *Page {
	tb.Helper()
	parent, err := browser()
	if err != nil {
		tb.Fatalf("browsertest: %v", err)
	}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	p := &Page{tb: tb, ctx: ctx, console: &console{}}
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		tb.Fatalf("browsertest: open: %v", err)
	}
	if err := p.console.listen(ctx); err != nil {
		cancel()
		tb.Fatalf("browsertest: console: %v", err)
	}
	tb.Cleanup(func() {
		cancel()
		for _, complaint := range p.console.all() {
			tb.Errorf("browsertest: the page complained: %s", complaint)
		}
	})
	testcount.Ran(tb, testcount.Chromium)
	return p
}

// do runs acts with patience and fails the test when one fails.
func (p *Page) do(what string, acts ...chromedp.Action[chromedp.Void]) {
	p.tb.Helper()
	run(p, what, chromedp.Steps(acts...))
}

// run is do for an act with a value.
func run[T any](p *Page, what string, act chromedp.Action[T]) T {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, act)
	if err != nil {
		p.tb.Fatalf("browsertest: %s: %v%s", what, err, p.place())
	}
	return v
}

// place says where the page is, for messages.
func (p *Page) place() string {
	ctx, cancel := context.WithTimeout(p.ctx, time.Second)
	defer cancel()
	url, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return ""
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText.slice(0, 2000) : ''"))
	if err != nil {
		return "\nat " + url
	}
	return "\nat " + url + "\n" + text
}
