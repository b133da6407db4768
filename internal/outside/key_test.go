package outside

import (
	"net/http"
	"strings"
	"testing"
)

// TestSigningKeysAreRenewedBesideTheServer renews keys on the machine, publishes what
// it says, and lets the server find it.
func TestSigningKeysAreRenewedBesideTheServer(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, o *office) {
		c := o.ready(1)
		domains := "/admin/settings/domains"
		check := func() *sheet {
			o.owner.open(domains).form("form[action$='/check']").press().is(http.StatusOK)
			return o.owner.open(domains).is(http.StatusOK)
		}
		records := o.beside("key", "rotate", sendingDomain)
		check().has("次の鍵です").lacks("以前の鍵です")
		for line := range strings.Lines(records) {
			name, value, ok := strings.Cut(strings.TrimSpace(line), " TXT ")
			if !ok {
				t.Fatalf("no record: %q", line)
			}
			o.zone.publish(name, value)
		}
		check().has("以前の鍵です", "使用中").lacks("次の鍵です")
		c.send(c.create("weekly", "今週の畑だより", "今週は**小松菜**が採れました。"))
		o.postfix.Wait(t, 1)
		o.owner.open("/admin/audit").has("署名鍵の更新の開始", "署名鍵の切り替え")
	})
}
