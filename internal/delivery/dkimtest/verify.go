package dkimtest

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// verifier prints, for each signature from the top, whether it holds.
const verifier = `
import sys, json
try:
    import dkim, nacl
except ImportError as e:
    sys.exit("missing: %s" % e)
records = json.loads(sys.argv[1])
message = sys.stdin.buffer.read()
d = dkim.DKIM(message, minkey=1024)
def txt(name, timeout=5):
    r = records.get(name.decode().rstrip("."))
    return r.encode() if r else None
def holds(i):
    try:
        return d.verify(idx=i, dnsfunc=txt)
    except dkim.DKIMException:
        return False
count = len([h for h in d.headers if h[0].lower() == b"dkim-signature"])
print(" ".join("good" if holds(i) else "bad" for i in range(count)))
`

// Verify says of each DKIM-Signature of a message, from the top, whether it holds:
// "good" or "bad", parted by spaces. records are the TXT records by name.
func Verify(tb testing.TB, message []byte, records map[string]string) string {
	tb.Helper()
	dns, err := json.Marshal(records)
	if err != nil {
		tb.Fatalf("dkimtest: %v", err)
	}
	cmd := exec.CommandContext(tb.Context(), "/usr/bin/python3", "-c", verifier, string(dns))
	cmd.Stdin = bytes.NewReader(message)
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("dkimtest: %v: %s\nthis test needs: apt-get install python3 python3-dkim python3-nacl", err, out)
	}
	return strings.TrimSpace(string(out))
}
