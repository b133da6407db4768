package campaign

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Pages asks our own public pages, as a stranger without a session or a cookie is answered.
type Pages interface {
	// Open is a GET: the status and the body.
	Open(ctx context.Context, path string) (status int, body string, err error)
	// Press is a POST with a form in an encoding: the status, and whether the answer sends
	// the caller elsewhere or sets a cookie.
	Press(ctx context.Context, path, encoding, body string) (status int, astray bool, err error)
}

// The pages that labels lead to.
const (
	pageSender = "sender"
	pageExit   = "exit"
	// pageStop is the preference page, for its way to stop everything.
	pageStop = "stop_all"
	// pageAsks is what the exit page asks for, pageSafe whether opening it changes nothing,
	// pagePress whether a mail program's press is taken.
	pageAsks  = "exit_asks"
	pageSafe  = "exit_safe"
	pagePress = "one_click"
)

// pageLife is how long a look at a page counts: a day, and an hour for the job.
const pageLife = 25 * time.Hour

// stopMark is in the preference page where everything can be stopped.
const stopMark = `value="all"`

// LookAtPages looks at the pages that every workspace's labels lead to and notes what
// they answered (SEMR 7(1)(iii), 8: they must open and ask for no sign-in). It runs daily.
func (b *Book) LookAtPages(ctx context.Context, now time.Time) error {
	all, err := b.Accounts.Workspaces(ctx, b.DB)
	if err != nil {
		return wrap("look at pages", err)
	}
	var failed []error
	for _, ws := range all {
		failed = append(failed, b.lookAt(ctx, ws, now))
	}
	return wrap("look at pages", errors.Join(failed...))
}

func (b *Book) lookAt(ctx context.Context, ws account.Workspace, now time.Time) error {
	seen, err := b.look(ctx, b.DB, ws)
	if err != nil {
		return err
	}
	return b.DB.Write(ctx, func(tx *store.Tx) error {
		for page, s := range seen {
			if s.state != fine {
				b.Log.Error("a page that mails lead to does not open", "page", page, "status", s.status)
			}
			if _, err := tx.Exec(ctx, sqlPutPage, ws.ID, page, s.state, s.status, store.Micros(now)); err != nil {
				return err
			}
		}
		return nil
	})
}

// sight is what a page answered.
type sight struct {
	state  string
	status int
}

// look asks for the pages of a workspace. The exit page is asked for as it is linked
// in a mail to one of its people; looking at it changes nothing, and whether that is so is
// looked at too. A workspace without people has none to look at.
func (b *Book) look(ctx context.Context, r store.Reader, ws account.Workspace) (map[string]sight, error) {
	seen := map[string]sight{}
	sender, _, err := b.open(ctx, "/s/"+ws.Slug)
	if err != nil {
		return nil, err
	}
	seen[pageSender] = sender
	var address, topic int64
	err = r.QueryRow(ctx, sqlSomebody, ws.ID, ws.ID).Scan(&address, &topic)
	if fault.Is(err, fault.NotFound) {
		return seen, nil
	}
	if err != nil {
		return nil, err
	}
	token := keyring.Token{Workspace: ws.ID, Address: address, Topic: topic, IssuedAt: b.Clock(), Purpose: keyring.Unsubscribe}
	for _, look := range []func(context.Context, store.Reader, keyring.Token, map[string]sight) error{b.lookAtExit, b.lookAtStop, b.press} {
		if err := look(ctx, r, token, seen); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// open asks for a page.
func (b *Book) open(ctx context.Context, path string) (sight, string, error) {
	status, body, err := b.Pages.Open(ctx, path)
	s := sight{state: fine, status: status}
	if status != http.StatusOK || strings.Contains(body, `type="password"`) {
		s.state = broken
	}
	return s, body, err
}

// lookAtExit opens the page behind a link of an unsubscribe link's kind, counts what it
// asks for (OUT-06) and sees whether the permission stands as before (OUT-10).
func (b *Book) lookAtExit(ctx context.Context, r store.Reader, t keyring.Token, seen map[string]sight) error {
	page, body, err := b.open(ctx, "/unsubscribe/"+b.Ring.Sign(t))
	if err != nil {
		return err
	}
	asks, safe := sight{state: fine, status: asksFor(body)}, sight{state: fine}
	if asks.status > 0 {
		asks.state = broken
	}
	states, err := b.Consent.State(ctx, r, t.Address)
	if err != nil {
		return err
	}
	if states[t.Topic].Status != consent.StatusGiven {
		safe.state = broken
	}
	seen[pageExit], seen[pageAsks], seen[pageSafe] = page, asks, safe
	return nil
}

func (b *Book) lookAtStop(ctx context.Context, _ store.Reader, t keyring.Token, seen map[string]sight) error {
	t.Purpose = keyring.Preferences
	s, body, err := b.open(ctx, "/preferences/"+b.Ring.Sign(t))
	if !strings.Contains(body, stopMark) {
		s.state = broken
	}
	seen[pageStop] = s
	return err
}

// press tries the one-click exit in both encodings of RFC 8058 3.1, with the link of
// nobody: nothing is recorded.
func (b *Book) press(ctx context.Context, _ store.Reader, t keyring.Token, seen map[string]sight) error {
	t.Address, t.Topic = nobody, 0
	s := sight{state: fine}
	for encoding, body := range map[string]string{
		"application/x-www-form-urlencoded": "List-Unsubscribe=One-Click",
		"multipart/form-data; boundary=x":   "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n",
	} {
		status, astray, err := b.Pages.Press(ctx, "/unsubscribe/"+b.Ring.Sign(t), encoding, body)
		if err != nil {
			return err
		}
		if s.status = status; status != http.StatusOK || astray {
			s.state = broken
			break
		}
	}
	seen[pagePress] = s
	return nil
}

// nobody is an address that no workspace has: ids never grow so far.
const nobody = 1<<62 - 1

// The states of a page.
const (
	fine   = "fine"
	broken = "broken"
)

// question finds what a form asks for besides its buttons and what it brings along.
var question = regexp.MustCompile(`<(?:input|select|textarea)\b[^>]*>`)

// unasked are the kinds of input that ask nothing of the reader.
var unasked = regexp.MustCompile(`type="(?:hidden|submit|button|radio)"`)

// asksFor counts what a page asks a reader for besides the choice itself.
func asksFor(body string) (n int) {
	for _, tag := range question.FindAllString(body, -1) {
		if !unasked.MatchString(tag) {
			n++
		}
	}
	return n
}

// pages tells the rules how the linked pages stand: by the last look, or by one now
// where that is too old.
func (b *Book) pages(ctx context.Context, r store.Reader, ws account.Workspace, now time.Time) (law.TemplatePages, error) {
	out := unknownPages()
	out.Secure = openly(b.Links.PublicURL)
	if b.Pages == nil {
		return out, nil
	}
	seen := map[string]sight{}
	looked := []string{pageSender, pageExit, pageStop, pageAsks, pageSafe, pagePress}
	for _, page := range looked {
		var s sight
		var at int64
		err := r.QueryRow(ctx, sqlPage, ws.ID, page).Scan(&s.state, &at)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return out, err
		}
		if err == nil && s.state == fine && now.Sub(store.Time(at)) < pageLife {
			seen[page] = s
		}
	}
	if len(seen) < len(looked) {
		var err error
		if seen, err = b.look(ctx, r, ws); err != nil {
			return out, err
		}
	}
	out.State = fine
	for _, page := range []string{pageSender, pageExit} {
		if s, ok := seen[page]; ok && s.state != fine {
			out.State = broken
		}
	}
	stop, ok := seen[pageStop]
	out.StopAll = !ok || stop.state == fine
	out.ExitAsks, out.ExitChanges = seen[pageAsks].status, seen[pageSafe].state == broken
	if s, ok := seen[pagePress]; ok {
		out.OneClick = s.state
	}
	return out, nil
}

// unknownPages are pages that nobody looked at.
func unknownPages() law.TemplatePages {
	return law.TemplatePages{State: "unknown", OneClick: "unknown"}
}

// openly says whether links lead over https, as RFC 8058 3.1 asks; this very machine, where
// the demo lives, needs none.
func openly(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return u.Scheme == "https" || host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// exits says whether a class leads to pages at all.
func exits(c compose.Class) bool { return c.NeedsExit() }
