package provision

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/store"
)

// TaskState is how far a recipient has been told.
type TaskState string

// The states: the recipient said that it heard; it was told and has not answered; it could not be
// reached so far; somebody has to tell it; it is told in the next round.
const (
	TaskAnswered TaskState = "answered"
	TaskSent     TaskState = "sent"
	TaskTrying   TaskState = "trying"
	TaskByHand   TaskState = "by_hand"
	TaskWaiting  TaskState = "waiting"
)

// State says how far the recipient has been told.
func (t Task) State() TaskState {
	switch {
	case !t.AcknowledgedAt.IsZero():
		return TaskAnswered
	case !t.SentAt.IsZero():
		return TaskSent
	case t.Tries == 0:
		return TaskWaiting
	case t.Way == ByHand:
		return TaskByHand
	}
	return TaskTrying
}

// TasksDone lists what recipients were told and answered to, the latest answer first.
func (s *Runs) TasksDone(ctx context.Context, r store.Reader, workspace int64, most int) ([]Task, error) {
	return readTasks(r.Query(ctx, sqlDoneTasks, workspace, most))
}
