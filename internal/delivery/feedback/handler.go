package feedback

import (
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
	"github.com/kyodaku/kyodaku/internal/keyring"
)

// Path begins the addresses of the hooks: Path + provider + "/" + token.
const Path = "/hooks/mail/"

// Hearer acts on what was heard of messages; inbound.Bounces does.
type Hearer interface {
	// Hear is durable and binding when it returns nil; hearing an event again is no error.
	Hear(ctx context.Context, h inbound.Heard, now time.Time) error
}

// Config is what a Handler is made of. A provider without its key is not there.
type Config struct {
	// Token is the secret end of the hooks' addresses; without one there are no hooks.
	Token string
	// Topics are the ARNs of the SNS topics that SES events are believed from.
	Topics []string
	// SendGridKey is the public key that SendGrid shows, base64 of its DER form.
	SendGridKey string
	// MailgunKey is the signing key that Mailgun shows.
	MailgunKey string

	Ring   *keyring.Ring
	Hearer Hearer
	// Client fetches Amazon's certificates and confirms subscriptions; nil is one that
	// follows no redirects.
	Client *http.Client
	Log    *slog.Logger
	Clock  func() time.Time
}

// maxBody bounds a request in octets: SendGrid sends up to a thousand events at once.
const maxBody = 4 << 20

// The reasons for refusing a request.
var (
	errSignature = errors.New("delivery: feedback: the signature does not hold")
	errForm      = errors.New("delivery: feedback: the request is malformed")
)

// reader takes a request apart: it checks the signature and returns the events.
type reader func(ctx context.Context, h http.Header, body []byte, now time.Time) ([]event, error)

// Handler serves the hooks under Path.
type Handler struct {
	Config
	readers map[string]reader
}

// New makes a handler. It fails on a key that cannot be read.
func New(c Config) (*Handler, error) {
	h := &Handler{Config: c, readers: map[string]reader{}}
	if len(c.Topics) > 0 {
		h.readers["ses"] = newSES(c).read
	}
	if c.SendGridKey != "" {
		s, err := newSendGrid(c.SendGridKey)
		if err != nil {
			return nil, err
		}
		h.readers["sendgrid"] = s.read
	}
	if c.MailgunKey != "" {
		h.readers["mailgun"] = mailgun{[]byte(c.MailgunKey)}.read
	}
	return h, nil
}

// ServeHTTP implements http.Handler for POST Path{provider}/{token}.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	provider, token, _ := cutPath(r.URL.Path)
	read, ok := h.readers[provider]
	switch {
	case !ok, h.Token == "", subtle.ConstantTimeCompare([]byte(token), []byte(h.Token)) != 1:
		http.NotFound(w, r)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the request cannot be read", http.StatusRequestEntityTooLarge)
		return
	}
	now := h.Clock()
	events, err := read(r.Context(), r.Header, body, now)
	if err == nil {
		err = h.hear(r.Context(), provider, events, now)
	}
	h.answer(w, r, provider, err)
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, provider string, err error) {
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case errors.Is(err, errSignature) && provider == "mailgun":
		// Mailgun's word for "do not send this again".
		http.Error(w, "not acceptable", http.StatusNotAcceptable)
	case errors.Is(err, errSignature):
		http.Error(w, "forbidden", http.StatusForbidden)
	case errors.Is(err, errForm):
		http.Error(w, "bad request", http.StatusBadRequest)
	default:
		h.Log.ErrorContext(r.Context(), "events of a relay could not be taken", "provider", provider, "error", err)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	}
}

// hear acts on the events. One that cannot be stored has all of them sent again,
// which is harmless.
func (h *Handler) hear(ctx context.Context, provider string, events []event, now time.Time) error {
	for _, e := range events {
		message := e.message(h.Ring, now)
		if message == 0 || !e.means() {
			continue
		}
		e.heard.Message, e.heard.Source = message, provider
		if err := h.Hearer.Hear(ctx, e.heard, now); err != nil {
			return err
		}
	}
	return nil
}
