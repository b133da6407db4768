package account_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

const (
	adminMail     = "Hanako@sample-shokai.example"
	adminPassword = "mizuiro no kasa wo motte"
)

var start = time.Date(2026, 11, 21, 5, 5, 0, 0, time.UTC)

// office is a set-up installation with its owner signed in.
type office struct {
	db    *store.DB
	book  *account.Book
	ws    account.Workspace
	owner account.Operator
	by    account.By
}

func newBook(t *testing.T, db *store.DB) *account.Book {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return account.New(db, ring)
}

func goodLabel() account.Label {
	return account.Label{
		LegalName: "株式会社サンプル商会", LegalNameEn: "Sample Shokai Co., Ltd.",
		PostalAddress: "東京都千代田区丸の内1-1-1", PostalAddressEn: "1-1-1 Marunouchi, Chiyoda-ku, Tokyo",
		Phone: "03-1234-5678", Email: "info@sample-shokai.example", URL: "https://www.sample-shokai.example/",
	}
}

func goodSetUp() account.SetUp {
	return account.SetUp{
		Workspace:  account.WorkspaceForm{Name: "サンプル商会", Label: goodLabel(), Lang: i18n.Ja},
		AdminEmail: adminMail, AdminName: "山田 花子", AdminPassword: adminPassword, Network: "192.0.2.1",
	}
}

func open(t *testing.T, db *store.DB) office {
	t.Helper()
	o := office{db: db, book: newBook(t, db)}
	var err error
	if o.ws, o.owner, err = o.book.SetUp(t.Context(), goodSetUp(), start); err != nil {
		t.Fatal(err)
	}
	o.by = account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: o.owner.ID}, Network: "192.0.2.1"}
	return o
}

// signIn signs the owner in and returns the secret and who that is.
func (o office) signIn(t *testing.T, now time.Time) (string, account.Signed) {
	t.Helper()
	secret, _, err := o.book.SignIn(t.Context(), adminMail, adminPassword, "192.0.2.1:50000", "Browser", now)
	if err != nil {
		t.Fatal(err)
	}
	me, err := o.book.SessionBySecret(t.Context(), secret, now)
	if err != nil {
		t.Fatal(err)
	}
	return secret, me
}

func want(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("error is %v, want kind %v", err, kind)
	}
}

// fields names the wrong fields of an error and checks that every key has a text.
func fields(t *testing.T, err error) string {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return fmt.Sprint(err)
	}
	c, loadErr := i18n.Load()
	if loadErr != nil {
		t.Fatal(loadErr)
	}
	var names []string
	for _, field := range f.Fields {
		names = append(names, field.Name)
		if text := c.For(i18n.Ja).T(field.Key, field.Args...); text == field.Key || strings.Contains(text, "<no value>") {
			t.Errorf("%s: no text for %s", field.Name, field.Key)
		}
	}
	return strings.Join(names, " ")
}

func TestSetUpMakesWorkspaceProfileAndOwner(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, book := t.Context(), newBook(t, db)
		if first, err := book.FirstRun(ctx); err != nil || !first {
			t.Fatal(first, err)
		}
		w, o, err := book.SetUp(ctx, goodSetUp(), start)
		if err != nil {
			t.Fatal(err)
		}
		if w.Slug != "sample-shokai" || w.Label != goodLabel() || w.Zone != "Asia/Tokyo" || w.Lang != i18n.Ja || !w.CreatedAt.Equal(start) {
			t.Errorf("workspace %+v", w)
		}
		if o.Email.String() != strings.ToLower(adminMail) || !o.HasPassword || o.SecondFactor || o.Disabled() {
			t.Errorf("operator %+v", o)
		}
		profiles, err := book.Profiles(ctx, db, w.ID)
		if err != nil || len(profiles) != 1 {
			t.Fatal(profiles, err)
		}
		if p := profiles[0]; p.FromAddress.String() != "info@sample-shokai.example" || p.FromName != "株式会社サンプル商会" || p.Complete() != nil {
			t.Errorf("profile %+v: %v", p, p.Complete())
		}
		domains, err := book.Domains(ctx, db, w.ID)
		if err != nil || len(domains) != 1 || domains[0].Domain != "sample-shokai.example" || domains[0].State != account.Unproven {
			t.Error(domains, err)
		}
		if first, err := book.FirstRun(ctx); err != nil || first {
			t.Error("still the first run", err)
		}
		again := goodSetUp()
		again.AdminEmail, again.Workspace.Slug = "mallory@other.example", "other"
		_, _, err = book.SetUp(ctx, again, start)
		want(t, err, fault.Refused)
		if all, err := book.Workspaces(ctx, db); err != nil || len(all) != 1 {
			t.Error("a second set-up left something", all, err)
		}
	})
}

func TestOnlyOneOfManySetUpsWins(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		book := newBook(t, db)
		var wg sync.WaitGroup
		won := make(chan int, 4)
		for i := range 4 {
			wg.Go(func() {
				s := goodSetUp()
				s.Workspace.Slug, s.AdminEmail = fmt.Sprintf("ws%d", i), fmt.Sprintf("admin%d@sample-shokai.example", i)
				_, _, err := book.SetUp(context.Background(), s, start)
				if err == nil {
					won <- i
				} else if !fault.Is(err, fault.Refused) {
					t.Errorf("loser got %v", err)
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Errorf("%d set-ups won", len(won))
		}
	})
}

func TestSetUpNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	book := newBook(t, db)
	long := strings.Repeat("長", 400)
	tests := map[string]struct {
		change func(*account.SetUp)
		want   string
	}{
		"nothing":          {func(s *account.SetUp) { *s = account.SetUp{} }, "legal_name postal_address email admin_email admin_password"},
		"no contact":       {func(s *account.SetUp) { l := &s.Workspace.Label; l.Phone, l.Email, l.URL = "", "", "" }, "email"},
		"half English":     {func(s *account.SetUp) { s.Workspace.Label.PostalAddressEn = "" }, "postal_address_en"},
		"other half":       {func(s *account.SetUp) { s.Workspace.Label.LegalNameEn = "" }, "legal_name_en"},
		"line break":       {func(s *account.SetUp) { s.Workspace.Label.LegalName = "株式会社\r\nBcc: x@y.example" }, "legal_name"},
		"from break":       {func(s *account.SetUp) { s.FromName = "a\nb" }, "from_name"},
		"from with header": {func(s *account.SetUp) { s.FromAddress = "a@b.example\r\nBcc: c@d.example" }, "from_address"},
		"freemail from":    {func(s *account.SetUp) { s.FromAddress = "shokai@gmail.com" }, "from_address"},
		"hidden sign":      {func(s *account.SetUp) { s.AdminName = "山田\u202e花子" }, "admin_name"},
		"too long":         {func(s *account.SetUp) { s.Workspace.Label.PostalAddress = long }, "postal_address"},
		"not UTF-8":        {func(s *account.SetUp) { s.Workspace.Name = "\xff\xfe" }, "name"},
		"short address":    {func(s *account.SetUp) { s.Workspace.Label.PostalAddress = "東京" }, "postal_address"},
		"script link":      {func(s *account.SetUp) { s.Workspace.Label.URL = "javascript:alert(1)" }, "url"},
		"link with user":   {func(s *account.SetUp) { s.Workspace.PrivacyURL = "https://a:b@c.example/" }, "privacy_url"},
		"bad phone":        {func(s *account.SetUp) { s.Workspace.Label.Phone = "12" }, "phone"},
		"bad slug":         {func(s *account.SetUp) { s.Workspace.Slug = "../admin" }, "slug"},
		"bad language":     {func(s *account.SetUp) { s.Workspace.Lang = "fr" }, "lang"},
		"bad zone":         {func(s *account.SetUp) { s.Workspace.Zone = "Local" }, "zone"},
		"bad admin":        {func(s *account.SetUp) { s.AdminEmail = "nobody" }, "admin_email"},
		"short password":   {func(s *account.SetUp) { s.AdminPassword = "kasa" }, "admin_password"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := goodSetUp()
			tt.change(&s)
			_, _, err := book.SetUp(context.Background(), s, start)
			want(t, err, fault.Invalid)
			if got := fields(t, err); got != tt.want {
				t.Errorf("wrong fields %q, want %q", got, tt.want)
			}
		})
	}
	t.Cleanup(func() {
		if first, err := account.New(db, nil).FirstRun(context.Background()); err != nil || !first {
			t.Error("a refused set-up left something", err)
		}
	})
}

func TestSetUpWithFreemailOnlyLeavesFromOpen(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	book := newBook(t, db)
	s := goodSetUp()
	s.Workspace.Label.Email, s.AdminEmail, s.Workspace.Label.URL = "shokai@gmail.com", "hanako@yahoo.co.jp", ""
	w, _, err := book.SetUp(t.Context(), s, start)
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := book.Profiles(t.Context(), db, w.ID)
	if err != nil || len(profiles) != 1 || !profiles[0].FromAddress.IsZero() {
		t.Fatal(profiles, err)
	}
	if got := fields(t, profiles[0].Complete()); got != "from_address" {
		t.Errorf("incomplete in %q", got)
	}
	if w.Slug != "main" {
		t.Errorf("slug %q", w.Slug)
	}
}

func TestCanFollowsTheMatrix(t *testing.T) {
	t.Parallel()
	type acts []account.Act
	all := acts{
		account.ReadContacts, account.EditContacts, account.Import, account.Export, account.ReadConsent, account.RecordRefusal,
		account.EditTopics, account.EditForms, account.WriteCampaign, account.SendCampaign, account.ApproveAmber, account.Erase,
		account.ManageOperators, account.ManageSettings, account.ReadAudit, account.Evidence,
	}
	may := map[account.Role]map[account.Act]bool{account.Owner: {}, account.Marketer: {}, account.Legal: {}, account.Viewer: {}, "root": {}, "": {}}
	for _, a := range all {
		may[account.Owner][a] = true
	}
	for role, list := range map[account.Role]acts{
		account.Marketer: {
			account.ReadContacts, account.EditContacts, account.Import, account.ReadConsent, account.RecordRefusal,
			account.EditTopics, account.EditForms, account.WriteCampaign, account.SendCampaign,
		},
		account.Legal: {
			account.ReadContacts, account.Export, account.ReadConsent, account.RecordRefusal, account.EditTopics,
			account.ApproveAmber, account.Erase, account.ReadAudit, account.Evidence,
		},
		account.Viewer: {account.ReadContacts, account.ReadConsent, account.RecordRefusal},
	} {
		for _, a := range list {
			may[role][a] = true
		}
	}
	for role, acts := range may {
		for _, a := range append(all, 0, 99) {
			if got := account.Can(role, a); got != acts[a] {
				t.Errorf("%q may %d: %v", role, a, got)
			}
		}
	}
}

func TestEveryRoleAndScopeHasAText(t *testing.T) {
	t.Parallel()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range account.Roles() {
		for _, key := range []string{"account.role." + string(r), "account.role." + string(r) + ".help"} {
			if !c.For(i18n.En).Has(key) {
				t.Errorf("no text for %s", key)
			}
		}
	}
	for _, s := range account.Scopes() {
		if !c.For(i18n.Ja).Has("account.scope." + string(s)) {
			t.Errorf("no text for scope %s", s)
		}
	}
}
