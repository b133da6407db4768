package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

var shownLink = regexp.MustCompile(`http://[^<]*(/admin/link/[^<]+)`)

func TestAnInvitationBecomesAnOperator(t *testing.T) {
	t.Parallel()
	h := settled(t)
	owner := h.owner(i18n.Ja)
	owner.post("/admin/operators/invite", "name", "鈴木 一郎", "email", "no address", "role", "legal", "lang", "ja").is(http.StatusUnprocessableEntity).sound().
		has(`value="no address"`, `value="legal" checked`)
	made := owner.post("/admin/operators/invite", "name", "鈴木 一郎", "email", "ichiro@midori.example", "role", "legal", "lang", "ja").is(http.StatusOK).sound()
	link := shownLink.FindStringSubmatch(made.body)[1]
	v := h.visitor(i18n.Ja)
	v.get(link).is(http.StatusOK).sound().has("new-password")
	v.post(link, "password", "short").is(http.StatusUnprocessableEntity).sound()
	v.post(link, "password", "akai kutsu wo haita").is(http.StatusOK).at("/admin/")
	v.get("/admin/audit").is(http.StatusOK).sound()
	v.get("/admin/operators").is(http.StatusForbidden).sound()

	path := "/admin/operators/" + store.Public(account.OperatorPrefix, h.operator("ichiro@midori.example").ID)
	owner.post(path+"/role", "role", "emperor").is(http.StatusUnprocessableEntity).sound()
	owner.post(path+"/role", "role", "viewer").is(http.StatusOK).at("/admin/operators").has("鈴木 一郎 さんの役割を変更しました。")
	v.get("/admin/audit").is(http.StatusForbidden)
	owner.post(path + "/disable").is(http.StatusOK).at("/admin/operators")
	v.get("/admin/").at("/admin/sign-in")
	owner.post("/admin/operators/" + store.Public(account.OperatorPrefix, h.operator(ownerMail).ID) + "/disable").is(http.StatusUnprocessableEntity).sound()
}

func TestOnesOwnAccount(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v, elsewhere := h.owner(i18n.Ja), h.owner(i18n.Ja)
	v.post("/admin/security/profile", "name", "山田 はなこ", "lang", "ja").is(http.StatusOK).has("プロフィールを保存しました。", "山田 はなこ")
	v.post("/admin/security/password", "old_password", "wrong", "new_password", "akai kutsu wo haita").is(http.StatusUnprocessableEntity).sound()
	elsewhere.get("/admin/").at("/admin/")
	sessions, err := h.accounts.Sessions(t.Context(), h.operator(ownerMail).ID, time.Now())
	if err != nil || len(sessions) != 2 {
		t.Fatalf("%d sessions, %v", len(sessions), err)
	}
	page := v.get("/admin/security").is(http.StatusOK).sound()
	if n := strings.Count(page.body, "/revoke"); n != 1 {
		t.Errorf("%d sessions can be revoked, want the other one", n)
	}
	other := regexp.MustCompile(`/admin/security/sessions/[^"]+`).FindString(page.body)
	v.post(other).is(http.StatusOK).at("/admin/security")
	elsewhere.get("/admin/").at("/admin/sign-in")
	v.post("/admin/security/password", "old_password", ownerPassword, "new_password", "akai kutsu wo haita").is(http.StatusOK).at("/admin/security")
	v.get("/admin/").at("/admin/")
	h.visitor(i18n.Ja).post("/admin/sign-in", "email", ownerMail, "password", ownerPassword).is(http.StatusUnprocessableEntity)
}

func TestSettingsAreKeptAndStaleOnesAreNot(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	seen := regexp.MustCompile(`name="seen" value="(\d+)"`).FindStringSubmatch(v.get("/admin/settings").body)[1]
	fields := []string{
		"legal_name", "株式会社みどり", "postal_address", "大阪府大阪市北区梅田1-1-1", "email", "info@midori.example",
		"name", "みどり", "lang", "ja", "zone", "Europe/London", "seen", seen,
	}
	v.post("/admin/settings", fields...).is(http.StatusOK).at("/admin/settings").has("設定を保存しました。", "株式会社みどり")
	v.get("/admin/audit").is(http.StatusOK).sound() // in the zone chosen just now
	v.post("/admin/settings", fields...).is(http.StatusUnprocessableEntity).sound().has("ほかの人が先に変更しました")
}

func TestSendersComeAndGo(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	label := []string{"legal_name", "株式会社みどり商会", "postal_address", "東京都千代田区丸の内1-1-1", "email", "info@midori.example"}
	free := append(label, "name", "店舗", "from_name", "みどり", "from_address", "midori@gmail.com")
	v.post("/admin/settings/profiles/new", free...).is(http.StatusUnprocessableEntity).sound().has("gmail.com")
	own := append(label, "name", "店舗", "from_name", "みどり", "from_address", "news@midori.example")
	v.post("/admin/settings/profiles/new", own...).is(http.StatusOK).at("/admin/settings/profiles").has("店舗", "news@midori.example")
	first := h.path("/admin/settings/profiles/{snd}")
	v.post(first + "/archive").is(http.StatusOK).at("/admin/settings/profiles")
	v.post(h.path("/admin/settings/profiles/{snd}") + "/archive").is(http.StatusUnprocessableEntity).sound()
	v.get("/admin/settings/profiles/snd_forged").is(http.StatusNotFound).sound()
	v.post("/admin/settings/domains/midori.example/check").is(http.StatusOK).has("DNS を確認しました。")
	v.post("/admin/settings/domains/midori.example/rotate").is(http.StatusOK).sound().has("新しい署名鍵を作成しました。")
}

var shownKey = regexp.MustCompile(`<code>(kyk_[^<]+)</code>`)

func TestAKeyIsShownOnceAndEnds(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	v.get("/admin/settings/keys").is(http.StatusOK).sound().has("API キーはまだありません")
	v.post("/admin/settings/keys/new", "name", "CRM", "expires_at", "90").is(http.StatusUnprocessableEntity).sound()
	v.post("/admin/settings/keys/new", "name", "CRM", "expires_at", "9000", "scopes", "contacts:read").is(http.StatusUnprocessableEntity).sound()
	made := v.post("/admin/settings/keys/new", "name", "CRM", "expires_at", "90", "scopes", "contacts:read").is(http.StatusOK).sound()
	secret := shownKey.FindStringSubmatch(made.body)[1]
	if _, err := h.accounts.APIKeyBySecret(t.Context(), secret, time.Now()); err != nil {
		t.Errorf("the key does not work: %v", err)
	}
	list := v.get("/admin/settings/keys").is(http.StatusOK).sound().lacks(secret)
	revoke := regexp.MustCompile(`/admin/settings/keys/[^/"]+/revoke`).FindString(list.body)
	v.post(revoke).is(http.StatusOK).at("/admin/settings/keys").has("取り消し済み")
	if _, err := h.accounts.APIKeyBySecret(t.Context(), secret, time.Now()); err == nil {
		t.Error("a revoked key works")
	}
}

func TestTheAuditLogIsReadPageByPage(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	for range 60 {
		v.post("/admin/security/profile", "name", "山田 花子", "lang", "ja")
	}
	first := v.get("/admin/audit").is(http.StatusOK).sound().lacks("初期設定")
	next := regexp.MustCompile(`/admin/audit\?after=[0-9-]+`).FindString(first.body)
	if next == "" {
		t.Fatal("no next page")
	}
	v.get(next).is(http.StatusOK).sound().has("初期設定", `href="/admin/audit"`)
	v.get("/admin/audit?after=x").is(http.StatusNotFound).sound()
	v.get("/admin/audit?from=yesterday").is(http.StatusUnprocessableEntity).sound().has("日付を入力してください。")
	v.get("/admin/audit?until=2026-01-01").is(http.StatusOK).has("該当する記録はありません")
	v.get("/admin/audit?actor=op_forged").is(http.StatusNotFound)
}
