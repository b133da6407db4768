package compose

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/compose/merge"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// Document is a body of kind Blocks, as JSON: {"blocks":[{"type":"heading","text":"…"}]}.
type Document struct {
	Blocks []Block `json:"blocks"`
}

// BlockType names what a block is.
type BlockType string

// The types of block and the fields each uses.
const (
	HeadingBlock BlockType = "heading" // text, level (1–3)
	TextBlock    BlockType = "text"    // text (Markdown)
	ButtonBlock  BlockType = "button"  // text, url
	ImageBlock   BlockType = "image"   // src, alt, url, width
	DividerBlock BlockType = "divider"
	SpacerBlock  BlockType = "spacer"  // height
	ColumnsBlock BlockType = "columns" // columns: two lists of blocks
	ListBlock    BlockType = "list"    // items (Markdown on one line), ordered
	QuoteBlock   BlockType = "quote"   // text (Markdown)
	// AdBlock is advertising beside a message that is no advertisement. Readers who
	// refused advertising get the message without it.
	AdBlock BlockType = "ad" // text (Markdown), url
)

// Block is one part of a Document. Texts may hold merge tags.
type Block struct {
	Type BlockType `json:"type"`
	Text string    `json:"text,omitempty"`
	// Level is a heading's rank, 1 to 3; 0 counts as 2.
	Level int `json:"level,omitempty"`
	// URL is where a button or an image leads.
	URL string `json:"url,omitempty"`
	// Src is an image's absolute address; Alt says what is on it and must be there.
	Src string `json:"src,omitempty"`
	Alt string `json:"alt,omitempty"`
	// Width is an image's width in pixels, 0 for the full width, at most 600.
	Width int `json:"width,omitempty"`
	// Height is a spacer's height in pixels, 0 counts as 24, at most 200.
	Height  int       `json:"height,omitempty"`
	Items   []string  `json:"items,omitempty"`
	Ordered bool      `json:"ordered,omitempty"`
	Columns [][]Block `json:"columns,omitempty"`
}

// maxBlocks bounds a document, columns included.
const maxBlocks = 500

// ParseDocument reads and checks a body of kind Blocks. Errors are Invalid; a
// block's field is named by its path, such as body/blocks/2/alt.
func ParseDocument(body string) (Document, error) {
	var doc Document
	if strings.TrimSpace(body) == "" {
		return doc, nil
	}
	dec := json.NewDecoder(strings.NewReader(body))
	dec.DisallowUnknownFields()
	err := dec.Decode(&doc)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("compose: more than one document")
		}
	}
	if err != nil {
		bad := fault.Bad("body", "compose.block.bad_json", "Offset", dec.InputOffset())
		bad.Err = err
		return doc, bad
	}
	c := blockChecker{}
	c.all("body/blocks", doc.Blocks, false)
	return doc, c.wrong.Err()
}

type blockChecker struct {
	wrong fault.Fields
	count int
}

func (c *blockChecker) all(path string, blocks []Block, inColumn bool) {
	for i, b := range blocks {
		if c.count++; c.count > maxBlocks {
			if c.count == maxBlocks+1 {
				c.wrong.Add("body/blocks", "compose.block.too_many", "Max", maxBlocks)
			}
			return
		}
		at := path + "/" + strconv.Itoa(i)
		if b.Type == ColumnsBlock {
			c.columns(at, b, inColumn)
			continue
		}
		c.one(at, b)
	}
}

func (c *blockChecker) one(at string, b Block) {
	switch b.Type {
	case HeadingBlock:
		c.need(at+"/text", b.Text)
		c.within(at+"/level", b.Level, 3)
	case TextBlock, QuoteBlock:
		c.need(at+"/text", b.Text)
	case ButtonBlock:
		c.need(at+"/text", b.Text)
		c.address(at+"/url", b.URL)
	case AdBlock:
		c.need(at+"/text", b.Text)
		if b.URL != "" {
			c.address(at+"/url", b.URL)
		}
	case ImageBlock:
		c.need(at+"/alt", b.Alt)
		c.address(at+"/src", b.Src)
		c.within(at+"/width", b.Width, 600)
		if b.URL != "" {
			c.address(at+"/url", b.URL)
		}
	case SpacerBlock:
		c.within(at+"/height", b.Height, 200)
	case ListBlock:
		if len(b.Items) == 0 {
			c.wrong.Add(at+"/items", "compose.block.required")
		}
		for i, s := range b.Items {
			c.need(at+"/items/"+strconv.Itoa(i), s)
		}
	case DividerBlock:
	default:
		c.wrong.Add(at+"/type", "compose.block.type", "Type", string(b.Type))
	}
}

func (c *blockChecker) columns(at string, b Block, inColumn bool) {
	if inColumn {
		c.wrong.Add(at+"/type", "compose.block.nested_columns")
		return
	}
	if len(b.Columns) != 2 {
		c.wrong.Add(at+"/columns", "compose.block.two_columns")
		return
	}
	for i, col := range b.Columns {
		c.all(at+"/columns/"+strconv.Itoa(i), col, true)
	}
}

func (c *blockChecker) need(field, s string) {
	if strings.TrimSpace(s) == "" {
		key := "compose.block.required"
		if strings.HasSuffix(field, "/alt") {
			key = "compose.block.alt"
		}
		c.wrong.Add(field, key)
	}
}

func (c *blockChecker) within(field string, n, most int) {
	if n < 0 || n > most {
		c.wrong.Add(field, "compose.block.range", "Max", most)
	}
}

// address wants an absolute address or a merge tag that prints one.
func (c *blockChecker) address(field, s string) {
	if s = strings.TrimSpace(s); s == "" {
		c.wrong.Add(field, "compose.block.required")
		return
	}
	if t := protect(s); !t.startsWithTag(t.text) && !merge.SafeURL(t.text) {
		c.wrong.Add(field, "compose.body.link", "URL", s)
	}
}
