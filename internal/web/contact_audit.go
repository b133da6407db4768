package web

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/store"
)

// note writes a line of the audit log, in the transaction of what it tells.
func (c *Call) note(tx *store.Tx, e account.Entry) error {
	by := c.By()
	e.Workspace, e.Actor, e.Network = c.Workspace.ID, by.Actor, by.Network
	return c.site.Accounts.Audit(c.Context(), tx, e, c.Now)
}

// takes writes the line about personal data that leave, if role and reason allow it (SEC-01).
func (c *Call) takes(tx *store.Tx, act account.Act, e account.Entry) error {
	e.Workspace = c.Workspace.ID
	return duty.Export(c.Context(), tx, c.site.Accounts, c.site.Gate.Rules(), duty.Taking{By: c.By(), Act: act, Entry: e}, c.Now)
}

// line is a typed text as one line, without spaces around it.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }

// block is a typed text of many lines: one kind of line end, no blanks around it.
func block(text string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
}
