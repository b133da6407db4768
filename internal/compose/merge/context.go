package merge

import (
	"html"
	"strings"
)

// zone is where in an HTML text a merge tag may come to stand.
type zone uint8

const (
	zText  zone = iota // between elements, or in <title>
	zValue             // inside a quoted attribute value
	zTag               // inside a tag, but in no value: no place for merge tags
	zRaw               // inside <style> or a comment: no place for merge tags
)

// urlPart is how much of an address has been written when a merge tag comes.
type urlPart uint8

const (
	notURL urlPart = iota
	urlStart
	urlHost
	urlPath
	urlQuery
	urlAside // mailto: and tel:, which nobody hears of when they are followed
)

// context is where the HTML text stands. It is comparable: the branches of a
// condition must end where they began to be one text afterwards.
type context struct {
	zone  zone
	tag   string // element being opened, or whose raw text this is
	attr  string
	quote byte
	url   urlPart
	open  string // open elements, each followed by a space
}

// refusedElements have no place in a mail, or make what follows them something
// else than text.
const refusedElements = " script iframe object embed svg math plaintext xmp noembed noframes noscript template base form textarea select frame frameset applet link "

const voidElements = " area br col hr img input meta source track wbr "

// urlAttributes hold addresses that a reader's program follows.
const urlAttributes = " href src action formaction background cite poster data longdesc usemap xlink:href "

// refusedAttributes run code or hold several addresses.
func refusedAttribute(name string) bool {
	return strings.HasPrefix(name, "on") || in(" srcdoc srcset ping manifest archive ", name)
}

func in(list, word string) bool { return word != "" && strings.Contains(list, " "+word+" ") }

// maxOpen bounds the list of open elements, in bytes.
const maxOpen = 1000

// feed moves over static text.
func (c *context) feed(s string) *fail {
	for s != "" {
		var f *fail
		switch c.zone {
		case zText:
			s, f = c.text(s)
		case zValue:
			s, f = c.value(s)
		case zTag:
			s, f = c.attributes(s)
		case zRaw:
			s = c.raw(s)
		}
		if f != nil {
			return f
		}
	}
	return nil
}

// text reads up to a tag and opens or closes the element.
func (c *context) text(s string) (string, *fail) {
	i := strings.IndexByte(s, '<')
	if i < 0 {
		return "", nil
	}
	s = s[i+1:]
	if s == "" || s == "/" || s[0] == '?' {
		c.zone, c.tag = zTag, ""
		return "", nil
	}
	if strings.HasPrefix(s, "!--") {
		c.zone, c.tag = zRaw, "--"
		return s[3:], nil
	}
	closes := s[0] == '/'
	name := s[run(s, func(r rune) bool { return r == '/' }):]
	n := run(name, func(r rune) bool { return r > ' ' && r != '>' && r != '/' })
	tag := strings.ToLower(name[:n])
	if tag == "" || !(tag[0] >= 'a' && tag[0] <= 'z' || tag == "!doctype") {
		return s, nil // a lone "<" is text
	}
	if in(refusedElements, tag) {
		return "", failed("compose.merge.element", "Name", tag)
	}
	c.zone, c.tag, c.attr = zTag, tag, ""
	switch {
	case closes:
		c.open = strings.TrimSuffix(c.open, tag+" ")
		c.tag = "/"
	case !in(voidElements, tag) && tag != "!doctype":
		if len(c.open) > maxOpen {
			return "", failed("compose.merge.element", "Name", tag)
		}
		c.open += tag + " "
	}
	return name[n:], nil
}

// attributes reads inside a tag up to its end or up to the start of a quoted value.
func (c *context) attributes(s string) (string, *fail) {
	s = strings.TrimLeft(s, " \t\r\n\f/")
	if s == "" {
		return "", nil
	}
	if s[0] == '>' {
		c.zone, c.attr = zText, ""
		if c.tag == "style" {
			c.zone = zRaw
		} else {
			c.tag = ""
		}
		return s[1:], nil
	}
	n := max(1, run(s, func(r rune) bool { return r > ' ' && r != '=' && r != '>' && r != '/' }))
	c.attr = strings.ToLower(s[:n])
	if refusedAttribute(c.attr) {
		return "", failed("compose.merge.attribute", "Name", c.attr)
	}
	rest := strings.TrimLeft(s[n:], " \t\r\n\f")
	if rest == "" || rest[0] != '=' {
		return s[n:], nil
	}
	rest = strings.TrimLeft(rest[1:], " \t\r\n\f")
	if rest == "" || (rest[0] != '"' && rest[0] != '\'') {
		return c.unquoted(rest)
	}
	c.zone, c.quote, c.url = zValue, rest[0], notURL
	if in(urlAttributes, c.attr) {
		c.url = urlStart
	}
	return rest[1:], nil
}

// unquoted passes over a value without quotes; an address must have them.
func (c *context) unquoted(s string) (string, *fail) {
	if in(urlAttributes, c.attr) {
		return "", failed("compose.merge.attribute", "Name", c.attr)
	}
	n := run(s, func(r rune) bool { return r > ' ' && r != '>' })
	return s[n:], nil
}

func (c *context) value(s string) (string, *fail) {
	i := strings.IndexByte(s, c.quote)
	part := s
	if i >= 0 {
		part = s[:i]
	}
	if f := c.address(part, i >= 0); f != nil {
		return "", f
	}
	if i < 0 {
		return "", nil
	}
	c.zone, c.attr, c.quote, c.url = zTag, "", 0, notURL
	return s[i+1:], nil
}

// address follows a static piece of an address. At the end of the piece its
// scheme must be known and allowed, whether the value or a merge tag comes next.
func (c *context) address(part string, ends bool) *fail {
	if c.url == notURL || part == "" && !ends {
		return nil
	}
	part = html.UnescapeString(part)
	if c.url == urlStart {
		part = strings.TrimLeft(part, " \t\r\n")
		if part == "" && ends {
			return nil // empty, or all of it came from a value that was checked
		}
		n := schemeLength(part)
		if n == 0 {
			return failed("compose.merge.url", "URL", truncate(part, 60))
		}
		scheme := part[:n]
		c.url, part = urlHost, part[n:]
		if !strings.HasSuffix(scheme, "//") {
			c.url = urlAside
		}
	}
	if c.url == urlHost {
		if i := strings.IndexAny(part, "/?#"); i >= 0 {
			c.url, part = urlPath, part[i:]
		}
	}
	if c.url == urlPath && strings.ContainsAny(part, "?#") {
		c.url = urlQuery
	}
	return nil
}

func (c *context) raw(s string) string {
	end := "-->"
	if c.tag == "style" {
		end = "</style"
	}
	i := indexFold(s, end)
	if i < 0 {
		return ""
	}
	if c.tag == "--" {
		i += len(end)
	}
	c.zone, c.tag = zText, ""
	return s[i:]
}

// indexFold finds an ASCII word regardless of case.
func indexFold(s, word string) int {
	for i := 0; i+len(word) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

// place says how a value is written here and moves on behind it.
func (c *context) place(encoded bool) (writer, *fail) {
	switch {
	case c.zone == zText:
		return wHTML, nil
	case c.zone != zValue:
		return wHTML, failed("compose.merge.place")
	case c.attr == "style" || c.tag == "meta":
		return wHTML, failed("compose.merge.attribute", "Name", c.attr)
	}
	switch c.url {
	case urlStart:
		c.url = urlPath
		return wURLWhole, nil
	case urlHost:
		return wHTML, failed("compose.merge.url_host")
	case urlPath, urlQuery, urlAside:
		if encoded {
			return wURLEncoded, nil
		}
		if c.url != urlQuery {
			return wURLPath, nil
		}
		return wURLQuery, nil
	}
	return wHTML, nil
}

// between says whether a block tag may stand here.
func (c *context) between() *fail {
	if c.zone == zText || c.zone == zValue && c.url != urlStart && c.url != urlHost {
		return nil
	}
	return failed("compose.merge.place")
}
