package journey

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// formShown opens the form; nothing on it may be ticked beforehand.
func (w *walk) formShown(ctx context.Context) error {
	p, err := w.get(ctx, http.MethodGet, w.BaseURL+"/f/"+w.FormSlug)
	if err != nil {
		return err
	}
	if err := p.must(http.StatusOK); err != nil {
		return err
	}
	f, err := p.formWith("email")
	if err != nil {
		return err
	}
	if len(f.boxes) == 0 {
		return errors.New("the form has no box to tick")
	}
	for name := range f.boxes {
		if f.values.Has(name) {
			return fmt.Errorf("the box %s is ticked already", name)
		}
	}
	if !strings.Contains(p.text, w.LegalName) {
		return errors.New("the form does not name the sender")
	}
	return nil
}

// thinking is how long a person without script takes to fill in a form; quicker
// ones are taken for programs.
const thinking = 6 * time.Second

// formSubmitted fills the form in as a person without script does.
func (w *walk) formSubmitted(ctx context.Context) error {
	p, err := w.get(ctx, http.MethodGet, w.BaseURL+"/f/"+w.FormSlug)
	if err != nil {
		return err
	}
	f, err := p.formWith("email")
	if err != nil {
		return err
	}
	f.values.Set("email", w.Reader)
	f.values.Set("f.family_name", "見本")
	f.values.Set("f.given_name", "はるか")
	ticked := false
	for name, values := range f.boxes {
		for _, v := range values {
			if !ticked || strings.Contains(name+v, w.TopicKey) {
				f.values.Add(name, v)
				ticked = true
			}
		}
	}
	select {
	case <-time.After(thinking):
	case <-ctx.Done():
		return ctx.Err()
	}
	done, err := w.post(ctx, f)
	if err != nil {
		return err
	}
	return done.must(http.StatusOK)
}

func (w *walk) confirmationArrives(ctx context.Context) error {
	m, err := w.mailWith(ctx, "/confirm/")
	if err != nil {
		return err
	}
	if m.header.Has("List-Unsubscribe") {
		return errors.New("the confirmation mail has a List-Unsubscribe header")
	}
	w.confirm, err = m.linkTo("/confirm/")
	return err
}

// openingConfirmsNothing does what link scanners do.
func (w *walk) openingConfirmsNothing(ctx context.Context) error {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
		p, err := w.get(ctx, method, w.confirm)
		if err != nil {
			return err
		}
		if err := p.must(http.StatusOK); err != nil {
			return err
		}
	}
	now, err := w.permission(ctx)
	if err != nil {
		return err
	}
	if now.Allowed || now.State == "given" {
		return errors.New("the gate would let mail through already")
	}
	return nil
}

func (w *walk) pressingConfirms(ctx context.Context) error {
	p, err := w.get(ctx, http.MethodGet, w.confirm)
	if err != nil {
		return err
	}
	f, err := confirmForm(p)
	if err != nil {
		return err
	}
	done, err := w.post(ctx, f)
	if err != nil {
		return err
	}
	if err := done.must(http.StatusOK); err != nil {
		return err
	}
	now, err := w.permission(ctx)
	if err != nil {
		return err
	}
	if !now.Allowed {
		return fmt.Errorf("the gate still says no: %s %s", now.Rule, now.Reason)
	}
	return nil
}

// confirmForm is the form of the button; the other says "this was not me".
func confirmForm(p *pageOf) (form, error) {
	for _, f := range p.forms {
		if strings.Contains(f.action.Path, "/confirm/") && !strings.Contains(f.action.Path, "disown") {
			return f, nil
		}
	}
	return form{}, errNoForm
}
