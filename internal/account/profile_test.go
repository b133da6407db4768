package account_test

import (
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestProfilesAreEditedOneVersionAtATime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		form := account.ProfileForm{Name: "ニュース", Label: goodLabel(), FromName: "サンプル商会ニュース", FromAddress: "news@mail.sample-shokai.example", ReplyTo: "shokai@gmail.com"}
		p, err := o.book.CreateProfile(ctx, o.by, o.ws.ID, form, start)
		if err != nil || p.FromAddress.Domain() != "mail.sample-shokai.example" || p.ReplyTo.IsZero() {
			t.Fatal(p, err)
		}
		form.Seen, form.FromName = p.UpdatedAt, "サンプル"
		q, err := o.book.EditProfile(ctx, o.by, o.ws.ID, p.ID, form, start) // the same microsecond
		if err != nil || q.FromName != "サンプル" || !q.UpdatedAt.After(p.UpdatedAt) {
			t.Fatal(q, err)
		}
		_, err = o.book.EditProfile(ctx, o.by, o.ws.ID, p.ID, form, start.Add(time.Hour))
		want(t, err, fault.Stale)
		_, err = o.book.EditProfile(ctx, o.by, o.ws.ID, 12345, form, start)
		want(t, err, fault.NotFound)
		_, err = o.book.ProfileByID(ctx, db, o.ws.ID+1, p.ID)
		want(t, err, fault.NotFound)
		if err := o.book.ArchiveProfile(ctx, o.by, o.ws.ID, p.ID, start); err != nil {
			t.Fatal(err)
		}
		left, err := o.book.Profiles(ctx, db, o.ws.ID)
		if err != nil || len(left) != 1 {
			t.Fatal(left, err)
		}
		want(t, o.book.ArchiveProfile(ctx, o.by, o.ws.ID, left[0].ID, start), fault.Refused)
		if left, err = o.book.Profiles(ctx, db, o.ws.ID); err != nil || len(left) != 1 {
			t.Error("the last profile is gone", err)
		}
	})
}

func TestProfileRefusesWhatCannotStandInAHeader(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	o := open(t, db)
	good := account.ProfileForm{Name: "n", Label: goodLabel(), FromName: "n", FromAddress: "a@sample-shokai.example"}
	tests := map[string]struct {
		change func(*account.ProfileForm)
		want   string
	}{
		"no from":       {func(f *account.ProfileForm) { f.FromAddress = " " }, "from_address"},
		"freemail":      {func(f *account.ProfileForm) { f.FromAddress = "x@icloud.com" }, "from_address"},
		"carrier":       {func(f *account.ProfileForm) { f.FromAddress = "a..b@docomo.ne.jp" }, "from_address"},
		"not ASCII":     {func(f *account.ProfileForm) { f.FromAddress = "広報@sample-shokai.example" }, "from_address"},
		"two addresses": {func(f *account.ProfileForm) { f.FromAddress = "a@b.example, c@d.example" }, "from_address"},
		"name break":    {func(f *account.ProfileForm) { f.FromName = "x\r\nBcc: a@b.example" }, "from_name"},
		"line sep":      {func(f *account.ProfileForm) { f.FromName = "x\u2028y" }, "from_name"},
		"reply break":   {func(f *account.ProfileForm) { f.ReplyTo = "a@b.example\nX: y" }, "reply_to"},
		"no name":       {func(f *account.ProfileForm) { f.Name, f.FromName = "", "  " }, "name from_name"},
		"no label":      {func(f *account.ProfileForm) { f.Label = account.Label{} }, "legal_name postal_address email"},
	}
	for name, tt := range tests {
		f := good
		tt.change(&f)
		_, err := o.book.CreateProfile(t.Context(), o.by, o.ws.ID, f, start)
		if got := fields(t, err); got != tt.want {
			t.Errorf("%s: wrong fields %q, want %q", name, got, tt.want)
		}
	}
	if left, err := o.book.Profiles(t.Context(), db, o.ws.ID); err != nil || len(left) != 1 {
		t.Error("a refused profile was written", err)
	}
}

func TestWorkspaceEditIsCheckedAndAudited(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		form := account.WorkspaceForm{Slug: "ignored", Name: "新社名", Label: goodLabel(), PrivacyURL: "https://www.sample-shokai.example/privacy", Zone: "Europe/London", Lang: "en"}
		form.Label.LegalName = "株式会社ニューサンプル"
		w, err := o.book.Edit(ctx, o.by, o.ws.ID, form, o.ws.UpdatedAt, start)
		if err != nil || w.Label.LegalName != "株式会社ニューサンプル" || w.Slug != o.ws.Slug || w.Location().String() != "Europe/London" {
			t.Fatal(w, err)
		}
		_, err = o.book.Edit(ctx, o.by, o.ws.ID, form, o.ws.UpdatedAt, start)
		want(t, err, fault.Stale)
		form.Label.PostalAddress = ""
		_, err = o.book.Edit(ctx, o.by, o.ws.ID, form, w.UpdatedAt, start)
		want(t, err, fault.Invalid)
		same, err := o.book.WorkspaceBySlug(ctx, db, o.ws.Slug)
		if err != nil || same != w {
			t.Errorf("%+v %v", same, err)
		}
		for _, bad := range []string{"", "none", "\x00", "a'--"} {
			_, err = o.book.WorkspaceBySlug(ctx, db, bad)
			want(t, err, fault.NotFound)
		}
	})
}

func TestDomainsAreCheckedLater(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		err := db.Write(ctx, func(tx *store.Tx) error {
			first, err := o.book.EnsureDomain(ctx, tx, o.ws.ID, "news.example", start)
			if err != nil {
				return err
			}
			again, err := o.book.EnsureDomain(ctx, tx, o.ws.ID, "news.example", start.Add(time.Hour))
			if again != first {
				t.Errorf("%+v, then %+v", first, again)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		set := func(d account.Domain) error {
			return db.Write(ctx, func(tx *store.Tx) error { return o.book.SetDomainState(ctx, tx, d, start) })
		}
		if err := set(account.Domain{Workspace: o.ws.ID, Domain: "news.example", State: account.Proven, Detail: "TXT found"}); err != nil {
			t.Fatal(err)
		}
		want(t, set(account.Domain{Workspace: o.ws.ID, Domain: "other.example", State: account.Proven}), fault.NotFound)
		err = db.Write(ctx, func(tx *store.Tx) error { // a slow look from before the record stood there
			return o.book.SetDomainState(ctx, tx, account.Domain{Workspace: o.ws.ID, Domain: "news.example", State: account.Unproven, Detail: "none"}, start.Add(-time.Second))
		})
		if err != nil {
			t.Fatal(err)
		}
		list, err := o.book.Domains(ctx, db, o.ws.ID)
		if err != nil || len(list) != 2 || list[0].State != account.Proven || list[0].Detail != "TXT found" || !list[0].CheckedAt.Equal(start) {
			t.Error(list, err)
		}
	})
}
