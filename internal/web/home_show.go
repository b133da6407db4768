package web

import (
	"html/template"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/consent"
)

func (s *Site) homeRoutes() []Route {
	return []Route{{Pattern: "GET " + root + "{$}", Access: SignedIn(), Handle: s.homeShow, Views: []string{"home"}}}
}

// homePage is the first page: what is to do, what comes next, and the numbers.
type homePage struct {
	Workspace account.Workspace
	// Checklist is shown until all of it is done.
	Checklist []checkItem
	Done      int
	Today     []todo
	Tiles     []tile
	// Next are the campaigns on their way, Last the newest that are done.
	Next, Last []campaignRow
	Growth     template.HTML
	// GrowthFrom is set when the numbers do not reach back the whole time.
	GrowthFrom time.Time
	Log        logHead
	MayWrite   bool
}

// Open says whether anything of the checklist is left.
func (p homePage) Open() bool { return p.Done < len(p.Checklist) }

// checkItem is one stop on the way to the first mail. Key is its title; Key_help
// and Key_act are the line below and the button.
type checkItem struct {
	Key, Help, Href string
	Done            bool
}

// Act is the catalogue key of the button.
func (i checkItem) Act() string { return i.Key + "_act" }

// tile is one number. Href leads to what is counted, empty where the role may not look.
type tile struct {
	Key, Unit, Note, Href string
	Number                int64
}

// todo is something that waits for the operator, in the reader's language.
type todo struct{ Text, Href, Act string }

// logHead is the state of the consent log.
type logHead struct {
	Size int64
	Root string
	At   time.Time
	Href string
}

func (s *Site) homeShow(c *Call) error {
	n, err := s.homeNumbers(c)
	if err != nil {
		return err
	}
	p := homePage{Workspace: c.Workspace, MayWrite: c.Can(account.WriteCampaign)}
	for _, part := range []func(*Call, *homePage, homeNumbers) error{
		s.homeChecklist, s.homeToday, s.homeTiles, s.homeCampaigns, s.homeGrowth, s.homeLog,
	} {
		if err := part(c, &p, n); err != nil {
			return err
		}
	}
	return c.Render("home", p)
}

// homeNumbers are read once and used by several parts.
type homeNumbers struct {
	topics, given, requested int64
	// forms are those that readers see, changed those with unpublished changes,
	// waiting those that were never published.
	forms, changed, waiting []formRow
	underWay                []campaign.Campaign
	latest                  []campaign.Campaign
	stops                   map[consent.SuppressionKind]int64
	domains                 []account.Domain
}

func (s *Site) homeNumbers(c *Call) (n homeNumbers, err error) {
	ctx, ws := c.Context(), c.Workspace.ID
	topics, err := s.Consent.Topics(ctx, s.DB, ws, false)
	if err != nil {
		return n, err
	}
	n.topics = int64(len(topics))
	counts, err := s.Consent.TopicCounts(ctx, s.DB, ws)
	if err != nil {
		return n, err
	}
	for _, by := range counts {
		n.given += by[consent.StatusGiven]
		n.requested += by[consent.StatusRequested]
	}
	forms, err := s.Collect.Forms(ctx, s.DB, ws, false)
	if err != nil {
		return n, err
	}
	for _, f := range forms {
		row := c.formRow(f)
		if f.Open() {
			n.forms = append(n.forms, row)
		} else {
			n.waiting = append(n.waiting, row)
		}
		if row.Changed() {
			n.changed = append(n.changed, row)
		}
	}
	if n.underWay, err = s.Campaigns.UnderWay(ctx, s.DB, ws, homeCampaignsMost); err != nil {
		return n, err
	}
	if n.latest, err = s.Campaigns.List(ctx, s.DB, ws, 0, homeCampaignsMost); err != nil {
		return n, err
	}
	if n.stops, err = s.Consent.SuppressionCounts(ctx, s.DB, ws); err != nil {
		return n, err
	}
	n.domains, err = s.Accounts.Domains(ctx, s.DB, ws)
	return n, err
}

// homeCampaignsMost is how many campaigns the home page looks at.
const homeCampaignsMost = 20

// homeChecklist says how far the workspace is, for who may change it.
func (s *Site) homeChecklist(c *Call, p *homePage, n homeNumbers) error {
	if !c.Can(account.ManageSettings) {
		return nil
	}
	tested, err := s.Accounts.AuditList(c.Context(), s.DB, account.AuditQuery{Workspace: c.Workspace.ID, Action: "campaign.test", Limit: 1})
	if err != nil {
		return err
	}
	proven := len(n.domains) > 0
	for _, d := range n.domains {
		proven = proven && d.State != account.Unproven
	}
	test := campaignsPath + "/new"
	for _, one := range n.latest {
		if one.State == campaign.Draft {
			test = campaignPath(one) + "/write"
			break
		}
	}
	p.Checklist = []checkItem{
		{Key: "web.home.check.label", Href: root + "settings", Done: c.Workspace.Label.Complete() == nil},
		{Key: "web.home.check.domain", Href: root + "settings/domains", Done: proven},
		{Key: "web.home.check.topic", Href: root + "topics/new", Done: n.topics > 0},
		{Key: "web.home.check.form", Href: formsPath + "/new", Done: len(n.forms) > 0},
		{Key: "web.home.check.test", Href: test, Done: len(tested) > 0},
		{Key: "web.home.check.person", Href: formsPath, Done: n.given > 0},
	}
	for i := range p.Checklist {
		item := &p.Checklist[i]
		item.Help = item.Key + "_help"
		if item.Done {
			p.Done++
		}
	}
	if s.Caught != nil { // a trial needs no proof, and its mails are read here
		p.Checklist[1].Help = "web.home.check.domain_caught"
		p.Checklist[4].Help = "web.home.check.test_caught"
	}
	if len(n.waiting) > 0 {
		p.Checklist[3].Href = n.waiting[0].Path()
	}
	if len(n.forms) > 0 {
		p.Checklist[5].Href = n.forms[0].Path() + "/embed"
	}
	return nil
}
