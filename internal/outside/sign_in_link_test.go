package outside

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestALinkFromTheTerminalSignsInOnce makes the link beside the running server.
func TestALinkFromTheTerminalSignsInOnce(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, o *office) {
		database := ""
		for _, e := range o.env {
			if v, ok := strings.CutPrefix(e, "KYODAKU_DATABASE="); ok {
				database = v
			}
		}
		c := exec.CommandContext(t.Context(), program(t), "sign-in-link", "--email", strings.ToUpper(ownerMail))
		c.Env = append(os.Environ(), append(o.environ(database), "KYODAKU_PUBLIC_URL="+o.url)...)
		c.Stderr = t.Output()
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		link, err := url.Parse(strings.TrimSpace(string(out)))
		if err != nil || !strings.HasPrefix(link.Path, "/admin/link/") {
			t.Fatalf("%q, %v", out, err)
		}
		night := newPerson(t, o.url)
		night.open(link.Path).is(http.StatusOK).form("main form").press().is(http.StatusOK)
		night.open("/admin/").is(http.StatusOK).has("山田 花子")
		newPerson(t, o.url).open(link.Path).lacks("山田 花子")
		o.owner.open("/admin/audit").is(http.StatusOK).has("リンク")
	})
}
