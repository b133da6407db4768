package web

import (
	"net/http"
	"testing"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestTheLastLookNamesWhoIsLeftOut shows, before a campaign leaves, how many do not get
// it and by which rule: with its text, what kind of rule it is and where it stands.
func TestTheLastLookNamesWhoIsLeftOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		one := "/admin/campaigns/" + w.draft.PublicID() + "/send"
		w.owner(i18n.Ja).get(one).is(http.StatusOK).sound().
			has("届かない方とその理由", "OUT-01 · 法令 · 特定電子メール法 第3条第3項").lacks("全員ではありません")
		w.owner(i18n.En).get(one).is(http.StatusOK).sound().
			has("Excluded, because …", "OUT-01 · statute · Act on Specified Electronic Mail, Art. 3(3)").lacks("but not everybody")
	})
}
