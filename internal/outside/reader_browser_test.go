package outside

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	gomail "github.com/emersion/go-message/mail"

	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/delivery/postfixtest"
)

// link waits for a mail to a reader that links to a path, and returns the link.
func (o *office) link(to, path string) string {
	o.Helper()
	var found string
	eventually(o.TB, "a mail with "+path+" comes", func() bool {
		for _, mail := range o.postfix.Mails(o.TB) {
			if !slices.Contains(postfixtest.Header(mail, "Delivered-To"), to) {
				continue
			}
			for word := range strings.FieldsSeq(plainText(o.TB, mail)) {
				if at := strings.Index(word, "http"); at >= 0 && strings.Contains(word, path) {
					found = strings.TrimRight(word[at:], "<>)]。、")
					return true
				}
			}
		}
		return false
	})
	return found
}

// plainText is the text part of a mail, decoded.
func plainText(tb testing.TB, raw []byte) string {
	tb.Helper()
	r, err := gomail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		tb.Fatal(err)
	}
	for {
		part, err := r.NextPart()
		if err != nil {
			return ""
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			var b bytes.Buffer
			if _, err := b.ReadFrom(part.Body); err != nil {
				tb.Fatal(err)
			}
			return b.String()
		}
	}
}

// A reader signs up, confirms, is mailed, takes less, leaves, comes back and leaves
// for good; the ways out need no script. Every page on the way is looked at.
func TestAReadersWayInABrowser(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, "")
			o.proveDomain()
			o.makeTopic("weekly", "週刊みどりだより")
			o.makeTopic("events", "催しのお知らせ")
			o.makeForm("weekly", "midori")
			c := o.caller(o.makeKey())
			reader := "haruka." + lang + "@" + mailDomain
			p := browsertest.Open(t)
			p.Lang(lang)
			p.Size(390, 844)
			o.signsUp(p, lang, reader)
			if c.permitted(reader, "weekly") {
				t.Error("nobody has confirmed yet")
			}
			o.confirms(p, lang, reader)
			if !c.permitted(reader, "weekly") {
				t.Error("confirmed, and still not permitted")
			}
			c.send(c.create("weekly", "今週の畑だより", "今週は**小松菜**が採れました。"))
			o.leaves(p, c, lang, reader)
			o.quiet()
		})
	}
}

func (o *office) signsUp(p *browsertest.Page, lang, reader string) {
	o.Helper()
	p.Go(o.url + "/f/midori")
	if got := p.Attribute("html", "lang"); got != lang {
		o.Errorf("the form speaks %q", got)
	}
	look(p, lang+"-form")
	p.Fill("#kf-email", reader)
	p.Fill("#kf-family_name", "見本")
	p.Fill("#kf-given_name", "はるか")
	p.Click("[name=topic]")
	if status := p.Follow(".button-main"); status != http.StatusOK {
		o.Fatalf("signing up: %d %s", status, p.Text("main"))
	}
	look(p, lang+"-sent")
}

func (o *office) confirms(p *browsertest.Page, lang, reader string) {
	o.Helper()
	to := o.link(reader, "/confirm/")
	p.Go(to)
	look(p, lang+"-confirm")
	if status := p.Follow(".button-main"); status != http.StatusOK || !p.Has(".stamp") {
		o.Fatalf("confirming: %d %s", status, p.Text("main"))
	}
	look(p, lang+"-confirmed")
	p.Go(to) // again, as people do
	p.Axe()
}

// leaves walks every way out without script.
func (o *office) leaves(p *browsertest.Page, c *caller, lang, reader string) {
	o.Helper()
	out := o.link(reader, "/unsubscribe/")
	p.NoScript(true)
	for _, path := range []string{"/why/", "/preferences/"} {
		p.Go(o.link(reader, path))
		look(p, lang+strings.TrimSuffix(strings.ReplaceAll(path, "/", "-"), "-"))
	}
	p.Go(out)
	look(p, lang+"-unsubscribe")
	if !c.permitted(reader, "weekly") {
		o.Error("opening the page refused")
	}
	p.Follow("main a[href*='/preferences/']")
	p.Set("#limit-all", "1-month")
	if status := p.Follow("main form:first-of-type .button"); status != http.StatusOK {
		o.Fatalf("saving: %d %s", status, p.Text("main"))
	}
	look(p, lang+"-preferences-saved")
	if c.permitted(reader, "weekly") {
		o.Error("one mail a month has come, and another would go out")
	}
	p.Set("#limit-all", "")
	p.Follow("main form:first-of-type .button")
	if !c.permitted(reader, "weekly") {
		o.Error("without the limit nothing is permitted")
	}
	p.Go(out)
	if status := p.Follow(".buttons form:first-child .button"); status != http.StatusOK {
		o.Fatalf("leaving: %d %s", status, p.Text("main"))
	}
	look(p, lang+"-unsubscribed")
	if c.permitted(reader, "weekly") {
		o.Error("a no is not a no")
	}
	p.Follow("[action*='/undo'] .button")
	look(p, lang+"-undone")
	if !c.permitted(reader, "weekly") {
		o.Error("the undo undid nothing")
	}
	p.Go(out)
	p.Follow(".buttons form:last-child .button")
	p.Click("[name=reason]")
	if status := p.Follow("[action*='/reason'] .button"); status != http.StatusOK {
		o.Fatalf("the reason: %d %s", status, p.Text("main"))
	}
	look(p, lang+"-reason")
	if c.permitted(reader, "weekly") || c.permitted(reader, "events") {
		o.Error("everything off, and something is on")
	}
	p.Go(o.url + "/preferences?" + url.Values{"lang": {lang}}.Encode())
	look(p, lang+"-preferences-ask")
	p.Fill("#address", reader)
	if status := p.Follow(".button-main"); status != http.StatusOK {
		o.Errorf("asking for the link: %d", status)
	}
	look(p, lang+"-preferences-sent")
	p.Go(out)
	p.Follow("a[href*='/s/']")
	look(p, lang+"-sender")
	p.Go(o.url + "/confirm/nothing")
	look(p, lang+"-not-found")
}
