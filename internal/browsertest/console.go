package browsertest

import (
	"context"
	"slices"
	"sync"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// console collects what must not happen on any page: script errors, and what the
// content security policy had to stop. A 404 or a 500 is no complaint: tests ask
// for them on purpose and read the status.
type console struct {
	mu         sync.Mutex
	complaints []string
}

// listen starts collecting. It is called inside the loop that reads the browser's
// messages and therefore only appends.
func (c *console) listen(ctx context.Context) error {
	return chromedp.Listen(ctx, func(ev any) {
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			text := e.ExceptionDetails.Text
			if e.ExceptionDetails.Exception != nil {
				text += " " + e.ExceptionDetails.Exception.Description
			}
			c.add(text)
		case *cdplog.EventEntryAdded:
			if e.Entry.Source == cdplog.EntrySourceSecurity && e.Entry.Level == cdplog.EntryLevelError {
				c.add(e.Entry.Text)
			}
		}
	})
}

func (c *console) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.complaints = append(c.complaints, text)
}

func (c *console) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.complaints)
}

// Complaints returns the script errors and policy breaches so far and forgets them,
// for a test that provokes one.
func (p *Page) Complaints() []string {
	p.console.mu.Lock()
	defer p.console.mu.Unlock()
	said := p.console.complaints
	p.console.complaints = nil
	return said
}
