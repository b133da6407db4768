package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/delivery/simulate"
)

func (s *shell) benchShape() *cobra.Command {
	var seed uint64
	var asJSON bool
	c := &cobra.Command{
		Use: "shape", Short: s.say.T("cli.bench.shape"), Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.runShape(c.Context(), seed, asJSON) },
	}
	c.Flags().Uint64Var(&seed, "seed", 1, s.say.T("cli.bench.seed"))
	c.Flags().BoolVar(&asJSON, "json", false, s.say.T("cli.bench.json"))
	return c
}

func (s *shell) runShape(ctx context.Context, seed uint64, asJSON bool) error {
	results := simulate.Compare(ctx, simulate.Scenarios(), seed)
	if err := ctx.Err(); err != nil {
		return err
	}
	if asJSON {
		return s.writeJSON(results)
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.ReplaceAll(s.say.T("cli.bench.shape_head"), "|", "\t"))
	for _, r := range results {
		fmt.Fprintf(table, "%s\t%s\t%.2f\t%.2f\t%d\t%s\t%s\n", r.Scenario, r.Policy, r.Share, r.Throttles, r.Blocks, minutes(r.Converge), minutes(r.Recover))
	}
	return table.Flush()
}

// minutes tells a time, or that it did not come.
func minutes(d time.Duration) string {
	if d == simulate.Never {
		return "-"
	}
	return fmt.Sprintf("%.0f", d.Minutes())
}
