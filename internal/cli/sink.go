package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/delivery/sink"
)

// sinkWish is how somebody wants a sink to behave.
type sinkWish struct {
	listen, like string
	own          sink.Manners
}

func (s *shell) sink() *cobra.Command {
	var w sinkWish
	c := &cobra.Command{
		Use: "sink", Short: s.say.T("cli.sink.short"), Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.runSink(c.Context(), w) },
	}
	f := c.Flags()
	f.StringVar(&w.listen, "listen", "127.0.0.1:2525", s.say.T("cli.sink.listen"))
	f.StringVar(&w.like, "like", "", s.say.T("cli.sink.like"))
	f.IntVar(&w.own.Connections, "connections", 0, s.say.T("cli.sink.connections"))
	f.IntVar(&w.own.PerConnection, "per-connection", 0, s.say.T("cli.sink.per_connection"))
	f.Float64Var(&w.own.PerSecond, "per-second", 0, s.say.T("cli.sink.per_second"))
	f.IntVar(&w.own.Patience, "patience", 0, s.say.T("cli.sink.patience"))
	f.DurationVar(&w.own.BlockTime, "block", 10*time.Minute, s.say.T("cli.sink.block"))
	f.BoolVar(&w.own.Reset, "reset", false, s.say.T("cli.sink.reset"))
	f.Float64Var(&w.own.Defer, "defer", 0, s.say.T("cli.sink.defer"))
	f.Float64Var(&w.own.Refuse, "refuse", 0, s.say.T("cli.sink.refuse"))
	f.Float64Var(&w.own.Unknown, "unknown", 0, s.say.T("cli.sink.unknown"))
	f.DurationVar(&w.own.Latency, "latency", 0, s.say.T("cli.sink.latency"))
	return c
}

// sinkTell is how often a sink says what it has taken.
const sinkTell = 5 * time.Second

// runSink serves until it is interrupted.
func (s *shell) runSink(ctx context.Context, w sinkWish) (err error) {
	manners := w.own
	if w.like != "" {
		if manners, err = sink.Provider(w.like); err != nil {
			return errUsage{err}
		}
	}
	if err := manners.Check(); err != nil {
		return errUsage{err}
	}
	server, err := sink.ListenWith(w.listen, manners)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, s.say.T("cli.sink.ready", "Addr", server.Addr()))
	tick := time.NewTicker(sinkTell)
	defer tick.Stop()
	for before := int64(0); ; {
		select {
		case <-ctx.Done():
			s.tellSink(server, before)
			return server.Close()
		case <-tick.C:
			s.tellSink(server, before)
			before = server.Mails()
		}
	}
}

func (s *shell) tellSink(server *sink.Sink, before int64) {
	t, n := server.Tally(), server.Mails()
	fmt.Fprintln(s.out, s.say.T("cli.sink.tally", "Mails", n, "PerSecond", fmt.Sprintf("%.0f", float64(n-before)/sinkTell.Seconds()),
		"TurnedAway", t.TurnedAway, "Closed", t.Closed, "Throttled", t.Throttled, "Blocks", t.Blocks, "Blocked", t.Blocked,
		"Deferred", t.Deferred, "Refused", t.Refused, "Unknown", t.Unknown))
}
