package config

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

const maxFile = 1 << 20

// file reads the TOML file. Of a malformed one only the line is told: its text may
// be a secret in the wrong place.
func (l *loader) file(path string) {
	name := printable(path)
	body, err := l.read(path)
	if err != nil {
		l.wrong.Add(name, unreadable(err), "Path", name)
		return
	}
	if len(body) > maxFile {
		l.wrong.Add(name, "config.file.large")
		return
	}
	tree := map[string]any{}
	if err := toml.Unmarshal(body, &tree); err != nil {
		line := 0
		if at, ok := errors.AsType[toml.ParseError](err); ok {
			line = at.Position.Line
		}
		l.wrong.Add(name, "config.file.syntax", "Line", line)
		return
	}
	l.table(printable(filepath.Base(path)), "", tree)
}

// table takes the values of one table; under is its path with a dot, or "".
func (l *loader) table(file, under string, tree map[string]any) {
	for _, word := range slices.Sorted(maps.Keys(tree)) {
		name := under + word
		from := file + ": " + printable(name)
		k, known := l.find(name)
		inner, isTable := tree[word].(map[string]any)
		switch {
		case known && k.secret:
			l.wrong.Add(from, "config.secret.in_file", "Name", k.name+"_file", "Env", k.env())
		case known:
			l.take(k, from, tree[word])
		case isTable && under == "" && l.isTable(word):
			l.table(file, word+".", inner)
		default:
			l.unknown(from, name, l.fileNames())
		}
	}
}

func (l *loader) find(name string) (key, bool) {
	i := slices.IndexFunc(l.known, func(k key) bool { return k.name == name })
	if i < 0 {
		return key{}, false
	}
	return l.known[i], true
}

// isTable says whether keys stand under a word.
func (l *loader) isTable(word string) bool {
	return slices.ContainsFunc(l.known, func(k key) bool { return strings.HasPrefix(k.name, word+".") })
}

// fileNames lists what may stand in the file.
func (l *loader) fileNames() []string {
	var names []string
	for _, k := range l.known {
		if !k.secret {
			names = append(names, k.name)
		}
	}
	return names
}

// rows writes the tables of a list as its items.
func (k key) rows(tables []map[string]any) (items []string, ok bool) {
	if k.row == nil {
		return nil, false
	}
	for _, table := range tables {
		item, ok := k.row(table)
		if !ok {
			return nil, false
		}
		items = append(items, item)
	}
	return items, true
}

// take reads a TOML value as the text that a flag would be.
func (l *loader) take(k key, from string, value any) {
	switch v := value.(type) {
	case string:
		l.values[k.name] = given{v, from}
		return
	case int64:
		l.values[k.name] = given{strconv.FormatInt(v, 10), from}
		return
	case []map[string]any:
		if items, ok := k.rows(v); ok {
			l.values[k.name] = given{strings.Join(items, ","), from}
			return
		}
	case []any:
		items := make([]string, 0, len(v))
		for _, item := range v {
			s, ok := item.(string)
			if !ok || strings.Contains(s, ",") {
				break
			}
			items = append(items, s)
		}
		if k.list && len(items) == len(v) {
			l.values[k.name] = given{strings.Join(items, ","), from}
			return
		}
	}
	l.wrong.Add(from, "config.value.kind")
}
