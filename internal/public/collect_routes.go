package public

import (
	"net/url"
	"strings"

	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// collectRoutes are the pages of signing up.
func (s *Site) collectRoutes() []Route {
	return []Route{
		{Pattern: "GET /f/{form}", Handle: s.formShow, Views: []string{"form"}},
		{Pattern: "POST /f/{form}", Guard: Anybody, Handle: s.formSubmit, Views: []string{"form", "sent"}},
		{Pattern: "GET /f/{form}/embed", Guard: Anybody, Handle: s.formEmbed, Views: []string{"form"}},
		{Pattern: "POST /f/{form}/resend", Handle: s.formResend, Views: []string{"resent"}},
		{Pattern: "POST /f/{form}/correct", Handle: s.formCorrect, Views: []string{"sent"}},
		{Pattern: "GET /confirm/{token}", Guard: ByToken, Handle: s.confirmShow, Views: []string{"confirm", "confirmed", "expired", "entry", "disowned"}},
		{Pattern: "POST /confirm/{token}", Guard: ByToken, Handle: s.confirmPress, Views: []string{"confirmed"}},
		{Pattern: "POST /confirm/{token}/disown", Guard: ByToken, Handle: s.confirmDisown, Views: []string{"disowned"}},
		{Pattern: "POST /confirm/{token}/resend", Guard: ByToken, Handle: s.confirmResend, Views: []string{"resent"}},
		{Pattern: "GET /confirm/{token}/file", Guard: ByToken, Handle: s.confirmFile},
		{Pattern: "GET /widget.js", Guard: Anybody, Handle: widgetScript},
	}
}

// visitor says where a request came from, cut to what evidence needs.
func visitor(v *page.Visit) collect.Visitor {
	return collect.Visitor{
		Network: v.Client(), UserAgent: clip(v.R.UserAgent(), 300), Page: sourcePage(v.R.Referer()),
		Referrer: sourcePage(v.R.PostFormValue("referrer")),
	}
}

// sourcePage keeps host, path and campaign marks of an address: other parameters
// may be about the person.
func sourcePage(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	kept := url.Values{}
	for name, values := range u.Query() {
		if strings.HasPrefix(name, "utm_") && len(values) > 0 {
			kept.Set(name, clip(values[0], 100))
		}
	}
	clean := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawQuery: kept.Encode()}
	return clip(clean.String(), 500)
}

// clip cuts a text of a stranger at a character's end and takes control characters out.
func clip(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "")
	}
	return text
}
