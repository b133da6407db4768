package preference

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// KindRenewal is the kind of the message that asks once whether mail is still wanted.
const KindRenewal delivery.Kind = "preference_renewal"

// silent is a person to be asked, with all that the question is about.
type silent struct {
	address, contact int64
	domain           string
	lang             i18n.Lang
	topics           []int64
}

// ask puts the question into the outbox for all whose notice is over. Whom the gate
// does not let be asked keeps the permission, and is tried again.
func (a *ageing) ask(ctx context.Context, topics []consent.Topic) error {
	warned := store.Micros(a.now.Add(-ageingNotice))
	open := make([]int64, len(topics))
	for i, t := range topics {
		open[i] = t.ID
	}
	for after := int64(0); ; {
		people, err := readSilent(a.DB.Query(ctx, sqlAgeingRipe, warned, a.workspace.ID, warned, after, ageingBatch))
		if err != nil || len(people) == 0 {
			return err
		}
		after = people[len(people)-1].address
		err = a.DB.Write(ctx, func(tx *store.Tx) error {
			items, asked, err := a.questions(ctx, tx, people, topics)
			if err != nil || len(items) == 0 {
				return err
			}
			if _, err := a.Outbox.Put(ctx, tx, items, a.now); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, sqlAgeingAsked, store.Micros(a.now), a.workspace.ID, warned, store.In(asked), store.In(open))
			return err
		})
		if err != nil {
			return err
		}
	}
}

func readSilent(rows cursor, err error) (all []silent, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p silent
		var topic int64
		if err := rows.Scan(&p.address, &topic, &p.contact, &p.domain, &p.lang); err != nil {
			return nil, err
		}
		if n := len(all); n > 0 && all[n-1].address == p.address {
			all[n-1].topics = append(all[n-1].topics, topic)
			continue
		}
		p.topics = []int64{topic}
		all = append(all, p)
	}
	return all, rows.Err()
}

// questions are the mails to those who may be asked, one for each address. They carry
// the sender of the first topic that they are about.
func (a *ageing) questions(ctx context.Context, tx *store.Tx, people []silent, topics []consent.Topic) (items []delivery.Item, asked []int64, err error) {
	for _, t := range topics {
		var some []silent
		var requests []gate.Request
		for _, p := range people {
			if p.first(topics).ID == t.ID {
				some = append(some, p)
				requests = append(requests, gate.Request{Address: p.address, Topic: t.ID, Class: law.ConsentRequest})
			}
		}
		if len(some) == 0 {
			continue
		}
		audience := gate.Audience{Workspace: a.workspace.ID, Profile: t.Profile, Stage: gate.Planned}
		decisions, err := a.Gate.Admit(ctx, tx, audience, requests, a.now)
		if err != nil {
			return nil, nil, err
		}
		for i, p := range some {
			if decisions[i].Refusal != nil {
				continue
			}
			text, err := json.Marshal(a.payload(p, topics))
			if err != nil {
				return nil, nil, err
			}
			asked = append(asked, p.address)
			items = append(items, delivery.Item{
				Kind: KindRenewal, Workspace: a.workspace.ID, Profile: t.Profile, Contact: p.contact, Domain: p.domain,
				Request: requests[i], Decision: decisions[i], Priority: delivery.PriorityBulk, Payload: string(text), RunAt: a.now,
			})
		}
	}
	return items, asked, nil
}

// first is the first open topic that a person is asked about; its zero value if all of
// them were archived.
func (p silent) first(topics []consent.Topic) consent.Topic {
	i := slices.IndexFunc(topics, func(t consent.Topic) bool { return slices.Contains(p.topics, t.ID) })
	if i < 0 {
		return consent.Topic{}
	}
	return topics[i]
}

// payload is what the writer needs beyond the row. The day is the last on which an
// answer keeps the permission, in the workspace's calendar.
func (a *ageing) payload(p silent, topics []consent.Topic) linkPayload {
	lang := p.lang
	if !lang.Valid() {
		lang = a.workspace.Lang
	}
	var names []string
	for _, t := range topics {
		if slices.Contains(p.topics, t.ID) {
			names = append(names, t.Name(lang))
		}
	}
	say := a.Texts.For(lang)
	until := say.Date(a.now.Add(ageingAnswer), a.workspace.Location())
	return linkPayload{Lang: lang, Topics: strings.Join(names, say.T("preference.renewal.and")), Until: until}
}

// renewalDraft is the text of the question, as its class is labelled.
func renewalDraft(say *i18n.Printer, p linkPayload) compose.Draft {
	return compose.Draft{
		Class: compose.ConsentRequest, Lang: p.Lang, Kind: compose.Markdown, Topic: p.Topics,
		Subject: say.T("preference.renewal.subject", "Sender", "{{ sender.name }}"),
		Body: say.T("preference.renewal.body", "Link", "{{ links.preferences }}", "Topics", "{{ topic.name }}",
			"Sender", "{{ sender.name }}", "Until", p.Until),
	}
}
