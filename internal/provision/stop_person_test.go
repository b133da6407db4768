package provision

import (
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestAPersonsStopsAreTheirs lists what a person asked to be stopped, by an address, as a person
// and before a merge, each once, and nobody else's.
func TestAPersonsStopsAreTheirs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		old, aoki, ueda := h.person("旧姓", ""), h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp")
		p, to := h.running(), h.recipient()
		h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
		enter := func(person int64, mail, method string, programme int64, ago int) {
			t.Helper()
			h.write(func(tx *store.Tx) error {
				s := Stop{Workspace: h.ws, Programme: programme, Method: method, Received: h.now.AddDate(0, 0, -ago)}
				if mail == "" {
					return h.book.StopPerson(t.Context(), tx, s, person, h.now)
				}
				s.Hash = h.people.Hash(h.ws, must(addr.ParseMail(mail)))
				return h.book.Stop(t.Context(), tx, s, h.now)
			})
		}
		enter(old.ID, "", "letter", 0, 3)
		h.merge(old.ID, aoki.ID)
		enter(0, "aoki@example.jp", "phone", p.ID, 2)
		enter(0, "ueda@example.jp", "page", 0, 1)
		enter(0, "nobody@example.jp", "page", 0, 1)
		got, err := h.book.StopsOf(t.Context(), db, h.ws, aoki.ID)
		if err != nil || len(got) != 2 || got[0].Method != "phone" || got[0].Programme != p.ID || got[1].Method != "letter" || got[1].Programme != 0 {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := h.book.StopsOf(t.Context(), db, h.ws, ueda.ID); err != nil || len(got) != 1 || got[0].Method != "page" {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := h.book.StopsOf(t.Context(), db, h.ws+1, aoki.ID); err != nil || len(got) != 0 {
			t.Errorf("another company: %+v, %v", got, err)
		}
		tasks, err := h.runs.TasksOf(t.Context(), db, h.ws, aoki.ID)
		if err != nil || len(tasks) == 0 || tasks[0].State() != TaskWaiting || tasks[0].RecipientName != to.Name {
			t.Errorf("%+v, %v", tasks, err)
		}
		if err := h.runs.tell(t.Context(), h.now); err != nil { // a recipient without hook and mail
			t.Fatal(err)
		}
		all := h.tasksOf(aoki.ID)
		if all[0].State() != TaskByHand {
			t.Errorf("%+v", all[0])
		}
		for _, task := range all {
			if err := h.runs.Acknowledge(t.Context(), h.planner, h.ws, task.ID, "返信 2026-11-22", h.now); err != nil {
				t.Fatal(err)
			}
		}
		done, err := h.runs.TasksDone(t.Context(), db, h.ws, 10)
		if err != nil || len(done) != len(all) || done[0].State() != TaskAnswered || done[0].Proof == "" || done[0].AcknowledgedBy != h.planner.Actor.ID {
			t.Errorf("%+v, %v", done, err)
		}
		if open, err := h.runs.TasksDone(t.Context(), db, h.ws+1, 10); err != nil || len(open) != 0 {
			t.Errorf("another company: %+v, %v", open, err)
		}
	})
}

func (h *hall) tasksOf(person int64) []Task {
	h.Helper()
	all, err := h.runs.TasksOf(h.Context(), h.db, h.ws, person)
	if err != nil || len(all) == 0 {
		h.Fatal(all, err)
	}
	return all
}

// TestATaskSaysHowFarItsRecipientWasTold names each state.
func TestATaskSaysHowFarItsRecipientWasTold(t *testing.T) {
	t.Parallel()
	at := time.Unix(1, 0)
	for want, task := range map[TaskState]Task{
		TaskAnswered: {Way: ByMail, SentAt: at, AcknowledgedAt: at, Tries: 1},
		TaskSent:     {Way: ByMail, SentAt: at, Tries: 1},
		TaskTrying:   {Way: ByHook, Tries: 2, Error: "provision.target.unreachable"},
		TaskByHand:   {Way: ByHand, Tries: 1},
		TaskWaiting:  {Way: ByHand},
	} {
		if got := task.State(); got != want {
			t.Errorf("%+v is %s, want %s", task, got, want)
		}
	}
}
