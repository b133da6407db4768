package notice

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

const reader = "From: =?utf-8?B?6Iqx5a2Q?= <hanako@reader.example>\r\nTo: info@sample-shokai.example\r\nSubject: Re: New tea\r\n\r\nThank you!\r\n"

func (w *world) forwarder(domain string) Forwarder {
	w.Returns = delivery.ReturnPaths{Ring: w.Ring, Domain: domain}
	return Forwarder{w.Desk}
}

// sentOn has a mail stored and written, as the engine would.
func (w *world) sentOn(f Forwarder, data string) delivery.Letter {
	w.Helper()
	must(w.T, f.Forward(w.Context(), w.ws.ID, Incoming{To: []string{"news@sample-shokai.example"}, Data: []byte(data), ReceivedAt: time.Now()}))
	it := <-w.box.items
	row := delivery.Leased{ID: 4711, Kind: it.Kind, Workspace: it.Workspace, Profile: it.Profile, Domain: it.Domain, Request: it.Request, Payload: it.Payload, CreatedAt: time.Now()}
	letters, err := f.Write(w.Context(), w.DB, []delivery.Leased{row}, time.Now())
	must(w.T, err)
	must(w.T, letters[0].Err)
	return letters[0]
}

func TestAReadersMailReachesTheCompany(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, account.Proven)
		f := w.forwarder("in.midori.example")
		for _, data := range []string{reader, strings.Replace(reader, "Thank", "ありがとう、Thank", 1), strings.Replace(reader, "Thank", strings.Repeat("x", 2000)+"Thank", 1), "no head\r\nThank you!\r\n"} {
			l := w.sentOn(f, data)
			if id, ok := w.Ring.VerifyReturn(strings.TrimSuffix(strings.TrimPrefix(l.From, "b+"), "@in.midori.example")); !ok || id != 4711 || l.To.Wire() != "info@sample-shokai.example" {
				t.Errorf("%s %s", l.From, l.To.Wire())
			}
			m, err := mail.ReadMessage(strings.NewReader(string(l.Data)))
			must(t, err)
			if strings.HasPrefix(data, "From") && !strings.Contains(m.Header.Get("Reply-To"), "hanako@reader.example") {
				t.Error(m.Header)
			}
			if m.Header.Get("X-Kyodaku-Forwarded") == "" || m.Header.Get("Auto-Submitted") != "auto-generated" {
				t.Error("a mail without its marks can go in circles", m.Header)
			}
			if !whole(t, m, data) {
				t.Errorf("%q is not in %q", data, l.Data)
			}
		}
	})
}

// whole says whether a part of a mail is data, word by word.
func whole(t *testing.T, m *mail.Message, data string) bool {
	t.Helper()
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	must(t, err)
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextPart()
		if err != nil {
			return false
		}
		var r io.Reader = p
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			r = fromBase64(p)
		}
		b, err := io.ReadAll(r)
		must(t, err)
		if strings.TrimRight(string(b), "\r\n") == strings.TrimRight(data, "\r\n") {
			return true
		}
	}
}

func TestBoxesAreThoseOfSendersWhoCanBeReachedElsewhere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, account.Proven)
		profiles, err := w.Accounts.Profiles(t.Context(), db, w.ws.ID)
		must(t, err)
		own := profiles[0].FromAddress.Wire()
		for _, c := range []struct {
			domain, box string
			want        bool
		}{
			{"in.midori.example", strings.ToUpper(own), true},
			{"in.midori.example", "nobody@sample-shokai.example", false},
			{"sample-shokai.example", own, false}, // the only address is served by this very listener
		} {
			ws, ok, err := w.forwarder(c.domain).Box(t.Context(), c.box)
			if err != nil || ok != c.want || ok && ws != w.ws.ID {
				t.Errorf("%+v: %d %v %v", c, ws, ok, err)
			}
		}
	})
}

func TestAMailWaitsWhileNoneCanLeave(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, account.Unproven)
		err := w.forwarder("in.midori.example").Forward(t.Context(), 0, Incoming{Data: []byte(reader), ReceivedAt: time.Now()})
		if !fault.Is(err, fault.Busy) || len(w.box.items) != 0 {
			t.Error(err, len(w.box.items))
		}
	})
}

func TestReadersMailIsForgotten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, account.Proven)
		f := w.forwarder("in.midori.example")
		count := func() (n int) {
			must(t, db.QueryRow(t.Context(), `SELECT COUNT(*) FROM forwarded_mail`).Scan(&n))
			return n
		}
		w.sentOn(f, reader)
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			a, _, err := w.People.EnsureAddress(t.Context(), tx, w.ws.ID, mustMail(t, "hanako@reader.example"), time.Now())
			if err != nil {
				return err
			}
			return f.Forget(t.Context(), tx, []int64{a.ID})
		}))
		if n := count(); n != 0 {
			t.Errorf("%d mails of somebody who was erased", n)
		}
		w.sentOn(f, reader)
		must(t, f.Sweep(t.Context(), time.Now().Add(6*24*time.Hour)))
		if n := count(); n != 1 {
			t.Error(n)
		}
		must(t, f.Sweep(t.Context(), time.Now().Add(8*24*time.Hour)))
		if n := count(); n != 0 {
			t.Error(n)
		}
	})
}

func fromBase64(r io.Reader) io.Reader { return base64.NewDecoder(base64.StdEncoding, r) }

func mustMail(t *testing.T, text string) addr.Mail {
	t.Helper()
	m, err := addr.ParseMail(text)
	must(t, err)
	return m
}
