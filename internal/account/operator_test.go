package account_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// hire invites somebody, who accepts, and returns who that is.
func (o office) hire(t *testing.T, email string, role account.Role) account.Signed {
	t.Helper()
	in, err := o.book.Invite(t.Context(), o.by, account.Invite{Workspace: o.ws.ID, Email: email, Name: "新人", Role: role}, start)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := o.book.UseLink(t.Context(), account.LinkUse{Secret: in.Secret, Password: "aoi tori ga tobu", Network: "192.0.2.7"}, start)
	if err != nil {
		t.Fatal(err)
	}
	me, err := o.book.SessionBySecret(t.Context(), secret, start)
	if err != nil {
		t.Fatal(err)
	}
	return me
}

func TestInvitedPersonChoosesThePassword(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		invite := account.Invite{Workspace: o.ws.ID, Email: "Jiro@sample-shokai.example", Name: "鈴木 次郎", Role: account.Marketer}
		first, err := o.book.Invite(ctx, o.by, invite, start)
		if err != nil || first.Operator.HasPassword || first.Secret == "" {
			t.Fatal(first, err)
		}
		_, _, err = o.book.SignIn(ctx, invite.Email, "", "192.0.2.1", "", start)
		want(t, err, fault.Unauthenticated)
		again, err := o.book.Invite(ctx, o.by, invite, start) // the mail was lost
		if err != nil || again.Operator.ID != first.Operator.ID || again.Secret == first.Secret {
			t.Fatal(again, err)
		}
		if _, _, err := o.book.UseLink(ctx, account.LinkUse{Secret: again.Secret, Password: "aoi tori ga tobu"}, start); err != nil {
			t.Fatal(err)
		}
		_, err = o.book.PeekLink(ctx, first.Secret, start)
		want(t, err, fault.Unauthenticated)
		_, err = o.book.Invite(ctx, o.by, invite, start)
		want(t, err, fault.Exists)
		members, err := o.book.Operators(ctx, o.ws.ID)
		if err != nil || len(members) != 2 || members[1].Membership.Role != account.Marketer || members[1].LastSeen.IsZero() {
			t.Error(members, err)
		}
		bad := account.Invite{Workspace: o.ws.ID, Email: "a@b.example\r\nX: y", Name: "a\nb", Lang: "xx", Role: "root"}
		_, err = o.book.Invite(ctx, o.by, bad, start)
		if got := fields(t, err); got != "email name lang role" {
			t.Error(got)
		}
	})
}

func TestInvitingNeverOpensAnotherWorkspace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		cli := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
		mallory := o.hire(t, "mallory@sample-shokai.example", account.Viewer)
		form := account.WorkspaceForm{Slug: "second", Label: goodLabel()}
		_, err := o.book.CreateWorkspace(ctx, o.by, form, o.owner.ID, start)
		want(t, err, fault.Refused)
		second, err := o.book.CreateWorkspace(ctx, cli, form, mallory.Operator.ID, start)
		if err != nil {
			t.Fatal(err)
		}
		_, err = o.book.CreateWorkspace(ctx, cli, form, mallory.Operator.ID, start)
		if got := fields(t, err); got != "slug" {
			t.Error(got)
		}
		by := mallory.By("")
		in, err := o.book.Invite(ctx, by, account.Invite{Workspace: second.ID, Email: adminMail, Name: "x", Role: account.Viewer}, start)
		if err != nil || in.Secret != "" {
			t.Fatalf("mallory holds a link to the owner's account: %v", err)
		}
		if _, err := o.book.EditProfile(ctx, by, o.ws.ID, 1, account.ProfileForm{Name: "x", Label: goodLabel(), FromName: "x", FromAddress: "a@b.example"}, start); !fault.Is(err, fault.Refused) {
			t.Error("an owner elsewhere edits here:", err)
		}
		places, err := o.book.Memberships(ctx, o.owner.ID)
		if err != nil || len(places) != 2 {
			t.Fatal(places, err)
		}
		secret, me := o.signIn(t, start)
		if me.Session.Workspace != o.ws.ID || me.Role != account.Owner {
			t.Errorf("signed in to %d as %s", me.Session.Workspace, me.Role)
		}
		if err := o.book.SwitchWorkspace(ctx, me, second.ID, start); err != nil {
			t.Fatal(err)
		}
		if me, err = o.book.SessionBySecret(ctx, secret, start); err != nil || me.Role != account.Viewer || me.Can(account.ManageSettings) {
			t.Error(me.Role, err)
		}
		want(t, o.book.SwitchWorkspace(ctx, me, 12345, start), fault.NotFound)
	})
}

func TestOnlyOwnersManage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		profiles, err := o.book.Profiles(ctx, db, o.ws.ID)
		if err != nil {
			t.Fatal(err)
		}
		p := profiles[0]
		form := account.ProfileForm{Name: "n", Label: goodLabel(), FromName: "n", FromAddress: "a@sample-shokai.example", Seen: p.UpdatedAt}
		strangers := []account.By{{}, {Actor: account.Actor{Kind: account.ActorOperator, ID: 999}}, {Actor: account.Actor{Kind: account.ActorAPIKey, ID: o.owner.ID}}}
		for _, role := range []account.Role{account.Marketer, account.Legal, account.Viewer} {
			strangers = append(strangers, o.hire(t, string(role)+"@sample-shokai.example", role).By(""))
		}
		for _, by := range strangers {
			me := account.Membership{Workspace: o.ws.ID, Operator: by.Actor.ID, Role: account.Owner}
			_, invited := o.book.Invite(ctx, by, account.Invite{Workspace: o.ws.ID, Email: "new@x.example", Name: "x", Role: account.Owner}, start)
			_, edited := o.book.Edit(ctx, by, o.ws.ID, account.WorkspaceForm{Label: goodLabel()}, o.ws.UpdatedAt, start)
			_, made := o.book.CreateProfile(ctx, by, o.ws.ID, form, start)
			_, changed := o.book.EditProfile(ctx, by, o.ws.ID, p.ID, form, start)
			_, _, keyed := o.book.CreateAPIKey(ctx, by, o.ws.ID, account.KeyForm{Name: "x", Scopes: account.Scopes(), ExpiresAt: start.Add(time.Hour)}, start)
			for what, err := range map[string]error{
				"invite": invited, "edit": edited, "create profile": made, "edit profile": changed, "api key": keyed,
				"role": o.book.ChangeRole(ctx, by, me, start), "disable": o.book.Disable(ctx, by, me, start),
				"archive": o.book.ArchiveProfile(ctx, by, o.ws.ID, p.ID, start), "revoke": o.book.RevokeAPIKey(ctx, by, o.ws.ID, 1, start),
			} {
				if !fault.Is(err, fault.Refused) {
					t.Errorf("%v did %s: %v", by, what, err)
				}
			}
		}
	})
}

func TestLastOwnerStays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		me := account.Membership{Workspace: o.ws.ID, Operator: o.owner.ID, Role: account.Viewer}
		want(t, o.book.ChangeRole(ctx, o.by, me, start), fault.Refused)
		want(t, o.book.Disable(ctx, o.by, me, start), fault.Refused)
		// An owner who never accepted cannot manage anything.
		if _, err := o.book.Invite(ctx, o.by, account.Invite{Workspace: o.ws.ID, Email: "new@sample-shokai.example", Name: "x", Role: account.Owner}, start); err != nil {
			t.Fatal(err)
		}
		want(t, o.book.ChangeRole(ctx, o.by, me, start), fault.Refused)
		second := o.hire(t, "jiro@sample-shokai.example", account.Owner)
		other := account.Membership{Workspace: o.ws.ID, Operator: second.Operator.ID, Role: account.Viewer}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		wg.Go(func() { errs[0] = o.book.ChangeRole(context.Background(), second.By(""), me, start) })
		wg.Go(func() { errs[1] = o.book.Disable(context.Background(), o.by, other, start) })
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("two owners took each other's place: %v, %v", errs[0], errs[1])
		}
	})
}

func TestLeaverIsOutAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		jiro := o.hire(t, "jiro@sample-shokai.example", account.Marketer)
		secret, _, err := o.book.SignIn(ctx, "jiro@sample-shokai.example", "aoi tori ga tobu", "192.0.2.7", "", start)
		if err != nil {
			t.Fatal(err)
		}
		gone := account.Membership{Workspace: o.ws.ID, Operator: jiro.Operator.ID}
		if err := o.book.Disable(ctx, o.by, gone, start); err != nil {
			t.Fatal(err)
		}
		_, err = o.book.SessionBySecret(ctx, secret, start)
		want(t, err, fault.Unauthenticated)
		_, _, err = o.book.SignIn(ctx, "jiro@sample-shokai.example", "aoi tori ga tobu", "192.0.2.7", "", start)
		want(t, err, fault.Unauthenticated)
		if link, _, err := o.book.RequestReset(ctx, "jiro@sample-shokai.example", "192.0.2.7", start); err != nil || link != "" {
			t.Error("a leaver gets a link", err)
		}
		want(t, o.book.Disable(ctx, o.by, gone, start), fault.NotFound)
		if left, err := o.book.OperatorByID(ctx, db, jiro.Operator.ID); err != nil || !left.Disabled() || left.HasPassword || left.Name != "新人" {
			t.Error(left, err)
		}
		back := o.hire(t, "jiro@sample-shokai.example", account.Viewer)
		if back.Operator.ID != jiro.Operator.ID || back.Role != account.Viewer {
			t.Errorf("%+v", back)
		}
		if err := o.book.EditOperator(ctx, back, "鈴木 次郎", i18n.En, start); err != nil {
			t.Error(err)
		}
		err = o.book.EditOperator(ctx, back, "a\r\nb", "xx", start)
		if got := fields(t, err); got != "name lang" {
			t.Error(got)
		}
	})
}

func TestAPIKeysAreScopedAndEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		form := account.KeyForm{Name: "CRM", Scopes: []account.Scope{account.ContactsWrite, account.ContactsRead, account.ContactsRead}, ExpiresAt: start.Add(24 * time.Hour)}
		secret, k, err := o.book.CreateAPIKey(ctx, o.by, o.ws.ID, form, start)
		if err != nil || !strings.HasPrefix(secret, "kyk_") || !strings.HasPrefix(secret, k.Hint) || len(k.Hint) > 9 {
			t.Fatal(k, err)
		}
		got, err := o.book.APIKeyBySecret(ctx, secret, start)
		if err != nil || got.Workspace != o.ws.ID || !got.Allows(account.ContactsRead) || got.Allows(account.MessagesSend) || len(got.Scopes) != 2 {
			t.Fatal(got, err)
		}
		for _, forged := range []string{"", "kyk_", secret + "x", strings.Replace(secret, "kyk_", "kys_", 1), "kyk_" + strings.Repeat("A", 43)} {
			_, err := o.book.APIKeyBySecret(ctx, forged, start)
			want(t, err, fault.Unauthenticated)
		}
		_, err = o.book.APIKeyBySecret(ctx, secret, form.ExpiresAt)
		want(t, err, fault.Unauthenticated)
		_, _, err = o.book.CreateAPIKey(ctx, o.by, o.ws.ID, account.KeyForm{Name: "\n\x00x", Scopes: []account.Scope{"root"}, ExpiresAt: start.Add(400 * 24 * time.Hour)}, start)
		if got := fields(t, err); got != "name scopes expires_at" {
			t.Error(got)
		}
		if _, machine, err := o.book.CreateAPIKey(ctx, account.By{Actor: account.Actor{Kind: account.ActorCLI}}, o.ws.ID, form, start); err != nil || machine.CreatedBy != o.owner.ID {
			t.Error(machine, err)
		}
		want(t, o.book.RevokeAPIKey(ctx, account.By{Actor: account.Actor{Kind: account.ActorCLI}}, o.ws.ID+1, k.ID, start), fault.NotFound)
		if err := o.book.RevokeAPIKey(ctx, o.by, o.ws.ID, k.ID, start); err != nil {
			t.Fatal(err)
		}
		_, err = o.book.APIKeyBySecret(ctx, secret, start)
		want(t, err, fault.Unauthenticated)
		list, err := o.book.APIKeys(ctx, o.ws.ID)
		if err != nil || len(list) != 2 || list[1].UsedAt.IsZero() || list[1].RevokedAt.IsZero() {
			t.Error(list, err)
		}
	})
}
