package cli

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/cli/bench"
)

func (s *shell) bench() *cobra.Command {
	c := &cobra.Command{Use: "bench", Short: s.say.T("cli.bench.short")}
	c.AddCommand(s.benchDeliver(), s.benchShape())
	return c
}

func (s *shell) benchDeliver() *cobra.Command {
	var w bench.Wish
	var signer string
	var asJSON bool
	c := &cobra.Command{
		Use: "deliver", Short: s.say.T("cli.bench.deliver"), Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			w.Signer = app.Signer(signer)
			return s.runBench(c.Context(), w, asJSON)
		},
	}
	f := c.Flags()
	f.IntVar(&w.Recipients, "recipients", 50_000, s.say.T("cli.bench.recipients"))
	f.DurationVar(&w.For, "for", 0, s.say.T("cli.bench.for"))
	f.IntVar(&w.Connections, "connections", 100, s.say.T("cli.bench.connections"))
	f.StringVar(&signer, "signer", string(app.SignFastest), s.say.T("cli.bench.signer"))
	f.StringVar(&w.Database, "database", "", s.say.T("cli.bench.database"))
	f.StringVar(&w.Peer.Addr, "peer", "", s.say.T("cli.bench.peer"))
	f.StringVar(&w.Peer.Sink, "peer-sink", "127.0.0.1:2526", s.say.T("cli.bench.peer_sink"))
	f.IntVar(&w.Peer.Mails, "peer-mails", 20_000, s.say.T("cli.bench.peer_mails"))
	f.IntVar(&w.Peer.Connections, "peer-connections", 20, s.say.T("cli.bench.peer_connections"))
	f.BoolVar(&asJSON, "json", false, s.say.T("cli.bench.json"))
	return c
}

func (s *shell) runBench(ctx context.Context, w bench.Wish, asJSON bool) error {
	w.Log = slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	w.Tell = func(c bench.Campaign) {
		fmt.Fprintln(s.err, s.say.T("cli.bench.campaign", "Mails", c.Mails, "Seconds", fmt.Sprintf("%.1f", c.Seconds),
			"PerSecond", fmt.Sprintf("%.0f", c.PerSecond), "Memory", fmt.Sprintf("%.0f", c.Memory), "CPU", fmt.Sprintf("%.0f", c.CPU),
			"Time", time.Now().Format(time.TimeOnly)))
	}
	r, err := bench.Deliver(ctx, w)
	if err != nil {
		return err
	}
	if asJSON {
		return s.writeJSON(r)
	}
	r.Print(s.out, s.say.T)
	return nil
}
