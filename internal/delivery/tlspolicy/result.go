package tlspolicy

import (
	"crypto/x509"
	"errors"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// The result types of RFC 8460 4.3 that we tell apart.
const (
	ResultNotOffered    = "starttls-not-supported"
	ResultHostMismatch  = "certificate-host-mismatch"
	ResultExpired       = "certificate-expired"
	ResultNotTrusted    = "certificate-not-trusted"
	ResultFailure       = "validation-failure"
	ResultDNSSEC        = "dnssec-invalid"
	ResultFetchError    = "sts-policy-fetch-error"
	ResultPolicyInvalid = "sts-policy-invalid"
	ResultWebPKIInvalid = "sts-webpki-invalid"
)

// Result names why a session has no encryption, or not the one asked for.
func Result(err error) string {
	_, host := errors.AsType[x509.HostnameError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	invalid, bad := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case errors.Is(err, smtp.ErrNotOffered):
		return ResultNotOffered
	case errors.Is(err, ErrTLSA):
		return ResultDNSSEC
	case host:
		return ResultHostMismatch
	case authority:
		return ResultNotTrusted
	case bad && invalid.Reason == x509.Expired:
		return ResultExpired
	}
	return ResultFailure
}
