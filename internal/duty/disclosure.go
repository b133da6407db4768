package duty

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Disclosure is everything that is held about a person, for the person (APPI 33(1), (5)). As
// JSON it is the electronic answer; printed, the one on paper.
type Disclosure struct {
	MadeAt    time.Time          `json:"made_at"`
	Holder    Holder             `json:"holder"`
	Profile   []Labelled         `json:"profile"`
	Addresses []DisclosedAddress `json:"addresses"`
	Consents  []DisclosedEvent   `json:"consents"`
	Notes     []DisclosedNote    `json:"notes"`
	// Provided are the records of giving the data to others (APPI 29), which provision fills
	// in, Received of having been given them (APPI 30).
	Provided []Provided `json:"provided_to"`
	Received []Received `json:"received_from"`
	// Agreements are what the person said of provisions, Limits in words what keeps the data from
	// being provided; provision fills them in.
	Agreements []Agreed `json:"provision_consents"`
	Limits     []string `json:"provision_limits"`
	// Stops are what the person asked to be stopped, Told which recipients were told of it;
	// provision fills them in.
	Stops []Stopped `json:"provision_stops"`
	Told  []Told    `json:"provision_stops_told"`
}

// Agreed is a consent to a provision (APPI 27(1), 28(1)), or its withdrawal.
type Agreed struct {
	At    time.Time `json:"at"`
	Given bool      `json:"given"`
	// Purpose is what the person was told that the data are for.
	Purpose string `json:"purpose"`
	// Recipient is empty for everybody whom the programme names.
	Recipient string `json:"recipient,omitempty"`
	// Version is that of the wording that was read; 0 is none that is kept.
	Version  int    `json:"version,omitempty"`
	Abroad   bool   `json:"abroad,omitempty"`
	Evidence string `json:"evidence"`
}

// Stopped is a request that the data no longer go to others (APPI 27(2)(vi), 35(3), (5)).
type Stopped struct {
	At time.Time `json:"at"`
	// Purpose is what the data were provided for; empty for every provision.
	Purpose string `json:"purpose,omitempty"`
	// Method is how the request reached the holder: page, letter, phone, counter or mail;
	// person where that is not known of an address that somebody else had.
	Method string `json:"method"`
}

// Told is a recipient that is to be told of a stop: how, and when it was told and answered.
type Told struct {
	Recipient  string     `json:"recipient"`
	Way        string     `json:"way"`
	At         *time.Time `json:"at,omitempty"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
}

// Holder is who holds the data.
type Holder struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// Labelled is one field of the profile.
type Labelled struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Value string `json:"value"`
}

// DisclosedAddress is an address that is held.
type DisclosedAddress struct {
	Channel string    `json:"channel"`
	Address string    `json:"address"`
	Since   time.Time `json:"since"`
}

// DisclosedEvent is something that the person said, with the record that was kept of it.
type DisclosedEvent struct {
	At     time.Time       `json:"at"`
	Action string          `json:"action"`
	Method string          `json:"method"`
	Basis  string          `json:"basis,omitempty"`
	Topic  string          `json:"topic,omitempty"`
	Record json.RawMessage `json:"record,omitempty"`
}

// DisclosedNote is a remark that was written about the person.
type DisclosedNote struct {
	At   time.Time `json:"at"`
	Body string    `json:"body"`
}

// Provided is one record of giving data to somebody.
type Provided struct {
	At             time.Time `json:"at"`
	Recipient      string    `json:"recipient"`
	Address        string    `json:"recipient_address"`
	Representative string    `json:"recipient_representative,omitempty"`
	Items          []string  `json:"items"`
	Class          string    `json:"class"`
	// Uncertain says that nobody knows whether the data arrived.
	Uncertain bool `json:"uncertain,omitempty"`
	// Abroad is of a recipient abroad that has a system held equal, nil of others.
	Abroad *Abroad `json:"abroad,omitempty"`
}

// Abroad is what a person is told of a recipient abroad by its system held equal (APPI 28(3),
// APPI-R 18(3)), as far as it is written down: the country, where the system can be seen and the
// day on which it was checked last, the country's rules that bear on it, what the recipient does.
type Abroad struct {
	Country  string `json:"country"`
	System   string `json:"system"`
	Checked  string `json:"checked_on,omitempty"`
	Law      string `json:"law,omitempty"`
	Measures string `json:"measures,omitempty"`
}

// Received is one record of having been given data.
type Received struct {
	At             time.Time `json:"at"`
	Provider       string    `json:"provider"`
	Address        string    `json:"provider_address"`
	Representative string    `json:"provider_representative,omitempty"`
	Acquired       string    `json:"acquired"`
	Items          []string  `json:"items"`
	// Published is the day on which the PPC's publication of the provider's filing was seen, of
	// data that came by opt-out (APPI-R 24(1)(i)).
	Published time.Time `json:"published_by_ppc_seen_at,omitzero"`
}

// notesMost bounds how many notes are read.
const notesMost = 10000

// Disclose gathers what is held about a contact. Labels are in the language.
func (d *Desk) Disclose(ctx context.Context, r store.Reader, workspace, contact int64, lang i18n.Lang, now time.Time) (Disclosure, error) {
	out := Disclosure{MadeAt: now, Profile: []Labelled{}, Addresses: []DisclosedAddress{}, Consents: []DisclosedEvent{}, Notes: []DisclosedNote{}, Provided: []Provided{}, Received: []Received{}, Agreements: []Agreed{}, Limits: []string{}, Stops: []Stopped{}, Told: []Told{}}
	ws, err := d.Accounts.WorkspaceByID(ctx, r, workspace)
	if err != nil {
		return out, failed("disclose", err)
	}
	out.Holder = Holder{ws.Label.LegalName, ws.Label.PostalAddress}
	// A request may name somebody who was merged since.
	if contact, err = d.Contacts.Living(ctx, r, contact); err != nil {
		return out, failed("disclose", err)
	}
	for _, part := range []func(context.Context, store.Reader, subject) error{out.profile(d), out.addresses(d), out.consents(d), out.received(d), out.notes(d)} {
		if err := part(ctx, r, subject{workspace, contact, lang}); err != nil {
			return out, failed("disclose", err)
		}
	}
	return out, nil
}

// subject is whose data are read.
type subject struct {
	workspace, contact int64
	lang               i18n.Lang
}

// part reads one part of a disclosure.
type part = func(context.Context, store.Reader, subject) error

func (out *Disclosure) profile(d *Desk) part {
	return func(ctx context.Context, r store.Reader, of subject) error {
		c, err := d.Contacts.Get(ctx, r, of.workspace, of.contact)
		if err != nil {
			return err
		}
		for _, f := range [...]struct{ key, value string }{
			{"family_name", c.FamilyName},
			{"given_name", c.GivenName},
			{"family_kana", c.FamilyKana},
			{"given_kana", c.GivenKana},
			{"display_name", c.DisplayName},
			{"company", c.Company},
			{"department", c.Department},
			{"title", c.Title},
			{"postal_code", c.PostalCode},
			{"prefecture", c.Prefecture},
			{"country", c.Country},
			{"locale", string(c.Lang)},
		} {
			if f.value != "" {
				out.Profile = append(out.Profile, Labelled{Key: f.key, Value: f.value})
			}
		}
		own, err := d.Contacts.Attributes(ctx, r, of.workspace)
		for _, a := range own {
			label := a.LabelJa
			if of.lang == i18n.En && a.LabelEn != "" {
				label = a.LabelEn
			}
			if v := c.Attrs[a.Key]; v != "" {
				out.Profile = append(out.Profile, Labelled{"attr:" + a.Key, label, v})
			}
		}
		return err
	}
}

func (out *Disclosure) addresses(d *Desk) part {
	return func(ctx context.Context, r store.Reader, of subject) error {
		all, err := d.Contacts.AddressesOf(ctx, r, of.workspace, of.contact)
		for _, a := range all {
			out.Addresses = append(out.Addresses, DisclosedAddress{string(a.Channel), a.Shown, a.CreatedAt})
		}
		return err
	}
}

func (out *Disclosure) consents(d *Desk) part {
	return func(ctx context.Context, r store.Reader, of subject) error {
		topics, err := d.Consents.Topics(ctx, r, of.workspace, true)
		if err != nil {
			return err
		}
		names := map[int64]string{}
		for _, t := range topics {
			names[t.ID] = t.Name(of.lang)
		}
		for e, err := range d.Consents.History(ctx, r, consent.Of{Workspace: of.workspace, Contact: of.contact}) {
			if err != nil {
				return err
			}
			one := DisclosedEvent{At: e.OccurredAt, Action: string(e.Action), Method: string(e.Method), Basis: string(e.Basis), Topic: names[e.Topic]}
			if record := e.Record(); record != "" {
				one.Record = json.RawMessage(record)
			}
			out.Consents = append(out.Consents, one)
		}
		return nil
	}
}

func (out *Disclosure) received(d *Desk) part {
	return func(ctx context.Context, r store.Reader, of subject) error {
		all, err := d.Contacts.ReceiptsOf(ctx, r, of.workspace, of.contact)
		for _, x := range all {
			out.Received = append(out.Received, Received{
				At: x.ReceivedAt, Provider: x.Provider, Address: x.Address, Representative: x.Representative, Acquired: x.Acquisition,
				Items: x.Items, Published: x.PublishedAt,
			})
		}
		return err
	}
}

func (out *Disclosure) notes(d *Desk) part {
	return func(ctx context.Context, r store.Reader, of subject) error {
		all, err := d.Contacts.Notes(ctx, r, of.workspace, of.contact, notesMost)
		for _, n := range all {
			out.Notes = append(out.Notes, DisclosedNote{n.At, n.Body})
		}
		return err
	}
}
