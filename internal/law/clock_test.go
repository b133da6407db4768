package law

import (
	"testing"
	"time"
)

func day(s string) time.Time { return must(time.ParseInLocation(time.DateOnly, s, legalZone)) }

// TestEvidenceStaysTheLongestPeriod follows 施行規則4条2項, 特商法施行規則30条2項 and CASL.
func TestEvidenceStaysTheLongestPeriod(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kept  Kept
		rule  RuleID
		until time.Time
		none  bool
	}{
		"a permission that stands":       {kept: Kept{Standing: true, Apply: JP}, rule: ruleSema},
		"one that stands and was used":   {kept: Kept{Standing: true, LastAd: day("2026-01-10"), Apply: JP}, rule: ruleSema},
		"no ad was ever sent":            {kept: Kept{Ended: day("2026-05-01"), Apply: JP}, rule: ruleSema, until: day("2026-05-01")},
		"an ad was sent":                 {kept: Kept{Ended: day("2026-05-01"), LastAd: day("2026-04-01"), Apply: JP}, rule: rulePrecaution, until: day("2029-04-01")},
		"an ad of mail order was sent":   {kept: Kept{Ended: day("2026-05-01"), LastAd: day("2026-04-01"), Apply: JP, MailOrder: true}, rule: ruleScta, until: day("2029-04-01")},
		"Canada, no ad was sent":         {kept: Kept{Ended: day("2026-05-01"), Apply: CA}, rule: ruleCasl, until: day("2029-05-01")},
		"Canada and Japan, the longest":  {kept: Kept{Ended: day("2026-05-01"), LastAd: day("2026-04-01"), Apply: JP | CA}, rule: ruleCasl, until: day("2029-05-01")},
		"a hold has no end":              {kept: Kept{Ended: day("2026-05-01"), LastAd: day("2026-04-01"), Apply: JP, Holds: true}, rule: ruleHold},
		"the United States keep nothing": {kept: Kept{Ended: day("2026-05-01"), LastAd: day("2026-04-01"), Apply: US}, none: true},
	} {
		clocks := c.kept.Clocks()
		if c.none {
			if len(clocks) != 0 {
				t.Errorf("%s: %v, want no clock", name, clocks)
			}
			continue
		}
		if len(clocks) == 0 || clocks[0].Rule != c.rule || !clocks[0].Until.Equal(c.until) {
			t.Errorf("%s: %v, want %s until %s first", name, clocks, c.rule, c.until)
		}
	}
}

// TestAnOrderLengthensThePeriod follows 施行規則4条2項2号.
func TestAnOrderLengthensThePeriod(t *testing.T) {
	t.Parallel()
	last := day("2026-04-01")
	for name, c := range map[string]struct {
		order Order
		until time.Time
	}{
		"received within a month of the last ad": {Order{Received: day("2026-04-20")}, day("2027-04-01")},
		"received later than a month":            {Order{Received: day("2026-05-02")}, time.Time{}},
		"an ad within a year of it":              {Order{Received: day("2025-06-01"), LastAd: last}, day("2027-04-01")},
		"the last ad was before it":              {Order{Received: day("2026-06-01"), LastAd: last}, time.Time{}},
		"an earlier ad within a year of it":      {Order{Received: day("2024-12-01"), LastAd: day("2025-11-01")}, day("2026-11-01")},
	} {
		k := Kept{Ended: last, LastAd: last, Apply: JP, Orders: []Order{c.order}}
		var got time.Time
		for _, clock := range k.Clocks() {
			if clock.Rule == ruleOrder {
				got = clock.Until
			}
		}
		if !got.Equal(c.until) {
			t.Errorf("%s: until %s, want %s", name, got, c.until)
		}
	}
}

func TestProvisionRecordsStayTheirTime(t *testing.T) {
	t.Parallel()
	made, last := day("2026-01-01"), day("2026-07-01")
	for way, want := range map[RecordWay]time.Time{
		ByContract: day("2027-07-01"), Batched: day("2029-07-01"), EachTime: day("2029-01-01"), "unknown": day("2029-07-01"),
	} {
		if got := ProvisionUntil(way, made, last); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", way, got, want)
		}
	}
}

func TestALeakIsReportedInTime(t *testing.T) {
	t.Parallel()
	r := ReportOf(day("2026-11-01"), false)
	if !r.Remind.Equal(day("2026-11-04")) || !r.Preliminary.Equal(day("2026-11-06")) || !r.Final.Equal(day("2026-12-01")) {
		t.Errorf("got %v", r)
	}
	if r := ReportOf(day("2026-11-01"), true); !r.Final.Equal(day("2026-12-31")) {
		t.Errorf("a wrongful act gives until %s", r.Final)
	}
}

func TestOneRedMarkIsEnoughAndSilenceIsNotGreen(t *testing.T) {
	t.Parallel()
	now := day("2026-11-02")
	good := Identity{SPF: "pass", DKIM: "pass", DMARC: "pass"}
	for name, c := range map[string]struct {
		identity Identity
		green    time.Time
		want     string
	}{
		"all pass":                      {good, now.Add(-time.Hour), "green"},
		"a night without name servers":  {good, now.Add(-23 * time.Hour), "green"},
		"a day without an answer":       {good, now.Add(-24 * time.Hour), "late"},
		"one fails, whatever was green": {Identity{SPF: "pass", DKIM: "missing", DMARC: "pass"}, now, "red"},
		"never answered":                {Identity{SPF: "unknown", DKIM: "unknown", DMARC: "unknown"}, time.Time{}, "never"},
		"nothing was looked at":         {Identity{}, now, "never"},
		"a relay's SPF":                 {Identity{SPF: "outside", DKIM: "pass", DMARC: "pass"}, now, "green"},
		"one was never answered":        {Identity{SPF: "pass", DKIM: "pass", DMARC: "unknown"}, now, "late"},
	} {
		if got := c.identity.ProofOf(c.green, now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
