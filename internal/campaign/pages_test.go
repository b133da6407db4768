package campaign

import (
	"context"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// wrongPages are public pages with something wrong.
type wrongPages struct {
	body   string
	opened func(path string)
	status int
	astray bool
}

func (p wrongPages) Open(_ context.Context, path string) (int, string, error) {
	if p.opened != nil {
		p.opened(path)
	}
	return 200, p.body, nil
}

func (p wrongPages) Press(context.Context, string, string, string) (int, bool, error) {
	return p.status, p.astray, nil
}

// TestOurOwnPagesAreTried: what is found at the pages that mails lead to keeps advertising
// here, by the rule.
func TestOurOwnPagesAreTried(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		one := w.readers(1)[0]
		const sound = `<form method="post"><input type="hidden" name="scope" value="all"><button name="scope" value="all">止める</button></form>`
		for name, c := range map[string]struct {
			pages Pages
			url   string
			rule  law.RuleID
		}{
			"sound":                  {wrongPages{body: sound, status: 200}, "", ""},
			"asks for a reason":      {wrongPages{body: sound + `<textarea name="why" required></textarea>`, status: 200}, "", "OUT-06"},
			"asks for a login":       {wrongPages{body: sound + `<input type="text" name="user">`, status: 200}, "", "OUT-06"},
			"one click goes astray":  {wrongPages{body: sound, status: 200, astray: true}, "", "OUT-11"},
			"one click is refused":   {wrongPages{body: sound, status: 415}, "", "OUT-11"},
			"no way to stop it all":  {wrongPages{body: "<p>", status: 200}, "", "OUT-07"},
			"not over https":         {wrongPages{body: sound, status: 200}, "http://k.example.jp", "ID-04"},
			"https is not needed by": {wrongPages{body: sound, status: 200}, "http://127.0.0.1:8080", ""},
		} {
			b := *w.Book
			if b.Pages = c.pages; c.url != "" {
				b.Links.PublicURL = c.url
			}
			got := b.found(t, w.ws)
			if (c.rule == "") != (len(got) == 0) || c.rule != "" && !got[c.rule] {
				t.Errorf("%s: %v", name, got)
			}
		}
		b := *w.Book
		b.Pages = wrongPages{body: sound, status: 200, opened: func(path string) {
			if strings.HasPrefix(path, "/unsubscribe/") { // a link that refuses when it is opened
				w.write(func(ctx context.Context, tx *store.Tx) error { return w.said(ctx, tx, one, consent.ActionWithdrawn) })
			}
		}}
		if got := b.found(t, w.ws); !got["OUT-10"] {
			t.Errorf("a link that refuses by itself: %v", got)
		}
	})
}

// found are the rules about pages that an advertisement to everywhere would break.
func (b *Book) found(t *testing.T, ws account.Workspace) map[law.RuleID]bool {
	t.Helper()
	pages, err := b.pages(t.Context(), b.DB, ws, b.Clock())
	if err != nil {
		t.Fatal(err)
	}
	out := map[law.RuleID]bool{}
	f := &law.TemplateFacts{Now: b.Clock(), Reach: law.JP | law.US, Class: law.Ad, Channel: "mail", Pages: pages}
	for _, found := range b.Gate.Rules().Template(f) {
		switch found.Rule.ID {
		case "OUT-06", "OUT-07", "OUT-10", "OUT-11", "ID-04", "LBL-10":
			out[found.Rule.ID] = true
		}
	}
	return out
}
