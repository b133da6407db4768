package feedback

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

// ses reads the events of Amazon SES, which come by SNS.
type ses struct {
	topics []string
	sns    *sns
}

func newSES(c Config) ses { return ses{topics: c.Topics, sns: newSNS(c.Client)} }

func (s ses) read(ctx context.Context, _ http.Header, body []byte, now time.Time) ([]event, error) {
	var m snsMessage
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, errForm
	}
	if !slices.Contains(s.topics, m.TopicARN) {
		return nil, errSignature
	}
	if err := s.sns.verify(ctx, m, now); err != nil {
		return nil, err
	}
	switch m.Type {
	case "SubscriptionConfirmation":
		return nil, s.sns.confirm(ctx, m)
	case "Notification":
	default:
		return nil, nil // an unsubscription needs nothing
	}
	var e sesEvent
	if err := json.Unmarshal([]byte(m.Message), &e); err != nil {
		return nil, nil //nolint:nilerr // a greeting to the topic, signed and no event
	}
	return e.events(), nil
}

// sesEvent is what is read of a notification or a published event.
type sesEvent struct {
	Notification string `json:"notificationType"`
	Event        string `json:"eventType"`
	Mail         struct {
		Source  string `json:"source"`
		Headers []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"headers"`
		Common struct {
			ID string `json:"messageId"`
		} `json:"commonHeaders"`
	} `json:"mail"`
	Bounce struct {
		Type       string `json:"bounceType"`
		SubType    string `json:"bounceSubType"`
		ID         string `json:"feedbackId"`
		Recipients []struct {
			Address    string `json:"emailAddress"`
			Status     string `json:"status"`
			Diagnostic string `json:"diagnosticCode"`
		} `json:"bouncedRecipients"`
	} `json:"bounce"`
	Complaint struct {
		ID         string `json:"feedbackId"`
		Type       string `json:"complaintFeedbackType"`
		Recipients []struct {
			Address string `json:"emailAddress"`
		} `json:"complainedRecipients"`
	} `json:"complaint"`
}

// id is the Message-ID that we gave: SES gives the mail another on its way out.
func (e sesEvent) id() string {
	for _, h := range e.Mail.Headers {
		if strings.EqualFold(h.Name, "Message-ID") {
			return h.Value
		}
	}
	return e.Mail.Common.ID
}

func (e sesEvent) events() []event {
	var out []event
	add := func(h inbound.Heard, id string) {
		h.Event = id + " " + strings.Join(h.Recipients, "")
		out = append(out, event{heard: h, from: e.Mail.Source, id: e.id()})
	}
	switch e.Notification + e.Event {
	case "Bounce":
		for _, r := range e.Bounce.Recipients {
			add(e.failure(r.Address, r.Status, r.Diagnostic), e.Bounce.ID)
		}
	case "Complaint":
		if e.Complaint.Type == "not-spam" {
			return nil
		}
		for _, r := range e.Complaint.Recipients {
			add(inbound.Heard{Complaint: true, Feedback: e.Complaint.Type, Recipients: []string{r.Address}}, e.Complaint.ID)
		}
	}
	return out
}

// failure sorts by SES's own kinds where they say more than the server's words.
func (e sesEvent) failure(address, status, words string) inbound.Heard {
	h := failure(address, status, words, e.Bounce.Type == "Permanent")
	switch e.Bounce.SubType {
	case "NoEmail":
		h.Verdict = dead
	case "Suppressed", "OnAccountSuppressionList":
		h.Verdict = known
	case "MailboxFull":
		h.Verdict = reply.Verdict{Blame: reply.Recipient}
	case "MessageTooLarge", "ContentRejected", "AttachmentRejected":
		h.Verdict = reply.Verdict{Blame: reply.Content}
	}
	return h
}
