package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/delivery/shape"
)

// when writes an instant as the terminal's clock shows it.
func (s *shell) when(t time.Time) string { return s.say.Time(t, time.Local) }

func (s *shell) tellDomain(a delivery.DomainAnswer) {
	s.tell("cli.explain.route", "Domain", a.Domain, "Lane", a.Lanes[0].Name)
	if p := a.Provider; p.Relay() {
		s.tell("cli.explain.relay")
	} else {
		s.tell("cli.explain.provider", "Name", p.Name(string(s.say.Lang)), "AsOf", s.say.Date(p.AsOf, time.UTC))
		for _, source := range p.Sources {
			s.tell("cli.explain.source", "Source", source)
		}
		s.tell("cli.explain.range", "Connections", p.Connections.Words(s.say), "Mails", p.PerConnection.Words(s.say), "Rate", p.PerSecond.Words(s.say))
		if p.MostRecipients > 0 {
			s.tell("cli.explain.recipients", "Most", p.MostRecipients)
		}
	}
	for _, l := range a.Lanes {
		s.tellLane(l)
	}
	if len(a.Breakers) > 0 {
		fmt.Fprintln(s.out)
		s.tell("cli.explain.cells")
	}
	for _, c := range a.Breakers {
		s.tell("cli.explain.cell", "Name", c.Name, "ID", c.Campaign, "State", c.Words(s.say, time.Local), "Cause", c.Cause(s.say))
		if said := c.Last().Reply; said != "" {
			s.tell("cli.explain.reply", "Reply", said)
		}
	}
}

func (s *shell) tellLane(l delivery.LaneState) {
	fmt.Fprintln(s.out)
	if l.Awaited {
		s.tell("cli.explain.lane_awaited", "Lane", l.Name)
	} else {
		s.tell("cli.explain.lane", "Lane", l.Name)
	}
	q := l.Queue
	s.tell("cli.explain.queue", "Waiting", q.Waiting, "Due", q.Due, "InHand", q.InHand, "AtDot", q.AtDot, "Parked", q.Parked)
	if !q.Oldest.IsZero() {
		s.tell("cli.explain.oldest", "At", s.when(q.Oldest))
	}
	for _, w := range l.Ways {
		s.tellWay(w)
	}
}

func (s *shell) tellWay(w delivery.Way) {
	if w.Source == "" {
		s.tell("cli.explain.way", "Limits", w.Words(s.say))
	} else {
		s.tell("cli.explain.way_source", "Source", w.Source, "Limits", w.Words(s.say))
	}
	if !w.PausedUntil.IsZero() {
		s.tell("cli.explain.until", "Until", s.when(w.PausedUntil))
	}
	if w.Probe {
		s.tell("cli.explain.probe")
	}
	if len(w.Decisions) == 0 {
		s.tell("cli.explain.no_decisions")
	}
	for _, d := range w.Decisions {
		s.tellDecision(d)
	}
}

func (s *shell) tellDecision(d shape.Decision) {
	s.tell("cli.explain.decision", "At", s.when(d.At), "What", delivery.Words(s.say, d), "Why", delivery.Reason(s.say, d))
	switch {
	case d.Blame != "":
		s.tell("cli.explain.reply_by", "Reply", d.Reply, "Blame", delivery.Blame(s.say, string(d.Blame)), "Stage", d.Stage, "Rule", orDash(d.Rule))
	case d.Reply != "":
		s.tell("cli.explain.reply", "Reply", d.Reply)
	}
}

func (s *shell) tellMessage(t delivery.Trace) {
	state := s.say.T("look.state." + t.State)
	if t.Outcome != "" {
		state += ", " + s.say.T("delivery.outcome."+string(t.Outcome))
	}
	s.tell("cli.explain.message_head", "ID", t.Message, "Kind", t.Kind, "Class", t.Class, "State", state)
	s.tell("cli.explain.message_lane", "Domain", t.Domain, "Lane", t.Lane)
	if t.Campaign != "" {
		s.tell("cli.explain.message_campaign", "Campaign", t.Campaign)
	}
	s.tell("cli.explain.message_times", "Created", s.when(t.CreatedAt), "Next", s.when(t.RunAt), "Finished", s.when(t.FinishedAt))
	fmt.Fprintln(s.out)
	key := "cli.explain.message_yes"
	if t.Decided.Refusal != "" {
		key = "cli.explain.message_no"
	}
	s.tell(key, "At", s.when(t.Decided.At), "Stage", t.Decided.Stage, "Rules", t.Decided.Rules, "Event", orDash(t.Decided.Event), "Rule", t.Decided.Refusal)
	for _, x := range t.Tries {
		s.tellTry(x)
	}
	for _, r := range t.Returned {
		s.tell("cli.explain.message_returned", "At", s.when(r.At), "What", s.say.T("look.returned."+r.Kind), "Status", r.Status, "Source", r.Source)
		if r.Blame != "" {
			s.tell("cli.explain.message_blame", "Blame", delivery.Blame(s.say, r.Blame), "Rule", orDash(r.Rule))
		}
	}
}

func (s *shell) tellTry(x delivery.Try) {
	s.tell("cli.explain.message_try", "At", s.when(x.StartedAt), "Number", x.Number, "Outcome", s.say.T("delivery.outcome."+string(x.Outcome)),
		"Remote", orDash(x.Remote), "Source", orDash(x.Source), "Stage", x.Stage, "Took", x.EndedAt.Sub(x.StartedAt).Round(time.Millisecond))
	if x.Code != 0 || x.Reply != "" {
		code := x.Enhanced
		if x.Code != 0 {
			code = strings.TrimSpace(fmt.Sprint(x.Code, " ", x.Enhanced))
		}
		s.tell("cli.explain.message_reply", "Code", code, "Reply", x.Reply)
	}
	if x.Blame != "" {
		s.tell("cli.explain.message_blame", "Blame", delivery.Blame(s.say, x.Blame), "Rule", orDash(x.Rule))
	}
}

func orDash(text string) string {
	if text == "" {
		return "—"
	}
	return text
}
