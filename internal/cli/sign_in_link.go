package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// nightLinkLife is how long a link from the terminal is good: it is used at once.
const nightLinkLife = 15 * time.Minute

// linkWish is whom a link is for, and whether it is for a new password too.
type linkWish struct {
	email, workspace string
	password         bool
}

// signInLink is the way in for an operator who cannot sign in and gets no mail. It
// needs the database and the key file alone, so it works beside a running server. A
// second factor is still asked for.
func (s *shell) signInLink() *cobra.Command {
	var w linkWish
	c := s.configured(&cobra.Command{
		Use: "sign-in-link", Short: s.say.T("cli.signin.short"), Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if w.email == "" {
				return fault.Bad("--email", "cli.signin.email.missing")
			}
			return s.opened(c, func(ctx context.Context, a *app.App) error { return s.makeLink(ctx, a, w) })
		},
	})
	f := c.Flags()
	f.StringVar(&w.email, "email", "", s.say.T("cli.signin.email"))
	f.StringVar(&w.workspace, "workspace", "", s.say.T("cli.signin.workspace"))
	f.BoolVar(&w.password, "new-password", false, s.say.T("cli.signin.password"))
	return c
}

// operatorOf is the operator who signs in with a mail address.
func operatorOf(ctx context.Context, a *app.App, mail string) (account.Operator, error) {
	m, err := addr.ParseMail(mail)
	if err != nil {
		return account.Operator{}, err
	}
	o, err := a.Accounts.OperatorByEmail(ctx, a.DB, m)
	if fault.Is(err, fault.NotFound) || err == nil && o.Disabled() {
		return account.Operator{}, fault.New(fault.NotFound, "cli.signin.nobody")
	}
	return o, err
}

// makeLink writes the link alone to the output, so that it can be copied or piped.
func (s *shell) makeLink(ctx context.Context, a *app.App, w linkWish) error {
	o, err := operatorOf(ctx, a, w.email)
	if err != nil {
		return err
	}
	into, err := s.membership(ctx, a, o.ID, w.workspace)
	if err != nil {
		return err
	}
	q := account.LinkRequest{Operator: o.ID, Workspace: into, Purpose: account.LinkSignIn, Life: nightLinkLife}
	if w.password {
		q.Purpose = account.LinkReset
	}
	secret, err := a.Accounts.CreateLink(ctx, account.By{Actor: account.Actor{Kind: account.ActorCLI}}, q, a.Clock())
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, a.PublicURL+"/admin/link/"+secret)
	fmt.Fprintln(s.err, s.say.T("cli.signin.made", "Minutes", int(nightLinkLife.Minutes())))
	return nil
}

// membership is the workspace that the link leads into: the named one, or the
// operator's first.
func (s *shell) membership(ctx context.Context, a *app.App, operator int64, slug string) (int64, error) {
	if slug != "" {
		ws, err := a.Accounts.WorkspaceBySlug(ctx, a.DB, slug)
		return ws.ID, err
	}
	all, err := a.Accounts.Memberships(ctx, operator)
	if err != nil {
		return 0, err
	}
	if len(all) == 0 {
		return 0, fault.New(fault.NotFound, "cli.signin.nobody")
	}
	return all[0].Workspace, nil
}
