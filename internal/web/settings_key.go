package web

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const keysPath = settingsPath + "/keys"

// keysPage lists the keys of programs.
type keysPage struct{ Keys []keyRow }

// keyRow is a key as the list shows it.
type keyRow struct {
	account.APIKey
	Public string
	// Live says that the key works now.
	Live bool
}

// StateKey is the catalogue key of the state's word.
func (k keyRow) StateKey() string {
	switch {
	case k.Live:
		return "web.keys.state.live"
	case !k.RevokedAt.IsZero():
		return "web.keys.state.revoked"
	default:
		return "web.keys.state.ended"
	}
}

// keyNewPage asks for a new key.
type keyNewPage struct {
	Form   page.Form
	Scopes []page.Option
	Lives  []page.Option
}

// keyMadePage shows the secret this once.
type keyMadePage struct {
	Key    account.APIKey
	Secret string
}

func (s *Site) keyList(c *Call) error {
	keys, err := s.Accounts.APIKeys(c.Context(), c.Workspace.ID)
	if err != nil {
		return err
	}
	var p keysPage
	for _, k := range keys {
		p.Keys = append(p.Keys, keyRow{k, store.Public(account.KeyPrefix, k.ID), k.RevokedAt.IsZero() && k.ExpiresAt.After(c.Now)})
	}
	return c.Render("keys", p)
}

// lives are how long a key may live, in days.
var lives = [...]struct {
	value string
	days  int
}{{"30", 30}, {"90", 90}, {"180", 180}, {"365", 365}}

func newKeyNewPage(form page.Form) keyNewPage {
	p := keyNewPage{Form: form}
	for _, scope := range account.Scopes() {
		p.Scopes = append(p.Scopes, page.Option{Value: string(scope), Text: string(scope), Help: "account.scope." + string(scope)})
	}
	for _, l := range lives {
		p.Lives = append(p.Lives, page.Option{Value: l.value, Key: "web.keys.life_" + l.value})
	}
	return p
}

func (s *Site) keyNew(c *Call) error {
	return c.Render("key_new", newKeyNewPage(page.FormOf("", "expires_at", "90")))
}

func (s *Site) keyCreate(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	f := account.KeyForm{Name: form.Get("name")}
	for _, scope := range form.Values["scopes"] {
		f.Scopes = append(f.Scopes, account.Scope(scope))
	}
	for _, l := range lives {
		if form.Get("expires_at") == l.value {
			f.ExpiresAt = c.Now.Add(time.Duration(l.days) * 24 * time.Hour)
		}
	}
	secret, key, err := s.Accounts.CreateAPIKey(c.Context(), c.By(), c.Workspace.ID, f, c.Now)
	if form.Take(err) {
		return c.RenderForm("key_new", newKeyNewPage(form))
	}
	if err != nil {
		return err
	}
	return c.Render("key_made", keyMadePage{key, secret})
}

func (s *Site) keyRevoke(c *Call) error {
	id, err := c.ID(account.KeyPrefix, "id")
	if err != nil {
		return err
	}
	if err := s.Accounts.RevokeAPIKey(c.Context(), c.By(), c.Workspace.ID, id, c.Now); err != nil {
		return err
	}
	return c.Done(keysPath, "web.keys.revoked")
}
