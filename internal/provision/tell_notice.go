package provision

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// StopMailer writes to recipients.
type StopMailer interface {
	// TellStop mails a recipient that a person's data are no longer to be provided.
	TellStop(ctx context.Context, to string, n StopNotice, now time.Time) error
}

// StopNotice is what a recipient is told of a stop.
type StopNotice struct {
	Workspace int64 `json:"-"`
	// Task, Run and ProgrammeID are public ids.
	Task        string `json:"task"`
	Run         string `json:"run"`
	ProgrammeID string `json:"programme"`
	Programme   string `json:"programme_name"`
	Recipient   string `json:"recipient"`
	Country     string `json:"-"`
	// Person is by what of the data that it got the recipient knows who stopped.
	Person string `json:"person"`
	// HandedAt and StoppedAt are in the workspace's time zone.
	HandedAt  time.Time `json:"handed_at"`
	StoppedAt time.Time `json:"stopped_at"`
	// Page says that the programme has a page that the recipient can open.
	Page bool `json:"-"`
}

// headerSignature carries the HMAC-SHA256 of a hook's body by the key that was agreed.
const headerSignature = "Kyodaku-Signature"

func (s *Runs) stopNotice(ctx context.Context, t Task, to Recipient) (StopNotice, error) {
	run, err := s.Run(ctx, s.Book.db, t.Workspace, t.Run)
	if err != nil {
		return StopNotice{}, err
	}
	p, err := s.Book.ByID(ctx, s.Book.db, t.Workspace, run.Plan.Programme)
	if err != nil {
		return StopNotice{}, err
	}
	ws, err := s.Book.accounts.WorkspaceByID(ctx, s.Book.db, t.Workspace)
	if err != nil {
		return StopNotice{}, err
	}
	zone := ws.Location()
	n := StopNotice{
		Workspace: t.Workspace, Task: t.Public(), Run: run.Public(), ProgrammeID: p.Public(), Programme: p.Name,
		Recipient: to.Name, Country: to.Country, HandedAt: run.HandedAt.In(zone), StoppedAt: t.CreatedAt.In(zone),
	}
	_, n.Page = noticeOf(p, t.CreatedAt)
	ids, err := s.Book.people.With(ctx, s.Book.db, t.Contact)
	if err != nil {
		return n, err
	}
	known, err := texts(s.Book.db.Query(ctx, sqlKnownBy, t.Workspace, t.Recipient, store.In(ids)))
	n.Person = strings.Join(known, " / ")
	return n, err
}

// texts reads a column of a few rows.
func texts(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, rows.Err()
}

// callHook posts a stop; a 2xx is the recipient's word that it heard.
func (s *Runs) callHook(ctx context.Context, to Recipient, x Secrets, n StopNotice) (proof string, err error) {
	body, err := json.Marshal(n)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.StopHook, bytes.NewReader(body))
	if err != nil {
		return "", fault.Wrap(fault.Refused, plain(err), "provision.target.url")
	}
	sum := hmac.New(sha256.New, []byte(x.HookKey))
	sum.Write(body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(headerKey, n.Task)
	req.Header.Set(headerSignature, "sha256="+hex.EncodeToString(sum.Sum(nil)))
	resp, err := s.client(to.Target.Inside).Do(req)
	if err != nil {
		return "", fault.Wrap(fault.Busy, plain(err), "provision.target.unreachable")
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil || resp.StatusCode < 200 || resp.StatusCode >= 300 {
		return "", fault.Wrap(fault.Busy, firstOf(err, fmt.Errorf("status %s", resp.Status)), "provision.target.said_no", "Status", resp.Status)
	}
	return fmt.Sprintf("%s %s %q", origin(to.StopHook), resp.Status, printable(text)), nil
}
