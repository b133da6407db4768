package campaign

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// The words of the letters, by which it is told what somebody read.
const (
	saidWords = "お手続きについてお知らせします"
	saleWords = "クーポンで全品30%OFF"
	adWords   = "新しい読書灯ができました"
)

// wares is how a letter says it, and what of advertising.
type wares struct {
	kind compose.Kind
	// sale stands in the text itself, block in a block of advertising.
	sale, block bool
}

func (a wares) String() string {
	return fmt.Sprintf("%s, sale %v, block %v", a.kind, a.sale, a.block)
}

func (a wares) body() string {
	text := saidWords
	if a.sale {
		text += "。" + saleWords
	}
	if a.kind == compose.Markdown {
		return text + "。\n"
	}
	doc := compose.Document{Blocks: []compose.Block{{Type: compose.TextBlock, Text: text + "。"}}}
	if a.block {
		doc.Blocks = append(doc.Blocks, compose.Block{Type: compose.AdBlock, Text: adWords + "。", URL: "https://mori.example.jp/lamp"})
	}
	return doc.Encode()
}

// allWares are those that a class can be sent with: an advertisement needs no block for
// it, and who asks for a permission may say nothing else (COL-10).
func allWares(class law.Class) (all []wares) {
	for _, a := range []wares{
		{compose.Markdown, false, false},
		{compose.Markdown, true, false},
		{compose.Blocks, false, false},
		{compose.Blocks, true, false},
		{compose.Blocks, false, true},
		{compose.Blocks, true, true},
	} {
		if !class.NeedsBasis() || !a.block && (class == law.Ad || !a.sale) {
			all = append(all, a)
		}
	}
	return all
}

// fates are what somebody said before the letter.
func fates() []string {
	return []string{"permitted", "withdrew", "refused everything", "complained", "paused", "limited", "objected in Germany", "withdrew in the US"}
}

// expected is what of a letter somebody reads: "" for none of it.
func expected(class law.Class, a wares, fate string) string {
	whole := saidWords
	if a.sale {
		whole += " " + saleWords
	}
	if a.block {
		whole += " " + adWords
	}
	switch {
	case fate == "permitted":
		return whole
	case class.NeedsBasis():
		return ""
	case a.block && !a.sale:
		return saidWords
	case class == law.TxWithIncidentalAd || a.sale:
		return ""
	}
	return whole
}

// mailing is one letter of the test on its way to one person of each fate.
type mailing struct {
	class  law.Class
	wares  wares
	sent   Campaign
	people map[string]string
}

// TestNoAdvertisingReachesWhoSaidNo sends letters of every class, written in both ways and
// with and without advertising, through the engine to people who agreed, withdrew, refused
// everything, complained, paused, or have had as much as they chose. What arrives is read.
func TestNoAdvertisingReachesWhoSaidNo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		box := newLetterbox(t)
		var way delivery.Relay
		way.Target.Addr, way.Target.Hello = box.addr, "mail.mori.example.jp"
		w := newWorldBy(t, db, way)
		var all []mailing
		for _, class := range law.Classes() {
			for _, a := range allWares(class) {
				all = append(all, w.mailing(len(all), class, a))
			}
		}
		w.wait(2 * time.Minute)
		w.plan()
		if err := w.Engine.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Engine.Stop(context.Background()) })
		w.settled(all)
		read := map[string]string{}
		for to, letters := range box.mails() {
			if len(letters) != 1 {
				t.Errorf("%s has %d letters", to, len(letters))
			}
			read[to] = wordsIn(t, letters[0])
		}
		for _, m := range all {
			for fate, to := range m.people {
				if want := expected(m.class, m.wares, fate); read[to] != want {
					t.Errorf("%s, %s, to who %s: %q, not %q", m.class, m.wares, fate, read[to], want)
				}
			}
		}
	})
}

// mailing sends a letter to a topic of its own, and holds that the forecast is right.
func (w *world) mailing(n int, class law.Class, a wares) mailing {
	w.Helper()
	m := mailing{class: class, wares: a, people: map[string]string{}}
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		topic := w.topic
		topic.Key = fmt.Sprint("topic", n)
		if w.topic, err = w.Consent.CreateTopic(ctx, tx, topic, w.now); err != nil {
			return err
		}
		for _, fate := range fates() {
			to := fmt.Sprintf("%d.%s@reader.example", n, strings.ReplaceAll(fate, " ", "-"))
			m.people[fate] = to
			if err := w.fated(ctx, tx, to, fate); err != nil {
				return err
			}
		}
		return nil
	})
	c := w.content(a.body())
	c.Class, c.Kind, c.Subject = class, a.kind, fmt.Sprint("お知らせ ", n)
	draft := must(w.Create(w.Context(), w.owner, w.ws.ID, c, w.now))
	reached := int64(0)
	for _, fate := range fates() {
		if expected(class, a, fate) != "" {
			reached++
		}
	}
	f := must(w.Forecast(w.Context(), w.DB, draft, ForecastMost, w.now))
	if f.Asked != int64(len(fates())) || f.Allowed != reached {
		w.Errorf("%s, %s: the forecast is %d of %d, not %d", class, a, f.Allowed, f.Asked, reached)
	}
	if supposed := must(w.WhatIf(w.Context(), w.DB, draft, gate.Supposition{}, ForecastMost, w.now)); supposed.Allowed != reached {
		w.Errorf("%s, %s: %d are supposed, not %d", class, a, supposed.Allowed, reached)
	}
	launch := Launch{Hold: time.Minute, Amber: true, Answer: w.answer(draft, "広告ではありません")}
	if err := w.Send(w.Context(), w.owner, draft, launch, w.now); err != nil {
		w.Fatalf("%s, %s: %v", class, a, err)
	}
	m.sent = draft
	return m
}

// fated is somebody who agreed to the topic and then said more.
func (w *world) fated(ctx context.Context, tx *store.Tx, to, fate string) error {
	country := "JP"
	switch fate {
	case "objected in Germany":
		country = "DE"
	case "withdrew in the US":
		country = "US"
	}
	a, _, err := w.Contacts.EnsureAddress(ctx, tx, w.ws.ID, must(addr.ParseMail(to)), w.now)
	if err != nil {
		return err
	}
	if _, _, err = w.Contacts.EnsureContact(ctx, tx, a, contact.Contact{FamilyName: "読", Country: country}, w.now); err != nil {
		return err
	}
	if err := w.said(ctx, tx, a, consent.ActionGranted); err != nil || fate == "permitted" {
		return err
	}
	e := &consent.Event{Workspace: w.ws.ID, Address: a.ID, Topic: w.topic.ID, Method: consent.MethodPage, OccurredAt: w.now}
	switch fate {
	case "withdrew", "objected in Germany", "withdrew in the US":
		e.Action = consent.ActionWithdrawn
	case "refused everything":
		e.Action, e.Topic = consent.ActionWithdrawn, 0
	case "complained":
		e.Action, e.Method = consent.ActionComplained, consent.MethodProvider
	case "paused":
		e.Action, e.PausedUntil = consent.ActionPaused, w.now.AddDate(0, 1, 0)
	case "limited":
		e.Action, e.Frequency = consent.ActionFrequencyChanged, consent.Frequency{Count: 1, Period: consent.Week}
		if err := w.had(ctx, tx, a); err != nil {
			return err
		}
	}
	_, err = w.Consent.Append(ctx, tx, []*consent.Event{e})
	return err
}

// had puts down that an advertisement of the topic was delivered.
func (w *world) had(ctx context.Context, tx *store.Tx, a contact.Address) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO outbox (id, workspace_id, kind, address_id, topic_id, class, profile_id, state, outcome, run_at, created_at, finished_at)
		VALUES (?, ?, 'campaign', ?, ?, 'ad', ?, 3, 'delivered', 1, 1, ?)`, id, w.ws.ID, a.ID, w.topic.ID, w.topic.Profile, store.Micros(w.now))
	return err
}

// settled waits until nothing of the letters is on its way.
func (w *world) settled(all []mailing) {
	w.Helper()
	patient, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	for {
		open := 0
		for _, m := range all {
			p := must(w.Progress(w.Context(), w.DB, m.sent.ID))
			if open += int(p.Queued + p.Deferred); p.Total() != int64(len(fates())) || p.Failed+p.Uncertain > 0 {
				w.Fatalf("%s, %s: %+v", m.class, m.wares, p)
			}
		}
		if open == 0 {
			return
		}
		select {
		case <-patient.Done():
			w.Fatalf("%d letters are still on their way", open)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// wordsIn are those of the test's words that stand in a letter; both parts must agree.
func wordsIn(t *testing.T, data string) string {
	t.Helper()
	m := must(mail.ReadMessage(strings.NewReader(data)))
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	var found []string
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		var r io.Reader = must(p, err)
		switch p.Header.Get("Content-Transfer-Encoding") {
		case "base64":
			r = base64.NewDecoder(base64.StdEncoding, r)
		case "quoted-printable":
			r = quotedprintable.NewReader(r)
		}
		var words []string
		for text, w := string(must(io.ReadAll(r))), []string{saidWords, saleWords, adWords}; len(w) > 0; w = w[1:] {
			if strings.Contains(text, w[0]) {
				words = append(words, w[0])
			}
		}
		found = append(found, strings.Join(words, " "))
	}
	if found = slices.Compact(found); len(found) != 1 {
		t.Errorf("the parts differ: %q", found)
	}
	return found[0]
}
