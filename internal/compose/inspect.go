package compose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Inspection is what a reader would find in a draft's message, measured in what the
// program writes and not in what it means to write.
type Inspection struct {
	// AdBlocks counts blocks of advertising, Images pictures that are fetched on opening.
	AdBlocks, Images int
	// Coupon: a discount or a coupon is offered; PromoLink: a link leads to a page that
	// says of itself that it advertises.
	Coupon, PromoLink bool
	// Strips: what is left when the blocks of advertising are taken out says something, and
	// advertises nowhere else, as far as can be seen.
	Strips     bool
	HTML, Text Seen
	// Size is that of the label's smallest letters in pixels; 0 when it is not seen.
	Size int
	// OnlyImage: the sender's name stands on a picture and nowhere else; Hidden:
	// something of the label is there but cannot be seen.
	OnlyImage, Hidden bool
	// Behalf: the one on whose behalf it is sent is named in both parts.
	Behalf bool
	// Pixels counts pictures that are fetched without being seen, and addresses of pictures
	// that may differ from reader to reader; PersonalLinks links whose address may, our own
	// apart. Like Images, Hosts and PromoLink they count what any branch of a condition has.
	Pixels, PersonalLinks int
	// Hosts are the servers that pictures are fetched from.
	Hosts []string
	// Bytes is about how large the letter is, in octets, as it travels.
	Bytes int
	// Words are all the letters of the text part, for who must look for a name.
	Words string
	// says: there is something in it besides subject and label.
	says bool
}

// Seen is what can be read of the label in one part: L1 to L5 of SEMA 4 and SEMR 7–9.
type Seen struct {
	Name, Exit, Notice, Address, Contact bool
	// Beside: the exit and the sentence about it stand in one block.
	Beside bool
}

// specimen is an invented reader whose links can be told from all others.
func specimen() Recipient {
	return Recipient{
		FamilyName: "山田", GivenName: "花子", Company: "株式会社見本", Locale: "ja",
		Links: Links{
			Unsubscribe: "https://specimen.invalid/u", Preferences: "https://specimen.invalid/p",
			Why: "https://specimen.invalid/w", SenderPage: "https://specimen.invalid/s",
		},
	}
}

// Inspect renders a draft for an invented reader and looks at both parts of what comes
// out. Errors are those of Compile.
func (c *Composer) Inspect(d Draft, l Label) (Inspection, error) {
	out := Inspection{AdBlocks: d.Ads()}
	program, err := c.Compile(d, l)
	if err != nil {
		return out, err
	}
	var r Rendered
	if err := program.Render(&r, specimen()); err != nil {
		return out, fmt.Errorf("compose: inspect: %w", err)
	}
	wanted := wanted{Label: l, notice: c.texts.For(d.Lang).T("compose.label.refusal"), exit: specimen().Links.Unsubscribe}
	out.Words = string(r.Text)
	out.Text = wanted.inText(out.Words)
	p := readParts(r.HTML)
	out.HTML = wanted.inHTML(p)
	every := readParts(program.everyBranch(&r, specimen()))
	out.Images, out.Hosts = len(every.images), every.hosts()
	out.Bytes = (len(r.HTML)+len(r.Text))*base64Grows/100 + headerBytes
	out.Size, out.Hidden = wanted.size(p), wanted.hidden(p)
	out.OnlyImage = !out.HTML.Name && strings.Contains(p.alts, l.LegalName)
	out.Behalf = l.Behalf != "" && strings.Contains(out.Words, l.Behalf) && p.says(l.Behalf)
	out.tracks(program, every)
	b, err := printBody(d, scope(d, l))
	if err != nil {
		return out, err
	}
	out.Coupon = offers(d.Subject + "\n" + d.Preheader + "\n" + b.text)
	out.PromoLink = slices.ContainsFunc(append(every.links, address.FindAllString(b.text, -1)...), promotes)
	if out.AdBlocks > 0 {
		rest, err := c.Inspect(d.WithoutAds(), l)
		out.Strips = err == nil && rest.says && !rest.Promotes()
	}
	out.says = strings.TrimSpace(b.text) != ""
	return out, nil
}

// wanted is what must be found of a label.
type wanted struct {
	Label
	notice, exit string
}

// contacts are the items of L5 that the label has.
func (w wanted) contacts() (out []string) {
	for _, s := range []string{w.Phone, w.Mail, w.URL} {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (w wanted) inText(text string) Seen {
	has := func(s string) bool { return strings.TrimSpace(s) != "" && strings.Contains(text, strings.TrimSpace(s)) }
	s := Seen{Name: has(w.LegalName), Exit: has(w.exit), Notice: has(w.notice), Address: has(w.PostalAddress)}
	for _, c := range w.contacts() {
		s.Contact = s.Contact || has(c)
	}
	for block := range strings.SplitSeq(text, "\n\n") {
		s.Beside = s.Beside || strings.Contains(block, w.exit) && strings.Contains(block, w.notice)
	}
	return s
}

func (w wanted) inHTML(p parts) Seen {
	s := Seen{Name: p.says(w.LegalName), Notice: p.says(w.notice), Address: p.says(w.PostalAddress)}
	for _, c := range w.contacts() {
		s.Contact = s.Contact || p.says(c)
	}
	for _, t := range p.texts {
		if t.link == w.exit && !t.hidden {
			s.Exit = true
			s.Beside = s.Beside || strings.Contains(p.block(t.block), w.notice)
		}
	}
	return s
}

// carries says whether a stretch of text is part of L1 to L3.
func (w wanted) carries(t stretch) bool {
	return t.link == w.exit || w.LegalName != "" && strings.Contains(t.text, strings.TrimSpace(w.LegalName)) || strings.Contains(t.text, w.notice)
}

// size is that of the smallest letters of L1 to L3 where the label itself stands: what
// an author says of the company elsewhere in the text does not count against it.
func (w wanted) size(p parts) int {
	least := 0
	for _, t := range p.texts {
		if !t.hidden && t.size > 0 && w.carries(t) && (least == 0 || t.size < least) {
			least = t.size
		}
	}
	return least
}

// hidden says whether something of L1 to L3 is there, but nowhere to be seen.
func (w wanted) hidden(p parts) bool {
	seen := w.inHTML(p)
	for _, t := range p.texts {
		if !t.hidden {
			continue
		}
		if t.link == w.exit && !seen.Exit || strings.Contains(t.text, w.notice) && !seen.Notice ||
			w.LegalName != "" && strings.Contains(t.text, w.LegalName) && !seen.Name {
			return true
		}
	}
	return false
}

// stretch is a run of text in HTML, with what is known of how it looks.
type stretch struct {
	text, link string
	// size is in pixels, 0 when no style says it.
	size   int
	hidden bool
	// block numbers the paragraph or cell it stands in.
	block int
}

// parts is an HTML part taken apart.
type parts struct {
	texts  []stretch
	links  []string
	images []image
	alts   string
}

// says whether a text can be seen, in one stretch.
func (p parts) says(s string) bool {
	s = strings.TrimSpace(s)
	for _, t := range p.texts {
		if s != "" && !t.hidden && strings.Contains(t.text, s) {
			return true
		}
	}
	return false
}

// block is all that can be seen of a block.
func (p parts) block(n int) string {
	var b strings.Builder
	for _, t := range p.texts {
		if t.block == n && !t.hidden {
			b.WriteString(t.text)
		}
	}
	return b.String()
}

// readParts takes the HTML of a message apart.
func readParts(body []byte) parts {
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil { // only of the reader, which cannot fail
		return parts{}
	}
	w := walker{}
	w.walk(doc, stretch{})
	return w.parts
}

type walker struct {
	parts
	blocks int
}

// walk carries how things look from an element to what stands in it.
func (w *walker) walk(n *html.Node, look stretch) {
	switch n.Type {
	case html.TextNode:
		if look.text = strings.TrimSpace(n.Data); look.text != "" {
			w.texts = append(w.texts, look)
		}
		return
	case html.ElementNode:
		if n.Data == "head" || n.Data == "script" {
			return
		}
		look = w.enter(n, look)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.walk(c, look)
	}
}

func (w *walker) enter(n *html.Node, look stretch) stretch {
	style := attribute(n, "style")
	if m := fontSize.FindStringSubmatch(style); m != nil {
		look.size = 0
		for _, digit := range m[1] {
			look.size = look.size*10 + int(digit-'0')
		}
		look.hidden = look.hidden || look.size == 0
	}
	look.hidden = look.hidden || unseen.MatchString(style)
	switch n.Data {
	case "p", "td", "div", "li", "h1", "h2", "h3", "h4":
		w.blocks++
		look.block = w.blocks
	case "a":
		look.link = attribute(n, "href")
		if strings.HasPrefix(look.link, "http") {
			w.links = append(w.links, look.link)
		}
	case "img":
		w.images = append(w.images, imageOf(n, style, look.hidden))
		w.alts += attribute(n, "alt") + "\n"
	}
	return look
}

var (
	fontSize = regexp.MustCompile(`font-size:\s*(\d{1,4})(?:px)?`)
	unseen   = regexp.MustCompile(`display:\s*none|visibility:\s*hidden|opacity:\s*0(?:[;\s]|$)`)
)

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
