package web

import (
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// languageChoose changes the language of this browser and leads back.
func languageChoose(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	lang := i18n.Lang(form.Get("lang"))
	if !lang.Valid() {
		return fault.Bad("lang", "account.lang.unknown")
	}
	c.Remember(lang)
	return c.Redirect(page.LocalPath(form.Get("next"), root))
}
