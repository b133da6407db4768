package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// mayHold refuses items of data that the workspace has no field for, by name: nothing could be
// provided of them, and what is notified would not be true; and recipients that it has not. Of
// those that it has it writes down how they are called.
func (b *Book) mayHold(ctx context.Context, r store.Reader, workspace int64, items *Items) (err error) {
	if err := b.callNamed(ctx, r, workspace, &items.Terms); err != nil {
		return err
	}
	var own map[string]bool
	if slices.ContainsFunc(items.Data, func(d DataItem) bool { return strings.HasPrefix(d.Field, "attr:") }) {
		if own, err = b.ownFields(ctx, r, workspace); err != nil {
			return err
		}
	}
	var bad fault.Fields
	for n, d := range items.Data {
		if !own[d.Field] && !slices.Contains(contact.ExportColumns(), sheet.Field(d.Field)) {
			bad.Add(fmt.Sprintf("data[%d].field", n), "provision.data.unknown", "Field", d.Field)
		}
	}
	return bad.Err()
}

// mayPick refuses people who are picked by a field that there is not: it would be nobody.
func (b *Book) mayPick(ctx context.Context, r store.Reader, workspace int64, s contact.Segment) error {
	if s.Attribute == "" {
		return nil
	}
	own, err := b.ownFields(ctx, r, workspace)
	if err == nil && !own["attr:"+s.Attribute] {
		err = fault.Bad("attribute", "provision.data.unknown", "Field", s.Attribute)
	}
	return err
}

// ownFields are the workspace's own fields of contacts, as items name them.
func (b *Book) ownFields(ctx context.Context, r store.Reader, workspace int64) (map[string]bool, error) {
	all, err := b.people.Attributes(ctx, r, workspace)
	own := make(map[string]bool, len(all))
	for _, a := range all {
		own["attr:"+a.Key] = true
	}
	return own, err
}
