package public

import (
	"cmp"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// provisionRoutes are the public notice of a programme and the way to stop it.
func (s *Site) provisionRoutes() []Route {
	return []Route{
		{Pattern: "GET /provision/{programme}", Handle: s.provisionShow, Views: []string{"provision"}},
		{Pattern: "POST /provision/{programme}", Handle: s.provisionStop, Views: []string{"provision", "provision_stopped"}},
	}
}

// provisionPage is the notice of a programme.
type provisionPage struct {
	provision.Notice
	Lang i18n.Lang
	Form page.Form
	// Here is the notice's whole address.
	Here string
	// Waiting and Ended say that nothing is provided yet, or any more.
	Waiting, Ended bool
}

// Text picks the sentence of a language; the Japanese one is what was filed.
func (p provisionPage) Text(t provision.Text) string {
	if p.Lang == i18n.En && t.En != "" {
		return t.En
	}
	return t.Ja
}

// Provider is who provides, in the language of the page.
func (p provisionPage) Provider() string { return legalName(p.Sender, p.Lang) }

// With is a version to be shown in this page; templates give it as a value or a pointer.
func (p provisionPage) With(v any) shownVersion {
	switch v := v.(type) {
	case provision.Version:
		return shownVersion{Page: p, V: v}
	case *provision.Version:
		return shownVersion{Page: p, V: *v}
	}
	return shownVersion{Page: p}
}

// shownVersion is one version of the items on the page.
type shownVersion struct {
	Page provisionPage
	V    provision.Version
}

// Phone is where the desk of a version is called, empty for nowhere.
func (s shownVersion) Phone() string { return cmp.Or(s.V.Items.Phone, s.Page.Sender.Label.Phone) }

// Day is the planned start of a version.
func (provisionPage) Day(v provision.Version) time.Time { return v.Items.StartDay() }

func (s *Site) provisionShow(v *page.Visit) error {
	p, err := s.provisionPage(v)
	if err != nil {
		return err
	}
	return v.Render("provision", p)
}

func (s *Site) provisionPage(v *page.Visit) (provisionPage, error) {
	n, err := s.Provisions.Notice(v.R.Context(), v.R.PathValue("programme"), v.Now)
	if err != nil {
		return provisionPage{}, err
	}
	v.Zone = n.Sender.Location()
	return s.provisionPageOf(v, n), nil
}

func (s *Site) provisionPageOf(v *page.Visit, n provision.Notice) provisionPage {
	state := n.Programme.State(v.Now)
	return provisionPage{
		Notice: n, Lang: v.Lang, Here: s.BaseURL + "/provision/" + n.Programme.Public(), Waiting: state != provision.Running && state != provision.HasEnded, Ended: state == provision.HasEnded,
	}
}

// Title is the catalogue key of what the notice is called, Lead of its first sentence.
func (p provisionPage) Title() string { return p.kind("title") }

// Lead is the catalogue key of the notice's first sentence.
func (p provisionPage) Lead() string { return p.kind("lead") }

func (p provisionPage) kind(part string) string {
	switch {
	case p.Research():
		return "public_provision.research." + part
	case p.Programme.Class == provision.JointUse:
		return "public_provision.joint." + part
	}
	return "public_provision." + part
}

// Joint says whether the notice is of joint use.
func (p provisionPage) Joint() bool { return p.Programme.Class == provision.JointUse }

// Subject is what tells the notice from the provider's others: a study's title, or the kinds of
// data and who gets them. The programme's own name is not public.
func (p provisionPage) Subject() string {
	if p.Research() {
		return p.Text(p.Now.Items.Terms.Research.Title)
	}
	mark := map[bool]string{true: "・", false: ", "}[p.Lang == i18n.Ja]
	var data []string
	for _, d := range p.Now.Items.Data {
		data = append(data, p.Text(d.Name))
	}
	return strings.Join(data, mark)
}

// To is who gets the data, as far as the notice tells it.
func (p provisionPage) To() string { return p.Text(p.Now.Items.Terms.Recipients) }

// Since is the day on which the notice was put up.
func (p provisionPage) Since() time.Time {
	first := p.Now
	if n := len(p.Earlier); n > 0 {
		first = p.Earlier[n-1]
	}
	return first.On(provision.Noticed)
}

// Bare says whether somebody began to ask without a mail address.
func (p provisionPage) Bare() bool { return p.Form.Get("name")+p.Form.Get("who") != "" }

// provisionStopped tells that a request was taken and what it stops, the same to everybody.
type provisionStopped struct {
	provisionPage
	Path string
	// Everything says that the provider's other programmes stop too, ByHand that somebody looks
	// for the person first.
	Everything, ByHand bool
}

func (s *Site) provisionStop(v *page.Visit) error {
	p, err := s.provisionPage(v)
	if err != nil {
		return err
	}
	if p.Form, err = v.Form(); err != nil {
		return err
	}
	done := provisionStopped{provisionPage: p, Path: v.R.URL.Path, Everything: p.Form.Get("everything") != ""}
	address, name, who := strings.TrimSpace(p.Form.Get("address")), strings.TrimSpace(p.Form.Get("name")), strings.TrimSpace(p.Form.Get("who"))
	if done.ByHand = address == "" && name+who != ""; done.ByHand {
		err = s.stopByHand(v, p.Programme, duty.Asked{Name: name, Who: who}, done.Everything)
	} else {
		err = s.Provisions.Ask(v.R.Context(), p.Programme, provision.Asked{Address: address, Network: v.Client(), Everything: done.Everything}, v.Now)
	}
	if err != nil && len(fieldsOf(err)) > 0 && p.Form.Take(err) {
		return v.RenderForm("provision", p)
	}
	if err != nil {
		return err
	}
	return v.Render("provision_stopped", done)
}

// stopByHand leaves to the desk to find out whose data are to stop: the person gave no mail
// address.
func (s *Site) stopByHand(v *page.Visit, of provision.Programme, a duty.Asked, everything bool) error {
	if a.Who == "" {
		return fault.Bad("who", "public_provision.stop.who_needed")
	}
	a.Workspace, a.Kind, a.Form, a.Network = of.Workspace, "stop_provision", "other", v.Client()
	if !everything {
		a.Programme = of.ID
	}
	return s.Duty.Ask(v.R.Context(), a, v.Now)
}
