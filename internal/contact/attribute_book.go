package contact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/kyodaku/kyodaku/internal/contact/kana"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// maxKey is the longest key of an attribute.
const maxKey = 40

// Attributes lists a workspace's own fields by key. There are few.
func (b *Book) Attributes(ctx context.Context, r store.Reader, workspace int64) (all []Attribute, err error) {
	rows, err := r.Query(ctx, sqlListAttributes, workspace)
	if err != nil {
		return nil, fmt.Errorf("contact: attributes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a Attribute
		var kind, choices string
		var created int64
		if err := rows.Scan(&a.ID, &a.Workspace, &a.Key, &a.LabelJa, &a.LabelEn, &kind, &choices, &a.UseJa, &a.UseEn, &created, &a.Special); err != nil {
			return nil, fmt.Errorf("contact: attributes: %w", err)
		}
		a.Kind, a.CreatedAt = Kind(kind), store.Time(created)
		if err := json.Unmarshal([]byte(choices), &a.Choices); err != nil {
			return nil, fmt.Errorf("contact: attributes: %w", err)
		}
		all = append(all, a)
	}
	return all, wrap("attributes", rows.Err())
}

// CreateAttribute adds an own field. A key that is there already is fault.Exists. One that was
// given up before comes back with what the law treats apart in it, for the values are there yet.
func (b *Book) CreateAttribute(ctx context.Context, tx *store.Tx, a Attribute, now time.Time) (Attribute, error) {
	if err := a.check(); err != nil {
		return Attribute{}, err
	}
	var before Special
	switch err := tx.QueryRow(ctx, sqlDroppedSpecial, a.Workspace, a.Key).Scan(&before); {
	case err == nil && before.lowered(a.Special):
		return Attribute{}, fault.Bad("special", "contact.attribute.special_before")
	case err != nil && !fault.Is(err, fault.NotFound):
		return Attribute{}, fmt.Errorf("contact: create attribute: %w", err)
	}
	choices, err := json.Marshal(append([]string{}, a.Choices...))
	if err != nil {
		return Attribute{}, fmt.Errorf("contact: create attribute: %w", err)
	}
	if a.ID, err = tx.NewID(ctx); err != nil {
		return Attribute{}, fmt.Errorf("contact: create attribute: %w", err)
	}
	a.CreatedAt = now
	_, err = tx.Exec(ctx, sqlInsertAttribute, a.ID, a.Workspace, a.Key, a.LabelJa, a.LabelEn, string(a.Kind), string(choices),
		a.UseJa, a.UseEn, store.Micros(now), string(a.Special))
	return a, wrap("create attribute", err)
}

// EditAttribute changes labels, choices, the stated use, and what the law treats apart. Key and kind stay, for
// values and segments depend on them. What is special becomes something else only with the reason
// of somebody who answers for it: without one that is an Invalid fault. Who may is the caller's to
// ask and audit.
func (b *Book) EditAttribute(ctx context.Context, tx *store.Tx, a Attribute, reason string) error {
	if err := a.check(); err != nil {
		return err
	}
	_, before, err := holdAttribute(ctx, tx, a.Workspace, a.ID)
	if err != nil {
		return err
	}
	if reason == "" && before.lowered(a.Special) {
		return fault.Bad("reason", "contact.attribute.reason")
	}
	choices, err := json.Marshal(append([]string{}, a.Choices...))
	if err != nil {
		return fmt.Errorf("contact: edit attribute: %w", err)
	}
	_, err = tx.Exec(ctx, sqlEditAttribute, a.LabelJa, a.LabelEn, string(choices), a.UseJa, a.UseEn, string(a.Special), a.Workspace, a.ID)
	return wrap("edit attribute", err)
}

// DropAttribute removes an own field from forms and imports. Values that people have stay with
// them until they are edited or erased, and stay what they are; see Apart. A special one is
// removed only with a reason, as EditAttribute says.
func (b *Book) DropAttribute(ctx context.Context, tx *store.Tx, workspace, id int64, reason string, now time.Time) error {
	key, special, err := holdAttribute(ctx, tx, workspace, id)
	if err != nil {
		return err
	}
	if reason == "" && special != Ordinary {
		return fault.Bad("reason", "contact.attribute.reason")
	}
	if _, err := tx.Exec(ctx, sqlRememberDropped, workspace, key, string(special), store.Micros(now)); err != nil {
		return wrap("drop attribute", err)
	}
	_, err = tx.Exec(ctx, sqlDropAttribute, workspace, id)
	return wrap("drop attribute", err)
}

// holdAttribute reads an own field that is about to be changed.
func holdAttribute(ctx context.Context, tx *store.Tx, workspace, id int64) (key string, special Special, err error) {
	err = tx.QueryRow(ctx, sqlHoldAttribute, workspace, id).Scan(&key, &special)
	if fault.Is(err, fault.NotFound) {
		return "", "", fault.New(fault.NotFound, "fault.not_found")
	}
	return key, special, wrap("attribute", err)
}

// Apart says by key what a workspace's own fields hold.
type Apart map[string]Special

// Of is what a field holds. Of one that there is not nobody knows what its values are: they
// count as Sensitive.
func (a Apart) Of(key string) Special {
	if s, known := a[key]; known {
		return s
	}
	return Sensitive
}

// Apart reads what the law treats apart in own fields. One that was given up stays what it was;
// as nobody answers for its values any more, an ordinary one counts as Sensitive.
func (b *Book) Apart(ctx context.Context, r store.Reader, workspace int64) (Apart, error) {
	rows, err := r.Query(ctx, sqlApart, workspace, workspace)
	if err != nil {
		return nil, fmt.Errorf("contact: apart: %w", err)
	}
	defer rows.Close()
	all := Apart{}
	for rows.Next() {
		var key string
		var s Special
		var dropped int
		if err := rows.Scan(&key, &s, &dropped); err != nil {
			return nil, fmt.Errorf("contact: apart: %w", err)
		}
		if dropped == 0 || s != Ordinary {
			all[key] = s
		}
	}
	return all, wrap("apart", rows.Err())
}

// check says what an attribute lacks; above all its use.
func (a *Attribute) check() error {
	var wrong fault.Fields
	if !isKey(a.Key) {
		wrong.Add("key", "contact.attribute.key", "Max", maxKey)
	}
	for _, t := range []namedText{{"label_ja", &a.LabelJa}, {"label_en", &a.LabelEn}, {"use_ja", &a.UseJa}, {"use_en", &a.UseEn}} {
		if *t.value = kana.NormalName(*t.value); *t.value == "" {
			what, _, _ := strings.Cut(t.name, "_")
			wrong.Add(t.name, "contact.attribute."+what)
		}
	}
	if !slices.Contains([]Kind{Text, Number, Date, Choice, YesNo}, a.Kind) {
		wrong.Add("kind", "contact.attribute.kind")
	}
	if !slices.Contains(Specials(), a.Special) {
		wrong.Add("special", "contact.attribute.special")
	}
	if a.Kind == Choice && len(a.Choices) == 0 {
		wrong.Add("choices", "contact.attribute.choices")
	}
	return wrong.Err()
}

func isKey(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || (c < '0' || '9' < c) && c != '_') {
			return false
		}
	}
	return s != "" && len(s) <= maxKey
}

// named says whether a column's name means this attribute.
func (a Attribute) named(column string) bool {
	key := kana.SearchKey(column)
	return key == kana.SearchKey(a.LabelJa) || key == kana.SearchKey(a.LabelEn) || key == a.Key
}

// Read brings a value into the form to keep, or says that it is none. Dates without
// a zone are days of the given one.
func (a Attribute) Read(value string, zone *time.Location) (string, bool) {
	switch plain := strings.ReplaceAll(strings.TrimSpace(width.Fold.String(value)), ",", ""); a.Kind {
	case Number:
		_, err := strconv.ParseFloat(plain, 64)
		return plain, err == nil && strings.IndexFunc(plain, func(r rune) bool { return !strings.ContainsRune("+-.0123456789", r) }) < 0
	case Date:
		at, ok := sheet.ParseDate(value, zone)
		return at.Format(time.DateOnly), ok
	case Choice:
		return value, slices.Contains(a.Choices, value)
	case YesNo:
		return readYesNo(plain)
	}
	return kana.NormalName(value), true
}

func readYesNo(s string) (string, bool) {
	switch strings.ToLower(s) {
	case "1", "yes", "y", "true", "はい", "○", "◯", "有", "あり":
		return "yes", true
	case "0", "no", "n", "false", "いいえ", "×", "無", "なし":
		return "no", true
	}
	return "", false
}

func asFault(err error) (*fault.Error, bool) { return errors.AsType[*fault.Error](err) }
