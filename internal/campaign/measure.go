package campaign

import (
	"context"
	"net/url"
	"strings"

	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

var _ delivery.Measurer = (*Book)(nil)

// measure tells of a draft's letter what the gate asks before it is written for anybody.
// One that does not compile cannot leave, and has no measure but that it may advertise.
func (b *Book) measure(ctx context.Context, r store.Reader, c Campaign) (delivery.Measure, error) {
	draft, label, err := b.parts(ctx, r, c)
	if err != nil {
		return delivery.Measure{}, err
	}
	seen, err := b.Composer.Inspect(draft, label)
	if err != nil {
		return delivery.Measure{Promotes: true}, nil //nolint:nilerr // the check tells the author
	}
	return measureOf(seen), nil
}

// measured is a campaign with its measure; a draft of an older program has none yet.
func (b *Book) measured(ctx context.Context, r store.Reader, c Campaign) (Campaign, error) {
	var err error
	if c.Measure.Kilobytes == 0 {
		c.Measure, err = b.measure(ctx, r, c)
	}
	return c, err
}

func measureOf(seen compose.Inspection) delivery.Measure {
	const kilobyte = 1000
	return delivery.Measure{
		Promotes: seen.Promotes(), Strips: seen.Strips, Tracks: seen.Pixels+seen.PersonalLinks > 0, Kilobytes: (seen.Bytes + kilobyte - 1) / kilobyte,
	}
}

// measureLate measures the campaigns under way that have no measure. Their text is frozen.
func (b *Book) measureLate(ctx context.Context) error {
	found, err := campaigns(b.DB.Query(ctx, sqlUnmeasured))
	if err != nil {
		return err
	}
	for _, c := range found {
		if c.Measure, err = b.measure(ctx, b.DB, c); err != nil {
			return err
		}
		if err := b.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, sqlMeasure, c.Measure.Promotes, c.Measure.Strips, c.Measure.Tracks, int64(c.Measure.Kilobytes), c.ID)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// Measures implements delivery.Measurer.
func (b *Book) Measures(ctx context.Context, r store.Reader, campaigns []int64) (map[int64]delivery.Measure, error) {
	rows, err := r.Query(ctx, sqlMeasures, store.In(campaigns))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[int64]delivery.Measure, len(campaigns))
	for rows.Next() {
		var id int64
		var m delivery.Measure
		if err := rows.Scan(&id, &m.Promotes, &m.Strips, &m.Tracks, &m.Kilobytes); err != nil {
			return nil, err
		}
		out[id] = m
	}
	return out, rows.Err()
}

// content tells what the rules of writing ask of a message besides its label.
func (b *Book) content(w *written) law.TemplateContent {
	s := &w.seen
	out := law.TemplateContent{
		AdBlocks: s.AdBlocks, Coupon: s.Coupon, PromoLink: s.PromoLink, Images: s.Images, Pixels: s.Pixels, PersonalLinks: s.PersonalLinks,
	}
	own := []string{w.profile.FromAddress.Domain(), hostOf(w.company.Label.URL), hostOf(w.label.URL), hostOf(b.Links.PublicURL)}
	for _, host := range s.Hosts {
		if !belongs(host, own) {
			out.Foreign++
		}
	}
	return out
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// belongs says whether a server stands in one of the sender's own domains.
func belongs(host string, own []string) bool {
	for _, domain := range own {
		domain = strings.TrimPrefix(domain, "www.")
		if domain != "" && (host == domain || strings.HasSuffix(host, "."+domain)) {
			return true
		}
	}
	return false
}
