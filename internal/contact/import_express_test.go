package contact

import (
	"strings"
	"testing"
)

// TestAConsentIsExpressOnlyWhereSomebodySaysSo: by a column, which counts first, or by the
// declaration; neither makes another basis a consent (UWG 7(2), CASL 13).
func TestAConsentIsExpressOnlyWhereSomebodySaysSo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		file := "email,basis,evidence,express consent,double opt-in\n" +
			"a@example.de,B1,用紙 1,,\n" +
			"b@example.de,B1,用紙 2,いいえ,\n" +
			"c@example.de,B3,注文 3,,\n" +
			"d@example.de,B1,用紙 4,はい,\n" +
			"e@example.de,B1,用紙 5,,済\n"
		for name, c := range map[string]struct {
			declared bool
			want     [5]bool
		}{
			"declared": {true, [5]bool{true, false, false, true, true}},
			"silent":   {false, [5]bool{false, false, false, true, false}},
		} {
			r := w.report(t, w.start(t, im, strings.NewReader(strings.ReplaceAll(file, "@", "."+name+"@")), func(o *Import) {
				o.Declared = Declaration{Origin: Own, Source: "申込書", At: epoch.AddDate(0, -1, 0), Purpose: PurposeAds, Express: c.declared}
			}))
			if r.New != int64(len(c.want)) {
				t.Fatalf("%s: %+v", name, r)
			}
			facts := w.ledger.facts()
			for i, want := range c.want {
				f := facts[i+2]
				if got := f != nil && f.Express; got != want {
					t.Errorf("%s: line %d: express is %v", name, i+2, got)
				}
			}
			if f := facts[6]; f == nil || !f.DoubleOptIn {
				t.Errorf("%s: the double opt-in is lost: %+v", name, f)
			}
		}
	})
}
