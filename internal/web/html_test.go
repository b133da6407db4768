package web

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// gap is a catalogue key that came through to the page: its text is missing.
var gap = regexp.MustCompile(`\b(web|page|fault|account|addr|keyring|store|job|contact|sheet|consent|law|gate|compose|delivery|collect|preference|campaign|report)(\.[a-z0-9_:]+){2,}\b`)

// sound holds what every page owes its reader.
func (a answer) sound() answer {
	a.Helper()
	root, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		a.Fatal(err)
	}
	p := pageParts{ids: map[string]int{}, labelled: map[string]bool{}}
	p.collect(root)
	if key := gap.FindString(p.text.String()); key != "" {
		a.Errorf("%s: no text for %s", a.url, key)
	}
	if p.lang != string(a.lang) {
		a.Errorf("%s: lang is %q, want %q", a.url, p.lang, a.lang)
	}
	if p.h1 != 1 {
		a.Errorf("%s: %d h1", a.url, p.h1)
	}
	if p.main != 1 {
		a.Errorf("%s: %d main", a.url, p.main)
	}
	if strings.TrimSpace(strings.TrimSuffix(p.title, "· Kyodaku")) == "" {
		a.Errorf("%s: no title", a.url)
	}
	for _, w := range p.wrong {
		a.Errorf("%s: %s", a.url, w)
	}
	for id, n := range p.ids {
		if n > 1 {
			a.Errorf("%s: id %s stands %d times", a.url, id, n)
		}
	}
	for _, id := range p.inputs {
		if id == "" || !p.labelled[id] {
			a.Errorf("%s: input %q has no label", a.url, id)
		}
	}
	for _, id := range p.refers {
		if p.ids[id] == 0 {
			a.Errorf("%s: id %s is referred to and does not exist", a.url, id)
		}
	}
	a.guarded()
	return a
}

// guarded holds the headers of every answer.
func (a answer) guarded() {
	a.Helper()
	csp := a.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		a.Errorf("%s: content security policy %q", a.url, csp)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
	} {
		if got := a.header.Get(name); got != want {
			a.Errorf("%s: %s is %q, want %q", a.url, name, got, want)
		}
	}
}

// pageParts is what was found on a page.
type pageParts struct {
	lang, title    string
	h1, main       int
	ids            map[string]int
	labelled       map[string]bool
	inputs, refers []string
	wrong          []string
	text           strings.Builder
}

func (p *pageParts) collect(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		p.text.WriteString(n.Data + "\n")
	case html.ElementNode:
		p.element(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.collect(c)
	}
}

func (p *pageParts) element(n *html.Node) {
	at := map[string]string{}
	for _, a := range n.Attr {
		at[a.Key] = a.Val
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			p.wrong = append(p.wrong, "inline "+a.Key+" on <"+n.Data+">")
		}
		if a.Key == "aria-label" || a.Key == "title" || a.Key == "alt" || a.Key == "placeholder" || a.Key == "data-label" {
			p.text.WriteString(a.Val + "\n")
		}
	}
	if id, ok := at["id"]; ok {
		p.ids[id]++
	}
	p.refers = append(p.refers, strings.Fields(at["aria-describedby"]+" "+at["aria-labelledby"])...)
	switch n.Data {
	case "html":
		p.lang = at["lang"]
	case "title":
		if n.FirstChild != nil && n.Parent.Data == "head" {
			p.title = n.FirstChild.Data
		}
	case "h1":
		p.h1++
	case "main":
		p.main++
	case "label":
		p.labelled[at["for"]] = true
	case "input", "select", "textarea":
		if at["type"] != "hidden" && at["aria-hidden"] != "true" {
			p.inputs = append(p.inputs, at["id"])
		}
	case "script":
		if at["src"] == "" || n.FirstChild != nil {
			p.wrong = append(p.wrong, "inline script")
		}
	case "style":
		p.wrong = append(p.wrong, "inline style sheet")
	case "img":
		if _, ok := at["alt"]; !ok {
			p.wrong = append(p.wrong, "a picture without alt")
		}
	case "form":
		if at["method"] == "" {
			p.wrong = append(p.wrong, "a form without method")
		}
	}
}

func TestSoundFindsFaults(t *testing.T) {
	t.Parallel()
	if gap.FindString("web.sign_in.title") == "" || gap.FindString("account.role.owner.help") == "" {
		t.Error("a key is not found")
	}
	if key := gap.FindString("see web.example and info@page.example"); key != "" {
		t.Errorf("%s is no key", key)
	}
}
