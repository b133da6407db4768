package preference

import (
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
)

// recordable refuses to write down a yes on a person's own page whose record could not
// prove it: an item is missing (REC-01), what was shown is not kept (REC-02), or no mailbox
// confirmed what waits for one (REC-04). The page that is kept holds the sentence that was
// agreed to; what is sent, which it says too, is the purpose.
func (d *Desk) recordable(e *consent.Event, o Offer) error {
	v := &e.Evidence
	f := law.CollectionFacts{Now: e.OccurredAt, Reach: law.JP, Act: "record", Record: law.RecordFacts{
		Deed: "page", Double: e.Action == consent.ActionConfirmed, Pressed: v.Confirmation != nil,
		Address: v.Address, Dated: !e.OccurredAt.IsZero(), Page: v.Page, Network: v.Network, Agent: v.UserAgent,
		Lang: v.Lang, Shown: v.Shown, Wording: v.Shown, Purpose: o.Content,
	}}
	if no := d.Gate.Rules().Collection(&f).Block(); no != nil {
		return fault.New(fault.Refused, "law.finding", no.Args()...)
	}
	return nil
}
