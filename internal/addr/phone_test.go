package addr

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
)

func TestPhone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"090-1234-5678": "+819012345678",
		"０９０−１２３４−５６７８":       "+819012345678",
		"+81 90 1234 5678":    "+819012345678",
		"+81 (0)90-1234-5678": "+819012345678",
		"(03) 1234-5678":      "+81312345678",
		"0120-123-456":        "+81120123456",
		"0800-123-4567":       "+818001234567",
		"050-1234-5678":       "+815012345678",
		"+1 415 555 0100":     "+14155550100",
	} {
		p, err := ParsePhone(in)
		if err != nil || p.String() != want || string(p.Canonical()) != want {
			t.Errorf("%s: %s %v, want %s", in, p, err, want)
		}
	}
	for _, in := range []string{
		"", "-", "+", "090", "090-1234-567", "03-1234-56789", "819012345678", "00819012345678",
		"+0123456789", "+1234567890123456", "090-1234-567a", "09012345678\r\n1", strings.Repeat("0", 100),
	} {
		if p, err := ParsePhone(in); !fault.Is(err, fault.Invalid) || !p.IsZero() {
			t.Errorf("%q was taken as %s, %v", in, p, err)
		}
	}
}

func TestPhoneKinds(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]struct {
		mobile   bool
		national string
	}{
		"070-1234-5678":   {true, "070-1234-5678"},
		"060-1234-5678":   {true, "060-1234-5678"},
		"03-1234-5678":    {false, "+81312345678"},
		"050-1234-5678":   {false, "+815012345678"},
		"0800-123-4567":   {false, "+818001234567"},
		"+1 415 555 0100": {true, "+14155550100"},
	} {
		p, err := ParsePhone(in)
		if err != nil || p.Mobile() != want.mobile || p.National() != want.national {
			t.Errorf("%s: %v %s %v", in, p.Mobile(), p.National(), err)
		}
	}
	if (Phone{}).Mobile() {
		t.Error("no number is a mobile")
	}
}

func TestParseByChannel(t *testing.T) {
	t.Parallel()
	line := "U" + strings.Repeat("0a", 16)
	for c, text := range map[Channel]string{Email: "a@example.jp", SMS: "+819012345678", LINE: line} {
		a, err := Parse(c, text)
		if err != nil || a.Channel() != c || a.String() != text || string(a.Canonical()) != text || !c.Valid() {
			t.Errorf("%s: %v %v", c, a, err)
		}
		if a, err := Parse(c, "?"); a != nil || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: took ?: %v %v", c, a, err)
		}
	}
	if a, err := Parse("fax", "1"); a != nil || !fault.Is(err, fault.Invalid) || Channel("fax").Valid() {
		t.Errorf("fax: %v %v", a, err)
	}
	for _, in := range []string{"", "taro_line", strings.ToUpper(line), line + "0", "u" + line[1:]} {
		if l, err := ParseLineID(in); err == nil || !l.IsZero() {
			t.Errorf("%q was taken", in)
		}
	}
}
