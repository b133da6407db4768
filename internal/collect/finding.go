package collect

import (
	"regexp"
	"strconv"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
)

// Level is how grave a Finding is.
type Level string

// The levels.
const (
	// Block keeps a form from being published.
	Block Level = "block"
	// Warn asks for a named operator's reason.
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
	// Law is the rule itself, nil for our own demands.
	Law *law.Rule
	// About is the topic that it is about, empty for the form as a whole.
	About Words
}

// Warned says whether any of the findings asks for a reason.
func Warned(findings []Finding) bool {
	for _, f := range findings {
		if f.Level == Warn {
			return true
		}
	}
	return false
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

// careful names special care-required information (要配慮個人情報; rule COL-14). It leans to
// the side of asking once too often.
var careful = regexp.MustCompile(`(?i)病歴|既往|持病|疾患|診断|服薬|障害|障がい|健康診断|信条|宗教|思想|人種|民族|社会的身分|犯罪|前科|medical|illness|disease|disabilit|religio|creed|ethnic|criminal`)

// Look is how the readers' style sheet shows what stands beside a box.
type Look struct {
	// Contrast is the least ratio to the ground, light or dark, Font the least size in
	// CSS pixels.
	Contrast, Font float64
}

// ReaderLook is the look of our own pages; internal/public holds its style sheet to it.
func ReaderLook() Look { return Look{Contrast: 5.5, Font: 14} }

// sensitive counts the fields for special care-required information without an express
// consent of their own.
func (s Spec) sensitive() (n int) {
	for _, f := range s.Fields {
		if !f.Sensitive && !careful.MatchString(f.Label.Ja+" "+f.Label.En+" "+f.Help.Ja+" "+f.Help.En) {
			continue
		}
		if box, ok := s.field(f.Consent); f.Kind != CheckField && (!ok || box.Kind != CheckField) {
			n++
		}
	}
	return n
}

func (s Spec) field(name string) (Field, bool) {
	for _, f := range s.Fields {
		if f.Name == name && name != "" {
			return f, true
		}
	}
	return Field{}, false
}

// demands are our own: without them a form makes no sense to its readers.
func (s Spec) demands() (list []Finding) {
	add := func(path, key string, args ...any) {
		list = append(list, Finding{Level: Block, Path: path, Key: key, Args: args})
	}
	for _, l := range s.Langs {
		if !s.Title.has(l) {
			add("title."+string(l), "collect.finding.title")
		}
	}
	if s.PolicyURL == "" {
		add("policy_url", "collect.finding.policy")
	}
	if s.NeedsTopic() && len(s.Offers) == 0 {
		add("offers", "collect.finding.offers")
	}
	if s.Preset == WhitePaper && !s.HasAsset() {
		add("asset", "collect.finding.asset")
	}
	for i, o := range s.Offers {
		for _, l := range s.Langs {
			if !o.Content.has(l) || !o.Promise.has(l) {
				add("offers["+strconv.Itoa(i)+"].topic", "collect.finding.content", "Topic", o.Name.In(s.Lang(i18n.Ja)))
			}
		}
	}
	return list
}
