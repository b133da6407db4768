package provision

import (
	"net"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/text/language"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
)

// check refuses what could not be written to or recorded.
func (t *RecipientTerms) check() error {
	var bad fault.Fields
	for _, f := range [...]struct {
		name  string
		value *string
		must  bool
	}{
		{"name", &t.Name, true},
		{"address", &t.Address, true},
		{"representative", &t.Representative, !t.Person},
		{"country", &t.Country, true},
		{"contract", &t.Contract, false},
		{"identity", &t.Identity, false},
		{"purpose", &t.Purpose, false},
		{"system", &t.System, t.SystemChecked != ""},
		{"foreign_law", &t.ForeignLaw, false},
		{"foreign_measures", &t.ForeignMeasures, false},
		{"device", &t.Device, false},
	} {
		*f.value = strings.TrimSpace(*f.value)
		switch v := *f.value; {
		case f.must && v == "":
			bad.Add(f.name, "provision.recipient.empty")
		case broken(v):
			bad.Add(f.name, "provision.text.bad")
		}
	}
	if t.Country != "" && !isCountry(t.Country) {
		bad.Add("country", "provision.recipient.country")
	}
	if t.SystemChecked != "" && dayOf(t.SystemChecked).IsZero() {
		bad.Add("system_checked", "provision.start.bad")
	}
	if _, err := addr.ParseMail(t.StopMail); t.StopMail != "" && err != nil {
		bad.Add("stop_mail", "provision.stop.address")
	}
	if t.StopHook != "" && !secure(t.StopHook) {
		bad.Add("stop_hook", "provision.target.url")
	}
	t.Target.check(&bad)
	return bad.Err()
}

// isCountry says whether a text is the code of a country that there is (ISO 3166-1, two capitals).
func isCountry(code string) bool {
	r, err := language.ParseRegion(code)
	return err == nil && len(code) == 2 && r.Canonicalize().String() == code && r.IsCountry()
}

func (t *Target) check(bad *fault.Fields) {
	for _, f := range [...]struct{ name, value string }{
		{"target.host", t.Host}, {"target.user", t.User}, {"target.folder", t.Folder}, {"target.host_key", t.HostKey}, {"target.url", t.URL},
	} {
		if broken(f.value) {
			bad.Add(f.name, "provision.text.bad")
		}
	}
	switch t.Kind {
	case ByFile:
	case BySFTP:
		if host, port, err := net.SplitHostPort(t.Host); err != nil || host == "" || !isPort(port) {
			bad.Add("target.host", "provision.target.host")
		}
		if blank(t.User) {
			bad.Add("target.user", "provision.recipient.empty")
		}
		if !path.IsAbs(t.Folder) {
			bad.Add("target.folder", "provision.target.folder")
		}
		if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(t.HostKey)); err != nil {
			bad.Add("target.host_key", "provision.target.host_key")
		}
	case ByHTTPS:
		if !secure(t.URL) {
			bad.Add("target.url", "provision.target.url")
		}
	default:
		bad.Add("target.kind", "provision.target.kind")
	}
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// mayBe refuses a program that wants to reach into our own network.
func (t *Target) mayBe(by account.By) error {
	if t.Inside && by.Actor.Kind == account.ActorAPIKey {
		return fault.Bad("target.inside", "provision.target.inside")
	}
	return nil
}

// secure says whether a text is a URL that data may go to.
func secure(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && len(text) <= mostText
}

// dayOf is the first moment of a day, zero where there is none.
func dayOf(text string) time.Time { return Items{Start: text}.StartDay() }

// facts are what the rules ask about the recipient.
func (t *RecipientTerms) facts(now time.Time) law.Recipient {
	f := law.Recipient{
		Place: law.PlaceOf(t.Country), System: t.System != "", Contract: t.Contract != "",
		Identified: t.Identity != "" && t.Purpose != "", Told: !blank(t.ForeignLaw) && !blank(t.ForeignMeasures),
	}
	if checked := dayOf(t.SystemChecked); !checked.IsZero() {
		for at := checked.AddDate(0, 1, 0); !at.After(now); at = checked.AddDate(0, f.CheckedMonths+1, 0) {
			f.CheckedMonths++
		}
	} else if f.System {
		f.CheckedMonths = neverChecked
	}
	return f
}

// neverChecked are more months than any rule allows.
const neverChecked = 1200

// missing counts what a record lacks of its recipient (APPI-R 20(1)).
func (t *RecipientTerms) missing() int {
	n := 0
	for _, v := range []bool{blank(t.Name), blank(t.Address), !t.Person && blank(t.Representative)} {
		if v {
			n++
		}
	}
	return n
}
