package contact

import (
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact/kana"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
)

// entry is a row that may be taken: a person, an address and what the row says
// about permission.
type entry struct {
	mail    addr.Mail
	hash    []byte
	contact Contact
	// key is the search key of contact and mail alone.
	key   string
	grant Grant
	// flags are what is known of the origin of the person's data.
	flags Flags
	// warnings are the rules that warn of the row.
	warnings []law.RuleID
	// alone says that of the row only its refusal was taken.
	alone bool
	// bare says that the row has no address; hash is the person's likeness then.
	bare bool
}

// reason is why a row is not taken: a rule of law, or a text of the catalogue. column
// counts from 0; -1 is the row as a whole.
type reason struct {
	column int
	key    string
	args   []any
}

// rowJudge reads rows of one file. It decides alone from the row, the declaration
// and the time; what is known of the address already is looked at later.
type rowJudge struct {
	workspace int64
	book      *Book
	columns   sheet.Mapping
	order     *Import
	attrs     map[string]Attribute
	zone      *time.Location
	now       time.Time
	// at, by field, is its column, or -1.
	at         map[sheet.Field]int
	lastSource string
	lastBought bool
	// proofs says that the file has columns about what a basis rests on.
	proofs bool
	rules  *law.Set
	// refusalRule is the rule by which the refusals of a file are recorded (OUT-05).
	refusalRule string
	// law is what the rules are held against; of one row after the other only Row and
	// Reach change.
	law law.ImportFacts
}

func newRowJudge(im *Importer, workspace int64, order *Import, o *opened, zone *time.Location, now time.Time) *rowJudge {
	j := &rowJudge{
		workspace: workspace, book: im.book, columns: o.columns, order: order, attrs: o.attrs, zone: zone, now: now, at: map[sheet.Field]int{},
		refusalRule: string(im.rules.RefusalRule(law.RefusalFacts{Way: "file"}, now)),
		rules:       im.rules, law: law.ImportFacts{Now: now, Step: "row", File: order.listFacts(o.columns, 0)},
	}
	for i, f := range o.columns.Fields {
		if f != "" {
			j.at[f] = i
			j.proofs = j.proofs || slices.Contains(proofFields(), f)
		}
	}
	return j
}

// cell returns a field's text in a row and its column; -1 and nothing where the
// file does not have it.
func (j *rowJudge) cell(row sheet.Row, f sheet.Field) (string, int) {
	i, ok := j.at[f]
	if !ok || i >= len(row.Cells) {
		return "", -1
	}
	return strings.TrimSpace(row.Cells[i]), i
}

// judge reads a row into an empty entry; a non-nil reason refuses it.
func (j *rowJudge) judge(row sheet.Row, e *entry) *reason {
	text, column := j.cell(row, sheet.FieldEmail)
	if text == "" && j.order.Declared.holds() {
		return j.bare(row, e)
	}
	mail, err := addr.ParseMail(text)
	if err != nil {
		return because(column, err)
	}
	e.mail, e.hash = mail, j.book.Hash(j.workspace, mail)
	e.grant = Grant{
		Workspace: j.workspace, Hash: e.hash, Canonical: string(mail.Canonical()), Shown: mail.String(),
		File: j.order.FileName, FileHash: j.order.FileHash, Line: row.Line,
	}
	if why := j.refusal(row, &e.grant); why != nil {
		return why
	}
	if !e.grant.RefusedAt.IsZero() {
		j.refused(row, e)
		return nil
	}
	if why := j.person(row, &e.contact); why != nil {
		return why
	}
	e.key = searchKey(e.contact, []Address{{Canonical: e.grant.Canonical}})
	if why := j.flags(row, e); why != nil {
		return why
	}
	if j.order.Declared.holds() {
		return nil
	}
	if why := j.topics(row, &e.grant); why != nil {
		return why
	}
	return j.basis(row, e)
}

// refused takes a refusal, whatever else the row says: no mistake in another cell may keep
// a no out. What cannot be read is left out; a topic that nobody knows makes it a refusal
// of everything.
func (j *rowJudge) refused(row sheet.Row, e *entry) {
	e.grant.Rule = j.refusalRule
	if why := j.person(row, &e.contact); why != nil {
		e.contact, e.alone = Contact{Workspace: j.workspace}, true
	}
	if why := j.flags(row, e); why != nil {
		e.flags, e.alone = e.flags|FlagUnknown, true
	}
	if why := j.topics(row, &e.grant); why != nil {
		e.grant.Topics, e.alone = nil, true
	}
	if why := j.claim(row, &e.grant); why != nil { // what the row tells of its origin is kept, and needs nothing
		e.alone = true
	}
	e.key = searchKey(e.contact, []Address{{Canonical: e.grant.Canonical}})
}

// because makes a reason of the first field of a fault.
func because(column int, err error) *reason {
	if f, ok := asFault(err); ok && len(f.Fields) > 0 {
		return &reason{column, f.Fields[0].Key, f.Fields[0].Args}
	}
	return &reason{column, "fault." + fault.Of(err).String(), nil}
}

// person reads the texts about the person.
func (j *rowJudge) person(row sheet.Row, c *Contact) *reason {
	c.Workspace = j.workspace
	for _, t := range c.texts() {
		*t.value, _ = j.cell(row, sheet.Field(t.name))
	}
	if whole, _ := j.cell(row, sheet.FieldKana); whole != "" && c.FamilyKana+c.GivenKana == "" {
		c.FamilyKana, c.GivenKana = kana.SplitReading(whole)
	}
	lang, _ := j.cell(row, sheet.FieldLocale)
	c.Lang = readLang(lang)
	c.Country = readCountry(c.Country)
	for key, a := range j.attrs {
		value, column := j.cell(row, sheet.Field("attr:"+key))
		if value == "" {
			continue
		}
		value, ok := a.Read(value, j.zone)
		if !ok {
			return &reason{column, "contact.import.value." + string(a.Kind), nil}
		}
		if c.Attrs == nil {
			c.Attrs = map[string]string{}
		}
		c.Attrs[key] = value
	}
	if err := c.check(); err != nil {
		f, ok := asFault(err)
		if !ok || len(f.Fields) == 0 {
			return because(-1, err)
		}
		column, ok := j.at[sheet.Field(f.Fields[0].Name)]
		if !ok {
			column = -1
		}
		return because(column, err)
	}
	return nil
}

// readLang knows the ways a language is written; an unknown one is left open, for
// it decides about nothing but the language of pages.
func readLang(s string) i18n.Lang {
	s = strings.ToLower(s)
	switch {
	case s == "日本語" || s == "jp" || strings.HasPrefix(s, "ja"):
		return i18n.Ja
	case s == "英語" || strings.HasPrefix(s, "en"):
		return i18n.En
	}
	return ""
}

// readCountry takes the names of this country; others are to be codes.
func readCountry(s string) string {
	switch strings.ToLower(s) {
	case "日本", "日本国", "japan", "jpn":
		return "JP"
	}
	return s
}

// flags are what people write into a column of refusals besides a date.
var flags = map[string]bool{
	"1": true, "○": true, "◯": true, "〇": true, "済": true, "停止": true, "停止済": true, "停止済み": true, "停止希望": true,
	"配信停止": true, "配信停止済": true, "配信停止希望": true, "配信不要": true, "配信不可": true, "配信拒否": true, "配信ng": true,
	"メール不要": true, "メール不可": true, "メール拒否": true, "メールng": true, "送信不可": true, "dm不要": true, "dm不可": true, "dm拒否": true,
	"拒否": true, "拒否済": true, "受信拒否": true, "受信拒否希望": true, "お断り": true, "不要": true, "不可": true, "ng": true,
	"退会": true, "退会済": true, "退会済み": true, "解除": true, "解除済": true, "登録解除": true, "オプトアウト": true,
	"はい": true, "yes": true, "y": true, "true": true, "unsubscribed": true, "unsubscribe": true, "opt-out": true, "opt out": true,
	"optout": true, "opted out": true, "stop": true, "stopped": true, "refused": true, "do not mail": true, "do not contact": true,
	"0": false, "-": false, "－": false, "ー": false, "×": false, "なし": false, "無": false, "配信中": false, "いいえ": false, "no": false,
	"n": false, "false": false, "subscribed": false, "opt-in": false,
}

// refuses says whether a cell of a column of refusals may be one.
func refuses(text string) bool {
	text = plain(text)
	refused, known := flags[text]
	return text != "" && (refused || !known)
}

// refusal reads whether the person has refused. A bare flag counts from now on; a
// text that is neither date nor flag refuses the row, for ignoring it could undo a no.
func (j *rowJudge) refusal(row sheet.Row, g *Grant) *reason {
	text, column := j.cell(row, sheet.FieldRefusedAt)
	if text == "" {
		return nil
	}
	if refused, known := flags[plain(text)]; known {
		if refused {
			g.RefusedAt = j.now
		}
		return nil
	}
	at, ok := sheet.ParseDate(text, j.zone)
	if !ok {
		return &reason{column, "contact.import.refused_at", nil}
	}
	// A stop that begins tomorrow is a stop: it is not waited for.
	g.RefusedAt = earlier(at, j.now)
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// topics reads what the row is for. Without a topic a refusal is of everything,
// and a permission is of nothing and refused.
func (j *rowJudge) topics(row sheet.Row, g *Grant) *reason {
	g.Topics = j.order.Topics
	text, column := j.cell(row, sheet.FieldTopic)
	if text != "" {
		g.Topics = nil
		for name := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",;、；，|／/\n", r) }) {
			id, ok := j.order.TopicKeys[strings.TrimSpace(name)]
			if !ok {
				return &reason{column, "contact.import.topic.unknown", nil}
			}
			g.Topics = append(g.Topics, id)
		}
	}
	if len(g.Topics) == 0 && g.RefusedAt.IsZero() {
		return &reason{column, "contact.import.topic.none", nil}
	}
	return nil
}
