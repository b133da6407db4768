package web

import (
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// provisionStopsPage lists the stops of a programme, and enters one, of a mail address or of a
// contact. Who asked is not shown: it is kept as a keyed hash.
type provisionStopsPage struct {
	programmeRow
	Stops   []provision.Stop
	All     int64
	Form    page.Form
	Methods []page.Option
	// MaySee says that the operator may see the programme itself.
	MaySee, MayHear bool
}

func (s *Site) provisionStops(c *Call) error {
	p, err := s.programme(c)
	if err != nil {
		return err
	}
	return s.provisionStopForm(c, p, page.FormOf("", "received_at", c.Now.In(c.Zone).Format(time.DateOnly), "address", c.R.URL.Query().Get("contact")))
}

func (s *Site) provisionStopForm(c *Call, of provision.Programme, form page.Form) error {
	p := provisionStopsPage{programmeRow: c.programmeRow(of), Form: form, MaySee: c.Can(account.Evidence), MayHear: c.Can(account.RecordRefusal), Methods: options(provision.Methods(), "web.provision.method.")}
	var err error
	if p.Stops, p.All, err = s.Provisions.Stops(c.Context(), s.DB, of); err != nil {
		return err
	}
	return c.renderTyped(form, "provision_stops", p)
}

func (s *Site) provisionStopEnter(c *Call) error {
	p, form, err := about(c, s.programme)
	if err != nil {
		return err
	}
	heard := provision.Heard{
		Address: strings.TrimSpace(form.Get("address")), Method: form.Get("method"), Received: c.dayOf(form.Get("received_at")), Everything: form.Get("everything") == "1",
	}
	if strings.HasPrefix(heard.Address, contact.Prefix+"_") { // an address may be a stranger's, an ID may not
		heard.Contact, err = s.personTyped(c, heard.Address)
	}
	if err == nil {
		err = s.Provisions.Enter(c.Context(), c.By(), p, heard, c.Now)
	}
	if take(&form, err, map[string]string{"received": "received_at", "contact": "address"}) {
		return s.provisionStopForm(c, p, form)
	}
	if err != nil {
		return err
	}
	return c.Done(provisionPath+"/"+p.Public()+"/stops", "web.provision.stop_entered")
}
