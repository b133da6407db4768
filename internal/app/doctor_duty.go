package app

import (
	"context"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/law"
)

// Times after which a refusal that took so long is a warning and an alarm (OUT-09).
const (
	slowRefusal  = 5 * time.Minute
	alarmRefusal = time.Hour
)

// examineDuties looks at how fast refusals take effect, and at the sending domains as the
// last look of the program found them.
func (e *examined) examineDuties(ctx context.Context) {
	rules, err := law.Load()
	if err != nil {
		e.say(Bad, "refusal", "unreadable")
		return
	}
	desk := duty.New(duty.Config{DB: e.db, Accounts: e.accounts(), Rules: rules})
	all, err := e.accounts().Workspaces(ctx, e.db)
	if err != nil {
		e.say(Bad, "refusal", "unreadable")
		return
	}
	if k, err := desk.LinkKey(ctx, e.db, e.Clock()); err != nil {
		e.say(Bad, "links", "unreadable")
	} else if k.No != nil {
		e.say(Well, "links", "need", "Last", k.Last.UTC().Format(time.DateOnly), "Until", k.Until().UTC().Format(time.DateOnly), "Rule", string(k.No.ID))
	}
	for _, w := range all {
		speed, err := desk.Speed(ctx, e.db, w.ID, e.Clock())
		took := speed.Slowest.Round(time.Second).String()
		switch {
		case err != nil:
			e.say(Bad, "refusal", "unreadable")
		case speed.Slowest > alarmRefusal:
			e.say(Bad, "refusal", "alarm", "Workspace", w.Name, "Took", took)
		case speed.Slowest > slowRefusal:
			e.say(Warn, "refusal", "slow", "Workspace", w.Name, "Took", took)
		case speed.Refusals > 0:
			e.say(Well, "refusal", "ok", "Workspace", w.Name, "Took", took)
		}
		domains, err := e.accounts().Domains(ctx, e.db, w.ID)
		if err != nil {
			e.say(Bad, "identity", "unreadable")
			return
		}
		for _, d := range domains {
			m := d.Marks
			if m.LookedAt.IsZero() {
				continue // the settings and the check of records speak of it
			}
			if proof := (law.Identity{SPF: m.SPF, DKIM: m.DKIM, DMARC: m.DMARC}).ProofOf(m.GreenAt, e.Clock()); proof != "green" {
				e.say(Bad, "identity", "not_green", "Domain", d.Domain, "Marks", strings.Join([]string{"SPF " + m.SPF, "DKIM " + m.DKIM, "DMARC " + m.DMARC}, ", "))
				continue
			}
			e.say(Well, "identity", "ok", "Domain", d.Domain)
		}
	}
}
