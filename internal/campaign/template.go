package campaign

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// oldMark is the subject mark of the system that ended in 2008, in its spellings.
var oldMark = regexp.MustCompile(`^\s*[[【［]?\s*未承諾広告\s*[※＊*]?\s*[]】］]?\s*[:：]?\s*`)

// answerMark is what begins the subject of a mail that answers or passes on.
var answerMark = regexp.MustCompile(`(?i)^\s*((re|fwd?|aw|wg)\s*[:：]|[[【]?(返信|転送)[]】]?\s*[:：])\s*`)

// written is a draft with everything that its compiled form is judged by.
type written struct {
	draft   compose.Draft
	label   compose.Label
	seen    compose.Inspection
	company account.Workspace
	profile account.Profile
	// broken says that it does not compile; then the label is judged as it was entered.
	broken error
	// beside are legal orders that count besides those that some of the people tell.
	beside law.Jurisdictions
}

// template gathers the facts of a draft as its reader would get it.
func (b *Book) template(ctx context.Context, r store.Reader, c Campaign, w *written, now time.Time) (*law.TemplateFacts, error) {
	f := &law.TemplateFacts{Now: now, Class: c.Class, Channel: "mail"}
	f.Subject = law.TemplateSubject{
		OldMark: oldMark.MatchString(c.Subject), Answer: answerMark.MatchString(c.Subject),
		Flagged: c.Flagged != "" && c.Flagged == c.Subject,
	}
	f.Content = b.content(w)
	f.Label = w.facts(c)
	f.Pages = unknownPages() // of classes that lead to none, no rule asks
	var err error
	if exits(c.Class) {
		if f.Pages, err = b.pages(ctx, r, w.company, now); err != nil {
			return nil, err
		}
	}
	if f.Reach, f.Audience, err = b.reach(ctx, r, c); err != nil {
		return nil, err
	}
	f.Reach |= w.beside
	if f.Seller, err = b.seller(ctx, r, c, w); err != nil {
		return nil, err
	}
	f.Scoring, err = b.scoring(ctx, r, c)
	return f, err
}

// facts tell of the label what can be read of it. A draft that does not compile has no
// parts yet; its label is then judged by what was entered, and the draft is red anyway.
func (w *written) facts(c Campaign) law.TemplateLabel {
	l := w.label
	out := law.TemplateLabel{
		Name: l.LegalName, Registered: w.registered(), Address: l.PostalAddress, Contact: l.Phone + l.Mail + l.URL,
		Exit: true, Notice: true, Beside: true, InHTML: true, InText: true, Size: 13, Beneficiary: "same",
	}
	if c.Advertiser != "" {
		out.Beneficiary = "named"
	}
	if w.broken != nil {
		return out
	}
	h, t := w.seen.HTML, w.seen.Text
	in := func(s compose.Seen) bool { return s.Name && s.Exit && s.Notice }
	out.Exit, out.Notice, out.Beside = h.Exit || t.Exit, h.Notice || t.Notice, h.Beside && t.Beside
	out.InHTML, out.InText, out.Size = in(h), in(t), w.seen.Size
	out.OnlyImage, out.Hidden = w.seen.OnlyImage, w.seen.Hidden
	if !h.Name && !t.Name {
		out.Name = ""
	}
	if !h.Address || !t.Address {
		out.Address = ""
	}
	if !h.Contact || !t.Contact {
		out.Contact = ""
	}
	if c.Advertiser != "" && !w.seen.Behalf {
		out.Beneficiary = "missing"
	}
	// The sender page, which every mail names, shows the workspace's label.
	out.AddressLinked = strings.TrimSpace(w.company.Label.PostalAddress) != ""
	out.ContactLinked = strings.TrimSpace(w.company.Label.Phone+w.company.Label.Email+w.company.Label.URL) != ""
	return out
}

// registered says whether the name shown is one that the company is registered under.
func (w *written) registered() bool {
	name := strings.TrimSpace(w.label.LegalName)
	for _, known := range []string{w.company.Label.LegalName, w.company.Label.LegalNameEn} {
		if name != "" && name == strings.TrimSpace(known) {
			return true
		}
	}
	return false
}

// inspect compiles a draft and looks at what comes out.
func (b *Book) inspect(ctx context.Context, r store.Reader, c Campaign) (*written, error) {
	w := &written{}
	var err error
	if w.draft, w.label, err = b.parts(ctx, r, c); err != nil {
		return nil, err
	}
	if w.company, err = b.Accounts.WorkspaceByID(ctx, r, c.Workspace); err != nil {
		return nil, err
	}
	if w.profile, err = b.Accounts.ProfileByID(ctx, r, c.Workspace, c.Profile); err != nil {
		return nil, err
	}
	w.seen, w.broken = b.Composer.Inspect(w.draft, w.label)
	return w, nil
}

// placesLooked is how many of a topic's people are looked at, the newest first, to tell
// which countries a draft goes to; the forecast looks at all of them.
const placesLooked = 5000

// reach is which legal orders the people of a campaign bring in, and whether some are
// written to as customers. A topic without people, and a place that nothing tells,
// count as the strictest.
func (b *Book) reach(ctx context.Context, r store.Reader, c Campaign) (law.Jurisdictions, law.TemplateAudience, error) {
	var audience law.TemplateAudience
	home, err := b.home(ctx, r, c.Workspace)
	if err != nil {
		return 0, audience, err
	}
	all := law.Jurisdictions(0)
	rows, err := r.Query(ctx, sqlPlaces, c.Workspace, c.Topic, placesLooked)
	if err != nil {
		return 0, audience, err
	}
	defer rows.Close()
	for rows.Next() {
		at := home
		var soft int
		if err := rows.Scan(&at.Stated, &at.Postal, &at.Language, &at.Domain, &soft); err != nil {
			return 0, audience, err
		}
		at.Stated = strings.ToUpper(at.Stated)
		apply := at.Reach().Apply
		if c.Part.Has(apply) {
			all |= apply
			audience.SoftOptIn = audience.SoftOptIn || soft == 1
		}
	}
	if all == 0 {
		all = home.Reach().Apply | law.JP | law.EU | law.DE
		if c.Part.Mode == OnlyThose {
			all |= c.Part.Reach
		}
	}
	return all, audience, rows.Err()
}

// home is the sender's side of a nexus.
func (b *Book) home(ctx context.Context, r store.Reader, workspace int64) (n law.Nexus, err error) {
	var mailOrder bool
	err = r.QueryRow(ctx, sqlCompany, workspace).Scan(&n.Sender, &n.Equipment, &n.Market, &mailOrder)
	return n, err
}

// seller tells what a mail-order advertisement says of its seller.
func (b *Book) seller(ctx context.Context, r store.Reader, c Campaign, w *written) (law.TemplateSeller, error) {
	var out law.TemplateSeller
	var n law.Nexus
	if err := r.QueryRow(ctx, sqlCompany, c.Workspace).Scan(&n.Sender, &n.Equipment, &n.Market, &out.MailOrder); err != nil {
		return out, err
	}
	if w.label.Mail != "" && strings.Contains(w.seen.Words, w.label.Mail) {
		out.Mail = w.label.Mail
	}
	out.Items = tellsSeller(w.seen.Words)
	return out, nil
}

var (
	// scoreWord finds fields that hold what was worked out from a person's behaviour.
	scoreWord = regexp.MustCompile(`(?i)score|engagement|スコア|関心度|反応|閲覧|開封|クリック`)
	// analysisWord finds purposes of use that tell of such an analysis, as the commission's
	// guideline on APPI 17 wants it told.
	analysisWord = regexp.MustCompile(`(?i)分析|解析|スコア|閲覧履歴|行動履歴|analy[sz]|profil|scor`)
)

// scoring tells whether a text depends on a field that was worked out from what people
// opened or clicked, and whether the published purposes say so.
func (b *Book) scoring(ctx context.Context, r store.Reader, c Campaign) (law.TemplateScoring, error) {
	var out law.TemplateScoring
	fields, err := b.Contacts.Attributes(ctx, r, c.Workspace)
	if err != nil {
		return out, err
	}
	text := c.Subject + "\n" + c.Preheader + "\n" + c.Body
	for _, f := range fields {
		if strings.Contains(text, "contact.attr."+f.Key) && scoreWord.MatchString(f.Key+" "+f.LabelJa+" "+f.LabelEn) {
			out.Used = true
		}
	}
	if !out.Used {
		return out, nil
	}
	wordings, err := b.Consent.Wordings(ctx, r, c.Workspace)
	for _, w := range wordings {
		out.Purposed = out.Purposed || w.Kind == consent.WordingPurpose && analysisWord.MatchString(w.TextJa+" "+w.TextEn)
	}
	return out, err
}
