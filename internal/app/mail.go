package app

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/web"
)

// buildMail builds what writes and delivers messages.
func (a *App) buildMail() error {
	keys := delivery.NewKeys(a.DB, a.Ring)
	signer, err := a.signer(keys)
	if err != nil {
		return err
	}
	a.Domains = &delivery.Domains{
		DB: a.DB, Accounts: a.Accounts, Keys: keys, Clock: a.Clock, TXT: lookupTXT(a.Mail.Resolvers), Inside: a.Mail.Inside || a.Mail.Mode == Catch,
	}
	a.lookAtDomains()
	router, err := a.router()
	if err != nil {
		return err
	}
	a.figures = newFigures()
	a.Engine = delivery.NewEngine(delivery.Config{
		DB: a.DB, Gate: a.Gate, Router: router, Signer: timed{signer, a.figures.sign}, Watch: a.figures, Clock: a.Clock, Log: a.Log,
		Connections: a.Mail.Connections, Sources: a.Mail.Sources, Failed: a.deadAddress,
	})
	a.Campaigns = campaign.New(campaign.Needs{
		DB: a.DB, Ring: a.Ring, Accounts: a.Accounts, Contacts: a.Contacts, Consent: a.Consent, Gate: a.Gate,
		Engine: a.Engine, Composer: compose.New(a.Texts), Texts: a.Texts, Clock: a.Clock, Log: a.Log,
		Links: campaign.Links{Ring: a.Ring, PublicURL: a.PublicURL, MailDomain: a.Mail.InboundDomain},
	})
	return nil
}

// signer chooses by whom mail is signed.
func (a *App) signer(keys *delivery.Keys) (delivery.Signer, error) {
	switch s := a.Mail.Signer; {
	case s == SignRelay && a.Mail.Mode == RelayMode:
		return delivery.Unsigned{}, nil
	case s == "":
		return keys, nil
	default:
		return keys, keys.Use(delivery.Arithmetic(s))
	}
}

// router chooses the way out. The catcher is a real SMTP server on loopback, so
// that a trial goes the same way as the real thing.
func (a *App) router() (delivery.Router, error) {
	switch a.Mail.Mode {
	case Catch:
		a.catcher = catcher.New(catcher.Config{Hostname: a.Mail.Hostname, Keep: a.Caught.Keep, Log: a.Log, Clock: a.Clock})
		if err := a.catcher.Listen("127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("app: catcher: %w", err)
		}
		return delivery.Relay{Target: smtp.Target{Addr: a.catcher.Addr(), Hello: a.Mail.Hostname, TLS: smtp.TLSNever}}, nil
	case RelayMode:
		if len(a.Mail.Relays) == 0 {
			return delivery.Relay{Target: a.Mail.Relay}, nil
		}
		first := delivery.RelayTarget{Target: a.Mail.Relay, Weight: 1}
		return delivery.NewRelays(append([]delivery.RelayTarget{first}, a.Mail.Relays...), a.Clock)
	case MX:
		return a.mxRouter()
	}
	return nil, fmt.Errorf("app: delivery mode %q is unknown", a.Mail.Mode)
}

// lookupTXT asks the given resolvers, or the system's, and remembers nothing: whoever
// mended a record wants to see it. An unknown name is an empty answer, anything else
// that fails an error.
func lookupTXT(servers []string) func(context.Context, string) ([]string, error) {
	r := resolverOf(servers)
	return func(ctx context.Context, name string) ([]string, error) {
		texts, err := r.LookupTXT(ctx, name)
		if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
			return nil, nil
		}
		return texts, err
	}
}

// domainRecords shows the settings pages what a domain's zone should hold.
type domainRecords struct{ app *App }

// recordWords are the catalogue keys of what a record is for.
func recordWords(use string) string { return "app.dns." + use }

// Records implements web.DNS.
func (d domainRecords) Records(ctx context.Context, workspace int64, domain string) ([]web.DNSRecord, error) {
	records, err := d.app.Domains.Records(ctx, workspace, domain)
	var out []web.DNSRecord
	for _, r := range records {
		out = append(out, web.DNSRecord{Type: "TXT", Name: r.Name, Value: r.Value, Key: recordWords(r.For), State: keyWords(r.Key), Until: r.Until, Found: r.Right})
	}
	return out, err
}

// keyWords are the catalogue keys of where a signing key stands.
func keyWords(s delivery.KeyState) string {
	if s == "" {
		return ""
	}
	return "app.key." + string(s)
}

// Rotate implements web.DNS.
func (d domainRecords) Rotate(ctx context.Context, by account.By, workspace int64, domain string) error {
	return d.app.Domains.Rotate(ctx, by, workspace, domain, d.app.Clock())
}

// Check implements web.DNS.
func (d domainRecords) Check(ctx context.Context, _ account.By, workspace int64, domain string) error {
	_, err := d.app.Domains.Check(ctx, workspace, domain, d.app.Clock())
	return err
}
