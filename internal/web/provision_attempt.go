package web

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// attemptRow is one time that a data set was on its way: who sent it, and what came of it.
type attemptRow struct {
	provision.Attempt
	Who string
	page.Badge
	// Told is the proof, or what went wrong.
	Told string
}

func (s *Site) attempts(c *Call, run provision.Run, who names) ([]attemptRow, error) {
	all, err := s.ProvisionRuns.Attempts(c.Context(), s.DB, run.ID)
	if err != nil {
		return nil, err
	}
	out := make([]attemptRow, len(all)) // a handful
	for i, a := range all {
		row := attemptRow{Attempt: a, Badge: page.Badge{Tone: "quiet", Key: "web.provision.attempt.under_way"}, Told: a.Detail}
		if a.Outcome != "" {
			row.Badge = page.Badge{Tone: attemptTone(a.Outcome), Key: "web.provision.attempt." + a.Outcome}
		}
		if strings.HasPrefix(a.Detail, "provision.") {
			row.Told = c.T(a.Detail)
		}
		if row.Who, err = who.actor(c, a.Actor); err != nil {
			return nil, err
		}
		out[i] = row
	}
	return out, nil
}

func attemptTone(outcome string) string {
	switch outcome {
	case "arrived":
		return "strong"
	case "failed":
		return "quiet"
	}
	return "warn"
}
