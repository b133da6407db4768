package api

import (
	"context"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/report"
	"github.com/kyodaku/kyodaku/internal/store"
)

const suppressionPrefix = "sup"

type suppressionView struct {
	ID      string `json:"id"`
	Kind    string `json:"kind" enum:"refusal,complaint,bounce,manual"`
	Channel string `json:"channel"`
	// Address is absent where only the keyed hash is left.
	Address   string     `json:"address,omitempty" doc:"absent where only a keyed hash is left"`
	Contact   string     `json:"contact,omitempty"`
	Topic     string     `json:"topic,omitempty" doc:"key; absent for every topic"`
	Event     string     `json:"event,omitempty"`
	Source    string     `json:"source"`
	Reason    string     `json:"reason,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	Until     *time.Time `json:"until,omitempty"`
	LiftedAt  *time.Time `json:"lifted_at,omitempty"`
}

type suppressionQuery struct {
	Address string `query:"address"`
	Kind    string `query:"kind" enum:",refusal,complaint,bounce,manual"`
	Topic   string `query:"topic" doc:"key or id"`
	Lifted  bool   `query:"lifted" doc:"those that ended too"`
	After   string `query:"after"`
	Limit   int    `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

// suppressionRecord is a stop by the sender's own wish.
type suppressionRecord struct {
	Address string     `json:"address" doc:"mail address; it need not be known"`
	Topic   string     `json:"topic,omitempty" doc:"key or id; empty for every topic"`
	Reason  string     `json:"reason" minLength:"1" maxLength:"500"`
	Until   *time.Time `json:"until,omitempty" doc:"when it ends by itself; absent is never"`
}

type suppressionInput struct{ Body suppressionRecord }

func (s *server) suppressionOperations() {
	register(s, operation{method: http.MethodGet, path: "/suppressions", id: "listSuppressions", summary: "Who must not be mailed, newest first", scope: account.ConsentRead}, s.listSuppressions)
	register(s, operation{method: http.MethodPost, path: "/suppressions", id: "addSuppression", summary: "Stop an address by your own wish", scope: account.ConsentWrite, status: http.StatusCreated}, s.addSuppression)
}

func (s *server) listSuppressions(ctx context.Context, c call, in *suppressionQuery) (*list[suppressionView], error) {
	q := consent.SuppressionQuery{Kind: consent.SuppressionKind(in.Kind), Lifted: in.Lifted, Limit: in.Limit}
	var err error
	if in.Address != "" {
		if _, q.AddressHash, err = s.address(c, in.Address); err != nil {
			return nil, err
		}
	}
	if q.Topic, err = s.topicID(ctx, c, in.Topic); err != nil {
		return nil, err
	}
	if q.Before, err = after(suppressionPrefix, in.After); err != nil {
		return nil, err
	}
	rows, err := s.Consent.Suppressions(ctx, s.DB, c.workspace(), q)
	if err != nil || len(rows) == 0 {
		return listOf[suppressionView](nil, ""), err
	}
	views, err := s.viewSuppressions(ctx, c, rows)
	return listOf(views, next(suppressionPrefix, len(rows) == in.Limit, rows[len(rows)-1].ID)), err
}

func (s *server) viewSuppressions(ctx context.Context, c call, rows []consent.Suppression) ([]suppressionView, error) {
	hashes := make([][]byte, len(rows))
	for i, r := range rows {
		hashes[i] = r.AddressHash
	}
	holders, err := report.Holders(ctx, s.DB, c.workspace(), hashes)
	if err != nil {
		return nil, err
	}
	keys, err := s.topicKeys(ctx, c)
	return viewed(rows, func(r consent.Suppression) suppressionView {
		holder := holders[string(r.AddressHash)]
		return suppressionView{
			ID: public(suppressionPrefix, r.ID), Kind: string(r.Kind), Channel: string(r.Channel), Address: holder.Shown,
			Contact: public(contact.Prefix, holder.Contact), Topic: keys[r.Topic], Event: public(eventPrefix, r.Event), Source: r.Source,
			Reason: r.Detail, CreatedAt: r.CreatedAt, Until: when(r.ExpiresAt), LiftedAt: when(r.LiftedAt),
		}
	}), err
}

// addSuppression answers when no dot can follow.
func (s *server) addSuppression(ctx context.Context, c call, in *suppressionInput) (*answer[suppressionView], error) {
	m, hash, err := s.address(c, in.Body.Address)
	if err != nil {
		return nil, err
	}
	stop := consent.Suppression{
		Workspace: c.workspace(), Channel: addr.Email, AddressHash: hash, Kind: consent.SuppressionManual,
		Source: string(consent.MethodAPI), Detail: in.Body.Reason,
	}
	if stop.Topic, err = s.topicID(ctx, c, in.Body.Topic); err != nil {
		return nil, err
	}
	if in.Body.Until != nil {
		if !in.Body.Until.After(c.now) {
			return nil, fault.Bad("until", "api.past")
		}
		stop.ExpiresAt = *in.Body.Until
	}
	var refused []consent.Refused
	err = s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if refused, err = s.Consent.AddSuppression(ctx, tx, stop, c.now); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, account.Entry{Action: "suppression.add", Reason: stop.Detail, Subject: account.Subject{Kind: "suppression"}})
	})
	if err != nil {
		return nil, err
	}
	if err := s.Gate.Fence(ctx, refused); err != nil {
		return nil, err
	}
	return s.standing(ctx, c, stop, m)
}

// standing finds the entry that stands for a stop: an older one may have been kept.
func (s *server) standing(ctx context.Context, c call, stop consent.Suppression, m addr.Mail) (*answer[suppressionView], error) {
	rows, err := s.Consent.Suppressions(ctx, s.DB, c.workspace(), consent.SuppressionQuery{
		AddressHash: stop.AddressHash, Kind: stop.Kind, Topic: stop.Topic, Limit: 500,
	})
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.Topic == stop.Topic {
			views, err := s.viewSuppressions(ctx, c, []consent.Suppression{r})
			if err != nil {
				return nil, err
			}
			views[0].Address = m.String()
			return one(views[0]), nil
		}
	}
	return nil, fault.New(fault.NotFound, "fault.not_found")
}
