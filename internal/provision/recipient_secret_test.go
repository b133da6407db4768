package provision

import (
	"slices"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestASecretStaysWithItsServer holds that what one server was trusted with is never sent to
// another, and that nobody is told of stops without a signature.
func TestASecretStaysWithItsServer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		all := Secrets{Password: "a", Token: "b", HookKey: "c"}
		for name, one := range map[string]struct {
			change func(*RecipientTerms)
			kept   []string
		}{
			"nothing":      {func(*RecipientTerms) {}, []string{"password", "token", "hook_key"}},
			"the path":     {func(r *RecipientTerms) { r.Target.URL = "https://a.example.jp/other" }, []string{"password", "token", "hook_key"}},
			"the host":     {func(r *RecipientTerms) { r.Target.URL = "https://evil.example.jp/in" }, []string{"password", "hook_key"}},
			"the port":     {func(r *RecipientTerms) { r.Target.URL = "https://a.example.jp:8443/in" }, []string{"password", "hook_key"}},
			"another user": {func(r *RecipientTerms) { r.Target.User = "other" }, []string{"token", "hook_key"}},
			"no hook":      {func(r *RecipientTerms) { r.StopHook = "" }, []string{"password", "token"}},
		} {
			to := h.to(all, func(r *RecipientTerms) {
				r.Target, r.StopHook = Target{Kind: ByHTTPS, URL: "https://a.example.jp/in", User: "us"}, "https://a.example.jp/stop"
			})
			terms := to.RecipientTerms
			one.change(&terms)
			next, err := h.runs.EditRecipient(t.Context(), h.planner, to, terms, Secrets{}, h.now)
			if err != nil || !slices.Equal(next.HasSecrets, one.kept) {
				t.Errorf("%s: %v, %v", name, next.HasSecrets, err)
			}
		}
		to := h.to(all, func(r *RecipientTerms) { r.StopHook = "https://a.example.jp/stop" })
		terms := to.RecipientTerms
		terms.StopHook = "https://b.example.jp/stop"
		if _, err := h.runs.EditRecipient(t.Context(), h.planner, to, terms, Secrets{}, h.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("a hook without a key: %v", err)
		}
		if _, err := h.runs.CreateRecipient(t.Context(), h.planner, h.ws, terms, Secrets{}, h.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("a hook without a key: %v", err)
		}
	})
}
