package web

import (
	"encoding/base64"
	"html/template"
	"net/url"
	"regexp"

	"github.com/skip2/go-qrcode"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// secondFactorPage shows the secret to scan or to type, and asks for a first code.
type secondFactorPage struct {
	Form   page.Form
	Secret string
	QR     template.URL
}

// recoveryCodesPage shows the codes this once.
type recoveryCodesPage struct{ Codes []string }

// secondFactorEnrol begins a second factor. It is a POST: it makes a new secret.
func (s *Site) secondFactorEnrol(c *Call) error {
	enrolment, err := s.Accounts.EnrolTOTP(c.Context(), c.Signed)
	if err != nil {
		return err
	}
	p, err := newSecondFactorPage(c, enrolment.Secret, page.Form{})
	if err != nil {
		return err
	}
	return c.Render("second_factor", p)
}

// base32Secret is what the page carries along so that a mistyped code does not ask
// for a new scan. It is only shown again: what counts is what was stored.
var base32Secret = regexp.MustCompile(`^[A-Z2-7]{16,128}$`)

func newSecondFactorPage(c *Call, secret string, form page.Form) (secondFactorPage, error) {
	if !base32Secret.MatchString(secret) {
		return secondFactorPage{}, fault.New(fault.Invalid, "page.unreadable")
	}
	u := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/Kyodaku:" + c.Operator.Email.Display(),
		RawQuery: url.Values{"secret": {secret}, "issuer": {"Kyodaku"}}.Encode(),
	}
	png, err := qrcode.Encode(u.String(), qrcode.Medium, 416)
	if err != nil {
		return secondFactorPage{}, err
	}
	// The picture is ours: html/template would not let a data address through otherwise.
	return secondFactorPage{form, secret, template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))}, nil
}

// secondFactorConfirm turns it on, proven by a first code.
func (s *Site) secondFactorConfirm(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	codes, err := s.Accounts.ConfirmTOTP(c.Context(), c.Signed, form.Get("code"), c.Now)
	if form.Take(err) {
		p, err := newSecondFactorPage(c, form.Get("secret"), form)
		if err != nil {
			return err
		}
		return c.RenderForm("second_factor", p)
	}
	if err != nil {
		return err
	}
	return c.Render("recovery_codes", recoveryCodesPage{codes})
}

// secondFactorRemove turns it off, given a code that works.
func (s *Site) secondFactorRemove(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	if err := s.Accounts.RemoveTOTP(c.Context(), c.Signed, form.Get("code"), c.Now); form.Take(err) {
		form.ID = "second"
		return s.securityForm(c, func(p *securityPage) { p.Code = form })
	} else if err != nil {
		return err
	}
	return c.Done(securityPath, "web.security.second_off")
}

// secondFactorCodes replaces the recovery codes, given a code that works.
func (s *Site) secondFactorCodes(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	codes, err := s.Accounts.RenewRecoveryCodes(c.Context(), c.Signed, form.Get("code"), c.Now)
	if form.Take(err) {
		form.ID = "second"
		return s.securityForm(c, func(p *securityPage) { p.Code = form })
	}
	if err != nil {
		return err
	}
	return c.Render("recovery_codes", recoveryCodesPage{codes})
}
