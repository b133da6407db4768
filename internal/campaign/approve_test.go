package campaign

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// Warnings about the audience cannot be edited away, so they must not take the approval
// from those whom the policy lets approve: nobody else might be left.
func TestWhoApprovesByThePolicy(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		second := Finding{Severity: compose.Amber, Field: "approval", SecondPerson: true}
		silent, text := Finding{Severity: compose.Amber, Field: fieldAudience, Rule: "DLV-06"}, Finding{Severity: compose.Amber, Field: "subject"}
		for _, c := range []struct {
			role     account.Role
			findings []Finding
			act      account.Act
		}{
			{account.Marketer, []Finding{text}, account.ApproveAmber},
			{account.Marketer, []Finding{second}, account.SendCampaign},
			{account.Marketer, []Finding{second, silent}, account.SendCampaign},
			{account.Marketer, []Finding{second, silent, text}, account.ApproveAmber},
			{account.Legal, []Finding{second, silent}, account.ApproveAmber},
			{account.Owner, []Finding{second, silent}, account.ManageSettings},
		} {
			if err := w.SetPolicy(t.Context(), w.owner, w.ws.ID, Policy{Every: true, Role: c.role, Times: 10}, w.now); err != nil {
				t.Fatal(err)
			}
			got, err := w.approvalAct(t.Context(), db, Campaign{Workspace: w.ws.ID}, c.findings)
			if err != nil || got != c.act {
				t.Errorf("role %s, %d findings: %v, want %v (%v)", c.role, len(c.findings), got, c.act, err)
			}
		}
	})
}
