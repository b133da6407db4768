package outside

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// beside runs a command beside the office's server, with the same settings, and
// returns what it wrote.
func (o *office) beside(args ...string) string {
	o.Helper()
	c := exec.CommandContext(o.Context(), program(o.TB), args...)
	c.Env = append(os.Environ(), append(o.environ(o.database()), "LANG=en", "LC_ALL=", "KYODAKU_PUBLIC_URL="+o.url)...)
	c.Stderr = o.Output()
	out, err := c.Output()
	if err != nil {
		o.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// database is what the server was told of its database, "" for its own.
func (o *office) database() string {
	for _, e := range o.env {
		if v, ok := strings.CutPrefix(e, "KYODAKU_DATABASE="); ok {
			return v
		}
	}
	return ""
}

// TestDeliveryIsExplainedBesideTheServer asks why mail goes as it does, and what
// became of one mail.
func TestDeliveryIsExplainedBesideTheServer(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, o *office) {
		c := o.ready(1)
		id := c.create("weekly", "今週の畑だより", "今週は**小松菜**が採れました。")
		c.send(id)
		o.postfix.Wait(t, 1)
		var message string
		eventually(t, "the mail is listed as sent", func() bool {
			list := o.owner.open("/admin/campaigns/" + id + "/people").is(http.StatusOK)
			message = regexp.MustCompile(`msg_[0-9a-z]{13}`).FindString(list.body)
			return message != ""
		})
		text := o.beside("explain", "message", message)
		for _, want := range []string{message, id, mailDomain, "the gate says yes", "evt_", "attempt 1: Delivered", "250"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not told:\n%s", want, text)
			}
		}
		var trace struct {
			State, Outcome string
			Tries          []struct{ Code int }
		}
		if err := json.Unmarshal([]byte(o.beside("explain", "message", message, "--json")), &trace); err != nil {
			t.Fatal(err)
		}
		if trace.State != "done" || trace.Outcome != "delivered" || len(trace.Tries) != 1 || trace.Tries[0].Code != 250 {
			t.Errorf("%+v", trace)
		}
		text = o.beside("explain", "domain", strings.ToUpper(mailDomain))
		for _, want := range []string{mailDomain + " → lane relay", "handed to a relay", "0 waiting", "connections"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not told:\n%s", want, text)
			}
		}
		var answer struct {
			Domain string
			Lanes  []struct{ Lane string }
		}
		if err := json.Unmarshal([]byte(o.beside("explain", "domain", mailDomain, "--json")), &answer); err != nil || answer.Domain != mailDomain || len(answer.Lanes) != 2 {
			t.Errorf("%+v, %v", answer, err)
		}
		// Straight to the receivers, the same question names the provider.
		text = o.beside("explain", "domain", "docomo.ne.jp", "--delivery-mode", "mx")
		for _, want := range []string{"lane docomo", "NTT docomo", "profile of", "at most 100 recipients", "none so far"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not told:\n%s", want, text)
			}
		}
	})
}
