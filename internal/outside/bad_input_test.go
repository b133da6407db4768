package outside

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What programs send wrongly is answered clearly, and nothing of it is kept.
func TestWrongRequestsAreRefusedWhole(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, o *office) {
		o.makeTopic("weekly", "週刊みどりだより")
		key := o.makeKey()
		c := o.caller(key)
		event := `{"address":"hana@mail.example.jp","topic":"weekly","action":"granted","basis":"B1","occurred_at":"2026-10-01T00:00:00Z","evidence":{"source":"店頭"}}`
		long := strings.Repeat("あ", 10<<20/3)
		for name, tt := range map[string]struct {
			method, path, mediaType, body string
			want                          int
		}{
			"broken JSON":          {"POST", "/consents/events", "application/json", `{"address":`, 400},
			"no JSON":              {"POST", "/consents/events", "application/json", "\x00\xff<html>", 400},
			"a list":               {"POST", "/consents/events", "application/json", "[" + event + "]", 422},
			"nothing":              {"POST", "/consents/events", "application/json", "", 400},
			"another type":         {"POST", "/consents/events", "text/plain", event, 415},
			"a form":               {"POST", "/consents/events", "application/x-www-form-urlencoded", "address=a", 415},
			"an unknown field":     {"POST", "/consents/events", "application/json", strings.Replace(event, `"topic"`, `"topik":1,"topic"`, 1), 422},
			"an unknown action":    {"POST", "/consents/events", "application/json", strings.Replace(event, "granted", "erased", 1), 422},
			"a text for a time":    {"POST", "/consents/events", "application/json", strings.Replace(event, "2026-10-01T00:00:00Z", "gestern", 1), 422},
			"tomorrow":             {"POST", "/consents/events", "application/json", strings.Replace(event, "2026-", "2126-", 1), 422},
			"no source":            {"POST", "/consents/events", "application/json", strings.Replace(event, "店頭", "", 1), 422},
			"a grant without base": {"POST", "/consents/events", "application/json", strings.Replace(event, `"basis":"B1",`, "", 1), 422},
			"no address":           {"POST", "/consents/events", "application/json", strings.Replace(event, "hana@mail.example.jp", "hana", 1), 422},
			"two addresses":        {"POST", "/consents/events", "application/json", strings.Replace(event, "hana@mail.example.jp", `hana@mail.example.jp\r\nBcc: b@mail.example.jp`, 1), 422},
			"a strange topic":      {"POST", "/consents/events", "application/json", strings.Replace(event, "weekly", "monthly", 1), 422},
			"10 MB of a name":      {"POST", "/consents/events", "application/json", strings.Replace(event, "店頭", long, 1), 413},
			"an unknown path":      {"GET", "/nothing", "", "", 404},
			"another method":       {"DELETE", "/campaigns", "", "", 405},
			"an id of another kind": {
				"GET", "/contacts/cmp_0000000000001", "", "", 404,
			},
			"an id of nobody":     {"GET", "/contacts/con_zzzzzzzzzzzzz", "", "", 404},
			"a path in an id":     {"GET", "/contacts/..%2f..%2fetc%2fpasswd", "", "", 404},
			"a strange cursor":    {"GET", "/contacts?after=con_x", "", "", 422},
			"a negative limit":    {"GET", "/contacts?limit=-1", "", "", 422},
			"a strange address":   {"GET", "/permission?address=%0d%0a&topic=weekly", "", "", 422},
			"a strange import":    {"POST", "/imports?basis=B9", "text/csv", "a,b\r\n", 422},
			"an import of nobody": {"POST", "/imports?basis=B1&topic=monthly", "text/csv", "メールアドレス\r\na@mail.example.jp\r\n", 422},
		} {
			t.Run(name, func(t *testing.T) {
				c := *c
				c.TB = t
				c.call(tt.method, tt.path, tt.mediaType, tt.body).no(tt.want)
			})
		}
		var found struct{ Items []any }
		c.get("/contacts?limit=100").is(http.StatusOK).into(&found)
		if len(found.Items) != 0 || c.permitted("hana@mail.example.jp", "weekly") {
			t.Errorf("something is left of what was refused: %v", found.Items)
		}
		o.quiet()
	})
}

// A key opens one workspace, as far as it says, as long as it lives.
func TestStrangersKeysOpenNothing(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, o *office) {
		key := o.makeKey()
		o.caller(key).get("/workspace").is(http.StatusOK)
		wrong := key[:len(key)-1] + "x"
		if wrong == key {
			wrong = key[:len(key)-1] + "y"
		}
		for _, k := range []string{"", "kyk_", "kyk_" + strings.Repeat("a", 40), wrong, key + "a", strings.ToUpper(key), "Bearer " + key, "ses_1", strings.Repeat("x", 60000)} {
			o.caller(k).get("/workspace").no(http.StatusUnauthorized)
			o.caller(k).call("POST", "/imports", "text/csv", "a").no(http.StatusUnauthorized)
		}
		for _, cookie := range o.owner.http.Jar.Cookies(&url.URL{Scheme: "http", Host: strings.TrimPrefix(o.url, "http://")}) {
			o.caller(cookie.Value).get("/workspace").no(http.StatusUnauthorized)
		}
		narrow := textOf(o.owner.open("/admin/settings/keys/new").form("form[action='/admin/settings/keys/new']").
			set("name", "読むだけ", "scopes", "contacts:read").press().is(http.StatusOK).one("pre code"))
		o.caller(narrow).get("/contacts").is(http.StatusOK)
		o.caller(narrow).post("/campaigns", draft("weekly", "件名", "本文")).no(http.StatusForbidden)
		o.caller(narrow).call("POST", "/imports", "text/csv", "a").no(http.StatusForbidden)

		page := o.owner.open("/admin/settings/keys").is(http.StatusOK)
		for range page.all("form[action$='/revoke']") {
			o.owner.open("/admin/settings/keys").form("form[action$='/revoke']").press().is(http.StatusOK)
		}
		o.caller(key).get("/workspace").no(http.StatusUnauthorized)
		o.caller(narrow).get("/contacts").no(http.StatusUnauthorized)
		o.quiet()
	})
}

// The ids of one installation mean nothing in another.
func TestOthersIdsAreUnknown(t *testing.T) {
	t.Parallel()
	here, there := newOffice(t, ""), newOffice(t, "")
	there.makeTopic("weekly", "週刊みどりだより")
	there.proveDomain()
	c := there.caller(there.makeKey())
	c.list("weekly", "メールアドレス,姓\r\nhana@mail.example.jp,森\r\n")
	var found struct{ Items []struct{ ID string } }
	c.get("/contacts?address=hana@mail.example.jp").is(http.StatusOK).into(&found)
	id := c.create("weekly", "件名", "本文です。")
	mine := here.caller(here.makeKey())
	for _, path := range []string{"/contacts/" + found.Items[0].ID, "/contacts/" + found.Items[0].ID + "/evidence?reason=check", "/campaigns/" + id, "/campaigns/" + id + "/people"} {
		c.get(path).is(http.StatusOK)
		mine.get(path).no(http.StatusNotFound)
	}
	mine.post("/campaigns/"+id+"/send", map[string]any{}).no(http.StatusNotFound)
	c.key = mine.key
	c.get("/workspace").no(http.StatusUnauthorized)
}

// The address pages of readers are opened by machines, guessed and broken. None of
// it changes anything, and none of it is our fault.
func TestWrongTokensAndMethodsChangeNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	p := newPerson(t, o.url)
	tokens := []string{"x", "%00", "..%2f..", strings.Repeat("A", 8000), "eyJhbGciOiJub25lIn0.e30.", "%ff%fe", "あ", "a%0d%0aSet-Cookie:%20x=1"}
	for _, token := range tokens {
		for _, path := range []string{"/confirm/", "/unsubscribe/", "/preferences/", "/why/", "/f/", "/s/"} {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
				req, err := http.NewRequest(method, o.url+path+token, strings.NewReader(""))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				res, err := p.http.Do(req)
				if err != nil {
					t.Fatalf("%s %s%.40s: %v", method, path, token, err)
				}
				body := readAll(t, res)
				if res.StatusCode < 400 || res.StatusCode >= 500 || len(res.Cookies()) > 0 {
					t.Errorf("%s %s%.40s: %d, %d cookies: %.200s", method, path, token, res.StatusCode, len(res.Cookies()), body)
				}
			}
		}
	}
	o.quiet()
}

// A token with one character changed, or used for something else than it was made
// for, opens nothing.
func TestForgedTokensOpenNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	c := o.ready(1)
	c.send(c.create("weekly", "今週の畑だより", "今週は**小松菜**が採れました。"))
	reader := "r0@" + mailDomain
	link := o.link(reader, "/unsubscribe/")
	token := link[strings.LastIndex(link, "/")+1:]
	p := newPerson(t, o.url)
	no := func(path string) {
		t.Helper()
		for _, s := range []*sheet{p.open(path), p.send(path, "List-Unsubscribe=One-Click")} {
			if s.status < 400 || s.status >= 500 {
				t.Errorf("%s: %d %.200s", path, s.status, s.text())
			}
		}
	}
	for i := range token {
		swap := byte('A')
		if token[i] == swap {
			swap = 'B'
		}
		no("/unsubscribe/" + token[:i] + string(swap) + token[i+1:])
	}
	for _, path := range []string{"/confirm/" + token, "/unsubscribe/" + token + "A", "/unsubscribe/" + token[1:], "/unsubscribe/" + token + "/undo", "/confirm/" + token + "/disown", "/preferences/" + token + "/stop"} {
		if s := p.send(path, "x=1"); s.status < 400 || s.status >= 500 {
			t.Errorf("%s: %d %.200s", path, s.status, s.text())
		}
	}
	if !c.permitted(reader, "weekly") {
		t.Error("a forged token refused for somebody else")
	}
	p.send("/unsubscribe/"+token, "List-Unsubscribe=One-Click").is(http.StatusOK)
	if c.permitted(reader, "weekly") {
		t.Error("the true token refuses nothing")
	}
	o.quiet()
}

// Too much is refused before it is read, whoever sends it and wherever.
func TestTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	huge := "email=" + strings.Repeat("a", 10<<20)
	for _, path := range []string{"/admin/sign-in", "/admin/topics/new", "/admin/settings/keys/new", "/admin/settings"} {
		to, _ := url.Parse(o.url + path)
		s := o.owner.post(to, "application/x-www-form-urlencoded", []byte(huge))
		if s.status != http.StatusRequestEntityTooLarge || len(s.text()) == 0 {
			t.Errorf("%s: %d %.200s", path, s.status, s.text())
		}
	}
	to, _ := url.Parse(o.url + "/admin/topics/new")
	for _, kind := range []string{"application/json", "text/plain", "", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=\""} {
		s := o.owner.post(to, kind, []byte(`key=x&name_ja=x`))
		if s.status < 400 || s.status >= 500 {
			t.Errorf("%q: %d %.200s", kind, s.status, s.text())
		}
	}
	for name, body := range map[string][]byte{
		"絵.png": []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\x01\xfe", 5000)), "空.csv": nil, "名前\r\nX-Evil: 1.csv": []byte("色,大きさ\r\n赤,大\r\n"),
	} {
		s := o.owner.open("/admin/imports/new").form("main form[method=post]").upload("file", name, body).press()
		if s.status != http.StatusUnprocessableEntity && s.status != http.StatusOK || s.header.Get("X-Evil") != "" {
			t.Errorf("%q: %d %.200s", name, s.status, s.text())
		}
	}
	edit := o.owner.open("/admin/forms/new").form("main form[method=post]").set("preset", "white_paper", "name", "資料", "slug", "paper").press().is(http.StatusOK)
	paper := edit.form("form[action$='/file']").upload("file", "厚い.pdf", bytes.Repeat([]byte{'x'}, 52<<20)).press()
	if paper.status != http.StatusRequestEntityTooLarge && paper.status != http.StatusUnprocessableEntity {
		t.Errorf("52 MB of a document: %d %.200s", paper.status, paper.text())
	}
	req, _ := http.NewRequest(http.MethodGet, o.url+"/admin/", nil)
	req.Header.Set("X-Filler", strings.Repeat("x", 1<<20))
	res, err := o.owner.http.Do(req)
	if err == nil {
		defer res.Body.Close()
		if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("a megabyte of headers: %d", res.StatusCode)
		}
	}
	o.owner.open("/admin/topics").is(http.StatusOK)
	o.quiet()
}

// Line ends in names and subjects never become headers.
func TestHeadersCannotBeSmuggledIn(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, o *office) {
		o.proveDomain()
		o.makeTopic("weekly", "週刊みどりだより")
		c := o.caller(o.makeKey())
		for _, subject := range []string{"件名\r\nBcc: evil@mail.example.jp", "件名\nX: y", "件名\rX: y", "件名\u2028X: y", "件名\x00", "件名\x1b[31m"} {
			r := c.post("/campaigns", draft("weekly", subject, "本文です。"))
			if r.status == http.StatusCreated { // a draft may be wrong, a mail may not
				var made campaign
				r.into(&made)
				r = c.post("/campaigns/"+made.ID+"/send", map[string]any{})
			}
			if r.status != http.StatusForbidden {
				r.no(http.StatusUnprocessableEntity)
			}
		}
		c.list("weekly", "メールアドレス,姓,名,会社名\r\n"+
			"hana@mail.example.jp,\"森\r\nBcc: evil@mail.example.jp\",\"花\nX-Evil: 1\",\"会社\r\n\r\n<b>本文</b>\"\r\n"+
			"yuki@mail.example.jp,林,雪,\r\n")
		id := c.create("weekly", `{{ contact.name | honorific: "様", "お客様" }}へ {{ contact.company | default: "御社" }}`,
			`{{ contact.name | honorific: "様", "お客様" }}と{{ contact.company | default: "御社" }}。`)
		c.send(id)
		eventually(t, "the campaign is done", func() bool { return c.see(id).State == "done" })
		n := c.see(id).Progress
		if n.Total != n.Delivered || n.Delivered == 0 {
			t.Fatalf("%+v", n)
		}
		for _, mail := range o.postfix.Wait(t, n.Delivered) {
			head, _, _ := strings.Cut(string(mail), "\r\n\r\n")
			for line := range strings.SplitSeq(head, "\r\n") {
				if strings.HasPrefix(line, "Bcc") || strings.HasPrefix(line, "X-Evil") || strings.HasPrefix(line, "<b>") {
					t.Errorf("a header was smuggled in: %s", head)
				}
			}
			if strings.Contains(string(mail), "evil@") && strings.Contains(head, "evil@") {
				t.Errorf("the head names another reader: %s", head)
			}
		}
		o.quiet()
	})
}

// A file that is no list, or a field that is a book, is accounted for line by line.
func TestStrangeFilesAreAccountedFor(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	o.makeTopic("weekly", "週刊みどりだより")
	c := o.caller(o.makeKey())
	result := c.list("weekly", "メールアドレス,姓,備考\r\na@mail.example.jp,森,\""+strings.Repeat("あ", 10<<20/3)+"\"\r\nb@mail.example.jp,林,短い\r\nc,田,\r\n")
	if counted(result, "added") != 1 || counted(result, "refused") != 2 {
		t.Errorf("%v", result)
	}
	for name, body := range map[string]string{
		"nothing": "", "one line": "メールアドレス\r\n", "a picture": "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\x01\xfe", 5000),
		"another list": "色,大きさ\r\n赤,大\r\n", "an open quote": "メールアドレス\r\n\"a@mail.example.jp\r\n" + strings.Repeat("x\r\n", 1000),
	} {
		r := c.call("POST", "/imports?basis=B1&purpose=ads&source=x&obtained_at=2026-10-01&evidence=x&topic=weekly", "text/csv", body)
		switch {
		case r.status == http.StatusUnprocessableEntity:
			r.no(http.StatusUnprocessableEntity)
		case r.status == http.StatusAccepted:
			var j struct{ ID, State, Error string }
			r.into(&j)
			id := j.ID
			eventually(t, name+" has been read", func() bool {
				c.get("/imports/" + id).is(http.StatusOK).into(&j)
				return j.State == "done" || j.State == "failed"
			})
		default:
			t.Errorf("%s: %d %.300s", name, r.status, r.body)
		}
	}
	var found struct{ Items []any }
	c.get("/contacts?limit=100").is(http.StatusOK).into(&found)
	if len(found.Items) != 1 {
		t.Errorf("%d contacts came of it", len(found.Items))
	}
	o.quiet()
}
