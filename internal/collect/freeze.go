package collect

import (
	"cmp"
	"context"
	"encoding/hex"
	"strconv"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// freeze fills in the very words that readers will see: wordings, topics and
// senders as they are now. Later edits of those reach the form with its next version.
func (d *Desk) freeze(ctx context.Context, r store.Reader, workspace int64, s Spec) (Spec, error) {
	if err := s.Check(); err != nil {
		return Spec{}, err
	}
	f := freezer{d: d, r: r, workspace: workspace, profiles: map[int64]account.Profile{}}
	offers := make([]Offer, len(s.Offers))
	for i, o := range s.Offers {
		frozen, err := f.offer(ctx, "offers["+strconv.Itoa(i)+"]", o)
		if err != nil {
			return Spec{}, err
		}
		offers[i] = frozen
	}
	s.Offers = offers
	for _, step := range []func(context.Context, *Spec) error{f.purpose, f.sender, f.attributes, f.asset, f.notice} {
		if err := step(ctx, &s); err != nil {
			return Spec{}, err
		}
	}
	return s, f.wrong.Err()
}

type freezer struct {
	d         *Desk
	r         store.Reader
	workspace int64
	profiles  map[int64]account.Profile
	first     int64
	wrong     fault.Fields
}

// offer freezes a topic with its wording. An unknown one is a wrong field.
func (f *freezer) offer(ctx context.Context, path string, o Offer) (Offer, error) {
	t, err := f.d.Consents.TopicByID(ctx, f.r, f.workspace, o.Topic)
	if fault.Is(err, fault.NotFound) || err == nil && !t.ArchivedAt.IsZero() {
		f.wrong.Add(path+".topic", "collect.spec.topic")
		return o, nil
	}
	if err != nil {
		return o, err
	}
	if o.Mode == SingleOptIn && t.DoubleOptIn {
		f.wrong.Add(path+".mode", "collect.spec.topic_double")
	}
	o.Name, o.Content = Words{t.NameJa, t.NameEn}, Words{t.ContentJa, t.ContentEn}
	o.Promise = f.promise(t.Promise)
	if o.Sender, err = f.legalName(ctx, t.Profile); err != nil {
		return o, err
	}
	if f.first == 0 {
		f.first = t.Profile
	}
	w, ok, err := f.wording(ctx, path+".wording", consent.WordingConsent, o.Wording)
	if ok {
		o.Text, o.Version, o.Hash = Words{w.TextJa, w.TextEn}, w.Version, hex.EncodeToString(w.Hash)
	}
	return o, err
}

// promise says a frequency in both languages.
func (f *freezer) promise(p consent.Frequency) Words {
	say := func(l i18n.Lang) string {
		return f.d.Texts.For(l).T("collect.promise."+string(p.Period), "Count", p.Count)
	}
	return Words{say(i18n.Ja), say(i18n.En)}
}

func (f *freezer) legalName(ctx context.Context, profile int64) (Words, error) {
	p, known := f.profiles[profile]
	if !known {
		var err error
		if p, err = f.d.Accounts.ProfileByID(ctx, f.r, f.workspace, profile); err != nil {
			return Words{}, err
		}
		f.profiles[profile] = p
	}
	return Words{p.Label.LegalName, p.Label.LegalNameEn}, nil
}

// wording reads the current version of a text; an empty key is left for Findings.
func (f *freezer) wording(ctx context.Context, path string, kind consent.WordingKind, key string) (consent.Wording, bool, error) {
	if key == "" {
		return consent.Wording{}, false, nil
	}
	w, err := f.d.Consents.Wording(ctx, f.r, f.workspace, kind, key)
	if fault.Is(err, fault.NotFound) {
		f.wrong.Add(path, "collect.spec.wording")
		return consent.Wording{}, false, nil
	}
	return w, err == nil, err
}

func (f *freezer) purpose(ctx context.Context, s *Spec) error {
	s.Purpose = Purpose{Key: s.Purpose.Key}
	w, ok, err := f.wording(ctx, "purpose", consent.WordingPurpose, s.Purpose.Key)
	if ok {
		s.Purpose.Text, s.Purpose.Version, s.Purpose.Hash = Words{w.TextJa, w.TextEn}, w.Version, hex.EncodeToString(w.Hash)
	}
	return err
}

// sender chooses the profile of the form's own mails: the named one, the first
// topic's, or the workspace's first.
func (f *freezer) sender(ctx context.Context, s *Spec) error {
	if s.Profile == 0 {
		s.Profile = f.first
	}
	if s.Profile == 0 {
		all, err := f.d.Accounts.Profiles(ctx, f.r, f.workspace)
		if err != nil || len(all) == 0 {
			f.wrong.Add("profile", "collect.spec.profile")
			return err
		}
		s.Profile = all[0].ID
	}
	name, err := f.legalName(ctx, s.Profile)
	if fault.Is(err, fault.NotFound) {
		f.wrong.Add("profile", "collect.spec.profile")
		return nil
	}
	if err != nil {
		return err
	}
	label := f.profiles[s.Profile].Label
	s.Sender, s.SenderAddress = name, Words{label.PostalAddress, label.PostalAddressEn}
	s.SenderContact = cmp.Or(label.Email, label.Phone, label.URL)
	return nil
}

// attributes holds that own fields exist before a form fills them: each has a
// stated use.
func (f *freezer) attributes(ctx context.Context, s *Spec) error {
	for i, field := range s.Fields {
		if len(field.Maps) <= len(attrPrefix) || field.Maps[:len(attrPrefix)] != attrPrefix {
			continue
		}
		var n int64
		if err := f.r.QueryRow(ctx, sqlHasAttribute, f.workspace, field.Maps[len(attrPrefix):]).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			f.wrong.Add("fields["+strconv.Itoa(i)+"].maps", "collect.spec.attribute")
		}
	}
	return nil
}

func (f *freezer) asset(ctx context.Context, s *Spec) error {
	if s.Asset.Blob == 0 {
		return nil
	}
	b, err := job.GetBlob(ctx, f.r, f.workspace, s.Asset.Blob)
	if fault.Is(err, fault.NotFound) || err == nil && !b.Complete {
		f.wrong.Add("asset.blob", "collect.spec.asset_missing")
		return nil
	}
	return err
}
