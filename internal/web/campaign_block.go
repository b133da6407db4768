package web

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// blocksPath is the path of a document's blocks in findings; the fields of a block
// have its path as their name, so that what is wrong finds its field.
const blocksPath = "body/blocks"

// blockList is a list of blocks as it is edited: the body, or one of two columns.
type blockList struct {
	Path   string
	Blocks []blockView
	// Types are the blocks that can be added here.
	Types []blockType
}

// blockView is one block as it is edited.
type blockView struct {
	Form page.Form
	// Path names the block: body/blocks/2/columns/0/1.
	Path        string
	Type        compose.BlockType
	First, Last bool
	Number      int
	Columns     []blockList
	Levels      []page.Option
}

// blockType is a type of block that can be added.
type blockType string

// Key is the catalogue key of the type's word.
func (t blockType) Key() string { return "web.block.type." + string(t) }

// TypeKey is the catalogue key of the block's word.
func (b blockView) TypeKey() string { return blockType(b.Type).Key() }

// Field is the name of one of the block's fields.
func (b blockView) Field(name string) string { return b.Path + "/" + name }

// Anchor is the block's id on the page.
func (b blockView) Anchor() string { return anchor(b.Path) }

func anchor(path string) string { return strings.ReplaceAll(path, "/", "-") }

func blockTypes(inColumn bool) []blockType {
	all := []blockType{
		blockType(compose.TextBlock), blockType(compose.HeadingBlock), blockType(compose.ButtonBlock), blockType(compose.ImageBlock),
		blockType(compose.ListBlock), blockType(compose.QuoteBlock), blockType(compose.DividerBlock), blockType(compose.SpacerBlock),
	}
	if !inColumn {
		all = append(all, blockType(compose.AdBlock), blockType(compose.ColumnsBlock))
	}
	return all
}

func newBlockList(form page.Form, doc compose.Document) blockList {
	return listBlocks(form, blocksPath, doc.Blocks)
}

func listBlocks(form page.Form, path string, blocks []compose.Block) blockList {
	list := blockList{Path: path, Types: blockTypes(path != blocksPath)}
	for i, b := range blocks {
		view := blockView{
			Form: form, Path: path + "/" + strconv.Itoa(i), Type: b.Type, First: i == 0, Last: i == len(blocks)-1, Number: i + 1,
			Levels: []page.Option{{Value: "1", Key: "web.block.level_1"}, {Value: "2", Key: "web.block.level_2"}, {Value: "3", Key: "web.block.level_3"}},
		}
		for j, column := range b.Columns {
			view.Columns = append(view.Columns, listBlocks(form, view.Path+"/columns/"+strconv.Itoa(j), column))
		}
		list.Blocks = append(list.Blocks, view)
	}
	return list
}

// fillBlocks writes blocks into the values of a form.
func fillBlocks(v url.Values, path string, blocks []compose.Block) {
	for i, b := range blocks {
		at := path + "/" + strconv.Itoa(i) + "/"
		for field, text := range map[string]string{
			"type": string(b.Type), "text": b.Text, "url": b.URL, "src": b.Src, "alt": b.Alt, "items": strings.Join(b.Items, "\n"),
		} {
			v.Set(at+field, text)
		}
		for field, n := range map[string]int{"level": b.Level, "width": b.Width, "height": b.Height} {
			if n != 0 {
				v.Set(at+field, strconv.Itoa(n))
			}
		}
		if b.Ordered {
			v.Set(at+"ordered", "1")
		}
		if b.Type == compose.HeadingBlock && b.Level == 0 {
			v.Set(at+"level", "2")
		}
		for j, column := range b.Columns {
			fillBlocks(v, at+"columns/"+strconv.Itoa(j), column)
		}
	}
}

// maxBlocks bounds how many blocks of one list are read from a form.
const maxBlocks = 500

// readBlocks reads blocks from the values of a form, as far as they are numbered.
func readBlocks(v url.Values, path string) []compose.Block {
	var blocks []compose.Block
	for i := range maxBlocks {
		at := path + "/" + strconv.Itoa(i) + "/"
		if !v.Has(at + "type") {
			break
		}
		b := compose.Block{
			Type: compose.BlockType(v.Get(at + "type")), Text: lines(v.Get(at + "text")), URL: strings.TrimSpace(v.Get(at + "url")),
			Src: strings.TrimSpace(v.Get(at + "src")), Alt: v.Get(at + "alt"), Ordered: v.Has(at + "ordered"),
			Level: sizeOf(v.Get(at + "level")), Width: sizeOf(v.Get(at + "width")), Height: sizeOf(v.Get(at + "height")),
		}
		for item := range strings.Lines(lines(v.Get(at + "items"))) {
			if item = strings.TrimSpace(item); item != "" {
				b.Items = append(b.Items, item)
			}
		}
		if b.Type == compose.ColumnsBlock && strings.Count(path, "/columns/") == 0 {
			b.Columns = [][]compose.Block{readBlocks(v, at+"columns/0"), readBlocks(v, at+"columns/1")}
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// sizeOf reads a size; what is none becomes -1, which the check names.
func sizeOf(text string) int {
	if strings.TrimSpace(text) == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return -1
	}
	return n
}

// blockFields lets what is wrong with one item of a list be told at its field.
func blockFields(fields []fault.Field) []fault.Field {
	out := slices.Clone(fields)
	for i := range out {
		out[i].Name = itemOf.ReplaceAllString(out[i].Name, "/items")
	}
	return out
}

var itemOf = regexp.MustCompile(`/items/\d+$`)

// arrange does what a button of the editor asks for: "add:TYPE:LIST", "up:BLOCK",
// "down:BLOCK", "copy:BLOCK", "remove:BLOCK", or "blocks" to begin writing in
// blocks. It returns where the page should go on.
func arrange(content campaign.Content, act string) (campaign.Content, string, error) {
	verb, rest, _ := strings.Cut(act, ":")
	if verb == "blocks" && content.Kind == compose.Markdown {
		doc := compose.Document{}
		if strings.TrimSpace(content.Body) != "" {
			doc.Blocks = []compose.Block{{Type: compose.TextBlock, Text: content.Body}}
		}
		content.Kind, content.Body = compose.Blocks, doc.Encode()
		return content, "writing", nil
	}
	unknown := fault.New(fault.Invalid, "web.campaign.act_unknown")
	doc, err := compose.ParseDocument(content.Body)
	if err != nil && len(doc.Blocks) == 0 || content.Kind != compose.Blocks {
		return content, "", unknown
	}
	place, ok := "", false
	if verb == "add" {
		kind, list, _ := strings.Cut(rest, ":")
		place, ok = addBlock(&doc, list, compose.BlockType(kind))
	} else {
		place, ok = moveBlock(&doc, verb, rest)
	}
	if !ok {
		return content, "", unknown
	}
	content.Body = doc.Encode()
	return content, anchor(place), nil
}

func addBlock(doc *compose.Document, path string, kind compose.BlockType) (string, bool) {
	list := blocksAt(doc, path)
	if list == nil || !slices.Contains(blockTypes(path != blocksPath), blockType(kind)) || len(*list) >= maxBlocks {
		return "", false
	}
	b := compose.Block{Type: kind}
	if kind == compose.ColumnsBlock {
		b.Columns = [][]compose.Block{{}, {}}
	}
	*list = append(*list, b)
	return path + "/" + strconv.Itoa(len(*list)-1), true
}

func moveBlock(doc *compose.Document, verb, path string) (string, bool) {
	cut := strings.LastIndexByte(path, '/')
	if cut < 0 {
		return "", false
	}
	list := blocksAt(doc, path[:cut])
	i, err := strconv.Atoi(path[cut+1:])
	if list == nil || err != nil || i < 0 || i >= len(*list) {
		return "", false
	}
	to := i
	switch verb {
	case "up":
		to = max(i-1, 0)
	case "down":
		to = min(i+1, len(*list)-1)
	case "copy":
		to = i + 1
		*list = slices.Insert(*list, to, (*list)[i])
		return path[:cut+1] + strconv.Itoa(to), true
	case "remove":
		*list = slices.Delete(*list, i, i+1)
		return path[:cut+1] + strconv.Itoa(max(i-1, 0)), true
	default:
		return "", false
	}
	(*list)[i], (*list)[to] = (*list)[to], (*list)[i]
	return path[:cut+1] + strconv.Itoa(to), true
}

// blocksAt finds the list of blocks that a path names, or nil.
func blocksAt(doc *compose.Document, path string) *[]compose.Block {
	if path == blocksPath {
		return &doc.Blocks
	}
	steps := strings.Split(strings.TrimPrefix(path, blocksPath+"/"), "/")
	if len(steps) != 3 || steps[1] != "columns" {
		return nil
	}
	i, err := strconv.Atoi(steps[0])
	j, wrong := strconv.Atoi(steps[2])
	if err != nil || wrong != nil || i < 0 || i >= len(doc.Blocks) || j < 0 || j >= len(doc.Blocks[i].Columns) {
		return nil
	}
	return &doc.Blocks[i].Columns[j]
}
