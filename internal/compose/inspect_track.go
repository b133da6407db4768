package compose

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// What a letter grows by as base64 with its line ends, in hundredths, and what its headers
// and signatures take: enough to tell a letter of some megabytes from a small one.
const (
	base64Grows = 137
	headerBytes = 4 << 10
)

// image is a picture that is fetched when the letter is opened.
type image struct {
	from string
	// unseen says that it is hidden, or so small that it is not there to be looked at.
	unseen bool
}

// tiny finds a side of at most two pixels.
var tiny = regexp.MustCompile(`(?:^|[;\s])(?:max-)?(?:width|height):\s*[0-2](?:px)?\s*(?:;|$)`)

func imageOf(n *html.Node, style string, hidden bool) image {
	small := func(side string) bool {
		v := strings.TrimSuffix(strings.TrimSpace(attribute(n, side)), "px")
		return v == "0" || v == "1" || v == "2"
	}
	return image{from: attribute(n, "src"), unseen: hidden || tiny.MatchString(style) || small("width") || small("height")}
}

// hosts are the servers that pictures come from, each once.
func (p parts) hosts() (out []string) {
	for _, i := range p.images {
		if u, err := url.Parse(i.from); err == nil && u.Hostname() != "" && !slices.Contains(out, u.Hostname()) {
			out = append(out, u.Hostname())
		}
	}
	return out
}

// another is an invented reader who differs from the specimen in everything but the ways
// out, which are ours.
func another() Recipient {
	r := specimen()
	r.FamilyName, r.GivenName, r.Company, r.Department, r.Title = "佐藤", "太郎", "有限会社別", "総務部", "部長"
	return r
}

// attributeTag: attributes are found in the text as merge tags print them.
var attributeTag = regexp.MustCompile(`contact\.attr\.([A-Za-z0-9_-]+)`)

// withAttributes gives a reader a value for every attribute that a draft prints.
func (r Recipient) withAttributes(d Draft, value string) Recipient {
	r.Attrs = map[string]string{}
	for _, m := range attributeTag.FindAllStringSubmatch(d.Body, -1) {
		r.Attrs[m[1]] = value
	}
	return r
}

// compare renders the letter for two readers: a picture or a link whose address is not the
// same for both tells whoever answers it who it was.
func (out *Inspection) compare(d Draft, p *Program) error {
	var read [2]parts
	for i, reader := range [...]Recipient{specimen().withAttributes(d, "a1"), another().withAttributes(d, "b2")} {
		var r Rendered
		if err := p.Render(&r, reader); err != nil {
			return fmt.Errorf("compose: inspect: %w", err)
		}
		read[i] = readParts(r.HTML)
	}
	pictures := func(p parts) (list []string) {
		for _, i := range p.images {
			list = append(list, i.from)
		}
		return list
	}
	out.Pixels = differing(pictures(read[0]), pictures(read[1]))
	for _, i := range read[0].images {
		if i.unseen {
			out.Pixels++
		}
	}
	out.PersonalLinks = differing(read[0].links, read[1].links)
	return nil
}

// differing counts what is not the same in two lists, a missing one too.
func differing(a, b []string) (n int) {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			n++
		}
	}
	return n
}
