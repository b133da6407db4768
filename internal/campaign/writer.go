package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/compose/letter"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

var _ delivery.Writer = (*Book)(nil)

// errErased says that the reader is gone since the message was leased.
var errErased = fault.New(fault.Refused, "campaign.reader_gone")

// Write implements delivery.Writer: versions are compiled once, people read in
// one statement, and per person only the merge points are filled.
func (b *Book) Write(ctx context.Context, r store.Reader, rows []delivery.Leased, now time.Time) ([]delivery.Letter, error) {
	people, err := b.readers(ctx, r, rows)
	if err != nil {
		return nil, fmt.Errorf("campaign: write: %w", err)
	}
	if err := b.texts.load(ctx, b, r, rows); err != nil {
		return nil, fmt.Errorf("campaign: write: %w", err)
	}
	var w writing
	out := make([]delivery.Letter, len(rows))
	for i, row := range rows {
		p, ok := people[row.Request.Address]
		v := b.texts.get(row.Version)
		switch {
		case !ok || p.erased:
			out[i].Err = errErased
		case v == nil:
			return nil, fmt.Errorf("campaign: write: version %d is missing", row.Version)
		default:
			out[i] = b.letter(&w, v, row, p, now)
		}
	}
	return out, nil
}

// writing holds the buffers that one batch reuses.
type writing struct {
	rendered compose.Rendered
	letter   letter.Letter
}

// person is a reader with the address to write to.
type person struct {
	compose.Recipient
	mail   addr.Mail
	erased bool
	bad    error
}

// letter writes one message.
func (b *Book) letter(w *writing, v *version, row delivery.Leased, p person, now time.Time) delivery.Letter {
	if p.bad != nil {
		return delivery.Letter{Err: p.bad}
	}
	p.Links = b.Links.of(reader{
		workspace: row.Workspace, address: row.Request.Address, topic: row.Request.Topic,
		message: row.ID, slug: v.Slug, at: row.CreatedAt,
	})
	p.StripAds = row.StripAds
	if err := v.program.Render(&w.rendered, p.Recipient); err != nil {
		return delivery.Letter{Err: err}
	}
	if err := w.fill(v, row, p, now); err != nil {
		return delivery.Letter{Err: err}
	}
	size := len(w.rendered.HTML) + len(w.rendered.Text)
	return delivery.Letter{
		From: b.Links.returns().For(row.ID, v.from), To: p.mail, Workspace: row.Workspace, Domain: v.domain,
		Data: v.form.Build(make([]byte, 0, size*3/2+headerRoom), &w.letter),
	}
}

// headerRoom is about what the headers of a letter take, in bytes.
const headerRoom = 2048

func (w *writing) fill(v *version, row delivery.Leased, p person, now time.Time) (err error) {
	l := &w.letter
	if l.To, err = letter.NewMailbox("", p.mail); err != nil {
		return err
	}
	if l.Subject, err = letter.NewText("subject", v.subjectPrefix(row)+string(w.rendered.Subject)); err != nil {
		return err
	}
	if l.ID, err = letter.NewMessageID(store.Public("msg", row.ID), v.domain); err != nil {
		return err
	}
	l.Unsubscribe, l.UnsubscribeMail = letter.URI{}, letter.URI{}
	if v.program.Class().NeedsExit() {
		if l.Unsubscribe, err = letter.NewURI(p.Links.Unsubscribe); err != nil {
			return err
		}
		if p.Links.UnsubscribeMailto != "" {
			if l.UnsubscribeMail, err = letter.NewURI(p.Links.UnsubscribeMailto); err != nil {
				return err
			}
		}
	}
	l.Date, l.Text, l.HTML = now, w.rendered.Text, w.rendered.HTML
	return nil
}

func (b *Book) readers(ctx context.Context, r store.Reader, rows []delivery.Leased) (map[int64]person, error) {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.Request.Address
	}
	found, err := r.Query(ctx, sqlReaders, store.In(ids))
	if err != nil {
		return nil, err
	}
	defer found.Close()
	people := make(map[int64]person, len(rows))
	for found.Next() {
		id, p, err := scanPerson(found)
		if err != nil {
			return nil, err
		}
		people[id] = p
	}
	return people, found.Err()
}

func scanPerson(row scanner) (id int64, p person, err error) {
	var shown string
	var erased int64
	var family, given, display, company, department, title, lang, attrs *string
	if err := row.Scan(&id, &shown, &erased, &family, &given, &display, &company, &department, &title, &lang, &attrs); err != nil {
		return 0, person{}, err
	}
	p.FamilyName, p.GivenName, p.DisplayName = text(family), text(given), text(display)
	p.Company, p.Department, p.Title, p.Locale = text(company), text(department), text(title), text(lang)
	if attrs != nil && *attrs != "" {
		if err := json.Unmarshal([]byte(*attrs), &p.Attrs); err != nil {
			return 0, person{}, fmt.Errorf("attributes: %w", err)
		}
	}
	p.erased = erased != 0
	if !p.erased {
		p.mail, p.bad = addr.StoredMail(shown)
	}
	return id, p, nil
}

// text is the value of a column that a LEFT JOIN may leave empty.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Halted implements delivery.Writer.
func (b *Book) Halted(ctx context.Context, r store.Reader, campaigns []int64) (map[int64]bool, error) {
	ids, err := store.IDs(r.Query(ctx, sqlHalted, store.In(campaigns)))
	halted := make(map[int64]bool, len(ids))
	for _, id := range ids {
		halted[id] = true
	}
	return halted, err
}
