package duty

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestADisclosureTellsWhoGaveTheData holds that a person is told of every list on which they came,
// with who is behind it and the day of the filing's publication (APPI 33(5), APPI-R 24).
func TestADisclosureTellsWhoGaveTheData(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			for job, published := range map[int64]int64{5: store.Micros(w.now.AddDate(0, -1, 0)), 6: 0, 7: 0} {
				if _, err := tx.Exec(ctx, `INSERT INTO import_receipt (job_id, workspace_id, origin, provider, provider_address, representative, acquisition, evidence,
					items, file, file_hash, received_at, published_at, created_at) VALUES (?, ?, 'optout', '株式会社名簿', '東京都', '名簿 太郎', '刊行物', '契約書',
					'["email"]', 'x.csv', ?, ?, ?, ?)`, job, w.ws, []byte{1}, store.Micros(w.now), published, store.Micros(w.now)-job); err != nil {
					return err
				}
			}
			for _, job := range []int64{5, 6} {
				if _, err := tx.Exec(ctx, `INSERT INTO import_receipt_person (job_id, contact_id) VALUES (?, ?)`, job, w.person.ID); err != nil {
					return err
				}
			}
			return nil
		})
		w.mergeAway()
		d, err := w.Disclose(t.Context(), db, w.ws, w.person.ID, i18n.Ja, w.now)
		if err != nil || len(d.Received) != 2 {
			t.Fatalf("%+v, %v", d.Received, err)
		}
		if x := d.Received[0]; x.Representative != "名簿 太郎" || !x.Published.Equal(w.now.AddDate(0, -1, 0)) || x.Provider != "株式会社名簿" || len(x.Items) != 1 {
			t.Errorf("%+v", x)
		}
		text, err := json.Marshal(d)
		if err != nil || strings.Count(string(text), `"published_by_ppc_seen_at"`) != 1 || strings.Count(string(text), `"provider_representative":"名簿 太郎"`) != 2 {
			t.Errorf("%s, %v", text, err)
		}
	})
}
