package delivery

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/tlsreport"
)

// ReportPost sends TLS reports by mail, for tlsreport.Config.Mail. They are not for
// people: a domain asks for them in its DNS (RFC 8460 3), so no permission of a
// person is needed and the outbox does not know them.
type ReportPost struct {
	Router *MX
	// Sign signs a message for a domain of ours; reports without a signature are
	// thrown away (RFC 8460 5.3).
	Sign func(ctx context.Context, domain string, message []byte) ([]byte, error)
}

// Send hands a report to the first server that answers. An error means that it was
// not taken.
func (p ReportPost) Send(ctx context.Context, m tlsreport.Mail) error {
	signed, err := p.Sign(ctx, m.FromDomain(), m.Data)
	if err != nil {
		return err
	}
	targets, err := p.Router.OpenTargets(ctx, m.Domain)
	if err != nil {
		return err
	}
	err = errNoTargets
	for _, t := range targets {
		var s *smtp.Session
		if s, err = smtp.Dial(ctx, t); err != nil {
			continue
		}
		_, err = s.Deliver(ctx, smtp.Envelope{From: m.From, To: m.To}, signed, machineMail{})
		_ = s.Quit(ctx) // politeness; the answer to the mail stands
		return err
	}
	return err
}

// machineMail is the fence of what no person receives.
type machineMail struct{}

// BeforeMail implements smtp.Fence.
func (machineMail) BeforeMail(context.Context) error { return nil }

// BeforeDot implements smtp.Fence.
func (machineMail) BeforeDot(context.Context) (func(), error) { return nil, nil } //nolint:nilnil // as the interface says
