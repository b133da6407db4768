package web

import (
	"strings"

	"golang.org/x/net/html"
)

// input is a form's field with what a browser would send.
type input struct{ name, value string }

// inputs reads the fields of the form with the id "writing", those that name it
// from outside included.
func inputs(body string) []input {
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return nil
	}
	var list []input
	var walk func(n *html.Node, inside bool)
	walk = func(n *html.Node, inside bool) {
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
		}
		if n.Type == html.ElementNode && n.Data == "form" {
			inside = at["id"] == "writing"
		}
		if n.Type == html.ElementNode && inside && at["name"] != "" {
			if value, ok := sent(n, at); ok {
				list = append(list, input{at["name"], value})
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, inside)
		}
	}
	walk(root, false)
	return list
}

// sent is the value that an element sends, if it does.
func sent(n *html.Node, at map[string]string) (string, bool) {
	_, checked := at["checked"]
	switch {
	case n.Data == "input" && (at["type"] == "checkbox" || at["type"] == "radio"):
		return at["value"], checked
	case n.Data == "input":
		return at["value"], at["type"] != "file"
	case n.Data == "textarea" && n.FirstChild != nil:
		return n.FirstChild.Data, true
	case n.Data == "textarea":
		return "", true
	case n.Data == "select":
		return chosen(n), true
	}
	return "", false
}

func chosen(n *html.Node) string {
	first, found := "", false
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Data != "option" {
			continue
		}
		value, selected := "", false
		for _, a := range c.Attr {
			if a.Key == "value" {
				value = a.Val
			}
			selected = selected || a.Key == "selected"
		}
		if selected {
			return value
		}
		if !found {
			first, found = value, true
		}
	}
	return first
}
