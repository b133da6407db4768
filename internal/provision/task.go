package provision

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// TaskPrefix is the public prefix of a task's id.
const TaskPrefix = "ptk"

// Task is a recipient to be told that a person whose data it has asked for the provision
// to stop, and to say that it heard.
type Task struct {
	ID, Workspace int64
	Recipient     int64
	RecipientName string
	Contact       int64
	// Run is the latest that handed the person's data over.
	Run              int64
	CreatedAt, DueAt time.Time
	Way              TaskWay
	SentAt           time.Time
	Tries            int
	AcknowledgedAt   time.Time
	AcknowledgedBy   int64
	Proof            string
	// Error is the i18n key of what kept it from being told the last time.
	Error string
	// Programme is the name of the programme of the run.
	Programme string
	// Void says that nothing of the run arrived, so that there is nothing to be told.
	Void bool
}

// Public is the id that the outside sees.
func (t Task) Public() string { return store.Public(TaskPrefix, t.ID) }

// Overdue says whether the recipient should have answered by now.
func (t Task) Overdue(now time.Time) bool {
	return !t.Void && t.AcknowledgedAt.IsZero() && now.After(t.DueAt)
}

// TaskWay is how a recipient is told.
type TaskWay string

// The ways: a mail, whose answer an operator notes; a hook, whose 2xx is the answer; or
// whatever an operator does.
const (
	ByMail TaskWay = "mail"
	ByHook TaskWay = "hook"
	ByHand TaskWay = "hand"
)

// answerWithin is how long a recipient has to say that it heard (our policy; the law says
// without delay, APPI 35(6)).
const answerWithin = 7 * 24 * time.Hour

// oweRecipients makes a task of each recipient that has the person's data by a programme
// that is stopped, one for each such programme; of only one recipient where that is not 0. What
// may have arrived counts, and what is owed of the person already is not owed again. A task is of the
// living person, by whichever of their contacts they are named.
func (b *Book) oweRecipients(ctx context.Context, tx *store.Tx, s Stop, person, only int64, now time.Time) error {
	ids, err := b.people.With(ctx, tx, person)
	if err != nil {
		return err
	}
	have, err := pairs(tx.Query(ctx, sqlHaveData, store.In(ids), s.Workspace, s.Programme, s.Programme))
	if err != nil {
		return err
	}
	owed, err := pairs(tx.Query(ctx, sqlOwedOf, store.In(ids), s.Workspace))
	if err != nil {
		return err
	}
	due := store.Micros(now.Add(answerWithin))
	for _, o := range have {
		if only != 0 && only != o[0] || slices.Contains(owed, o) {
			continue
		}
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlAddTask, id, s.Workspace, o[0], ids[0], o[1], store.Micros(now), due, store.Micros(now))
		if err != nil {
			return err
		}
	}
	return nil
}

// pairs reads two columns of a few rows.
func pairs(rows *sql.Rows, err error) ([][2]int64, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][2]int64
	for rows.Next() {
		var o [2]int64
		if err := rows.Scan(&o[0], &o[1]); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// oweOthers has a recipient told of what it does have, where it turns out that nothing of a run
// arrived of which it was to be told.
func (b *Book) oweOthers(ctx context.Context, tx *store.Tx, run Run) error {
	open, err := pairs(tx.Query(ctx, sqlOpenTasksOfRun, run.ID))
	if err != nil {
		return err
	}
	stop := Stop{Workspace: run.Workspace, Programme: run.Plan.Programme}
	for _, o := range open {
		if err := b.oweRecipients(ctx, tx, stop, o[0], run.Recipient, store.Time(o[1])); err != nil {
			return err
		}
	}
	return nil
}

// TaskQuery asks for tasks, the latest first; for open ones, the one that is due first.
type TaskQuery struct {
	Workspace int64
	// Recipient and Contact are 0 for every one.
	Recipient, Contact int64
	// Open asks only for those that wait for the recipient's answer.
	Open bool
	// Before is the id of the task that the page begins behind; 0 is the first page. Limit 0 is 100.
	Before int64
	Limit  int
}

// Tasks lists what recipients are to be told.
func (s *Runs) Tasks(ctx context.Context, r store.Reader, q TaskQuery) ([]Task, error) {
	if q.Limit <= 0 || q.Limit > mostRuns {
		q.Limit = mostRuns
	}
	if q.Open {
		return readTasks(r.Query(ctx, sqlOpenTasks, q.Workspace, q.Before, q.Before, q.Recipient, q.Recipient, q.Contact, q.Contact, q.Limit))
	}
	if q.Before == 0 {
		q.Before = 1<<63 - 1
	}
	return readTasks(r.Query(ctx, sqlTasks, q.Workspace, q.Before, q.Recipient, q.Recipient, q.Contact, q.Contact, q.Limit))
}

func readTasks(rows *sql.Rows, err error) ([]Task, error) {
	if err != nil {
		return nil, failed("tasks", err)
	}
	defer rows.Close()
	var out []Task
	for rows.Next() {
		t, err := scanTask(rows)
		if err != nil {
			return nil, failed("tasks", err)
		}
		out = append(out, t)
	}
	return out, failed("tasks", rows.Err())
}

func scanTask(row interface{ Scan(dest ...any) error }) (t Task, err error) {
	var created, due, sent, acknowledged int64
	var terms string
	err = row.Scan(&t.ID, &t.Workspace, &t.Recipient, &terms, &t.Contact, &t.Run, &created, &due, &t.Way, &sent, &t.Tries,
		&acknowledged, &t.AcknowledgedBy, &t.Proof, &t.Error, &t.Programme, &t.Void)
	t.CreatedAt, t.DueAt, t.SentAt, t.AcknowledgedAt = store.Time(created), store.Time(due), store.Time(sent), store.Time(acknowledged)
	if err != nil {
		return t, err
	}
	var of RecipientTerms
	err = json.Unmarshal([]byte(terms), &of)
	t.RecipientName = of.Name
	return t, err
}

// OverdueTasks counts the tasks of a workspace that no recipient answered in time.
func (s *Runs) OverdueTasks(ctx context.Context, r store.Reader, workspace int64, now time.Time) (n int64, err error) {
	err = r.QueryRow(ctx, sqlOverdueTasks, workspace, store.Micros(now)).Scan(&n)
	return n, failed("overdue tasks", err)
}

// Acknowledge notes that a recipient said it heard, with where that can be seen.
func (s *Runs) Acknowledge(ctx context.Context, by account.By, workspace, task int64, evidence string, now time.Time) error {
	evidence = strings.TrimSpace(evidence)
	if evidence == "" || len(evidence) > mostText {
		return failed("acknowledge", fault.Bad("evidence", "provision.step.evidence"))
	}
	return failed("acknowledge", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.may(ctx, tx, by, workspace); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlAcknowledge, store.Micros(now), by.Actor.ID, evidence, task, workspace)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "fault.not_found")
		}
		if err != nil {
			return err
		}
		e := account.Entry{Workspace: workspace, Action: "provision.task.acknowledge", Subject: account.Subject{Kind: "provision_task", ID: task}, Reason: evidence}
		return s.note(ctx, tx, by, e, now)
	}))
}
