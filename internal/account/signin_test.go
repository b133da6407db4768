package account_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestSignInGivesOneAnswerToEveryMistake(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db)
		var answers []string
		for i, try := range [][2]string{
			{adminMail, "wrong"},
			{adminMail, ""},
			{"nobody@sample-shokai.example", adminPassword},
			{"not an address", adminPassword},
			{adminMail, strings.Repeat("x", 5000)},
			{adminMail + "\r\n", "x\x00"},
			{"", ""},
		} {
			secret, _, err := o.book.SignIn(t.Context(), try[0], try[1], fmt.Sprintf("192.0.2.%d", i), "", start)
			want(t, err, fault.Unauthenticated)
			if secret != "" {
				t.Fatal("a failed sign-in gave a secret")
			}
			answers = append(answers, err.Error())
		}
		for _, a := range answers {
			if a != answers[0] {
				t.Errorf("answers differ: %q and %q", answers[0], a)
			}
		}
		if list, err := o.book.Sessions(t.Context(), o.owner.ID, start); err != nil || len(list) != 0 {
			t.Error("failed sign-ins left sessions", list, err)
		}
	})
}

func TestSessionLivesAndEnds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		secret, me := o.signIn(t, start)
		if me.Role != account.Owner || !me.Can(account.ManageSettings) || me.Session.Network != "192.0.2.1" || me.Operator.ID != o.owner.ID {
			t.Errorf("%+v", me)
		}
		now := start
		for range 30 * 3 { // used every eight hours until the absolute end
			now = now.Add(8 * time.Hour)
			_, err := o.book.SessionBySecret(ctx, secret, now)
			if ended := !now.Before(start.Add(account.SessionLife)); ended != (err != nil) {
				t.Fatalf("after %v: %v", now.Sub(start), err)
			}
		}
		idle, _ := o.signIn(t, now)
		if _, err := o.book.SessionBySecret(ctx, idle, now.Add(account.SessionIdle-time.Second)); err != nil {
			t.Error("ended too early:", err)
		}
		late, _ := o.signIn(t, now)
		_, err := o.book.SessionBySecret(ctx, late, now.Add(account.SessionIdle))
		want(t, err, fault.Unauthenticated)
		for _, forged := range []string{"", "kys_", late + "x", late[:len(late)-1], "kys_" + strings.Repeat("A", 43), "\x00"} {
			_, err := o.book.SessionBySecret(ctx, forged, now)
			want(t, err, fault.Unauthenticated)
		}
	})
}

func TestSessionsAreSeenAndRevoked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		first, _ := o.signIn(t, start)
		second, me := o.signIn(t, start.Add(time.Minute))
		list, err := o.book.Sessions(ctx, o.owner.ID, start.Add(time.Minute))
		if err != nil || len(list) != 2 || list[0].ID != me.Session.ID {
			t.Fatal(list, err)
		}
		stranger := me
		stranger.Operator.ID++
		want(t, o.book.RevokeSession(ctx, stranger, list[1].ID, start), fault.NotFound)
		if err := o.book.RevokeSession(ctx, me, list[1].ID, start); err != nil {
			t.Fatal(err)
		}
		_, err = o.book.SessionBySecret(ctx, first, start)
		want(t, err, fault.Unauthenticated)
		if err := o.book.SignOut(ctx, second, start.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		_, err = o.book.SessionBySecret(ctx, second, start.Add(time.Minute))
		want(t, err, fault.Unauthenticated)
		if err := o.book.SignOut(ctx, second, start); err != nil {
			t.Error("signing out twice:", err)
		}
		if err := o.book.Sweep(ctx, start.Add(90*24*time.Hour)); err != nil {
			t.Error(err)
		}
	})
}

func TestGuessingIsSlowed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := context.Background(), open(t, db)
		guess := func(mail, network string, now time.Time) error {
			_, _, err := o.book.SignIn(ctx, mail, "wrong", network, "", now)
			return err
		}
		for i := range 10 { // from ten networks: the account itself is guarded
			want(t, guess(adminMail, fmt.Sprintf("198.51.100.%d", i), start), fault.Unauthenticated)
		}
		want(t, guess(adminMail, "198.51.100.200", start), fault.Busy)
		_, _, err := o.book.SignIn(ctx, adminMail, adminPassword, "198.51.100.201", "", start)
		want(t, err, fault.Busy)
		o.signIn(t, start.Add(time.Minute))
		for i := range 30 { // one IPv6 network, thirty addresses and accounts
			want(t, guess(fmt.Sprintf("not an address %d", i), fmt.Sprintf("2001:db8::%d", i+1), start), fault.Unauthenticated)
		}
		want(t, guess("x@y.example", "2001:db8::ffff", start), fault.Busy)
		want(t, guess("x@y.example", "2001:db8:0:1::1", start), fault.Unauthenticated)
	})
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		other, _ := o.signIn(t, start)
		mine, me := o.signIn(t, start)
		err := o.book.ChangePassword(ctx, me, account.PasswordChange{Old: "wrong", New: "ringo to mikan no ki"}, start)
		if got := fields(t, err); got != "old_password" {
			t.Error(got)
		}
		err = o.book.ChangePassword(ctx, me, account.PasswordChange{Old: adminPassword, New: "password1234"}, start)
		if got := fields(t, err); got != "new_password" {
			t.Error(got)
		}
		if err := o.book.ChangePassword(ctx, me, account.PasswordChange{Old: adminPassword, New: "ringo to mikan no ki"}, start); err != nil {
			t.Fatal(err)
		}
		_, err = o.book.SessionBySecret(ctx, other, start)
		want(t, err, fault.Unauthenticated)
		if _, err := o.book.SessionBySecret(ctx, mine, start); err != nil {
			t.Error(err)
		}
		_, _, err = o.book.SignIn(ctx, adminMail, adminPassword, "192.0.2.9", "", start)
		want(t, err, fault.Unauthenticated)
		// Full-width letters of another keyboard are the same letters.
		if _, _, err = o.book.SignIn(ctx, adminMail, "ｒｉｎｇｏ to mikan no ki", "192.0.2.9", "", start); err != nil {
			t.Error(err)
		}
	})
}

func TestLinksWorkOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		cli := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
		request := account.LinkRequest{Operator: o.owner.ID, Workspace: o.ws.ID, Purpose: account.LinkSignIn}
		_, err := o.book.CreateLink(ctx, o.by, request, start)
		want(t, err, fault.Refused) // not even an owner: the link would open other workspaces too
		link, err := o.book.CreateLink(ctx, cli, request, start)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // looking does not spend it
			if l, err := o.book.PeekLink(ctx, link, start); err != nil || l.Operator.ID != o.owner.ID {
				t.Fatal(l, err)
			}
		}
		secret, _, err := o.book.UseLink(ctx, account.LinkUse{Secret: link}, start)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.book.SessionBySecret(ctx, secret, start); err != nil {
			t.Error(err)
		}
		for _, dead := range []string{link, "", "kyl_forged", secret} {
			_, _, err := o.book.UseLink(ctx, account.LinkUse{Secret: dead}, start)
			want(t, err, fault.Unauthenticated)
		}
		late, err := o.book.CreateLink(ctx, cli, request, start)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = o.book.UseLink(ctx, account.LinkUse{Secret: late}, start.Add(time.Hour))
		want(t, err, fault.Unauthenticated)
	})
}

func TestResetByMail(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		for _, stranger := range []string{"nobody@sample-shokai.example", "garbage", ""} {
			if link, _, err := o.book.RequestReset(ctx, stranger, "192.0.2.1", start); err != nil || link != "" {
				t.Fatal(link, err)
			}
		}
		old, _ := o.signIn(t, start)
		unused, _, err := o.book.RequestReset(ctx, adminMail, "192.0.2.1", start)
		if err != nil {
			t.Fatal(err)
		}
		link, to, err := o.book.RequestReset(ctx, adminMail, "192.0.2.1", start)
		if err != nil || link == "" || to.ID != o.owner.ID {
			t.Fatal(link, to, err)
		}
		_, _, err = o.book.UseLink(ctx, account.LinkUse{Secret: link, Password: "short"}, start)
		if got := fields(t, err); got != "password" {
			t.Error(got)
		}
		if _, _, err = o.book.UseLink(ctx, account.LinkUse{Secret: link, Password: "aoi tori ga tobu"}, start); err != nil {
			t.Fatal("a weak password spent the link:", err)
		}
		_, err = o.book.SessionBySecret(ctx, old, start)
		want(t, err, fault.Unauthenticated)
		_, err = o.book.PeekLink(ctx, unused, start)
		want(t, err, fault.Unauthenticated)
		if _, _, err := o.book.SignIn(ctx, adminMail, "aoi tori ga tobu", "192.0.2.1", "", start); err != nil {
			t.Error(err)
		}
	})
}

func TestHalfSessionOpensNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		enrolled := enrol(t, o, start)
		now := start.Add(time.Hour)
		half, s, err := o.book.SignIn(ctx, adminMail, adminPassword, "192.0.2.1", "", now)
		if err != nil || !s.SecondFactorDue {
			t.Fatal(s, err)
		}
		_, err = o.book.SessionBySecret(ctx, half, now)
		want(t, err, fault.Unauthenticated)
		if !errors.Is(err, account.ErrSecondFactorDue) {
			t.Error("the page cannot know to ask for the code:", err)
		}
		_, _, err = o.book.SecondFactor(ctx, half, "000000", "192.0.2.1", now)
		want(t, err, fault.Invalid)
		code := enrolled.code(t, now)
		full, s, err := o.book.SecondFactor(ctx, half, code, "192.0.2.1", now)
		if err != nil || s.SecondFactorDue || full == half {
			t.Fatal(s, err)
		}
		if _, err := o.book.SessionBySecret(ctx, full, now); err != nil {
			t.Error(err)
		}
		_, err = o.book.SessionBySecret(ctx, half, now)
		if errors.Is(err, account.ErrSecondFactorDue) {
			t.Error("the old secret still lives")
		}
		want(t, err, fault.Unauthenticated)
		_, _, err = o.book.SecondFactor(ctx, full, enrolled.code(t, now.Add(time.Minute)), "", now.Add(time.Minute))
		want(t, err, fault.Refused)

		replay, _, err := o.book.SignIn(ctx, adminMail, adminPassword, "192.0.2.1", "", now)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = o.book.SecondFactor(ctx, replay, code, "192.0.2.1", now)
		want(t, err, fault.Invalid)
		_, _, err = o.book.SecondFactor(ctx, replay, enrolled.code(t, now.Add(time.Hour)), "192.0.2.1", now.Add(10*time.Minute))
		want(t, err, fault.Unauthenticated) // waited too long
	})
}
