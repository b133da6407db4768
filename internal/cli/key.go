package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/delivery"
)

func (s *shell) key() *cobra.Command {
	c := &cobra.Command{Use: "key", Short: s.say.T("cli.key.short")}
	c.AddCommand(s.keyRotate())
	return c
}

// keyRotate makes the next signing keys of a domain and tells the records to publish.
func (s *shell) keyRotate() *cobra.Command {
	var workspace string
	c := s.configured(&cobra.Command{
		Use: "rotate DOMAIN", Short: s.say.T("cli.key.rotate"), Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			domain, err := mailDomain(args[0])
			if err != nil {
				return err
			}
			return s.opened(c, func(ctx context.Context, a *app.App) error { return s.rotate(ctx, a, workspace, domain) })
		},
	})
	c.Flags().StringVar(&workspace, "workspace", "", s.say.T("cli.evidence.workspace"))
	return c
}

// rotate writes the records alone to the output, so that they can be copied.
func (s *shell) rotate(ctx context.Context, a *app.App, workspace, domain string) error {
	ws, err := chooseWorkspace(ctx, a, workspace)
	if err != nil {
		return err
	}
	by := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
	if err := a.Domains.Rotate(ctx, by, ws.ID, domain, a.Clock()); err != nil {
		return err
	}
	records, err := a.Domains.Keys.Records(ctx, a.DB, ws.ID, domain)
	if err != nil {
		return err
	}
	waits := false
	for _, r := range records {
		if r.State == delivery.KeyNext {
			waits = true
			s.tell("cli.key.record", "Name", r.Name, "Value", r.Value)
		}
	}
	key := "cli.key.turned"
	if waits {
		key = "cli.key.waits"
	}
	s.note(key, "Days", int(delivery.KeyOverlap.Hours()/24))
	return nil
}
