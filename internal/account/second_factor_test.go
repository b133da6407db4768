package account_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// phone is an authenticator app and the paper with the recovery codes.
type phone struct {
	secret   string
	recovery []string
	me       account.Signed
}

func (p phone) code(t *testing.T, now time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(p.secret, now)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func enrol(t *testing.T, o office, now time.Time) phone {
	t.Helper()
	_, me := o.signIn(t, now)
	e, err := o.book.EnrolTOTP(t.Context(), me)
	if err != nil {
		t.Fatal(err)
	}
	p := phone{secret: e.Secret, me: me}
	if !strings.HasPrefix(e.URL, "otpauth://totp/Kyodaku:") {
		t.Errorf("URL %q", e.URL)
	}
	if p.recovery, err = o.book.ConfirmTOTP(t.Context(), me, p.code(t, now), now); err != nil || len(p.recovery) != 10 {
		t.Fatal(p.recovery, err)
	}
	return p
}

func TestSecondFactorFromOnToOff(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		other, me := o.signIn(t, start)
		_, err := o.book.ConfirmTOTP(ctx, me, "123456", start)
		want(t, err, fault.Invalid) // nothing enrolled
		if _, s, err := o.book.SignIn(ctx, adminMail, adminPassword, "192.0.2.1", "", start); err != nil || s.SecondFactorDue {
			t.Fatal(s, err)
		}
		p := enrol(t, o, start)
		_, err = o.book.SessionBySecret(ctx, other, start)
		want(t, err, fault.Unauthenticated) // it never saw a code
		_, err = o.book.EnrolTOTP(ctx, p.me)
		want(t, err, fault.Refused) // else a stolen session could bring its own phone
		want(t, o.book.RemoveTOTP(ctx, p.me, p.code(t, start), start), fault.Invalid)
		later := start.Add(time.Minute)
		codes, err := o.book.RenewRecoveryCodes(ctx, p.me, p.code(t, later), later)
		if err != nil || len(codes) != 10 {
			t.Fatal(err)
		}
		want(t, o.book.RemoveTOTP(ctx, p.me, p.recovery[0], later), fault.Invalid) // the old paper
		if err := o.book.RemoveTOTP(ctx, p.me, " "+strings.ToUpper(codes[3])+" ", later); err != nil {
			t.Fatal(err)
		}
		if n, err := o.book.RecoveryCodesLeft(ctx, o.owner.ID); err != nil || n != 0 {
			t.Error(n, err)
		}
		if _, s, err := o.book.SignIn(ctx, adminMail, adminPassword, "192.0.2.1", "", later); err != nil || s.SecondFactorDue {
			t.Error(s, err)
		}
	})
}

func TestRecoveryCodeWorksOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		p := enrol(t, o, start)
		for i, code := range []string{p.recovery[0], p.recovery[0], "zzzz-zzzz-zzzz-zzzz"} {
			half, _, err := o.book.SignIn(ctx, adminMail, adminPassword, "192.0.2.1", "", start)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = o.book.SecondFactor(ctx, half, code, "192.0.2.1", start)
			if (i == 0) != (err == nil) {
				t.Errorf("try %d: %v", i, err)
			}
		}
		if n, err := o.book.RecoveryCodesLeft(ctx, o.owner.ID); err != nil || n != 9 {
			t.Error(n, err)
		}
		cli := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
		want(t, o.book.DropSecondFactor(ctx, o.by, o.owner.ID, start), fault.Refused)
		if err := o.book.DropSecondFactor(ctx, cli, o.owner.ID, start); err != nil {
			t.Fatal(err)
		}
		if _, s, err := o.book.SignIn(ctx, adminMail, adminPassword, "192.0.2.1", "", start); err != nil || s.SecondFactorDue {
			t.Error(s, err)
		}
	})
}

func TestOfManyWithOneCodeOneWins(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db)
		p, now := enrol(t, o, start), start.Add(time.Hour)
		code := p.code(t, now)
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			half, _, err := o.book.SignIn(t.Context(), adminMail, adminPassword, "192.0.2.1", "", now)
			if err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				if _, _, err := o.book.SecondFactor(context.Background(), half, code, "192.0.2.1", now); err == nil {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d requests passed with one code", won.Load())
		}
	})
}

func TestGuessingCodesIsSlowed(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	o := open(t, db)
	p, now := enrol(t, o, start), start.Add(time.Hour)
	half, _, err := o.book.SignIn(t.Context(), adminMail, adminPassword, "192.0.2.1", "", now)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		_, _, err := o.book.SecondFactor(t.Context(), half, "not it", "192.0.2.1", now)
		want(t, err, fault.Invalid)
	}
	_, _, err = o.book.SecondFactor(t.Context(), half, p.code(t, now), "192.0.2.1", now)
	want(t, err, fault.Busy)
	list, err := o.book.AuditList(t.Context(), db, account.AuditQuery{Workspace: o.ws.ID, Action: "second_factor.failed"})
	if err != nil || len(list) != 5 {
		t.Errorf("%d failures in the audit log, %v", len(list), err)
	}
}

func TestSealedSecretIsBoundToItsOperator(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	o := open(t, db)
	enrol(t, o, start)
	const sqlSealed = `SELECT totp_sealed FROM operator WHERE id = ?`
	const sqlSteal = `UPDATE operator SET totp_sealed = (SELECT v.totp_sealed FROM operator v WHERE v.id = ?), totp_confirmed_at = 1 WHERE id = ?`
	in, err := o.book.Invite(t.Context(), o.by, account.Invite{Workspace: o.ws.ID, Email: "jiro@sample-shokai.example", Name: "鈴木 次郎", Role: account.Viewer}, start)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), sqlSteal, o.owner.ID, in.Operator.ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	half, s, err := o.book.UseLink(t.Context(), account.LinkUse{Secret: in.Secret, Password: "aoi tori ga tobu"}, start)
	if err != nil || !s.SecondFactorDue {
		t.Fatal(s, err)
	}
	_, _, err = o.book.SecondFactor(t.Context(), half, "123456", "", start)
	want(t, err, fault.Internal)
	var sealed []byte
	if err := db.QueryRow(t.Context(), sqlSealed, o.owner.ID).Scan(&sealed); err != nil || len(sealed) < 40 {
		t.Error(len(sealed), err)
	}
}
