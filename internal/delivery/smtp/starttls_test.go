package smtp_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
)

func serverTLS(t *testing.T, names ...string) (server, client *tls.Config) {
	t.Helper()
	cert, pool := smtptest.Certificate(t, names...)
	return &tls.Config{Certificates: []tls.Certificate{cert}}, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// secured is a script that offers STARTTLS, makes the handshake and takes a mail.
func secured(config *tls.Config) []smtptest.Step {
	return smtptest.Script(smtptest.Greet("STARTTLS"), smtptest.Secure(config),
		[]smtptest.Step{smtptest.Expect("EHLO "), smtptest.Offer("PIPELINING")}, smtptest.Take())
}

func TestStartTLS(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t, "mx.example.jp")
	for name, c := range map[string]struct {
		policy   smtp.TLSPolicy
		config   *tls.Config
		host     string
		verified bool
	}{
		"opportunistic, unknown certificate": {smtp.TLSOpportunistic, nil, "other.example", false},
		"encrypted, unknown certificate":     {smtp.TLSEncrypted, nil, "other.example", false},
		"verified":                           {smtp.TLSVerified, client, "mx.example.jp.", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := target(smtptest.Start(t, secured(server)))
			to.TLS, to.TLSConfig, to.ServerName = c.policy, c.config, c.host
			s := dial(t, to)
			body := "Subject: dots\r\n\r\n.\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 1000)
			res, err := s.Deliver(t.Context(), envelope, []byte(body), &smtptest.Fence{})
			if err != nil || !res.DotSent || !res.TLS.Active || res.TLS.Verified != c.verified || res.TLS.Version < tls.VersionTLS12 {
				t.Errorf("result is %+v, %v", res, err)
			}
			if !s.Usable() {
				t.Error("a quiet TLS session is not usable")
			}
		})
	}
}

func TestBrokenTLSFallsBackOnlyWhenOpportunistic(t *testing.T) {
	t.Parallel()
	offer := smtptest.Greet("STARTTLS", "PIPELINING")
	agree := []smtptest.Step{smtptest.Expect("STARTTLS"), smtptest.Say("220 ready")}
	for name, broken := range map[string][]smtptest.Step{
		"hangs up":        smtptest.Script(offer, agree, []smtptest.Step{smtptest.Hangup()}),
		"resets":          smtptest.Script(offer, agree, []smtptest.Step{smtptest.Reset()}),
		"talks nonsense":  smtptest.Script(offer, agree, []smtptest.Step{smtptest.ReadSome(50), smtptest.Say("not TLS"), smtptest.Hangup()}),
		"says nothing":    smtptest.Script(offer, agree, []smtptest.Step{smtptest.Idle()}),
		"injects a reply": smtptest.Script(offer, []smtptest.Step{smtptest.Expect("STARTTLS"), smtptest.Say("220 ready", "250 injected")}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := smtptest.Start(t, broken, smtptest.Script(offer, smtptest.Take()))
			to := target(srv)
			to.Timeouts.Handshake = 300 * time.Millisecond
			s := dial(t, to)
			res, err := s.Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{})
			if err != nil || res.TLS.Active || res.TLS.Broken == nil {
				t.Errorf("opportunistic: %+v, %v", res, err)
			}
			strict := smtptest.Start(t, broken)
			to.Addr, to.TLS = strict.Addr(), smtp.TLSEncrypted
			if s, err := smtp.Dial(t.Context(), to); err == nil || s != nil {
				t.Error("encrypted: a session without encryption")
			}
			if n := strict.Connections(); n != 1 {
				t.Errorf("encrypted: %d connections", n)
			}
		})
	}
}

func TestTLSRefusals(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t, "mx.example.jp")
	noDANE := errors.New("no TLSA record matches")
	for name, c := range map[string]struct {
		script []smtptest.Step
		change func(*smtp.Target)
	}{
		"not offered": {smtptest.Greet("PIPELINING"), func(to *smtp.Target) { to.TLS = smtp.TLSEncrypted }},
		"refused":     {smtptest.Script(smtptest.Greet("STARTTLS"), []smtptest.Step{smtptest.Expect("STARTTLS"), smtptest.Say("454 no")}), func(to *smtp.Target) { to.TLS = smtp.TLSEncrypted }},
		"wrong name": {failing(server), func(to *smtp.Target) {
			to.TLS, to.TLSConfig, to.ServerName = smtp.TLSVerified, client, "mx.example.com"
		}},
		"unknown authority": {failing(server), func(to *smtp.Target) { to.TLS, to.ServerName = smtp.TLSVerified, "mx.example.jp" }},
		"DANE mismatch": {secured(server)[:6], func(to *smtp.Target) {
			to.TLS, to.VerifyPeer = smtp.TLSEncrypted, func(tls.ConnectionState) error { return noDANE }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := smtptest.Start(t, c.script)
			to := target(srv)
			c.change(&to)
			_, err := smtp.Dial(t.Context(), to)
			if e := refused(t, err, smtp.StageTLS, smtp.KindTLS); !e.Temporary() {
				t.Error("a TLS failure must be temporary (RFC 8461 5.1)")
			}
			if seen := srv.Seen(0); strings.Contains(seen, "MAIL") {
				t.Errorf("the server saw %q", seen)
			}
		})
	}
}

// failing offers STARTTLS and makes a handshake that the client will refuse.
func failing(config *tls.Config) []smtptest.Step {
	offer := smtptest.Script(smtptest.Greet("STARTTLS"), []smtptest.Step{smtptest.Expect("STARTTLS"), smtptest.Say("220 ready")})
	return append(offer, smtptest.RefusedHandshake(config))
}

func TestRefusedStartTLSGoesOnInClear(t *testing.T) {
	t.Parallel()
	srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("STARTTLS", "PIPELINING"),
		[]smtptest.Step{smtptest.Expect("STARTTLS"), smtptest.Say("454 no entropy")}, smtptest.Take()))
	res, err := dial(t, target(srv)).Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{})
	if err != nil || res.TLS.Active || res.TLS.Broken == nil || srv.Connections() != 1 {
		t.Errorf("result is %+v, %v", res, err)
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	account := &smtp.Auth{Username: "user", Password: "secret"}
	plain := []smtptest.Step{smtptest.Expect("AUTH PLAIN AHVzZXIAc2VjcmV0\r\n"), smtptest.Say("235 2.7.0 ok")}
	login := []smtptest.Step{
		smtptest.Expect("AUTH LOGIN\r\n"), smtptest.Say("334 VXNlcm5hbWU6"),
		smtptest.Expect("dXNlcg==\r\n"), smtptest.Say("334 UGFzc3dvcmQ6"),
		smtptest.Expect("c2VjcmV0\r\n"), smtptest.Say("235 ok"),
	}
	for name, script := range map[string][]smtptest.Step{
		"plain":     smtptest.Script(smtptest.Greet("AUTH LOGIN PLAIN", "PIPELINING"), plain, smtptest.Take()),
		"login":     smtptest.Script(smtptest.Greet("AUTH CRAM-MD5 LOGIN", "PIPELINING"), login, smtptest.Take()),
		"old words": smtptest.Script(smtptest.Greet("AUTH=PLAIN", "PIPELINING"), plain, smtptest.Take()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := target(smtptest.Start(t, script))
			to.Auth = account
			if _, err := dial(t, to).Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{}); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		to := target(smtptest.Start(t, smtptest.Script(smtptest.Greet("AUTH PLAIN"),
			[]smtptest.Step{smtptest.Expect("AUTH"), smtptest.Say("535 5.7.8 wrong")})))
		to.Auth = account
		_, err := smtp.Dial(t.Context(), to)
		if e := refused(t, err, smtp.StageAuth, smtp.KindRefused); !e.Temporary() || strings.Contains(err.Error(), "secret") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("no mechanism", func(t *testing.T) {
		t.Parallel()
		to := target(smtptest.Start(t, smtptest.Greet("AUTH CRAM-MD5")))
		to.Auth = account
		_, err := smtp.Dial(t.Context(), to)
		refused(t, err, smtp.StageAuth, smtp.KindAuth)
	})
}

// elsewhere is a connection that looks as if the server were far away.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 25} }

func TestPasswordDoesNotTravelInClear(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t, "relay.example.jp")
	for name, c := range map[string]struct {
		script []smtptest.Step
		policy smtp.TLSPolicy
		stage  smtp.Stage
		kind   smtp.Kind
	}{
		"no TLS wanted":          {smtptest.Greet("AUTH PLAIN"), smtp.TLSNever, smtp.StageAuth, smtp.KindAuth},
		"no TLS offered":         {smtptest.Greet("AUTH PLAIN"), smtp.TLSOpportunistic, smtp.StageTLS, smtp.KindTLS},
		"somebody's certificate": {failing(server), smtp.TLSOpportunistic, smtp.StageTLS, smtp.KindTLS},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := smtptest.Start(t, c.script)
			to := target(srv)
			to.TLS, to.TLSConfig, to.ServerName = c.policy, client, "someone-else.example"
			to.Auth = &smtp.Auth{Username: "user", Password: "secret"}
			plain := new(net.Dialer)
			to.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := plain.DialContext(ctx, network, addr)
				return elsewhere{conn}, err
			}
			_, err := smtp.Dial(t.Context(), to)
			refused(t, err, c.stage, c.kind)
			if seen := srv.Seen(0); strings.Contains(seen, "\r\nAUTH") || srv.Connections() != 1 {
				t.Errorf("the server saw %q", seen)
			}
		})
	}
}

// What a report needs to know of a session, and of one that never was.
func TestTellSaysHowDialEnded(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t, "mx.example.jp")
	wrong := errors.New("not what the record says")
	broken := smtptest.Script(smtptest.Greet("STARTTLS"), []smtptest.Step{smtptest.Expect("STARTTLS"), smtptest.Say("220 ready"), smtptest.Hangup()})
	clear := smtptest.Greet("PIPELINING")
	for name, c := range map[string]struct {
		scripts [][]smtptest.Step
		change  func(*smtp.Target)
		told    func(smtp.Dialled) bool
	}{
		"good":   {[][]smtptest.Step{secured(server)[:8]}, func(*smtp.Target) {}, func(d smtp.Dialled) bool { return d.Err == nil && d.TLS.Active }},
		"broken": {[][]smtptest.Step{broken, clear}, func(*smtp.Target) {}, func(d smtp.Dialled) bool { return d.Err == nil && !d.TLS.Active && d.TLS.Broken != nil }},
		"not offered": {[][]smtptest.Step{clear}, func(to *smtp.Target) { to.TLS = smtp.TLSEncrypted }, func(d smtp.Dialled) bool {
			return errors.Is(d.Err, smtp.ErrNotOffered)
		}},
		"advised against": {[][]smtptest.Step{secured(server)[:8]}, func(to *smtp.Target) {
			to.TLSConfig = client
			to.Advise = func(tls.ConnectionState) error { return wrong }
		}, func(d smtp.Dialled) bool { return d.Err == nil && d.TLS.Active && errors.Is(d.TLS.Advice, wrong) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := target(smtptest.Start(t, c.scripts...))
			c.change(&to)
			var told []smtp.Dialled
			to.Tell = func(d smtp.Dialled) { told = append(told, d) }
			s, err := smtp.Dial(t.Context(), to)
			if err == nil {
				_ = s.Close()
			}
			if len(told) != 1 || !c.told(told[0]) || !told[0].Local.IsLoopback() {
				t.Errorf("told %+v", told)
			}
		})
	}
}
