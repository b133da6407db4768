package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// explainCommand answers what an operator asks at night. It only reads, so it works beside a
// running server.
func (s *shell) explainCommand() *cobra.Command {
	c := &cobra.Command{Use: "explain", Short: s.say.T("cli.explain.short")}
	c.AddCommand(
		s.explains("domain NAME", "cli.explain.domain", s.explainDomain),
		s.explains("message ID", "cli.explain.message", s.explainMessage),
		s.explains("person ADDRESS", "law_answer.person.short", s.explainPerson),
	)
	return c
}

// explains makes one question a command.
func (s *shell) explains(use, short string, answer func(ctx context.Context, a *app.App, about string, asJSON bool) error) *cobra.Command {
	var asJSON bool
	c := s.configured(&cobra.Command{
		Use: use, Short: s.say.T(short), Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.opened(c, func(ctx context.Context, a *app.App) error { return answer(ctx, a, args[0], asJSON) })
		},
	})
	c.Flags().BoolVar(&asJSON, "json", false, s.say.T("cli.explain.json"))
	return c
}

func (s *shell) explainDomain(ctx context.Context, a *app.App, name string, asJSON bool) error {
	domain, err := mailDomain(name)
	if err != nil {
		return err
	}
	answer, err := a.Engine.Look().Domain(ctx, 0, domain, a.Clock())
	if err != nil {
		return err
	}
	if asJSON {
		return s.writeJSON(answer)
	}
	s.tellDomain(answer)
	return nil
}

// mailDomain reads a mail domain that somebody typed, into A-labels.
func mailDomain(name string) (string, error) {
	m, err := addr.ParseMail("postmaster@" + name)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "cli.explain.bad_domain", "Name", name)
	}
	return m.Domain(), nil
}

func (s *shell) explainMessage(ctx context.Context, a *app.App, public string, asJSON bool) error {
	id, err := store.ParsePublic(delivery.MessagePrefix, public)
	if err != nil {
		return fault.New(fault.NotFound, "cli.explain.no_message")
	}
	trace, err := a.Engine.Look().Message(ctx, 0, id)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "cli.explain.no_message")
	}
	if err != nil {
		return err
	}
	if asJSON {
		return s.writeJSON(trace)
	}
	s.tellMessage(trace)
	return nil
}

func (s *shell) writeJSON(answer any) error {
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(answer)
}

// tell writes one line in the language of the terminal.
func (s *shell) tell(key string, args ...any) { fmt.Fprintln(s.out, s.say.T(key, args...)) }
