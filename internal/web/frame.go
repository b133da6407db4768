package web

import (
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
)

// navigation is the menu in its order. An entry is shown when its page exists and
// the operator may open it.
var navigation = [][]menuEntry{
	{
		{Path: root, Key: "web.nav.home", Icon: "home"},
	},
	{
		{Path: root + "contacts", Key: "web.nav.contacts", Icon: "people", also: []string{attributesPath, exportsPath}},
		{Path: root + "imports", Key: "web.nav.imports", Icon: "import"},
		{Path: root + "topics", Key: "web.nav.topics", Icon: "topic"},
		{Path: root + "forms", Key: "web.nav.forms", Icon: "form", also: []string{transmissionPath}},
		{Path: root + "campaigns", Key: "web.nav.campaigns", Icon: "campaign"},
	},
	{
		{Path: root + "suppression", Key: "web.nav.suppression", Icon: "stop"},
		{Path: root + "compliance", Key: "web.nav.compliance", Icon: "check", also: []string{complaintsPath}},
		{Path: root + "provision", Key: "web.nav.provision", Icon: "share", also: []string{recipientsPath, runsPath, recordsPath}},
		{Path: root + "evidence", Key: "web.nav.evidence", Icon: "evidence"},
		{Path: root + "rules", Key: "web.nav.rules", Icon: "topic"},
		{Path: root + "caught", Key: "web.nav.caught", Icon: "inbox"},
		{Path: root + "lanes", Key: "web.nav.lanes", Icon: "clock"},
	},
	{
		{Path: root + "operators", Key: "web.nav.operators", Icon: "operators"},
		{Path: root + "settings", Key: "web.nav.settings", Icon: "settings"},
		{Path: root + "audit", Key: "web.nav.audit", Icon: "audit"},
	},
}

// menuEntry is one link of the menu.
type menuEntry struct {
	Path, Key, Icon string
	Current         bool
	// also are the paths of pages that belong here and stand elsewhere.
	also   []string
	group  int
	access Access
}

// leads says whether a page is the entry's own, or stands below it.
func (e menuEntry) leads(path string) bool {
	if path == e.Path {
		return true
	}
	return e.Path != root && slices.ContainsFunc(append([]string{e.Path}, e.also...), func(own string) bool {
		return path == own || strings.HasPrefix(path, own+"/")
	})
}

// menuOf keeps the entries whose page is among the routes, with its access.
func menuOf(routes []Route) []menuEntry {
	access := map[string]Access{}
	for _, r := range routes {
		if path, ok := strings.CutPrefix(r.Pattern, "GET "); ok {
			access[strings.TrimSuffix(path, "{$}")] = r.Access
		}
	}
	var menu []menuEntry
	for group, entries := range navigation {
		for _, e := range entries {
			if a, ok := access[e.Path]; ok {
				e.group, e.access = group, a
				menu = append(menu, e)
			}
		}
	}
	return menu
}

// frame is what stands around every page of a signed-in operator.
type frame struct {
	Menu      [][]menuEntry
	Operator  account.Operator
	Role      account.Role
	Workspace account.Workspace
}

// frame builds the menu as this operator may see it.
func (s *Site) frame(c *Call) frame {
	f := frame{Operator: c.Operator, Role: c.Role, Workspace: c.Workspace}
	group := -1
	for _, e := range s.menu {
		if !e.access.allows(c.Signed) {
			continue
		}
		e.Current = e.leads(c.R.URL.Path)
		if e.group != group {
			f.Menu, group = append(f.Menu, nil), e.group
		}
		last := len(f.Menu) - 1
		f.Menu[last] = append(f.Menu[last], e)
	}
	return f
}
