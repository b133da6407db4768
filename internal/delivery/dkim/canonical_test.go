package dkim

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
)

// plainBody is RFC 6376 3.4.4 word by word, slowly.
func plainBody(body []byte) []byte {
	lines := strings.Split(string(body), "\r\n")
	run := regexp.MustCompile("[ \t]+")
	for i, l := range lines {
		lines[i] = strings.TrimRight(run.ReplaceAllString(l, " "), " ")
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return nil
	}
	return []byte(strings.Join(lines, "\r\n") + "\r\n")
}

var bodies = []string{
	"", "\r\n", "\r\n\r\n", " \r\n\t\r\n", "a", "a\r\n", "a\r\n\r\n\r\n", "a \t\r\n", " a\r\n", "\t a  b\tc\r\n",
	"a b\r\n c\r\n", "a\r\n \r\n\r\nb\r\n \r\n", "C \r\nD \t E\r\n\r\n\r\n", "12345678 12345678  x\r\n",
	"1234567 \r\n1234567\t8\r\n        x\r\n", "本文 です\r\n\r\n　\r\n",
}

func TestBodyHasherAgainstTheWordsOfTheStandard(t *testing.T) {
	t.Parallel()
	for _, body := range bodies {
		checkBody(t, []byte(body))
	}
}

// checkBody hashes a body whole and cut at every place.
func checkBody(t *testing.T, body []byte) {
	t.Helper()
	want := sha256.Sum256(plainBody(body))
	for cut := range len(body) + 1 {
		b := NewBodyHasher()
		_, _ = b.Write(body[:cut])
		c, err := b.Clone()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = b.Write([]byte("something else"))
		_, _ = c.Write(body[cut:])
		if got := c.Sum(nil); !bytes.Equal(got, want[:]) {
			t.Fatalf("%q cut at %d has a wrong hash", body, cut)
		}
		if got := c.Sum(nil); !bytes.Equal(got, want[:]) {
			t.Fatalf("%q: a second Sum differs", body)
		}
	}
}

func FuzzBodyHasher(f *testing.F) {
	for _, b := range bodies {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		// The hasher is for messages with clean line ends; the client refuses others.
		clean := bytes.ReplaceAll(body, []byte("\r"), nil)
		checkBody(t, bytes.ReplaceAll(clean, []byte("\n"), crlf))
	})
}

func TestHeaderForm(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"A: X":                          "a:X",
		"B : Y\t\r\n\tZ  ":              "b:Y Z",
		"SUBJect:  AbC \r\n  d":         "subject:AbC d",
		"Empty:":                        "empty:",
		"Blank: \t ":                    "blank:",
		"No colon at all":               "no colon at all:",
		"List-Unsubscribe:\r\n <x:y>":   "list-unsubscribe:<x:y>",
		"Subject: =?utf-8?b?5pel?=\r\n": "subject:=?utf-8?b?5pel?=",
	} {
		if got := appendHeader(nil, []byte(raw)); string(got) != want {
			t.Errorf("%q became %q, want %q", raw, got, want)
		}
	}
}

// The example of RFC 8463 appendix A: the signature of the Ed25519 key must come
// out octet by octet.
func TestRFC8463Vector(t *testing.T) {
	t.Parallel()
	const body = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
	const header = "From: Joe SixPack <joe@football.example.com>\r\n" +
		"To: Suzie Q <suzie@shopping.example.net>\r\n" +
		"Subject: Is dinner ready?\r\n" +
		"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n" +
		"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
	const signature = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n" +
		" d=football.example.com; i=@football.example.com;\r\n" +
		" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n" +
		" subject : date : message-id : from : subject : date;\r\n" +
		" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b="
	const want = "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="

	w := newScratch()
	_, _ = w.body.Write([]byte(body))
	if got := base64.StdEncoding.EncodeToString(w.body.Sum(nil)); got != "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=" {
		t.Errorf("body hash is %s", got)
	}
	w.parse([]byte(header))
	for _, name := range []string{"from", "to", "subject", "date", "message-id"} {
		if w.cover(name) != 1 {
			t.Fatalf("%s is not covered once", name)
		}
	}
	_, _ = w.head.Write(appendHeader(nil, []byte(signature)))
	seed, err := base64.StdEncoding.DecodeString("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
	if err != nil {
		t.Fatal(err)
	}
	private := ed25519.NewKeyFromSeed(seed)
	key, err := NewKey("football.example.com", "brisbane", Go(private))
	if err != nil {
		t.Fatal(err)
	}
	got, err := key.sign(w.head.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	if text := base64.StdEncoding.EncodeToString(got); text != want {
		t.Errorf("signature is %s", text)
	}
	record, err := Record(private.Public())
	if err != nil || record != "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" {
		t.Errorf("record is %q, %v", record, err)
	}
}
