package law

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

var now = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// allowed is a message that every rule lets pass.
func allowed() SendFacts {
	return SendFacts{
		Class: Ad, Now: now, Known: true, TopicOpen: true, OwnDomain: true,
		Permission: Permission{State: "given", Basis: "B1", Event: 9, Since: now.AddDate(0, -1, 0)},
		Label:      Label{LegalName: "株式会社みどり", PostalAddress: "東京都千代田区", Contact: "03-0000-0000", Exit: true},
	}
}

func TestEachRuleSaysNoForItsOwnFact(t *testing.T) {
	t.Parallel()
	set, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	cases := map[RuleID]func(*SendFacts){
		"":         func(*SendFacts) {},
		"SCOPE-01": func(f *SendFacts) { f.Class = "" },
		"ERASE-01": func(f *SendFacts) { f.Known = false },
		"OUT-01":   func(f *SendFacts) { f.Stops = []Stop{{Kind: StopRefusal}} },
		"OUT-12":   func(f *SendFacts) { f.Stops = []Stop{{Kind: StopComplaint}} },
		"DLV-02":   func(f *SendFacts) { f.Stops = []Stop{{Kind: StopBounce}} },
		"SUP-01":   func(f *SendFacts) { f.Class = Tx; f.Stops = []Stop{{Kind: StopManual}} },
		"OUT-03":   func(f *SendFacts) { f.Class = TxWithIncidentalAd; f.RefusedAll = true },
		"TOPIC-01": func(f *SendFacts) { f.TopicOpen = false },
		"BASIS-01": func(f *SendFacts) { f.Permission = Permission{} },
		"BASIS-06": func(f *SendFacts) { f.Permission.Basis = "B3"; f.Permission.Since = now.AddDate(0, -25, 0) },
		"BASIS-12": func(f *SendFacts) { f.Class = ConsentRequest; f.Asked = 1 },
		"REC-04":   func(f *SendFacts) { f.Permission.State = "requested" },
		"REC-06":   func(f *SendFacts) { f.Permission.ValidUntil = now },
		"FREQ-01":  func(f *SendFacts) { f.Permission.Limit = 1; f.Permission.Received = 1 },
		"FREQ-02":  func(f *SendFacts) { f.Permission.PausedUntil = now.Add(time.Hour) },
		"LBL-01":   func(f *SendFacts) { f.Label.LegalName = "" },
		"LBL-02":   func(f *SendFacts) { f.Label.Exit = false },
		"LBL-04":   func(f *SendFacts) { f.Label.PostalAddress = "" },
		"LBL-05":   func(f *SendFacts) { f.Label.Contact = "" },
		"ID-01":    func(f *SendFacts) { f.OwnDomain = false },
	}
	for want, change := range cases {
		f := allowed()
		change(&f)
		if got := Send(f); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
		if _, ok := set.Rule(want); want != "" && !ok {
			t.Errorf("rule %s has no entry", want)
		}
	}
	for _, r := range set.Rules() {
		if _, ok := cases[r.ID]; !ok && r.ID != "OUT-02" && r.ID != "GATE-01" { // these two are the gate's own
			t.Errorf("rule %s is enforced nowhere", r.ID)
		}
	}
}

func TestTransactionalMailNeedsNoBasisButAKnownSender(t *testing.T) {
	t.Parallel()
	f := allowed()
	f.Class, f.Permission, f.Stops = Tx, Permission{}, []Stop{{Kind: StopRefusal}}
	f.Label.PostalAddress, f.Label.Contact = "", ""
	if got := Send(f); got != "" {
		t.Errorf("tx was stopped by %s", got)
	}
	f.Label.LegalName = ""
	if got := Send(f); got != "LBL-01" {
		t.Errorf("tx without a name gave %q", got)
	}
}

func TestBadRuleFilesAreRefused(t *testing.T) {
	t.Parallel()
	good := "[[rule]]\nid='X-1'\njurisdiction='JP'\neffect='block'\nkind='policy'\nfrom='2020-01-01'\nja='あ'\nen='a'\ncitation='c'\ncitation_ja='c'\n"
	for name, body := range map[string]string{
		"unknown field":   good + "colour='red'\n",
		"no citation":     strings.Replace(good, "citation='c'", "", 1),
		"bad effect":      strings.Replace(good, "'block'", "'stop'", 1),
		"bad kind":        strings.Replace(good, "'policy'", "'rumour'", 1),
		"bad date":        strings.Replace(good, "2020-01-01", "2020-13-01", 1),
		"twice":           good + good,
		"ends before":     good + "until='2019-01-01'\n",
		"not TOML at all": "[[rule",
	} {
		if _, err := load(fstest.MapFS{"rules/x.toml": {Data: []byte(body)}}); err == nil || !strings.Contains(err.Error(), "rules/x.toml") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := load(fstest.MapFS{"rules/x.toml": {Data: []byte(good)}}); err != nil {
		t.Error(err)
	}
	if _, err := load(fstest.MapFS{}); err == nil {
		t.Error("no rules at all were accepted")
	}
}
