package web

import (
	"net/http"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// TestWhoeverActedIsNamed names an API key that acted, and says of programs what they are.
func TestWhoeverActedIsNamed(t *testing.T) {
	t.Parallel()
	h := settled(t)
	all, err := h.accounts.Workspaces(t.Context(), h.db)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	_, key, err := h.accounts.CreateAPIKey(t.Context(), account.By{Actor: account.Actor{Kind: account.ActorCLI}}, all[0].ID, account.KeyForm{
		Name: "名簿連携", Scopes: []account.Scope{account.ProvisionRead}, ExpiresAt: now.Add(time.Hour),
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	err = h.db.Write(t.Context(), func(tx *store.Tx) error {
		for _, actor := range []account.Actor{{Kind: account.ActorAPIKey, ID: key.ID}, {Kind: account.ActorAPIKey, ID: key.ID + 1<<40}, {Kind: account.ActorSystem}} {
			if err := h.accounts.Audit(t.Context(), tx, account.Entry{Workspace: all[0].ID, Actor: actor, Action: "provision.run.hand"}, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	h.owner(i18n.Ja).get("/admin/audit").is(http.StatusOK).sound().has("API キー「名簿連携」", ">API キー<", "システム", "コマンド操作")
	h.owner(i18n.En).get("/admin/audit").is(http.StatusOK).sound().has("API key “名簿連携”", "The program")
}
