package web

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// provisionEditPage is the draft of a programme: what the law asks of its class, item by item.
type provisionEditPage struct {
	Programme provision.Programme
	Href      string
	Form      page.Form
	Data      []dataRow
	Missing   []provision.Item
	asks      map[provision.Item]bool
	// Exceptions are the numbers of APPI 27(1).
	Exceptions []page.Option
	// Named are the recipients that the wording can mean, Renamed those that are called otherwise
	// since it was written. MayFill says that what is known of recipients abroad can be filled in,
	// Filled that it was.
	Named           []page.Option
	Renamed         []string
	MayFill, Filled bool
	// Abroad says that people are told of a recipient abroad.
	Abroad bool
	// Seen is the draft that the edit started from.
	Seen string
}

// Asks says whether the law asks an item of the class.
func (p provisionEditPage) Asks(item string) bool { return p.asks[provision.Item(item)] }

// OptOut says whether the nine items are asked for.
func (p provisionEditPage) OptOut() bool { return p.Programme.Class == provision.OptOut }

// Research says whether the notice is that of a study.
func (p provisionEditPage) Research() bool { return p.asks[provision.ItemResearch] }

func (s *Site) provisionEditShow(c *Call) error {
	p, err := s.programme(c)
	if err != nil {
		return err
	}
	return s.provisionEditForm(c, p, formOfItems(p.Draft))
}

func (s *Site) provisionEditForm(c *Call, of provision.Programme, form page.Form) error {
	seen := form.Get("seen")
	if seen == "" {
		seen = seenAt(of)
	}
	p := provisionEditPage{Programme: of, Href: provisionPath + "/" + of.Public(), Form: form, Seen: seen, asks: map[provision.Item]bool{}, Missing: of.Missing()}
	items := itemsOf(of.Draft, form)
	for _, item := range provision.Wanted(of.Class, items.Terms.Exception) {
		p.asks[item] = true
	}
	p.Abroad, p.Filled = items.Terms.Foreign.Needed, form.Get("fill") != "" && !form.Wrong()
	p.Exceptions = append(p.Exceptions, page.Option{Key: "web.provision.exception.none"})
	for _, e := range provision.Exceptions() {
		p.Exceptions = append(p.Exceptions, page.Option{Value: string(e), Key: "web.provision.exception." + string(e)})
	}
	var err error
	if p.Data, err = s.dataRows(c, form); err != nil {
		return err
	}
	if err := s.provisionNamed(c, &p); err != nil {
		return err
	}
	return c.renderTyped(form, "provision_edit", p)
}

// seenAt is the draft that a page showed, by when it was changed.
func seenAt(of provision.Programme) string {
	return strconv.FormatInt(store.Micros(of.UpdatedAt), 10)
}

func (s *Site) provisionEdit(c *Call) error {
	p, form, err := about(c, s.programme)
	if err != nil {
		return err
	}
	if form.Get("fill") != "" && s.ProvisionRuns != nil {
		if err := s.fillForeign(c, &form); err != nil {
			return err
		}
		return s.provisionEditForm(c, p, form)
	}
	draft := itemsOf(p.Draft, form)
	if form.Get("seen") != seenAt(p) {
		err = fault.New(fault.Stale, "fault.stale")
	} else {
		err = s.Provisions.Edit(c.Context(), c.By(), p, draft, c.Now)
	}
	if take(&form, err, itemInputs) {
		if err := s.nameItems(c, &form); err != nil {
			return err
		}
		return s.provisionEditForm(c, p, form)
	}
	if err != nil {
		return err
	}
	return c.Done(provisionPath+"/"+p.Public(), "web.provision.saved")
}

// nameItems has errors about the draft say which input is meant: those of the data by the field's
// name, the others by the input's label, for both languages of a text have one.
func (s *Site) nameItems(c *Call, form *page.Form) error {
	labels, err := s.fieldLabels(c.Context(), s.DB, c.Workspace.ID, c.Lang)
	for i := range form.Fields {
		f := &form.Fields[i]
		var n int
		if _, err := fmt.Sscanf(f.Name, "data[%d]", &n); err == nil && n >= 0 && n < len(form.Values["data"]) {
			if f.Name = "data"; f.Key == "provision.data.empty" {
				f.Key, f.Args = "web.provision.data_unnamed", []any{"Name", labels.of(form.Values["data"][n])}
			}
		}
		if strings.HasPrefix(f.Name, "named[") {
			f.Name = "named"
		}
		if name, both := strings.CutSuffix(f.Name, "_ja"); both {
			f.Args = []any{"Label", c.T("web.provision.f." + name), "Text", c.T(f.Key, f.Args...)}
			f.Key = "web.provision.item_wrong"
		}
	}
	return err
}
