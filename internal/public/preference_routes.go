package public

import (
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// preferenceRoutes are the ways out and what explains them.
func (s *Site) preferenceRoutes() []Route {
	return []Route{
		{Pattern: "GET /unsubscribe/{token}", Guard: ByToken, Handle: s.unsubscribeShow, Views: []string{"unsubscribe"}},
		{Pattern: "POST /unsubscribe/{token}", Guard: ByToken, Handle: s.unsubscribe, Views: []string{"unsubscribed"}},
		{Pattern: "POST /unsubscribe/{token}/undo", Guard: ByToken, Handle: s.unsubscribeUndo, Views: []string{"unsubscribe_undone"}},
		{Pattern: "POST /unsubscribe/{token}/reason", Guard: ByToken, Handle: s.unsubscribeReason, Views: []string{"unsubscribe_thanks"}},
		{Pattern: "GET /preferences", Handle: s.preferenceAsk, Views: []string{"preference_ask"}},
		{Pattern: "POST /preferences", Handle: s.preferenceSend, Views: []string{"preference_ask", "preference_sent"}},
		{Pattern: "GET /preferences/{token}", Guard: ByToken, Handle: s.preferenceShow, Views: []string{"preference"}},
		{Pattern: "POST /preferences/{token}", Guard: ByToken, Handle: s.preferenceSave, Views: []string{"preference"}},
		{Pattern: "POST /preferences/{token}/stop", Guard: ByToken, Handle: s.preferenceStop, Views: []string{"unsubscribed"}},
		{Pattern: "POST /preferences/{token}/renew", Guard: ByToken, Handle: s.preferenceRenew, Views: []string{"preference"}},
		{Pattern: "GET /why/{token}", Guard: ByToken, Handle: s.whyShow, Views: []string{"why"}},
		{Pattern: "GET /why/{token}/shown", Guard: ByToken, Handle: s.whyShown},
		{Pattern: "GET /s/{workspace}", Handle: s.senderShow, Views: []string{"sender"}},
		{Pattern: "GET /s/{workspace}/transmission", Handle: s.transmissionShow, Views: []string{"transmission"}},
	}
}

// act says how the visitor acted, as far as evidence keeps it. path is the page's
// without its token.
func act(v *page.Visit, path string) preference.Act {
	return preference.Act{Network: v.Client(), UserAgent: v.R.UserAgent(), Lang: v.Lang, Page: path}
}
