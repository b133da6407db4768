package contact

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// TestTheRecordOfReceivingTellsWhoWasOnTheList: of every list that came from somebody else, for
// mail or only to be held; through merges, and after an erasure (個人情報保護法30条3項, 施行規則24条).
func TestTheRecordOfReceivingTellsWhoWasOnTheList(t *testing.T) {
	t.Parallel()
	for _, purpose := range []string{PurposeAds, PurposeHeld} {
		t.Run(purpose, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, w *world) {
				im := w.importer(t)
				im.batch = 2
				known := w.person(t, Contact{FamilyName: "上田"}, "ueda@example.jp")
				stopped := w.person(t, Contact{FamilyName: "江口"}, "eguchi@example.jp")
				stranger := w.person(t, Contact{FamilyName: "岡田"}, "okada@example.jp")
				w.ledger.suppressed[string(w.book.Hash(1, mail(t, "eguchi@example.jp")))] = true
				const head = "email,姓,根拠,取得方法,同意日時,証跡,配信停止日\r\n"
				file := head + "aoki@example.jp,青木,B1,店頭,2026-01-10,申込書1,\r\n" +
					"ueda@example.jp,上田,B1,店頭,2026-01-10,申込書2,\r\n" +
					"eguchi@example.jp,江口,B1,店頭,2026-01-10,申込書3,\r\n" +
					"kato@example.jp,加藤,,,,,2026-02-01\r\n" +
					"aoki@example.jp,青木,B1,店頭,2026-01-10,申込書1,\r\n"
				take := func(file string, origin Origin, dry bool) {
					t.Helper()
					w.report(t, w.start(t, im, strings.NewReader(file), func(o *Import) {
						heldList(origin)(o)
						o.Declared.Purpose, o.Topics, o.DryRun = purpose, []int64{7}, dry
						o.Declared.Basis = Consent
					}))
				}
				take(file, OptOut, true)
				take(file, OptOut, false)
				take(head+"okada@example.jp,岡田,B1,店頭,2026-01-10,申込書4,\r\n", Own, false)
				names := func(id int64, want int) {
					t.Helper()
					all, err := w.book.ReceiptsOf(t.Context(), w.db, 1, id)
					if err != nil || len(all) != want || want > 0 && (all[0].Representative != "名簿 太郎" || all[0].PublishedAt.IsZero()) {
						t.Errorf("%d: %+v, %v", id, all, err)
					}
				}
				aoki, kato := w.found(t, "青木")[0].ID, w.found(t, "加藤")[0].ID
				for _, id := range []int64{aoki, known.ID, stopped.ID, kato} {
					names(id, 1)
				}
				names(stranger.ID, 0)
				w.write(t, func(tx *store.Tx) error { return w.book.Merge(t.Context(), tx, 1, aoki, stranger.ID, epoch) })
				names(stranger.ID, 1)
				w.write(t, func(tx *store.Tx) error { return w.book.Erase(t.Context(), tx, 1, stranger.ID, epoch) })
				names(stranger.ID, 1)
				for name, err := range map[string]error{
					"deleted": w.db.Write(t.Context(), func(tx *store.Tx) error {
						_, err := tx.Exec(t.Context(), `DELETE FROM import_receipt_person`)
						return err
					}),
					"changed": w.db.Write(t.Context(), func(tx *store.Tx) error {
						_, err := tx.Exec(t.Context(), `UPDATE import_receipt_person SET contact_id = 1`)
						return err
					}),
				} {
					if !fault.Is(err, fault.Refused) {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		})
	}
}
