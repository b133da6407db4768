package web

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/law"
)

const rulesPath = root + "rules"

// ruleRoutes are the book of rules, which everybody may read.
func (s *Site) ruleRoutes() []Route {
	if s.Rules == nil {
		return nil
	}
	return []Route{{Pattern: "GET " + rulesPath, Access: SignedIn(), Handle: s.ruleList, Views: []string{"rules"}}}
}

// rulesPage is the book, made to be printed.
type rulesPage struct {
	Version  string
	Count    int
	Chapters []ruleChapter
}

// ruleChapter is the rules of one legal order.
type ruleChapter struct {
	ID, Name string
	Rules    []ruleRow
}

// ruleRow is one entry in the reader's language.
type ruleRow struct {
	*law.Rule
	Text, Source, Places, Held, Where string
	EffectKey, KindKey, SureKey       string
	// Begun and Over say where today stands to its dates.
	Begun, Over bool
}

func (s *Site) ruleList(c *Call) error {
	p := rulesPage{Version: s.Rules.Version()}
	seen := map[law.RuleID]bool{}
	for _, chapter := range s.Rules.Book() {
		ch := ruleChapter{ID: chapter.ID, Name: c.T("web.rules.chapter." + chapter.ID)}
		for _, r := range chapter.Rules {
			seen[r.ID] = true
			ch.Rules = append(ch.Rules, s.ruleRow(c, r))
		}
		p.Chapters = append(p.Chapters, ch)
	}
	p.Count = len(seen)
	return c.Render("rules", p)
}

func (s *Site) ruleRow(c *Call, r *law.Rule) ruleRow {
	row := ruleRow{
		Rule: r, Text: r.Text(string(c.Lang)), Source: r.Source(string(c.Lang)), Held: strings.Join(r.HeldBy, ", "), Where: r.Reach().String(),
		EffectKey: "web.rules.effect." + string(r.Effect), KindKey: "web.rules.kind." + string(r.Kind), SureKey: "web.rules.certainty." + string(r.Certainty),
		Begun: r.Begun(c.Now), Over: r.Begun(c.Now) && !r.InForce(c.Now),
	}
	var places []string
	for _, at := range r.At {
		places = append(places, c.T("web.rules.place."+string(at)))
	}
	row.Places = strings.Join(places, c.T("web.rules.and"))
	return row
}
