package outside

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/testcount"
)

// picturesEnv names a folder; when set, the browser tests leave pictures of the
// pages there, for people to look at.
const picturesEnv = "KYODAKU_TEST_PICTURES"

// look checks the page by the rules of axe-core and keeps what it looks like, if
// anybody wants to see it.
func look(p *browsertest.Page, name string) {
	p.Axe()
	if dir := os.Getenv(picturesEnv); dir != "" {
		p.Screenshot(filepath.Join(dir, "outside-"+name+".png"))
	}
}

// A server that was told nothing asks its first visitor, and is then closed to
// strangers.
func TestTheWizardInABrowser(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ lang, home, legal, address string }{
		{"ja", "ホーム", legalName, postalAddress},
		{"en", "Home", "Midori Shokai Co., Ltd.", "1-1-1 Marunouchi, Chiyoda-ku, Tokyo"},
	} {
		t.Run(tt.lang, func(t *testing.T) {
			t.Parallel()
			testcount.Ran(t, testcount.SQLite)
			s := serve(t, "KYODAKU_DATA_DIR="+t.TempDir())
			p := browsertest.Open(t)
			p.Lang(tt.lang)
			p.Go(s.url + "/")
			look(p, tt.lang+"-setup-language")
			p.Click("#lang-" + tt.lang)
			p.Follow("main .button-main")
			look(p, tt.lang+"-setup-sender")
			if status := p.Follow("main .button-main"); status != http.StatusUnprocessableEntity {
				t.Fatalf("an empty label is taken: %d", status)
			}
			p.Axe()
			p.Fill("#legal_name", tt.legal)
			p.Fill("#postal_address", tt.address)
			p.Fill("#email", "info@midori.example")
			p.Follow("main .button-main")
			look(p, tt.lang+"-setup-admin")
			p.Fill("#admin_name", "山田 花子")
			p.Fill("#admin_email", ownerMail)
			p.Fill("#admin_password", "12345678")
			if status := p.Follow("main .button-main"); status != http.StatusUnprocessableEntity || p.Value("#admin_name") != "山田 花子" {
				t.Fatalf("a poor password: %d", status)
			}
			p.Fill("#admin_password", ownerPassword)
			p.Follow("main .button-main")
			look(p, tt.lang+"-setup-done")
			p.Follow("main .button-main")
			if got := p.Text("h1"); got != tt.home {
				t.Errorf("came to %q", got)
			}
			look(p, tt.lang+"-first-home")
			stranger := newPerson(t, s.url)
			for _, path := range []string{"/admin/setup", "/admin/setup/sender", "/admin/"} {
				if got := stranger.open(path); got.url.Path != "/admin/sign-in" {
					t.Errorf("%s leads a stranger to %s", path, got.url.Path)
				}
			}
			s.again()
			p.Go(s.url + "/admin/")
			if got := p.Text("h1"); got != tt.home {
				t.Errorf("after a restart: %q", got)
			}
			s.quiet("a new key file was made")
		})
	}
}
