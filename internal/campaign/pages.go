package campaign

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Pages answers a GET for one of our own public paths, as a stranger without a session
// is answered: the status and the body.
type Pages func(ctx context.Context, path string) (status int, body string, err error)

// The pages that labels lead to.
const (
	pageSender = "sender"
	pageExit   = "exit"
	// pageStop is the preference page, for its way to stop everything.
	pageStop = "stop_all"
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
			if s.state != "fine" {
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
// in a mail to one of its people; looking at it changes nothing. A workspace without
// people has none to look at.
func (b *Book) look(ctx context.Context, r store.Reader, ws account.Workspace) (map[string]sight, error) {
	paths := map[string]string{pageSender: "/s/" + ws.Slug}
	var address, topic int64
	err := r.QueryRow(ctx, sqlSomebody, ws.ID, ws.ID).Scan(&address, &topic)
	switch {
	case err == nil:
		token := keyring.Token{Workspace: ws.ID, Address: address, Topic: topic, IssuedAt: b.Clock(), Purpose: keyring.Unsubscribe}
		paths[pageExit] = "/unsubscribe/" + b.Ring.Sign(token)
		token.Purpose = keyring.Preferences
		paths[pageStop] = "/preferences/" + b.Ring.Sign(token)
	case !fault.Is(err, fault.NotFound):
		return nil, err
	}
	seen := map[string]sight{}
	for page, path := range paths {
		status, body, err := b.Pages(ctx, path)
		if err != nil {
			return nil, err
		}
		s := sight{state: "fine", status: status}
		if status != http.StatusOK || strings.Contains(body, `type="password"`) || page == pageStop && !strings.Contains(body, stopMark) {
			s.state = "broken"
		}
		seen[page] = s
	}
	return seen, nil
}

// pages tells the rules how the linked pages stand: by the last look, or by one now
// where that is too old.
func (b *Book) pages(ctx context.Context, r store.Reader, ws account.Workspace, now time.Time) (law.TemplatePages, error) {
	out := law.TemplatePages{State: "unknown"}
	if b.Pages == nil {
		return out, nil
	}
	seen := map[string]sight{}
	for _, page := range []string{pageSender, pageExit, pageStop} {
		var s sight
		var at int64
		err := r.QueryRow(ctx, sqlPage, ws.ID, page).Scan(&s.state, &at)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return out, err
		}
		if err == nil && s.state == "fine" && now.Sub(store.Time(at)) < pageLife {
			seen[page] = s
		}
	}
	if len(seen) < 3 {
		var err error
		if seen, err = b.look(ctx, r, ws); err != nil {
			return out, err
		}
	}
	out.State = "fine"
	for _, page := range []string{pageSender, pageExit} {
		if s, ok := seen[page]; ok && s.state != "fine" {
			out.State = "broken"
		}
	}
	stop, ok := seen[pageStop]
	out.StopAll = !ok || stop.state == "fine"
	return out, nil
}

// exits says whether a class leads to pages at all.
func exits(c compose.Class) bool { return c.NeedsExit() }
