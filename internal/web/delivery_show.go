package web

import (
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// deliveryPage is what became of one person's message, or why it was withheld.
type deliveryPage struct {
	deliveryRow
	Campaign campaign.Campaign
	Message  campaign.Message
	// Person leads to the person's page, Event to the consent event that the
	// decision rests on; both may be empty.
	Person string
	Event  string
	Tries  []tryRow
	// Lane leads to the queue it stands or stood in, by its name.
	LaneName, Lane string
	// Readable says that the mail can be shown as it was written.
	Readable bool
}

// Path is the address of the campaign.
func (p deliveryPage) Path() string { return campaignPath(p.Campaign) }

// tryRow is one attempt, in the reader's language.
type tryRow struct {
	campaign.Attempt
	// Code is what the server answered with, "" when it did not come to an answer.
	Code string
}

// OutcomeKey is the catalogue key of the attempt's outcome.
func (t tryRow) OutcomeKey() string { return outcomeKey(t.Outcome) }

// StageKey is the catalogue key of how far the conversation came.
func (p deliveryPage) StageKey() string { return "web.delivery.stage." + p.DecidedStage }

// message reads the message that the path names, with its campaign.
func (s *Site) message(c *Call) (campaign.Campaign, campaign.Message, error) {
	one, err := s.campaign(c)
	if err != nil {
		return one, campaign.Message{}, err
	}
	id, err := c.ID(messagePrefix, "message")
	if err != nil {
		return one, campaign.Message{}, err
	}
	m, err := s.Campaigns.Message(c.Context(), s.DB, one.ID, id)
	return one, m, err
}

func (s *Site) deliveryShow(c *Call) error {
	one, m, err := s.message(c)
	if err != nil {
		return err
	}
	p := deliveryPage{deliveryRow: c.deliveryRow(one, m.Row), Campaign: one, Message: m, Person: contactPath(m.Contact), Readable: m.Shown != ""}
	if m.DecidedEvent != 0 && p.Person != "" {
		p.Event = p.Person + "/events/" + store.Public("evt", m.DecidedEvent)
	}
	if s.Engine != nil {
		way, err := s.Engine.Look().Message(c.Context(), c.Workspace.ID, m.ID)
		if err != nil {
			return err
		}
		p.LaneName, p.Lane = s.laneTitle(c, way.Lane), lanePath(way.Lane)
	}
	for _, a := range m.Tries {
		p.Tries = append(p.Tries, tryRow{a, serverCode(a)})
	}
	return c.Render("delivery", p)
}

// deliveryLetter shows the mail as its reader got it.
func (s *Site) deliveryLetter(c *Call) error {
	one, m, err := s.message(c)
	if err != nil {
		return err
	}
	out, err := s.Campaigns.Letter(c.Context(), s.DB, m)
	if fault.Is(err, fault.NotFound) {
		return c.showMail(plainPage(string(c.Lang), c.T("campaign.reader_gone")))
	}
	if err != nil {
		return err
	}
	return c.showRendered(one.Lang, out, c.R.URL.Query().Get("view"))
}
