package collect

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

const (
	// pageLife is how long a form may stay open before it is sent in (WCAG 2.2.1:
	// far beyond twenty hours).
	pageLife = 48 * time.Hour
	// slowest is how long nobody needs to read and fill in a form; below it, without
	// a proof of work, a machine is at work.
	slowest = 3 * time.Second
)

// seen is a form as it was shown to somebody.
type seen struct {
	form    Form
	version Version
	lang    i18n.Lang
	// render tells pages apart; 0 for one without our token.
	render   int64
	issued   time.Time
	embedded bool
	// corrected says that the entry brings another address for one that was made before.
	corrected bool
}

// PageToken is what a page with the form carries: which version was shown, in
// which language, when.
func (d *Desk) PageToken(live Live, lang i18n.Lang, now time.Time) string {
	return d.Ring.Sign(keyring.Token{
		Purpose: keyring.FormRender, Workspace: live.Form.Workspace, Address: nonce(), Topic: langNumber(live.Version.Spec.Lang(lang)),
		ID: live.Version.ID, IssuedAt: now,
	})
}

// nonce is a random number of always the same length when written.
func nonce() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return int64(binary.BigEndian.Uint64(b[:])&(1<<46-1) | 1<<46)
}

func langNumber(l i18n.Lang) int64 {
	if l == i18n.En {
		return 2
	}
	return 1
}

// seen finds out what was shown to the person. Without our token (plain HTML in a
// page of another site) the page says itself which version it was made from.
func (d *Desk) seen(ctx context.Context, live Live, s Submission, now time.Time) (seen, error) {
	p := seen{form: live.Form, version: live.Version}
	var id int64
	if s.Render != "" {
		t, err := d.Ring.Verify(s.Render, keyring.FormRender, now, pageLife)
		if err != nil || t.Workspace != live.Form.Workspace {
			return seen{}, fault.Wrap(fault.Invalid, orStale(err), "collect.submit.stale")
		}
		id, p.render, p.issued, p.lang = t.ID, t.Address, t.IssuedAt, i18n.Ja
		if t.Topic == langNumber(i18n.En) {
			p.lang = i18n.En
		}
	} else {
		var err error
		if id, err = store.ParsePublic(VersionPrefix, s.Version); err != nil {
			return seen{}, fault.Wrap(fault.Invalid, err, "collect.submit.stale")
		}
		p.embedded, p.lang = true, live.Version.Spec.Lang(s.Lang)
	}
	if id == live.Version.ID {
		return p, nil
	}
	v, err := d.VersionByID(ctx, d.DB, live.Form.Workspace, id)
	if err == nil && v.Form == live.Form.ID {
		p.version = v
		return p, nil
	}
	if err != nil && !noSuch(err) {
		return seen{}, err
	}
	return seen{}, fault.New(fault.Invalid, "collect.submit.stale")
}

// orStale gives a token of another workspace an error to wrap.
func orStale(err error) error {
	if err == nil {
		return fault.New(fault.Invalid, "keyring.token")
	}
	return err
}
