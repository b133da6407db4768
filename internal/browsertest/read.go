package browsertest

import (
	"encoding/json"
	"fmt"

	"github.com/chromedp/chromedp"
)

// Text is the visible text of the first element, for which it waits.
func (p *Page) Text(selector string) string {
	p.tb.Helper()
	p.WaitFor(selector)
	return run(p, "text of "+selector, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%s).innerText", p.quote(selector))))
}

// Value is what stands in a field.
func (p *Page) Value(selector string) string {
	p.tb.Helper()
	p.WaitFor(selector)
	return run(p, "value of "+selector, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%s).value", p.quote(selector))))
}

// Attribute is an attribute of the first element, "" when it has none.
func (p *Page) Attribute(selector, name string) string {
	p.tb.Helper()
	p.WaitFor(selector)
	return run(p, name+" of "+selector, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%s).getAttribute(%s) ?? ''", p.quote(selector), p.quote(name))))
}

// Has says whether the page has such an element now, visible or not.
func (p *Page) Has(selector string) bool { p.tb.Helper(); return p.Count(selector) > 0 }

// Count is the number of such elements now.
func (p *Page) Count(selector string) int {
	p.tb.Helper()
	return run(p, "count "+selector, chromedp.Evaluate[int](fmt.Sprintf("document.querySelectorAll(%s).length", p.quote(selector))))
}

// WaitFor waits until there is such an element.
func (p *Page) WaitFor(selector string) {
	p.tb.Helper()
	p.until(selector, fmt.Sprintf("document.querySelector(%s) !== null", p.quote(selector)))
}

// WaitGone waits until no such element is visible any more.
func (p *Page) WaitGone(selector string) {
	p.tb.Helper()
	p.until("the end of "+selector, fmt.Sprintf("![...document.querySelectorAll(%s)].some(el => el.checkVisibility())", p.quote(selector)))
}

// WaitText waits until the visible text of some such element contains the words.
func (p *Page) WaitText(selector, words string) {
	p.tb.Helper()
	p.until(fmt.Sprintf("%q in %s", words, selector),
		fmt.Sprintf("[...document.querySelectorAll(%s)].some(el => el.innerText.includes(%s))", p.quote(selector), p.quote(words)))
}

// Eval runs a script and decodes its value into out, a pointer, or nil to drop it.
// A promise is awaited.
func (p *Page) Eval(script string, out any) {
	p.tb.Helper()
	if out == nil {
		run(p, "eval", chromedp.Evaluate[chromedp.Void](script, chromedp.EvalAwaitPromise))
		return
	}
	raw := run(p, "eval", chromedp.Evaluate[[]byte](script, chromedp.EvalAwaitPromise))
	if err := json.Unmarshal(raw, out); err != nil {
		p.tb.Fatalf("browsertest: eval: %v in %s", err, raw)
	}
}

// quote writes a Go string as a script's.
func (p *Page) quote(s string) string {
	p.tb.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		p.tb.Fatalf("browsertest: %v", err)
	}
	return string(b)
}
