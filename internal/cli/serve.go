package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/cli/config"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// drainTime is how long a stopping server waits for transactions under way.
const drainTime = 30 * time.Second

func (s *shell) serve() *cobra.Command {
	return s.configured(&cobra.Command{
		Use: "serve", Short: s.say.T("cli.serve.short"), Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := s.load(c)
			if err != nil {
				return err
			}
			return s.runServer(c.Context(), cfg)
		},
	})
}

func (s *shell) runServer(ctx context.Context, cfg config.Config) error {
	ac := s.appConfig(cfg)
	ac.Listen = cfg.Listen
	a, err := app.New(ctx, ac)
	if err != nil {
		return err
	}
	if err := firstRun(ctx, a, cfg.SetUp); err != nil {
		a.Stop(ctx)
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	fmt.Fprintln(s.err, s.say.T("cli.serve.ready", "URL", a.PublicURL))
	if link := a.SetupLink(); link != "" {
		fmt.Fprintln(s.err, s.say.T("cli.serve.setup", "URL", link))
	}
	if ac.Mail.Mode == app.Catch {
		fmt.Fprintln(s.err, s.say.T("cli.serve.catch"))
	}
	select {
	case <-ctx.Done():
	case <-a.Outgrown():
		err = fault.New(fault.Refused, "cli.serve.outgrown")
	}
	fmt.Fprintln(s.err, s.say.T("cli.serve.stopping"))
	stop, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	a.Stop(stop)
	return err
}

// firstRun does what the wizard does when the configuration tells everything;
// otherwise the wizard is left to ask.
func firstRun(ctx context.Context, a *app.App, s config.SetUp) error {
	if !s.Wanted() {
		return nil
	}
	first, err := a.Accounts.FirstRun(ctx)
	if err != nil || !first {
		return err
	}
	_, _, err = a.Accounts.SetUp(ctx, s.Form(), a.Clock())
	return err
}

func (s *shell) configHelp() *cobra.Command {
	return &cobra.Command{
		Use: "config", Short: s.say.T("cli.config.short"), Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(s.out, config.Help(s.say))
			return err
		},
	}
}
