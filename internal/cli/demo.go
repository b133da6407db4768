package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/cli/demo"
)

// demoHost is the invented name of the demo's mail server (RFC 2606).
const demoHost = "mail.midorino.example"

func (s *shell) demo() *cobra.Command {
	var listen, database string
	var check, keep bool
	c := &cobra.Command{
		Use: "demo", Short: s.say.T("cli.demo.short"), Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.runDemo(c.Context(), demoWish{listen: listen, database: database, check: check, keep: keep})
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:0", s.say.T("cli.demo.listen"))
	c.Flags().StringVar(&database, "database", "", s.say.T("cli.demo.database"))
	c.Flags().BoolVar(&check, "check", false, s.say.T("cli.demo.check"))
	c.Flags().BoolVar(&keep, "keep", false, s.say.T("cli.demo.keep"))
	return c
}

// demoWish is what somebody wants of the demo.
type demoWish struct {
	listen, database string
	check, keep      bool
}

func (s *shell) runDemo(ctx context.Context, w demoWish) (err error) {
	dir, err := os.MkdirTemp("", "kyodaku-demo-")
	if err != nil {
		return err
	}
	if w.keep {
		fmt.Fprintln(s.err, s.say.T("cli.demo.kept", "Dir", dir))
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if w.database == "" {
		w.database = "sqlite:" + filepath.Join(dir, "kyodaku.db")
	}
	a, err := app.New(ctx, app.Config{
		DataDir: dir, Database: w.database, KeyFile: filepath.Join(dir, "key"), Listen: w.listen,
		Log: slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn})), Clock: time.Now,
		Mail: app.Mail{
			Mode: app.Catch, Hostname: demoHost, Connections: 8,
			InboundListen: "127.0.0.1:0", InboundDomain: demoHost,
		},
	})
	if err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		a.Stop(stop)
	}()
	d, err := demo.Prepare(ctx, a)
	if err != nil {
		return err
	}
	if w.check {
		return d.Check(ctx, func(step string) { fmt.Fprintln(s.out, "ok  "+step) })
	}
	link, err := d.SignInLink(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, s.say.T("cli.demo.ready", "URL", a.URL(), "Link", link, "Form", a.URL()+"/f/"+demo.FormSlug))
	<-ctx.Done()
	return nil
}
