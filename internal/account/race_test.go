package account_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestNoSessionSlipsPastASecondFactor: whoever signs in with the password alone while a second
// factor is being switched on is in for no longer than that.
func TestNoSessionSlipsPastASecondFactor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		for n := range 4 {
			now := start.Add(time.Duration(n) * time.Hour)
			_, me := o.signIn(t, now)
			e, err := o.book.EnrolTOTP(ctx, me)
			if err != nil {
				t.Fatal(err)
			}
			p := phone{secret: e.Secret, me: me}
			var all sync.WaitGroup
			slipped := make([]string, 3)
			for i := range slipped {
				all.Go(func() {
					secret, s, err := o.book.SignIn(ctx, adminMail, adminPassword, "192.0.2."+strconv.Itoa(i+1), "", now)
					if err != nil && !fault.Is(err, fault.Unauthenticated) {
						t.Error(err)
					}
					if err == nil && !s.SecondFactorDue {
						slipped[i] = secret
					}
				})
			}
			all.Go(func() {
				if p.recovery, err = o.book.ConfirmTOTP(ctx, me, p.code(t, now), now); err != nil {
					t.Error(err)
				}
			})
			all.Wait()
			for _, secret := range slipped {
				if _, err := o.book.SessionBySecret(ctx, secret, now); secret != "" && !fault.Is(err, fault.Unauthenticated) {
					t.Fatalf("a password alone opens an account with a second factor: %v", err)
				}
			}
			if err := o.book.RemoveTOTP(ctx, me, p.recovery[0], now); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestWhoIsLetGoEverywhereIsLockedOut, also where two workspaces do it at one moment.
func TestWhoIsLetGoEverywhereIsLockedOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		cli := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
		second, err := o.book.CreateWorkspace(ctx, cli, account.WorkspaceForm{Slug: "second", Label: goodLabel()}, o.owner.ID, start)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 30 {
			email := "jiro" + strconv.Itoa(n) + "@sample-shokai.example"
			var jiro account.Operator
			for _, ws := range []int64{o.ws.ID, second.ID} {
				in, err := o.book.Invite(ctx, o.by, account.Invite{Workspace: ws, Email: email, Name: "鈴木", Role: account.Viewer}, start)
				if err != nil {
					t.Fatal(err)
				}
				jiro = in.Operator
			}
			var all sync.WaitGroup
			for _, ws := range []int64{o.ws.ID, second.ID} {
				all.Go(func() {
					if err := o.book.Disable(ctx, o.by, account.Membership{Workspace: ws, Operator: jiro.ID}, start); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			m, err := addr.ParseMail(email)
			if err != nil {
				t.Fatal(err)
			}
			if gone, err := o.book.OperatorByEmail(ctx, db, m); err != nil || !gone.Disabled() {
				t.Fatalf("somebody without a place was not locked out: %+v, %v", gone, err)
			}
		}
	})
}
