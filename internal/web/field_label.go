package web

import (
	"context"
	"strings"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// fieldLabels are what people call the fields of contacts.
type fieldLabels struct {
	says *i18n.Printer
	// own are the labels of the workspace's own fields, by key.
	own map[string]string
}

func (s *Site) fieldLabels(ctx context.Context, r store.Reader, workspace int64, in i18n.Lang) (fieldLabels, error) {
	l := fieldLabels{s.Catalogue.For(in), map[string]string{}}
	all, err := s.Contacts.Attributes(ctx, r, workspace)
	for _, a := range all {
		if l.own[a.Key] = a.LabelJa; in == i18n.En && a.LabelEn != "" {
			l.own[a.Key] = a.LabelEn
		}
	}
	return l, err
}

// of is the name of a field; one that is gone keeps its key.
func (l fieldLabels) of(field string) string {
	if key, own := sheet.Field(field).Attr(); own {
		if label := l.own[key]; label != "" {
			return label
		}
		return key
	}
	if key := "sheet.field." + field; l.says.Has(key) {
		return l.says.T(key)
	}
	return strings.TrimSpace(field)
}

func (l fieldLabels) all(fields []string) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = l.of(f)
	}
	return out
}
