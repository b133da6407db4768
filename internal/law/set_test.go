package law

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// good is a file with one rule that nothing is wrong with.
const good = `order = ["X", "FACT"]
[[rule]]
id = "X-1"
jurisdictions = ["JP"]
at = ["send"]
effect = "block"
kind = "policy"
certainty = "verified"
from = "2020-01-01"
when = [{ class = "ad" }]
ja = "あ"
en = "a"
citation = "c"
citation_ja = "し"
`

// doubt is the rule that every set must have.
var doubt = strings.NewReplacer("X-1", "FACT-01", `order = ["X", "FACT"]`, "").Replace(good)

func TestBadRuleFilesStopTheStart(t *testing.T) {
	t.Parallel()
	change := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, c := range map[string]struct{ body, at string }{
		"unknown field":        {good + "colour = 'red'\n", ":15:"},
		"no citation":          {change(`citation = "c"`, ""), ":2:"},
		"bad effect":           {change(`"block"`, `"stop"`), ":2:"},
		"bad kind":             {change(`"policy"`, `"rumour"`), ":2:"},
		"bad certainty":        {change(`"verified"`, `"sure"`), ":2:"},
		"bad date":             {change("2020-01-01", "2020-13-01"), ":2:"},
		"bad place":            {change(`at = ["send"]`, `at = ["sent"]`), ":2:"},
		"bad jurisdiction":     {change(`"JP"`, `"XX"`), ":2:"},
		"ends before":          {good + "until = \"2019-01-01\"\n", ":2:"},
		"overlapping dates":    {good + strings.Replace(good, `order = ["X", "FACT"]`, "", 1), ":16:"},
		"unknown fact":         {change("class =", "klass ="), ":2:"},
		"impossible choice":    {change(`class = "ad"`, `class = "advert"`), ":2:"},
		"empty choice":         {change(`class = "ad"`, `class = []`), ":2:"},
		"every choice":         {change(`class = "ad"`, `channel = ["mail", "sms", "line"]`), ":2:"},
		"empty range":          {change(`class = "ad"`, `asked = "5..3"`), ":2:"},
		"no comparison":        {change(`class = "ad"`, `asked = "many"`), ":2:"},
		"unknown check":        {good + "check = \"moon\"\n", ":2:"},
		"nothing to break":     {change(`when = [{ class = "ad" }]`, ""), ":2:"},
		"always holds":         {change(`{ class = "ad" }`, `{}`), ":2:"},
		"family without place": {change(`"X", `, ""), ":2:"},
		"not TOML at all":      {"[[rule", ":1:"},
	} {
		_, err := load(fstest.MapFS{"rules/x.toml": {Data: []byte(c.body)}, "rules/y.toml": {Data: []byte(doubt)}})
		if err == nil || !strings.Contains(err.Error(), "rules/x.toml"+c.at) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASetNeedsItsRuleOfDoubt(t *testing.T) {
	t.Parallel()
	if _, err := load(fstest.MapFS{"rules/x.toml": {Data: []byte(good)}}); err == nil {
		t.Error("a set without FACT-01 was accepted")
	}
	if _, err := load(fstest.MapFS{}); err == nil {
		t.Error("no rules at all were accepted")
	}
}

func TestRulesCountFromTheirDayToTheirEnd(t *testing.T) {
	t.Parallel()
	set := must(load(fstest.MapFS{"rules/x.toml": {Data: []byte(good + "until = \"2021-01-01\"\n" + doubt)}}))
	for day, want := range map[string]bool{
		"2019-12-31T14:59:59Z": false, "2019-12-31T15:00:00Z": true,
		"2020-12-31T14:59:59Z": true, "2020-12-31T15:00:00Z": false,
	} {
		f := SendFacts{Now: must(time.Parse(time.RFC3339, day)), Class: Ad, Channel: "mail", Recipient: "consumer", Nexus: Nexus{Sender: "JP", Stated: "JP"}}
		found := set.SendFindings(&f)
		got := len(found) > 0 && found[0].Rule.ID == "X-1"
		if got != want {
			t.Errorf("%s: in force = %v", day, got)
		}
	}
}

func TestAFactThatCannotBeReadIsANo(t *testing.T) {
	t.Parallel()
	set := must(Load())
	f := *fill[SendFacts](t, lawCase{}, readBase(t)[AtSend])
	if no := set.Send(&f); no != nil {
		t.Fatalf("the base case is refused by %s", no.ID)
	}
	f.Class = "letter"
	if no := set.Send(&f); no == nil || no.ID != doubtful {
		t.Errorf("a class nobody knows gave %v", no)
	}
	if found := set.SendFindings(&f); found.Block() == nil {
		t.Error("a class nobody knows was not found")
	}
}

func TestWhatThePersonSaidComesFirst(t *testing.T) {
	t.Parallel()
	set := must(Load())
	f := *fill[SendFacts](t, lawCase{}, readBase(t)[AtSend])
	f.Stop.Refusal, f.Sender.OwnDomain, f.Sender.Name = true, false, ""
	if no := set.Send(&f); no == nil || no.ID != "OUT-01" {
		t.Errorf("the answer was %v", no)
	}
	found := set.SenderFindings(&f)
	if no := found.Block(); no == nil || no.ID != "LBL-01" {
		t.Errorf("of the message alone: %v", ids(found))
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		n    Nexus
		want string
		hint string
	}{
		"Japan to Japan":              {Nexus{Sender: "JP", Stated: "JP"}, "JP, providers", "stated"},
		"Japan to Germany":            {Nexus{Sender: "JP", Domain: "mail.example.de"}, "JP, EU, DE, providers", "domain"},
		"abroad to Japan":             {Nexus{Sender: "US", Equipment: "US", Phone: "JP"}, "JP, providers", "phone"},
		"abroad to abroad":            {Nexus{Sender: "US", Equipment: "US", Stated: "CA"}, "CA, providers", "stated"},
		"nobody knows where":          {Nexus{Sender: "US", Domain: "example.com"}, "JP, EU, DE, providers", ""},
		"read in Japanese":            {Nexus{Sender: "US", Domain: "example.com", Language: "ja"}, "JP, providers", "language"},
		"what was stated comes first": {Nexus{Sender: "JP", Stated: "US", Domain: "example.jp"}, "JP, US, providers", "stated"},
	} {
		got := c.n.Reach()
		if got.Apply.String() != c.want || got.Hint != c.hint {
			t.Errorf("%s: %s by %q", name, got.Apply, got.Hint)
		}
	}
}

func TestMonths(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time { return must(time.Parse(time.DateOnly, s)) }
	for _, c := range []struct {
		from, to string
		want     int
	}{{"2024-11-21", "2026-11-21", 24}, {"2024-11-22", "2026-11-21", 23}, {"2026-11-21", "2026-11-21", 0}, {"2026-11-21", "2020-01-01", 0}} {
		if got := Months(at(c.from), at(c.to)); got != c.want {
			t.Errorf("%s to %s: %d", c.from, c.to, got)
		}
	}
}

// BenchmarkSend judges one message to one person by every rule of every legal order.
func BenchmarkSend(b *testing.B) {
	set := must(Load())
	f := *fill[SendFacts](b, lawCase{}, readBase(b)[AtSend])
	b.ReportAllocs()
	for b.Loop() {
		if no := set.Send(&f); no != nil {
			b.Fatal(no.ID)
		}
	}
}

// BenchmarkTenThousandDecisions judges ten thousand messages under all legal orders at
// once, which together must take under 50 ms.
func BenchmarkTenThousandDecisions(b *testing.B) {
	set := must(Load())
	f := *fill[SendFacts](b, lawCase{}, readBase(b)[AtSend])
	f.Beside, f.Permission.Express, f.Permission.Casl = everywhere, true, "express"
	b.ReportAllocs()
	for b.Loop() {
		for range 10_000 {
			if no := set.Send(&f); no != nil {
				b.Fatal(no.ID)
			}
		}
	}
}

// BenchmarkHandoff is the last look at a permit, which every message meets twice.
func BenchmarkHandoff(b *testing.B) {
	set := must(Load())
	f := *fill[HandoffFacts](b, lawCase{}, readBase(b)[AtHandoff])
	f.Step = "permit"
	b.ReportAllocs()
	for b.Loop() {
		if no := set.Handoff(&f); no != nil {
			b.Fatal(no.ID)
		}
	}
}

// TestADecisionAllocatesNothing holds what lets millions of decisions be made.
func TestADecisionAllocatesNothing(t *testing.T) {
	set := must(Load())
	f := *fill[SendFacts](t, lawCase{}, readBase(t)[AtSend])
	f.Nexus = Nexus{Sender: "JP", Domain: "mail.example.fr"}
	if n := testing.AllocsPerRun(1000, func() { set.Send(&f) }); n > 0 {
		t.Errorf("a decision allocates %v times", n)
	}
}
