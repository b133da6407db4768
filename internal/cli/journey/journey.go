package journey

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"time"
)

// Config is all that a walk knows.
type Config struct {
	// BaseURL is where the installation answers.
	BaseURL string
	// APIKey may read and write contacts, consents and campaigns.
	APIKey string
	// FormSlug is a published form that offers TopicKey.
	FormSlug string
	TopicKey string
	// Reader is a mail address that nobody has used before; its mail is read by Mailbox.
	Reader string
	// LegalName and PostalAddress must be read in every advertising mail.
	LegalName, PostalAddress string
	Mailbox                  Mailbox
	// DKIM answers the TXT question for a key record.
	DKIM func(name string) ([]string, error)
	// Say is told each step that held.
	Say func(step string)
}

// Mailbox is where the reader's mail arrives.
type Mailbox interface {
	// Mails returns the raw mails to an address, oldest first.
	Mails(ctx context.Context, to string) ([][]byte, error)
}

// walk is the state between steps.
type walk struct {
	Config
	http *http.Client
	api  api
	// confirm is the address of the confirmation page, mail the received campaign.
	confirm string
	mail    *mail
	contact string
	pack    []byte
}

// patience is how long a step waits for something to arrive.
const patience = 30 * time.Second

// Walk runs the main job. It returns the error of the first step that failed.
func Walk(ctx context.Context, c Config) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return fmt.Errorf("journey: %w", err)
	}
	w := &walk{Config: c, http: &http.Client{Jar: jar, Timeout: patience}}
	w.api = api{base: c.BaseURL + "/api/v1", key: c.APIKey, http: &http.Client{Timeout: patience}}
	for _, s := range w.steps() {
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("journey: %s: %w", s.name, err)
		}
		c.Say(s.name)
	}
	return nil
}

type step struct {
	name string
	do   func(ctx context.Context) error
}

func (w *walk) steps() []step {
	return []step{
		{"form is shown, its boxes unticked", w.formShown},
		{"form is sent in", w.formSubmitted},
		{"confirmation mail arrives", w.confirmationArrives},
		{"opening the link confirms nothing", w.openingConfirmsNothing},
		{"pressing the button confirms", w.pressingConfirms},
		{"campaign is sent", w.campaignSent},
		{"mail carries label, ways out and a valid signature", w.mailIsRight},
		{"one click says no", w.oneClick},
		{"next campaign withholds the person and says why", w.nextWithholds},
		{"staff import leaves the person suppressed", w.importStaysSuppressed},
		{"evidence pack is exported and verified", w.packVerifies},
		{"evidence pack with one flipped byte is refused", w.flippedPackFails},
	}
}

// eventually tries until it holds, fails for good, or patience ends.
func eventually(ctx context.Context, try func(ctx context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := try(ctx)
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nothing came within %s", patience)
		case <-tick.C:
		}
	}
}
