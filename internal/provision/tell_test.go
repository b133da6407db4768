package provision

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestARecipientIsToldNothingNew holds that a stop names its person by what was handed over
// in that very run, and leaves to an operator whom nothing of it names: telling more would be
// a provision.
func TestARecipientIsToldNothingNew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields []string
		person string
	}{
		"whole name":             {[]string{"family_name", "given_name", "email", "attr:number"}, "青木 花子"},
		"part of the name, mail": {[]string{"attr:number", "family_name", "email"}, "青木, aoki@example.jp"},
		"mail":                   {[]string{"company", "email", "attr:number"}, "aoki@example.jp"},
		"number":                 {[]string{"company", "attr:blood", "attr:number"}, "会員番号 0042"},
		"part of the name":       {[]string{"company", "family_name"}, "青木"},
		"nothing":                {[]string{"company", "attr:blood"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				post := &letters{}
				h.runs.Mail = post
				h.ownFields()
				aoki := h.person("青木", "aoki@example.jp", func(c *contact.Contact) {
					c.GivenName, c.Attrs = "花子", map[string]string{"number": "0042", "blood": "A"}
				})
				p := h.telling()
				h.agree(p, Agreement{Contact: aoki.ID, Given: true})
				to := h.to(Secrets{}, func(r *RecipientTerms) { r.StopMail = "privacy@example.jp" })
				h.now = h.now.Add(20 * time.Hour) // the next day in Japan, not yet in Greenwich
				h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID, Fields: c.fields}))
				h.rename(aoki.ID, func(c *contact.Contact) { c.FamilyName = "改姓" })
				h.stop("aoki@example.jp", p.ID)
				if err := h.runs.tell(t.Context(), h.now); err != nil {
					t.Fatal(err)
				}
				tasks, err := h.runs.Tasks(t.Context(), db, TaskQuery{Workspace: h.ws})
				if err != nil || len(tasks) != 1 {
					t.Fatal(tasks, err)
				}
				if c.person == "" {
					if len(post.sent) != 0 || tasks[0].Way != ByHand || !tasks[0].SentAt.IsZero() {
						t.Errorf("told of nobody: %+v, %+v", post.sent, tasks)
					}
					return
				}
				if len(post.sent) != 1 || post.sent[0].Person != c.person || post.sent[0].HandedAt.Format(time.DateTime) != h.now.In(law.Japan).Format(time.DateTime) {
					t.Errorf("told: %+v", post.sent)
				}
				if len(post.sent) == 1 && post.sent[0].Page {
					t.Error("a consent has no public page")
				}
			})
		})
	}
}

// ownFields are a member's number, and something that the law treats apart.
func (h *hall) ownFields() {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		for key, a := range map[string]contact.Attribute{"number": {LabelJa: "会員番号"}, "blood": {LabelJa: "血液型", Special: contact.Sensitive}} {
			a.Workspace, a.Key, a.Kind, a.UseJa, a.LabelEn, a.UseEn = h.ws, key, contact.Text, "連絡", key, key
			if _, err := h.people.CreateAttribute(h.Context(), tx, a, h.now); err != nil {
				return err
			}
		}
		return nil
	})
}

// telling is a programme by consent that names many items.
func (h *hall) telling() Programme {
	h.Helper()
	items := complete()
	items.Data = nil
	for field, name := range map[string]string{
		"family_name": "姓", "given_name": "名", "email": "メールアドレス", "company": "勤務先", "attr:number": "会員番号", "attr:blood": "血液型",
	} {
		items.Data = append(items.Data, DataItem{field, Text{Ja: name}})
	}
	items.Terms.Purpose, items.Terms.Recipients = Text{Ja: "ご案内"}, Text{Ja: "株式会社受領"}
	p := h.create(Consent, items)
	h.freeze(p.ID)
	h.now = day("2026-11-20")
	return h.read(p.ID)
}

// TestASlowHookHoldsUpNobody holds that a recipient that does not answer neither keeps others
// from being told nor is asked again for each of its tasks, that why is noted at the task that
// was tried, and that nothing of a hook's URL but its host is logged or kept.
func TestASlowHookHoldsUpNobody(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		var asked atomic.Int64
		hook := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not see the other side go
			if r.URL.Path == "/slow" {
				asked.Add(1)
				<-r.Context().Done()
			}
		}))
		t.Cleanup(hook.Close)
		roots := x509.NewCertPool()
		roots.AddCert(hook.Certificate())
		h.runs.inner = client(true, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
		h.runs.patience = 200 * time.Millisecond
		var log bytes.Buffer
		h.runs.Log = slog.New(slog.NewTextHandler(&log, nil))
		h.person("青木", "aoki@example.jp")
		h.person("上田", "ueda@example.jp")
		p := h.running()
		by := func(path string) func(*RecipientTerms) {
			return func(r *RecipientTerms) { r.StopHook, r.Target.Inside = hook.URL+path, true }
		}
		slow, quick := h.to(Secrets{HookKey: "kagi"}, by("/slow?token=himitsu")), h.to(Secrets{HookKey: "kagi"}, by("/quick?token=himitsu"))
		for _, to := range []Recipient{slow, quick} {
			h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
		}
		h.stop("aoki@example.jp", p.ID)
		h.stop("ueda@example.jp", p.ID)
		if err := h.runs.tell(t.Context(), h.now); err != nil {
			t.Fatal(err)
		}
		h.wantTasks(quick, 2, 0)
		h.wantTasks(slow, 0, 1)
		if err := h.runs.tell(t.Context(), h.now); err != nil { // its time has not come
			t.Fatal(err)
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
		if s := log.String(); !strings.Contains(s, "could not be told") || !strings.Contains(s, hook.URL) || strings.Contains(s, "himitsu") || strings.Contains(s, "/slow") {
			t.Errorf("logged: %s", s)
		}
	})
}

// wantTasks wants so many tasks of a recipient answered, and so many with an error.
func (h *hall) wantTasks(to Recipient, answered, broken int) {
	h.Helper()
	tasks, err := h.runs.Tasks(h.Context(), h.db, TaskQuery{Workspace: h.ws, Recipient: to.ID})
	if err != nil || len(tasks) != 2 {
		h.Fatal(tasks, err)
	}
	for _, t := range tasks {
		if !t.AcknowledgedAt.IsZero() {
			answered--
		}
		if t.Error == "provision.target.unreachable" && t.Tries == 1 {
			broken--
		} else if t.Error != "" {
			h.Errorf("%+v", t)
		}
		if strings.Contains(t.Proof, "himitsu") || !t.AcknowledgedAt.IsZero() && !strings.HasPrefix(t.Proof, "https://127.0.0.1:") {
			h.Errorf("proof: %s", t.Proof)
		}
	}
	if answered != 0 || broken != 0 {
		h.Errorf("%d answers and %d errors are missing: %+v", answered, broken, tasks)
	}
}

// TestNobodyIsToldOfWhatTheyNeverGot holds that a recipient of whose data set nothing arrived is not
// told whose data were to come, and is told of what it did get before.
func TestNobodyIsToldOfWhatTheyNeverGot(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"nothing": false, "an earlier data set": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				post := &letters{err: errors.New("not yet")}
				h.runs.Mail = post
				h.person("青木", "aoki@example.jp")
				p, to := h.running(), h.to(Secrets{}, func(r *RecipientTerms) { r.StopMail = "privacy@example.jp" })
				if before {
					h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
				}
				third := h.operator("third")
				run := h.cut(p, to, h.other, 3)
				h.stop("aoki@example.jp", 0)
				if err := h.runs.Resolve(t.Context(), third, run, false, "先方の返信 11-22", h.now); err != nil {
					t.Fatal(err)
				}
				post.err = nil
				h.now = h.now.Add(time.Hour)
				if err := h.runs.tell(t.Context(), h.now); err != nil {
					t.Fatal(err)
				}
				all, err := h.runs.Tasks(t.Context(), db, TaskQuery{Workspace: h.ws})
				if err != nil || !all[len(all)-1].Void && !before {
					t.Errorf("%+v, %v", all, err)
				}
				open, err := h.runs.Tasks(t.Context(), db, TaskQuery{Workspace: h.ws, Open: true})
				want := 0
				if before {
					want = 1
				}
				if err != nil || len(open) != want || len(post.sent) != want || len(all) != want+1 {
					t.Errorf("%+v of %+v, told %+v, %v", open, all, post.sent, err)
				}
				late, err := h.runs.OverdueTasks(t.Context(), db, h.ws, h.now.AddDate(0, 1, 0))
				if err != nil || late != int64(want) {
					t.Errorf("%d overdue, %v", late, err)
				}
			})
		})
	}
}

// TestARecipientIsToldOfEveryProgramme holds that a stop of everything is told for each programme by
// which a recipient has the person's data, by all that it knows the person by, that of two runs of one
// programme it is told once, and that open tasks are listed by their day, page by page.
func TestARecipientIsToldOfEveryProgramme(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		post := &letters{}
		h.runs.Mail = post
		aoki := h.person("青木", "aoki@example.jp")
		p, q := h.running(), h.create(Succession, Items{Data: complete().Data[:1], Terms: Terms{Purpose: Text{Ja: "住宅の案内"}, Deal: Text{Ja: "事業の譲渡"}}})
		h.freeze(q.ID)
		to := h.to(Secrets{}, func(r *RecipientTerms) { r.StopMail = "privacy@example.jp" })
		h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
		h.rename(aoki.ID, func(c *contact.Contact) { c.FamilyName = "赤木" })
		for _, one := range []int64{p.ID, q.ID} {
			h.download(h.prepared(Plan{Programme: one, Recipient: to.ID}))
		}
		h.stop("aoki@example.jp", 0)
		if err := h.runs.tell(t.Context(), h.now); err != nil {
			t.Fatal(err)
		}
		if len(post.sent) != 2 || post.sent[0].ProgrammeID == post.sent[1].ProgrammeID {
			t.Fatalf("told: %+v", post.sent)
		}
		for _, n := range post.sent {
			if !strings.Contains(n.Person, "青木") || !strings.Contains(n.Person, "赤木") {
				t.Errorf("by what it knows the person: %q", n.Person)
			}
		}
		ueda := h.person("上田", "ueda@example.jp")
		h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
		h.now = h.now.Add(time.Hour)
		h.stopPerson(ueda.ID)
		var got []int64
		for query := (TaskQuery{Workspace: h.ws, Open: true, Limit: 2}); ; {
			page, err := h.runs.Tasks(t.Context(), db, query)
			if err != nil {
				t.Fatal(err)
			}
			for _, task := range page {
				got, query.Before = append(got, task.Contact), task.ID
			}
			if len(page) < query.Limit {
				break
			}
		}
		if !slices.Equal(got, []int64{aoki.ID, aoki.ID, ueda.ID}) {
			t.Errorf("%v", got)
		}
	})
}

// TestOneBrokenTaskStopsNoOther holds that a task that cannot be made out is noted and left, and
// the next is told.
func TestOneBrokenTaskStopsNoOther(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		post := &letters{}
		h.runs.Mail = post
		h.person("青木", "aoki@example.jp")
		p := h.running()
		for range 2 {
			to := h.to(Secrets{}, func(r *RecipientTerms) { r.StopMail = "privacy@example.jp" })
			h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
		}
		h.stop("aoki@example.jp", p.ID)
		h.write(func(tx *store.Tx) error {
			return done(tx.Exec(t.Context(), `UPDATE provision_recipient SET secrets = ? WHERE id = (SELECT MIN(id) FROM provision_recipient)`, []byte("broken")))
		})
		if err := h.runs.tell(t.Context(), h.now); err == nil {
			t.Error("a broken recipient is passed over in silence")
		}
		tasks, err := h.runs.Tasks(t.Context(), db, TaskQuery{Workspace: h.ws})
		if err != nil || len(post.sent) != 1 || len(tasks) != 2 {
			t.Fatal(post.sent, tasks, err)
		}
		for _, task := range tasks {
			if (task.Error == "") == task.SentAt.IsZero() {
				t.Errorf("%+v", task)
			}
		}
	})
}
