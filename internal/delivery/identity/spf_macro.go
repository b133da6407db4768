package identity

import (
	"slices"
	"strconv"
	"strings"
)

// expand fills in the macros of a domain-spec (RFC 7208 7).
func (s *spf) expand(text, domain string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			out.WriteByte(text[i])
			continue
		}
		if i++; i == len(text) {
			return "", errBroken
		}
		switch text[i] {
		case '%':
			out.WriteByte('%')
		case '_':
			out.WriteByte(' ')
		case '-':
			out.WriteString("%20")
		case '{':
			end := strings.IndexByte(text[i:], '}')
			if end < 2 {
				return "", errBroken
			}
			value, err := s.macro(text[i+1:i+end], domain)
			if err != nil {
				return "", err
			}
			out.WriteString(value)
			i += end
		default:
			return "", errBroken
		}
	}
	return plain(out.String()), nil
}

// macro is one letter with its transformers: digits, r, delimiters.
func (s *spf) macro(text, domain string) (string, error) {
	value := ""
	switch text[0] | 0x20 {
	case 's':
		value = "postmaster@" + s.sender
	case 'l':
		value = "postmaster"
	case 'o':
		value = s.sender
	case 'd':
		value = domain
	case 'i':
		value = dotted(s)
	case 'v':
		value = "in-addr"
		if !s.from.Unmap().Is4() {
			value = "ip6"
		}
	case 'h':
		value = s.hello
	default:
		return "", errBroken
	}
	return transform(value, text[1:])
}

// dotted is the address as labels: of IPv6 each nibble is one.
func dotted(s *spf) string {
	a := s.from.Unmap()
	if a.Is4() {
		return a.String()
	}
	var nibbles []string
	for _, b := range a.As16() {
		nibbles = append(nibbles, strconv.FormatUint(uint64(b>>4), 16), strconv.FormatUint(uint64(b&15), 16))
	}
	return strings.Join(nibbles, ".")
}

func transform(value, how string) (string, error) {
	digits := 0
	for digits < len(how) && how[digits] >= '0' && how[digits] <= '9' {
		digits++
	}
	keep, rest := how[:digits], how[digits:]
	reverse := strings.HasPrefix(strings.ToLower(rest), "r")
	if reverse {
		rest = rest[1:]
	}
	cut := "."
	if rest != "" {
		cut = rest
	}
	if strings.Trim(cut, ".-+,/_=") != "" {
		return "", errBroken
	}
	parts := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(cut, r) })
	if reverse {
		slices.Reverse(parts)
	}
	if keep != "" {
		n, err := strconv.Atoi(keep)
		if err != nil || n == 0 {
			return "", errBroken
		}
		parts = parts[max(0, len(parts)-n):]
	}
	return strings.Join(parts, "."), nil
}
