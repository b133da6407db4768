package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/provision"
)

// provisionWalk is the state between the steps of third-party provision.
type provisionWalk struct {
	*Demo
	// began is when the story begins: two months ago, for the time between notice and start is
	// part of it.
	began     time.Time
	programme provision.Programme
	stopped   contact.Contact
	kept      provision.Run
}

// checkProvision walks from a draft to the record that may not be deleted yet. Time is what the
// rooms are told; people's stop comes over HTTP.
func (d *Demo) checkProvision(ctx context.Context, say func(step string)) error {
	w := &provisionWalk{Demo: d, began: d.app.Clock().AddDate(0, 0, -60)}
	for _, s := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"provision: a draft with a missing item is refused by its name", w.draftRefused},
		{"provision: before its start nothing may go out", w.filedAndWaiting},
		{"provision: filed, published and started, it may", w.mayProvide},
		{"provision: a person stops on the public page", w.personStops},
		{"provision: only the others go out, only by a second person, only the notified items", w.runProvides},
		{"provision: records are found by person and by recipient", w.recordsFound},
		{"provision: deletion before three years is refused", w.deletionRefused},
	} {
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		say(s.name)
	}
	return nil
}

func (w *provisionWalk) draftRefused(ctx context.Context) error {
	draft := w.items(w.began.AddDate(0, 0, 55))
	draft.Acquisition = provision.Text{}
	p, err := w.app.Provisions.Create(ctx, w.by(), provision.Programme{Workspace: w.workspace.ID, Name: "点検", Class: provision.OptOut, Draft: draft}, w.began)
	if err != nil {
		return err
	}
	_, err = w.app.Provisions.Freeze(ctx, w.by(), provision.Programme{ID: p.ID, Workspace: w.workspace.ID}, w.began)
	if e, ok := errors.AsType[*fault.Error](err); !ok || len(e.Fields) != 1 || e.Fields[0].Name != "item_4" {
		return fmt.Errorf("a draft without item 4: %w", err)
	}
	return nil
}

// objections are the rules that block a programme at a time.
func (w *provisionWalk) objections(now time.Time) string {
	var out []string
	for _, f := range w.app.Provisions.Findings(w.programme, now) {
		if f.Rule.Effect == law.Block {
			out = append(out, string(f.Rule.ID))
		}
	}
	return strings.Join(out, " ")
}

func (w *provisionWalk) filedAndWaiting(ctx context.Context) (err error) {
	if w.programme, err = w.announced(ctx, w.app, "点検", w.began, w.began.AddDate(0, 0, 55)); err != nil {
		return err
	}
	if got := w.objections(w.began.AddDate(0, 0, 54)); got != "PRV-05" {
		return fmt.Errorf("the day before its start, %q object; want PRV-05", got)
	}
	return nil
}

func (w *provisionWalk) mayProvide(context.Context) error {
	now := w.app.Clock()
	if got := w.objections(now); got != "" || w.programme.State(now) != provision.Running {
		return fmt.Errorf("%s, and %q object", w.programme.State(now), got)
	}
	return nil
}

// personStops has the first reader of the company stop as strangers do.
func (w *provisionWalk) personStops(ctx context.Context) error {
	_, mail := person(0)
	parsed, err := addr.ParseMail(mail)
	if err != nil {
		return err
	}
	known, err := w.app.Contacts.AddressByHash(ctx, w.app.DB, w.workspace.ID, w.app.Contacts.Hash(w.workspace.ID, parsed))
	if err != nil {
		return err
	}
	if w.stopped, err = w.app.Contacts.Get(ctx, w.app.DB, w.workspace.ID, known.Contact); err != nil {
		return err
	}
	page := w.app.URL() + "/provision/" + w.programme.Public()
	form := strings.NewReader(url.Values{"address": {strings.ToUpper(mail[:1]) + mail[1:]}}.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, page, form)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", w.app.URL())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("the page answered %d: %w", res.StatusCode, err)
	}
	return nil
}

// legal is the officer as who acts.
func (c company) legal() account.By {
	return account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: c.officer.ID}}
}

func (w *provisionWalk) runProvides(ctx context.Context) error {
	plan := provision.Plan{Workspace: w.workspace.ID, Programme: w.programme.ID, Recipient: w.recipient.ID, Format: provision.CSV}
	wrong := plan
	wrong.Fields = []string{"family_name", "email"}
	if _, err := w.app.ProvisionRuns.Plan(ctx, w.by(), wrong, w.app.Clock()); !fault.Is(err, fault.Invalid) {
		return fmt.Errorf("an item that was not notified: %w", err)
	}
	run, err := w.app.ProvisionRuns.Plan(ctx, w.by(), plan, w.app.Clock())
	if err != nil {
		return err
	}
	if run, err = w.until(ctx, run, provision.Planned); err != nil {
		return err
	}
	if run.Counts.Seen-run.Counts.Provided < 1 || run.Counts.Excluded["PRV-07"] < 1 {
		return fmt.Errorf("nobody was left out: %+v", run.Counts)
	}
	if err := w.app.ProvisionRuns.Approve(ctx, w.by(), provision.Approval{Workspace: w.workspace.ID, Run: run.ID}, w.app.Clock()); !fault.Is(err, fault.Refused) {
		return fmt.Errorf("the planner approves: %w", err)
	}
	if err := w.app.ProvisionRuns.Approve(ctx, w.legal(), provision.Approval{Workspace: w.workspace.ID, Run: run.ID}, w.app.Clock()); err != nil {
		return err
	}
	if run, err = w.until(ctx, run, provision.Prepared); err != nil {
		return err
	}
	var file bytes.Buffer
	if err := w.app.ProvisionRuns.Download(ctx, w.by(), w.workspace.ID, run.ID, &file, w.app.Clock()); err != nil {
		return err
	}
	text := file.String()
	if n := int64(strings.Count(text, "\n")); n != run.Counts.Provided+1 || strings.Contains(text, "@") {
		return fmt.Errorf("%d lines for %d persons, or an address in them", n, run.Counts.Provided)
	}
	w.kept, err = w.app.ProvisionRuns.Run(ctx, w.app.DB, w.workspace.ID, run.ID)
	return err
}

// until waits for a run to come to a state.
func (w *provisionWalk) until(ctx context.Context, run provision.Run, want provision.RunState) (provision.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		got, err := w.app.ProvisionRuns.Run(ctx, w.app.DB, w.workspace.ID, run.ID)
		if err != nil || got.State == want {
			return got, err
		}
		if got.State == provision.Broken {
			return got, fmt.Errorf("the run failed: %s", got.Error)
		}
		select {
		case <-ctx.Done():
			return got, fmt.Errorf("the run is %s, not %s: %w", got.State, want, ctx.Err())
		case <-tick.C:
		}
	}
}

func (w *provisionWalk) recordsFound(ctx context.Context) error {
	now := w.app.Clock()
	sum, err := w.app.ProvisionRuns.HandedTo(ctx, w.app.DB, w.workspace.ID, w.recipient.ID, now.AddDate(0, 0, -1), now.AddDate(0, 0, 1))
	if err != nil {
		return err
	}
	if len(sum.Runs) == 0 || sum.Persons < w.kept.Counts.Provided {
		return fmt.Errorf("handed to the recipient: %d runs, %d persons", len(sum.Runs), sum.Persons)
	}
	records, err := w.app.ProvisionRuns.Records(ctx, w.app.DB, provision.RecordQuery{Workspace: w.workspace.ID, Run: w.kept.ID, Limit: 1})
	if err != nil || len(records) != 1 {
		return fmt.Errorf("%d records: %w", len(records), err)
	}
	given, err := w.app.ProvisionRuns.TracesOf(ctx, w.app.DB, w.workspace.ID, records[0].Contact)
	if err != nil {
		return err
	}
	not, err := w.app.ProvisionRuns.TracesOf(ctx, w.app.DB, w.workspace.ID, w.stopped.ID)
	if err != nil {
		return err
	}
	if len(given) == 0 || given[0].Of.To.Representative == "" || len(not) != 0 {
		return fmt.Errorf("a person who went out has %d records, the one who stopped %d", len(given), len(not))
	}
	return nil
}

func (w *provisionWalk) deletionRefused(ctx context.Context) error {
	almost := w.app.Clock().AddDate(3, 0, -1)
	err := w.app.ProvisionRuns.DropRecords(ctx, w.by(), w.workspace.ID, w.kept.ID, almost)
	kept, ok := errors.AsType[*provision.KeptError](err)
	if !ok || kept.Rule.ID != "RET-04" || !kept.Until.After(almost) {
		return fmt.Errorf("deleting a day too early: %w", err)
	}
	return nil
}
