package contact

import (
	"context"
	"strings"
	"testing"
)

// TestTheRefusalsOfAFileAreFenced: before a run tells that it is done, what it brought of
// refusals binds; without any, and in a dry run, nobody is kept waiting.
func TestTheRefusalsOfAFileAreFenced(t *testing.T) {
	t.Parallel()
	const head = "email,basis,evidence,refused_at\n"
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		calls := 0
		im.Fence = func(context.Context) error { calls++; return nil }
		run := func(file string, dry bool) Report {
			t.Helper()
			return w.report(t, w.start(t, im, strings.NewReader(head+file), func(o *Import) {
				o.DryRun = dry
				o.Declared = Declaration{Origin: Own, Source: "店頭", At: epoch.AddDate(0, -1, 0), Purpose: PurposeAds}
			}))
		}
		if run("a@example.jp,B1,用紙 1,\n", false); calls != 0 {
			t.Error("a file without refusals was fenced")
		}
		if run("a@example.jp,,,2026/11/01\n", true); calls != 0 {
			t.Error("a dry run was fenced")
		}
		if r := run("a@example.jp,,,2026/11/01\nb@example.jp,B1,用紙 2,\n", false); r.Refusals != 1 || calls == 0 {
			t.Errorf("%d refusals, %d fences", r.Refusals, calls)
		}
	})
}
