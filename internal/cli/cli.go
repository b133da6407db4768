package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/cli/config"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/delivery/feedback"
	"github.com/kyodaku/kyodaku/internal/delivery/mailbox"
	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/tlspolicy"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitSaysNo = 3
)

// errSaysNo is a check that came to a no; the command has said so already.
var errSaysNo = errors.New("the check says no")

// shell is what commands talk to.
type shell struct {
	environ []string
	in      io.Reader
	out     io.Writer
	err     io.Writer
	texts   *i18n.Catalogue
	// say speaks the language of the terminal.
	say *i18n.Printer
}

// Main runs a command line and returns the exit code.
func Main(args, environ []string, in io.Reader, out, errOut io.Writer) int {
	texts, err := i18n.Load()
	if err != nil {
		fmt.Fprintln(errOut, err)
		return exitFailed
	}
	s := &shell{environ: environ, in: in, out: out, err: errOut, texts: texts, say: texts.For(terminalLang(environ))}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := s.root()
	root.SetArgs(args)
	begun := false
	root.PersistentPreRun = func(*cobra.Command, []string) { begun = true }
	err = root.ExecuteContext(ctx)
	if err != nil && !begun { // flags, arguments or the command itself are not ours
		err = errUsage{err}
	}
	return s.code(err)
}

// terminalLang follows LC_ALL, LC_MESSAGES and LANG, as other programs do.
func terminalLang(environ []string) i18n.Lang {
	for _, name := range []string{"LC_ALL=", "LC_MESSAGES=", "LANG="} {
		for _, e := range environ {
			if v, ok := strings.CutPrefix(e, name); ok && v != "" {
				if strings.HasPrefix(v, "ja") {
					return i18n.Ja
				}
				return i18n.En
			}
		}
	}
	return i18n.En
}

// errUsage marks what was found wrong with the command line before a command began.
type errUsage struct{ error }

func (s *shell) code(err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errSaysNo):
		return exitSaysNo
	}
	s.explain(err)
	if _, ok := errors.AsType[errUsage](err); ok || fault.Is(err, fault.Invalid) {
		return exitUsage
	}
	return exitFailed
}

// explain writes an error as a person can use it: the safe sentence first, then
// every field, then the cause for whoever has to look deeper.
func (s *shell) explain(err error) {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		fmt.Fprintln(s.err, "kyodaku:", err)
		return
	}
	key := e.Key
	if key == "" {
		key = "fault." + e.Kind.String()
	}
	fmt.Fprintln(s.err, "kyodaku:", s.say.T(key, e.Args...))
	for _, f := range e.Fields {
		fmt.Fprintf(s.err, "  %s: %s\n", f.Name, s.say.T(f.Key, f.Args...))
	}
	if e.Err != nil {
		fmt.Fprintln(s.err, " ", err)
	}
}

func (s *shell) root() *cobra.Command {
	root := &cobra.Command{
		Use: "kyodaku", Short: s.say.T("cli.short"), Version: version(),
		SilenceUsage: true, SilenceErrors: true,
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.AddCommand(s.serve(), s.demo(), s.evidence(), s.importFile(), s.exportFile(), s.signInLink(), s.configHelp(), s.bench(), s.sink(), s.explainCommand(), s.doctor(), s.key(), s.rules(), s.provideCommand())
	return root
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
			v = "commit " + s.Value
		}
	}
	if v == "" {
		return "(devel)"
	}
	return v
}

// configured gives a command the flags of the configuration.
func (s *shell) configured(c *cobra.Command) *cobra.Command {
	config.Register(c.Flags(), s.say)
	return c
}

// load reads the configuration of a command.
func (s *shell) load(c *cobra.Command) (config.Config, error) {
	return config.Load(c.Flags(), s.environ, os.ReadFile)
}

// opened opens the installation that a command is configured for, works with it while
// nothing of it runs, and closes it.
func (s *shell) opened(c *cobra.Command, work func(ctx context.Context, a *app.App) error) error {
	cfg, err := s.load(c)
	if err != nil {
		return err
	}
	a, err := app.New(c.Context(), s.appConfig(cfg))
	if err != nil {
		return err
	}
	return errors.Join(work(c.Context(), a), a.Close())
}

// appConfig translates what was told into what an app is made from.
func (s *shell) appConfig(c config.Config) app.Config {
	return app.Config{
		DataDir: c.DataDir, Database: c.Database.Reveal(), KeyFile: c.KeyFile, PublicURL: c.PublicURL,
		Proxies: page.Proxies(c.TrustedProxies), MetricsListen: c.MetricsListen, Log: s.logger(c), Clock: time.Now,
		Mail: app.Mail{
			Mode: app.Mode(c.Delivery.Mode), Relay: relayOf(c.Delivery), Hostname: hostname(c.Delivery.Hostname),
			Connections: c.Delivery.Concurrency, Sources: sourcesOf(c.Delivery), ProfilesDir: c.Delivery.ProfilesDir, Signer: app.Signer(c.Delivery.Signer), Resolvers: c.Delivery.Resolvers,
			Relays: relaysOf(c.Delivery), Validating: c.Delivery.Validating, RequireTLS: requirementsOf(c.Delivery), TLSReportFrom: c.Delivery.TLSReportFrom,
			InboundListen: c.Inbound.Listen, InboundDomain: c.Inbound.Domain, InboundIMAP: mailboxOf(c.Inbound.IMAP),
			Hooks: feedback.Config{
				Token: c.Hooks.Token.Reveal(), Topics: c.Hooks.SESTopics, SendGridKey: c.Hooks.SendGridKey, MailgunKey: c.Hooks.MailgunKey.Reveal(),
			},
		},
	}
}

func mailboxOf(i config.IMAP) mailbox.Config {
	return mailbox.Config{Addr: i.Server, TLS: mailbox.Protection(i.TLS), Username: i.User, Password: i.Password.Reveal(), Folder: i.Folder}
}

func sourcesOf(d config.Delivery) []delivery.Source {
	var all []delivery.Source
	for _, s := range d.Sources {
		all = append(all, delivery.Source{
			Name: s.Name, Addr: s.Address, Hello: s.Hello, Begun: s.Begun,
			WarmUp: shape.WarmUp{Start: s.Start, Growth: s.Growth, Days: s.Days},
		})
	}
	return all
}

func relayOf(d config.Delivery) smtp.Target {
	t := smtp.Target{Addr: d.Relay, Hello: hostname(d.Hostname)}
	switch d.RelayTLS {
	case config.TLSRequire:
		t.TLS = smtp.TLSVerified
	case config.TLSOpportunistic:
		t.TLS = smtp.TLSOpportunistic
	case config.TLSOff:
		t.TLS = smtp.TLSNever
	}
	if d.RelayUser != "" {
		t.Auth = &smtp.Auth{Username: d.RelayUser, Password: d.RelayPassword.Reveal()}
	}
	return t
}

// relaysOf are the further relays, with account and protection of the first.
func relaysOf(d config.Delivery) []delivery.RelayTarget {
	var out []delivery.RelayTarget
	for _, w := range d.Relays {
		t := relayOf(d)
		t.Addr = w.Addr
		out = append(out, delivery.RelayTarget{Target: t, Weight: w.Weight})
	}
	return out
}

func requirementsOf(d config.Delivery) []tlspolicy.Requirement {
	var out []tlspolicy.Requirement
	for _, r := range d.RequireTLS {
		out = append(out, tlspolicy.Requirement(r))
	}
	return out
}

func hostname(configured string) string {
	if configured != "" {
		return configured
	}
	h, err := os.Hostname()
	if err != nil || h == "" {
		return "localhost"
	}
	return h
}

func (s *shell) logger(c config.Config) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == config.LogJSON {
		return slog.New(slog.NewJSONHandler(s.err, o))
	}
	return slog.New(slog.NewTextHandler(s.err, o))
}
