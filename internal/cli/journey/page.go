package journey

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// form is a form of a page, with what a browser would send if nobody typed.
type form struct {
	action *url.URL
	values url.Values
	// boxes are the checkboxes: name to value; ticked ones are in values too.
	boxes map[string][]string
}

// pageOf is a page that was read.
type pageOf struct {
	status int
	url    *url.URL
	text   string
	forms  []form
}

func (w *walk) get(ctx context.Context, method, address string) (*pageOf, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, err
	}
	return w.read(req)
}

// post sends a form as a browser does.
func (w *walk) post(ctx context.Context, f form) (*pageOf, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.action.String(), strings.NewReader(f.values.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", f.action.Scheme+"://"+f.action.Host)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.read(req)
}

func (w *walk) read(req *http.Request) (*pageOf, error) {
	req.Header.Set("Accept-Language", "ja")
	res, err := w.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	p := &pageOf{status: res.StatusCode, url: res.Request.URL}
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	p.take(root, nil)
	return p, nil
}

// take collects text and forms from a node downwards.
func (p *pageOf) take(n *html.Node, in *form) {
	switch {
	case n.Type == html.TextNode:
		p.text += n.Data
	case n.Type == html.ElementNode && n.Data == "form":
		action, err := p.url.Parse(attr(n, "action"))
		if err != nil {
			action = p.url
		}
		p.forms = append(p.forms, form{action: action, values: url.Values{}, boxes: map[string][]string{}})
		in = &p.forms[len(p.forms)-1]
	case n.Type == html.ElementNode && in != nil:
		in.take(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.take(c, in)
	}
}

func (f *form) take(n *html.Node) {
	name, value := attr(n, "name"), attr(n, "value")
	switch {
	case n.Data == "button" && name != "" || n.Data == "input" && attr(n, "type") == "submit":
		return // pressed on purpose, not sent by itself
	case n.Data == "input" && (attr(n, "type") == "checkbox" || attr(n, "type") == "radio"):
		f.boxes[name] = append(f.boxes[name], value)
		if has(n, "checked") {
			f.values.Add(name, value)
		}
	case (n.Data == "input" || n.Data == "textarea") && name != "":
		f.values.Set(name, value)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

var errNoForm = errors.New("the page has no such form")

// formWith finds the form that has a field.
func (p *pageOf) formWith(field string) (form, error) {
	for _, f := range p.forms {
		if _, ok := f.values[field]; ok {
			return f, nil
		}
	}
	return form{}, fmt.Errorf("%w: %s", errNoForm, field)
}

func (p *pageOf) must(status int) error {
	if p.status != status {
		return fmt.Errorf("%s answered %d: %.200s", p.url.Path, p.status, strings.Join(strings.Fields(p.text), " "))
	}
	return nil
}
