package delivery

import (
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// finished is a letter as it stands before the wire.
const finished = "DKIM-Signature: v=1; d=cafe.example;\r\n h=From:Subject:List-Unsubscribe:\r\n List-Unsubscribe-Post; b=aa\r\n" +
	"From: =?utf-8?b?44Kr44OV44Kn?= <news@cafe.example>\r\nTo: \"Yamada, Taro\" <taro@example.jp>\r\n" +
	"List-Unsubscribe: <https://cafe.example/unsubscribe/x>,\r\n <mailto:u+x@cafe.example>\r\n" +
	"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nSubject: x\r\n\r\nTo: a@example.jp, b@example.jp\r\n"

func TestALetterIsReadAsItsReceiverReadsIt(t *testing.T) {
	t.Parallel()
	change := func(old, now string) string { return strings.Replace(finished, old, now, 1) }
	fine := law.LetterFacts{Recipients: 1, Exit: true, OneClick: true, Signature: "covers"}
	with := func(f func(*law.LetterFacts)) law.LetterFacts {
		out := fine
		f(&out)
		return out
	}
	rules, err := law.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		mail string
		want law.LetterFacts
		no   law.RuleID
	}{
		"as we write them":  {finished, fine, ""},
		"two recipients":    {change("<taro@example.jp>", "<taro@example.jp>, hanako@example.jp"), with(func(f *law.LetterFacts) { f.Recipients = 2 }), "LEAK-01"},
		"another in copy":   {change("Subject: x", "cc: hanako@example.jp\r\nSubject: x"), with(func(f *law.LetterFacts) { f.Recipients = 2 }), "LEAK-01"},
		"no way out":        {change("List-Unsubscribe: <https", "X-None: <https"), with(func(f *law.LetterFacts) { f.Exit = false }), "ID-04"},
		"not in the open":   {change("<https://", "<http://"), with(func(f *law.LetterFacts) { f.Exit = false }), "ID-04"},
		"the demo's own":    {change("<https://cafe.example", "<http://127.0.0.1:8080"), fine, ""},
		"no one click":      {change("List-Unsubscribe-Post: ", "X-Post: "), with(func(f *law.LetterFacts) { f.OneClick = false }), "ID-04"},
		"signed without":    {change("\r\n List-Unsubscribe-Post;", "Date;"), with(func(f *law.LetterFacts) { f.Signature = "omits" }), "ID-04"},
		"one of two is not": {"DKIM-Signature: h=From; b=x\r\n" + finished, with(func(f *law.LetterFacts) { f.Signature = "omits" }), "ID-04"},
		"a relay signs":     {finished[strings.Index(finished, "From:"):], with(func(f *law.LetterFacts) { f.Signature = "none" }), ""},
	} {
		got := letterFacts([]byte(c.mail))
		if got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		no := rules.Handoff(&law.HandoffFacts{Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), Step: "letter", Class: law.Ad, Letter: got})
		if (no == nil) != (c.no == "") || no != nil && no.ID != c.no {
			t.Errorf("%s: %v", name, no)
		}
	}
}

func FuzzLetterFacts(f *testing.F) {
	f.Add([]byte(finished))
	f.Add([]byte("To"))
	f.Add([]byte("To: (((,\"\\"))
	f.Fuzz(func(_ *testing.T, mail []byte) { letterFacts(mail) })
}

// A finished letter without the way out never reaches the wire, and the outbox tells by
// which rule.
func TestAnAdvertisementWithoutItsHeadersIsWithheld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.noWayOut = true
	r := receive(t, hidden{})
	e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}}}), alone))
	w.plan(e.Outbox(), bulk, 7, w.readers(3)...)
	w.ends(map[string]int{"3 withheld ID-04": 3})
	if got := r.look().taken; got != 0 {
		t.Errorf("%d arrived", got)
	}
}
