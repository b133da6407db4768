package reply

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

var (
	errStage  = errors.New("not a stage")
	errCode   = errors.New("not a code or its beginning")
	errStatus = errors.New("not an enhanced status")
)

// compiled is a rule ready to be asked.
type compiled struct {
	Rule
	stages   []smtp.Stage
	codes    []span
	statuses []statuses
	text     pattern
}

// span is a range of numbers with its ends.
type span struct{ low, high int }

func (s span) holds(n int) bool { return s.low <= n && n <= s.high }

// statuses are the enhanced statuses of one pattern, part by part.
type statuses [3]span

// anything is what "*" stands for in a status.
var anything = span{0, 999}

func (r Rule) compile() (compiled, error) {
	c := compiled{Rule: r}
	if err := r.check(); err != nil {
		return c, err
	}
	for _, name := range r.Stages {
		s, ok := stageNamed(name)
		if !ok {
			return c, fmt.Errorf("stages: %w: %q", errStage, name)
		}
		c.stages = append(c.stages, s)
	}
	for _, text := range r.Codes {
		s, err := parseCodes(text)
		if err != nil {
			return c, fmt.Errorf("codes: %w: %q", err, text)
		}
		c.codes = append(c.codes, s)
	}
	for _, text := range r.Enhanced {
		s, err := parseStatuses(text)
		if err != nil {
			return c, fmt.Errorf("enhanced: %w: %q", err, text)
		}
		c.statuses = append(c.statuses, s)
	}
	if r.Text == "" {
		return c, nil
	}
	var err error
	c.text, err = parsePattern(r.Text)
	return c, err
}

// matches says whether all conditions hold, the cheap ones first.
func (c *compiled) matches(e Event, status [3]int, said string) bool {
	if e.Nth < c.Nth || len(c.stages) > 0 && !slices.Contains(c.stages, e.Stage) {
		return false
	}
	if len(c.codes) > 0 && !slices.ContainsFunc(c.codes, func(s span) bool { return s.holds(e.Code) }) {
		return false
	}
	if len(c.statuses) > 0 && !slices.ContainsFunc(c.statuses, func(s statuses) bool { return s.hold(status) }) {
		return false
	}
	return c.text == nil || c.text.matches(said)
}

func (s statuses) hold(status [3]int) bool {
	return status[0] != 0 && s[0].holds(status[0]) && s[1].holds(status[1]) && s[2].holds(status[2])
}

func stageNamed(name string) (smtp.Stage, bool) {
	for s := smtp.StageConnect; s <= smtp.StageAfterDot; s++ {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}

// parseCodes reads "550", "55" or "5".
func parseCodes(text string) (span, error) {
	n, err := strconv.Atoi(text)
	if err != nil || len(text) > 3 || text[0] != '4' && text[0] != '5' {
		return span{}, errCode
	}
	width := 1
	for range 3 - len(text) {
		n, width = n*10, width*10
	}
	return span{n, n + width - 1}, nil
}

// parseStatuses reads "5.1.1", "*.2.2" or "5.7.606-649".
func parseStatuses(text string) (statuses, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return statuses{}, errStatus
	}
	var s statuses
	for i, p := range parts {
		if p == "*" {
			s[i] = anything
			continue
		}
		low, high, ranged := strings.Cut(p, "-")
		if !ranged {
			high = low
		}
		a, errA := strconv.ParseUint(low, 10, 10)
		b, errB := strconv.ParseUint(high, 10, 10)
		if errA != nil || errB != nil || b < a {
			return statuses{}, errStatus
		}
		s[i] = span{int(a), int(b)}
	}
	return s, nil
}
