package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// exportWish is what somebody wants written out, and why.
type exportWish struct{ workspace, file, encoding, reason string }

func (s *shell) exportFile() *cobra.Command {
	var w exportWish
	c := s.configured(&cobra.Command{
		Use: "export", Short: s.say.T("cli.export.short"), Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if w.reason == "" {
				return fault.Bad("--reason", "cli.export.reason.missing")
			}
			return s.opened(c, func(ctx context.Context, a *app.App) error { return s.runExport(ctx, a, w) })
		},
	})
	f := c.Flags()
	f.StringVar(&w.workspace, "workspace", "", s.say.T("cli.evidence.workspace"))
	f.StringVarP(&w.file, "output", "o", "contacts.csv", s.say.T("cli.evidence.file"))
	f.StringVar(&w.encoding, "encoding", "", s.say.T("cli.export.encoding"))
	f.StringVar(&w.reason, "reason", "", s.say.T("cli.export.reason"))
	return c
}

// everyColumn lists all that is known about contacts: a terminal has no boxes to tick.
func everyColumn(ctx context.Context, a *app.App, workspace int64) ([]sheet.Field, error) {
	columns := contact.ExportColumns()
	own, err := a.Contacts.Attributes(ctx, a.DB, workspace)
	for _, x := range own {
		columns = append(columns, sheet.Field("attr:"+x.Key))
	}
	return columns, err
}

// atMachine is whoever sits at the machine.
func atMachine() account.By { return account.By{Actor: account.Actor{Kind: account.ActorCLI}} }

// runExport audits, lets the job write the file into the database, and copies it out.
func (s *shell) runExport(ctx context.Context, a *app.App, w exportWish) error {
	ws, err := chooseWorkspace(ctx, a, w.workspace)
	if err != nil {
		return err
	}
	columns, err := everyColumn(ctx, a, ws.ID)
	if err != nil {
		return err
	}
	var id int64
	if err := a.DB.Write(ctx, func(tx *store.Tx) (err error) {
		order := contact.Export{Columns: columns, Encoding: w.encoding, Reason: w.reason, Lang: s.say.Lang}
		if id, err = a.Exporter.Start(ctx, tx, ws.ID, 0, order); err != nil {
			return err
		}
		return duty.Export(ctx, tx, a.Accounts, a.Rules, duty.Taking{By: atMachine(), Act: account.Export, Entry: account.Entry{
			Workspace: ws.ID, Action: "contact.export", Subject: account.Subject{Kind: "job", ID: id}, Reason: w.reason,
		}}, a.Clock())
	}); err != nil {
		return err
	}
	if err := s.follow(ctx, a, ws.ID, id, s.err); err != nil {
		return err
	}
	return s.fetch(ctx, a, ws.ID, id, w.file)
}

func (s *shell) fetch(ctx context.Context, a *app.App, workspace, id int64, file string) error {
	j, err := job.Get(ctx, a.DB, workspace, id)
	if err != nil {
		return err
	}
	var r contact.ExportReport
	if err := j.DecodeResult(&r); err != nil {
		return err
	}
	in, _, err := job.OpenBlob(ctx, a.DB, workspace, r.File, a.Clock())
	if err != nil {
		return err
	}
	defer in.Close()
	out, done, err := s.create(file)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, done(false))
	}
	if err := done(true); err != nil {
		return err
	}
	for _, l := range r.Lost {
		fmt.Fprintln(s.err, s.say.T("sheet.lost", "Char", string(l.Char), "Times", l.Count, "Row", l.Row))
	}
	return nil
}
