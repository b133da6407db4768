package app

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/notice"
	"github.com/kyodaku/kyodaku/internal/provision"
)

// buildProvision builds what hands personal data over and keeps the records of it.
func (a *App) buildProvision() {
	a.ProvisionRuns = provision.NewRuns(provision.RunConfig{Book: a.Provisions, Jobs: a.Jobs, Ring: a.Ring, Log: a.Log, Mail: stopMailer{a}})
}

// stopMailer tells recipients of stops by mail.
type stopMailer struct{ app *App }

// TellStop implements provision.StopMailer.
func (m stopMailer) TellStop(ctx context.Context, to string, n provision.StopNotice, now time.Time) error {
	address, err := addr.ParseMail(to)
	if err != nil {
		return err
	}
	lang := i18n.Ja
	if n.Country != "JP" {
		lang = i18n.En
	}
	about := notice.Stopped{
		Workspace: n.Workspace, To: address, Company: n.Recipient, Lang: lang,
		Title: fmt.Sprintf("%s / %s / %s / %s", n.Person, n.Programme, n.Run, n.HandedAt.Format(time.DateOnly)),
	}
	if n.Page {
		about.Path = "/provision/" + n.ProgrammeID
	}
	return m.app.Notices.TellStopped(ctx, about, now)
}
