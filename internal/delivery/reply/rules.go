package reply

import (
	_ "embed"
	"errors"
	"fmt"

	"github.com/BurntSushi/toml"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

//go:embed general.toml
var generalTOML string

var (
	errTwiceThere = errors.New("stands twice")
	errField      = errors.New("unknown field")
)

// Rules is a compiled set of rules. It is safe for concurrent use.
type Rules struct {
	own []compiled
	// next is asked when no own rule knows the answer; nil means that the codes decide.
	next        *Rules
	resetIsRate bool
}

// General returns the rules for the words of servers anywhere.
func General() (*Rules, error) {
	var f struct {
		Rule []Rule `toml:"rule"`
	}
	meta, err := toml.Decode(generalTOML, &f)
	if err != nil {
		return nil, fmt.Errorf("reply: general.toml: %w", err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("reply: general.toml: %w %s", errField, extra[0])
	}
	r, err := (*Rules)(nil).With(f.Rule, false)
	if err != nil {
		return nil, fmt.Errorf("general.toml: %w", err)
	}
	return r, nil
}

// With returns a set that asks a provider's rules before r's, which may be nil.
// resetIsRate says that this provider's way of saying "slower" is a TCP RESET. The
// error names the rule that is wrong.
func (r *Rules) With(rules []Rule, resetIsRate bool) (*Rules, error) {
	set := &Rules{next: r, resetIsRate: resetIsRate, own: make([]compiled, 0, len(rules))}
	for i, rule := range rules {
		c, err := rule.compile()
		if err == nil && set.has(rule.ID) {
			err = errTwiceThere
		}
		if err != nil {
			return nil, fmt.Errorf("reply: rule %d (%s): %w", i+1, rule.ID, err)
		}
		set.own = append(set.own, c)
	}
	return set, nil
}

// IDs lists the rules in the order in which they are asked.
func (r *Rules) IDs() []string {
	var ids []string
	for ; r != nil; r = r.next {
		for _, c := range r.own {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func (r *Rules) has(id string) bool {
	for ; r != nil; r = r.next {
		for _, c := range r.own {
			if c.ID == id {
				return true
			}
		}
	}
	return false
}

// Judge says what an event means: the provider's rules first, then the general ones,
// then the codes alone.
func (r *Rules) Judge(e Event) Verdict {
	switch {
	case e.Code/100 == 2 && e.Stage == smtp.StageAfterDot && e.Kind == smtp.KindRefused:
		return Verdict{}
	case e.Code < 400 || ours(e):
		return r.silent(e)
	case e.Stage == smtp.StageTLS || e.Stage == smtp.StageAuth:
		return Verdict{Blame: Protocol}
	}
	said := fold(e.Text)
	status := statusOf(e, said)
	v := byCodes(e, status)
	if c := r.find(e, status, said); c != nil {
		v = c.verdict(e)
	}
	if !v.Permanent || v.Blame != Recipient && v.Blame != Content {
		if asked := hint(said); asked > 0 {
			v.Wait = asked
		}
	}
	return v
}

// ours says whether a failure lies on our side whatever the server wrote: a wrong
// password for a relay must never read as an unknown recipient.
func ours(e Event) bool {
	switch e.Kind {
	case smtp.KindTLS, smtp.KindAuth, smtp.KindMessage, smtp.KindUnsupported,
		smtp.KindFence, smtp.KindCanceled, smtp.KindUnusable, smtp.KindProtocol:
		return true
	}
	return false
}

func (r *Rules) find(e Event, status [3]int, said string) *compiled {
	for ; r != nil; r = r.next {
		for i := range r.own {
			if r.own[i].matches(e, status, said) {
				return &r.own[i]
			}
		}
	}
	return nil
}

// verdict is what a rule says of an event that it matches.
func (c *compiled) verdict(e Event) Verdict {
	v := Verdict{Blame: c.Blame, Permanent: permanent(e, c.Blame, c.Lasting), Wait: c.Wait, Rule: c.ID}
	if c.Unknown && v.Permanent && e.Stage >= smtp.StageRcpt {
		v.Unknown, v.Twice = true, c.Twice
	}
	return v
}

// permanent says whether a refusal stands. What is said before MAIL is not about
// this mail, and being too fast never lasts.
func permanent(e Event, b Blame, l Lasting) bool {
	switch {
	case e.Stage < smtp.StageMail || b == Rate || l == Temporary:
		return false
	case l == Permanent:
		return true
	}
	return e.Code >= 500
}
