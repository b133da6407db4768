package tlsreport

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// world is a reporter with a clock and the DNS around it.
type world struct {
	*Book
	t   *testing.T
	mu  sync.Mutex
	now time.Time
	dns map[string][]string
	err error

	mails  []Mail
	posts  [][]byte
	answer int
}

var day = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, now: day.Add(12 * time.Hour), dns: map[string][]string{
		"_smtp._tls.example.jp":  {"v=spf1 -all", "v=TLSRPTv1; rua=mailto:tls%2Breports@example.jp"},
		"_smtp._tls.web.example": {"v=TLSRPTv1;rua=https://reports.example/tls?x=1"},
	}, answer: http.StatusCreated}
	server := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		defer w.mu.Unlock()
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/tlsrpt+gzip" || r.Host != "reports.example" {
			t.Errorf("asked %s %s %v", r.Method, r.Host, r.Header)
		}
		if w.answer < 300 {
			w.posts = append(w.posts, body)
		}
		rw.WriteHeader(w.answer)
	}))
	t.Cleanup(server.Close)
	w.Book = New(Config{
		DB: db, Organization: "Café & Co.", Contact: "postmaster@cafe.example", Submitter: "cafe.example", From: "tlsrpt@cafe.example",
		Texts: func(_ context.Context, name string) ([]string, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.dns[name], w.err
		},
		Mail:  func(_ context.Context, m Mail) error { w.mails = append(w.mails, m); return nil },
		Clock: func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now },
		Log:   slog.New(slog.DiscardHandler),
		HTTP:  toServer(t, server),
	})
	return w
}

// toServer is a client for which every host is the test's server.
func toServer(t *testing.T, server *httptest.Server) *http.Client {
	t.Helper()
	client := server.Client()
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		t.Fatal("another transport")
	}
	transport.TLSClientConfig.ServerName = "example.com" // whom the test's certificate is for
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	return client
}

func (w *world) at(now time.Time) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
	return now
}

func (w *world) set(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *world) flush() {
	w.t.Helper()
	if err := w.Flush(w.t.Context(), w.Clock()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) send(now time.Time) {
	w.t.Helper()
	if err := w.Send(w.t.Context(), w.at(now)); err != nil {
		w.t.Fatal(err)
	}
}

func session(domain, result string) Session {
	return Session{
		Domain: domain, PolicyType: "sts", Policy: []string{"version: STSv1", "mode: enforce"}, MXHosts: []string{"mx." + domain},
		Result: result, MXHost: "mx." + domain, Sending: netip.MustParseAddr("192.0.2.1"), Receiving: netip.MustParseAddr("::ffff:198.51.100.1"), Reason: "why",
	}
}

func unpack(t *testing.T, packed []byte) Document {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var d Document
	if err := json.NewDecoder(z).Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADaysReportGoesOutByMailAndHTTPS(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, domain := range []string{"example.jp", "web.example", "silent.example"} {
			for range 5 {
				w.Count(session(domain, ""))
			}
			w.Count(session(domain, "certificate-expired"))
			w.flush()
			w.Count(session(domain, "certificate-expired"))
			w.Count(Session{Domain: domain, PolicyType: "no-policy-found", Result: "starttls-not-supported", MXHost: "mx2"})
			w.flush()
		}
		w.at(day.Add(25 * time.Hour))
		w.Count(session("example.jp", "")) // belongs to the next report
		w.flush()
		w.send(day.Add(24 * time.Hour))
		if len(w.mails)+len(w.posts) != 0 {
			t.Fatal("sent before everything was counted")
		}
		w.send(day.Add(29 * time.Hour))
		w.send(day.Add(29 * time.Hour))
		if len(w.mails) != 1 || len(w.posts) != 1 {
			t.Fatalf("%d mails, %d posts", len(w.mails), len(w.posts))
		}
		readMail(t, w.mails[0])
		d := unpack(t, w.posts[0])
		want := `[{"policy":{"policy-type":"no-policy-found","policy-domain":"web.example"},"summary":{"total-successful-session-count":0,"total-failure-session-count":1},` +
			`"failure-details":[{"result-type":"starttls-not-supported","receiving-mx-hostname":"mx2","failed-session-count":1}]},` +
			`{"policy":{"policy-type":"sts","policy-string":["version: STSv1","mode: enforce"],"policy-domain":"web.example","mx-host":["mx.web.example"]},` +
			`"summary":{"total-successful-session-count":5,"total-failure-session-count":2},"failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"192.0.2.1",` +
			`"receiving-mx-hostname":"mx.web.example","receiving-ip":"198.51.100.1","failed-session-count":2,"failure-reason-code":"why"}]}]`
		if got, err := json.Marshal(d.Policies); err != nil || string(got) != want {
			t.Errorf("policies are\n%s\nwant\n%s", got, want)
		}
		if d.Organization != "Café & Co." || d.Range.Start != day || d.Range.End != day.Add(24*time.Hour-time.Second) || d.Contact == "" || d.ID == "" {
			t.Errorf("report is %+v", d)
		}
		w.send(day.Add(53 * time.Hour))
		if len(w.mails) != 2 {
			t.Errorf("the next day's report: %d mails", len(w.mails))
		}
		var left int
		if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM tls_result`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d results are left, %v", left, err)
		}
	})
}

func readMail(t *testing.T, m Mail) {
	t.Helper()
	if m.To != "tls+reports@example.jp" || m.Domain != "example.jp" || bytes.Contains(bytes.ReplaceAll(m.Data, []byte("\r\n"), nil), []byte("\n")) {
		t.Errorf("mail is %+v", m)
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Header.Get("TLS-Report-Domain") != "example.jp" || parsed.Header.Get("TLS-Report-Submitter") != "cafe.example" ||
		!strings.HasPrefix(parsed.Header.Get("Subject"), "Report Domain: example.jp Submitter: cafe.example Report-ID: <") {
		t.Errorf("headers are %v", parsed.Header)
	}
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["report-type"] != "tlsrpt" {
		t.Fatal(kind, params, err)
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	if _, err := parts.NextPart(); err != nil {
		t.Fatal(err)
	}
	report, err := parts.NextPart()
	if err != nil || report.Header.Get("Content-Type") != "application/tlsrpt+gzip" || report.FileName() != "cafe.example!example.jp!1795219200!1795305599.json.gz" {
		t.Fatal(report, err)
	}
	packed, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, report))
	if err != nil {
		t.Fatal(err)
	}
	if d := unpack(t, packed); len(d.Policies) != 2 || d.Policies[1].Summary != (Summary{Success: 5, Failure: 2}) {
		t.Errorf("report is %+v", d)
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		t.Error("more parts")
	}
}

func TestAReportThatNobodyTakesIsTriedForADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.Count(session("web.example", ""))
	w.flush()
	w.set(func() { w.answer = http.StatusServiceUnavailable })
	at := day.Add(29 * time.Hour)
	w.send(at)
	w.set(func() { w.answer = http.StatusOK })
	w.send(at.Add(time.Minute))
	if len(w.posts) != 0 {
		t.Error("tried again at once")
	}
	w.send(at.Add(20 * time.Minute))
	if len(w.posts) != 1 {
		t.Error("not tried again")
	}
	w.at(day.Add(36 * time.Hour))
	w.Count(session("web.example", ""))
	w.flush()
	w.set(func() { w.answer = http.StatusNotFound })
	for hours := range 72 {
		w.send(at.Add(time.Duration(24+hours) * time.Hour))
	}
	w.set(func() { w.answer = http.StatusOK })
	w.send(at.Add(100 * time.Hour))
	if len(w.posts) != 1 {
		t.Error("tried for ever")
	}
}

func TestWhatCannotBeAskedWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.Count(session("example.jp", ""))
	w.set(func() { w.err = errors.New("no answer") })
	w.flush()
	w.flush()
	w.set(func() { w.err = nil })
	w.flush()
	d, err := w.Report(t.Context(), dayOf(day), "example.jp")
	if err != nil || len(d.Policies) != 1 || d.Policies[0].Summary.Success != 1 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	for i := range mostTallies + 100 {
		s := session("example.jp", "x")
		s.Reason = strconv.Itoa(i)
		w.Count(s)
	}
	if len(w.tallies) > mostTallies || w.lost == 0 {
		t.Errorf("%d tallies, %d lost", len(w.tallies), w.lost)
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"v=TLSRPTv1; rua=mailto:a@b.example":                          "mailto:a@b.example",
		"v=TLSRPTv1 ;rua=https://b.example/x,mailto:a@b.example":      "https://b.example/x mailto:a@b.example",
		"v=TLSRPTv1; rua=http://b.example/x":                          "",
		"v=TLSRPTv1; rua=https://b.example:8443/x":                    "",
		"v=TLSRPTv1; rua=https://u:p@b.example/x":                     "",
		"v=TLSRPTv1; rua=mailto:a@b.example%0d%0aBcc:x@y.example":     "",
		"v=TLSRPTv1; rua=mailto:a@b.example%2Cc@d.example":            "",
		"v=TLSRPTv2; rua=mailto:a@b.example":                          "",
		"v=TLSRPTv1":                                                  "",
		"v=TLSRPTv1; rua=" + strings.Repeat("mailto:a@b.example,", 9): strings.TrimSpace(strings.Repeat("mailto:a@b.example ", mostReceivers)),
	} {
		var got []string
		for _, u := range parseRecord([]string{text}) {
			got = append(got, u.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if parseRecord([]string{"v=TLSRPTv1; rua=mailto:a@b.example", "v=TLSRPTv1; rua=mailto:c@b.example"}) != nil {
		t.Error("two records are none")
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add("v=TLSRPTv1; rua=mailto:a@b.example,https://b.example/x")
	f.Add("v=TLSRPTv1;rua=mailto:%00@%0d")
	f.Fuzz(func(t *testing.T, text string) {
		for _, u := range parseRecord([]string{text}) {
			if u.Scheme == "mailto" && (mailbox(u) == "" || strings.ContainsAny(mailbox(u), "\r\n ,")) {
				t.Errorf("%q gives %q", text, u)
			}
		}
	})
}
