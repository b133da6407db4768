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

// tellMost is how many recipients one round tells; againMost bounds the pause between tries.
const (
	tellMost  = 100
	againMost = 6 * time.Hour
)

// tell tells recipients of stops whose time has come. What fails is tried again, ever
// more seldom; whoever cannot be told by a program is left to an operator.
func (s *Runs) tell(ctx context.Context, now time.Time) error {
	ids, err := store.IDs(s.Book.db.Query(ctx, sqlDueTasks, store.Micros(now), tellMost))
	if err != nil {
		return failed("tell", err)
	}
	for _, id := range ids {
		if err := s.tellOne(ctx, id, now); err != nil {
			return failed("tell", err)
		}
	}
	return nil
}

func (s *Runs) tellOne(ctx context.Context, id int64, now time.Time) error {
	t, err := scanTask(s.Book.db.QueryRow(ctx, sqlTask, id))
	if err != nil {
		return err
	}
	to, secrets, err := s.recipient(ctx, s.Book.db, t.Workspace, t.Recipient)
	if err != nil {
		return err
	}
	n, err := s.stopNotice(ctx, t, to)
	if err != nil {
		return err
	}
	way, proof := ByHand, ""
	switch {
	case n.Person == "": // nothing that the recipient got says who it is
	case to.StopHook != "":
		way = ByHook
		proof, err = s.callHook(ctx, to, secrets, n)
	case to.StopMail != "" && s.Mail != nil:
		way = ByMail
		err = s.Mail.TellStop(ctx, to.StopMail, n, now)
	}
	if err != nil {
		s.Log.WarnContext(ctx, "a recipient could not be told of a stop", "task", t.Public(), "error", err)
		again := min(time.Minute<<min(t.Tries, 9), againMost)
		return s.change(ctx, func(tx *store.Tx) (int64, error) {
			return tx.Exec(ctx, sqlTellAgain, string(way), store.Micros(now.Add(again)), id)
		})
	}
	if proof != "" {
		return s.change(ctx, func(tx *store.Tx) (int64, error) {
			return tx.Exec(ctx, sqlHookHeard, string(way), store.Micros(now), store.Micros(now), proof, id)
		})
	}
	sent := store.Micros(now)
	if way == ByHand {
		sent = 0
	}
	return s.change(ctx, func(tx *store.Tx) (int64, error) { return tx.Exec(ctx, sqlTold, string(way), sent, id) })
}

// change writes one row.
func (s *Runs) change(ctx context.Context, do func(tx *store.Tx) (int64, error)) error {
	return s.Book.db.Write(ctx, func(tx *store.Tx) error {
		_, err := do(tx)
		return err
	})
}

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
	_, n.Page = noticeOf(p)
	ids, err := s.Book.people.With(ctx, s.Book.db, t.Contact)
	if err != nil {
		return n, err
	}
	known, err := texts(s.Book.db.Query(ctx, sqlKnownBy, run.ID, store.In(ids)))
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
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.StopHook, bytes.NewReader(body))
	if err != nil {
		return "", fault.Wrap(fault.Refused, err, "provision.target.url")
	}
	sum := hmac.New(sha256.New, []byte(x.HookKey))
	sum.Write(body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(headerKey, n.Task)
	req.Header.Set(headerSignature, "sha256="+hex.EncodeToString(sum.Sum(nil)))
	resp, err := s.client(to.Target.Inside).Do(req)
	if err != nil {
		return "", fault.Wrap(fault.Busy, err, "provision.target.unreachable")
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil || resp.StatusCode < 200 || resp.StatusCode >= 300 {
		return "", fault.Wrap(fault.Busy, firstOf(err, fmt.Errorf("status %s", resp.Status)), "provision.target.said_no", "Status", resp.Status)
	}
	return fmt.Sprintf("%s %s %q", to.StopHook, resp.Status, printable(text)), nil
}
