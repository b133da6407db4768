package contact

import (
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/law"
)

// proofFields are the columns about what a basis rests on.
func proofFields() []sheet.Field {
	return []sheet.Field{
		sheet.FieldEntity, sheet.FieldCounterparty, sheet.FieldTransaction, sheet.FieldDocument, sheet.FieldReceivedBy,
		sheet.FieldWritten, sheet.FieldAdsDeclined, sheet.FieldPageURL, sheet.FieldPageAt, sheet.FieldPageHash, sheet.FieldPageText,
		sheet.FieldPublisher, sheet.FieldExpress, sheet.FieldImplied, sheet.FieldRelevant, sheet.FieldSimilar,
		sheet.FieldRefusalOffered, sheet.FieldCharity, sheet.FieldDoubleOptIn,
	}
}

// implied are the ways in which Canadian law implies a consent, as files write them.
var implied = map[string]string{
	"purchase": "purchase", "購入": "purchase", "契約": "purchase", "inquiry": "inquiry", "問い合わせ": "inquiry", "問合せ": "inquiry",
	"published": "published", "公表": "published", "disclosed": "disclosed", "名刺": "disclosed", "開示": "disclosed",
}

// publishers are the kinds of publisher, as files write them.
var publishers = map[string]string{
	"organisation": "organisation", "organization": "organisation", "団体": "organisation", "法人": "organisation", "会社": "organisation",
	"business": "business", "個人事業": "business", "個人事業主": "business", "事業者": "business",
	"private": "private", "個人": "private", "person": "private",
}

// facts fills in what the rules are held against, and what is kept of the basis.
func (j *rowJudge) facts(row sheet.Row, e *entry) *reason {
	g, d := &e.grant, &j.order.Declared
	j.law.Reach = law.Nexus{Sender: "JP", Stated: e.contact.Country, Domain: e.mail.Domain(), Language: string(e.contact.Lang)}.Reach().Apply
	j.law.Row = law.RowFacts{
		Refusal: !g.RefusedAt.IsZero(), Basis: string(g.Basis), Source: g.Source, Dated: !g.At.IsZero(), Evidence: g.Evidence, Bought: j.bought(g.Source),
		Legacy: e.mail.Legacy(),
	}
	if g.Basis == Consent && !j.proofs && d.Entity == "" && !d.Express {
		return nil // nothing more is known of it
	}
	f := BasisFacts{Entity: d.Entity, Express: g.Basis == Consent && d.Express}
	if j.proofs {
		if why := j.proof(row, &f); why != nil {
			return why
		}
	}
	switch g.Basis {
	case Notified:
		j.notified(g, &f)
	case Relationship:
		f.LastTransaction = g.At
		if f.Transaction == "" {
			f.Transaction = g.Evidence
		}
	case Published:
		j.published(row, e, &f)
	}
	r := &j.law.Row
	r.Similar, r.RefusalOffered = f.OwnSimilar, f.RefusalOffered
	if f != (BasisFacts{}) {
		g.Facts = &f
	}
	return nil
}

// notified reads the facts of B2: the evidence names scan or form (BASIS-03, BASIS-04).
func (j *rowJudge) notified(g *Grant, f *BasisFacts) {
	d := &j.order.Declared
	f.Written = f.Written || d.Written
	if f.Document == "" {
		f.Document = g.Evidence
	}
	_, declines := law.DeclinesAds(g.Source)
	f.AdsDeclined = f.AdsDeclined || d.AdsDeclined || declines
	r := &j.law.Row
	r.Written, r.Document, r.Declined = f.Written, f.Document, f.AdsDeclined
}

// published reads the facts of B4. The evidence may be the address of the page and the
// hash of its picture, "https://example.jp/about sha256:9f86…" (BASIS-07 to BASIS-09).
func (j *rowJudge) published(row sheet.Row, e *entry, f *BasisFacts) {
	g, d, r := &e.grant, &j.order.Declared, &j.law.Row
	for part := range strings.FieldsSeq(g.Evidence) {
		if f.PageURL == "" && isURL(part) {
			f.PageURL = part
		}
		if hash, ok := strings.CutPrefix(part, "sha256:"); ok && f.PageHash == "" {
			f.PageHash = hash
		}
	}
	if f.PageCaptured.IsZero() {
		f.PageCaptured = g.At
	}
	text, _ := j.cell(row, sheet.FieldPageText)
	_, declines := law.DeclinesAds(text)
	said, _ := j.cell(row, sheet.FieldAdsDeclined)
	switch {
	case declines || f.AdsDeclined || d.AdsDeclined:
		r.Page, f.PageRefuses = "refuses", true
	case said != "" || d.PagesSilent: // only who read the page can say so: that we find no such words proves nothing
		r.Page = "silent"
	}
	r.Publisher, _ = j.cell(row, sheet.FieldPublisher)
	if kind, ok := publishers[plain(r.Publisher)]; ok {
		r.Publisher = kind
	} else if r.Publisher == "" && (e.contact.Company != "" || e.mail.Role()) {
		r.Publisher = "organisation"
	}
	f.InBusiness = r.Publisher == "organisation" || r.Publisher == "business"
	if !isURL(f.PageURL) {
		f.PageURL = ""
	}
	r.PageURL, r.PageDated, r.PageHash = f.PageURL, !f.PageCaptured.IsZero(), f.PageHash
	r.PageAge = int(j.now.Sub(f.PageCaptured) / (24 * time.Hour))
}

// proof reads the columns about what the basis rests on. A cell that cannot be read
// refuses the row, for it might say no.
func (j *rowJudge) proof(row sheet.Row, f *BasisFacts) *reason {
	for _, t := range [...]struct {
		field sheet.Field
		value *string
	}{
		{sheet.FieldEntity, &f.Entity},
		{sheet.FieldCounterparty, &f.Counterparty},
		{sheet.FieldTransaction, &f.Transaction},
		{sheet.FieldDocument, &f.Document},
		{sheet.FieldReceivedBy, &f.ReceivedBy},
		{sheet.FieldPageURL, &f.PageURL},
		{sheet.FieldPageHash, &f.PageHash},
	} {
		if text, _ := j.cell(row, t.field); text != "" {
			*t.value = text
		}
	}
	for _, t := range [...]struct {
		field sheet.Field
		value *bool
	}{
		{sheet.FieldWritten, &f.Written},
		{sheet.FieldAdsDeclined, &f.AdsDeclined},
		{sheet.FieldExpress, &f.Express},
		{sheet.FieldRelevant, &f.RelevantToRole},
		{sheet.FieldSimilar, &f.OwnSimilar},
		{sheet.FieldRefusalOffered, &f.RefusalOffered},
		{sheet.FieldCharity, &f.Charity},
		{sheet.FieldDoubleOptIn, &f.DoubleOptIn},
	} {
		if text, column := j.cell(row, t.field); text != "" {
			yes, known := answers[plain(text)]
			if !known {
				return &reason{column, "contact.import.value.yes_no", nil}
			}
			*t.value = yes
		}
	}
	if text, column := j.cell(row, sheet.FieldPageAt); text != "" {
		at, ok := sheet.ParseDate(text, j.zone)
		if !ok || at.After(j.now) {
			return &reason{column, "contact.import.value.date", nil}
		}
		f.PageCaptured = at
	}
	if text, column := j.cell(row, sheet.FieldImplied); text != "" {
		kind, ok := implied[plain(text)]
		if !ok {
			return &reason{column, "contact.import.value.choice", nil}
		}
		f.Implied = kind
	}
	return nil
}

// answers are yes and no as people write them.
var answers = map[string]bool{
	"1": true, "○": true, "◯": true, "〇": true, "済": true, "あり": true, "有": true, "はい": true, "yes": true, "y": true, "true": true,
	"0": false, "-": false, "ー": false, "×": false, "なし": false, "無": false, "いいえ": false, "no": false, "n": false, "false": false,
}

// plain folds width and case.
func plain(text string) string { return strings.ToLower(width.Fold.String(strings.TrimSpace(text))) }

// stopped is the reason that refuses an address on the suppression list (IMP-06).
// Without such a rule it is refused all the same: nothing lifts a stop but the person.
func (ir *importRun) stopped() string {
	f := law.ImportFacts{Now: ir.run.Now(), Reach: law.JP, Step: "known", Suppressed: true}
	if no := ir.im.rules.Import(&f).Block(); no != nil {
		return string(no.ID)
	}
	return "contact.import.stopped"
}
