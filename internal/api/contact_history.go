package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/report"
	"github.com/kyodaku/kyodaku/internal/store"
)

type historyQuery struct {
	ID    string `path:"id"`
	After string `query:"after"`
	Limit int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

func (s *server) contactHistoryOperations() {
	register(s, operation{method: http.MethodGet, path: "/contacts/{id}/events", id: "listContactEvents", summary: "What the person said, with evidence, oldest first", scope: account.ConsentRead}, s.listEvents)
	register(s, operation{method: http.MethodGet, path: "/contacts/{id}/messages", id: "listContactMessages", summary: "What was sent to the person or withheld, newest first", scope: account.ContactsRead}, s.listMessages)
	register(s, operation{method: http.MethodGet, path: "/contacts/{id}/evidence", id: "getEvidence", summary: "The person's evidence pack (zip)", scope: account.ConsentRead, download: "application/zip"}, s.getEvidence)
}

// person reads the contact that the path names, with the ids of its addresses.
func (s *server) person(ctx context.Context, c call, id string) (int64, []contact.Address, error) {
	n, err := store.ParsePublic(contact.Prefix, id)
	if err != nil {
		return 0, nil, err
	}
	if _, err := s.Contacts.Get(ctx, s.DB, c.workspace(), n); err != nil {
		return 0, nil, err
	}
	addresses, err := s.Contacts.AddressesOf(ctx, s.DB, c.workspace(), n)
	return n, addresses, err
}

func idsOf(addresses []contact.Address) []int64 {
	ids := make([]int64, len(addresses))
	for i, a := range addresses {
		ids[i] = a.ID
	}
	return ids
}

func (s *server) listEvents(ctx context.Context, c call, in *historyQuery) (*list[eventView], error) {
	id, _, err := s.person(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	last, err := after(eventPrefix, in.After)
	if err != nil {
		return nil, err
	}
	keys, err := s.topicKeys(ctx, c)
	if err != nil {
		return nil, err
	}
	var out []eventView
	for e, err := range s.Consent.History(ctx, s.DB, consent.Of{Workspace: c.workspace(), Contact: id}) {
		if err != nil {
			return nil, err
		}
		if e.ID <= last {
			continue
		}
		if len(out) == in.Limit {
			return listOf(out, out[len(out)-1].ID), nil
		}
		v, err := viewEvent(e, keys)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return listOf(out, ""), nil
}

type messageView struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind"`
	Class      string     `json:"class"`
	Topic      string     `json:"topic,omitempty"`
	Campaign   string     `json:"campaign,omitempty"`
	Subject    string     `json:"subject,omitempty"`
	Address    string     `json:"address" doc:"id of the address"`
	Open       bool       `json:"open" doc:"not ended yet"`
	Outcome    string     `json:"outcome,omitempty"`
	Rule       string     `json:"rule,omitempty"`
	Reason     string     `json:"reason,omitempty"`
	Citation   string     `json:"citation,omitempty"`
	Reply      string     `json:"reply,omitempty" doc:"what the receiving server said last"`
	Attempts   int64      `json:"attempts"`
	Event      string     `json:"event,omitempty" doc:"the consent event that the decision rests on"`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
}

func (s *server) listMessages(ctx context.Context, c call, in *historyQuery) (*list[messageView], error) {
	_, addresses, err := s.person(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	from, err := momentAfter(in.After)
	if err != nil {
		return nil, err
	}
	keys, err := s.topicKeys(ctx, c)
	if err != nil {
		return nil, err
	}
	rows, err := report.Latest(ctx, s.DB, c.workspace(), idsOf(addresses), report.Before{At: from.at, ID: from.id}, in.Limit)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(rows) == in.Limit {
		last := rows[len(rows)-1]
		next = moment{last.At(), last.ID}.String()
	}
	return listOf(viewed(rows, func(m report.Message) messageView { return s.viewMessage(m, keys, c.lang) }), next), nil
}

func (s *server) viewMessage(m report.Message, keys map[int64]string, lang i18n.Lang) messageView {
	v := messageView{
		ID: public(messagePrefix, m.ID), Kind: string(m.Kind), Class: string(m.Class), Topic: keys[m.Topic], Campaign: public(campaign.Prefix, m.Campaign),
		Subject: m.Subject, Address: public(contact.AddressPrefix, m.Address), Open: m.Open, Outcome: string(m.Outcome), Rule: string(m.Rule),
		Reply: m.Reply, Attempts: m.Attempts, Event: public(eventPrefix, m.Event), CreatedAt: m.CreatedAt, FinishedAt: when(m.FinishedAt),
	}
	v.Reason, v.Citation = s.ruleText(m.Rule, lang)
	return v
}

type evidenceQuery struct {
	ID     string `path:"id"`
	Reason string `query:"reason" maxLength:"500" doc:"why the data leave: needed, and it stands in the audit log"`
}

// getEvidence streams a pack. The audit entry comes first: a pack that left
// without one could not be accounted for.
func (s *server) getEvidence(ctx context.Context, c call, in *evidenceQuery) (*huma.StreamResponse, error) {
	id, addresses, err := s.person(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.DB.Write(ctx, func(tx *store.Tx) error {
		return duty.Export(ctx, tx, s.Accounts, s.Gate.Rules(), duty.Taking{By: c.by, Act: account.Evidence, Scoped: true, Entry: account.Entry{
			Workspace: c.workspace(), Action: "evidence.export", Subject: account.Subject{Kind: "contact", ID: id}, Reason: strings.TrimSpace(in.Reason),
		}}, c.now)
	}); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		w := &started{w: h, name: "evidence-" + in.ID + ".zip"}
		if err := s.Consent.ExportPack(ctx, w, consent.PackRequest{
			Workspace: c.workspace(), Contact: id, Lang: c.lang, Now: c.now, Texts: s.Texts,
			Messages: report.Messages(ctx, s.DB, c.workspace(), idsOf(addresses)),
		}); err != nil && !w.yes {
			s.refuse(h, err)
		}
		// A pack cut off in the middle has no directory: it cannot pass for a whole one.
	}}, nil
}

// started begins a download with its first byte, so that an earlier failure can
// still become a proper answer.
type started struct {
	w    huma.Context
	name string
	yes  bool
}

// Write implements io.Writer.
func (s *started) Write(p []byte) (int, error) {
	if !s.yes {
		s.w.SetHeader("Content-Type", "application/zip")
		s.w.SetHeader("Content-Disposition", `attachment; filename="`+s.name+`"`)
		s.yes = true
	}
	return s.w.BodyWriter().Write(p)
}
