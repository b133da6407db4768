package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// NamedRecipient is a recipient that a wording means, however the wording calls it.
type NamedRecipient struct {
	// ID is its public id. Name and Representative are as they stood when the wording was
	// written down; the program fills them in.
	ID             string `json:"id"`
	Name           string `json:"name,omitempty"`
	Representative string `json:"representative,omitempty"`
}

// told says whether who read these items was told of a recipient: by its whole name, or because
// the wording was said to mean it.
func (i Items) told(recipient int64, to RecipientTerms) bool {
	return i.names(to.Name) || i.means(recipient, to)
}

// means says whether the wording was said to mean a recipient, by the name and the representative
// that it still has: under others it may be somebody else, and nobody was told of that one.
func (i Items) means(recipient int64, to RecipientTerms) bool {
	return slices.Contains(i.Terms.Named, NamedRecipient{store.Public(RecipientPrefix, recipient), to.Name, to.Representative})
}

// meansAll says whether the wording means every recipient that another does.
func (i Items) meansAll(of Items) bool {
	return !slices.ContainsFunc(of.Terms.Named, func(n NamedRecipient) bool { return !slices.Contains(i.Terms.Named, n) })
}

// callNamed writes beside the recipients that a wording means how they are called now, in one
// order. Ones that the workspace has not, or has put away, are refused.
func (b *Book) callNamed(ctx context.Context, r store.Reader, workspace int64, t *Terms) error {
	if len(t.Named) == 0 {
		t.Named = nil
		return nil
	}
	var bad fault.Fields
	ids := make([]int64, 0, len(t.Named))
	for n, one := range t.Named {
		id, err := store.ParsePublic(RecipientPrefix, one.ID)
		if err != nil || slices.Contains(ids, id) {
			bad.Add(fmt.Sprintf("named[%d]", n), "provision.named.unknown", "ID", one.ID)
			continue
		}
		ids = append(ids, id)
	}
	if len(t.Named) > mostData {
		bad.Add("named", "provision.data.many")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	known, err := namedRecipients(ctx, r, workspace, ids)
	if err != nil {
		return err
	}
	out := make([]NamedRecipient, 0, len(ids))
	for n, id := range ids {
		one, ok := known[id]
		switch {
		case !ok:
			bad.Add(fmt.Sprintf("named[%d]", n), "provision.named.unknown", "ID", t.Named[n].ID)
		case !one.ArchivedAt.IsZero():
			bad.Add(fmt.Sprintf("named[%d]", n), "provision.named.archived", "Name", one.Name)
		}
		out = append(out, NamedRecipient{store.Public(RecipientPrefix, id), one.Name, one.Representative})
	}
	slices.SortFunc(out, func(a, b NamedRecipient) int { return strings.Compare(a.ID, b.ID) })
	t.Named = out
	return bad.Err()
}

// namedRecipients reads recipients by their ids, without their secrets.
func namedRecipients(ctx context.Context, r store.Reader, workspace int64, ids []int64) (map[int64]Recipient, error) {
	rows, err := r.Query(ctx, sqlNamed, workspace, store.In(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]Recipient{}
	for rows.Next() {
		var one Recipient
		var terms string
		var archived int64
		if err := rows.Scan(&one.ID, &archived, &terms); err != nil {
			return nil, err
		}
		one.ArchivedAt = store.Time(archived)
		if err := json.Unmarshal([]byte(terms), &one.RecipientTerms); err != nil {
			return nil, err
		}
		out[one.ID] = one
	}
	return out, rows.Err()
}
