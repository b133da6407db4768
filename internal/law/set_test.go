package law

import (
	"regexp"
	"slices"
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

// atFault are changes of the good file, each with the line that is then at fault.
var atFault = map[string]struct{ old, new, at string }{
	"no citation":           {`citation = "c"` + "\n", "", ":2:"},
	"empty citation":        {`citation = "c"`, `citation = ""`, ":13:"},
	"citation of blanks":    {`citation = "c"`, `citation = " "`, ":13:"},
	"id with a blank":       {`"X-1"`, `"X-1 "`, ":3:"},
	"id without a number":   {`"X-1"`, `"X"`, ":3:"},
	"id that is a number":   {`"X-1"`, `1`, ":3:"},
	"bad effect":            {`"block"`, `"stop"`, ":6:"},
	"bad kind":              {`"policy"`, `"rumour"`, ":7:"},
	"bad certainty":         {`"verified"`, `"sure"`, ":8:"},
	"bad date":              {"2020-01-01", "2020-13-01", ":9:"},
	"date without quotes":   {`"2020-01-01"`, "2020-01-01", ":9:"},
	"bad place":             {`at = ["send"]`, `at = ["sent"]`, ":5:"},
	"place that is no list": {`at = ["send"]`, `at = "send"`, ":5:"},
	"place named twice":     {`at = ["send"]`, `at = ["send", "send"]`, ":5:"},
	"no place":              {`at = ["send"]`, `at = []`, ":5:"},
	"bad jurisdiction":      {`"JP"`, `"XX"`, ":4:"},
	"no jurisdiction":       {`["JP"]`, `[]`, ":4:"},
	"no condition":          {`[{ class = "ad" }]`, `[]`, ":10:"},
	"texts for conditions":  {`[{ class = "ad" }]`, `["ad"]`, ":10:"},
	"unknown fact":          {"class =", "klass =", ":10:"},
	"impossible choice":     {`class = "ad"`, `class = "advert"`, ":10:"},
	"empty choice":          {`class = "ad"`, `class = []`, ":10:"},
	"choice named twice":    {`class = "ad"`, `class = ["ad", "ad"]`, ":10:"},
	"every choice":          {`class = "ad"`, `channel = ["mail", "sms", "line"]`, ":10:"},
	"a choice as a number":  {`class = "ad"`, `class = 1`, ":10:"},
	"a flag as a text":      {`class = "ad"`, `known = "true"`, ":10:"},
	"empty range":           {`class = "ad"`, `asked = "5..3"`, ":10:"},
	"no comparison":         {`class = "ad"`, `asked = "many"`, ":10:"},
	"two comparisons":       {`class = "ad"`, `asked = ">> 1"`, ":10:"},
	"above no number":       {`class = "ad"`, `asked = "> NaN"`, ":10:"},
	"from no number":        {`class = "ad"`, `asked = "NaN..3"`, ":10:"},
	"up to no number":       {`class = "ad"`, `asked = "3..nan"`, ":10:"},
	"no number itself":      {`class = "ad"`, `asked = nan`, ":10:"},
	"above infinity":        {`class = "ad"`, `asked = "> Inf"`, ":10:"},
	"infinity itself":       {`class = "ad"`, `asked = inf`, ":10:"},
	"other digits":          {`class = "ad"`, `asked = "> 0x10"`, ":10:"},
	"an exponent":           {`class = "ad"`, `asked = "> 1e400"`, ":10:"},
	"less than nothing":     {`class = "ad"`, `asked = "< 0"`, ":10:"},
	"nothing or more":       {`class = "ad"`, `asked = ">= 0"`, ":10:"},
	"half a request":        {`class = "ad"`, `asked = 1.5`, ":10:"},
	"above half a request":  {`class = "ad"`, `asked = "> 1.5"`, ":10:"},
	"the 25th hour":         {`class = "ad"`, `local_hour = ">= 25"`, ":10:"},
	"all hours":             {`class = "ad"`, `local_hour = "0..23"`, ":10:"},
	"more than all mail":    {`class = "ad"`, `"workspace.figures.unknown_rate" = "> 1"`, ":10:"},
	"always holds":          {`{ class = "ad" }`, `{}`, ":10:"},
	"nothing to break":      {`when = [{ class = "ad" }]`, "", ":2:"},
	"held by nothing":       {`when = [{ class = "ad" }]`, "held_by = []", ":10:"},
	"held by no name":       {`when = [{ class = "ad" }]`, `held_by = [""]`, ":10:"},
	"second alternative":    {`[{ class = "ad" }]`, "[\n  { class = \"ad\" }, # }]\n  { class = \"tx\", asked = -1 },\n]", ":12:"},
	"condition of its own":  {`citation_ja = "し"`, "citation_ja = 'し'\n[[rule.when]]\n\"class\" = 'advert'", ":16:"},
	"second of its own":     {`citation_ja = "し"`, "citation_ja = 'し'\n[[rule.when]]\nclass = 'ad'\n[[rule.when]]\nasked = -1", ":18:"},
	"family named twice":    {`order = ["X", "FACT"]`, `order = ["X", "FACT", "X"]`, ":1:"},
	"family without place":  {`"X", `, "", ":2:"},
	"not TOML at all":       {"[[rule]]", "[[rule", ":3:"},
	"text of many lines":    {`ja = "あ"`, "ja = \"\"\"\n[[rule]]\n\\\"\"\" ]\"\"\"\"\nrepair = \"pray\"", ":14:"},
	"a spaced header":       {"[[rule]]", "# [[rule]]\n[[ rule ]] # note\nrepair = 'pray'", ":4:"},
}

func TestBadRuleFilesStopTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range atFault {
		body := strings.Replace(good, c.old, c.new, 1)
		if strings.Contains(name, "of its own") {
			body = strings.Replace(body, "when = [{ class = \"ad\" }]", "", 1)
		}
		refused(t, name, body, c.at)
	}
	for name, c := range map[string]struct{ more, at string }{
		"unknown field":        {"colour = 'red'\n", ":15:"},
		"ends before":          {"until = \"2019-01-01\"\n", ":15:"},
		"unknown check":        {"check = \"moon\"\n", ":15:"},
		"unknown repair":       {"repair = \"pray\"\n", ":15:"},
		"unknown channel":      {"awaits = \"fax\"\n", ":15:"},
		"overlapping dates":    {strings.Replace(good, `order = ["X", "FACT"]`, "", 1), ":16:"},
		"unknown table":        {"[colour]\nred = 1\n", ":15:"},
		"the second of two":    {strings.NewReplacer(`order = ["X", "FACT"]`, "", "X-1", "X-2", `"ad"`, `"advert"`).Replace(good), ":24:"},
		"a header with a note": {strings.NewReplacer(`order = ["X", "FACT"]`, "", "X-1", "X-2", "[[rule]]", "[[rule]] # note", `"ad"`, `"advert"`).Replace(good), ":24:"},
	} {
		refused(t, name, good+c.more, c.at)
	}
	refused(t, "rules in one list", "order = ['X']\nrule = [{ id = 'X-1' }]\n", ":2:")
	refused(t, "a text for rules", "rule = 'X-1'\n", ":1:")
	refused(t, "one rule alone", "[rule]\nid = 'X-1'\n", ":1:")
}

func refused(t *testing.T, name, body, at string) {
	t.Helper()
	_, err := load(fstest.MapFS{"rules/x.toml": {Data: []byte(body)}, "rules/y.toml": {Data: []byte(doubt)}})
	if err == nil || !strings.Contains(err.Error(), "rules/x.toml"+at) {
		t.Errorf("%s: %v, want one at %s", name, err, at)
	}
}

// TestGoodRuleFilesLoad holds the same spellings against what nothing is wrong with.
func TestGoodRuleFilesLoad(t *testing.T) {
	t.Parallel()
	change := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, body := range map[string]string{
		"as it is":          good,
		"header with note":  change("[[rule]]", "[[rule]] # note"),
		"header with space": change("[[rule]]", "[[ rule ]]"),
		"header in quotes":  change("[[rule]]", `[["rule"]]`),
		"header in a text":  change(`ja = "あ"`, "ja = '''\n[[rule]]'''"),
		"line ends":         strings.ReplaceAll(good, "\n", "\r\n"),
		"its own condition": change(`when = [{ class = "ad" }]`, "") + "[[rule.when]]\nclass = \"ad\"\n",
		"whole numbers":     change(`class = "ad"`, `asked = 2, local_hour = "<= 22"`),
		"parts":             change(`class = "ad"`, `"workspace.figures.unknown_rate" = ">= 0.5"`),
		"a range":           change(`class = "ad"`, `local_hour = "1 .. 23"`),
	} {
		if _, err := load(fstest.MapFS{"rules/x.toml": {Data: []byte(body)}, "rules/y.toml": {Data: []byte(doubt)}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBoundsCanBeRead holds the tags of all facts: a bound that cannot be read would
// refuse every rule that speaks of its fact.
func TestBoundsCanBeRead(t *testing.T) {
	t.Parallel()
	for place, facts := range placeFacts {
		for name, w := range wordsOf(facts) {
			if !(w.low < w.high) {
				t.Errorf("%s: %s lies between %v and %v", place, name, w.low, w.high)
			}
		}
	}
}

// TestRepairsAreNamed fails for an act that no rule names any more.
func TestRepairsAreNamed(t *testing.T) {
	t.Parallel()
	set := must(Load())
	for _, repair := range repairs {
		if !slices.ContainsFunc(set.Rules(), func(r *Rule) bool { return r.Repair == repair }) {
			t.Errorf("no rule is mended by %s", repair)
		}
	}
}

// FuzzLoad holds that no file of rules, however it is written, stops the program other
// than by an error that tells the line.
func FuzzLoad(f *testing.F) {
	f.Add(good)
	for _, c := range atFault {
		f.Add(strings.Replace(good, c.old, c.new, 1))
	}
	f.Add("[[rule]]\n[[rule.when]]\nx=[[[{a.b='''")
	f.Fuzz(func(t *testing.T, body string) {
		_, err := load(fstest.MapFS{"rules/x.toml": {Data: []byte(body)}, "rules/y.toml": {Data: []byte(doubt)}})
		if err != nil && !atLine.MatchString(err.Error()) {
			t.Errorf("%q: %v", body, err)
		}
	})
}

// atLine is how an error names its place.
var atLine = regexp.MustCompile(`^law: rules/[xy]\.toml:[1-9][0-9]*: `)

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
		"Japan to Japan":             {Nexus{Sender: "JP", Stated: "JP"}, "JP, providers", "stated"},
		"Japan to Germany":           {Nexus{Sender: "JP", Domain: "mail.example.de"}, "JP, EU, DE, providers", "domain"},
		"abroad to Japan":            {Nexus{Sender: "US", Equipment: "US", Phone: "JP"}, "JP, providers", "phone"},
		"abroad to abroad":           {Nexus{Sender: "US", Equipment: "US", Stated: "CA"}, "CA, providers", "stated"},
		"nobody knows where":         {Nexus{Sender: "US", Domain: "example.com"}, "JP, EU, DE, providers", ""},
		"read in Japanese":           {Nexus{Sender: "US", Domain: "example.com", Language: "ja"}, "JP, providers", "language"},
		"hints that contradict":      {Nexus{Sender: "US", Stated: "US", Domain: "example.de"}, "US, EU, DE, providers", "several"},
		"three of them":              {Nexus{Sender: "US", Stated: "GB", Phone: "AU", Domain: "example.jp"}, "JP, UK, AU, providers", "several"},
		"hints that agree":           {Nexus{Sender: "US", Stated: "DE", Phone: "DE", Domain: "example.de"}, "EU, DE, providers", "stated"},
		"Germany beside France":      {Nexus{Sender: "US", Stated: "FR", Domain: "example.de"}, "EU, DE, providers", "several"},
		"one law of two countries":   {Nexus{Sender: "US", Stated: "FR", Domain: "example.be"}, "EU, providers", "stated"},
		"an unknown law beside one":  {Nexus{Sender: "US", Stated: "US", Phone: "BR"}, "JP, US, EU, DE, providers", "several"},
		"two unknown laws":           {Nexus{Sender: "US", Stated: "BR", Postal: "CN"}, "JP, EU, DE, providers", "several"},
		"abroad and in Japanese":     {Nexus{Sender: "US", Stated: "US", Language: "ja"}, "JP, US, providers", "stated"},
		"a market counts alone":      {Nexus{Sender: "US", Stated: "US", Market: "DE"}, "US, providers", "stated"},
		"the market":                 {Nexus{Sender: "US", Domain: "example.com", Market: "US"}, "US, providers", "market"},
		"a market without known law": {Nexus{Sender: "US", Market: "BR"}, "JP, EU, DE, providers", "market"},
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
