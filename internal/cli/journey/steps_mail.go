package journey

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// The subjects of the two campaigns.
const (
	firstSubject  = "今週の畑だより"
	secondSubject = "来週の畑だより"
)

const campaignBody = "{{ contact.name | honorific: \"様\", \"お客様\" }}\n\n今週は**小松菜**が採れました。\n\n[レシピを見る](https://midorino.example/recipes)\n"

func (w *walk) campaignSent(ctx context.Context) error {
	c, err := w.send(ctx, firstSubject, campaignBody)
	if err != nil {
		return err
	}
	if c.Progress.Delivered == 0 {
		return errors.New("nobody was delivered to")
	}
	_, err = w.rowOf(ctx, c.ID, "delivered")
	return err
}

func (w *walk) mailIsRight(ctx context.Context) error {
	m, err := w.mailWith(ctx, firstSubject)
	if err != nil {
		return err
	}
	w.mail = m
	for part, body := range map[string]string{"text": m.text, "html": m.html} {
		for _, must := range []string{w.LegalName, w.PostalAddress, "/unsubscribe/", "見本 はるか様"} {
			if !strings.Contains(body, must) {
				return fmt.Errorf("the %s part lacks %q", part, must)
			}
		}
	}
	if got := m.header.Get("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
		return fmt.Errorf("List-Unsubscribe-Post is %q", got)
	}
	for _, h := range []string{"List-Id", "Feedback-Id", "Message-Id", "Date"} {
		if !m.header.Has(h) {
			return fmt.Errorf("the header %s is missing", h)
		}
	}
	return m.verify(w.DKIM)
}

// oneClick does what a mailbox provider does when its button is pressed (RFC 8058).
func (w *walk) oneClick(ctx context.Context) error {
	target, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(w.mail.header.Get("List-Unsubscribe")), "<"), ">")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader("List-Unsubscribe=One-Click"))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	bare := &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := bare.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || len(res.Cookies()) > 0 {
		return fmt.Errorf("the answer was %d with %d cookies", res.StatusCode, len(res.Cookies()))
	}
	now, err := w.permission(ctx)
	if err == nil && now.Allowed {
		err = errors.New("the gate still says yes")
	}
	return err
}

func (w *walk) nextWithholds(ctx context.Context) error {
	before, err := w.Mailbox.Mails(ctx, w.Reader)
	if err != nil {
		return err
	}
	c, err := w.send(ctx, secondSubject, campaignBody)
	if err != nil {
		return err
	}
	r, err := w.rowOf(ctx, c.ID, "withheld")
	if err != nil {
		return err
	}
	if r.Rule == "" || r.Reason == "" || r.Citation == "" {
		return fmt.Errorf("the row does not say why: %+v", r)
	}
	after, err := w.Mailbox.Mails(ctx, w.Reader)
	if err == nil && len(after) != len(before) {
		err = errors.New("a mail went out all the same")
	}
	return err
}

func (w *walk) importStaysSuppressed(ctx context.Context) error {
	file := "メールアドレス,姓,名\r\n" + w.Reader + ",見本,はるか\r\n"
	q := url.Values{
		"basis": {"B1"}, "purpose": {"ads"}, "source": {"店頭の申込書"}, "obtained_at": {"2026-10-01"}, "evidence": {"申込書 2026-10-01 綴り3"}, "topic": {w.TopicKey},
	}
	answer, err := w.api.raw(ctx, http.MethodPost, "/imports?"+q.Encode(), "text/csv", []byte(file))
	if err != nil {
		return err
	}
	var started struct {
		ID string `json:"id"`
	}
	if err := unmarshal(answer, &started); err != nil {
		return err
	}
	if err := eventually(ctx, func(ctx context.Context) (bool, error) {
		var job struct {
			State string `json:"state"`
		}
		err := w.api.do(ctx, http.MethodGet, "/imports/"+started.ID, nil, &job)
		if job.State == "failed" {
			return false, errors.New("the import failed")
		}
		return job.State == "done", err
	}); err != nil {
		return err
	}
	now, err := w.permission(ctx)
	if err == nil && now.Allowed {
		err = errors.New("the import undid the refusal")
	}
	return err
}
