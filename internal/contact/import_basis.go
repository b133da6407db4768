package contact

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/width"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/law"
)

// bases are the ways a basis is written in files.
var bases = map[string]Basis{
	"b1": Consent, "b1_consent": Consent, "同意": Consent, "本人同意": Consent, "オプトイン": Consent, "consent": Consent, "opt-in": Consent,
	"b2": Notified, "b2_notified": Notified, "書面": Notified, "書面通知": Notified, "名刺": Notified, "名刺交換": Notified,
	"b3": Relationship, "b3_relationship": Relationship, "取引": Relationship, "取引関係": Relationship, "取引先": Relationship,
	"b4": Published, "b4_published": Published, "公開": Published, "公表": Published, "ウェブ公開": Published,
}

// bought are words of sources that give nobody a permission (law rules IMP-02 and IMP-11). They
// are about lists: "購入時に同意" is a good source.
var bought = []string{
	"名簿業者", "名簿屋", "購入名簿", "名簿購入", "名簿を購入", "購入リスト", "リスト購入", "リストを購入", "レンタルリスト", "リストレンタル",
	"名簿レンタル", "スクレイピング", "クローリング", "自動収集", "purchased list", "bought list", "list purchase", "rented list", "list rental",
	"list broker", "data broker", "scraped", "scraping", "crawled", "harvested",
}

// claim reads source, time, basis and evidence: the row's own, or else the declared
// ones. It tells the column of a time or a basis that cannot be read.
func (j *rowJudge) claim(row sheet.Row, g *Grant) *reason {
	d := &j.order.Declared
	g.Basis, g.Source, g.At, g.Evidence = d.Basis, d.Source, d.At, d.Evidence
	if text, _ := j.cell(row, sheet.FieldBasisSource); text != "" {
		g.Source = text
	}
	if text, _ := j.cell(row, sheet.FieldBasisEvidence); text != "" {
		g.Evidence = text
	}
	if text, column := j.cell(row, sheet.FieldBasis); text != "" {
		basis, ok := bases[strings.ToLower(width.Fold.String(text))]
		if !ok {
			return &reason{column, "contact.import.basis.unknown", nil}
		}
		g.Basis = basis
	}
	if text, column := j.cell(row, sheet.FieldBasisAt); text != "" {
		at, ok := sheet.ParseDate(text, j.zone)
		if !ok {
			return &reason{column, "contact.import.at.form", nil}
		}
		g.At = at
	}
	return nil
}

// basis holds the rules against a row: it refuses one without a ground for mailing that
// can be shown (特定電子メール法3条1項; rules BASIS-03, 04, 07, 08, 09, IMP-01, 02, 09, 11, 12), and
// one that a rule warns of for which nobody gave a reason.
func (j *rowJudge) basis(row sheet.Row, e *entry) *reason {
	g := &e.grant
	if why := j.claim(row, g); why != nil {
		return why
	}
	if why := j.facts(row, e); why != nil {
		return why
	}
	if g.At.After(j.now) {
		return &reason{j.column(sheet.FieldBasisAt), "contact.import.at.future", nil}
	}
	for _, found := range j.rules.Import(&j.law) {
		switch found.Rule.Effect {
		case law.Block:
			return &reason{j.columnOf(found.Rule.ID), string(found.Rule.ID), nil}
		case law.Warn:
			if j.order.Reason == "" && !j.order.DryRun {
				return &reason{j.columnOf(found.Rule.ID), string(found.Rule.ID), nil}
			}
			e.warnings = append(e.warnings, found.Rule.ID)
		}
	}
	return nil
}

// column is the column of a field, -1 where the file has none.
func (j *rowJudge) column(f sheet.Field) int {
	if i, ok := j.at[f]; ok {
		return i
	}
	return -1
}

// columnOf is the column that a rule about a row speaks of.
func (j *rowJudge) columnOf(id law.RuleID) int {
	r := &j.law.Row
	switch id {
	case "IMP-01", "IMP-12":
		for _, f := range [...]struct {
			given bool
			field sheet.Field
		}{
			{r.Basis != "", sheet.FieldBasis},
			{r.Source != "", sheet.FieldBasisSource},
			{r.Dated, sheet.FieldBasisAt},
			{r.Evidence != "", sheet.FieldBasisEvidence},
		} {
			if !f.given {
				return j.column(f.field)
			}
		}
	case "IMP-02", "IMP-11":
		return j.column(sheet.FieldBasisSource)
	case "IMP-08":
		return j.column(sheet.FieldEmail)
	case "BASIS-07":
		return j.column(sheet.FieldBasisEvidence)
	}
	return -1
}

// bought says whether a source speaks of a list that was not given by the people on
// it. Neighbouring rows mostly have the same source, so the last answer is kept.
func (j *rowJudge) bought(source string) bool {
	if source != j.lastSource {
		folded := strings.ToLower(width.Fold.String(source))
		j.lastBought = slices.ContainsFunc(bought, func(word string) bool { return strings.Contains(folded, word) })
		j.lastSource = source
	}
	return j.lastBought
}

// isURL says whether the evidence begins with a web address; a capture's number may follow.
func isURL(s string) bool {
	first, _, _ := strings.Cut(s, " ")
	u, err := url.Parse(first)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}
