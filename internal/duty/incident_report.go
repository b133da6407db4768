package duty

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Report is what is told about a leak: the nine items of APPI-R 8(1). The persons are told the
// outline, the items, the cause, the damage and the rest (APPI-R 10).
type Report struct {
	Outline     string `json:"outline"`
	Items       string `json:"items"`
	Persons     string `json:"persons"`
	Cause       string `json:"cause"`
	Damage      string `json:"damage"`
	Response    string `json:"response"`
	Publication string `json:"publication"`
	Prevention  string `json:"prevention"`
	Other       string `json:"other"`
}

// Entry is one item of a report, by its key.
type Entry struct{ Key, Text string }

// Entries lists the nine items in the order of the rule.
func (r Report) Entries() []Entry {
	return []Entry{
		{"outline", r.Outline},
		{"items", r.Items},
		{"persons", r.Persons},
		{"cause", r.Cause},
		{"damage", r.Damage},
		{"response", r.Response},
		{"publication", r.Publication},
		{"prevention", r.Prevention},
		{"other", r.Other},
	}
}

// Missing lists by their keys what the final report still lacks; "other" may be empty.
func (r Report) Missing() []string {
	var out []string
	for _, e := range r.Entries() {
		if e.Text == "" && e.Key != "other" {
			out = append(out, e.Key)
		}
	}
	return out
}

// Affected says whose data a leak may have been: those of a run of provision by its public id,
// or the people of a segment.
type Affected struct {
	Run        string `json:"run,omitempty"`
	Prefecture string `json:"prefecture,omitempty"`
	Company    string `json:"company,omitempty"`
	// Since takes only those who are known since a day.
	Since string `json:"since,omitempty"`
	// All takes everybody; without it and without any other word nobody is meant.
	All bool `json:"all,omitempty"`
}

// Known says whether anybody is meant.
func (a Affected) Known() bool {
	return a.All || a.Run != "" || a.Prefecture != "" || a.Company != "" || a.Since != ""
}

// Segment is the people who are meant, where no run is.
func (a Affected) Segment(zone *time.Location) contact.Segment {
	since, err := time.ParseInLocation(time.DateOnly, a.Since, zone)
	if err != nil {
		since = time.Time{} // no day was named
	}
	return contact.Segment{Prefecture: a.Prefecture, Company: a.Company, CreatedSince: since}
}

// parts points to the items of a report by their keys.
func (r *Report) parts() map[string]*string {
	return map[string]*string{
		"outline": &r.Outline, "items": &r.Items, "persons": &r.Persons, "cause": &r.Cause, "damage": &r.Damage,
		"response": &r.Response, "publication": &r.Publication, "prevention": &r.Prevention, "other": &r.Other,
	}
}

// Tell stores what is to be reported about an incident, and whose data it was; also after the
// close. What stood before goes into the audit log.
func (d *Desk) Tell(ctx context.Context, by account.By, i Incident, now time.Time) error {
	var bad fault.Fields
	for name, text := range i.Report.parts() {
		*text = block(&bad, name, *text)
	}
	if _, err := time.Parse(time.DateOnly, i.Affected.Since); i.Affected.Since != "" && err != nil {
		bad.Add("since", "duty.past")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	report, err := json.Marshal(i.Report)
	if err != nil {
		return failed("tell", err)
	}
	affected, err := json.Marshal(i.Affected)
	if err != nil {
		return failed("tell", err)
	}
	before := map[string]any{}
	e := account.Entry{Workspace: i.Workspace, Action: "incident.report", Subject: account.Subject{Kind: "incident", ID: i.ID}, Detail: before}
	_, err = d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		known, err := d.heldIncident(ctx, tx, i.Workspace, id)
		if err != nil {
			return err
		}
		known.replaced(before, i)
		return changed(tx.Exec(ctx, sqlTellIncident, string(report), string(affected), id, i.Workspace))
	})
	return err
}

// replaced notes what of an incident another text takes the place of.
func (i Incident) replaced(before map[string]any, by Incident) {
	now := by.Report.parts()
	for name, text := range i.Report.parts() {
		if *text != *now[name] && *text != "" {
			before[name] = *text
		}
	}
	if i.Affected != by.Affected && i.Affected.Known() {
		before["affected"] = i.Affected
	}
	if !i.ClosedAt.IsZero() {
		before["closed"] = true
	}
}
