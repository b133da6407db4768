package evidence

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

//go:embed index.html
var indexTemplate string

// said is a canonical event as the page reads it.
type said struct {
	ID         string         `json:"id"`
	Address    string         `json:"address"`
	Channel    string         `json:"channel"`
	Topic      string         `json:"topic"`
	Action     string         `json:"action"`
	Basis      string         `json:"basis"`
	Method     string         `json:"method"`
	OccurredAt string         `json:"occurred_at"`
	ReceivedAt string         `json:"received_at"`
	ValidUntil string         `json:"valid_until"`
	PausedTill string         `json:"paused_until"`
	Count      int64          `json:"frequency_count"`
	Period     string         `json:"frequency_period"`
	RefersTo   string         `json:"refers_to"`
	Operator   string         `json:"operator"`
	Grade      string         `json:"grade"`
	Evidence   map[string]any `json:"evidence"`
}

// page is what the template is given.
type page struct {
	*i18n.Printer
	zone     *time.Location
	topics   map[string]string
	wordings map[string]Wording
	files    map[string]string
	Doc      *Document
	Other    string
	OtherAs  string
	Events   []pageEvent
}

// pageEvent is one event to read.
type pageEvent struct {
	ID, At, Action, Topic string
	Seq                   int64
	Erased, No            bool
	Fields                []pageField
}

// pageField is one line of an event; Link is a file of the pack.
type pageField struct{ Label, Value, Link string }

func renderIndex(c *Contents, lang i18n.Lang) ([]byte, error) {
	p := newPage(c, lang)
	for i := range c.Document.Events {
		e, err := p.event(&c.Document.Events[i])
		if err != nil {
			return nil, fmt.Errorf("evidence: page: %w", err)
		}
		p.Events = append(p.Events, e)
	}
	t, err := template.New("index").Parse(indexTemplate)
	if err != nil {
		return nil, fmt.Errorf("evidence: page: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("evidence: page: %w", err)
	}
	return out.Bytes(), nil
}

func newPage(c *Contents, lang i18n.Lang) *page {
	p := &page{
		Printer: c.Texts.For(lang), zone: c.Zone, Doc: &c.Document,
		topics: map[string]string{}, wordings: map[string]Wording{}, files: map[string]string{},
	}
	for _, other := range i18n.Langs() {
		if other != lang {
			p.Other, p.OtherAs = indexName(other, c.Lang), c.Texts.For(other).T("consent.pack.language")
		}
	}
	for _, t := range c.Document.Record.Processing.Purposes {
		p.topics[t.ID] = t.Purpose
	}
	for _, w := range c.Document.Wordings {
		p.wordings[w.Hash] = w
	}
	for _, s := range c.Document.Shown {
		p.files[s.Hash] = s.File
	}
	return p
}

// When writes a stored time for people, "—" for none.
func (p *page) When(stored string) string {
	t, err := time.Parse(time.RFC3339Nano, stored)
	if err != nil {
		return "—"
	}
	return p.Time(t, p.zone)
}

// Topic names a topic by its id.
func (p *page) Topic(id string) string {
	if id == "" {
		return p.T("consent.pack.every_topic")
	}
	if name := p.topics[id]; name != "" {
		return name
	}
	return id
}

// Word is the text of a term of a kind: action, status, basis …
func (p *page) Word(kind, term string) string {
	if term == "" {
		return "—"
	}
	return p.T("consent." + kind + "." + term)
}

// Words joins several terms.
func (p *page) Words(kind string, terms []string) string {
	words := make([]string, len(terms))
	for i, t := range terms {
		words[i] = p.Word(kind, t)
	}
	return strings.Join(words, p.T("consent.pack.comma"))
}

func (p *page) event(e *Event) (pageEvent, error) {
	var s said
	if err := json.Unmarshal(e.Event, &s); err != nil {
		return pageEvent{}, err
	}
	out := pageEvent{
		ID: s.ID, At: p.When(s.OccurredAt), Action: p.Word("action", s.Action), Topic: p.Topic(s.Topic), Seq: e.Seq, Erased: e.Erased,
	}
	switch s.Action {
	case "refused", "withdrawn", "disowned", "complained", "erased":
		out.No = true
	}
	add := func(key, value string) {
		if value != "" {
			out.Fields = append(out.Fields, pageField{Label: p.T("consent.field." + key), Value: value})
		}
	}
	add("method", p.Word("method", s.Method))
	if s.Basis != "" {
		add("basis", p.Word("basis", s.Basis))
	}
	if s.Grade != "" {
		add("grade", p.Word("grade", s.Grade))
	}
	if s.ReceivedAt != s.OccurredAt {
		add("received_at", p.When(s.ReceivedAt))
	}
	if s.ValidUntil != "" {
		add("valid_until", p.When(s.ValidUntil))
	}
	if s.PausedTill != "" {
		add("paused_until", p.When(s.PausedTill))
	}
	if s.Count > 0 {
		add("limit", p.T("consent.per."+s.Period, "N", s.Count))
	}
	add("operator", s.Operator)
	add("refers_to", s.RefersTo)
	out.Fields = append(out.Fields, p.evidence(s.Evidence)...)
	return out, nil
}

// evidenceOrder is the order in which evidence is shown; what is not named here
// follows by name.
const evidenceOrder = "address page referrer shown wordings purposes boxes frequency policy_url network user_agent lang form form_version signup sent_at pressed_at message confirmation source note reason file line file_hash"

func (p *page) evidence(record map[string]any) []pageField {
	keys := slices.Sorted(maps.Keys(record))
	slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
	var fields []pageField
	for _, key := range keys {
		fields = append(fields, p.evidenceField(key, record[key])...)
	}
	return fields
}

func rank(key string) int {
	if i := slices.Index(strings.Fields(evidenceOrder), key); i >= 0 {
		return i
	}
	return 1 << 10
}

func (p *page) evidenceField(key string, value any) []pageField {
	label := p.T("consent.field." + key)
	switch v := value.(type) {
	case string:
		f := pageField{Label: label, Value: v}
		if key == "shown" {
			f.Link = p.files[v]
		}
		if strings.HasSuffix(key, "_at") {
			f.Value = p.When(v)
		}
		return []pageField{f}
	case float64:
		return []pageField{{Label: label, Value: fmt.Sprintf("%.0f", v)}}
	case []any:
		return p.texts(label, v)
	case map[string]any:
		if key == "boxes" {
			return []pageField{{Label: label, Value: p.boxes(v)}}
		}
		var fields []pageField
		for _, f := range p.evidence(v) {
			f.Label = label + " — " + f.Label
			fields = append(fields, f)
		}
		return fields
	}
	return nil
}

// texts shows wordings in full, for they are what was agreed to.
func (p *page) texts(label string, refs []any) []pageField {
	var fields []pageField
	for _, ref := range refs {
		m, _ := ref.(map[string]any)
		hash, _ := m["hash"].(string)
		lang, _ := m["lang"].(string)
		w, known := p.wordings[hash]
		text := fmt.Sprintf("%v v%v", m["key"], m["version"])
		if known {
			body := w.TextJa
			if (i18n.Lang(lang) == i18n.En && w.TextEn != "") || body == "" {
				body = w.TextEn
			}
			text = p.T("consent.pack.wording", "Text", body, "Key", w.Key, "Version", w.Version)
		}
		fields = append(fields, pageField{Label: label, Value: text})
	}
	return fields
}

func (p *page) boxes(boxes map[string]any) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(boxes)) {
		key := "consent.pack.unticked"
		if boxes[name] == true {
			key = "consent.pack.ticked"
		}
		list = append(list, p.T(key, "Box", name))
	}
	return strings.Join(list, p.T("consent.pack.comma"))
}
