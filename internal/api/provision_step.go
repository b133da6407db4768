package api

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

type stepView struct {
	Kind     string    `json:"kind" enum:"noticed,filed,published_by_ppc,published_by_us,ended,end_filed"`
	On       time.Time `json:"on"`
	Evidence string    `json:"evidence"`
	Where    string    `json:"elsewhere,omitempty" doc:"where a notice was given that is older than its record"`
	Recorded time.Time `json:"recorded_at" doc:"when it was first recorded, or recorded anew after it was taken back"`
	Past     []wasView `json:"past" nullable:"false" doc:"what it said before it was corrected, the oldest first"`
}

// wasView is what a step said before.
type wasView struct {
	On       time.Time `json:"on"`
	Evidence string    `json:"evidence"`
	Where    string    `json:"elsewhere,omitempty"`
	Until    time.Time `json:"until" doc:"when it was corrected"`
	Reason   string    `json:"reason"`
	Back     bool      `json:"taken_back,omitempty" doc:"the step was taken back then"`
}

func viewStep(s provision.Step) stepView {
	return stepView{Kind: string(s.Kind), On: s.On, Evidence: s.Evidence, Where: s.Elsewhere, Recorded: s.At, Past: viewed(s.Past, func(p provision.Past) wasView {
		return wasView{p.On, p.Evidence, p.Elsewhere, p.Until, p.Reason, p.Back}
	})}
}

type untimelyView struct {
	Run       string    `json:"run"`
	Recipient string    `json:"recipient_name"`
	Handed    time.Time `json:"handed_at"`
	Provided  int64     `json:"provided" doc:"persons whose data were provided"`
	Rule      *ruleView `json:"rule,omitempty" doc:"the rule that was not kept"`
	Reason    string    `json:"reason"`
}

func (s *server) viewUntimely(ctx context.Context, c call, p provision.Programme) ([]untimelyView, error) {
	out := []untimelyView{}
	if s.ProvisionRuns == nil {
		return out, nil
	}
	list, _, err := s.ProvisionRuns.Untimely(ctx, s.DB, p)
	for _, u := range list {
		v := untimelyView{Run: u.Run.Public(), Recipient: u.Run.To.Name, Handed: u.Run.HandedAt, Provided: u.Run.Counts.Provided}
		if u.Rule != nil {
			rule := viewFinding(u.Rule, c.lang)
			v.Rule, v.Reason = &rule, rule.Reason
		} else {
			v.Reason = s.Texts.For(c.lang).T(u.Key)
		}
		out = append(out, v)
	}
	return out, err
}

type stepInput struct {
	ID   string `path:"id"`
	Body struct {
		Version  int       `json:"version" minimum:"1"`
		Kind     string    `json:"kind" enum:"noticed,filed,published_by_ppc,published_by_us,ended,end_filed"`
		On       time.Time `json:"on" doc:"when it happened"`
		Evidence string    `json:"evidence" doc:"where it can be seen: a receipt number, a URL"`
		Where    string    `json:"elsewhere,omitempty" maxLength:"1000" doc:"of a notice older than its record: where or how it was given; the public page tells it"`
	}
}

type correctionInput struct {
	ID      string `path:"id"`
	Version int    `path:"version" minimum:"1"`
	Kind    string `path:"kind" enum:"noticed,filed,published_by_ppc,published_by_us,ended,end_filed"`
	Body    struct {
		On       time.Time `json:"on,omitzero" doc:"when it happened; may be left out where void"`
		Evidence string    `json:"evidence,omitempty" doc:"where it can be seen; may be left out where void"`
		Where    string    `json:"elsewhere,omitempty" maxLength:"1000" doc:"of a notice older than its first record; the public page tells it"`
		Void     bool      `json:"void,omitempty" doc:"take the step back: it never happened; only the last of a version"`
		Reason   string    `json:"reason" maxLength:"1000" doc:"for the audit log; the public page does not tell it"`
	}
}

func (s *server) stepProvision(ctx context.Context, c call, in *stepInput) (*answer[programmeView], error) {
	id, err := store.ParsePublic(provision.Prefix, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	step := provision.Step{Kind: provision.StepKind(b.Kind), On: b.On, Evidence: b.Evidence, Elsewhere: b.Where}
	of := provision.Programme{ID: id, Workspace: c.workspace()}
	if err := s.Provisions.Take(ctx, c.by, of, b.Version, step, c.now); err != nil {
		return nil, err
	}
	return s.answerProgramme(ctx, c, id)
}

func (s *server) correctProvisionStep(ctx context.Context, c call, in *correctionInput) (*answer[programmeView], error) {
	id, err := store.ParsePublic(provision.Prefix, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	of := provision.Programme{ID: id, Workspace: c.workspace()}
	err = s.Provisions.Correct(ctx, c.by, of, in.Version, provision.Correction{
		Kind: provision.StepKind(in.Kind), On: b.On, Evidence: b.Evidence, Elsewhere: b.Where, Void: b.Void, Reason: b.Reason,
	}, c.now)
	if err != nil {
		return nil, err
	}
	return s.answerProgramme(ctx, c, id)
}
