package app

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/feedback"
	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
	"github.com/kyodaku/kyodaku/internal/delivery/mailbox"
	"github.com/kyodaku/kyodaku/internal/notice"
)

// post brings mail that readers wrote to the company's people.
type post struct{ notice.Forwarder }

var _ inbound.Post = post{}

// Forward implements inbound.Post.
func (p post) Forward(ctx context.Context, workspace int64, m catcher.Mail) error {
	return p.Forwarder.Forward(ctx, workspace, notice.Incoming{To: m.To, Data: m.Data, ReceivedAt: m.ReceivedAt})
}

// inboundServer takes mail that comes back, however it comes.
func (a *App) inboundServer() *inbound.Server {
	return inbound.New(inbound.Config{
		Domain: a.Mail.InboundDomain, Ring: a.Ring, Refuser: a.Exits, Reports: a.bounces(), Post: post{notice.Forwarder{Desk: a.Notices}},
		Wishes: &inbound.Wishes{DB: a.DB, Ring: a.Ring, Refuser: a.Exits, TXT: lookupTXT(a.Mail.Resolvers)},
		Log:    a.Log, Clock: a.Clock,
	})
}

// fetchInbound empties the mailbox that such mail arrives in, if there is one. It is to be
// called before the jobs start.
func (a *App) fetchInbound() {
	c := a.Mail.InboundIMAP
	if c.Addr == "" {
		return
	}
	c.Domain, c.Take, c.Log, c.Clock = a.Mail.InboundDomain, a.inboundServer().Take, a.Log, a.Clock
	a.Jobs.Every("mailbox", mailbox.Every, mailbox.New(c).Drain)
}

// hooks takes what relays tell about our messages.
func (a *App) hooks() (*feedback.Handler, error) {
	c := a.Mail.Hooks
	c.Ring, c.Hearer, c.Log, c.Clock = a.Ring, a.bounces(), a.Log, a.Clock
	return feedback.New(c)
}
