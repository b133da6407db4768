package law

import (
	"testing"
	"time"
)

func day(s string) time.Time { return must(time.ParseInLocation(time.DateOnly, s, Japan)) }

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

// TestALeakIsReportedInTime counts from the day somebody knew as day 1, and moves the last day of
// the final report to one on which the commission is open (guideline 通則編 3-5-3-4).
func TestALeakIsReportedInTime(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		got, err := time.ParseInLocation("2006-01-02 15:04", text, Japan)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for name, c := range map[string]struct {
		known                      string
		wrongful                   bool
		remind, preliminary, final string
	}{
		"an ordinary one":                {"2026-11-02 00:00", false, "2026-11-04", "2026-11-06", "2026-12-01"},
		"known late in the day":          {"2026-11-02 23:59", false, "2026-11-04", "2026-11-06", "2026-12-01"},
		"known early, yesterday in UTC":  {"2026-11-02 00:30", false, "2026-11-04", "2026-11-06", "2026-12-01"},
		"of wrongful purpose":            {"2026-11-02 00:00", true, "2026-11-04", "2026-11-06", "2027-01-04"}, // day 60 is 31 December
		"the 30th day is a Saturday":     {"2026-11-06 00:00", false, "2026-11-08", "2026-11-10", "2026-12-07"},
		"the 30th day is a Sunday":       {"2026-11-07 00:00", false, "2026-11-09", "2026-11-11", "2026-12-07"},
		"the 30th day is 29 December":    {"2026-11-30 00:00", false, "2026-12-02", "2026-12-04", "2027-01-04"},
		"the 30th day is 28 December":    {"2026-11-29 00:00", false, "2026-12-01", "2026-12-03", "2026-12-28"},
		"through the end of February":    {"2027-02-01 00:00", false, "2027-02-03", "2027-02-05", "2027-03-02"},
		"the fifth day stays a Saturday": {"2026-11-10 00:00", false, "2026-11-12", "2026-11-14", "2026-12-09"},
	} {
		r := ReportOf(at(c.known), c.wrongful)
		for what, pair := range map[string][2]string{
			"remind":      {r.Remind.In(Japan).Format(time.DateTime), c.remind + " 23:59:59"},
			"preliminary": {r.Preliminary.In(Japan).Format(time.DateTime), c.preliminary + " 23:59:59"},
			"final":       {r.Final.In(Japan).Format(time.DateTime), c.final + " 23:59:59"},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s by %s, want %s", name, what, pair[0], pair[1])
			}
		}
	}
	known := at("2026-11-02 09:00")
	for text, want := range map[string]int{"2026-11-02 23:59": 1, "2026-11-03 00:00": 2, "2026-12-01 23:59": 30, "2026-11-01 23:59": 0} {
		if got := IncidentDay(known, at(text)); got != want {
			t.Errorf("%s is day %d, want %d", text, got, want)
		}
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
