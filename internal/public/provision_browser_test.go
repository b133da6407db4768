package public

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestStopsAndRequestsInABrowser opens the notice, stops, and makes a request, in both languages,
// without script, and looks at the notice on paper.
func TestStopsAndRequestsInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	p := w.programme()
	w.take(p, provision.Noticed, provision.Filed, provision.PublishedByPPC, provision.PublishedByUs, provision.Ended)
	w.correct(p, provision.Correction{Kind: provision.Ended, Void: true})
	w.correct(p, provision.Correction{Kind: provision.Filed, On: time.Now().AddDate(0, 0, -39).Add(time.Hour), Evidence: "受付 2"})
	for _, lang := range i18n.Langs() {
		b := browsertest.Open(t)
		b.Lang(string(lang))
		b.NoScript(true)
		b.Size(390, 844)
		look := func(name string) {
			t.Helper()
			b.Axe()
			if dir := os.Getenv("KYODAKU_TEST_PICTURES"); dir != "" {
				b.Screenshot(filepath.Join(dir, string(lang)+"-reader-"+name+".png"))
			}
		}
		b.Go(w.url + "/s/mori/provision")
		look("notices")
		b.Follow(`main a[href^="/provision/"]`)
		look("notice")
		if !strings.Contains(b.Text("main"), "代表取締役 森 太郎") {
			t.Errorf("%s: the notice: %s", lang, b.Text("main"))
		}
		b.Paper(true)
		look("notice-paper")
		b.Paper(false)
		b.Fill("#address", "hanako@example.jp")
		if status := b.Follow("main form button"); status != http.StatusOK {
			t.Errorf("%s: the stop answered %d", lang, status)
		}
		look("stopped")
		b.Go(w.url + "/s/mori/request")
		look("request")
		b.Fill("#address", "no address")
		if status := b.Follow("main form button"); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: a bad request answered %d", lang, status)
		}
		look("request-wrong")
		b.Fill("#name", "森 花子")
		b.Fill("#address", "hanako@example.jp")
		if status := b.Follow("main form button"); status != http.StatusOK {
			t.Errorf("%s: the request answered %d", lang, status)
		}
		look("requested")
	}
}
