package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Mailable says in one word whether somebody may be written to.
type Mailable string

// The words.
const (
	// Yes: advertising of at least one topic may go.
	Yes Mailable = "yes"
	// Individually: only what concerns the person alone, such as a contract or an answer.
	Individually Mailable = "individually"
	// No: nothing.
	No Mailable = "no"
)

// AddressAnswer is everything the gate says of one address.
type AddressAnswer struct {
	Address int64
	Word    Mailable
	// Reach is which legal orders were applied, and what told them.
	Reach law.Reach
	// Topics are the answers about advertising, one for each topic on offer.
	Topics []TopicAnswer
	// Individual are the answers about messages that belong to no topic: transactional
	// ones, and notices.
	Individual []Answer
}

// TopicAnswer is the answer about one topic.
type TopicAnswer struct {
	Topic consent.Topic
	Answer
}

// ExplainAddress asks about an address of a workspace: advertising of every topic, and
// what goes to single people.
func (g *Gate) ExplainAddress(ctx context.Context, r store.Reader, workspace, address int64, now time.Time) (AddressAnswer, error) {
	out := AddressAnswer{Address: address, Word: No}
	topics, err := g.consent.Topics(ctx, r, workspace, false)
	if err != nil {
		return out, fmt.Errorf("gate: explain address: %w", err)
	}
	a := Audience{Workspace: workspace, Stage: Planned}
	for _, t := range topics {
		a.Profile = t.Profile
		answers, err := g.Explain(ctx, r, a, []Request{{Address: address, Topic: t.ID, Class: law.Ad}}, now)
		if err != nil {
			return out, err
		}
		out.Topics = append(out.Topics, TopicAnswer{Topic: t, Answer: answers[0]})
	}
	if a.Profile == 0 {
		if a.Profile, err = firstProfile(ctx, r, workspace); err != nil {
			return out, err
		}
	}
	out.Individual, err = g.Explain(ctx, r, a, []Request{{Address: address, Class: law.Tx}, {Address: address, Class: law.Notice}}, now)
	if err != nil {
		return out, err
	}
	out.Reach = out.Individual[0].Reach
	out.sumUp()
	return out, nil
}

func (a *AddressAnswer) sumUp() {
	for i := range a.Individual {
		if a.Individual[i].Allowed() {
			a.Word = Individually
		}
	}
	for i := range a.Topics {
		if a.Topics[i].Allowed() {
			a.Word = Yes
		}
	}
}

// firstProfile is the sender of messages that belong to no topic.
func firstProfile(ctx context.Context, r store.Reader, workspace int64) (int64, error) {
	var id int64
	err := r.QueryRow(ctx, sqlFirstProfile, workspace).Scan(&id)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("gate: first profile: %w", err)
	}
	return id, nil
}
