package feedback

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // SNS signs so
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

var now = time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)

const topic = "arn:aws:sns:ap-northeast-1:123456789012:mail"

// ear notes what it hears.
type ear struct {
	heard []string
	err   error
}

func (e *ear) Hear(_ context.Context, h inbound.Heard, _ time.Time) error {
	what := "nothing"
	switch v := h.Verdict; {
	case h.Complaint:
		what = "complaint " + h.Feedback
	case h.Refusal:
		what = "refusal"
	case v.Unknown && !v.Twice:
		what = "dead"
	case v.Unknown:
		what = "twice"
	case v.Permanent:
		what = "refused by " + string(v.Blame)
	case v.Blame != "":
		what = "later by " + string(v.Blame)
	}
	e.heard = append(e.heard, fmt.Sprint(h.Source, " ", h.Message, " ", what, " ", strings.Join(h.Recipients, ",")))
	if h.Event == "" {
		e.heard = append(e.heard, "without a name")
	}
	return e.err
}

// hooks are a handler with the keys of all providers' sides.
type hooks struct {
	*Handler
	ear      *ear
	ring     *keyring.Ring
	sendGrid *ecdsa.PrivateKey
	sns      *rsa.PrivateKey
	pem      []byte
	asked    []string
}

func newHooks(t *testing.T) *hooks {
	t.Helper()
	h := &hooks{ear: &ear{}}
	var err error
	if h.ring, err = keyring.New(keyring.Generate()); err != nil {
		t.Fatal(err)
	}
	if h.sendGrid, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&h.sendGrid.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if h.sns, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(1, 0, 0)}
	made, err := x509.CreateCertificate(rand.Reader, cert, cert, &h.sns.PublicKey, h.sns)
	if err != nil {
		t.Fatal(err)
	}
	h.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})
	h.Handler, err = New(Config{
		Token: "secret", Topics: []string{topic}, SendGridKey: base64.StdEncoding.EncodeToString(der), MailgunKey: "mg",
		Ring: h.ring, Hearer: h.ear, Client: &http.Client{Transport: h}, Log: slog.New(slog.DiscardHandler), Clock: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// RoundTrip is Amazon.
func (h *hooks) RoundTrip(r *http.Request) (*http.Response, error) {
	h.asked = append(h.asked, r.URL.String())
	return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(h.pem)), Header: http.Header{}, Request: r}, nil
}

func (h *hooks) post(path, body string, head http.Header) int {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	for name, values := range head {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func (h *hooks) viaSendGrid(body string) int {
	sum := sha256.Sum256([]byte("1795222800" + body))
	signature, err := ecdsa.SignASN1(rand.Reader, h.sendGrid, sum[:])
	if err != nil {
		panic(err)
	}
	head := http.Header{}
	head.Set(sendGridSignature, base64.StdEncoding.EncodeToString(signature))
	head.Set(sendGridTimestamp, "1795222800")
	return h.post(Path+"sendgrid/secret", body, head)
}

func (h *hooks) viaMailgun(data string, at time.Time) int {
	mac := hmac.New(sha256.New, []byte("mg"))
	stamp := fmt.Sprint(at.Unix())
	mac.Write([]byte(stamp + "tok"))
	return h.post(Path+"mailgun/secret", fmt.Sprintf(`{"signature":{"timestamp":%q,"token":"tok","signature":%q},"event-data":%s}`, stamp, hex.EncodeToString(mac.Sum(nil)), data), nil)
}

// sign completes a message of SNS.
func (h *hooks) sign(m *snsMessage) {
	if m.SigningCertURL == "" {
		m.SigningCertURL = "https://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-0123.pem"
	}
	m.TopicARN, m.MessageID, m.Timestamp = topic, "id-1", "2026-11-21T01:00:00.000Z"
	if m.SignatureVersion == "" {
		m.SignatureVersion = "2"
	}
	sum, kind := sha256.Sum256([]byte(m.signed())), crypto.SHA256
	digest := sum[:]
	if m.SignatureVersion == "1" {
		old := sha1.Sum([]byte(m.signed())) //nolint:gosec // SNS signs so
		digest, kind = old[:], crypto.SHA1
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, h.sns, kind, digest)
	if err != nil {
		panic(err)
	}
	m.Signature = base64.StdEncoding.EncodeToString(signature)
}

func (h *hooks) viaSNS(m snsMessage) int {
	body, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return h.post(Path+"ses/secret", string(body), nil)
}

func (h *hooks) viaSES(message string) int {
	m := snsMessage{Type: "Notification", Message: message}
	h.sign(&m)
	return h.viaSNS(m)
}

// told checks what was heard, and forgets it.
func (h *hooks) told(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(h.ear.heard, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("heard\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	h.ear.heard = nil
}

func TestSendGridEventsAreHeard(t *testing.T) {
	t.Parallel()
	h := newHooks(t)
	id := "<" + store.Public("msg", 7) + "@midori.example>"
	e := func(rest string) string {
		return fmt.Sprintf(`{"sg_event_id":"x","email":"hanako@reader.example","smtp-id":%q,%s}`, id, rest)
	}
	body := "[" + strings.Join([]string{
		e(`"event":"bounce","type":"bounce","status":"5.1.1","reason":"550 5.1.1 no such user"`), e(`"event":"bounce","type":"blocked","status":"5.7.1","reason":"550 5.7.1 blocked by Spamhaus"`),
		e(`"event":"spamreport"`), e(`"event":"unsubscribe"`), e(`"event":"dropped","reason":"Bounced Address"`), e(`"event":"deferred","reason":"421 slow down"`), e(`"event":"delivered"`), e(`"event":"open"`),
		`{"sg_event_id":"y","email":"a@b.example","smtp-id":"<other@midori.example>","event":"bounce","status":"5.1.1"}`,
	}, ",") + "]"
	if got := h.viaSendGrid(body); got != 200 {
		t.Fatal(got)
	}
	h.told(t, "sendgrid 7 dead hanako@reader.example", "sendgrid 7 later by sender_ip hanako@reader.example", "sendgrid 7 complaint abuse hanako@reader.example",
		"sendgrid 7 refusal hanako@reader.example", "sendgrid 7 twice hanako@reader.example")
}

func TestMailgunEventsAreHeard(t *testing.T) {
	t.Parallel()
	h := newHooks(t)
	e := func(rest string) string {
		return fmt.Sprintf(`{"id":"x","recipient":"hanako@reader.example","message":{"headers":{"message-id":%q}},%s}`, store.Public("msg", 7)+"@midori.example", rest)
	}
	for _, data := range []string{
		e(`"event":"failed","severity":"permanent","reason":"bounce","delivery-status":{"code":550,"message":"5.1.1 user unknown"}`),
		e(`"event":"failed","severity":"temporary","delivery-status":{"code":452,"message":"4.2.2 mailbox full"}`),
		e(`"event":"failed","severity":"permanent","reason":"old","delivery-status":{"code":452,"message":"4.2.2 mailbox full"}`),
		e(`"event":"failed","severity":"permanent","reason":"suppress-bounce"`), e(`"event":"complained"`), e(`"event":"unsubscribed"`), e(`"event":"delivered"`),
	} {
		if got := h.viaMailgun(data, now); got != 200 {
			t.Errorf("%d %s", got, data)
		}
	}
	h.told(t, "mailgun 7 dead hanako@reader.example", "mailgun 7 later by recipient hanako@reader.example", "mailgun 7 twice hanako@reader.example",
		"mailgun 7 complaint abuse hanako@reader.example", "mailgun 7 refusal hanako@reader.example")
	if got := h.viaMailgun(e(`"event":"complained"`), now.AddDate(0, 0, -2)); got != 406 {
		t.Errorf("an old signature: %d", got)
	}
	h.told(t)
}

func TestSESEventsAreHeard(t *testing.T) {
	t.Parallel()
	h := newHooks(t)
	source := `"mail":{"source":"b+` + h.ring.SignReturn(7) + `@in.midori.example"}`
	headers := fmt.Sprintf(`"mail":{"source":"x@midori.example","headers":[{"name":"Message-ID","value":"<%s@midori.example>"}]}`, store.Public("msg", 8))
	for _, message := range []string{
		`{"notificationType":"Bounce","bounce":{"feedbackId":"f1","bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"hanako@reader.example","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},` + source + `}`,
		`{"eventType":"Bounce","bounce":{"feedbackId":"f2","bounceType":"Transient","bounceSubType":"MailboxFull","bouncedRecipients":[{"emailAddress":"hanako@reader.example"}]},` + headers + `}`,
		`{"eventType":"Bounce","bounce":{"feedbackId":"f3","bounceType":"Permanent","bounceSubType":"OnAccountSuppressionList","bouncedRecipients":[{"emailAddress":"hanako@reader.example"}]},` + headers + `}`,
		`{"notificationType":"Complaint","complaint":{"feedbackId":"f4","complaintFeedbackType":"abuse","complainedRecipients":[{"emailAddress":"hanako@reader.example"}]},` + source + `}`,
		`{"notificationType":"Complaint","complaint":{"feedbackId":"f5","complaintFeedbackType":"not-spam","complainedRecipients":[{"emailAddress":"hanako@reader.example"}]},` + source + `}`,
		`{"notificationType":"Delivery",` + source + `}`, `Successfully validated SNS topic for Amazon SES event publishing.`,
	} {
		if got := h.viaSES(message); got != 200 {
			t.Errorf("%d %s", got, message)
		}
	}
	h.told(t, "ses 7 dead hanako@reader.example", "ses 8 later by recipient hanako@reader.example", "ses 8 twice hanako@reader.example", "ses 7 complaint abuse hanako@reader.example")
	if len(h.asked) != 1 {
		t.Errorf("the certificate was fetched %d times", len(h.asked))
	}
}

func TestASubscriptionIsConfirmedAtAmazonOnly(t *testing.T) {
	t.Parallel()
	h := newHooks(t)
	good := "https://sns.ap-northeast-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
	for address, want := range map[string]int{
		good: 200, "http://sns.ap-northeast-1.amazonaws.com/?x": 403, "https://sns.ap-northeast-1.amazonaws.com.evil.example/": 403, "https://evil.example/": 403,
		"https://sns.ap-northeast-1.amazonaws.com:8443/": 403, "https://u@sns.ap-northeast-1.amazonaws.com/": 403, "https://127.0.0.1/": 403, "https://bucket.s3.amazonaws.com/x": 403,
	} {
		m := snsMessage{Type: "SubscriptionConfirmation", Token: "t", Message: "confirm", SubscribeURL: address}
		h.sign(&m)
		if got := h.viaSNS(m); got != want {
			t.Errorf("%s: %d", address, got)
		}
	}
	for _, asked := range h.asked {
		if asked != good && !strings.HasSuffix(asked, ".pem") {
			t.Errorf("asked %s", asked)
		}
	}
}

func TestWhatIsNotSignedIsNotBelieved(t *testing.T) {
	t.Parallel()
	h := newHooks(t)
	complaint := `{"notificationType":"Complaint","complaint":{"feedbackId":"f","complainedRecipients":[{"emailAddress":"a@b.example"}]},"mail":{"source":"b+` + h.ring.SignReturn(7) + `@x"}}`
	for name, change := range map[string]func(m *snsMessage){
		"altered":                    func(m *snsMessage) { m.Message += " " },
		"another topic":              func(m *snsMessage) { m.TopicARN = "arn:aws:sns:ap-northeast-1:1:evil" },
		"somebody's certificate":     func(m *snsMessage) { m.SigningCertURL = "https://evil.example/x.pem" },
		"somebody's bucket":          func(m *snsMessage) { m.SigningCertURL = "https://evil.s3.amazonaws.com/x.pem" },
		"a page that is none":        func(m *snsMessage) { m.SigningCertURL = "https://sns.ap-northeast-1.amazonaws.com/x" },
		"without TLS":                func(m *snsMessage) { m.SigningCertURL = "http://sns.ap-northeast-1.amazonaws.com/x.pem" },
		"an unknown kind":            func(m *snsMessage) { m.SignatureVersion = "3" },
		"no signature":               func(m *snsMessage) { m.Signature = "" },
		"the weaker kind, not meant": func(m *snsMessage) { m.SignatureVersion = "1" },
	} {
		m := snsMessage{Type: "Notification", Message: complaint}
		h.sign(&m)
		change(&m)
		if got := h.viaSNS(m); got != 403 {
			t.Errorf("%s: %d", name, got)
		}
	}
	old := snsMessage{Type: "Notification", Message: complaint, SignatureVersion: "1"}
	h.sign(&old)
	if got := h.viaSNS(old); got != 200 {
		t.Errorf("SHA-1, which SNS uses unless told otherwise: %d", got)
	}
	h.told(t, "ses 7 complaint  a@b.example")
	if got := h.post(Path+"sendgrid/secret", `[{"event":"spamreport"}]`, nil); got != 403 {
		t.Error(got)
	}
	if got := h.post(Path+"mailgun/secret", `{"signature":{"timestamp":"1795222800","token":"t","signature":"00"},"event-data":{"event":"complained"}}`, nil); got != 406 {
		t.Error(got)
	}
	h.told(t)
}

func TestHooksAreWhereTheirSecretSays(t *testing.T) {
	t.Parallel()
	h := newHooks(t)
	for _, path := range []string{Path + "ses/", Path + "ses/wrong", Path + "postmark/secret", Path + "ses", "/hooks/mail", Path + "ses/secret/x"} {
		if got := h.post(path, "{}", nil); got != 404 {
			t.Errorf("%s: %d", path, got)
		}
	}
	r := httptest.NewRequest(http.MethodGet, Path+"ses/secret", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 405 {
		t.Error(w.Code)
	}
	none, err := New(Config{Topics: []string{topic}})
	if err != nil {
		t.Fatal(err)
	}
	w = httptest.NewRecorder()
	none.ServeHTTP(w, httptest.NewRequest(http.MethodPost, Path+"ses/", strings.NewReader("{}")))
	if w.Code != 404 {
		t.Errorf("hooks without a secret: %d", w.Code)
	}
	for _, key := range []string{"x", base64.StdEncoding.EncodeToString([]byte("x"))} {
		if _, err := New(Config{SendGridKey: key}); err == nil {
			t.Errorf("%q is no key", key)
		}
	}
}

func TestWhatCannotBeStoredIsSentAgain(t *testing.T) {
	t.Parallel()
	h := newHooks(t)
	h.ear.err = errors.New("the disk is full")
	body := fmt.Sprintf(`[{"sg_event_id":"x","email":"a@b.example","smtp-id":"<%s@m.example>","event":"spamreport"}]`, store.Public("msg", 7))
	if got := h.viaSendGrid(body); got != 503 {
		t.Error(got)
	}
	if got := h.viaSendGrid("{"); got != 400 {
		t.Error(got)
	}
	if got := h.post(Path+"ses/secret", strings.Repeat("x", maxBody+1), nil); got != 413 {
		t.Error(got)
	}
}
