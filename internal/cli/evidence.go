package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/consent/evidence"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/report"
	"github.com/kyodaku/kyodaku/internal/store"
)

func (s *shell) evidence() *cobra.Command {
	c := &cobra.Command{Use: "evidence", Short: s.say.T("cli.evidence.short")}
	c.AddCommand(s.evidenceExport(), s.evidenceVerify())
	return c
}

// packWish is what somebody wants exported.
type packWish struct{ workspace, address, file, lang, reason string }

func (s *shell) evidenceExport() *cobra.Command {
	var w packWish
	c := s.configured(&cobra.Command{
		Use: "export ADDRESS", Short: s.say.T("cli.evidence.export"), Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if w.address = args[0]; w.reason == "" {
				return fault.Bad("--reason", "cli.export.reason.missing")
			}
			return s.opened(c, func(ctx context.Context, a *app.App) error { return s.writePack(ctx, a, w) })
		},
	})
	c.Flags().StringVarP(&w.file, "output", "o", "evidence.zip", s.say.T("cli.evidence.file"))
	c.Flags().StringVar(&w.lang, "lang", string(i18n.Ja), s.say.T("cli.evidence.lang"))
	c.Flags().StringVar(&w.reason, "reason", "", s.say.T("cli.export.reason"))
	c.Flags().StringVar(&w.workspace, "workspace", "", s.say.T("cli.evidence.workspace"))
	return c
}

func (s *shell) writePack(ctx context.Context, a *app.App, w packWish) error {
	ws, err := chooseWorkspace(ctx, a, w.workspace)
	if err != nil {
		return err
	}
	person, err := contactOf(ctx, a, ws.ID, w.address)
	if err != nil {
		return err
	}
	addresses, err := addressesOf(ctx, a, ws.ID, person)
	if err != nil {
		return err
	}
	out, done, err := s.create(w.file)
	if err != nil {
		return err
	}
	now := a.Clock()
	if err := a.Consent.ExportPack(ctx, out, consent.PackRequest{
		Workspace: ws.ID, Contact: person, Lang: i18n.Lang(w.lang), Now: now, Texts: a.Texts,
		Messages: report.Messages(ctx, a.DB, ws.ID, addresses),
	}); err != nil {
		return errors.Join(err, done(false))
	}
	if err := a.DB.Write(ctx, func(tx *store.Tx) error {
		return duty.Export(ctx, tx, a.Accounts, a.Rules, duty.Taking{By: atMachine(), Act: account.Evidence, Entry: account.Entry{
			Workspace: ws.ID, Action: "evidence.export", Subject: account.Subject{Kind: "contact", ID: person}, Reason: w.reason,
		}}, now)
	}); err != nil {
		return errors.Join(err, done(false))
	}
	if err := done(true); err != nil {
		return err
	}
	fmt.Fprintln(s.err, s.say.T("cli.evidence.written", "File", w.file))
	return nil
}

// create opens a result file that does not exist yet, or standard output. done
// keeps the file or takes it away again.
func (s *shell) create(name string) (io.Writer, func(keep bool) error, error) {
	if name == "-" {
		return s.out, func(bool) error { return nil }, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return f, func(keep bool) error {
		if keep {
			return errors.Join(f.Sync(), f.Close())
		}
		return errors.Join(f.Close(), os.Remove(name))
	}, nil
}

func chooseWorkspace(ctx context.Context, a *app.App, slug string) (account.Workspace, error) {
	if slug != "" {
		return a.Accounts.WorkspaceBySlug(ctx, a.DB, slug)
	}
	all, err := a.Accounts.Workspaces(ctx, a.DB)
	switch {
	case err != nil:
		return account.Workspace{}, err
	case len(all) == 0:
		return account.Workspace{}, fault.New(fault.NotFound, "cli.workspace.none")
	case len(all) > 1:
		var slugs []string
		for _, w := range all {
			slugs = append(slugs, w.Slug)
		}
		return account.Workspace{}, fault.New(fault.Invalid, "cli.workspace.which", "Names", strings.Join(slugs, ", "))
	}
	return all[0], nil
}

// contactOf finds the contact that a mail address belongs to, or that an ID names.
func contactOf(ctx context.Context, a *app.App, workspace int64, address string) (int64, error) {
	if id, err := store.ParsePublic(contact.Prefix, address); err == nil {
		return id, nil
	}
	m, err := addr.ParseMail(address)
	if err != nil {
		return 0, err
	}
	found, err := a.Contacts.AddressByHash(ctx, a.DB, workspace, a.Contacts.Hash(workspace, m))
	if fault.Is(err, fault.NotFound) || err == nil && found.Contact == 0 {
		return 0, fault.New(fault.NotFound, "cli.contact.unknown")
	}
	return found.Contact, err
}

func addressesOf(ctx context.Context, a *app.App, workspace, contact int64) ([]int64, error) {
	all, err := a.Contacts.AddressesOf(ctx, a.DB, workspace, contact)
	ids := make([]int64, len(all))
	for i, x := range all {
		ids[i] = x.ID
	}
	return ids, err
}

func (s *shell) evidenceVerify() *cobra.Command {
	var key string
	c := &cobra.Command{
		Use: "verify FILE", Short: s.say.T("cli.evidence.verify"), Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return s.verifyPack(args[0], key) },
	}
	c.Flags().StringVar(&key, "key", "", s.say.T("cli.evidence.key"))
	return c
}

func (s *shell) verifyPack(name, key string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r, err := consent.VerifyPack(f, info.Size(), key)
	if err != nil {
		return err
	}
	for _, x := range r.Results {
		mark := "ok "
		if !x.OK {
			mark = "NG "
		}
		key := "consent.check." + string(x.Check)
		if x.Check == evidence.CheckKey && x.OK && !r.Trusted { // nobody has compared it with anything
			mark, key = "-- ", "consent.check.key_own"
		}
		fmt.Fprintln(s.out, mark, s.say.T(key))
	}
	if r.OK() {
		fmt.Fprintln(s.out, s.say.T("cli.evidence.holds", "Events", r.Events))
		if !r.Trusted {
			fmt.Fprintln(s.err, s.say.T("cli.evidence.own_key"))
		}
		return nil
	}
	fmt.Fprintln(s.out, s.say.T("cli.evidence.broken"))
	for _, x := range r.Findings {
		fmt.Fprintf(s.out, "  %s %s %s %s: %s\n", x.Check, x.File, x.Event, x.Field, x.Detail)
	}
	return errSaysNo
}
