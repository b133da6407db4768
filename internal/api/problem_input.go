package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

// translate gives the errors that were found while reading a request the shape and
// the language of all others.
func (s *server) translate(h huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	lang := languageOf(h.Header("Accept-Language"))
	p, say := s.plain(m.Status, lang), s.Texts.For(lang)
	if m.Status != http.StatusUnprocessableEntity {
		return p, nil
	}
	for _, e := range m.Errors {
		if f := wrongInput(e, say); !slices.Contains(p.Errors, f) {
			p.Errors = append(p.Errors, f)
		}
	}
	slices.SortFunc(p.Errors, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return p, nil
}

// wrongInput puts one finding of the schema into our words.
func wrongInput(e *huma.ErrorDetail, say *i18n.Printer) field {
	name := inputName(e.Location)
	for _, w := range wrongWords() {
		rest, ok := strings.CutPrefix(e.Message, w.begins)
		if !ok {
			continue
		}
		rest = strings.Trim(strings.TrimSuffix(rest, " to be present"), `" `)
		if w.names {
			name, rest = joined(name, rest), ""
		}
		return field{Name: name, Message: say.T(w.key, "Value", rest), Code: w.key}
	}
	return field{Name: name, Message: say.T("api.field.bad"), Code: "api.field.bad"}
}

// wrongWord is how a message about an input begins and what we say instead.
type wrongWord struct {
	begins, key string
	// names says that what follows is the name of the input.
	names bool
}

// wrongWords go from the special to the general.
func wrongWords() []wrongWord {
	return []wrongWord{
		{"expected required property ", "api.field.missing", true},
		{"required query parameter is missing", "api.field.missing", false},
		{"required path parameter is missing", "api.field.missing", false},
		{"required header parameter is missing", "api.field.missing", false},
		{"unexpected property", "api.field.unknown", false},
		{"unknown query parameter", "api.field.unknown", false},
		{"expected value to be one of ", "api.field.choice", false},
		{"expected length <= ", "api.field.long", false},
		{"expected length >= ", "api.field.short", false},
		{"expected array length <= ", "api.field.many", false},
		{"expected number >= ", "api.field.least", false},
		{"expected number <= ", "api.field.most", false},
		{"expected string to be RFC 3339 date-time", "api.field.time", false},
		{"expected string", "api.field.string", false},
		{"expected boolean", "api.field.boolean", false},
		{"invalid boolean", "api.field.boolean", false},
		{"expected integer", "api.field.number", false},
		{"invalid integer", "api.field.number", false},
		{"expected number", "api.field.number", false},
		{"expected array", "api.field.array", false},
		{"expected object", "api.field.object", false},
	}
}

// inputName is a field as the caller wrote it: without the part of the request
// that it stands in.
func inputName(location string) string {
	for _, part := range []string{"body", "query", "path", "header"} {
		if location == part {
			return ""
		}
		if name, ok := strings.CutPrefix(location, part+"."); ok {
			return name
		}
	}
	return location
}

func joined(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
