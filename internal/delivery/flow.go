package delivery

import "context"

// mostFlows bounds how many campaigns of a lane are looked at in one round.
const mostFlows = 64

// flow is what one campaign has waiting in a lane; 0 is what belongs to none.
type flow struct {
	workspace, campaign int64
	// of is how many workspaces share the lane, among how many campaigns this one's.
	of, among int
}

// part is a flow's share of the room in its lane, one at the least.
func (f flow) part(room int) int { return max(1, room/(f.of*f.among)) }

// flows lists what waits in a lane, going from one to the next by the index.
func (e *Engine) flows(ctx context.Context, lane string) ([]flow, error) {
	var out []flow
	var f flow
	for len(out) < mostFlows {
		err := e.DB.QueryRow(ctx, sqlNextFlow, lane, f.workspace, f.campaign).Scan(&f.workspace, &f.campaign)
		if notFound(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return share(out), nil
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
