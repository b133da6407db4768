package reply_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

func TestMetWithoutAWord(t *testing.T) {
	t.Parallel()
	general := general(t)
	slower, err := general.With(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		event  reply.Event
		means  reply.Verdict
		slower reply.Verdict // where a reset means "slower"
	}{
		"no connection":      {event: reply.Event{Kind: smtp.KindNetwork}, means: reply.Verdict{Blame: reply.Receiver}},
		"hung up":            {event: reply.Event{Kind: smtp.KindClosed, Stage: smtp.StageAfterDot}, means: reply.Verdict{Blame: reply.Receiver}},
		"ran out of time":    {event: reply.Event{Kind: smtp.KindTimeout}, means: reply.Verdict{Blame: reply.Receiver}},
		"reset":              {event: reply.Event{Kind: smtp.KindReset, Reset: true}, means: reply.Verdict{Blame: reply.Receiver}, slower: reply.Verdict{Blame: reply.Rate}},
		"reset on the way":   {event: reply.Event{Kind: smtp.KindClosed, Reset: true}, means: reply.Verdict{Blame: reply.Receiver}, slower: reply.Verdict{Blame: reply.Rate}},
		"no sense":           {event: reply.Event{Kind: smtp.KindProtocol, Code: 250, Stage: smtp.StageAfterDot}, means: reply.Verdict{Blame: reply.Protocol}},
		"no encryption":      {event: reply.Event{Kind: smtp.KindTLS, Stage: smtp.StageTLS, Code: 550, Text: "User unknown"}, means: reply.Verdict{Blame: reply.Protocol}},
		"wrong password":     {event: reply.Event{Kind: smtp.KindAuth, Stage: smtp.StageAuth, Code: 535, Text: "user unknown"}, means: reply.Verdict{Blame: reply.Protocol}},
		"too large for SIZE": {event: reply.Event{Kind: smtp.KindUnsupported, Stage: smtp.StageMail}, means: reply.Verdict{Blame: reply.Content, Permanent: true}},
		"not fit for a wire": {event: reply.Event{Kind: smtp.KindMessage, Stage: smtp.StageMail}, means: reply.Verdict{Blame: reply.Protocol, Permanent: true}},
		"withheld":           {event: reply.Event{Kind: smtp.KindFence, Stage: smtp.StageBeforeDot}},
		"stopped":            {event: reply.Event{Kind: smtp.KindCanceled}},
		"taken":              {event: reply.Event{Kind: smtp.KindRefused, Stage: smtp.StageAfterDot, Code: 250, Text: "2.0.0 Ok"}},
	} {
		if v := general.Judge(c.event); v != c.means {
			t.Errorf("%s: %+v", name, v)
		}
		if c.slower.Blame == reply.None {
			c.slower = c.means
		}
		if v := slower.Judge(c.event); v != c.slower {
			t.Errorf("%s, where resets mean slower: %+v", name, v)
		}
	}
}

func TestCodesAlone(t *testing.T) {
	t.Parallel()
	r, err := (*reply.Rules)(nil).With(nil, false)
	if err != nil {
		t.Fatal(err)
	}
	const perm, unknown = true, true
	for _, c := range []struct {
		stage     smtp.Stage
		code      int
		status    string
		blame     reply.Blame
		permanent bool
		unknown   bool
	}{
		{smtp.StageRcpt, 550, "5.1.1", reply.Recipient, perm, unknown},
		{smtp.StageAfterDot, 554, "5.1.1", reply.Recipient, perm, unknown},
		{smtp.StageRcpt, 550, "5.1.6", reply.Recipient, perm, unknown},
		{smtp.StageRcpt, 450, "4.1.1", reply.Recipient, false, false},
		{smtp.StageMail, 550, "5.1.1", reply.SenderDomain, perm, false},
		{smtp.StageRcpt, 550, "5.1.2", reply.Recipient, perm, false},
		{smtp.StageRcpt, 553, "5.1.3", reply.Recipient, perm, false},
		{smtp.StageRcpt, 550, "5.1.8", reply.SenderDomain, perm, false},
		{smtp.StageRcpt, 556, "5.1.10", reply.Recipient, perm, false},
		{smtp.StageRcpt, 550, "5.2.1", reply.Recipient, perm, false},
		{smtp.StageRcpt, 552, "5.2.2", reply.Recipient, false, false},
		{smtp.StageMail, 552, "5.3.4", reply.Content, perm, false},
		{smtp.StageMail, 452, "4.3.1", reply.Receiver, false, false},
		{smtp.StageAfterDot, 554, "5.4.6", reply.Receiver, perm, false},
		{smtp.StageRcpt, 452, "4.5.3", reply.Rate, false, false},
		{smtp.StageRcpt, 552, "5.5.3", reply.Rate, false, false},
		{smtp.StageAfterDot, 554, "5.6.0", reply.Content, perm, false},
		{smtp.StageRcpt, 550, "5.7.1", reply.SenderIP, perm, false},
		{smtp.StageAfterDot, 550, "5.7.1", reply.Content, perm, false},
		{smtp.StageRcpt, 550, "5.7.17", reply.Recipient, perm, false},
		{smtp.StageAfterDot, 550, "5.7.26", reply.SenderDomain, perm, false},
		{smtp.StageRcpt, 450, "4.7.25", reply.SenderIP, false, false},
		{smtp.StageRcpt, 550, "5.7.28", reply.Rate, false, false},
		{smtp.StageRcpt, 550, "5.9.9", reply.Recipient, perm, false},
		{smtp.StageRcpt, 550, "4.2.2", reply.Recipient, perm, false}, // contradicts itself
		{smtp.StageRcpt, 550, "x.y.z", reply.Recipient, perm, false},
		{smtp.StageRcpt, 550, "5.99999.1", reply.Recipient, perm, false},
		{smtp.StageConnect, 554, "", reply.SenderIP, false, false},
		{smtp.StageConnect, 521, "", reply.Receiver, false, false},
		{smtp.StageConnect, 421, "", reply.Rate, false, false},
		{smtp.StageHello, 550, "", reply.SenderIP, false, false},
		{smtp.StageMail, 550, "", reply.SenderDomain, perm, false},
		{smtp.StageMail, 421, "", reply.Receiver, false, false},
		{smtp.StageRcpt, 450, "", reply.Recipient, false, false},
		{smtp.StageRcpt, 451, "", reply.Receiver, false, false},
		{smtp.StageRcpt, 501, "", reply.Protocol, perm, false},
		{smtp.StageRcpt, 550, "", reply.Recipient, perm, false},
		{smtp.StageRcpt, 551, "", reply.Recipient, perm, false},
		{smtp.StageRcpt, 552, "", reply.Recipient, false, false},
		{smtp.StageAfterDot, 552, "", reply.Content, perm, false},
		{smtp.StageAfterDot, 554, "", reply.Content, perm, false},
		{smtp.StageAfterDot, 450, "", reply.Receiver, false, false},
	} {
		v := r.Judge(reply.Event{Stage: c.stage, Kind: smtp.KindRefused, Code: c.code, Enhanced: c.status})
		if want := (reply.Verdict{Blame: c.blame, Permanent: c.permanent, Unknown: c.unknown}); v != want {
			t.Errorf("%s %d %s: %+v", c.stage, c.code, c.status, v)
		}
	}
}

// A status in the words counts as much as one in its place, but not a part of an IP
// address, and not one that contradicts the code.
func TestStatusInTheWords(t *testing.T) {
	t.Parallel()
	r, err := (*reply.Rules)(nil).With(nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for text, unknown := range map[string]bool{
		"zzz (#5.1.1)": true, "#5.1.1 zzz": true, "zzz [5.1.1]": true, "zzz 5.1.1": true,
		"zzz 5.1.1.7": false, "zzz 15.1.1": false, "zzz #4.1.1": false, "v5.1.1": false, "": false,
	} {
		if v := r.Judge(refused(smtp.StageRcpt, 550, text)); v.Unknown != unknown {
			t.Errorf("%q: %+v", text, v)
		}
	}
}

func TestHints(t *testing.T) {
	t.Parallel()
	general := general(t)
	for text, want := range map[string]time.Duration{
		"zzz, try again in 5 minutes":                         5 * time.Minute,
		"zzz: please wait 300 seconds":                        5 * time.Minute,
		"zzz. Retry after 90s":                                90 * time.Second,
		"zzz; retry-after: 120":                               2 * time.Minute,
		"zzz, TRY AGAIN\nIN AN HOUR":                          time.Hour,
		"zzz, come back in 00:05:00":                          5 * time.Minute,
		"zzz blocked for 2 days":                              24 * time.Hour,
		"zzz, try again in half an hour":                      30 * time.Minute,
		"1時間後に再送してください":                                       time.Hour,
		"３０分間お待ちください":                                         30 * time.Minute,
		"zzz, try again in 0 seconds":                         0,
		"zzz, try again later":                                0,
		"zzz, try again in a few minutes":                     0,
		"zzz more than 100 messages in 60 minutes":            0,
		"zzz limited: 60 messages an instant, minutes matter": 0,
		"zzz 999999999999 seconds, wait":                      0,
	} {
		if v := general.Judge(refused(smtp.StageAfterDot, 451, text)); v.Wait != want {
			t.Errorf("%q: %v by %q", text, v.Wait, v.Rule)
		}
	}
	if v := general.Judge(refused(smtp.StageRcpt, 550, "User unknown, try again in 5 minutes")); v.Wait != 0 || !v.Unknown {
		t.Errorf("an unknown user is waited for: %+v", v)
	}
}

func TestProvidersRulesComeFirst(t *testing.T) {
	t.Parallel()
	own, err := general(t).With([]reply.Rule{
		{ID: "own.first", Nth: 3, Text: "user unknown", Blame: reply.Rate, Wait: time.Minute},
		{ID: "own.codes", Codes: []string{"55"}, Enhanced: []string{"5.7.600-649", "*.9.*"}, Blame: reply.SenderIP},
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	e := refused(smtp.StageRcpt, 550, "User unknown")
	if v := own.Judge(e); v.Rule != "unknown_user" {
		t.Errorf("the first mail: %+v", v)
	}
	e.Nth = 3
	if v := own.Judge(e); v != (reply.Verdict{Blame: reply.Rate, Wait: time.Minute, Rule: "own.first"}) {
		t.Errorf("the third mail: %+v", v)
	}
	for status, rule := range map[string]string{"5.7.606": "own.codes", "5.9.1": "own.codes", "5.7.650": "", "": ""} {
		e := reply.Event{Stage: smtp.StageRcpt, Kind: smtp.KindRefused, Code: 550, Enhanced: status}
		if v := own.Judge(e); v.Rule != rule {
			t.Errorf("%q: %+v", status, v)
		}
	}
	if ids := own.IDs(); ids[0] != "own.first" || len(ids) < 30 {
		t.Errorf("%d rules, first %s", len(ids), ids[0])
	}
}

func TestImpossibleRules(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]reply.Rule{
		"id is missing":      {Text: "x", Blame: reply.Rate},
		"none of stages":     {ID: "a", Blame: reply.Rate},
		"blame is none":      {ID: "a", Text: "x", Blame: "nobody"},
		"not a stage":        {ID: "a", Stages: []string{"helo"}, Blame: reply.Rate},
		"not a code":         {ID: "a", Codes: []string{"250"}, Blame: reply.Rate},
		"codes: not a":       {ID: "a", Codes: []string{"5505"}, Blame: reply.Rate},
		"enhanced: not an":   {ID: "a", Enhanced: []string{"5.1"}, Blame: reply.Rate},
		`status: "5.7.9-1"`:  {ID: "a", Enhanced: []string{"5.7.9-1"}, Blame: reply.Rate},
		"text: error":        {ID: "a", Text: "(", Blame: reply.Rate},
		"lasting is neither": {ID: "a", Text: "x", Blame: reply.Content, Lasting: "for ever"},
		"cannot be perm":     {ID: "a", Text: "x", Blame: reply.Rate, Lasting: reply.Permanent},
		"unknown needs":      {ID: "a", Text: "x", Blame: reply.Content, Unknown: true},
		"cannot be temp":     {ID: "a", Text: "x", Blame: reply.Recipient, Unknown: true, Lasting: reply.Temporary},
		"twice needs":        {ID: "a", Text: "x", Blame: reply.Recipient, Twice: true},
		"wait must":          {ID: "a", Text: "x", Blame: reply.Rate, Wait: time.Millisecond},
		"nth is":             {ID: "a", Text: "x", Blame: reply.Rate, Nth: -1},
	} {
		if _, err := general(t).With([]reply.Rule{r}, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	twice := reply.Rule{ID: "unknown_user", Text: "x", Blame: reply.Rate}
	if _, err := general(t).With([]reply.Rule{twice}, false); err == nil || !strings.Contains(err.Error(), "stands twice") {
		t.Errorf("a known id: %v", err)
	}
}

func TestWhatSMTPReports(t *testing.T) {
	t.Parallel()
	said := smtp.Reply{Code: 550, Enhanced: "5.1.1", Text: "User unknown"}
	e := reply.Met(smtp.Result{Stage: smtp.StageRcpt, Reply: said}, &smtp.Error{Stage: smtp.StageRcpt, Kind: smtp.KindRefused, Reply: said}, 4)
	if e != (reply.Event{Stage: smtp.StageRcpt, Kind: smtp.KindRefused, Code: 550, Enhanced: "5.1.1", Text: "User unknown", Nth: 4}) {
		t.Errorf("refused: %+v", e)
	}
	if e := reply.Met(smtp.Result{}, &smtp.Error{Kind: smtp.KindReset}, 0); !e.Reset || e.Kind != smtp.KindReset {
		t.Errorf("reset: %+v", e)
	}
	taken := reply.Met(smtp.Result{Stage: smtp.StageAfterDot, Accepted: true, Reply: smtp.Reply{Code: 250}}, nil, 1)
	foreign := reply.Met(smtp.Result{Stage: smtp.StageMail}, strings.NewReader("").UnreadByte(), 1)
	for _, e := range []reply.Event{taken, foreign} {
		if v := general(t).Judge(e); v != (reply.Verdict{}) {
			t.Errorf("%+v: %+v", e, v)
		}
	}
}

func general(tb testing.TB) *reply.Rules {
	tb.Helper()
	r, err := reply.General()
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func refused(s smtp.Stage, code int, text string) reply.Event {
	return reply.Event{Stage: s, Kind: smtp.KindRefused, Code: code, Text: text}
}
