package collect

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Scope is a company's answer whether the external transmission rule is for it
// (電気通信事業法27条の12). The program does not decide it.
type Scope string

// The answers. Unanswered counts as InScope.
const (
	Unanswered Scope = ""
	InScope    Scope = "in"
	OutOfScope Scope = "out"
)

// OptOutPoints is how many points the opt-out scheme publishes (施行規則22条の2の31).
const OptOutPoints = 7

// Transmission is what a company tells of what its pages send to others' servers.
type Transmission struct {
	Scope Scope
	// OptOut says that the scheme of Article 27-12(iv) is used, Points are its seven texts.
	OptOut bool
	Points []string
	Tags   []Tag
	// PublishedAt is when the notice was published, zero while it is not.
	PublishedAt time.Time
}

// Tag is a tag, script or pixel of another party on pages that carry our forms.
type Tag struct {
	ID int64
	// Name is what operators call it; Party receives, Content is sent, Purpose is what for
	// (施行規則22条の2の29).
	Name, Party      string
	Content, Purpose Words
}

// explained says whether everything that the notice must tell is there, in Japanese.
func (t Tag) explained() bool { return t.Party != "" && t.Content.Ja != "" && t.Purpose.Ja != "" }

const (
	// maxTags is how many tags a company declares at most, maxTagText the longest text.
	maxTags    = 100
	maxTagText = 1000
)

// Transmission reads what a company told; one that told nothing has not answered.
func (d *Desk) Transmission(ctx context.Context, r store.Reader, workspace int64) (Transmission, error) {
	var t Transmission
	var points string
	var published int64
	err := r.QueryRow(ctx, sqlTransmission, workspace).Scan(&t.Scope, &t.OptOut, &points, &published)
	if noSuch(err) {
		return Transmission{}, nil
	}
	if err == nil {
		t.PublishedAt = store.Time(published)
		err = json.Unmarshal([]byte(points), &t.Points)
	}
	if err != nil {
		return Transmission{}, failed("transmission", err)
	}
	rows, err := r.Query(ctx, sqlTags, workspace)
	if err != nil {
		return Transmission{}, failed("transmission", err)
	}
	defer rows.Close()
	for rows.Next() {
		var one Tag
		if err := rows.Scan(&one.ID, &one.Name, &one.Party, &one.Content.Ja, &one.Content.En, &one.Purpose.Ja, &one.Purpose.En); err != nil {
			return Transmission{}, failed("transmission", err)
		}
		t.Tags = append(t.Tags, one)
	}
	return t, failed("transmission", rows.Err())
}

// SaveTransmission stores what a company tells, whole; publish also publishes the
// notice. Wrong fields are scope, tags[i].name and points[i].
func (d *Desk) SaveTransmission(ctx context.Context, by account.By, workspace int64, t Transmission, publish bool, now time.Time) error {
	if err := t.check(); err != nil {
		return failed("save transmission", err)
	}
	points, err := json.Marshal(t.Points)
	if err != nil {
		return failed("save transmission", err)
	}
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		published := int64(0)
		if publish {
			published = store.Micros(now)
		}
		if _, err := tx.Exec(ctx, sqlSaveTransmission, workspace, string(t.Scope), t.OptOut, string(points), published, store.Micros(now)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlDropTags, workspace); err != nil {
			return err
		}
		var rows []any
		for _, one := range t.Tags {
			id, err := tx.NewID(ctx)
			if err != nil {
				return err
			}
			rows = append(rows, id, workspace, one.Name, one.Party, one.Content.Ja, one.Content.En, one.Purpose.Ja, one.Purpose.En, store.Micros(now))
		}
		if err := tx.InsertRows(ctx, sqlAddTags, "", tagWidth, rows); err != nil {
			return err
		}
		return d.Accounts.Audit(ctx, tx, account.Entry{
			Workspace: workspace, Actor: by.Actor, Action: "transmission.save", Network: by.Network,
			Subject: account.Subject{Kind: "workspace", ID: workspace},
			Detail:  map[string]any{"scope": t.Scope, "tags": len(t.Tags), "opt_out": t.OptOut, "published": publish},
		}, now)
	})
	return failed("save transmission", err)
}

func (t *Transmission) check() error {
	var wrong fault.Fields
	if t.Scope != Unanswered && t.Scope != InScope && t.Scope != OutOfScope {
		wrong.Add("scope", "collect.transmission.scope")
	}
	if len(t.Tags) > maxTags || len(t.Points) > OptOutPoints {
		wrong.Add("tags", "collect.spec.many", "Max", maxTags)
	}
	for i := range t.Tags {
		one := &t.Tags[i]
		if strings.TrimSpace(one.Name) == "" {
			wrong.Add(at("tags", i)+".name", "collect.text.needed")
		}
		for _, text := range []string{one.Name, one.Party, one.Content.Ja, one.Content.En, one.Purpose.Ja, one.Purpose.En} {
			if key, args := badText(text, maxTagText, "\n\t"); key != "" {
				wrong.Add(at("tags", i)+".name", key, args...)
			}
		}
	}
	for i, text := range t.Points {
		if key, args := badText(text, maxTagText, "\n\t"); key != "" {
			wrong.Add(at("points", i), key, args...)
		}
	}
	return wrong.Err()
}

// facts are what the rules TRK-02 to TRK-04 are held against. The notice page is ours:
// it is in Japanese first, and shows everything without any operation.
func (t Transmission) facts() law.TagFacts {
	f := law.TagFacts{
		Scope: string(t.Scope), Declared: len(t.Tags), Published: !t.PublishedAt.IsZero(), Japanese: true, Open: true, OptOut: t.OptOut,
	}
	for _, one := range t.Tags {
		if !one.explained() {
			f.Unexplained++
		}
		f.Japanese = f.Japanese && (one.Content.En == "" || one.Content.Ja != "") && (one.Purpose.En == "" || one.Purpose.Ja != "")
		f.Open = f.Open && len([]rune(one.Content.Ja))+len([]rune(one.Purpose.Ja)) <= plainText
	}
	for _, point := range t.Points {
		if strings.TrimSpace(point) != "" {
			f.Points++
		}
	}
	return f
}

func at(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// plainText is the longest explanation of a tag, in characters, that is read without
// scrolling through it.
const plainText = 600

// surroundings reads what the company shows and keeps besides a form.
func (d *Desk) surroundings(ctx context.Context, r store.Reader, workspace int64, s Spec) (law.SiteFacts, law.TagFacts, error) {
	site := law.SiteFacts{Inbox: s.SenderContact != ""}
	var privacy string
	var unowned int64
	if err := r.QueryRow(ctx, sqlSite, workspace).Scan(&site.MailOrder, &privacy, &unowned); err != nil {
		return site, law.TagFacts{}, failed("site", err)
	}
	site.Publication, site.Unowned = privacy != "", int(unowned)
	t, err := d.Transmission(ctx, r, workspace)
	return site, t.facts(), err
}

// NoticePath is where the notice of a workspace is published.
func NoticePath(slug string) string { return "/s/" + slug + "/transmission" }

// notice fills in where the form links to, if the notice is published.
func (f *freezer) notice(ctx context.Context, s *Spec) error {
	s.Notice = ""
	var slug string
	err := f.r.QueryRow(ctx, sqlNoticeSlug, f.workspace).Scan(&slug)
	if noSuch(err) {
		return nil
	}
	s.Notice = f.d.BaseURL + NoticePath(slug)
	return err
}
