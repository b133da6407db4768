package delivery

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/delivery/dkim"
	"github.com/kyodaku/kyodaku/internal/delivery/dkimtest"
	"github.com/kyodaku/kyodaku/internal/delivery/dnstest"
	"github.com/kyodaku/kyodaku/internal/delivery/eximtest"
	"github.com/kyodaku/kyodaku/internal/delivery/postfixtest"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/rspamdtest"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// stranger is a mail server that nobody here wrote.
type stranger struct {
	// target reaches it, encrypted and with its certificate checked.
	target smtp.Target
	// wait returns at least so many mails that have arrived.
	wait func(testing.TB, int) [][]byte
}

// eachReceiver runs a test against every kind of receiver.
func eachReceiver(t *testing.T, test func(t *testing.T, r stranger)) {
	t.Helper()
	for name, start := range map[string]func(*testing.T) stranger{"postfix": newPostfix, "exim": newExim} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

// taken are the domains that receivers take mail for.
var taken = []string{"example.jp", "xn--r8jz45g.jp"}

func newPostfix(t *testing.T) stranger {
	t.Helper()
	s := postfixtest.Start(t, taken...)
	return stranger{verified(s.Addr, postfixtest.Host, s.Pool), s.Wait}
}

func newExim(t *testing.T) stranger {
	t.Helper()
	s := eximtest.Start(t, taken...)
	return stranger{verified(s.Addr, eximtest.Host, s.Pool), s.Wait}
}

func verified(address, host string, pool *x509.CertPool) smtp.Target {
	return smtp.Target{
		Addr: address, ServerName: host, Hello: "out.cafe.example", TLS: smtp.TLSVerified, TLSConfig: &tls.Config{RootCAs: pool},
	}
}

// signatory signs for cafe.example with both algorithms, and knows its records.
func signatory(t *testing.T) (*dkim.Stamp, map[string]string) {
	t.Helper()
	records := map[string]string{}
	var keys []dkim.Key
	for selector, a := range map[string]dkim.Algorithm{"r": dkim.RSASHA256, "e": dkim.Ed25519SHA256} {
		raw, err := dkim.Generate(a)
		must(t, raw, err)
		key, err := dkim.NewKey("cafe.example", selector, dkim.Go(raw))
		keys = append(keys, must(t, key, err))
		record, err := dkim.Record(raw.Public())
		records[dkim.RecordName("cafe.example", selector)] = must(t, record, err)
	}
	stamp, err := dkim.NewStamp(keys...)
	return must(t, stamp, err), records
}

// What was signed arrives octet by octet, behind nothing but the marks of its way:
// legacy and international addresses, 8-bit text, dots, with and without chunks.
func TestRealServersReceiveWhatWasSigned(t *testing.T) {
	t.Parallel()
	stamp, records := signatory(t)
	form := japaneseForm(t)
	sent := map[string][]byte{}
	for _, to := range []string{"taro@example.jp", "taro..yamada.@example.jp", "taro@例え.jp", "太郎@example.jp"} {
		a, err := addr.StoredMail(to)
		must(t, a, err)
		id := fmt.Sprint("w", len(sent))
		signed, err := stamp.Sign(nil, japaneseLetter(t, form, id, a), time.Now())
		sent[to] = must(t, signed, err)
	}
	signed, err := stamp.Sign(nil, plainLetter("hanako@example.jp"), time.Now())
	sent["hanako@example.jp"] = must(t, signed, err)
	eachReceiver(t, func(t *testing.T, r stranger) {
		for _, chunking := range []bool{false, true} {
			r.target.Chunking = chunking
			session, err := smtp.Dial(t.Context(), r.target)
			must(t, session, err)
			if x := session.Extensions(); !session.TLS().Verified || !x.Pipelining || !x.EightBit || !x.SMTPUTF8 || !x.Chunking {
				t.Errorf("TLS %v, extensions %+v", session.TLS(), x)
			}
			for to, message := range sent {
				a, err := addr.StoredMail(to)
				must(t, a, err)
				env := smtp.Envelope{From: "bounce@cafe.example", To: a.Wire(), SMTPUTF8: a.NeedsSMTPUTF8()}
				if res, err := session.Deliver(t.Context(), env, message, &smtptest.Fence{}); err != nil || !res.Accepted || !session.Usable() {
					t.Errorf("%s: %+v, %v", to, res, err)
				}
			}
			if err := session.Quit(t.Context()); err != nil {
				t.Error(err)
			}
		}
		came := map[string]int{}
		for _, mail := range r.wait(t, 2*len(sent)) {
			to := whole(sent, mail)
			if to == "" {
				t.Errorf("this was not sent like that: %q", mail)
				continue
			}
			came[to]++
			if got := dkimtest.Verify(t, mail, records); came[to] == 1 && got != "good good" {
				t.Errorf("signatures of the mail to %s are %s", to, got)
			}
		}
		for to := range sent {
			if came[to] != 2 {
				t.Errorf("%s got %d mails, want 2", to, came[to])
			}
		}
	})
}

// whole finds the message that a mail is, behind the headers of its way.
func whole(sent map[string][]byte, mail []byte) string {
	for to, message := range sent {
		marks, ok := bytes.CutSuffix(mail, message)
		if ok && bytes.Count(marks, []byte("\r\nReceived: ")) == 1 && !bytes.Contains(marks, []byte("\r\n\r\n")) {
			return to
		}
	}
	return ""
}

// Refusals in the servers' own words mean what they mean, and cost no connection.
func TestRealServersRefuseInTheirOwnWords(t *testing.T) {
	t.Parallel()
	rules, err := reply.General()
	must(t, rules, err)
	eachReceiver(t, func(t *testing.T, r stranger) {
		session, err := smtp.Dial(t.Context(), r.target)
		must(t, session, err)
		defer func() { _ = session.Quit(t.Context()) }()
		send := func(to string, body []byte) (smtp.Result, reply.Verdict) {
			res, err := session.Deliver(t.Context(), smtp.Envelope{From: "bounce@cafe.example", To: to}, body, &smtptest.Fence{})
			if !session.Usable() {
				t.Errorf("%s: the connection was lost: %+v, %v", to, res, err)
			}
			return res, rules.Judge(reply.Met(res, err, 1))
		}
		body := plainLetter("hanako@example.jp")
		res, v := send("unknown.taro@example.jp", body)
		if res.Reply.Code != 550 || res.Stage != smtp.StageRcpt || res.DotSent || v.Blame != reply.Recipient || !v.Unknown || !v.Permanent {
			t.Errorf("an unknown user: %+v means %+v", res.Reply, v)
		}
		res, v = send("taro@elsewhere.example", body)
		if res.Reply.Code/100 != 5 || res.Stage != smtp.StageRcpt || v.Unknown || v.Blame == reply.Rate {
			t.Errorf("a stranger's domain: %+v means %+v", res.Reply, v)
		}
		huge := append(bytes.Clone(body), bytes.Repeat([]byte("0123456789abcdef\r\n"), int(session.Extensions().Size)/18)...)
		if res, v = send("hanako@example.jp", huge); res.Reply.Code != 0 || res.DotSent || v.Blame != reply.Content || !v.Permanent {
			t.Errorf("more than SIZE: %+v means %+v", res, v)
		}
		if res, v = send("hanako@example.jp", body); !res.Accepted || v.Blame != reply.None {
			t.Errorf("afterwards: %+v means %+v", res, v)
		}
		if mails := r.wait(t, 1); len(mails) != 1 || !bytes.HasSuffix(mails[0], body) {
			t.Errorf("%d mails came", len(mails))
		}
	})
}

// Exim says "Unrouteable address" of people it does not know, and as much of domains
// whose records it cannot read: the mail fails, the address is not called unknown.
func TestEximsUnrouteableAddressIsNoUnknownUser(t *testing.T) {
	t.Parallel()
	rules, err := reply.General()
	must(t, rules, err)
	session, err := smtp.Dial(t.Context(), newExim(t).target)
	must(t, session, err)
	defer func() { _ = session.Quit(t.Context()) }()
	env := smtp.Envelope{From: "bounce@cafe.example", To: "nowhere.taro@example.jp"}
	res, err := session.Deliver(t.Context(), env, plainLetter(env.To), &smtptest.Fence{})
	v := rules.Judge(reply.Met(res, err, 1))
	if res.Reply.Text != "Unrouteable address" || v.Blame != reply.Recipient || !v.Permanent || v.Unknown {
		t.Errorf("%+v means %+v", res.Reply, v)
	}
}

// A campaign through a relay with TLS, on every database, to one kind of receiver after
// the other: signed with the keys of the domain, each mail is authentic to software that
// nobody here wrote, and one that was changed on its way is not.
func TestReceiversFindCampaignsAuthentic(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ring, err := keyring.New(keyring.Generate())
		keys := NewKeys(db, must(t, ring, err))
		w := newWorld(t, db)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			return keys.Ensure(ctx, tx, w.ws, "cafe.example", w.clock.now())
		})
		records, err := keys.Records(t.Context(), db, w.ws, "cafe.example")
		judge := rspamdtest.Start(t, names(t, must(t, records, err)))
		if err := w.gate.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.gate.Stop)
		postfix, exim := newPostfix(t), newExim(t)
		for n, r := range []stranger{postfix, exim} {
			e := w.start(w.engine("", func(c *Config) { c.Signer, c.Router = keys, Relay{Target: r.target} }))
			readers := w.readers(4)
			writer := w.author()
			writer.to = func(id int64) string {
				if id == readers[0] {
					return "unknown." + mailbox(id)
				}
				return mailbox(id)
			}
			e.Register(bulk, writer, BulkPolicy())
			w.plan(e.Outbox(), bulk, int64(7+n), readers...)
			e.Nudge()
			w.ends(map[string]int{"3 delivered": 3 * (n + 1), "3 failed": n + 1})
			stop(e)
			mails := r.wait(t, 3)
			if len(mails) != 3 {
				t.Errorf("%d mails came", len(mails))
			}
			for _, mail := range mails {
				authentic(t, judge, mail)
			}
			forged(t, judge, mails[0])
		}
	})
}

// names serves what the domain publishes and returns the address of the server.
func names(t *testing.T, keys []Record) string {
	t.Helper()
	records := []string{
		`cafe.example. TXT "v=spf1 ip4:192.0.2.10 -all"`,
		`_dmarc.cafe.example. TXT "v=DMARC1; p=reject; adkim=s; aspf=s"`,
	}
	for _, k := range keys {
		var parts strings.Builder
		for v := range slices.Chunk([]byte(k.Value), 255) { // the most that one string of a TXT record holds
			fmt.Fprintf(&parts, " %q", v)
		}
		records = append(records, k.Name+". TXT"+parts.String())
	}
	return dnstest.Start(t, dnstest.Zone{Name: "cafe.example", Unsigned: true, Records: records}).Addr
}

// arrived is what the receiver of a campaign's mail knows.
func arrived(mail []byte) rspamdtest.Mail {
	return rspamdtest.Mail{IP: "192.0.2.10", Hello: "out.cafe.example", From: "bounce@cafe.example", To: "taro@example.jp", Data: mail}
}

func authentic(t *testing.T, judge *rspamdtest.Server, mail []byte) {
	t.Helper()
	got := judge.Check(t, arrived(mail))
	if !got.Has("R_SPF_ALLOW", "R_DKIM_ALLOW", "DMARC_POLICY_ALLOW") || len(got["R_DKIM_ALLOW"]) != 2 || got.Has("R_DKIM_REJECT") {
		t.Errorf("%v of\n%s", got, mail)
	}
}

// forged looks at what becomes of a mail that somebody changed.
func forged(t *testing.T, judge *rspamdtest.Server, mail []byte) {
	t.Helper()
	at := bytes.Index(mail, []byte("base64\r\n\r\n")) + len("base64\r\n\r\n")
	changed := bytes.Clone(mail)
	changed[at] ^= 1
	m := arrived(changed)
	if got := judge.Check(t, m); !got.Has("R_SPF_ALLOW", "R_DKIM_REJECT", "DMARC_POLICY_ALLOW") || got.Has("R_DKIM_ALLOW") {
		t.Errorf("a changed body: %v", got)
	}
	m.IP = "192.0.2.11"
	if got := judge.Check(t, m); !got.Has("R_SPF_FAIL", "R_DKIM_REJECT", "DMARC_POLICY_REJECT") || got.Has("DMARC_POLICY_ALLOW") {
		t.Errorf("a changed body from elsewhere: %v", got)
	}
	m = arrived(append([]byte("List-Unsubscribe: <https://evil.example/>\r\n"), mail...))
	if got := judge.Check(t, m); !got.Has("R_DKIM_REJECT") || got.Has("R_DKIM_ALLOW") {
		t.Errorf("a second way out: %v", got)
	}
}
