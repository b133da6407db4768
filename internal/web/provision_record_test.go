package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// TestWhatWentOutIsFoundByAddressAfterAnErasure holds that "to whom has this person's data gone?"
// is answered by the address alone once the person is erased, and once the address came back.
func TestWhatWentOutIsFoundByAddressAfterAnErasure(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v, en := h.owner(i18n.Ja), h.owner(i18n.En)
	takako := h.somebody("高子", "takako@example.jp")
	programme, recipient := h.running()
	planned := v.plan(programme, recipient, "fields", "family_name")
	h.left(strings.TrimPrefix(planned.url.Path, runsPath+"/"))
	asked := "/admin/records?contact=takako%40example.jp"
	v.get(asked).is(http.StatusOK).sound().has("名簿の提供", takako)
	v.post("/admin/contacts/"+takako+"/erase", "reason", "本人の求め", "sure", "1").is(http.StatusOK)
	v.get(asked).is(http.StatusOK).sound().has("名簿の提供", takako)
	if again := h.somebody("高子", "takako@example.jp"); again == takako {
		t.Fatal("who was erased came back")
	}
	v.get(asked).is(http.StatusOK).sound().has("名簿の提供", takako)
	en.get(asked).is(http.StatusOK).sound().has("To whom the data went of takako@example.jp")
	v.get("/admin/records?contact=other%40example.jp").is(http.StatusOK).sound().has("どこにも渡していません").lacks("名簿の提供")
	v.get("/admin/records?contact=nobody").is(http.StatusUnprocessableEntity).sound().has("メールアドレスか、con_ で始まる")
	h.member(account.Marketer).get(asked).is(http.StatusForbidden)
}
