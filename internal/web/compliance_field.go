package web

import (
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// contactOf reads the ID in the field "contact"; an empty field is nobody, 0.
func contactOf(form page.Form) (int64, error) {
	text := strings.TrimSpace(form.Get("contact"))
	if text == "" {
		return 0, nil
	}
	id, err := store.ParsePublic(contact.Prefix, text)
	if err != nil {
		return 0, fault.Bad("contact", "web.holds.no_contact")
	}
	return id, nil
}

// formFor reads which entry of a list is meant, from the path, and what was typed.
func (c *Call) formFor(prefix string) (int64, page.Form, error) {
	id, err := c.ID(prefix, "id")
	if err != nil {
		return 0, page.Form{}, err
	}
	form, err := c.Form()
	return id, form, err
}

// dayOf reads a day of the workspace's calendar; the zero time is none.
func (c *Call) dayOf(text string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(text), c.Zone)
	if err != nil {
		return time.Time{} // the room asks for it
	}
	return t
}

// options are choices named by a prefix of the catalogue and their value.
func options(values []string, prefix string) (out []page.Option) {
	for _, v := range values {
		out = append(out, page.Option{Value: v, Key: prefix + v})
	}
	return out
}
