package feedback

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
)

// mailgunAge is how old a signature may be: Mailgun tries for eight hours.
const mailgunAge = 24 * time.Hour

// mailgun reads Mailgun's events: one at a time, with a signature over a timestamp and a
// token. What is signed is not the event; the secret in the hook's address guards that.
type mailgun struct{ key []byte }

// mailgunEvent is what is read of a request.
type mailgunEvent struct {
	Signature struct {
		Timestamp string `json:"timestamp"`
		Token     string `json:"token"`
		Signature string `json:"signature"`
	} `json:"signature"`
	Data struct {
		ID        string `json:"id"`
		Event     string `json:"event"`
		Severity  string `json:"severity"`
		Reason    string `json:"reason"`
		Recipient string `json:"recipient"`
		Status    struct {
			Code        int    `json:"code"`
			Enhanced    string `json:"enhanced-code"`
			Message     string `json:"message"`
			Description string `json:"description"`
		} `json:"delivery-status"`
		Envelope struct {
			Sender string `json:"sender"`
		} `json:"envelope"`
		Message struct {
			Headers struct {
				ID string `json:"message-id"`
			} `json:"headers"`
		} `json:"message"`
	} `json:"event-data"`
}

func (m mailgun) read(_ context.Context, _ http.Header, body []byte, now time.Time) ([]event, error) {
	var e mailgunEvent
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, errForm
	}
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(e.Signature.Timestamp + e.Signature.Token))
	got, err := hex.DecodeString(e.Signature.Signature)
	if err != nil || e.Signature.Token == "" || !hmac.Equal(got, mac.Sum(nil)) {
		return nil, errSignature
	}
	seconds, err := strconv.ParseInt(e.Signature.Timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > mailgunAge {
		return nil, errSignature
	}
	heard := e.heard()
	heard.Event = e.Data.ID
	return []event{{heard: heard, from: e.Data.Envelope.Sender, id: e.Data.Message.Headers.ID}}, nil
}

func (e mailgunEvent) heard() inbound.Heard {
	d := e.Data
	h := inbound.Heard{Recipients: []string{d.Recipient}}
	switch d.Event {
	case "complained":
		h.Complaint, h.Feedback = true, "abuse"
	case "unsubscribed":
		h.Refusal = true
	case "failed":
		switch d.Reason {
		case "suppress-bounce":
			h.Verdict = known
			return h
		case "suppress-complaint":
			h.Complaint, h.Feedback = true, "abuse"
			return h
		case "suppress-unsubscribe":
			h.Refusal = true
			return h
		}
		words := d.Status.Message
		if words == "" {
			words = d.Status.Description
		}
		if d.Status.Code >= 400 && d.Status.Code < 600 {
			words = strconv.Itoa(d.Status.Code) + " " + words
		}
		if d.Severity == "temporary" {
			return h // it is tried again; only the end counts
		}
		return failure(d.Recipient, d.Status.Enhanced, words, true)
	}
	return h
}
