package rspamdtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/kyodaku/kyodaku/internal/daemontest"
)

// Mail is a mail with what its receiver knew of its way.
type Mail struct {
	// IP is the address that it came from, Hello what that called itself.
	IP, Hello string
	// From and To are the envelope.
	From, To string
	// Data has CRLF line ends.
	Data []byte
}

// Verdict is what Rspamd found: its symbols (R_SPF_ALLOW, R_DKIM_REJECT,
// DMARC_POLICY_ALLOW …), each with the facts it was found by.
type Verdict map[string][]string

// Has says whether all the symbols were found.
func (v Verdict) Has(symbols ...string) bool {
	for _, s := range symbols {
		if _, ok := v[s]; !ok {
			return false
		}
	}
	return true
}

// Check has a mail judged.
func (s *Server) Check(tb testing.TB, m Mail) Verdict {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, "http://"+s.addr+"/checkv2", bytes.NewReader(m.Data))
	daemontest.Must(tb, err)
	req.Close = true
	for name, value := range map[string]string{"IP": m.IP, "Helo": m.Hello, "From": m.From, "Rcpt": m.To} {
		req.Header.Set(name, value)
	}
	reply, err := http.DefaultClient.Do(req)
	daemontest.Must(tb, err)
	defer func() { _ = reply.Body.Close() }()
	var said struct {
		Symbols map[string]struct {
			Options []string `json:"options"`
		} `json:"symbols"`
	}
	if err := json.NewDecoder(reply.Body).Decode(&said); err != nil || reply.StatusCode != http.StatusOK {
		tb.Fatalf("rspamdtest: check: %s, %v", reply.Status, err)
	}
	v := Verdict{}
	for name, symbol := range said.Symbols {
		v[name] = symbol.Options
	}
	return v
}
