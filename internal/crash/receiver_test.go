package crash

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
)

// receiver is the witness: it remembers each mail when its final dot was read.
type receiver struct {
	*catcher.Server
	mu    sync.Mutex
	mails map[string][]mail
	total int
}

// mail is what the witness remembers of one.
type mail struct {
	subject string
	// exit is the path of the one-click link.
	exit string
	at   time.Time
}

func receive(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{mails: map[string][]mail{}}
	r.Server = catcher.New(catcher.Config{Keep: r.keep})
	if err := r.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *receiver) keep(_ context.Context, m catcher.Mail) error {
	seen := mail{at: m.ReceivedAt, subject: header(m.Data, "Subject: ")}
	if _, path, ok := strings.Cut(header(m.Data, "List-Unsubscribe: "), "/unsubscribe/"); ok {
		token, _, _ := strings.Cut(path, ">")
		seen.exit = "/unsubscribe/" + token
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mails[m.To[0]] = append(r.mails[m.To[0]], seen)
	r.total++
	return nil
}

// header reads one header, unfolded.
func header(data []byte, name string) string {
	head, _, _ := strings.Cut(string(data), "\r\n\r\n")
	head = strings.ReplaceAll(head, "\r\n ", "")
	_, rest, _ := strings.Cut("\r\n"+head, "\r\n"+name)
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total
}

// of lists the mails to an address with a subject.
func (r *receiver) of(to, subject string) (out []mail) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.mails[to] {
		if m.subject == subject {
			out = append(out, m)
		}
	}
	return out
}
