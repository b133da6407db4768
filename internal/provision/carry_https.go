package provision

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// The headers of a hand-over by HTTPS. The key is the same for the same data set,
// however often it is brought: whoever has seen it has the data.
const (
	headerKey    = "Idempotency-Key"
	headerDigest = "Content-Digest" // RFC 9530
	headerRun    = "Kyodaku-Run"
)

// mostAnswer is how much of an answer is read.
const mostAnswer = 4 << 10

// carryHTTPS posts a data set. A 2xx is the proof that it arrived; 4xx is a no, which
// leaves nothing there; whatever else happens after the first octet is uncertain.
func (s *Runs) carryHTTPS(ctx context.Context, p *parcel, x Secrets) (proof string, sent bool, err error) {
	body := &watched{Reader: p.open()}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.run.To.Target.URL, body)
	if err != nil {
		return "", false, fault.Wrap(fault.Refused, plain(err), "provision.target.url")
	}
	req.ContentLength = p.size
	req.Header.Set("Content-Type", p.run.Format.MediaType())
	req.Header.Set(headerKey, p.key())
	req.Header.Set(headerDigest, "sha-256=:"+base64Of(p.hash[:])+":")
	req.Header.Set(headerRun, p.run.Public())
	if x.Token != "" {
		req.Header.Set("Authorization", "Bearer "+x.Token)
	}
	resp, err := s.client(p.run.To.Target.Inside).Do(req)
	if err != nil {
		return "", body.begun, fault.Wrap(fault.Busy, plain(err), "provision.target.unreachable")
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return fmt.Sprintf("%s %s, sha256 %s %q", origin(p.run.To.Target.URL), resp.Status, hex.EncodeToString(p.hash[:]), printable(text)), true, nil
	case code >= 400 && code < 500 && code != http.StatusRequestTimeout && code != http.StatusConflict && code != http.StatusTooManyRequests:
		return "", body.begun, fault.New(fault.Refused, "provision.target.said_no", "Status", resp.Status)
	}
	return "", body.begun, fault.Wrap(fault.Busy, firstOf(err, fmt.Errorf("status %s", resp.Status)), "provision.target.said_no", "Status", resp.Status)
}

// watched tells whether anything was read of a body.
type watched struct {
	io.Reader
	begun bool
}

// Read implements io.Reader.
func (w *watched) Read(b []byte) (int, error) {
	w.begun = true
	return w.Reader.Read(b)
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// printable is the start of an answer, fit to be kept as a proof.
func printable(text []byte) string {
	const most = 200
	return strings.ToValidUTF8(string(text[:min(len(text), most)]), "")
}
