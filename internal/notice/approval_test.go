package notice

import (
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestWhoMayApproveIsToldWhatWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, account.Proven)
		legal := map[int64]i18n.Lang{}
		for email, role := range map[string]account.Role{
			"ja@sample-shokai.example": account.Legal, "en@sample-shokai.example": account.Legal,
			"marketer@sample-shokai.example": account.Marketer, "viewer@sample-shokai.example": account.Viewer,
		} {
			lang := i18n.Ja
			if strings.HasPrefix(email, "en@") {
				lang = i18n.En
			}
			made, err := w.Accounts.Invite(t.Context(), w.by, account.Invite{Workspace: w.ws.ID, Email: email, Name: "高橋", Lang: lang, Role: role}, time.Now())
			must(t, err)
			if role == account.Legal {
				legal[made.Operator.ID] = lang
			}
		}
		sent, err := w.AskApproval(t.Context(), Wanted{Workspace: w.ws.ID, By: w.owner.ID, Act: account.ApproveAmber, Title: "春の*感謝祭* {{ sender.name }}", Path: "/admin/campaigns/cmp_1"}, time.Now())
		if err != nil || sent != len(legal) || len(w.box.items) != len(legal) {
			t.Fatalf("%d mails for %d legal officers: %v", sent, len(legal), err)
		}
		seen := ""
		for range legal {
			subject, text := w.read(w.written(<-w.box.items))
			seen += subject
			if !strings.Contains(text, "春の*感謝祭* {{ sender.name }}") || !strings.Contains(text, base+"/admin/campaigns/cmp_1") {
				t.Errorf("the mail does not say what waits, and where:\n%s", text)
			}
		}
		if !strings.Contains(seen, "承認のお願い") || !strings.Contains(seen, "Your approval is asked for") {
			t.Errorf("the subjects are %s", seen)
		}
	})
}
