package outside

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// person is somebody with a browser that knows no script.
type person struct {
	testing.TB
	base string
	lang string
	http *http.Client
}

func newPerson(tb testing.TB, base string) *person {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return &person{TB: tb, base: base, lang: "ja", http: &http.Client{Jar: jar, Timeout: patience}}
}

// sheet is a page as it came.
type sheet struct {
	*person
	status int
	url    *url.URL
	header http.Header
	body   string
	root   *html.Node
}

// open opens a path or an address.
func (p *person) open(address string) *sheet {
	p.Helper()
	if strings.HasPrefix(address, "/") {
		address = p.base + address
	}
	req, err := http.NewRequestWithContext(p.Context(), http.MethodGet, address, nil)
	if err != nil {
		p.Fatal(err)
	}
	return p.read(req)
}

func (p *person) read(req *http.Request) *sheet {
	p.Helper()
	req.Header.Set("Accept-Language", p.lang)
	res, err := p.http.Do(req)
	if err != nil {
		p.Fatal(err)
	}
	s := &sheet{person: p, status: res.StatusCode, url: res.Request.URL, header: res.Header, body: readAll(p.TB, res)}
	if s.root, err = html.Parse(strings.NewReader(s.body)); err != nil {
		p.Fatal(err)
	}
	return s
}

func (s *sheet) is(status int) *sheet {
	s.Helper()
	if s.status != status {
		s.Fatalf("%s: status %d, want %d: %s", s.url, s.status, status, s.text())
	}
	return s
}

func (s *sheet) has(words ...string) *sheet {
	s.Helper()
	for _, w := range words {
		if !strings.Contains(s.text(), w) {
			s.Errorf("%s does not say %q: %s", s.url, w, s.text())
		}
	}
	return s
}

func (s *sheet) lacks(words ...string) *sheet {
	s.Helper()
	for _, w := range words {
		if strings.Contains(s.body, w) {
			s.Errorf("%s says %q", s.url, w)
		}
	}
	return s
}

// text is what the page says, without its scripts.
func (s *sheet) text() string { return textOf(s.root) }

func textOf(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
		if n.Data == "script" || n.Data == "style" || n.Data == "svg" {
			return
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// all finds elements by a CSS selector.
func (s *sheet) all(selector string) []*html.Node {
	return cascadia.QueryAll(s.root, s.parse(selector))
}

func (s *sheet) parse(selector string) cascadia.SelectorGroup {
	s.Helper()
	sel, err := cascadia.ParseGroup(selector)
	if err != nil {
		s.Fatalf("%s: %v", selector, err)
	}
	return sel
}

// one is the first such element.
func (s *sheet) one(selector string) *html.Node {
	s.Helper()
	found := s.all(selector)
	if len(found) == 0 {
		s.Fatalf("%s has no %s: %s", s.url, selector, s.text())
	}
	return found[0]
}

func attr(n *html.Node, name string) string {
	v, _ := lookupAttr(n, name)
	return v
}

func lookupAttr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// form is a form of a page as somebody fills it in.
type form struct {
	*sheet
	node   *html.Node
	values url.Values
	file   map[string]upload
}

type upload struct {
	name string
	body []byte
}

// form finds a form and what it would send if nobody touched it.
func (s *sheet) form(selector string) *form {
	s.Helper()
	f := &form{sheet: s, node: s.one(selector), values: url.Values{}, file: map[string]upload{}}
	for _, n := range f.controls() {
		name := attr(n, "name")
		_, checked := lookupAttr(n, "checked")
		switch kind := attr(n, "type"); {
		case n.Data == "select":
			f.values[name] = chosen(n)
		case n.Data == "textarea":
			f.values.Add(name, strings.TrimPrefix(rawText(n), "\n"))
		case kind == "checkbox" || kind == "radio":
			if checked {
				f.values.Add(name, boxValue(n))
			}
		case kind != "file":
			f.values.Add(name, attr(n, "value"))
		}
	}
	return f
}

// controls are the fields of the form, without its buttons, in and outside of it.
func (f *form) controls() []*html.Node {
	var found []*html.Node
	id := attr(f.node, "id")
	for _, n := range f.all("input[name], select[name], textarea[name]") {
		kind := attr(n, "type")
		_, disabled := lookupAttr(n, "disabled")
		owner := attr(n, "form")
		if disabled || kind == "submit" || kind == "button" || kind == "image" {
			continue
		}
		if owner == "" && inside(n, f.node) || owner != "" && owner == id {
			found = append(found, n)
		}
	}
	return found
}

func inside(n, outer *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

func rawText(n *html.Node) string {
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(c.Data)
	}
	return b.String()
}

func chosen(n *html.Node) []string {
	var first, all []string
	for _, o := range cascadia.QueryAll(n, cascadia.MustCompile("option")) {
		v, ok := lookupAttr(o, "value")
		if !ok {
			v = textOf(o)
		}
		if first == nil {
			first = []string{v}
		}
		if _, ok := lookupAttr(o, "selected"); ok {
			all = append(all, v)
		}
	}
	if _, several := lookupAttr(n, "multiple"); all == nil && !several {
		return first
	}
	return all
}

func boxValue(n *html.Node) string {
	if v, ok := lookupAttr(n, "value"); ok {
		return v
	}
	return "on"
}

// set gives values to fields: pairs of name and value. A field that a browser does
// not show, or a choice that it does not offer, fails the test.
func (f *form) set(pairs ...string) *form {
	f.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		var offered []string
		typed := false
		for _, n := range f.controls() {
			if attr(n, "name") != name {
				continue
			}
			switch kind := attr(n, "type"); {
			case n.Data == "select":
				for _, o := range cascadia.QueryAll(n, cascadia.MustCompile("option")) {
					offered = append(offered, attr(o, "value"))
				}
			case kind == "checkbox" || kind == "radio":
				offered = append(offered, boxValue(n))
			default:
				typed = true
			}
		}
		if !typed && !slices.Contains(offered, value) {
			f.Fatalf("%s: the form has no field %s for %q, only %q", f.url, name, value, offered)
		}
		f.values.Set(name, value)
	}
	return f
}

// tick ticks one more box of a name.
func (f *form) tick(name, value string) *form {
	f.Helper()
	before := f.values[name]
	f.set(name, value)
	f.values[name] = append(before, value)
	return f
}

// upload chooses a file.
func (f *form) upload(field, name string, body []byte) *form {
	f.file[field] = upload{name, body}
	return f
}

// press sends the form by its first button, or by the one of the selector.
func (f *form) press(button ...string) *sheet {
	f.Helper()
	action, method, kind := attr(f.node, "action"), attr(f.node, "method"), attr(f.node, "enctype")
	if len(button) > 0 {
		b := f.one(button[0])
		if name := attr(b, "name"); name != "" {
			f.values.Add(name, attr(b, "value"))
		}
		if v, ok := lookupAttr(b, "formaction"); ok {
			action = v
		}
	}
	to, err := f.url.Parse(action)
	if err != nil {
		f.Fatal(err)
	}
	if !strings.EqualFold(method, "post") {
		to.RawQuery = f.values.Encode()
		return f.open(to.String())
	}
	body, mediaType := []byte(f.values.Encode()), "application/x-www-form-urlencoded"
	if kind == "multipart/form-data" {
		body, mediaType = f.multipart()
	}
	return f.person.post(to, mediaType, body)
}

// post sends a body as a browser sends the form of a page of the same site.
func (p *person) post(to *url.URL, mediaType string, body []byte) *sheet {
	p.Helper()
	req, err := http.NewRequestWithContext(p.Context(), http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	req.Header.Set("Content-Type", mediaType)
	req.Header.Set("Origin", to.Scheme+"://"+to.Host)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.read(req)
}

// send posts a form that stands on no page to a path.
func (p *person) send(path, form string) *sheet {
	p.Helper()
	to, err := url.Parse(p.base + path)
	if err != nil {
		p.Fatal(err)
	}
	return p.post(to, "application/x-www-form-urlencoded", []byte(form))
}

func (f *form) multipart() ([]byte, string) {
	f.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, values := range f.values {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				f.Fatal(err)
			}
		}
	}
	for name, u := range f.file {
		part, err := w.CreateFormFile(name, u.name)
		if err == nil {
			_, err = part.Write(u.body)
		}
		if err != nil {
			f.Fatal(fmt.Errorf("upload: %w", err))
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}
