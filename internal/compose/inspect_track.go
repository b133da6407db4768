package compose

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/kyodaku/kyodaku/internal/compose/merge"
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

// tracks counts what tells whoever answers a picture or a link who it was. It asks the
// program and not a letter: a branch that only few get measures those few.
func (out *Inspection) tracks(p *Program, every parts) {
	for _, i := range every.images {
		if i.unseen {
			out.Pixels++
		}
	}
	pictures, links := personal(p.html)
	_, written := personal(p.text)
	out.Pixels += pictures
	out.PersonalLinks = max(links, written) // the text part has the same links as the HTML
}

// personal counts the addresses that differ from reader to reader: of pictures, and of
// everything else. What leads to our own pages is no stranger's, but a picture would
// tell us of the opening.
func personal(programs []*merge.Program) (pictures, links int) {
	for _, p := range programs {
		last := -1
		for _, point := range p.Points() {
			link := point.Attribute == "" || point.Attribute == "href"
			if link && point.Whole && strings.HasPrefix(point.Slot, "links.") || point.Address == last {
				continue
			}
			last = point.Address
			if link {
				links++
			} else {
				pictures++
			}
		}
	}
	return pictures, links
}
