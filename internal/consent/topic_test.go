package consent

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestTopics(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		var news Topic
		w.write(func(tx *store.Tx) (err error) {
			news, err = w.log.CreateTopic(ctx, tx, aTopic(w, tx), start)
			return err
		})
		again := news
		if err := db.Write(ctx, func(tx *store.Tx) error { _, err := w.log.CreateTopic(ctx, tx, again, start); return err }); !fault.Is(err, fault.Exists) {
			t.Errorf("a key twice: %v", err)
		}
		bad := Topic{Key: "Not A Key", Promise: Frequency{Count: 0, Period: "hour"}}
		err := db.Write(ctx, func(tx *store.Tx) error { _, err := w.log.CreateTopic(ctx, tx, bad, start); return err })
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a bad topic: %v", err)
		}
		news.NameJa, news.NameEn = "便り", ""
		w.write(func(tx *store.Tx) error { return w.log.EditTopic(ctx, tx, news) })
		got, err := w.log.TopicByKey(ctx, db, w.ws, "news")
		if err != nil || got != news || got.Name(i18n.En) != "便り" {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := w.log.TopicByID(ctx, db, w.ws+1, news.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another workspace sees the topic: %v", err)
		}
		w.append(w.event(ActionGranted, MethodForm, w.address(), news.ID))
		counts, err := w.log.TopicCounts(ctx, db, w.ws)
		if err != nil || counts[news.ID][StatusGiven] != 1 {
			t.Errorf("%v, %v", counts, err)
		}
		w.write(func(tx *store.Tx) error { return w.log.ArchiveTopic(ctx, tx, w.ws, news.ID, start) })
		open, err := w.log.Topics(ctx, db, w.ws, false)
		all, err2 := w.log.Topics(ctx, db, w.ws, true)
		if err != nil || err2 != nil || len(open) != 0 || len(all) != 1 || all[0].ArchivedAt.IsZero() {
			t.Errorf("%v %v, %v %v", open, all, err, err2)
		}
	})
}

func TestWordingsHaveVersions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		add := func(ja string) (out Wording) {
			w.write(func(tx *store.Tx) (err error) {
				out, err = w.log.AddWording(ctx, tx, Wording{Workspace: w.ws, Kind: WordingPurpose, Key: "mail", TextJa: ja}, start)
				return err
			})
			return out
		}
		one, two, same := add("一"), add("二"), add("二")
		if one.Version != 1 || two.Version != 2 || same.ID != two.ID || string(one.Hash) == string(two.Hash) || len(one.Hash) != 32 {
			t.Errorf("%+v %+v %+v", one, two, same)
		}
		old, err := w.log.WordingVersion(ctx, db, w.ws, WordingPurpose, one.Ref(i18n.Ja))
		if err != nil || old.TextJa != "一" {
			t.Errorf("%+v, %v", old, err)
		}
		list, err := w.log.Wordings(ctx, db, w.ws)
		versions, err2 := w.log.WordingVersions(ctx, db, w.ws, WordingPurpose, "mail")
		if err != nil || err2 != nil || len(list) != 1 || list[0].Version != 2 || len(versions) != 2 {
			t.Errorf("%v %v", list, versions)
		}
		if _, err := w.log.Wording(ctx, db, w.ws, WordingConsent, "mail"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a wording of another kind: %v", err)
		}
	})
}

func TestOperatorsStopsAndDeadAddresses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		a := w.address()
		w.append(w.event(ActionGranted, MethodForm, a, 7))
		entry := Suppression{Workspace: w.ws, Channel: "email", AddressHash: w.hash("reader1@example.jp"), Kind: SuppressionBounce, Source: "smtp", ExpiresAt: start.AddDate(0, 0, 7)}
		add := func(s Suppression) error {
			return db.Write(ctx, func(tx *store.Tx) error {
				refused, err := w.log.AddSuppression(ctx, tx, s, start)
				if err == nil && len(refused) != 1 {
					t.Errorf("refused %+v", refused)
				}
				return err
			})
		}
		refusal, silent := entry, entry
		refusal.Kind, silent.Kind = SuppressionRefusal, SuppressionManual
		if err := add(refusal); !fault.Is(err, fault.Invalid) {
			t.Errorf("a refusal without an event: %v", err)
		}
		if err := add(silent); !fault.Is(err, fault.Invalid) {
			t.Errorf("a stop without a reason: %v", err)
		}
		if err := add(entry); err != nil || !w.stopped(a, 7) {
			t.Fatalf("%v", err)
		}
		list, err := w.log.Suppressions(ctx, db, w.ws, SuppressionQuery{AddressHash: entry.AddressHash, Kind: SuppressionBounce})
		if err != nil || len(list) != 1 || !list[0].ExpiresAt.Equal(entry.ExpiresAt) {
			t.Fatalf("%+v, %v", list, err)
		}
		lift := func(id int64) error {
			return db.Write(ctx, func(tx *store.Tx) error { return w.log.LiftSuppression(ctx, tx, w.ws, id, start) })
		}
		if err := lift(list[0].ID); err != nil || w.stopped(a, 7) {
			t.Errorf("a bounce could not be lifted: %v", err)
		}
		w.append(w.event(ActionComplained, MethodProvider, a, 0))
		list, err = w.log.Suppressions(ctx, db, w.ws, SuppressionQuery{})
		if err != nil || len(list) != 1 || list[0].Kind != SuppressionComplaint {
			t.Fatalf("%+v, %v", list, err)
		}
		if err := lift(list[0].ID); !fault.Is(err, fault.Refused) || !w.stopped(a, 7) {
			t.Errorf("an operator lifted a complaint: %v", err)
		}
		all, err := w.log.Suppressions(ctx, db, w.ws, SuppressionQuery{Lifted: true})
		counts, err2 := w.log.SuppressionCounts(ctx, db, w.ws)
		if err != nil || err2 != nil || len(all) != 2 || all[0].ID < all[1].ID || counts[SuppressionComplaint] != 1 {
			t.Errorf("%+v %v", all, counts)
		}
	})
}
