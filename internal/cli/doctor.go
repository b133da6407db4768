package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/app"
)

// checkup is one finding as JSON.
type checkup struct {
	Check string    `json:"check"`
	Case  string    `json:"case"`
	Level app.Level `json:"level"`
	Text  string    `json:"text"`
	Do    string    `json:"do,omitempty"`
}

// doctor looks at an installation, running or not, and says what to do.
func (s *shell) doctor() *cobra.Command {
	var asJSON bool
	c := s.configured(&cobra.Command{
		Use: "doctor", Short: s.say.T("cli.doctor.short"), Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var found []app.Finding
			cfg, err := s.load(c)
			if err != nil {
				s.explain(err)
				found = []app.Finding{{Check: "config", Case: "bad", Level: app.Bad}}
			} else {
				found = append([]app.Finding{{Check: "config", Case: "ok", Level: app.Well}}, app.Examine(c.Context(), s.appConfig(cfg))...)
			}
			return s.tellFindings(found, asJSON)
		},
	})
	c.Flags().BoolVar(&asJSON, "json", false, s.say.T("cli.explain.json"))
	return c
}

// tellFindings says no (exit code 3) if something is bad.
func (s *shell) tellFindings(found []app.Finding, asJSON bool) error {
	bad := false
	all := make([]checkup, len(found))
	for i, f := range found {
		all[i] = checkup{Check: f.Check, Case: f.Case, Level: f.Level, Text: s.say.T(f.Key(), f.Args...)}
		if s.say.Has(f.Key() + "_do") {
			all[i].Do = s.say.T(f.Key()+"_do", f.Args...)
		}
		bad = bad || f.Level == app.Bad
	}
	if asJSON {
		if err := s.writeJSON(all); err != nil {
			return err
		}
	} else {
		s.tellCheckups(all)
	}
	if bad {
		return errSaysNo
	}
	return nil
}

func (s *shell) tellCheckups(all []checkup) {
	marks := map[app.Level]string{app.Well: "ok  ", app.Warn: "warn", app.Bad: "BAD "}
	for _, x := range all {
		fmt.Fprintln(s.out, marks[x.Level], x.Text)
		if x.Do != "" {
			fmt.Fprintln(s.out, "       →", x.Do)
		}
	}
}

// note writes one line beside the output, for the person at the terminal.
func (s *shell) note(key string, args ...any) { fmt.Fprintln(s.err, s.say.T(key, args...)) }
