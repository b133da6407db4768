package dkim

import (
	"bytes"
	"crypto/sha256"
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
