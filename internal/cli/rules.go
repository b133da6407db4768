package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
)

// rules prints the book of all rules with their sources. It needs no installation.
func (s *shell) rules() *cobra.Command {
	var lang string
	var asJSON bool
	c := &cobra.Command{
		Use: "rules", Short: s.say.T("cli.rules.short"), Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if lang != string(i18n.Ja) && lang != string(i18n.En) {
				return fault.New(fault.Invalid, "cli.rules.bad_lang")
			}
			set, err := law.Load()
			if err != nil {
				return err
			}
			if asJSON {
				return s.rulesJSON(set)
			}
			return s.rulesBook(set, i18n.Lang(lang), time.Now())
		},
	}
	c.Flags().StringVar(&lang, "lang", string(i18n.Ja), s.say.T("cli.evidence.lang"))
	c.Flags().BoolVar(&asJSON, "json", false, s.say.T("cli.explain.json"))
	return c
}

// ruleLine is a rule for programs, in both languages.
type ruleLine struct {
	ID            law.RuleID  `json:"id"`
	Jurisdictions []string    `json:"jurisdictions"`
	At            []law.Place `json:"at"`
	Effect        law.Effect  `json:"effect"`
	Kind          law.Kind    `json:"kind"`
	Certainty     string      `json:"certainty"`
	From          string      `json:"from"`
	Until         string      `json:"until,omitempty"`
	Ja            string      `json:"text_ja"`
	En            string      `json:"text_en"`
	CitationJa    string      `json:"citation_ja"`
	Citation      string      `json:"citation_en"`
	HeldBy        []string    `json:"held_by,omitempty"`
}

func (s *shell) rulesJSON(set *law.Set) error {
	out := struct {
		Version string     `json:"version"`
		Rules   []ruleLine `json:"rules"`
	}{Version: set.Version()}
	for _, r := range set.Rules() {
		out.Rules = append(out.Rules, ruleLine{
			r.ID, r.Reach().Names(), r.At, r.Effect, r.Kind, string(r.Certainty), r.From, r.Until, r.Ja, r.En, r.CitationJa, r.Citation, r.HeldBy,
		})
	}
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// rulesBook prints the chapters, in the words of the pages.
func (s *shell) rulesBook(set *law.Set, lang i18n.Lang, now time.Time) error {
	p := s.texts.For(lang)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s (%s)\n\n%s\n", p.T("web.rules.title"), set.Version(), p.T("web.rules.legend"))
	for _, chapter := range set.Book() {
		fmt.Fprintf(&b, "\n## %s\n", p.T("web.rules.chapter."+chapter.ID))
		for _, r := range chapter.Rules {
			marks := []string{p.T("web.rules.effect." + string(r.Effect)), p.T("web.rules.kind." + string(r.Kind))}
			if r.Certainty != law.Verified {
				marks = append(marks, p.T("web.rules.certainty."+string(r.Certainty)))
			}
			if r.Awaits != "" {
				marks = append(marks, p.T("web.rules.awaits."+r.Awaits))
			}
			if !r.Begun(now) {
				marks = append(marks, p.T("web.rules.later"))
			}
			fmt.Fprintf(&b, "\n### %s  [%s]\n%s\n%s\n%s %s", r.ID, strings.Join(marks, " / "), r.Text(string(lang)), r.Source(string(lang)), p.T("web.rules.from"), r.From)
			if r.Until != "" {
				fmt.Fprintf(&b, " %s %s", p.T("web.rules.until"), r.Until)
			}
			var places []string
			for _, at := range r.At {
				places = append(places, p.T("web.rules.place."+string(at)))
			}
			fmt.Fprintf(&b, " · %s %s · %s %s\n", p.T("web.rules.at"), strings.Join(places, p.T("web.rules.and")), p.T("web.rules.reach"), r.Reach())
			if len(r.HeldBy) > 0 {
				fmt.Fprintf(&b, "%s %s\n", p.T("web.rules.held"), strings.Join(r.HeldBy, ", "))
			}
		}
	}
	_, err := fmt.Fprint(s.out, b.String())
	return err
}
