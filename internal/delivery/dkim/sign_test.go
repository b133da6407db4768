package dkim_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"github.com/kyodaku/kyodaku/internal/delivery/dkim"
	"github.com/kyodaku/kyodaku/internal/delivery/dkimtest"
)

const letter = "Received: from a by b\r\n" +
	"From: =?utf-8?b?6Kix6Ku+?= <news@example.jp>\r\n" +
	"To: taro@example.com\r\n" +
	"Subject: =?utf-8?b?5LuK6YCx?=\r\n =?utf-8?b?44Gu5paw5ZOB?=\r\n" +
	"Date: Sat, 21 Nov 2026 14:05:00 +0900\r\n" +
	"Message-ID: <1@example.jp>\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: text/plain;\r\n\tcharset=utf-8\r\n" +
	"List-Unsubscribe: <https://example.jp/unsubscribe/abc>,\r\n <mailto:out@example.jp?subject=abc>\r\n" +
	"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" +
	"\r\n" +
	"Two  spaces, a\ttab, an end \r\n\r\n.\r\nlast line\r\n\r\n\r\n"

// pair is one RSA and one Ed25519 key; RSA keys are slow to make, so tests share it.
var pair = sync.OnceValues(func() (keys []dkim.Key, err error) {
	for selector, a := range map[string]dkim.Algorithm{"r1": dkim.RSASHA256, "e1": dkim.Ed25519SHA256} {
		raw, err := dkim.Generate(a)
		if err != nil {
			return nil, err
		}
		k, err := dkim.NewKey("example.jp", selector, dkim.Go(raw))
		if err != nil {
			return nil, err
		}
		record, err := dkim.Record(raw.Public())
		if err != nil {
			return nil, err
		}
		records.Store(dkim.RecordName("example.jp", selector), record)
		keys = append(keys, k)
	}
	if keys[0].Algorithm() != dkim.RSASHA256 {
		keys[0], keys[1] = keys[1], keys[0]
	}
	return keys, nil
})

// records is the DNS of these tests.
var records sync.Map

func lookup(name string) ([]string, error) {
	if r, ok := records.Load(strings.TrimSuffix(name, ".")); ok {
		return []string{fmt.Sprint(r)}, nil
	}
	return nil, errors.New("no such name")
}

func stamp(tb testing.TB, algorithms ...dkim.Algorithm) *dkim.Stamp {
	tb.Helper()
	keys, err := pair()
	if err != nil {
		tb.Fatal(err)
	}
	var chosen []dkim.Key
	for _, a := range algorithms {
		for _, k := range keys {
			if k.Algorithm() == a {
				chosen = append(chosen, k)
			}
		}
	}
	s, err := dkim.NewStamp(chosen...)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func sign(tb testing.TB, s *dkim.Stamp, message string) []byte {
	tb.Helper()
	out, err := s.Sign([]byte("X-Before: kept\r\n"), []byte(message), time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// valid counts the signatures that hold, and those that do not.
func valid(t *testing.T, message []byte) (good, bad int) {
	t.Helper()
	found, err := msgauth.VerifyWithOptions(bytes.NewReader(message), &msgauth.VerifyOptions{LookupTXT: lookup})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		if v.Err != nil {
			bad++
			continue
		}
		good++
	}
	return good, bad
}

func TestSignaturesHold(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		letter,
		"From: a@example.jp\r\n\r\n",
		"From: a@example.jp\r\n",
		"From: a@example.jp\r\nTo: x\r\nTo: y\r\n\r\n \r\n",
		"from:a@example.jp\r\nsubject : x\r\n\r\n" + strings.Repeat("日本語の本文 です。 \r\n", 500),
	} {
		got := sign(t, stamp(t, dkim.RSASHA256, dkim.Ed25519SHA256), message)
		if !bytes.HasPrefix(got, []byte("X-Before: kept\r\nDKIM-Signature: v=1; a=rsa-sha256")) || !bytes.HasSuffix(got, []byte(message)) {
			t.Errorf("signed message is %q", got)
		}
		if !strings.HasSuffix(message, "\r\n\r\n") && !strings.Contains(message, "\r\n\r\n") {
			got = append(got, "\r\n"...)
		}
		if good, bad := valid(t, got); good != 2 || bad != 0 {
			t.Errorf("%d signatures hold and %d do not:\n%s", good, bad, got)
		}
		for line := range strings.SplitSeq(string(got[:len(got)-len(message)]), "\r\n") {
			if len(line) > 100 {
				t.Errorf("a line of %d octets: %q", len(line), line)
			}
		}
	}
}

func TestAnyChangeBreaksTheSignature(t *testing.T) {
	t.Parallel()
	signed := string(sign(t, stamp(t, dkim.RSASHA256, dkim.Ed25519SHA256), letter))
	for name, forged := range map[string]string{
		"a second From":             "From: evil@example.com\r\n" + signed,
		"a second Subject":          "Subject: evil\r\n" + signed,
		"another List-Unsubscribe":  "List-Unsubscribe: <https://evil.example>\r\n" + signed,
		"another one-click":         "List-Unsubscribe-Post: x\r\n" + signed,
		"a changed way out":         strings.Replace(signed, "unsubscribe/abc", "unsubscribe/abd", 1),
		"a way out taken away":      strings.Replace(signed, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "", 1),
		"a changed body":            strings.Replace(signed, "last line", "last lime", 1),
		"an added line in the body": signed + "more\r\n",
	} {
		if good, bad := valid(t, []byte(forged)); good != 0 || bad != 2 {
			t.Errorf("%s: %d signatures hold, %d do not", name, good, bad)
		}
	}
	if good, bad := valid(t, []byte("Received: from c by d\r\n"+signed+"\r\n \r\n")); good != 2 || bad != 0 {
		t.Errorf("a relay's mark breaks the signature: %d, %d", good, bad)
	}
}

func TestPythonAgrees(t *testing.T) {
	t.Parallel()
	signed := sign(t, stamp(t, dkim.RSASHA256, dkim.Ed25519SHA256), letter)
	known := map[string]string{}
	records.Range(func(k, v any) bool { known[fmt.Sprint(k)] = fmt.Sprint(v); return true })
	if got := dkimtest.Verify(t, signed, known); got != "good good" {
		t.Errorf("dkimpy says %q", got)
	}
	forged := bytes.Replace(signed, []byte("last line"), []byte("last lime"), 1)
	if got := dkimtest.Verify(t, forged, known); got != "bad bad" {
		t.Errorf("dkimpy says of a forged message %q", got)
	}
}

func TestKeysSurvivePEM(t *testing.T) {
	t.Parallel()
	for _, a := range []dkim.Algorithm{dkim.RSASHA256, dkim.Ed25519SHA256} {
		key, err := dkim.Generate(a)
		if err != nil {
			t.Fatal(err)
		}
		text, err := dkim.MarshalPEM(key)
		if err != nil {
			t.Fatal(err)
		}
		back, err := dkim.ParsePEM(text)
		if err != nil {
			t.Fatal(err)
		}
		before, err := dkim.Record(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		if after, err := dkim.Record(back.Public()); err != nil || after != before {
			t.Errorf("%s: record is %q, %v; was %q", a, after, err, before)
		}
		if r, ok := key.(*rsa.PrivateKey); ok {
			old := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(r)})
			if _, err := dkim.ParsePEM(old); err != nil {
				t.Errorf("PKCS #1: %v", err)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dkim.NewKey("example.jp", "s", dkim.Go(curve)); err == nil {
		t.Error("an ECDSA key was taken")
	}
	edwards, err := dkim.Generate(dkim.Ed25519SHA256)
	if err != nil {
		t.Fatal(err)
	}
	for _, domain := range []string{"", "例え.jp", "a.example; d=b.example", "a\r\nb"} {
		if _, err := dkim.NewKey(domain, "s", dkim.Go(edwards)); err == nil {
			t.Errorf("domain %q was taken", domain)
		}
	}
	if _, err := dkim.NewStamp(); err == nil {
		t.Error("a stamp without a key")
	}
	if _, err := dkim.Generate("rsa-sha1"); err == nil {
		t.Error("made a key for rsa-sha1")
	}
	for _, text := range []string{"", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if _, err := dkim.ParsePEM([]byte(text)); err == nil {
			t.Errorf("parsed %q", text)
		}
	}
	for _, message := range []string{"", "Subject: x\r\n\r\nbody\r\n", "\r\n\r\nbody", "no header"} {
		if out, err := stamp(t, dkim.Ed25519SHA256).Sign(nil, []byte(message), time.Now()); err == nil || out != nil {
			t.Errorf("signed %q", message)
		}
	}
}

// failing is a signer that is out of order.
type failing struct{ dkim.Signer }

func (failing) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("out of order")
}

func TestSignerFailureLeavesNothing(t *testing.T) {
	t.Parallel()
	raw, err := dkim.Generate(dkim.Ed25519SHA256)
	if err != nil {
		t.Fatal(err)
	}
	key, err := dkim.NewKey("example.jp", "s", failing{dkim.Go(raw)})
	if err != nil {
		t.Fatal(err)
	}
	if key.SignerName() != "go" || key.Domain() != "example.jp" || key.Selector() != "s" {
		t.Errorf("key is %+v", key)
	}
	s, err := dkim.NewStamp(key)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := s.Sign(nil, []byte(letter), time.Now()); err == nil || out != nil {
		t.Errorf("signed without a signature: %q", out)
	}
}

func TestStampIsShared(t *testing.T) {
	t.Parallel()
	s := stamp(t, dkim.Ed25519SHA256)
	var work sync.WaitGroup
	for i := range 20 {
		message := strings.Replace(letter, "last line", strings.Repeat(fmt.Sprintf("line %d  \r\n", i), i*10), 1)
		work.Go(func() {
			out, err := s.Sign(nil, []byte(message), time.Now())
			if err != nil {
				t.Error(err)
				return
			}
			if good, _ := valid(t, out); good != 1 {
				t.Errorf("message %d does not hold", i)
			}
		})
	}
	work.Wait()
}

func benchmark(b *testing.B, body string, algorithms ...dkim.Algorithm) {
	s := stamp(b, algorithms...)
	message := []byte(strings.TrimSuffix(letter, "last line\r\n\r\n\r\n") + body)
	now := time.Now()
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	var dst []byte
	var err error
	for b.Loop() {
		if dst, err = s.Sign(dst[:0], message, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	base64 := strings.Repeat(strings.Repeat("x", 76)+"\r\n", 131)
	words := strings.Repeat(strings.Repeat("word ", 15)+"end\r\n", 128)
	b.Run("ed25519, 10 KiB base64", func(b *testing.B) { benchmark(b, base64, dkim.Ed25519SHA256) })
	b.Run("ed25519, 10 KiB words", func(b *testing.B) { benchmark(b, words, dkim.Ed25519SHA256) })
	b.Run("rsa, 10 KiB base64", func(b *testing.B) { benchmark(b, base64, dkim.RSASHA256) })
	b.Run("both, 10 KiB base64", func(b *testing.B) { benchmark(b, base64, dkim.RSASHA256, dkim.Ed25519SHA256) })
}

func BenchmarkBody(b *testing.B) {
	for name, body := range map[string]string{
		"base64": strings.Repeat(strings.Repeat("x", 76)+"\r\n", 131),
		"words":  strings.Repeat(strings.Repeat("word ", 15)+"end\r\n", 128),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			h := dkim.NewBodyHasher()
			p := []byte(body)
			var sum []byte
			for b.Loop() {
				h.Reset()
				_, _ = h.Write(p)
				sum = h.Sum(sum[:0])
			}
		})
	}
}
