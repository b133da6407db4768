package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// importWish is what somebody declares about a file.
type importWish struct {
	workspace, topic, origin, basis, source, at, evidence, encoding, purpose string
	express, dryRun                                                          bool
}

func (s *shell) importFile() *cobra.Command {
	var w importWish
	c := s.configured(&cobra.Command{
		Use: "import FILE", Short: s.say.T("cli.import.short"), Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.opened(c, func(ctx context.Context, a *app.App) error { return s.runImport(ctx, a, args[0], w) })
		},
	})
	f := c.Flags()
	f.StringVar(&w.workspace, "workspace", "", s.say.T("cli.evidence.workspace"))
	f.StringVar(&w.topic, "topic", "", s.say.T("cli.import.topic"))
	f.StringVar(&w.origin, "origin", "", s.say.T("cli.import.origin"))
	f.StringVar(&w.basis, "basis", "", s.say.T("cli.import.basis"))
	f.StringVar(&w.source, "source", "", s.say.T("cli.import.source"))
	f.StringVar(&w.at, "obtained-at", "", s.say.T("cli.import.at"))
	f.StringVar(&w.evidence, "evidence", "", s.say.T("cli.import.evidence"))
	f.StringVar(&w.purpose, "purpose", "", s.say.T("cli.import.purpose"))
	f.BoolVar(&w.express, "express", false, s.say.T("cli.import.express"))
	f.StringVar(&w.encoding, "encoding", "", s.say.T("cli.import.encoding"))
	f.BoolVar(&w.dryRun, "dry-run", false, s.say.T("cli.import.dry_run"))
	return c
}

func (s *shell) runImport(ctx context.Context, a *app.App, name string, w importWish) error {
	ws, err := chooseWorkspace(ctx, a, w.workspace)
	if err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	order, err := a.Importer.Receive(ctx, ws.ID, filepath.Base(name), f, a.Clock())
	if err != nil {
		return err
	}
	if err := w.declare(ctx, a, ws, &order); err != nil {
		return err
	}
	order.Lang = s.say.Lang
	var id int64
	if err := a.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if id, err = a.Importer.Start(ctx, tx, ws.ID, 0, order, a.Clock()); err != nil {
			return err
		}
		return a.Accounts.Audit(ctx, tx, account.Entry{
			Workspace: ws.ID, Actor: account.Actor{Kind: account.ActorCLI}, Action: "contact.import",
			Subject: account.Subject{Kind: "job", ID: id},
		}, a.Clock())
	}); err != nil {
		return err
	}
	return s.follow(ctx, a, ws.ID, id, s.out)
}

func (w importWish) declare(ctx context.Context, a *app.App, ws account.Workspace, order *contact.Import) error {
	order.Declared = contact.Declaration{
		Origin: contact.Origin(w.origin), Basis: contact.Basis(w.basis), Source: w.source, Evidence: w.evidence,
		Express: w.express, Written: w.basis == string(contact.Notified), Purpose: w.purpose,
	}
	if !slices.Contains(contact.Origins(), order.Declared.Origin) {
		return fault.Bad("--origin", "cli.import.origin_unknown")
	}
	order.Encoding, order.DryRun, order.Zone = w.encoding, w.dryRun, ws.Zone
	if w.at != "" {
		at, err := time.ParseInLocation(time.DateOnly, w.at, ws.Location())
		if err != nil {
			return fault.Bad("--obtained-at", "api.date.bad")
		}
		order.Declared.At = at
	}
	topics, err := a.Consent.Topics(ctx, a.DB, ws.ID, false)
	if err != nil {
		return err
	}
	order.TopicKeys = map[string]int64{}
	for _, t := range topics {
		order.TopicKeys[t.Key] = t.ID
	}
	if w.topic != "" {
		id, ok := order.TopicKeys[w.topic]
		if !ok {
			return fault.Bad("--topic", "api.topic.unknown")
		}
		order.Topics = []int64{id}
	}
	return nil
}

// follow runs this process's jobs until one of them has ended, and tells how far
// it is; the result goes to out. A server on the same database may be the one that
// does the work.
func (s *shell) follow(ctx context.Context, a *app.App, workspace, id int64, out io.Writer) error {
	if err := a.Jobs.Start(ctx); err != nil {
		return err
	}
	defer a.Jobs.Stop()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		j, err := job.Get(ctx, a.DB, workspace, id)
		if err != nil {
			return err
		}
		if j.State.Final() {
			return s.finished(j, out)
		}
		fmt.Fprintf(s.err, "\r%d / %d", j.Done, j.Total)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// finished writes a job's result as JSON, for people and programs.
func (s *shell) finished(j job.Job, out io.Writer) error {
	fmt.Fprintf(s.err, "\r%d / %d\n", j.Done, j.Total)
	fmt.Fprintln(out, string(j.Result))
	if j.State != job.Done {
		return fault.New(fault.Refused, "cli.job.failed", "Reason", j.Error)
	}
	return nil
}
