package cli

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// provideStop enters a stop that reached us. Whether we know the address is not told.
func (s *shell) provideStop(ctx context.Context, a *app.App, ws account.Workspace, args []string, w provideWish) error {
	mail, err := addr.ParseMail(args[0])
	if err != nil {
		return err
	}
	now := a.Clock()
	stop := provision.Stop{Workspace: ws.ID, Hash: a.Contacts.Hash(ws.ID, mail), Method: w.method, Received: now}
	if received, err := dayFlag("--received", w.received, ws.Location()); err != nil {
		return err
	} else if !received.IsZero() {
		stop.Received = received
	}
	if w.programme != "" {
		if stop.Programme, err = store.ParsePublic(provision.Prefix, w.programme); err != nil {
			return err
		}
		if _, err := a.Provisions.ByID(ctx, a.DB, ws.ID, stop.Programme); err != nil {
			return err
		}
	}
	err = a.Provisions.EnterStop(ctx, atTheMachine, stop, 0, now)
	if err == nil {
		s.tell("cli.provision.stopped")
	}
	return err
}

// checkAnswer is what a check found, for programs.
type checkAnswer struct {
	Programme   string                 `json:"programme"`
	Name        string                 `json:"name"`
	Differences []provision.Difference `json:"differences"`
	Owed        []int                  `json:"owed_versions"`
}

// provideCheck compares register, public page and last filing, and counts recipients that
// did not answer in time; anything found is a no.
func (s *shell) provideCheck(ctx context.Context, a *app.App, ws account.Workspace, _ []string, w provideWish) error {
	programmes, err := a.Provisions.List(ctx, a.DB, ws.ID)
	if err != nil {
		return err
	}
	late, err := a.ProvisionRuns.OverdueTasks(ctx, a.DB, ws.ID, a.Clock())
	if err != nil {
		return err
	}
	found := []checkAnswer{}
	for _, p := range programmes {
		c := checkAnswer{Programme: p.Public(), Name: p.Name, Differences: p.Differences(a.Clock()), Owed: p.Owed()}
		if len(c.Differences)+len(c.Owed) > 0 {
			found = append(found, c)
		}
	}
	if w.asJSON {
		if err := s.writeJSON(map[string]any{"programmes": found, "overdue_tasks": late}); err != nil {
			return err
		}
	} else {
		s.tellCheck(found, late)
	}
	if len(found) > 0 || late > 0 {
		return errSaysNo
	}
	return nil
}

func (s *shell) tellCheck(found []checkAnswer, late int64) {
	for _, c := range found {
		for _, d := range c.Differences {
			s.tell("cli.provision.differs", "Name", c.Name, "One", s.say.T("cli.provision.side."+d.One), "Other", s.say.T("cli.provision.side."+d.Other),
				"OneVersion", d.OneVersion, "OtherVersion", d.OtherVersion)
		}
		for _, n := range c.Owed {
			s.tell("cli.provision.owed", "Name", c.Name, "Version", n)
		}
	}
	if late > 0 {
		s.tell("cli.provision.late", "N", late)
	}
	if len(found) == 0 && late == 0 {
		s.tell("cli.provision.fine")
	}
}
