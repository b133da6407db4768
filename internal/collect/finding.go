package collect

import (
	"regexp"
	"strconv"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Level is how grave a Finding is.
type Level string

// The levels.
const (
	// Block keeps a form from being published.
	Block Level = "block"
	// Warn is told and left to the operator.
	Warn Level = "warn"
)

// Finding is something about a form that the law, or good manners, would have otherwise.
type Finding struct {
	// Rule is the id of the rule ("COL-07"), empty for our own demands.
	Rule  string
	Level Level
	// Path is the place in the spec.
	Path string
	// Key and Args are the sentence that says what to change.
	Key  string
	Args []any
}

// Blocked says whether any of the findings keeps a form from being published.
func Blocked(findings []Finding) bool {
	for _, f := range findings {
		if f.Level == Block {
			return true
		}
	}
	return false
}

// Words in a consent wording that give it away. They are hints to be read by a
// person, and lean to the side of asking once too often.
var (
	// vagueSender names nobody: "related sites may send you ads" (rule COL-04).
	vagueSender = regexp.MustCompile(`(?i)(関連|提携|グループ)\s*(会社|企業|各社|サイト)|(affiliated?|related|partner|group)\s+(sites?|compan(y|ies)|businesses)|our\s+partners`)
	// bundled hides a second consent in the first (rule COL-02).
	bundled = regexp.MustCompile(`(?i)第三者(に|へ|への)?提供|利用規約|third[ -]part(y|ies)|terms (of|and) `)
)

// Findings examines a frozen spec for publishing.
func (s Spec) Findings() []Finding {
	var f []Finding
	add := func(rule string, level Level, path, key string, args ...any) {
		f = append(f, Finding{Rule: rule, Level: level, Path: path, Key: key, Args: args})
	}
	for _, l := range s.Langs {
		if !s.Title.has(l) {
			add("", Block, "title."+string(l), "collect.finding.title")
		}
		if !s.Purpose.Text.has(l) {
			add("COL-07", Block, "purpose", "collect.finding.purpose")
		}
		if !s.Sender.has(l) && l == i18n.Ja || s.Sender == (Words{}) {
			add("COL-03", Block, "profile", "collect.finding.sender")
		}
	}
	if s.PolicyURL == "" {
		add("", Block, "policy_url", "collect.finding.policy")
	}
	if s.NeedsTopic() && len(s.Offers) == 0 {
		add("", Block, "offers", "collect.finding.offers")
	}
	if s.Preset == WhitePaper && !s.HasAsset() {
		add("", Block, "asset", "collect.finding.asset")
	}
	if s.Redirect != "" && len(s.Offers) > 0 {
		add("COL-06", Warn, "redirect", "collect.finding.redirect")
	}
	for i, o := range s.Offers {
		f = append(f, s.offerFindings("offers["+strconv.Itoa(i)+"]", o)...)
	}
	return f
}

func (s Spec) offerFindings(path string, o Offer) []Finding {
	var f []Finding
	add := func(rule string, level Level, path, key string) {
		f = append(f, Finding{Rule: rule, Level: level, Path: path, Key: key, Args: []any{"Topic", o.Name.In(s.Lang(i18n.Ja))}})
	}
	for _, l := range s.Langs {
		if !o.Text.has(l) {
			add("COL-03", Block, path+".wording", "collect.finding.wording")
		}
		if !o.Content.has(l) || !o.Promise.has(l) {
			add("", Block, path+".topic", "collect.finding.content")
		}
		text := o.Text.In(l)
		if vagueSender.MatchString(text) {
			add("COL-04", Block, path+".wording", "collect.finding.vague")
		}
		if bundled.MatchString(text) {
			add("COL-02", Block, path+".wording", "collect.finding.bundled")
		}
	}
	if o.Sender == (Words{}) {
		add("COL-03", Block, path+".topic", "collect.finding.sender")
	}
	if o.Mode == SingleOptIn {
		add("COL-08", Warn, path+".mode", "collect.finding.single")
	}
	return f
}
