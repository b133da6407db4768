package web

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// VerifyKind is the job kind of verifying a workspace's whole log: with a million
// events it takes longer than anybody waits for a page.
const VerifyKind = "evidence.verify"

// verifyState is the last verification, under way or over.
type verifyState struct {
	Job      jobRow
	Progress page.Progress
	Result   consent.Verification
	// Finding is the outcome, nil while it is under way.
	Finding *page.Finding
	At      time.Time
	Damage  []damageRow
}

// damageRow is a place of the log that is wrong.
type damageRow struct {
	Text, Event string
	Leaf        int64
}

// verify is the job's handler.
func (s *Site) verify(ctx context.Context, run *job.Run) error {
	v, err := s.Consent.VerifyAll(ctx, run.Workspace)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		return run.Advance(ctx, tx, job.Progress{Done: v.Leaves, Total: v.Leaves, Result: v})
	})
}

// evidenceVerify begins a verification, unless one is under way.
func (s *Site) evidenceVerify(c *Call) error {
	last, err := s.lastVerify(c)
	if err != nil {
		return err
	}
	if last != nil && !last.Job.State.Final() {
		return c.Redirect(evidencePath)
	}
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		id, err := s.Jobs.Enqueue(c.Context(), tx, job.New{Workspace: c.Workspace.ID, Kind: VerifyKind, CreatedBy: c.Operator.ID})
		if err != nil {
			return err
		}
		return c.note(tx, account.Entry{Action: "evidence.verify", Subject: account.Subject{Kind: "job", ID: id}})
	})
	if err != nil {
		return err
	}
	return c.Redirect(evidencePath)
}

// lastVerify reads the newest verification; nil if there was none.
func (s *Site) lastVerify(c *Call) (*verifyState, error) {
	list, err := job.List(c.Context(), s.DB, c.Workspace.ID, VerifyKind, 0, 1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return s.verifyState(c, list[0])
}

func (s *Site) verifyState(c *Call, j job.Job) (*verifyState, error) {
	row, err := jobRowOf(c, j, newNames(s, nil))
	if err != nil {
		return nil, err
	}
	v := &verifyState{Job: row, At: j.FinishedAt}
	if err := j.DecodeResult(&v.Result); err != nil {
		return nil, err
	}
	v.Progress = page.Progress{
		At: j.Done, Total: j.Total, Done: j.State.Final(), Text: c.T("web.evidence.verifying"),
		Refresh: evidencePath + "/verify/" + row.Public,
	}
	if j.State.Final() {
		v.Finding = c.verdict(j, v.Result)
	}
	for _, f := range v.Result.Findings {
		d := damageRow{Text: c.T("consent.damage." + string(f.Damage)), Leaf: f.Seq}
		if f.Event != 0 {
			d.Event = store.Public(eventPrefix, f.Event)
		}
		v.Damage = append(v.Damage, d)
	}
	return v, nil
}

// verdict is the outcome of a verification as a finding.
func (c *Call) verdict(j job.Job, v consent.Verification) *page.Finding {
	switch {
	case j.State != job.Done:
		f := &page.Finding{Level: page.Amber, Title: c.T("web.evidence.not_verified")}
		if j.Error != "" {
			f.Text = c.T(j.Error)
		}
		return f
	case v.Found > 0:
		return &page.Finding{Level: page.Red, Title: c.T("web.evidence.damaged", "Found", v.Found), Text: c.T("web.evidence.damaged_text")}
	}
	return &page.Finding{
		Level: page.Green, Title: c.T("web.evidence.sound"),
		Text: c.T("web.evidence.sound_text", "Leaves", number(v.Leaves), "Checkpoints", number(v.Checkpoints), "Erased", number(v.Erased), "Pending", number(v.Pending)),
	}
}

// evidenceProgress answers with the progress alone, for the page's module.
func (s *Site) evidenceProgress(c *Call) error {
	id, err := c.ID(job.Prefix, "id")
	if err != nil {
		return err
	}
	j, err := job.Get(c.Context(), s.DB, c.Workspace.ID, id)
	if err == nil && j.Kind != VerifyKind {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return err
	}
	v, err := s.verifyState(c, j)
	if err != nil {
		return err
	}
	return c.RenderPart("evidence", "progress", v.Progress)
}

// evidencePeople finds persons to make a pack for.
func (s *Site) evidencePeople(c *Call, p *evidencePageData) error {
	text := p.Search.Get("q")
	if !p.MayProve || text == "" {
		return nil
	}
	p.Asked = true
	people, err := s.Contacts.Search(c.Context(), s.DB, c.Workspace.ID, contact.Query{Text: text, Limit: 10})
	for _, one := range people {
		p.People = append(p.People, c.contactHead(one))
	}
	return err
}
