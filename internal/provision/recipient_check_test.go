package provision

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestWhatARecipientCannotBe holds which inputs are refused, each by its name.
func TestWhatARecipientCannotBe(t *testing.T) {
	t.Parallel()
	sftp := func(change func(*Target)) func(*RecipientTerms) {
		return func(r *RecipientTerms) {
			r.Target = Target{Kind: BySFTP, Host: "sftp.example.jp:22", User: "u", Folder: "/in", HostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7hZHVBc0hFkXlNUl6fqSYvLkNjAh0UZXbBNrjqOVEL"}
			change(&r.Target)
		}
	}
	for name, c := range map[string]struct {
		field  string
		change func(*RecipientTerms)
	}{
		"whole":               {"", func(*RecipientTerms) {}},
		"a server":            {"", sftp(func(*Target) {})},
		"another country":     {"", func(r *RecipientTerms) { r.Country = "US" }},
		"no country":          {"country", func(r *RecipientTerms) { r.Country = "ZZ" }},
		"a union":             {"country", func(r *RecipientTerms) { r.Country = "EU" }},
		"not its code":        {"country", func(r *RecipientTerms) { r.Country = "UK" }},
		"small letters":       {"country", func(r *RecipientTerms) { r.Country = "jp" }},
		"a private code":      {"country", func(r *RecipientTerms) { r.Country = "QX" }},
		"no server":           {"target.host", sftp(func(t *Target) { t.Host = ":22" })},
		"no port":             {"target.host", sftp(func(t *Target) { t.Host = "sftp.example.jp:ssh" })},
		"a port too high":     {"target.host", sftp(func(t *Target) { t.Host = "sftp.example.jp:70000" })},
		"a user without end":  {"target.user", sftp(func(t *Target) { t.User = strings.Repeat("u", mostText+1) })},
		"a folder with zeros": {"target.folder", sftp(func(t *Target) { t.Folder = "/in\x00" })},
		"no UTF-8":            {"name", func(r *RecipientTerms) { r.Name = "\xff" }},
		"a name too long":     {"name", func(r *RecipientTerms) { r.Name = strings.Repeat("a", mostText+1) }},
	} {
		terms := firm()
		c.change(&terms)
		err := terms.check()
		if c.field == "" && err != nil || c.field != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.field+" provision.")) {
			t.Errorf("%s: want %q, got %v", name, c.field, err)
		}
	}
}

// TestAnUnknownFieldIsRefusedByName holds that nothing is notified of which no contact has a field,
// neither drafted nor frozen after the field had gone.
func TestAnUnknownFieldIsRefusedByName(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.ownFields()
		with := func(field string) Items {
			items := complete()
			items.Data = append(items.Data, DataItem{field, Text{Ja: "欄"}})
			return items
		}
		for _, field := range []string{"passport", "attr:nothing", "number", "Family_name", "email "} {
			_, err := h.book.Create(t.Context(), clerk, Programme{Workspace: h.ws, Name: "名簿", Class: OptOut, Draft: with(field)}, h.now)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "data[2].field provision.data.unknown") {
				t.Errorf("%q: %v", field, err)
			}
		}
		p := h.create(OptOut, with("attr:number"))
		if err := h.book.Edit(t.Context(), clerk, p, with("passport"), h.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("edited: %v", err)
		}
		h.write(func(tx *store.Tx) error {
			return done(tx.Exec(t.Context(), `DELETE FROM attribute WHERE workspace_id = ? AND key = 'number'`, h.ws))
		})
		if _, err := h.book.Freeze(t.Context(), clerk, Programme{ID: p.ID, Workspace: h.ws}, h.now); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "data[2].field") {
			t.Errorf("frozen: %v", err)
		}
	})
}
