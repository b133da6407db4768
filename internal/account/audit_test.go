package account_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

const (
	sqlEditAudit = `UPDATE audit SET reason = ? WHERE workspace_id = ?`
	sqlDropAudit = `DELETE FROM audit WHERE workspace_id = ?`
)

func TestAuditIsReadInPagesAndNeverChanged(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), open(t, db)
		write := func(e account.Entry, at time.Time) {
			t.Helper()
			e.Workspace = o.ws.ID
			if err := db.Write(ctx, func(tx *store.Tx) error { return o.book.Audit(ctx, tx, e, at) }); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 25 { // five at each moment, so that pages break inside one
			write(account.Entry{
				Actor: o.by.Actor, Action: "contact.export", Subject: account.Subject{Kind: "contact", ID: int64(i)},
				Reason: "監査\xff\x00対応" + strings.Repeat("長", 3000), Detail: map[string]int{"rows": i}, Network: "192.0.2.1:44",
			}, start.Add(time.Duration(i/5)*time.Second))
		}
		var seen []int64
		q := account.AuditQuery{Workspace: o.ws.ID, Action: "contact.export", Limit: 4}
		for {
			page, err := o.book.AuditList(ctx, db, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page {
				seen = append(seen, l.Subject.ID)
			}
			if len(page) < q.Limit {
				break
			}
			q.Before = page[len(page)-1]
		}
		if len(seen) != 25 || seen[0] != 24 || seen[24] != 0 {
			t.Errorf("pages gave %v", seen)
		}
		one, err := o.book.AuditList(ctx, db, account.AuditQuery{Workspace: o.ws.ID, Actor: o.by.Actor, Subject: account.Subject{Kind: "contact", ID: 7}, From: start, Until: start.Add(2 * time.Second)})
		if err != nil || len(one) != 1 || one[0].Network != "192.0.2.1" || !strings.HasPrefix(one[0].Reason, "監査\ufffd対応") || len([]rune(one[0].Reason)) != 2000 {
			t.Errorf("%d rows, %v", len(one), err)
		}
		if none, err := o.book.AuditList(ctx, db, account.AuditQuery{Workspace: o.ws.ID + 1}); err != nil || len(none) != 0 {
			t.Error("another workspace's log is read", err)
		}
		for _, attack := range []func(tx *store.Tx) (int64, error){
			func(tx *store.Tx) (int64, error) { return tx.Exec(ctx, sqlEditAudit, "x", o.ws.ID) },
			func(tx *store.Tx) (int64, error) { return tx.Exec(ctx, sqlDropAudit, o.ws.ID) },
		} {
			err := db.Write(ctx, func(tx *store.Tx) error { _, err := attack(tx); return err })
			want(t, err, fault.Refused)
		}
	})
}

func TestWhatIsDoneIsAuditedWithATextAndNoAddress(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	ctx, o := t.Context(), open(t, db)
	p := enrol(t, o, start)
	jiro := o.hire(t, "jiro@sample-shokai.example", account.Marketer)
	if err := o.book.ChangeRole(ctx, o.by, account.Membership{Workspace: o.ws.ID, Operator: jiro.Operator.ID, Role: account.Legal}, start); err != nil {
		t.Fatal(err)
	}
	if err := o.book.RemoveTOTP(ctx, p.me, p.recovery[1], start); err != nil {
		t.Fatal(err)
	}
	list, err := o.book.AuditList(ctx, db, account.AuditQuery{Workspace: o.ws.ID})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	actions := map[string]bool{}
	for _, l := range list {
		actions[l.Action] = true
		if !texts.For(i18n.Ja).Has("account.audit." + l.Action) {
			t.Errorf("no text for %s", l.Action)
		}
		if detail := string(l.Detail.(json.RawMessage)); strings.Contains(detail, "@") {
			t.Errorf("%s tells an address: %s", l.Action, detail)
		}
	}
	for _, a := range []string{"workspace.set_up", "session.sign_in", "second_factor.on", "second_factor.off", "operator.invite", "link.create", "link.use", "operator.role"} {
		if !actions[a] {
			t.Errorf("%s is not in the log", a)
		}
	}
}
