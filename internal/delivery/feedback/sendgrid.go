package feedback

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
)

// The headers of SendGrid's signed event webhook.
const (
	sendGridSignature = "X-Twilio-Email-Event-Webhook-Signature"
	sendGridTimestamp = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// sendGrid reads SendGrid's events: an array, signed by ECDSA over the timestamp and
// the body.
type sendGrid struct{ key *ecdsa.PublicKey }

func newSendGrid(key string) (sendGrid, error) {
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
	if err != nil {
		return sendGrid{}, fmt.Errorf("delivery: feedback: sendgrid key: %w", err)
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return sendGrid{}, fmt.Errorf("delivery: feedback: sendgrid key: %w", err)
	}
	ec, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return sendGrid{}, fmt.Errorf("delivery: feedback: sendgrid key: %w", errForm)
	}
	return sendGrid{ec}, nil
}

// sendGridEvent is what is read of an event.
type sendGridEvent struct {
	ID     string `json:"sg_event_id"`
	Event  string `json:"event"`
	Type   string `json:"type"`
	Email  string `json:"email"`
	SMTPID string `json:"smtp-id"`
	Status string `json:"status"`
	Reason string `json:"reason"`
	Class  string `json:"bounce_classification"`
}

func (s sendGrid) read(_ context.Context, h http.Header, body []byte, _ time.Time) ([]event, error) {
	signature, err := base64.StdEncoding.DecodeString(h.Get(sendGridSignature))
	if err != nil {
		return nil, errSignature
	}
	sum := sha256.New()
	sum.Write([]byte(h.Get(sendGridTimestamp)))
	sum.Write(body)
	if !ecdsa.VerifyASN1(s.key, sum.Sum(nil), signature) {
		return nil, errSignature
	}
	var list []sendGridEvent
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errForm
	}
	out := make([]event, 0, len(list))
	for _, e := range list {
		heard := e.heard()
		heard.Event = e.ID
		out = append(out, event{heard: heard, id: e.SMTPID})
	}
	return out, nil
}

func (e sendGridEvent) heard() inbound.Heard {
	h := inbound.Heard{Recipients: []string{e.Email}}
	switch e.Event {
	case "spamreport":
		h.Complaint, h.Feedback = true, "abuse"
	case "unsubscribe", "group_unsubscribe":
		h.Refusal = true
	case "bounce":
		return failure(e.Email, e.Status, e.Reason, e.Type != "blocked")
	case "dropped":
		switch e.Reason {
		case "Bounced Address", "Invalid":
			h.Verdict = known
		case "Spam Reporting Address":
			h.Complaint, h.Feedback = true, "abuse"
		case "Unsubscribed Address":
			h.Refusal = true
		}
	}
	return h
}
