package postfixtest

import (
	"bytes"
	"slices"
)

// Header returns the values of a header of a mail, unfolded.
func Header(mail []byte, name string) []string {
	head, _, _ := bytes.Cut(mail, []byte("\r\n\r\n"))
	head = bytes.ReplaceAll(bytes.ReplaceAll(head, []byte("\r\n\t"), []byte(" ")), []byte("\r\n "), []byte(" "))
	var values []string
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		key, value, ok := bytes.Cut(line, []byte(":"))
		if ok && bytes.EqualFold(key, []byte(name)) {
			values = append(values, string(bytes.TrimSpace(value)))
		}
	}
	return slices.Clip(values)
}
