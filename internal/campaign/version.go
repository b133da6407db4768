package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/compose/letter"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/store"
)

// version is a frozen text, compiled.
type version struct {
	frozen
	program *compose.Program
	form    *letter.Form
	from    addr.Mail
	// domain is the From domain in ASCII: it signs, and names Message-IDs.
	domain string
	test   string
}

// subjectPrefix marks test mails.
func (v *version) subjectPrefix(row delivery.Leased) string {
	if row.Kind == KindTest {
		return v.test
	}
	return ""
}

// programs remembers compiled versions. A version never changes, so an entry is
// right for ever; there are as many as campaigns going out.
type programs struct {
	mu   *sync.Mutex
	byID map[int64]*version
}

// programsKept bounds the memory for compiled versions.
const programsKept = 64

func newPrograms() programs { return programs{mu: &sync.Mutex{}, byID: map[int64]*version{}} }

func (p programs) get(id int64) *version {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id]
}

// load compiles the versions of a batch that are not known yet.
func (p programs) load(ctx context.Context, b *Book, r store.Reader, rows []delivery.Leased) error {
	var missing []int64
	for _, row := range rows {
		if p.get(row.Version) == nil {
			missing = append(missing, row.Version)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := b.readVersions(ctx, r, missing)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.byID)+len(found) > programsKept {
		clear(p.byID)
	}
	for id, v := range found {
		p.byID[id] = v
	}
	return nil
}

// stored is a row of campaign_version.
type stored struct {
	id, campaign, workspace, topic int64
	name, label                    string
	draft                          compose.Draft
}

func (b *Book) readVersions(ctx context.Context, r store.Reader, ids []int64) (map[int64]*version, error) {
	rows, err := r.Query(ctx, sqlVersions, store.In(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]*version{}
	for rows.Next() {
		var s stored
		d := &s.draft
		if err := rows.Scan(&s.id, &s.campaign, &s.workspace, &s.name, &d.Lang, &d.Subject, &d.Preheader, &d.Kind,
			&d.Body, &d.Class, &s.topic, &s.label); err != nil {
			return nil, err
		}
		v, err := b.compile(s)
		if err != nil {
			return nil, fmt.Errorf("version %d: %w", s.id, err)
		}
		out[s.id] = v
	}
	return out, rows.Err()
}

// compile prepares a stored version for writing.
func (b *Book) compile(s stored) (*version, error) {
	v := &version{}
	if err := json.Unmarshal([]byte(s.label), &v.frozen); err != nil {
		return nil, err
	}
	s.draft.Topic, s.draft.Campaign = v.TopicName, s.name
	return v, b.prepare(v, s)
}

func (b *Book) prepare(v *version, s stored) (err error) {
	if v.program, err = b.Composer.Compile(s.draft, v.Label); err != nil {
		return err
	}
	if v.from, err = addr.StoredMail(v.From); err != nil {
		return err
	}
	v.domain = v.from.Domain()
	v.test = b.Texts.For(s.draft.Lang).T("campaign.test.prefix")
	o := letter.Options{OneClick: true, Boundary: "=_" + store.Public("ver", s.id)}
	if o.From, err = letter.NewMailbox(v.FromName, v.from); err != nil {
		return err
	}
	if v.ReplyTo != "" {
		reply, err := addr.StoredMail(v.ReplyTo)
		if err != nil {
			return err
		}
		if o.ReplyTo, err = letter.NewMailbox("", reply); err != nil {
			return err
		}
	}
	if o.ListID, err = letter.NewListID(v.TopicName, v.TopicKey+"."+v.domain); err != nil {
		return err
	}
	if o.FeedbackID, err = letter.NewFeedbackID(store.Public(Prefix, s.campaign), v.TopicKey, string(s.draft.Class), store.Public("ws", s.workspace)); err != nil {
		return err
	}
	if o.TextSample, o.HTMLSample, err = sample(v.program); err != nil {
		return err
	}
	v.form, err = letter.NewForm(o)
	return err
}

// sample renders the text for an invented reader, to see what it is like.
func sample(p *compose.Program) (text, html []byte, err error) {
	var r compose.Rendered
	err = p.Render(&r, compose.Recipient{
		FamilyName: "山田", GivenName: "花子", Locale: "ja",
		Links: compose.Links{Unsubscribe: "https://example.jp/u", Preferences: "https://example.jp/p", Why: "https://example.jp/w", SenderPage: "https://example.jp/s"},
	})
	return r.Text, r.HTML, err
}
