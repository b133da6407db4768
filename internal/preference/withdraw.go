package preference

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// topicPrefix is of a topic's public id.
const topicPrefix = "tpc"

// OneClick stops the topic of an unsubscribe link, or everything for a link of
// none, without a question (RFC 8058). It is binding when it returns. Doing it
// again records nothing and is no error; a link that is not genuine is
// fault.Invalid with the key keyring.token.
func (d *Desk) OneClick(ctx context.Context, token string, act Act, now time.Time) error {
	r, err := d.open(ctx, token, keyring.Unsubscribe, now, 0)
	if err != nil {
		return err
	}
	_, err = d.withdraw(ctx, no{reader: r, topic: r.Topic, method: consent.MethodOneClick, act: act}, now)
	return err
}

// RefuseByMail is OneClick by a mail to the link's address (RFC 2369, RFC 8058 3.1
// "mailto"). A program may have sent it, so it too can only refuse.
func (d *Desk) RefuseByMail(ctx context.Context, token string, now time.Time) error {
	r, err := d.open(ctx, token, keyring.Unsubscribe, now, 0)
	if err != nil {
		return err
	}
	_, err = d.withdraw(ctx, no{reader: r, topic: r.Topic, method: consent.MethodReply}, now)
	return err
}

// Leave is the button on the page of an unsubscribe link: this topic, or everything;
// at the link's address alone (see LeaveEverywhere).
func (d *Desk) Leave(ctx context.Context, token string, everything bool, act Act, now time.Time) (Exit, error) {
	r, err := d.open(ctx, token, keyring.Unsubscribe, now, 0)
	if err != nil {
		return Exit{}, err
	}
	topic := r.Topic
	if everything {
		topic = 0
	}
	return d.leave(ctx, no{reader: r, topic: topic, method: consent.MethodPage, act: act}, now)
}

// StopAll is the button of the preference centre that stops everything
// at the link's address.
func (d *Desk) StopAll(ctx context.Context, token string, act Act, now time.Time) (Exit, error) {
	r, err := d.open(ctx, token, keyring.Preferences, now, 0)
	if err != nil {
		return Exit{}, err
	}
	return d.leave(ctx, no{reader: r, method: consent.MethodPreferenceCentre, act: act}, now)
}

func (d *Desk) leave(ctx context.Context, n no, now time.Time) (Exit, error) {
	done, err := d.withdraw(ctx, n, now)
	if err != nil {
		return Exit{}, err
	}
	page, err := d.exit(ctx, n.reader, n.topic, n.act.Lang)
	if err != nil {
		return Exit{}, err
	}
	d.note(&page, n.reader, done, n.topic, now)
	return page, d.noteOthers(ctx, &page, n.reader, now)
}

// no is a refusal as it came in.
type no struct {
	reader
	// topic is 0 for everything.
	topic  int64
	method consent.Method
	act    Act
}

// said is where a refusal stands in the log; event is 0 when there was nothing to record.
type said struct {
	event int64
	at    time.Time
}

// withdraw records a refusal unless it stands already, and makes it binding either way.
func (d *Desk) withdraw(ctx context.Context, n no, now time.Time) (said, error) {
	if n.missing {
		return said{at: now}, nil
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	s, err := d.standing(ctx, d.DB, n.address, now)
	if err != nil {
		return said{}, failed("withdraw", err)
	}
	if e := s.refused(n.topic); e != nil {
		at, err := d.since(ctx, d.DB, *e)
		if err != nil {
			return said{}, failed("withdraw", err)
		}
		return said{e.Event, at}, failed("withdraw", d.fenceAgain(ctx, n, e.Event))
	}
	return d.record(ctx, n, now)
}

func (d *Desk) record(ctx context.Context, n no, now time.Time) (said, error) {
	var out said
	var refused []consent.Refused
	again := false
	err := d.DB.Write(ctx, func(tx *store.Tx) error {
		out, refused, again = said{}, nil, false
		if _, err := hold(ctx, tx, n.Address); err != nil {
			return err
		}
		s, err := d.standing(ctx, tx, n.address, now)
		if err != nil {
			return err
		}
		if e := s.refused(n.topic); e != nil { // said a moment ago by another request
			at, err := d.since(ctx, tx, *e)
			out, again = said{e.Event, at}, true
			return err
		}
		event := n.event(s, now)
		refused, err = d.Consents.Append(ctx, tx, []*consent.Event{event})
		out = said{event.ID, event.ReceivedAt}
		return err
	})
	switch {
	case err != nil:
		return said{}, failed("withdraw", err)
	case again:
		err = d.fenceAgain(ctx, n, out.event)
	default:
		err = d.Gate.Fence(ctx, refused)
	}
	return out, failed("withdraw", err)
}

// since is when the refusal behind an entry was said last; the entry itself keeps
// its first date.
func (d *Desk) since(ctx context.Context, r store.Reader, e consent.Suppression) (time.Time, error) {
	event, err := d.Consents.EventByID(ctx, r, e.Workspace, e.Event)
	return event.ReceivedAt, err
}

// event writes down the refusal with what it ended. Boxes are the topics that
// were on at that moment: undoing gives back these and no others.
func (n no) event(s standing, now time.Time) *consent.Event {
	e := &consent.Event{
		Workspace: n.Workspace, Address: n.Address, Topic: n.topic, Action: consent.ActionRefused,
		Method: n.method, OccurredAt: now, Evidence: n.act.evidence(n.ID),
	}
	for _, topic := range s.ons() {
		if n.topic != 0 && topic != n.topic {
			continue
		}
		if e.Evidence.Boxes == nil {
			e.Evidence.Boxes = map[string]bool{}
		}
		e.Evidence.Boxes[store.Public(topicPrefix, topic)] = true
		e.Action = consent.ActionWithdrawn
	}
	if n.topic != 0 {
		e.RefersTo = s.states[n.topic].Event
	}
	return e
}

// fenceAgain makes a refusal binding that somebody else recorded: whoever did may
// still wait for its fence, and this answer must not be given before that. The
// refusal is committed, so it stands at or before the feed's present end.
func (d *Desk) fenceAgain(ctx context.Context, n no, event int64) error {
	var head int64
	if err := d.DB.QueryRow(ctx, sqlFeedHead).Scan(&head); err != nil {
		return err
	}
	return d.Gate.Fence(ctx, []consent.Refused{{
		Seq: head, Workspace: n.Workspace, AddressHash: n.address.Hash, Topic: n.topic, Event: event,
	}})
}

// Exit is what the pages of a way out show.
type Exit struct {
	Sender Sender
	// Address is the reader's, masked; empty when nothing is kept about the person.
	Address string
	// Topic is that of the link or of the refusal; its zero value is everything.
	Topic Offer
	// Off and AllOff say what is stopped already.
	Off, AllOff bool
	// At is since when the refusal counts; zero on a page that only asks.
	At time.Time
	// Preferences is the token of the preference centre, Undo that of taking the
	// refusal back and of saying why; each empty where there is nothing to do.
	Preferences, Undo string
	// CanUndo says that something would come back by undoing, now, at this address.
	CanUndo bool
	// Others says that the person has other addresses in the channel that have not
	// refused everything, Everywhere that all of them were stopped just now.
	Others, Everywhere bool
}

// Exit reads the page of an unsubscribe link. It changes nothing.
func (d *Desk) Exit(ctx context.Context, token string, lang i18n.Lang, now time.Time) (Exit, error) {
	r, err := d.open(ctx, token, keyring.Unsubscribe, now, 0)
	if err != nil {
		return Exit{}, err
	}
	page, err := d.exit(ctx, r, r.Topic, lang)
	if err != nil {
		return Exit{}, err
	}
	if r.erased() {
		page.Off, page.AllOff = true, true
		return page, nil
	}
	s, err := d.standing(ctx, d.DB, r.address, now)
	if err != nil {
		return Exit{}, failed("exit", err)
	}
	page.AllOff = s.refused(0) != nil
	if e := s.refused(r.Topic); e != nil {
		page.Off = true
		if page.At, err = d.since(ctx, d.DB, *e); err != nil {
			return Exit{}, failed("exit", err)
		}
	}
	return page, d.noteOthers(ctx, &page, r, now)
}

func (d *Desk) noteOthers(ctx context.Context, page *Exit, r reader, now time.Time) error {
	others, err := d.others(ctx, r, now)
	page.Others = len(others) > 0
	return failed("exit", err)
}

// exit gathers what does not depend on what was said.
func (d *Desk) exit(ctx context.Context, r reader, topic int64, lang i18n.Lang) (Exit, error) {
	ws, err := d.Accounts.WorkspaceByID(ctx, d.DB, r.Workspace)
	if err != nil {
		return Exit{}, failed("exit", err)
	}
	page := Exit{Sender: senderOf(ws, ws.Label, lang)}
	if !r.erased() {
		page.Address, page.Preferences = mask(r.address.Shown), d.link(r, keyring.Preferences)
	}
	if topic == 0 {
		return page, nil
	}
	t, err := d.Consents.TopicByID(ctx, d.DB, r.Workspace, topic)
	if fault.Is(err, fault.NotFound) {
		return page, nil
	}
	if err != nil {
		return Exit{}, failed("exit", err)
	}
	page.Topic, err = d.offer(ctx, d.DB, t, lang)
	return page, failed("exit", err)
}

// note adds what was said to a page.
func (d *Desk) note(page *Exit, r reader, s said, topic int64, now time.Time) {
	page.Off, page.AllOff, page.At = true, topic == 0, s.at
	if s.event == 0 || r.erased() {
		return
	}
	page.Undo = d.Ring.Sign(keyring.Token{
		Purpose: keyring.Undo, Workspace: r.Workspace, Address: r.Address, Topic: topic, ID: s.event, IssuedAt: s.at,
	})
	page.CanUndo = now.Sub(s.at) <= undoTime
}
