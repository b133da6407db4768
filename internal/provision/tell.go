package provision

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kyodaku/kyodaku/internal/store"
)

// tellMost is how many recipients' tasks one round tells, tellAtOnce how many recipients at
// once; againMost bounds the pause between tries.
const (
	tellMost   = 100
	tellAtOnce = 4
	againMost  = 6 * time.Hour
)

// hookTimeout is how long a hook may take to say that it heard, roundTimeout for how long a
// round goes on to the next task.
const (
	hookTimeout  = 10 * time.Second
	roundTimeout = time.Minute
)

// tell tells recipients of stops whose time has come, a few recipients at once. What fails is
// noted at its task and tried again, ever more seldom; whoever cannot be told by a program is
// left to an operator.
func (s *Runs) tell(ctx context.Context, now time.Time) error {
	due, err := s.dueTasks(ctx, now)
	if err != nil {
		return failed("tell", err)
	}
	round, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	failures := make([]error, len(due))
	var some errgroup.Group
	some.SetLimit(tellAtOnce)
	for i, tasks := range due {
		some.Go(func() error {
			failures[i] = s.tellRecipient(ctx, round, tasks, now)
			return nil
		})
	}
	return failed("tell", errors.Join(append(failures, some.Wait())...))
}

// dueTasks lists the tasks of a round by their recipients.
func (s *Runs) dueTasks(ctx context.Context, now time.Time) ([][]int64, error) {
	rows, err := s.Book.db.Query(ctx, sqlDueTasks, store.Micros(now), tellMost)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := map[int64]int{}
	var out [][]int64
	for rows.Next() {
		var id, recipient int64
		if err := rows.Scan(&id, &recipient); err != nil {
			return nil, err
		}
		i, known := at[recipient]
		if !known {
			i = len(out)
			at[recipient], out = i, append(out, nil)
		}
		out[i] = append(out[i], id)
	}
	return out, rows.Err()
}

// tellRecipient tells a recipient of one stop after another while its round lasts, until it
// does not hear.
func (s *Runs) tellRecipient(ctx, round context.Context, tasks []int64, now time.Time) error {
	var failures []error
	for _, id := range tasks {
		if round.Err() != nil {
			break
		}
		heard, err := s.tellOne(ctx, id, now)
		failures = append(failures, err)
		if !heard {
			break
		}
	}
	return errors.Join(failures...)
}

// tellOne tells of one stop. It says whether the recipient could be reached; where it could
// not, what else it is to be told waits as long. An error is one of our own.
func (s *Runs) tellOne(ctx context.Context, id int64, now time.Time) (heard bool, err error) {
	t, err := scanTask(s.Book.db.QueryRow(ctx, sqlTask, id))
	if err != nil || t.Void { // somebody said just now that nothing arrived
		return true, err
	}
	to, secrets, err := s.recipient(ctx, s.Book.db, t.Workspace, t.Recipient)
	if err != nil {
		return true, errors.Join(err, s.tellLater(ctx, t, err, now))
	}
	n, err := s.stopNotice(ctx, t, to)
	if err != nil {
		return true, errors.Join(err, s.tellLater(ctx, t, err, now))
	}
	proof := ""
	t.Way = ByHand
	switch {
	case n.Person == "": // nothing that the recipient got says who it is
	case to.StopHook != "":
		t.Way = ByHook
		proof, err = s.callHook(ctx, to, secrets, n)
	case to.StopMail != "" && s.Mail != nil:
		t.Way = ByMail
		err = s.Mail.TellStop(ctx, to.StopMail, n, now)
	}
	if ctx.Err() != nil {
		return false, nil // the program is stopped: who was told is told once more
	}
	if err != nil {
		s.Log.WarnContext(ctx, "a recipient could not be told of a stop", "task", t.Public(), "error", err)
		return false, s.tellLater(ctx, t, err, now)
	}
	return true, s.told(ctx, t, proof, now)
}

// tellLater notes at a task why its recipient could not be told, and puts off what else that
// recipient is to be told where it was not reached.
func (s *Runs) tellLater(ctx context.Context, t Task, why error, now time.Time) error {
	again := store.Micros(now.Add(min(time.Minute<<min(t.Tries, 9), againMost)))
	return s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, sqlTellAgain, string(t.Way), again, keyOf(why), t.ID); err != nil || t.Way == ByHand {
			return err
		}
		_, err := tx.Exec(ctx, sqlPutOff, again, t.Recipient, store.Micros(now))
		return err
	})
}

// told notes that a recipient was told; proof is its word that it heard, empty where that is
// still to come.
func (s *Runs) told(ctx context.Context, t Task, proof string, now time.Time) error {
	at := store.Micros(now)
	return s.Book.db.Write(ctx, func(tx *store.Tx) (err error) {
		switch {
		case proof != "":
			_, err = tx.Exec(ctx, sqlHookHeard, string(t.Way), at, at, proof, t.ID)
		case t.Way == ByHand:
			_, err = tx.Exec(ctx, sqlTold, string(t.Way), 0, t.ID)
		default:
			_, err = tx.Exec(ctx, sqlTold, string(t.Way), at, t.ID)
		}
		return err
	})
}
