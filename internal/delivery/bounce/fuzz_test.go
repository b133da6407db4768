package bounce

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse holds Parse to its word whatever comes: it answers, its answer is whole,
// and what looks hard has an address and a reason.
func FuzzParse(f *testing.F) {
	for _, a := range samples(f) {
		f.Add(a.Files[1].Data)
	}
	f.Add([]byte(""))
	f.Add([]byte("Content-Type: multipart/report; boundary=\"\"\n\n--\n--\n"))
	f.Add([]byte("From: <>\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := Parse(raw)
		if m.Kind == "" || (m.Kind == Bounce || m.Kind == Delay) != (len(m.Recipients) > 0) && m.Kind != Complaint && m.Kind != Success && m.Kind != Unsubscribe && m.Kind != Notice {
			t.Errorf("%+v", m)
		}
		for _, r := range m.Recipients {
			if len(r.Diagnostic) > 1000 || !utf8.ValidString(r.Diagnostic) || r.Hard() && m.Kind != Bounce && m.Kind != Delay {
				t.Errorf("%+v", r)
			}
		}
	})
}

func TestWhatIsTooBigOrTooDeepIsReadAsFarAsItGoes(t *testing.T) {
	t.Parallel()
	report := "From: MAILER-DAEMON@mx.relay.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" +
		"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@reader.example\nAction: failed\nStatus: 5.1.1\n\n"
	big := []byte(report + "--b\nContent-Type: message/rfc822\n\n" + strings.Repeat("x\n", maxMail))
	if m := Parse(big); m.Kind != Bounce || len(m.Recipients) != 1 {
		t.Errorf("%s %+v", m.Kind, m.Recipients)
	}
	var deep bytes.Buffer
	for range 10_000 {
		deep.WriteString("Content-Type: multipart/mixed; boundary=b\n\n--b\n")
	}
	if m := Parse(deep.Bytes()); m.Kind != Ordinary {
		t.Error(m.Kind)
	}
	many := "From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail\nContent-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: text/plain\n\nx\n", 100_000)
	if p := readMail([]byte(many)); len(p.parts) > maxParts {
		t.Error(len(p.parts))
	}
	heads := strings.Repeat("Received: x\n", 200_000) + "\n"
	if p := readMail([]byte(heads)); len(p.head) > maxHead {
		t.Error(len(p.head))
	}
}
