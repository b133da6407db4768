package dkim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"sync"
	"time"
)

// lifetime is how long a signature is valid (x=): longer than any queue keeps a
// mail, shorter than it is worth to replay one.
const lifetime = 14 * 24 * time.Hour

// signedHeaders are the names that are signed as often as they occur: those of
// RFC 6376 5.4.1, and of lists.
var signedHeaders = [...]string{
	"From", "Reply-To", "Sender", "Subject", "Date", "To", "Cc", "Message-ID", "In-Reply-To", "References",
	"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Language",
	"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Help", "List-Owner", "Auto-Submitted",
	"Feedback-ID",
}

// always are oversigned even when absent, ifPresent only when there is one.
var (
	always    = [...]string{"From", "Subject"}
	ifPresent = [...]string{"List-Unsubscribe", "List-Unsubscribe-Post"}
)

var (
	errNoHeader = errors.New("message has no header")
	errNoFrom   = errors.New("message has no From")
	errNoKey    = errors.New("no key")
)

// Stamp signs messages with one or several keys. It is safe for use by many
// goroutines.
type Stamp struct {
	keys []Key
	pool sync.Pool
}

// NewStamp signs with the given keys; the first key's header stands on top.
func NewStamp(keys ...Key) (*Stamp, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("delivery: DKIM stamp: %w", errNoKey)
	}
	return &Stamp{keys: keys, pool: sync.Pool{New: func() any { return newScratch() }}}, nil
}

// Keys are the keys in their order.
func (s *Stamp) Keys() []Key { return append([]Key(nil), s.keys...) }

// Sign appends to dst the DKIM-Signature headers and then the message. The message
// has CRLF line ends; it must not share memory with dst.
func (s *Stamp) Sign(dst, message []byte, now time.Time) ([]byte, error) {
	dst, err := s.AppendHeaders(dst, message, now)
	if err != nil {
		return nil, err
	}
	return append(dst, message...), nil
}

// AppendHeaders appends only the DKIM-Signature headers of a message.
func (s *Stamp) AppendHeaders(dst, message []byte, now time.Time) ([]byte, error) {
	header, body, ok := split(message)
	if !ok {
		return nil, fmt.Errorf("delivery: sign: %w", errNoHeader)
	}
	w, ok := s.pool.Get().(*scratch)
	if !ok {
		w = newScratch()
	}
	defer s.pool.Put(w)
	w.body.Reset()
	_, _ = w.body.Write(body)
	w.bodyHash = w.body.Sum(w.bodyHash[:0])
	dst, err := w.appendHeaders(dst, header, s.keys, now)
	if err != nil {
		return nil, fmt.Errorf("delivery: sign: %w", err)
	}
	return dst, nil
}

// split cuts a message at the empty line; the header keeps its last CRLF.
func split(message []byte) (header, body []byte, ok bool) {
	i := bytes.Index(message, []byte("\r\n\r\n"))
	if i < 0 {
		return message, nil, bytes.HasSuffix(message, crlf)
	}
	return message[:i+2], message[i+4:], i > 0
}

// scratch is the working memory of one signing.
type scratch struct {
	body     *BodyHasher
	head     hash.Hash
	bodyHash []byte
	fields   []field
	names    []byte // value of h=
	text     []byte // one canonical header
}

// field is one header field of the message.
type field struct {
	name []byte
	raw  []byte // with folds, without the final CRLF
}

func newScratch() *scratch { return &scratch{body: NewBodyHasher(), head: sha256.New()} }

// appendHeaders hashes the signed headers once and signs with every key.
func (w *scratch) appendHeaders(dst, header []byte, keys []Key, now time.Time) ([]byte, error) {
	w.parse(header)
	w.head.Reset()
	w.names = w.names[:0]
	for _, name := range signedHeaders {
		n := w.cover(name)
		if n == 0 && name == "From" {
			return nil, errNoFrom
		}
		if oversigned(name, n) {
			w.mention(name)
		}
	}
	for _, k := range keys {
		h, err := cloneHash(w.head)
		if err != nil {
			return nil, err
		}
		if dst, err = w.appendSignature(dst, k, h, now); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func oversigned(name string, occurs int) bool {
	for _, a := range always {
		if name == a {
			return true
		}
	}
	for _, p := range ifPresent {
		if name == p {
			return occurs > 0
		}
	}
	return false
}

// parse finds the fields of a header block.
func (w *scratch) parse(header []byte) {
	w.fields = w.fields[:0]
	for len(header) > 0 {
		line, rest, _ := bytes.Cut(header, crlf)
		header = rest
		last := len(w.fields) - 1
		if last >= 0 && len(line) > 0 && isSpace(line[0]) {
			f := &w.fields[last]
			f.raw = f.raw[:len(f.raw)+len(crlf)+len(line)] // the fold stands right behind
			continue
		}
		name, _, _ := bytes.Cut(line, []byte(":"))
		w.fields = append(w.fields, field{name: bytes.TrimRight(name, " \t"), raw: line})
	}
}

// cover hashes every field of a name, the last first (RFC 6376 5.4.2), and returns
// their number.
func (w *scratch) cover(name string) int {
	n := 0
	for i := len(w.fields) - 1; i >= 0; i-- {
		if f := w.fields[i]; len(f.name) == len(name) && strings.EqualFold(string(f.name), name) {
			w.text = append(appendHeader(w.text[:0], f.raw), crlf...)
			_, _ = w.head.Write(w.text)
			w.mention(name)
			n++
		}
	}
	return n
}

// mention adds a name to h=, folding long lines.
func (w *scratch) mention(name string) {
	const width = 72
	if len(w.names) > 0 {
		w.names = append(w.names, ':')
	}
	if len(w.names)-bytes.LastIndexByte(w.names, '\n')+len(name) > width {
		w.names = append(w.names, "\r\n "...)
	}
	w.names = append(w.names, name...)
}

// appendSignature appends one finished DKIM-Signature header.
func (w *scratch) appendSignature(dst []byte, k Key, head hash.Hash, now time.Time) ([]byte, error) {
	start := len(dst)
	dst = append(append(dst, "DKIM-Signature: v=1; a="...), k.algorithm...)
	dst = append(append(dst, "; c=relaxed/relaxed; d="...), k.domain...)
	dst = append(append(dst, ";\r\n s="...), k.selector...)
	dst = strconv.AppendInt(append(dst, "; t="...), now.Unix(), 10)
	dst = strconv.AppendInt(append(dst, "; x="...), now.Add(lifetime).Unix(), 10)
	dst = append(append(dst, ";\r\n h="...), w.names...)
	dst = base64.StdEncoding.AppendEncode(append(dst, ";\r\n bh="...), w.bodyHash)
	dst = append(dst, ";\r\n b="...)
	w.text = appendHeader(w.text[:0], dst[start:])
	_, _ = head.Write(w.text)
	signature, err := k.sign(head.Sum(nil))
	if err != nil {
		return nil, err
	}
	w.text = base64.StdEncoding.AppendEncode(w.text[:0], signature)
	return append(appendFolded(dst, w.text), crlf...), nil
}

// appendFolded breaks base64 into lines.
func appendFolded(dst, text []byte) []byte {
	const width = 72
	for len(text) > width {
		dst = append(append(dst, text[:width]...), "\r\n "...)
		text = text[width:]
	}
	return append(dst, text...)
}
