package delivery

import (
	"cmp"
	"context"
	"time"
)

const (
	// mostFlows bounds how many campaigns of a lane are looked at in one round.
	mostFlows = 64
	// quietFor is how long a campaign is not asked again that had nothing due: its
	// retries are passed over row by row to find that out.
	quietFor = time.Second
	// mostQuiet bounds how many of them are remembered.
	mostQuiet = 4096
)

// turns has the campaigns of a lane take turns.
type turns struct {
	// after is the last one that was looked at, where not all could be.
	after flow
	// quiet are those that had nothing due, until when they are passed over.
	quiet map[flow]time.Time
}

// hush passes over a campaign for a while. What belongs to none is always asked for:
// somebody may be waiting.
func (t *turns) hush(f flow, now time.Time) {
	if f.campaign == 0 {
		return
	}
	if t.quiet == nil || len(t.quiet) >= mostQuiet {
		t.quiet = map[flow]time.Time{}
	}
	t.quiet[f.alone()] = now.Add(quietFor)
}

func (t *turns) isQuiet(f flow, now time.Time) bool { return now.Before(t.quiet[f.alone()]) }

// alone is the flow without its share.
func (f flow) alone() flow { return flow{workspace: f.workspace, campaign: f.campaign} }

func (f flow) compare(other flow) int {
	return cmp.Or(cmp.Compare(f.workspace, other.workspace), cmp.Compare(f.campaign, other.campaign))
}

// flow is what one campaign has waiting in a lane; 0 is what belongs to none.
type flow struct {
	workspace, campaign int64
	// of is how many workspaces share the lane, among how many campaigns this one's.
	of, among int
}

// part is a flow's share of the room in its lane, one at the least.
func (f flow) part(room int) int { return max(1, room/(f.of*f.among)) }

// flows lists what waits in a lane, going from one to the next by the index, and on
// from where the last round had to end.
func (e *Engine) flows(ctx context.Context, l *lane) ([]flow, error) {
	var out []flow
	t := &l.turns
	f, last := t.after, t.after
	around := last == flow{}
	for range mostFlows {
		var err error
		f, err = e.nextFlow(ctx, l.name, f)
		if notFound(err) && !around {
			around = true
			f, err = e.nextFlow(ctx, l.name, flow{})
		}
		if notFound(err) || err == nil && around && last != (flow{}) && f.compare(last) > 0 {
			t.after = flow{}
			return share(out), nil
		}
		if err != nil {
			return nil, err
		}
		if t.after = f; !t.isQuiet(f, e.Clock()) {
			out = append(out, f)
		}
	}
	return share(out), nil
}

func (e *Engine) nextFlow(ctx context.Context, lane string, f flow) (flow, error) {
	err := e.DB.QueryRow(ctx, sqlNextFlow, lane, f.workspace, f.campaign, lane, f.workspace).Scan(&f.workspace, &f.campaign)
	return f, err
}

// share divides a lane among workspaces, and their parts among their campaigns.
func share(flows []flow) []flow {
	campaigns := map[int64]int{}
	for _, f := range flows {
		campaigns[f.workspace]++
	}
	for i := range flows {
		flows[i].of, flows[i].among = len(campaigns), campaigns[flows[i].workspace]
	}
	return flows
}
