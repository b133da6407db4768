package gate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact/kana"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// person is what is known of an address and of whom it belongs to, as far as it tells
// which law applies. Whatever is added here must be told apart by contact.Traits.Kind too,
// or forecasts count different people as one kind.
type person struct {
	channel, domain string
	// country is the stated one, phone a telephone number in E.164; both may be empty.
	country, phone, lang string
	// postal: a Japanese prefecture is on file. company: so is a company. named: so is a
	// person's name, which name begins to show.
	postal, company, named bool
	name                   string
	// linked: a LINE user id that is joined with another address.
	linked bool
}

// people reads the people behind the addresses of a batch with one statement.
func people(ctx context.Context, r store.Reader, workspace int64, requests []Request) (map[int64]person, error) {
	ids := make([]int64, len(requests))
	for i, q := range requests {
		ids[i] = q.Address
	}
	rows, err := r.Query(ctx, sqlPeople, store.In(ids), workspace)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[int64]person, len(requests))
	for rows.Next() {
		var id int64
		var p person
		if err := rows.Scan(&id, &p.channel, &p.domain, &p.country, &p.postal, &p.lang, &p.company, &p.name, &p.phone, &p.linked); err != nil {
			return nil, err
		}
		p.named = p.name != ""
		out[id] = p
	}
	return out, rows.Err()
}

// Nexus is what ties messages to an address's person to legal orders, as the gate itself
// counts it: for rooms that must know which law an address was under. fault.NotFound when
// the workspace has no such address.
func Nexus(ctx context.Context, r store.Reader, workspace, address int64) (law.Nexus, error) {
	c, err := loadCompany(ctx, r, workspace)
	if err != nil {
		return law.Nexus{}, fmt.Errorf("gate: nexus: %w", err)
	}
	found, err := people(ctx, r, workspace, []Request{{Address: address}})
	if err != nil {
		return law.Nexus{}, fmt.Errorf("gate: nexus: %w", err)
	}
	p, known := found[address]
	if !known {
		return law.Nexus{}, fmt.Errorf("gate: nexus: %w", fault.New(fault.NotFound, "fault.not_found"))
	}
	return p.nexus(&c), nil
}

// nexus is what ties a message to the person's law.
func (p *person) nexus(c *company) law.Nexus {
	n := law.Nexus{
		Sender: c.country, Equipment: c.equipment, Market: c.market,
		Stated: strings.ToUpper(p.country), Phone: phoneCountry(p.phone), Domain: p.domain, Language: p.lang,
	}
	if p.postal {
		n.Postal = "JP"
	}
	if n.Language == "" && kana.Spelled(p.name) {
		n.Language = "ja"
	}
	return n
}

// kind is what kind of person the address belongs to: in business if somebody says so, or
// if a company is on file and the address may be one of its own. A company beside an
// address that everybody can get is where a consumer works; nothing on file is unknown,
// and the law then takes the person for a consumer.
func (p *person) kind(inBusiness bool) string {
	switch {
	case !inBusiness && (!p.company || p.domain == "" || addr.Freemail(p.domain) || addr.Carrier(p.domain) != ""):
		return "unknown"
	case p.company && !p.named:
		return "organisation"
	}
	return "business"
}

// media is the channel in the law's words.
func (p *person) media() string {
	if p.channel == "line" || p.channel == "sms" {
		return p.channel
	}
	return "mail"
}

// phoneCountry reads the country from a telephone number in E.164. +1 is several.
func phoneCountry(number string) string {
	for _, c := range [...]struct{ prefix, country string }{
		{"+81", "JP"},
		{"+44", "GB"},
		{"+61", "AU"},
		{"+49", "DE"},
		{"+33", "FR"},
		{"+39", "IT"},
		{"+34", "ES"},
		{"+31", "NL"},
		{"+32", "BE"},
		{"+43", "AT"},
		{"+45", "DK"},
		{"+46", "SE"},
		{"+48", "PL"},
		{"+353", "IE"},
	} {
		if strings.HasPrefix(number, c.prefix) {
			return c.country
		}
	}
	return ""
}

// localHour is the hour of the day where the person is: in Japan if the person is,
// else by the sender's clock.
func (p *person) localHour(reach law.Reach, c *company, now time.Time) int {
	if reach.Country == "JP" {
		return now.In(law.Japan).Hour()
	}
	return now.In(c.zone).Hour()
}
