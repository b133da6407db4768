package letter

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// maxValue bounds a header value in bytes; RFC 5322 section 2.1.1 allows 998 on a
// line, and not everything can be folded.
const maxValue = 900

// Text is an unstructured header value such as a subject. The zero value is empty.
type Text struct{ s string }

// NewText checks a subject. Line ends, NUL and other controls are refused, as is
// more than 900 bytes; the error is Invalid and names field.
func NewText(field, s string) (Text, error) {
	s = strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD"))
	if strings.ContainsFunc(s, control) {
		return Text{}, fault.Bad(field, "compose.letter.control")
	}
	if len(s) > maxValue {
		return Text{}, fault.Bad(field, "compose.letter.too_long", "Max", maxValue)
	}
	return Text{s}, nil
}

// String returns the value as people read it.
func (t Text) String() string { return t.s }

func control(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029
}

// Mailbox is an address with a name to show. The zero value is none.
type Mailbox struct {
	name Text
	mail addr.Mail
}

// NewMailbox joins a display name, which may be empty, and an address. Errors are
// Invalid for the field "name" or "address".
func NewMailbox(name string, mail addr.Mail) (Mailbox, error) {
	t, err := NewText("name", name)
	if err != nil {
		return Mailbox{}, err
	}
	if mail.IsZero() {
		return Mailbox{}, fault.Bad("address", "compose.letter.no_address")
	}
	return Mailbox{t, mail}, nil
}

// IsZero says whether there is no address.
func (m Mailbox) IsZero() bool { return m.mail.IsZero() }

// MessageID is the value of Message-ID with its brackets (RFC 5322 section 3.6.4).
type MessageID struct{ s string }

// NewMessageID joins the two halves of a Message-ID. Both must be dot-atoms;
// otherwise the error is Invalid.
func NewMessageID(left, domain string) (MessageID, error) {
	if !dotAtom(left) || !dotAtom(domain) || len(left)+len(domain) > 250 {
		return MessageID{}, fault.Bad("message_id", "compose.letter.bad_token")
	}
	return MessageID{"<" + left + "@" + domain + ">"}, nil
}

// String returns the id with its brackets.
func (m MessageID) String() string { return m.s }

// URI is an address for List-Unsubscribe (RFC 2369). The zero value is none.
type URI struct{ s string }

// NewURI checks an https, http or mailto address: printable ASCII without brackets
// and spaces. The error is Invalid.
func NewURI(s string) (URI, error) {
	scheme, rest, _ := strings.Cut(s, ":")
	ok := len(s) <= maxValue && rest != "" && (scheme == "https" || scheme == "http" || scheme == "mailto")
	for i := 0; ok && i < len(s); i++ {
		ok = s[i] > ' ' && s[i] < 0x7f && strings.IndexByte(`<>"\`, s[i]) < 0
	}
	if !ok {
		return URI{}, fault.Bad("uri", "compose.letter.bad_uri")
	}
	return URI{s}, nil
}

// web says whether the address can take the POST of RFC 8058.
func (u URI) web() bool { return strings.HasPrefix(u.s, "http") }

// ListID names a list (RFC 2919). The zero value is none.
type ListID struct {
	phrase Text
	id     string
}

// NewListID joins a description, which may be empty and in any script, and an id
// of the shape of a domain, such as weekly.brand.example.jp. Errors are Invalid.
func NewListID(phrase, id string) (ListID, error) {
	t, err := NewText("list_name", phrase)
	if err != nil {
		return ListID{}, err
	}
	if !dotAtom(id) || !strings.Contains(id, ".") || len(id) > 255 {
		return ListID{}, fault.Bad("list_id", "compose.letter.bad_token")
	}
	return ListID{t, id}, nil
}

// FeedbackID groups complaint figures at providers that read Feedback-ID. The zero
// value is none.
type FeedbackID struct{ s string }

// NewFeedbackID joins up to three free parts and the sender, which must be there.
// Parts hold letters, digits, "-", "_" and "."; otherwise the error is Invalid.
func NewFeedbackID(campaign, topic, class, sender string) (FeedbackID, error) {
	parts := []string{campaign, topic, class, sender}
	for i, p := range parts {
		if len(p) > 60 || p == "" && i == 3 || strings.Trim(p, tokenBytes) != "" {
			return FeedbackID{}, fault.Bad("feedback_id", "compose.letter.bad_token")
		}
	}
	return FeedbackID{strings.Join(parts, ":")}, nil
}

const tokenBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

// Field is a further header field.
type Field struct {
	name  string
	value Text
}

// ours are the fields a Form writes itself; two of them would be a way around it.
const ours = " from to cc bcc sender reply-to subject date message-id mime-version list-unsubscribe list-unsubscribe-post list-id feedback-id auto-submitted dkim-signature received return-path "

// NewField checks a field's name (RFC 5322 section 2.2, at most 60 bytes) and
// value. A name the form writes itself is refused. Errors are Invalid.
func NewField(name, value string) (Field, error) {
	low := strings.ToLower(name)
	if name == "" || len(name) > 60 || strings.Trim(name, tokenBytes) != "" ||
		strings.Contains(ours, " "+low+" ") || strings.HasPrefix(low, "content-") {
		return Field{}, fault.Bad("header_name", "compose.letter.bad_token")
	}
	t, err := NewText("header_value", value)
	if err != nil {
		return Field{}, err
	}
	return Field{name, t}, nil
}

func dotAtom(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '.' && !atomByte(s[i]) {
			return false
		}
	}
	return true
}

// atomByte is atext of RFC 5322 section 3.2.3.
func atomByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}
