package campaign

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// State is where a campaign stands.
type State string

// The states, in the order of a campaign's life.
const (
	Draft     State = "draft"
	Scheduled State = "scheduled"
	Holding   State = "holding"
	Sending   State = "sending"
	Paused    State = "paused"
	Stopped   State = "stopped"
	Done      State = "done"
)

// Active says whether the campaign is on its way out.
func (s State) Active() bool { return s == Scheduled || s == Holding || s == Sending || s == Paused }

// Prefix is how campaign ids begin outside.
const Prefix = "cmp"

// Content is the message as written.
type Content struct {
	Name      string
	Topic     int64
	Profile   int64
	Class     compose.Class
	Lang      i18n.Lang
	Subject   string
	Preheader string
	Kind      compose.Kind
	Body      string
	// Advertiser is on whose behalf it is sent, "" for the sender's own business.
	Advertiser string
	// FillLabel takes what the sender profile's label lacks from the workspace's.
	FillLabel bool
	// Part is which of the topic's people it is for.
	Part Part
}

// Part narrows a campaign to some of a topic's people, by the legal orders that reach
// them. The zero Part is everybody.
type Part struct {
	Mode PartMode
	// Reach are the legal orders; one that reaches a person is enough.
	Reach law.Jurisdictions
}

// PartMode is how a Part narrows.
type PartMode string

// The modes of a Part.
const (
	Everybody PartMode = ""
	OnlyThose PartMode = "only"
	AllBut    PartMode = "except"
)

// Has says whether a person whom these legal orders reach belongs to the part.
func (p Part) Has(reach law.Jurisdictions) bool {
	switch p.Mode {
	case OnlyThose:
		return reach.Has(p.Reach)
	case AllBut:
		return !reach.Has(p.Reach)
	}
	return true
}

// Campaign is one message to the people of a topic.
type Campaign struct {
	ID        int64
	Workspace int64
	Content
	State State
	// Version is the frozen text that goes out; 0 while it is a draft.
	Version     int64
	HoldSeconds int
	ScheduledAt time.Time
	HoldUntil   time.Time
	StartedAt   time.Time
	PlannedAt   time.Time
	FinishedAt  time.Time
	CreatedBy   int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
	// EditedBy is who wrote the text last, 0 for the machine; of an API key who made it, as
	// CreatedBy is.
	EditedBy int64
	// RequestedBy asked for an approval at RequestedAt, 0 when nobody did.
	RequestedBy int64
	RequestedAt time.Time
	// Flagged is the subject that a reviewer called misleading.
	Flagged string
	// Allowed is how many people the planner found it may go to.
	Allowed int64
	// Measure is what the gate asks of the letter before it is written.
	Measure delivery.Measure
	// Parked is the rule for which the program paused it, "" when a person did.
	Parked law.RuleID
	cursor int64
}

// PublicID is the campaign's name to the outside.
func (c Campaign) PublicID() string { return store.Public(Prefix, c.ID) }

// Progress counts people by outcome. Queued includes those under way.
type Progress struct {
	Queued, Delivered, Deferred, Failed, Withheld, Uncertain int64
}

// Total is everybody who was planned so far.
func (p Progress) Total() int64 {
	return p.Queued + p.Delivered + p.Deferred + p.Failed + p.Withheld + p.Uncertain
}

// Settled is how many have an outcome that is final.
func (p Progress) Settled() int64 { return p.Total() - p.Queued - p.Deferred }
