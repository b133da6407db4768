package contact

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

func mail(t testing.TB, s string) addr.Mail {
	t.Helper()
	m, err := addr.ParseMail(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// person makes a contact of workspace 1 with mail addresses.
func (w *world) person(t testing.TB, c Contact, mails ...string) Contact {
	t.Helper()
	c.Workspace = 1
	w.write(t, func(tx *store.Tx) (err error) {
		if c, err = w.book.Create(t.Context(), tx, c, epoch); err != nil {
			return err
		}
		for _, m := range mails {
			a, _, err := w.book.EnsureAddress(t.Context(), tx, 1, mail(t, m), epoch)
			if err != nil {
				return err
			}
			if err := w.book.Attach(t.Context(), tx, a.ID, c.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

func TestNamesTheJapaneseAndTheWesternWay(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Contact{
		"山田 太郎":     {FamilyName: "山田", GivenName: "太郎"},
		"Ann Smith": {FamilyName: "Smith", GivenName: "Ann", Lang: i18n.En},
		"山田":        {FamilyName: "山田"},
		"青葉商店":      {FamilyName: "山田", DisplayName: "青葉商店"},
		"":          {Company: "株式会社青葉"},
	} {
		if got := c.Name(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAddressesAreFoundByHashAndBelongToOnePerson(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, b := t.Context(), w.book
		var a Address
		w.write(t, func(tx *store.Tx) (err error) {
			var fresh bool
			a, fresh, err = b.EnsureAddress(ctx, tx, 1, mail(t, "Taro@Example.jp"), epoch)
			if err != nil || !fresh || a.Contact != 0 || a.Domain != "example.jp" || a.Canonical != "taro@example.jp" {
				t.Errorf("%+v, %v, %v", a, fresh, err)
			}
			again, fresh, err := b.EnsureAddress(ctx, tx, 1, mail(t, "taro@EXAMPLE.jp"), epoch)
			if fresh || again.ID != a.ID {
				t.Errorf("a second row for one mailbox: %+v", again)
			}
			return err
		})
		one, other := w.person(t, Contact{FamilyName: "山田"}), w.person(t, Contact{FamilyName: "川田"})
		w.write(t, func(tx *store.Tx) error { return b.Attach(ctx, tx, a.ID, one.ID) })
		w.write(t, func(tx *store.Tx) error { return b.Attach(ctx, tx, a.ID, one.ID) })
		if err := w.db.Write(ctx, func(tx *store.Tx) error { return b.Attach(ctx, tx, a.ID, other.ID) }); !fault.Is(err, fault.Exists) {
			t.Errorf("an address changed hands: %v", err)
		}
		for name, ask := range map[string]func() error{
			"hash": func() error { _, err := b.AddressByHash(ctx, w.db, 2, a.Hash); return err },
			"id":   func() error { _, err := b.AddressByID(ctx, w.db, 2, a.ID); return err },
			"get":  func() error { _, err := b.Get(ctx, w.db, 2, one.ID); return err },
		} {
			if err := ask(); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: another workspace sees it: %v", name, err)
			}
		}
	})
}

func TestEnsureContactFillsWhatIsEmpty(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, b := t.Context(), w.book
		c := w.person(t, Contact{FamilyName: "山田", Attrs: map[string]string{"size": "M"}}, "a@example.jp")
		w.write(t, func(tx *store.Tx) error {
			a, _, err := b.EnsureAddress(ctx, tx, 1, mail(t, "a@example.jp"), epoch)
			if err != nil {
				return err
			}
			got, fresh, err := b.EnsureContact(ctx, tx, a, Contact{
				FamilyName: "鈴木", GivenName: "次郎", Company: "青葉", Attrs: map[string]string{"size": "L", "pet": "cat"},
			}, epoch)
			if fresh || got.ID != c.ID || got.FamilyName != "山田" || got.GivenName != "" || got.Company != "青葉" ||
				got.Attrs["size"] != "M" || got.Attrs["pet"] != "cat" {
				t.Errorf("%+v", got)
			}
			return err
		})
		w.write(t, func(tx *store.Tx) error {
			a, _, err := b.EnsureAddress(ctx, tx, 1, mail(t, "new@example.jp"), epoch)
			if err != nil {
				return err
			}
			got, fresh, err := b.EnsureContact(ctx, tx, a, Contact{DisplayName: "Ann\r\nBcc: x"}, epoch)
			if !fresh || got.DisplayName != "Ann Bcc: x" || got.Workspace != 1 {
				t.Errorf("%+v", got)
			}
			return err
		})
	})
}

func TestEditWantsWhatWasRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, b := t.Context(), w.book
		c := w.person(t, Contact{FamilyName: "山田"}, "a@example.jp")
		edit := func(c Contact) (got Contact, err error) {
			err = w.db.Write(ctx, func(tx *store.Tx) error { got, err = b.Edit(ctx, tx, c, epoch); return err })
			return got, err
		}
		first, second := c, c
		first.FamilyName, second.FamilyName = "高橋", "鈴木"
		first, err := edit(first)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := edit(second); !fault.Is(err, fault.Stale) {
			t.Errorf("a lost update: %v", err)
		}
		if got, err := b.Get(ctx, w.db, 1, c.ID); err != nil || got.FamilyName != "高橋" || !got.UpdatedAt.Equal(first.UpdatedAt) {
			t.Errorf("%+v, %v", got, err)
		}
		bad := first
		bad.Country, bad.Lang, bad.Company = "Japan", "xx", strings.Repeat("長", maxText+1)
		if _, err := edit(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("bad texts were taken: %v", err)
		}
		if found, err := b.Search(ctx, w.db, 1, Query{Text: "高橋"}); err != nil || len(found) != 1 {
			t.Errorf("%d found under the new name, %v", len(found), err)
		}
	})
}

func TestSearchFindsByAnyScript(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		sato := w.person(t, Contact{FamilyName: "佐藤", GivenName: "髙志", FamilyKana: "サトウ", GivenKana: "タカシ", Company: "㈱青葉"}, "taka_s@example.jp")
		w.person(t, Contact{FamilyName: "井上", FamilyKana: "イノウエ", GivenName: "純一", GivenKana: "ジュンイチ"}, "100%@example.jp")
		w.person(t, Contact{DisplayName: "Ann Smith"}, "ann@example.com")
		for text, want := range map[string]int{
			"": 3, "佐藤": 1, "高志": 1, "さとう": 1, "ｻﾄｳ": 1, "sato": 1, "Satoh": 1, "satou takashi": 1, "takasi": 1,
			"inoue": 1, "zyunichi": 1, "junnichi": 0, "smith ann": 1, "ANN": 1, "青葉": 1, "taka_s@": 1, "taka_s@example.jp": 1,
			"taka%s": 0, "takaxs@": 0, "100%@": 1, "%": 1, "_": 1, "example": 3, "佐藤 smith": 0, `\`: 0, "'; --": 0,
		} {
			got, err := w.book.Search(ctx, w.db, 1, Query{Text: text})
			if err != nil || len(got) != want {
				t.Errorf("%q finds %d, want %d, %v", text, len(got), want, err)
			}
			if text != "taka_s@example.jp" { // the whole address is asked for by hash
				if n, err := w.book.Count(ctx, w.db, 1, Query{Text: text}); err != nil || n != int64(want) {
					t.Errorf("%q counts %d, want %d, %v", text, n, want, err)
				}
			}
		}
		page, err := w.book.Search(ctx, w.db, 1, Query{Limit: 2})
		if err != nil || len(page) != 2 {
			t.Fatal(err)
		}
		rest, err := w.book.Search(ctx, w.db, 1, Query{Limit: 2, After: page[1].ID})
		if err != nil || len(rest) != 1 || rest[0].ID != sato.ID {
			t.Errorf("%v, %v", rest, err)
		}
		if got, err := w.book.Search(ctx, w.db, 2, Query{Text: "taka_s@example.jp"}); err != nil || len(got) != 0 {
			t.Errorf("another workspace finds %d, %v", len(got), err)
		}
	})
}

func TestMergeKeepsEverythingOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, b := t.Context(), w.book
		old := w.person(t, Contact{FamilyName: "山田", Company: "青葉"}, "old@example.jp")
		kept := w.person(t, Contact{FamilyName: "山田", GivenName: "太郎"}, "new@example.jp")
		w.write(t, func(tx *store.Tx) error {
			if _, err := b.AddNote(ctx, tx, 1, Note{Contact: old.ID, Operator: 9, At: epoch, Body: "展示会で会う"}); err != nil {
				return err
			}
			return b.Merge(ctx, tx, 1, old.ID, kept.ID, epoch)
		})
		got, err := b.Get(ctx, w.db, 1, kept.ID)
		if err != nil || got.Company != "青葉" || got.GivenName != "太郎" {
			t.Errorf("%+v, %v", got, err)
		}
		gone, err := b.Get(ctx, w.db, 1, old.ID)
		if err != nil || gone.Live() || gone.MergedInto != kept.ID || gone.Name() != "" {
			t.Errorf("%+v, %v", gone, err)
		}
		if all, err := b.AddressesOf(ctx, w.db, 1, kept.ID); err != nil || len(all) != 2 {
			t.Errorf("%d addresses, %v", len(all), err)
		}
		if notes, err := b.Notes(ctx, w.db, 1, kept.ID, 10); err != nil || len(notes) != 1 {
			t.Errorf("%d notes, %v", len(notes), err)
		}
		if found, err := b.Search(ctx, w.db, 1, Query{Text: "old@"}); err != nil || len(found) != 1 || found[0].ID != kept.ID {
			t.Errorf("%v, %v", found, err)
		}
		if w.ledger.merged.Load() != 1 {
			t.Error("the ledger was not told")
		}
		for name, pair := range map[string][2]int64{"itself": {kept.ID, kept.ID}, "merged already": {old.ID, kept.ID}, "into the merged": {kept.ID, old.ID}} {
			if err := w.db.Write(ctx, func(tx *store.Tx) error { return b.Merge(ctx, tx, 1, pair[0], pair[1], epoch) }); err == nil {
				t.Errorf("merged: %s", name)
			}
		}
	})
}

func TestErasureLeavesTheHashAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, b := t.Context(), w.book
		c := w.person(t, Contact{FamilyName: "山田", Attrs: map[string]string{"pet": "cat"}}, "a@example.jp")
		hash := b.Hash(1, mail(t, "a@example.jp"))
		w.write(t, func(tx *store.Tx) error {
			if _, err := b.AddNote(ctx, tx, 1, Note{Contact: c.ID, At: epoch, Body: "x"}); err != nil {
				return err
			}
			return b.Erase(ctx, tx, 1, c.ID, epoch)
		})
		got, err := b.Get(ctx, w.db, 1, c.ID)
		if err != nil || got.Live() || got.FamilyName != "" || len(got.Attrs) != 0 {
			t.Errorf("%+v, %v", got, err)
		}
		a, err := b.AddressByHash(ctx, w.db, 1, hash)
		if err != nil || a.Canonical+a.Shown+a.Domain != "" || !bytes.Equal(a.Hash, hash) || a.ErasedAt.IsZero() {
			t.Errorf("%+v, %v", a, err)
		}
		for _, text := range []string{"山田", "a@example.jp", "example"} {
			if found, err := b.Search(ctx, w.db, 1, Query{Text: text}); err != nil || len(found) != 0 {
				t.Errorf("%q is found: %v, %v", text, found, err)
			}
		}
		if notes, err := b.Notes(ctx, w.db, 1, c.ID, 10); err != nil || len(notes) != 0 || w.ledger.erased.Load() != 1 {
			t.Errorf("%d notes, %v", len(notes), err)
		}
		if err := w.db.Write(ctx, func(tx *store.Tx) error { return b.Erase(ctx, tx, 1, c.ID, epoch) }); !fault.Is(err, fault.NotFound) {
			t.Errorf("erased twice: %v", err)
		}
		w.write(t, func(tx *store.Tx) error {
			back, fresh, err := b.EnsureAddress(ctx, tx, 1, mail(t, "a@example.jp"), epoch)
			if !fresh || back.ID != a.ID || back.Contact != 0 || back.Shown != "a@example.jp" || !back.ErasedAt.IsZero() {
				t.Errorf("signing up again: %+v", back)
			}
			return err
		})
	})
}

func TestAttributesStateTheirUse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, b := t.Context(), w.book
		good := Attribute{Workspace: 1, Key: "size", LabelJa: "サイズ", LabelEn: "Size", Kind: Choice, Choices: []string{"S", "M"}, UseJa: "在庫の案内", UseEn: "Stock news"}
		create := func(a Attribute) error {
			return w.db.Write(ctx, func(tx *store.Tx) error { _, err := b.CreateAttribute(ctx, tx, a, epoch); return err })
		}
		if err := create(good); err != nil {
			t.Fatal(err)
		}
		if err := create(good); !fault.Is(err, fault.Exists) {
			t.Errorf("the same key twice: %v", err)
		}
		for name, change := range map[string]func(*Attribute){
			"no use": func(a *Attribute) { a.UseJa = " " }, "bad key": func(a *Attribute) { a.Key = "1Size" },
			"no choices": func(a *Attribute) { a.Choices = nil }, "kind": func(a *Attribute) { a.Kind = "x" },
		} {
			bad := good
			change(&bad)
			if err := create(bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		all, err := b.Attributes(ctx, w.db, 1)
		if err != nil || len(all) != 1 || all[0].Choices[1] != "M" {
			t.Fatal(all, err)
		}
		all[0].UseEn = "Stock"
		w.write(t, func(tx *store.Tx) error { return b.EditAttribute(ctx, tx, all[0], "") })
		w.write(t, func(tx *store.Tx) error { return b.DropAttribute(ctx, tx, 1, all[0].ID, "", epoch) })
		if all, err := b.Attributes(ctx, w.db, 1); err != nil || len(all) != 0 {
			t.Error(all, err)
		}
		if err := w.db.Write(ctx, func(tx *store.Tx) error { return b.DropAttribute(ctx, tx, 1, all[0].ID, "", epoch) }); !fault.Is(err, fault.NotFound) {
			t.Errorf("dropped twice: %v", err)
		}
	})
}

// TestSpecialFieldsAreNotMadeOrdinaryUnseen: what the law treats apart becomes something else only
// with a reason, and a field that was given up comes back as what it was.
func TestSpecialFieldsAreNotMadeOrdinaryUnseen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, b := t.Context(), w.book
		a := Attribute{Workspace: 1, Key: "illness", LabelJa: "病歴", LabelEn: "Illness", Kind: Text, UseJa: "診療", UseEn: "Care", Special: Sensitive}
		create := func(s Special) error {
			a.Special = s
			return w.db.Write(ctx, func(tx *store.Tx) (err error) {
				made, err := b.CreateAttribute(ctx, tx, a, epoch)
				if err == nil {
					a = made
				}
				return err
			})
		}
		edit := func(s Special, reason string) error {
			next := a
			next.Special = s
			return w.db.Write(ctx, func(tx *store.Tx) error { return b.EditAttribute(ctx, tx, next, reason) })
		}
		drop := func(reason string) error {
			return w.db.Write(ctx, func(tx *store.Tx) error { return b.DropAttribute(ctx, tx, 1, a.ID, reason, epoch) })
		}
		is := func(what string, err error, want fault.Kind, special Special) {
			t.Helper()
			apart, bad := b.Apart(ctx, w.db, 1)
			if (err == nil) != (want == fault.Internal) || err != nil && !fault.Is(err, want) || bad != nil || apart.Of("illness") != special {
				t.Errorf("%s: %v; it is %q, %v", what, err, apart.Of("illness"), bad)
			}
		}
		is("made", create(Sensitive), fault.Internal, Sensitive)
		is("made ordinary", edit(Ordinary, ""), fault.Invalid, Sensitive)
		is("made another", edit(Device, ""), fault.Invalid, Sensitive)
		is("kept", edit(Sensitive, ""), fault.Internal, Sensitive)
		is("dropped", drop(""), fault.Invalid, Sensitive)
		is("dropped with a reason", drop("使わないため"), fault.Internal, Sensitive)
		is("made anew", create(Ordinary), fault.Invalid, Sensitive)
		is("made anew as it was", create(Sensitive), fault.Internal, Sensitive)
		is("cleared up", edit(Ordinary, "病歴ではないため"), fault.Internal, Ordinary)
		is("dropped then", drop(""), fault.Internal, Sensitive) // nobody answers for it
		is("made anew then", create(Face), fault.Internal, Face)
		other, err := b.Apart(ctx, w.db, 2)
		if err != nil || len(other) != 0 {
			t.Errorf("another workspace: %v, %v", other, err)
		}
	})
}
