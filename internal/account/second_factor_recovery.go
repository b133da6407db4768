package account

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

const (
	recoveryCodes = 10
	// recoveryLength is in characters of five bits: 80 bits, too many to try even
	// for somebody who holds the hashes.
	recoveryLength = 16
)

// recoveryAlphabet leaves out letters that are read as digits (i, l, o) and u.
const recoveryAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// newRecoveryCodes replaces an operator's codes and returns the new ones as
// xxxx-xxxx-xxxx-xxxx.
func newRecoveryCodes(ctx context.Context, tx *store.Tx, operator int64) ([]string, error) {
	if _, err := tx.Exec(ctx, sqlDropRecovery, operator); err != nil {
		return nil, err
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		var raw [recoveryLength * 5 / 8]byte
		_, _ = rand.Read(raw[:]) // never fails, by its documentation
		c := base32.NewEncoding(recoveryAlphabet).EncodeToString(raw[:])
		codes[i] = c[:4] + "-" + c[4:8] + "-" + c[8:12] + "-" + c[12:]
		if _, err := tx.Exec(ctx, sqlAddRecovery, operator, keyring.SecretHash(c)); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// RecoveryCodesLeft counts the codes that still work.
func (b *Book) RecoveryCodesLeft(ctx context.Context, operator int64) (int, error) {
	var n int
	err := b.db.QueryRow(ctx, sqlCountRecovery, operator).Scan(&n)
	return n, failed("recovery codes", err)
}

// RenewRecoveryCodes replaces the codes, given a code that works.
func (b *Book) RenewRecoveryCodes(ctx context.Context, me Signed, code string, now time.Time) ([]string, error) {
	var codes []string
	err := b.withCode(ctx, me, code, now, func(tx *store.Tx) error {
		var err error
		if codes, err = newRecoveryCodes(ctx, tx, me.Operator.ID); err != nil {
			return err
		}
		return b.selfNote(ctx, tx, me, "second_factor.recovery", Subject{"operator", me.Operator.ID}, now)
	})
	return codes, failed("renew recovery codes", err)
}

// RemoveTOTP turns the second factor off, given a code that works.
func (b *Book) RemoveTOTP(ctx context.Context, me Signed, code string, now time.Time) error {
	err := b.withCode(ctx, me, code, now, func(tx *store.Tx) error {
		if err := dropSecondFactor(ctx, tx, me.Operator.ID); err != nil {
			return err
		}
		return b.selfNote(ctx, tx, me, "second_factor.off", Subject{"operator", me.Operator.ID}, now)
	})
	return failed("remove second factor", err)
}

// withCode does work in the transaction that spends a code.
func (b *Book) withCode(ctx context.Context, me Signed, code string, now time.Time, work func(*store.Tx) error) error {
	key := codeKey(me.Operator.ID)
	if err := take(b.limits.code, key, now); err != nil {
		return err
	}
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		method, err := b.spendCode(ctx, tx, me.Operator.ID, code, now)
		if err != nil {
			return err
		}
		if method == "" {
			return wrongCode()
		}
		return work(tx)
	})
	if err == nil {
		b.limits.code.Forget(key)
	}
	return err
}

// DropSecondFactor turns it off for an operator who lost phone and codes. Only
// whoever sits at the machine may.
func (b *Book) DropSecondFactor(ctx context.Context, by By, operator int64, now time.Time) error {
	if by.Actor.Kind != ActorCLI {
		return fault.New(fault.Refused, "account.role.may_not")
	}
	in, err := b.Memberships(ctx, operator)
	if err != nil {
		return err
	}
	err = b.db.Write(ctx, func(tx *store.Tx) error {
		if err := dropSecondFactor(ctx, tx, operator); err != nil {
			return err
		}
		for _, m := range in {
			if err := note(ctx, tx, by, Entry{Workspace: m.Workspace, Action: "second_factor.off", Subject: Subject{"operator", operator}}, now); err != nil {
				return err
			}
		}
		return nil
	})
	return failed("drop second factor", err)
}

func dropSecondFactor(ctx context.Context, tx *store.Tx, operator int64) error {
	if err := changed(tx.Exec(ctx, sqlDropTOTP, operator)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlDropRecovery, operator)
	return err
}
