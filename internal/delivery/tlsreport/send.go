package tlsreport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

const (
	// mostAttempts and firstRetry make a report be tried for about a day (RFC 8460 5.5).
	mostAttempts = 7
	firstRetry   = 15 * time.Minute
	// resultDays and reportDays are how long results and the list of reports are kept.
	resultDays, reportDays = 7, 30
	// mediaType is that of a compressed report (RFC 8460 6.4).
	mediaType = "application/tlsrpt+gzip"
)

// errRefused is an HTTPS server that does not want a report.
var errRefused = errors.New("the report was refused")

// errNoMail is a report by mail that nobody can send.
var errNoMail = errors.New("reports by mail are not sent here")

// job is a report that is due.
type job struct {
	day      int64
	domain   string
	runAt    int64
	attempts int
}

// Send sends the reports that are due, and forgets what is old. It is run every few
// minutes; several nodes may do so at a time.
func (b *Book) Send(ctx context.Context, now time.Time) error {
	jobs, err := b.due(ctx, now)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if err := b.report(ctx, j, now); err != nil {
			return err
		}
	}
	return b.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, sqlOldResult, dayOf(now)-resultDays); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlOldReport, dayOf(now)-reportDays)
		return err
	})
}

func (b *Book) due(ctx context.Context, now time.Time) ([]job, error) {
	rows, err := b.DB.Query(ctx, sqlDue, store.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("delivery: TLS report: due: %w", err)
	}
	defer rows.Close()
	var jobs []job
	for rows.Next() {
		var j job
		if err := rows.Scan(&j.day, &j.domain, &j.runAt, &j.attempts); err != nil {
			return nil, fmt.Errorf("delivery: TLS report: due: %w", err)
		}
		jobs = append(jobs, j)
	}
	return jobs, rows.Err()
}

// report sends one report. Only what the database says is an error; a receiver that
// does not answer is tried again later.
func (b *Book) report(ctx context.Context, j job, now time.Time) error {
	mine, err := b.claim(ctx, j, now)
	if err != nil || !mine {
		return err
	}
	uris, err := b.receivers(ctx, j.domain)
	if err != nil {
		return nil //nolint:nilerr // no answer now: the claim says when to ask again
	}
	d, err := b.Report(ctx, j.day, j.domain)
	if err != nil {
		return err
	}
	var sent []string
	var failed error
	for _, u := range uris {
		if len(d.Policies) == 0 {
			break
		}
		if err := b.deliver(ctx, u, d, j.domain); err != nil {
			failed = err
			continue
		}
		sent = append(sent, u.String())
	}
	if len(sent) == 0 && failed != nil {
		b.Log.Info("a TLS report was not taken", "attempt", j.attempts+1)
		return nil
	}
	return b.done(ctx, j, strings.Join(sent, " "), now)
}

// claim takes a job for this node and says when it is tried again if that fails.
func (b *Book) claim(ctx context.Context, j job, now time.Time) (mine bool, err error) {
	again := int64(0)
	if j.attempts+1 < mostAttempts {
		again = store.Micros(now.Add(firstRetry << j.attempts))
	}
	err = b.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, sqlClaim, again, j.day, j.domain, j.runAt)
		mine = n > 0
		return err
	})
	return mine, err
}

func (b *Book) done(ctx context.Context, j job, to string, now time.Time) error {
	return b.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, sqlClear, j.day, j.domain); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlSent, store.Micros(now), to, j.day, j.domain)
		return err
	})
}

func (b *Book) deliver(ctx context.Context, u *url.URL, d Document, domain string) error {
	packed, err := d.pack()
	if err != nil {
		return err
	}
	if u.Scheme == "https" {
		return b.post(ctx, u, packed)
	}
	if b.Mail == nil {
		return errNoMail
	}
	return b.Mail(ctx, b.mail(mailbox(u), d, domain, packed))
}

func (b *Book) post(ctx context.Context, u *url.URL, packed []byte) error {
	ask, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(packed))
	if err != nil {
		return err
	}
	ask.Header.Set("Content-Type", mediaType)
	reply, err := b.HTTP.Do(ask)
	if err != nil {
		return err
	}
	defer func() { _ = reply.Body.Close() }() // its text is of no interest
	if reply.StatusCode/100 != 2 {
		return fmt.Errorf("%w: status %d", errRefused, reply.StatusCode)
	}
	return nil
}
