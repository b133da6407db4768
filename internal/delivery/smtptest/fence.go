package smtptest

import (
	"context"
	"sync"
)

// Fence is a smtp.Fence for tests: it says what it is told and notes the order in
// which it was asked. Its zero value lets everything pass.
type Fence struct {
	Mail error // answer before MAIL FROM
	Dot  error // answer before the dot
	// OnMail and OnDot are called at those moments, if set.
	OnMail, OnDot func()
	mu            sync.Mutex
	events        []string
}

// BeforeMail notes "mail".
func (f *Fence) BeforeMail(context.Context) error {
	f.note("mail")
	if f.OnMail != nil {
		f.OnMail()
	}
	return f.Mail
}

// BeforeDot notes "dot", and the release "release".
func (f *Fence) BeforeDot(context.Context) (func(), error) {
	f.note("dot")
	if f.OnDot != nil {
		f.OnDot()
	}
	if f.Dot != nil {
		return nil, f.Dot
	}
	return func() { f.note("release") }, nil
}

// Events returns what happened so far, in order.
func (f *Fence) Events() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.events...)
}

func (f *Fence) note(event string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, event)
}
