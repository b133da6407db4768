package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const auditPath = root + "audit"

func (s *Site) auditRoutes() []Route {
	return []Route{{Pattern: "GET " + auditPath, Access: Needs(account.ReadAudit), Handle: s.auditList, Views: []string{"audit"}}}
}

// auditPage lists who did what, the newest first.
type auditPage struct {
	Form   page.Form
	Actors []page.Option
	Lines  []auditLine
	Pager  page.Pager
	// Filtered says that a filter hides lines.
	Filtered bool
}

// auditLine is one line in the reader's words.
type auditLine struct {
	account.Logged
	Who, What, Subject, Details string
}

const auditPerPage = 50

func (s *Site) auditList(c *Call) error {
	members, err := s.Accounts.Operators(c.Context(), c.Workspace.ID)
	if err != nil {
		return err
	}
	query := c.R.URL.Query()
	p := auditPage{Form: page.Form{Values: query}, Actors: actorOptions(members)}
	q, err := auditQuery(c, p.Form)
	if p.Form.Take(err) {
		return c.RenderForm("audit", p)
	}
	if err != nil {
		return err
	}
	lines, err := s.Accounts.AuditList(c.Context(), s.DB, q)
	if err != nil {
		return err
	}
	names := newNames(s, members)
	for _, l := range lines {
		line, err := names.line(c, l)
		if err != nil {
			return err
		}
		p.Lines = append(p.Lines, line)
	}
	next := ""
	if len(lines) == auditPerPage {
		last := lines[len(lines)-1]
		next = fmt.Sprintf("%d-%d", store.Micros(last.At), last.ID)
	}
	p.Pager, p.Filtered = c.Pager(next), query.Get("from") != "" || query.Get("until") != "" || query.Get("actor") != ""
	return c.Render("audit", p)
}

// auditQuery reads the filter from the address. Days are the workspace's own.
func auditQuery(c *Call, form page.Form) (account.AuditQuery, error) {
	q := account.AuditQuery{Workspace: c.Workspace.ID, Limit: auditPerPage}
	var wrong fault.Fields
	q.From = day(form, "from", c.Zone, &wrong)
	if until := day(form, "until", c.Zone, &wrong); !until.IsZero() {
		q.Until = until.AddDate(0, 0, 1)
	}
	if public := form.Get("actor"); public != "" {
		id, err := store.ParsePublic(account.OperatorPrefix, public)
		if err != nil {
			return q, err
		}
		q.Actor = account.Actor{Kind: account.ActorOperator, ID: id}
	}
	if after := c.After(); after != "" {
		var at int64
		if _, err := fmt.Sscanf(after, "%d-%d", &at, &q.Before.ID); err != nil {
			return q, fault.New(fault.NotFound, "fault.not_found")
		}
		q.Before.At = store.Time(at)
	}
	return q, wrong.Err()
}

// day reads a date field; empty is the zero time.
func day(form page.Form, name string, zone *time.Location, wrong *fault.Fields) time.Time {
	text := form.Get(name)
	if text == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		wrong.Add(name, "web.audit.day")
	}
	return t
}

func actorOptions(members []account.Member) []page.Option {
	all := []page.Option{{Key: "web.audit.everybody"}}
	for _, m := range members {
		all = append(all, page.Option{Value: store.Public(account.OperatorPrefix, m.Operator.ID), Text: m.Operator.Name})
	}
	return all
}

// names remembers the names of operators, also of those who left, and of API keys.
type names struct {
	site  *Site
	known map[int64]string
}

func newNames(s *Site, members []account.Member) names {
	n := names{s, map[int64]string{}}
	for _, m := range members {
		n.known[m.Operator.ID] = m.Operator.Name
	}
	return n
}

func (n names) operator(c *Call, id int64) (string, error) {
	if name, ok := n.known[id]; ok {
		return name, nil
	}
	o, err := n.site.Accounts.OperatorByID(c.Context(), n.site.DB, id)
	if fault.Is(err, fault.NotFound) {
		return n.key(c, id)
	}
	n.known[id] = o.Name
	return o.Name, err
}

// key is an API key's name, empty where there is none with the id.
func (n names) key(c *Call, id int64) (string, error) {
	keys, err := n.site.Accounts.APIKeys(c.Context(), c.Workspace.ID)
	n.known[id] = ""
	for _, k := range keys {
		n.known[k.ID] = c.T("web.audit.actor.api_key_named", "Name", k.Name)
	}
	return n.known[id], err
}

// actor is who did something: an operator's or an API key's name, else what kind of actor it was.
func (n names) actor(c *Call, a account.Actor) (string, error) {
	if a.ID != 0 {
		if name, err := n.operator(c, a.ID); name != "" || err != nil {
			return name, err
		}
	}
	return c.T("web.audit.actor." + string(a.Kind)), nil
}

// line puts a line of the log into words. An action that has no text yet is shown
// by its code: nothing of the log may be hidden.
func (n names) line(c *Call, l account.Logged) (auditLine, error) {
	line := auditLine{Logged: l, What: c.T("account.audit." + l.Action)}
	if line.What == "account.audit."+l.Action {
		line.What = l.Action
	}
	var err error
	if line.Who, err = n.actor(c, l.Actor); err != nil {
		return line, err
	}
	if l.Subject.Kind == "operator" && l.Subject.ID != l.Actor.ID {
		line.Subject, err = n.operator(c, l.Subject.ID)
	}
	if raw, ok := l.Detail.(json.RawMessage); ok {
		line.Details = details(raw)
	}
	return line, err
}

// details writes a line's particulars as name: value. What is no object is shown
// as it is.
func details(raw json.RawMessage) string {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return string(raw)
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		parts = append(parts, name+": "+strings.Trim(string(object[name]), `"`))
	}
	return strings.Join(parts, ", ")
}
