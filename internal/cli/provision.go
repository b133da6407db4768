package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// provideWish is what somebody asks about provision.
type provideWish struct {
	workspace, file, recipient, programme, from, to, method, received, format, reason, as string
	fields                                                                                []string
	asJSON                                                                                bool
}

// provideCommand answers and does what provision to third parties needs at a terminal.
// Approval is no command: it takes a person with a name.
func (s *shell) provideCommand() *cobra.Command {
	c := &cobra.Command{Use: "provision", Short: s.say.T("cli.provision.short")}
	c.AddCommand(
		s.provides("list", "cli.provision.list", 0, s.provideList, nil),
		s.provides("run PROGRAMME RECIPIENT", "cli.provision.run", 2, s.provideRun, func(c *cobra.Command, w *provideWish) {
			f := c.Flags()
			f.StringSliceVar(&w.fields, "field", nil, s.say.T("cli.provision.fields"))
			f.StringVar(&w.format, "format", string(provision.CSV), s.say.T("cli.provision.format"))
			f.StringVar(&w.reason, "reason", "", s.say.T("cli.provision.reason"))
			f.StringVar(&w.as, "as", "", s.say.T("cli.provision.as"))
		}),
		s.provides("fetch RUN", "cli.provision.fetch", 1, s.provideFetch, func(c *cobra.Command, w *provideWish) {
			c.Flags().StringVarP(&w.file, "output", "o", "-", s.say.T("cli.evidence.file"))
		}),
		s.provides("records", "cli.provision.records", 0, s.provideRecords, func(c *cobra.Command, w *provideWish) {
			f := c.Flags()
			f.StringVar(&w.recipient, "recipient", "", s.say.T("cli.provision.recipient"))
			f.StringVar(&w.from, "from", "", s.say.T("cli.provision.from"))
			f.StringVar(&w.to, "to", "", s.say.T("cli.provision.to"))
		}),
		s.provides("person ADDRESS|CONTACT", "cli.provision.person", 1, s.providePerson, nil),
		s.provides("stop ADDRESS", "cli.provision.stop", 1, s.provideStop, func(c *cobra.Command, w *provideWish) {
			f := c.Flags()
			f.StringVar(&w.programme, "programme", "", s.say.T("cli.provision.programme"))
			f.StringVar(&w.method, "method", "mail", s.say.T("cli.provision.method"))
			f.StringVar(&w.received, "received", "", s.say.T("cli.provision.received"))
		}),
		s.provides("consent PROGRAMME FILE", "cli.provision.consent", 2, s.provideConsent, nil),
		s.provides("check", "cli.provision.check", 0, s.provideCheck, nil),
	)
	return c
}

// provideDo answers one command.
type provideDo func(ctx context.Context, a *app.App, ws account.Workspace, args []string, w provideWish) error

func (s *shell) provides(use, short string, args int, do provideDo, flags func(*cobra.Command, *provideWish)) *cobra.Command {
	var w provideWish
	c := s.configured(&cobra.Command{
		Use: use, Short: s.say.T(short), Args: cobra.ExactArgs(args),
		RunE: func(c *cobra.Command, args []string) error {
			return s.opened(c, func(ctx context.Context, a *app.App) error {
				ws, err := chooseWorkspace(ctx, a, w.workspace)
				if err != nil {
					return err
				}
				return do(ctx, a, ws, args, w)
			})
		},
	})
	c.Flags().StringVar(&w.workspace, "workspace", "", s.say.T("cli.evidence.workspace"))
	c.Flags().BoolVar(&w.asJSON, "json", false, s.say.T("cli.explain.json"))
	if flags != nil {
		flags(c, &w)
	}
	return c
}

// atTheMachine is whoever sits there.
var atTheMachine = account.By{Actor: account.Actor{Kind: account.ActorCLI}}

func (s *shell) provideList(ctx context.Context, a *app.App, ws account.Workspace, _ []string, w provideWish) error {
	programmes, err := a.Provisions.List(ctx, a.DB, ws.ID)
	if err != nil {
		return err
	}
	recipients, err := a.ProvisionRuns.Recipients(ctx, a.DB, ws.ID)
	if err != nil {
		return err
	}
	if w.asJSON {
		return s.writeJSON(map[string]any{"programmes": programmes, "recipients": recipients})
	}
	for _, p := range programmes {
		fmt.Fprintf(s.out, "%s  %s  %s  %s\n", p.Public(), p.Name, s.say.T("web.provision.class."+string(p.Class)), s.say.T("web.provision.state."+string(p.State(a.Clock()))))
	}
	for _, r := range recipients {
		fmt.Fprintf(s.out, "%s  %s  %s  %s\n", r.Public(), r.Name, r.Country, s.say.T("web.provision.target."+string(r.Target.Kind)))
	}
	return nil
}

// provideRun plans a run and counts it; an operator approves it on the page.
func (s *shell) provideRun(ctx context.Context, a *app.App, ws account.Workspace, args []string, w provideWish) error {
	programme, err := store.ParsePublic(provision.Prefix, args[0])
	if err != nil {
		return err
	}
	recipient, err := store.ParsePublic(provision.RecipientPrefix, args[1])
	if err != nil {
		return err
	}
	if w.as == "" { // nobody could approve a plan for which nobody answers
		return fault.Bad("--as", "cli.provision.as_needed")
	}
	author, err := operatorOf(ctx, a, w.as)
	if err != nil {
		return err
	}
	run, err := a.ProvisionRuns.Plan(ctx, atTheMachine, provision.Plan{
		Workspace: ws.ID, Programme: programme, Recipient: recipient, Fields: w.fields, Format: provision.Format(w.format), Reason: w.reason, Author: author.ID,
	}, a.Clock())
	if err != nil {
		return err
	}
	if err := s.follow(ctx, a, ws.ID, run.Job, io.Discard); err != nil {
		return err
	}
	if run, err = a.ProvisionRuns.Run(ctx, a.DB, ws.ID, run.ID); err != nil {
		return err
	}
	if w.asJSON {
		return s.writeJSON(run)
	}
	s.tell("cli.provision.planned", "Run", run.Public(), "State", s.runState(string(run.State)), "Seen", run.Counts.Seen, "Provided", run.Counts.Provided)
	for _, id := range slices.Sorted(maps.Keys(run.Counts.Excluded)) {
		text := ""
		if rule, ok := a.Rules.Entry(id, law.Block); ok {
			text = rule.Text(string(s.say.Lang))
		}
		fmt.Fprintf(s.out, "  %s  %d  %s\n", id, run.Counts.Excluded[id], text)
	}
	return nil
}

// provideFetch hands the data set over: the copying is the hand-over.
func (s *shell) provideFetch(ctx context.Context, a *app.App, ws account.Workspace, args []string, w provideWish) error {
	id, err := store.ParsePublic(provision.RunPrefix, args[0])
	if err != nil {
		return err
	}
	out, done, err := s.create(w.file)
	if err != nil {
		return err
	}
	file, _, err := a.ProvisionRuns.Fetch(ctx, atTheMachine, ws.ID, id, a.Clock())
	if err != nil {
		return errors.Join(err, done(false))
	}
	_, err = io.Copy(out, file)
	if err == nil {
		err = done(true) // on the disk before it counts as arrived
	} else {
		err = errors.Join(err, done(false))
	}
	return file.Done(err, a.Clock())
}

// handedAnswer is a run of an answer, for programs.
type handedAnswer struct {
	Run       string    `json:"run"`
	State     string    `json:"state"`
	Recipient string    `json:"recipient"`
	Programme string    `json:"programme"`
	HandedAt  time.Time `json:"handed_at"`
	Persons   int64     `json:"persons"`
	Fields    []string  `json:"fields"`
	Uncertain bool      `json:"uncertain"`
}

func handed(r provision.Run, persons int64) handedAnswer {
	return handedAnswer{
		Run: r.Public(), State: string(r.State), Recipient: r.To.Name, Programme: r.ProgrammeName, HandedAt: r.HandedAt, Persons: persons, Fields: r.Fields,
		Uncertain: r.State != provision.Given,
	}
}

func (s *shell) writeHanded(all []handedAnswer, zone *time.Location, w provideWish) error {
	if w.asJSON {
		return s.writeJSON(all)
	}
	for _, h := range all {
		s.tell("cli.provision.handed", "Day", h.HandedAt.In(zone).Format(time.DateOnly), "Run", h.Run, "Recipient", h.Recipient, "Programme", h.Programme,
			"Persons", h.Persons, "Fields", s.columns(h.Fields), "State", s.runState(h.State))
	}
	return nil
}

// provideRecords answers what was handed to whom in a time.
func (s *shell) provideRecords(ctx context.Context, a *app.App, ws account.Workspace, _ []string, w provideWish) error {
	var recipient int64
	var err error
	if w.recipient != "" {
		if recipient, err = store.ParsePublic(provision.RecipientPrefix, w.recipient); err != nil {
			return err
		}
	}
	from, err := dayFlag("--from", w.from, ws.Location())
	if err != nil {
		return err
	}
	to, err := dayFlag("--to", w.to, ws.Location())
	if err != nil {
		return err
	}
	if !to.IsZero() {
		to = to.AddDate(0, 0, 1) // the day itself counts
	}
	sum, err := a.ProvisionRuns.HandedTo(ctx, a.DB, ws.ID, recipient, from, to)
	if err != nil {
		return err
	}
	all := make([]handedAnswer, 0, len(sum.Runs))
	for _, r := range sum.Runs {
		all = append(all, handed(r, r.Counts.Provided))
	}
	if err := s.writeHanded(all, ws.Location(), w); err != nil || w.asJSON {
		return err
	}
	s.tell("cli.provision.sum", "Runs", len(sum.Runs), "Persons", sum.Persons)
	return nil
}

// dayFlag reads a day as the workspace counts days, wherever the machine stands; zero for none.
func dayFlag(name, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, fault.Bad(name, "api.date.bad")
	}
	return at, nil
}

// providePerson answers where a person's data have gone.
func (s *shell) providePerson(ctx context.Context, a *app.App, ws account.Workspace, args []string, w provideWish) error {
	traces, err := tracesOf(ctx, a, ws.ID, args[0])
	if err != nil {
		return err
	}
	all := make([]handedAnswer, 0, len(traces))
	for _, t := range traces {
		h := handed(t.Of, 1)
		h.Uncertain = h.Uncertain || t.Maybe
		all = append(all, h)
	}
	if len(all) == 0 && !w.asJSON {
		s.tell("cli.provision.nowhere")
	}
	return s.writeHanded(all, ws.Location(), w)
}

// tracesOf asks by a contact's id or by a mail address, which leads to those who were erased too.
func tracesOf(ctx context.Context, a *app.App, workspace int64, who string) ([]provision.Trace, error) {
	if id, err := store.ParsePublic(contact.Prefix, who); err == nil {
		if _, err := a.Contacts.Get(ctx, a.DB, workspace, id); err != nil {
			return nil, err
		}
		return a.ProvisionRuns.TracesOf(ctx, a.DB, workspace, id)
	}
	mail, err := addr.ParseMail(who)
	if err != nil {
		return nil, err
	}
	traces, err := a.ProvisionRuns.TracesAt(ctx, a.DB, workspace, mail)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "cli.contact.unknown")
	}
	return traces, err
}
