package delivery

import (
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// What a delivery engine must survive, and where it is shown. Names without a package
// are tests of this one.
//
//	hang-up in MAIL, RCPT, DATA        smtp: TestMisfortunes
//	hang-up after the dot              smtp: TestMisfortunes; TestAHangUpAfterTheDotIsUncertainOrSentAgain
//	421 in mid-session                 smtp: TestMisfortunes; TestTheLengthOfAConnectionIsLearned
//	idle peer, slow drip               smtp: TestMisfortunes, TestBadGreetings
//	hang-up while idle                 smtp: TestHangupWhileIdle, TestDeathWhileIdleIsSeenByTheNextMail
//	first MX dead                      TestScenarioFirstMXDead, TestADeadFirstServerDoesNotSlowTheLane
//	TLS offered, then broken           TestScenarioOpportunisticTLSOfferedThenBrokenReconnectWithout
//	MTA-STS, wrong certificate         TestScenarioMTASTSEnforceWithAWrongCertificate
//	DANE match and mismatch            TestScenarioDANEMatchAndMismatch
//	PIPELINING refused                 smtp: TestDeliverLockstepWithoutExtensions
//	8BITMIME absent                    compose/letter: TestAnotherReaderReadsTheSame (our letters are ASCII, so
//	                                   none needs it); smtp: TestRefusedBeforeTheWire
//	SIZE exceeded                      smtp: TestRefusedBeforeTheWire; TestALetterThatIsTooLargeForTheServerFails
//	dot stuffing, lines over 998       smtp: TestMessageLoad, FuzzMessage
//	bare CR and LF, outwards           smtp: TestMessageLoad, TestRefusedBeforeTheWire
//	bare CR and LF, inwards            catcher: TestNothingIsSmuggledInBehindABareLineEnd
//	4xx, then 2xx along the schedule   TestTemporaryRefusalsFollowTheSchedule
//	552                                smtp: TestMisfortunes, TestServerBreaksOffInTheMessage; TestAFullMailboxIsTriedLater
//	TCP RESET as throttle              TestResetsOfAuAreReadAsRate, TestAResetOfAuInMidSessionSlowsDownAndBlamesNobody
//	over 100 recipients at docomo      TestAConnectionNamesAtMostAHundredRecipientsToDocomo
//	one provider's outage              TestOneProvidersOutageDoesNotSlowTheOthers
//	dead while a dot is on its way     TestStartTakesUpWhatACrashLeft; crash: TestKilledAgainAndAgainUnderLoad

// A mailbox that is full today may have room tomorrow; a mail that is too large has not.
func TestAFullMailboxIsTriedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	readers := w.readers(2)
	r := receive(t, hidden{refuse: func(to string) string {
		if to == mailbox(readers[0]) {
			return "552 5.2.2 Mailbox full"
		}
		return "552 5.3.4 Message too big for system"
	}})
	e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}}})))
	w.plan(e.Outbox(), bulk, 7, readers...)
	w.ends(map[string]int{"0 deferred": 1, "3 failed": 1})
	if row := w.row(readers[0]); row.outcome != "deferred" || row.attempts != 1 {
		t.Errorf("a full mailbox is %+v", row)
	}
}

// Nobody knows whether a mail was taken whose dot was not answered: a campaign's is
// listed and not sent again, what a person waits for is sent again.
func TestAHangUpAfterTheDotIsUncertainOrSentAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		readers := w.readers(2)
		r := receive(t, hidden{vanish: 2})
		e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}}})))
		w.plan(e.Outbox(), bulk, 7, readers[0])
		w.ends(map[string]int{"3 uncertain": 1})
		w.plan(e.Outbox(), person, 0, readers[1])
		w.ends(map[string]int{"0 deferred": 1, "3 uncertain": 1})
		w.clock.move(PersonPolicy().Retry[0] + time.Second)
		w.ends(map[string]int{"3 delivered": 1, "3 uncertain": 1})
		if s := r.look(); s.to[mailbox(readers[0])] != 1 || s.to[mailbox(readers[1])] != 2 {
			t.Errorf("the server took %v", s.to)
		}
	})
}
