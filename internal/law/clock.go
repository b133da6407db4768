package law

import (
	"slices"
	"time"
)

// Order is an order to improve under Article 7 (特定電子メール法7条 措置命令).
type Order struct {
	// Received is when it reached the sender.
	Received time.Time
	// LastAd is the last advertisement to the address within a year of it; zero if none.
	LastAd time.Time
}

// Kept is what decides how long the evidence of one address's consent must stay.
type Kept struct {
	// Standing says that the permission stands: more may be sent on it.
	Standing bool
	// Ended is when it was decided to send no more: a refusal, an erasure.
	Ended time.Time
	// LastAd is when the last advertisement left; zero if none did.
	LastAd time.Time
	Orders []Order
	// Apply are the legal orders that the messages touched.
	Apply Jurisdictions
	// Holds says that a legal officer has asked for it to stay.
	Holds bool
	// MailOrder says that the sender advertises goods or services by mail order (特定商取引法2条2項).
	MailOrder bool
}

// Clock is a period of keeping, and the rule it is of.
type Clock struct {
	Rule RuleID
	// Until is when it ends; zero while its end is not known.
	Until time.Time
}

// Runs says whether the clock still forbids.
func (c Clock) Runs(now time.Time) bool { return c.Until.IsZero() || now.Before(c.Until) }

// rulesOfClocks in the order in which an equal end is named.
const (
	ruleSema RuleID = "RET-01"
	ruleScta RuleID = "RET-02"
	// rulePrecaution is of the same period where no mail order is known: our policy.
	rulePrecaution RuleID = "RET-09"
	ruleOrder      RuleID = "RET-03"
	ruleCasl       RuleID = "RET-07"
	ruleHold       RuleID = "RET-08"
	// ruleProvision is of records of giving and receiving personal data.
	ruleProvision RuleID = "RET-04"
)

// Clocks are all periods that the evidence is under, the longest first. None at all means
// that nothing forbids destroying it.
func (k Kept) Clocks() []Clock {
	var out []Clock
	if k.Holds {
		out = append(out, Clock{Rule: ruleHold})
	}
	if k.Apply.Has(JP) {
		out = append(out, k.japan()...)
	}
	if k.Apply.Has(CA) {
		out = append(out, k.canada())
	}
	slices.SortStableFunc(out, func(a, b Clock) int {
		switch {
		case a.Until.IsZero() && b.Until.IsZero():
			return 0
		case a.Until.IsZero():
			return -1
		case b.Until.IsZero():
			return 1
		}
		return b.Until.Compare(a.Until)
	})
	return out
}

// Years that evidence stays after the last advertisement (特定商取引法施行規則30条2項), and
// after the last act that a Canadian action could be about (CASL 23: three years).
const (
	sctaYears = 3
	caslYears = 3
)

// japan follows 特定電子メール法施行規則 4条2項 and 特定商取引法施行規則 30条2項. The second counts
// for mail order alone; everybody keeps that period, for an ad's nature shows only later,
// but for the others it is our policy and no law's.
func (k Kept) japan() []Clock {
	if k.LastAd.IsZero() {
		if k.Standing {
			return []Clock{{Rule: ruleSema}} // to the day it is decided not to send
		}
		return []Clock{{Rule: ruleSema, Until: k.Ended}}
	}
	sema := Clock{Rule: ruleSema, Until: k.LastAd.AddDate(0, 1, 0)}
	scta := Clock{Rule: rulePrecaution, Until: k.LastAd.AddDate(sctaYears, 0, 0)}
	if k.MailOrder {
		scta.Rule = ruleScta
	}
	if k.Standing { // the next advertisement starts them again
		sema.Until, scta.Until = time.Time{}, time.Time{}
	}
	out := []Clock{sema, scta}
	for _, o := range k.Orders {
		if until := k.ordered(o); !until.IsZero() {
			out = append(out, Clock{Rule: ruleOrder, Until: until})
		}
	}
	return out
}

// ordered is the end of the period that an order makes longer, zero where it does not
// (施行規則 4条2項2号).
func (k Kept) ordered(o Order) time.Time {
	var until time.Time
	if !o.LastAd.IsZero() && !o.LastAd.Before(o.Received) && o.LastAd.Before(o.Received.AddDate(1, 0, 0)) {
		until = o.LastAd.AddDate(1, 0, 0)
		if month := k.LastAd.AddDate(0, 1, 0); month.After(until) {
			until = month
		}
	}
	if !o.Received.Before(k.LastAd) && !o.Received.After(k.LastAd.AddDate(0, 1, 0)) {
		if year := k.LastAd.AddDate(1, 0, 0); year.After(until) {
			until = year
		}
	}
	return until
}

func (k Kept) canada() Clock {
	if k.Standing {
		return Clock{Rule: ruleCasl}
	}
	last := k.Ended
	if k.LastAd.After(last) {
		last = k.LastAd
	}
	return Clock{Rule: ruleCasl, Until: last.AddDate(caslYears, 0, 0)}
}

// Running marks which of some clocks still run, as facts.
func Running(clocks []Clock, now time.Time) RunningClocks {
	var out RunningClocks
	for _, c := range clocks {
		if !c.Runs(now) {
			continue
		}
		switch c.Rule {
		case ruleSema:
			out.Sema = true
		case ruleScta:
			out.Scta = true
		case rulePrecaution:
			out.Precaution = true
		case ruleOrder:
			out.Order = true
		case ruleCasl:
			out.Casl = true
		case ruleHold:
			out.Hold = true
		case ruleProvision:
			out.Provision = true
		}
	}
	return out
}

// RecordWay is how a record of giving or receiving personal data was made
// (APPI-R 19, 21, 23, 25).
type RecordWay string

// The ways of making such a record.
const (
	// ByContract: the contract with the person stands as the record.
	ByContract RecordWay = "contract"
	// Batched: one record for continuing provision.
	Batched RecordWay = "batch"
	// EachTime: every other record.
	EachTime RecordWay = "each"
)

// ProvisionUntil is how long such a record must stay: a year after the last provision
// for a contract, three after the last for a batch, else three from its making
// (個人情報保護法施行規則21条・25条). An unknown way counts as a batch.
func ProvisionUntil(way RecordWay, made, last time.Time) time.Time {
	switch way {
	case ByContract:
		return last.AddDate(1, 0, 0)
	case EachTime:
		return made.AddDate(3, 0, 0)
	}
	if made.After(last) {
		last = made
	}
	return last.AddDate(3, 0, 0)
}

// ProvisionClock is the period of ProvisionUntil as a clock.
func ProvisionClock(way RecordWay, made, last time.Time) Clock {
	return Clock{Rule: ruleProvision, Until: ProvisionUntil(way, made, last)}
}

// LinksStay is how long the links of a message work: more than the 60 days of Canada, the 30 of
// the United States and Australia (OUT-08; the number is our policy).
const LinksStay = 400 * 24 * time.Hour

// RequestDue is by when a person's request is to be answered: two weeks, after which he
// may sue (APPI 39; the number for the answer is our policy).
func RequestDue(received time.Time) time.Time { return received.AddDate(0, 0, 14) }
