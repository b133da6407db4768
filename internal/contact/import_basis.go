package contact

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/width"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
)

// bases are the ways a basis is written in files.
var bases = map[string]Basis{
	"b1": Consent, "b1_consent": Consent, "同意": Consent, "本人同意": Consent, "オプトイン": Consent, "consent": Consent, "opt-in": Consent,
	"b2": Notified, "b2_notified": Notified, "書面": Notified, "書面通知": Notified, "名刺": Notified, "名刺交換": Notified,
	"b3": Relationship, "b3_relationship": Relationship, "取引": Relationship, "取引関係": Relationship, "取引先": Relationship,
	"b4": Published, "b4_published": Published, "公開": Published, "公表": Published, "ウェブ公開": Published,
}

// bought are words of sources that give nobody a permission (law rule IMP-02). They
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

// basis refuses a row without a ground for mailing that can be shown (特定電子メール法
// 3条1項; law rules BASIS-03, 04, 07, 09, IMP-01, IMP-02).
func (j *rowJudge) basis(row sheet.Row, e *entry) *reason {
	g := &e.grant
	if why := j.claim(row, g); why != nil {
		return why
	}
	column := func(f sheet.Field) int { _, c := j.cell(row, f); return c }
	switch {
	case j.bought(g.Source):
		return &reason{column(sheet.FieldBasisSource), "contact.import.source.bought", nil}
	case !g.Basis.Valid():
		return &reason{column(sheet.FieldBasis), "contact.import.missing.basis", nil}
	case g.Source == "":
		return &reason{column(sheet.FieldBasisSource), "contact.import.missing.source", nil}
	case g.At.IsZero():
		return &reason{column(sheet.FieldBasisAt), "contact.import.missing.at", nil}
	case g.At.After(j.now):
		return &reason{column(sheet.FieldBasisAt), "contact.import.at.future", nil}
	case g.Evidence == "":
		return &reason{column(sheet.FieldBasisEvidence), "contact.import.missing.evidence", nil}
	}
	return j.special(e, column(sheet.FieldBasisEvidence))
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

// special holds what the bases other than consent want besides.
func (j *rowJudge) special(e *entry, evidence int) *reason {
	d := &j.order.Declared
	basis := e.grant.Basis
	switch {
	case (basis == Notified || basis == Published) && d.AdsDeclined:
		return &reason{-1, "contact.import.declined", nil}
	case basis == Notified && !d.Written:
		return &reason{-1, "contact.import.written", nil}
	case basis == Published && !isURL(e.grant.Evidence):
		return &reason{evidence, "contact.import.published.url", nil}
	case basis == Published && e.contact.Company == "" && !e.mail.Role():
		return &reason{-1, "contact.import.published.business", nil}
	}
	return nil
}

// isURL says whether the evidence begins with a web address; a capture's number may follow.
func isURL(s string) bool {
	first, _, _ := strings.Cut(s, " ")
	u, err := url.Parse(first)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}
