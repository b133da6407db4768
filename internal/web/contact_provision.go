package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// contactProvision is what a person's page says of third-party provision: which consents stand,
// and what keeps the person's data from being provided.
type contactProvision struct {
	Consents []consentState
	// Flags are the catalogue keys of what is known of the data's origin.
	Flags []string
	// Stopped is what the person asked to be stopped.
	Stopped []stoppedRow
	// Stops lead to where a stop of the person is entered, by programme.
	Stops []stopLink
	// MayTrace says that the operator may see where the data have gone.
	MayTrace bool
}

// stopLink leads to the stops of a programme.
type stopLink struct{ Name, Href string }

// stoppedRow is a stop of a person.
type stoppedRow struct {
	provision.Stop
	// Name is the programme's, empty for every one.
	Name string
	// MethodKey says how the stop reached us.
	MethodKey string
}

// consentState is where a person stands with a programme that asks for consent.
type consentState struct {
	Name, Href string
	page.Badge
	// Last is the latest word, nil for none.
	Last *provision.Word
}

// readProvision fills in the part about provision, of a living person.
func (s *Site) readProvision(c *Call, p *contactPage, _ []contact.Address) error {
	if s.ProvisionRuns == nil || !p.Contact.Live() {
		return nil
	}
	own := &contactProvision{MayTrace: c.Can(account.Evidence)}
	p.Provision = own
	flags, err := s.Contacts.FlagsOf(c.Context(), s.DB, c.Workspace.ID, p.Contact.ID)
	if err != nil {
		return err
	}
	for _, name := range flags.Names() {
		own.Flags = append(own.Flags, "web.origin.flag."+name)
	}
	if !c.Can(account.ReadConsent) {
		return nil
	}
	words, err := s.ProvisionRuns.WordsOf(c.Context(), s.DB, c.Workspace.ID, p.Contact.ID)
	if err != nil {
		return err
	}
	programmes, err := s.Provisions.List(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	stops, err := s.Provisions.StopsOf(c.Context(), s.DB, c.Workspace.ID, p.Contact.ID)
	if err != nil {
		return err
	}
	for _, stop := range stops {
		row := stoppedRow{Stop: stop, MethodKey: "web.provision.method." + stop.Method}
		for _, one := range programmes {
			if one.ID == stop.Programme {
				row.Name = one.Name
			}
		}
		own.Stopped = append(own.Stopped, row)
	}
	for _, one := range programmes {
		if one.State(c.Now) != provision.HasEnded && (one.Announces() || one.AsksConsent()) && c.Can(account.RecordRefusal) {
			own.Stops = append(own.Stops, stopLink{one.Name, provisionPath + "/" + one.Public() + "/stops?contact=" + p.Public})
		}
		if mine := wordsAbout(words, one.ID); one.AsksConsent() || len(mine) > 0 {
			own.Consents = append(own.Consents, c.consentState(one, mine, p.Public))
		}
	}
	return nil
}

func (c *Call) consentState(of provision.Programme, words []provision.Word, person string) consentState {
	state := consentState{Name: of.Name, Href: provisionPath + "/" + of.Public() + "/consents?contact=" + person, Badge: page.Badge{Tone: "quiet", Key: "web.provision.word.none"}}
	if len(words) == 0 {
		return state
	}
	state.Last, state.Key = &words[0], "web.provision.word.withdrawn"
	for _, w := range words {
		if !w.Stands(words) {
			continue
		}
		if of.Bears(w) {
			state.Badge = page.Badge{Tone: "strong", Key: "web.provision.word.given"}
			break
		}
		state.Badge = page.Badge{Tone: "warn", Key: "web.provision.word.to_another"}
	}
	return state
}
