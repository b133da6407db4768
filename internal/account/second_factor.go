package account

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"golang.org/x/text/unicode/norm"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// totpStep is the length of a time step (RFC 6238); one step early or late is
// forgiven for clocks that go wrong.
const totpStep = 30

// SecondFactor completes a session that waits for it, with a TOTP code or a
// recovery code, and gives it a new secret: the old one was known before the
// person was proven. Each code works once.
func (b *Book) SecondFactor(ctx context.Context, secret, code, network string, now time.Time) (string, Session, error) {
	half, err := b.session(ctx, b.db, secret, now)
	if err != nil {
		return "", Session{}, err
	}
	if !half.Session.SecondFactorDue {
		return "", Session{}, fault.New(fault.Refused, "account.second_factor.not_due")
	}
	if err := take(b.limits.code, codeKey(half.Operator.ID), now); err != nil {
		return "", Session{}, err
	}
	fresh, s := keyring.Secret(secretPrefixSession), half.Session
	s.SecondFactorDue, s.SeenAt, s.ExpiresAt = false, now, now.Add(SessionLife)
	var method string
	err = b.db.Write(ctx, func(tx *store.Tx) error {
		if method, err = b.spendCode(ctx, tx, half.Operator.ID, code, now); err != nil {
			return err
		}
		action := "second_factor.failed"
		if method != "" {
			action = "second_factor.passed"
			if err := changed(tx.Exec(ctx, sqlCompleteSession, keyring.SecretHash(fresh), store.Micros(now), store.Micros(s.ExpiresAt), s.ID)); err != nil {
				return err
			}
		}
		e := Entry{Workspace: s.Workspace, Action: action, Subject: Subject{"session", s.ID}, Detail: map[string]any{"method": method}}
		return note(ctx, tx, half.By(network), e, now)
	})
	if err != nil {
		return "", Session{}, failed("second factor", err)
	}
	if method == "" {
		return "", Session{}, wrongCode()
	}
	b.limits.code.Forget(codeKey(half.Operator.ID))
	return fresh, s, nil
}

func wrongCode() error { return fault.Bad("code", "account.second_factor.wrong") }

func codeKey(operator int64) string { return strconv.FormatInt(operator, 10) }

// spendCode checks a code and makes it useless. It returns how the code was
// known: "totp", "recovery", or "" when it is wrong.
func (b *Book) spendCode(ctx context.Context, tx *store.Tx, operator int64, code string, now time.Time) (string, error) {
	code = cleanCode(code)
	if len(code) == recoveryLength {
		n, err := tx.Exec(ctx, sqlSpendRecovery, store.Micros(now), operator, keyring.SecretHash(code))
		if err != nil || n == 0 {
			return "", err
		}
		return "recovery", nil
	}
	t, err := b.authenticator(ctx, tx, operator)
	if err != nil || !t.confirmed {
		return "", err
	}
	step := t.match(code, now)
	if step == 0 {
		return "", nil
	}
	// The guard is in the statement: of two requests with one code, one wins.
	n, err := tx.Exec(ctx, sqlSpendStep, step, operator, step)
	if err != nil || n == 0 {
		return "", err
	}
	return "totp", nil
}

// cleanCode takes off what people and keyboards add.
func cleanCode(code string) string {
	if len(code) > 100 {
		return ""
	}
	code = strings.ToLower(norm.NFKC.String(code))
	return strings.NewReplacer(" ", "", "-", "", "ー", "", "o", "0", "i", "1", "l", "1").Replace(code)
}

// authenticator is an operator's shared secret.
type authenticator struct {
	secret    string // base32 without padding
	confirmed bool
}

func (b *Book) authenticator(ctx context.Context, r store.Reader, operator int64) (authenticator, error) {
	var a authenticator
	var sealed []byte
	if err := r.QueryRow(ctx, sqlAuthenticator, operator).Scan(&sealed, &a.confirmed); err != nil {
		return authenticator{}, err
	}
	if len(sealed) == 0 {
		return authenticator{}, nil
	}
	plain, err := b.ring.Open(sealUse(operator), sealed)
	a.secret = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(plain)
	return a, err
}

// sealUse binds a sealed secret to its row: copied to another operator it does not open.
func sealUse(operator int64) string { return "totp " + strconv.FormatInt(operator, 10) }

// match returns the step whose code this is, or 0.
func (a authenticator) match(code string, now time.Time) int64 {
	if a.secret == "" {
		return 0
	}
	current, found := now.Unix()/totpStep, int64(0)
	for step := current - 1; step <= current+1; step++ {
		want, err := hotp.GenerateCode(a.secret, uint64(step))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// Enrolment is what an authenticator app needs. Both fields are secret.
type Enrolment struct {
	// Secret is for typing: base32 without padding.
	Secret string
	// URL is for the QR code: otpauth://totp/…
	URL string
}

// EnrolTOTP begins a second factor; it counts from ConfirmTOTP on. fault.Refused
// when one stands already: it has to be removed first.
func (b *Book) EnrolTOTP(ctx context.Context, me Signed) (Enrolment, error) {
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: "Kyodaku", AccountName: me.Operator.Email.Display(), Period: totpStep, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return Enrolment{}, failed("enrol", err)
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key.Secret())
	if err != nil {
		return Enrolment{}, failed("enrol", err)
	}
	err = b.db.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, sqlEnrol, b.ring.Seal(sealUse(me.Operator.ID), raw), me.Operator.ID)
		if err == nil && n == 0 {
			return fault.New(fault.Refused, "account.second_factor.on")
		}
		return err
	})
	if err != nil {
		return Enrolment{}, failed("enrol", err)
	}
	return Enrolment{Secret: key.Secret(), URL: key.URL()}, nil
}

// ConfirmTOTP turns the second factor on, proven by a first code, ends the
// operator's other sessions, which never saw one, and returns the recovery codes:
// they are shown this once.
func (b *Book) ConfirmTOTP(ctx context.Context, me Signed, code string, now time.Time) ([]string, error) {
	if err := take(b.limits.code, codeKey(me.Operator.ID), now); err != nil {
		return nil, err
	}
	var codes []string
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := holdOperator(ctx, tx, me.Operator.ID); err != nil { // what is confirmed is what was read
			return err
		}
		a, err := b.authenticator(ctx, tx, me.Operator.ID)
		if err != nil {
			return err
		}
		step := a.match(cleanCode(code), now)
		if step == 0 {
			return wrongCode()
		}
		n, err := tx.Exec(ctx, sqlConfirmTOTP, store.Micros(now), step, me.Operator.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Refused, "account.second_factor.on")
		}
		if _, err := tx.Exec(ctx, sqlRevokeOthers, store.Micros(now), me.Operator.ID, me.Session.ID); err != nil {
			return err
		}
		if codes, err = newRecoveryCodes(ctx, tx, me.Operator.ID); err != nil {
			return err
		}
		return b.selfNote(ctx, tx, me, "second_factor.on", Subject{"operator", me.Operator.ID}, now)
	})
	return codes, failed("confirm second factor", err)
}
