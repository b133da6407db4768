package web

import (
	"html/template"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/chart"
)

// topicPage is one topic: what it promises, and how many stand where.
type topicPage struct {
	topicRow
	// Profile is the sender profile's name, From its address.
	Profile, From string
	// Chart shows the states; nil while nobody has said anything.
	Chart   template.HTML
	MayEdit bool
}

// statuses are the states of a permission in the order they are shown.
func statuses() []consent.Status {
	return []consent.Status{
		consent.StatusGiven, consent.StatusRequested, consent.StatusWithdrawn, consent.StatusRefused, consent.StatusExpired,
	}
}

func (s *Site) topicShow(c *Call) error {
	t, err := s.topic(c)
	if err != nil {
		return err
	}
	counts, err := s.Consent.TopicCounts(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	profile, err := s.Accounts.ProfileByID(c.Context(), s.DB, c.Workspace.ID, t.Profile)
	if err != nil {
		return err
	}
	p := topicPage{
		topicRow: c.topicRow(t, counts[t.ID]), Profile: profile.Name, From: profile.FromAddress.Display(),
		MayEdit: c.Can(account.EditTopics) && t.ArchivedAt.IsZero(),
	}
	if len(p.Counts) > 0 {
		p.Chart = c.topicChart(p.topicRow)
	}
	return c.Render("topic", p)
}

func (c *Call) topicChart(t topicRow) template.HTML {
	d := chart.Donut{
		Title: c.T("web.topic.chart"), Name: c.T("web.topic.state"), Value: c.T("web.topic.addresses"), Center: c.T("web.topic.addresses"),
	}
	for _, status := range statuses() {
		slice := chart.Slice{Name: c.T("web.status." + string(status)), Value: float64(t.Counts[status])}
		if t.CanFilter && slice.Value > 0 {
			slice.Href = contactsPath + "?topic=" + store.Public(topicPrefix, t.ID) + "&state=" + string(status)
		}
		d.Slices = append(d.Slices, slice)
	}
	return d.Draw()
}
