package browsertest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Go opens an address, waits until the page has loaded and returns its HTTP status.
func (p *Page) Go(url string) int {
	p.tb.Helper()
	return int(run(p, "go to "+url, chromedp.NavigateResponse(url)).Status)
}

// URL is where the page is now, after redirects.
func (p *Page) URL() string {
	p.tb.Helper()
	return run(p, "location", chromedp.Location())
}

// Click clicks the first visible element and does not wait for what follows; see Follow.
func (p *Page) Click(selector string) {
	p.tb.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Follow clicks a link or a button, waits until the next page has loaded and
// returns its HTTP status.
func (p *Page) Follow(selector string) int {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector)))
	if err != nil {
		p.tb.Fatalf("browsertest: follow %s: %v%s", selector, err, p.place())
	}
	return int(answer.Status)
}

// Fill replaces the text of a field as a person pasting it would.
func (p *Page) Fill(selector, text string) {
	p.tb.Helper()
	p.do("fill "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Focus(chromedp.CSS(selector)))
	p.call("fill "+selector, selector, `el.select && el.select()`)
	if text == "" {
		p.Press(kb.Delete)
		return
	}
	p.do("fill "+selector, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// Set gives a value to a field that is not typed into: a list, a date, a colour.
func (p *Page) Set(selector, value string) {
	p.tb.Helper()
	quoted, err := json.Marshal(value)
	if err != nil {
		p.tb.Fatalf("browsertest: set %s: %v", selector, err)
	}
	p.WaitFor(selector)
	p.call("set "+selector, selector, `el.value = `+string(quoted)+`;
		el.dispatchEvent(new Event("input", {bubbles: true})); el.dispatchEvent(new Event("change", {bubbles: true}))`)
}

// Upload chooses files in a file field.
func (p *Page) Upload(selector string, files ...string) {
	p.tb.Helper()
	p.do("upload "+selector, chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// Press types keys into whatever has the focus: text, or keys by name from
// package kb of chromedp, such as kb.Tab and kb.Escape.
func (p *Page) Press(keys string) {
	p.tb.Helper()
	p.do("press", chromedp.KeyEvent(keys))
}

// Tab presses the tabulator and Escape the escape key: the two that tests of
// keyboard use ask for most.
func (p *Page) Tab() { p.tb.Helper(); p.Press(kb.Tab) }

// Escape presses the escape key.
func (p *Page) Escape() { p.tb.Helper(); p.Press(kb.Escape) }

// Screenshot writes the whole page as PNG, making the folder where needed.
func (p *Page) Screenshot(file string) {
	p.tb.Helper()
	picture := run(p, "screenshot", chromedp.FullScreenshot(100))
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		p.tb.Fatalf("browsertest: screenshot: %v", err)
	}
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		p.tb.Fatalf("browsertest: screenshot: %v", err)
	}
}

// call runs a script with the first element of the selector as el.
func (p *Page) call(what, selector, script string) {
	p.tb.Helper()
	quoted, err := json.Marshal(selector)
	if err != nil {
		p.tb.Fatalf("browsertest: %s: %v", what, err)
	}
	run(p, what, chromedp.Evaluate[chromedp.Void](`{ const el = document.querySelector(`+string(quoted)+`); `+script+` }`))
}

// until asks the page again and again until the answer is yes; what is read across
// a navigation may fail in between, and only time decides.
func (p *Page) until(what, question string) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](question))
		if err == nil && yes {
			return
		}
		select {
		case <-ctx.Done():
			p.tb.Fatalf("browsertest: waited in vain for %s (%v)%s", what, err, strings.TrimRight(p.place(), "\n"))
		case <-tick.C:
		}
	}
}
