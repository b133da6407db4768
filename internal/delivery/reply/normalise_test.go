package reply_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// Answers of one cause become the same, whoever they were about.
func TestEqualCausesAreEqual(t *testing.T) {
	t.Parallel()
	for want, texts := range map[string][]string{
		"* recipient address rejected user unknown in virtual mailbox table": {
			"<taro.yamada@example.jp>: Recipient address rejected: User unknown in virtual mailbox table",
			"<\"a..b\"@example.net>: Recipient address rejected:\nUser unknown in virtual mailbox table",
		},
		"no such user * here": {"No such user taro here", "No such user: Hanako.S here", "no such user (山田) here!"},
		"[TSS04] messages from * temporarily deferred due to unexpected volume or user complaints * see *": {
			"[TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://example.com/error-codes",
			"[TSS04] Messages from 2001:db8::1 temporarily deferred due to unexpected volume or user complaints - 198.51.100.7; see https://example.net/x?ip=1",
		},
		"service unavailable client host * blocked using *": {
			"Service unavailable; Client host [192.0.2.1] blocked using zen.example.org; https://example.org/q/192.0.2.1",
		},
		"5.1.1 queued as * at *": {"5.1.1 Queued as 4F2aB91C0D at 00:00", "5.1.1 queued as <20260101.abc@host> at 12:30:05"},
		"anti spoofing policy":   {"Anti-Spoofing policy"},
		"":                       {"", " \n ", "---"},
		"*":                      {"taro", "山田太郎", "\xff\xfe", "[TARO]", "[taro04]"},
	} {
		for _, text := range texts {
			if got := reply.Normalise(text); got != want {
				t.Errorf("%q\n is %q\nnot %q", text, got, want)
			}
		}
	}
	if got := reply.Normalise(strings.Repeat("user taro unknown ", 100)); len(strings.Fields(got)) > 40 {
		t.Errorf("%d words", len(strings.Fields(got)))
	}
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"<taro@example.jp>: User unknown", "[TSS04] 192.0.2.1", "5.1.1 anti-spoofing", "a-b-\xff [A1]", "…"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := reply.Normalise(text)
		if again := reply.Normalise(got); again != got {
			t.Errorf("%q becomes %q, and that %q", text, got, again)
		}
		if strings.Contains(got, "@") || !utf8.ValidString(got) {
			t.Errorf("%q is left of %q", got, text)
		}
	})
}

func FuzzJudge(f *testing.F) {
	rules := general(f)
	f.Add(uint8(0x15), 550, "5.1.1", "<taro@example.jp>: User unknown")
	f.Add(uint8(0x10), 421, "", "Too many connections, try again in 5 minutes")
	f.Add(uint8(0x18), 554, "5.7.1", "spam (#5.1.1) wait 00:10:00")
	f.Fuzz(func(t *testing.T, place uint8, code int, status, text string) {
		e := reply.Event{Stage: smtp.Stage(place & 0xf), Kind: smtp.Kind(place >> 4), Code: code, Enhanced: status, Text: text}
		v := rules.Judge(e)
		switch {
		case v.Unknown && (v.Blame != reply.Recipient || !v.Permanent || e.Stage < smtp.StageRcpt || code < 500):
			t.Errorf("%+v is unknown: %+v", e, v)
		case v.Twice && !v.Unknown, v.Permanent && v.Blame == reply.Rate, v.Permanent && e.Stage < smtp.StageMail && e.Kind == smtp.KindRefused:
			t.Errorf("%+v contradicts itself: %+v", e, v)
		case v.Wait < 0, v.Wait > 24*time.Hour:
			t.Errorf("%+v waits %v", e, v.Wait)
		case v != rules.Judge(e):
			t.Errorf("%+v is judged differently twice", e)
		}
	})
}

// BenchmarkJudgeHostile is a text made to keep patterns running.
func BenchmarkJudgeHostile(b *testing.B) {
	rules := general(b)
	e := refused(smtp.StageRcpt, 550, strings.Repeat("user address message sender ip host url size reputation exceed limit ", 60))
	for b.Loop() {
		rules.Judge(e)
	}
}

func BenchmarkNormalise(b *testing.B) {
	for b.Loop() {
		reply.Normalise("<taro@example.jp>: Recipient address rejected: User unknown in virtual mailbox table")
	}
}
