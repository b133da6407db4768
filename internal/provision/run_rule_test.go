package provision

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestWhatTheRulesSayOfARun holds, rule by rule, what a recipient or an item does to a
// run as a whole: each is cited, a block refuses the approval, a warning asks for a reason.
func TestWhatTheRulesSayOfARun(t *testing.T) {
	t.Parallel()
	special := func(s contact.Special) func(h *hall) {
		return func(h *hall) {
			h.write(func(tx *store.Tx) error {
				_, err := h.people.CreateAttribute(h.Context(), tx, contact.Attribute{
					Workspace: h.ws, Key: "own", LabelJa: "欄", LabelEn: "own", Kind: contact.Text, UseJa: "案内", UseEn: "news", Special: s,
				}, h.now)
				return err
			})
		}
	}
	now := day("2026-11-20")
	abroad := func(checked, law, measures string) func(*RecipientTerms) {
		return func(r *RecipientTerms) {
			r.Country, r.System, r.SystemChecked, r.ForeignLaw, r.ForeignMeasures = "US", "CBPR", checked, law, measures
		}
	}
	for name, c := range map[string]struct {
		want string
		to   func(*RecipientTerms)
		do   func(h *hall)
		at   time.Time
	}{
		"nothing":                     {want: ""},
		"abroad, nothing told":        {want: "PRV-11 block", to: func(r *RecipientTerms) { r.Country = "US" }},
		"abroad, held equal":          {want: "", to: func(r *RecipientTerms) { r.Country = "IS" }},
		"equal system, checked":       {want: "", to: abroad("2025-12-01", "包括法なし", "暗号化")},
		"equal system, a year ago":    {want: "PRV-12 warn", to: abroad("2025-11-20", "包括法なし", "暗号化")},
		"equal system, never checked": {want: "PRV-12 warn", to: abroad("", "包括法なし", "暗号化")},
		"equal system, law unknown":   {want: "PRV-21 warn", to: abroad("2025-12-01", " ", "暗号化")},
		"equal system, measures":      {want: "PRV-21 warn", to: abroad("2025-12-01", "包括法なし", "")},
		"not identified":              {want: "PRV-15 warn", to: func(r *RecipientTerms) { r.Identity = "" }},
		"purpose unknown":             {want: "PRV-15 warn", to: func(r *RecipientTerms) { r.Purpose = "" }},
		"not identified, later":       {want: "PRV-15 block", to: func(r *RecipientTerms) { r.Identity = "" }, at: day("2028-08-01")},
		"sensitive item":              {want: "PRV-04 block", do: special(contact.Sensitive)},
		"face item":                   {want: "", do: special(contact.Face)},
		"face item, later":            {want: "PRV-15 block", do: special(contact.Face), at: day("2028-08-01")},
		"device item":                 {want: "TRK-05 block", do: special(contact.Device)},
		"device item, confirmed":      {want: "", to: func(r *RecipientTerms) { r.Device = "確認書 3" }, do: special(contact.Device)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t, storetest.SQLite(t))
			items := complete()
			items.Data = append(items.Data, DataItem{"attr:own", Text{Ja: "欄"}})
			if c.do == nil {
				c.do = special(contact.Ordinary)
			}
			c.do(h)
			if c.to == nil {
				c.to = func(*RecipientTerms) {}
			}
			p := h.create(OptOut, items)
			h.freeze(p.ID)
			h.take(p.ID, 1, "noticed", "2026-10-01", "filed", "2026-10-02", "published_by_ppc", "2026-10-05", "published_by_us", "2026-10-06")
			h.now = now
			h.person("青木", "aoki@example.jp")
			to := h.recipient(c.to)
			if c.at.IsZero() {
				c.at = now
			}
			run, err := h.runs.Plan(t.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID}, now)
			if err != nil {
				t.Fatal(err)
			}
			found, err := h.runs.RunFindings(t.Context(), h.db, run, c.at)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range found {
				if f.Rule.Effect != law.Record {
					got = string(f.Rule.ID) + " " + string(f.Rule.Effect)
					if f.Rule.Citation == "" || f.Rule.CitationJa == "" {
						t.Error("no source")
					}
				}
			}
			if got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// TestWhoIsPickedByAnItemIsToldByIt holds that the choice of people by an item of sensitive data,
// of a face or of a device counts as the item itself: the list tells it of everybody who is on it.
func TestWhoIsPickedByAnItemIsToldByIt(t *testing.T) {
	t.Parallel()
	for special, want := range map[contact.Special]law.RuleID{contact.Ordinary: "", contact.Sensitive: "PRV-04", contact.Face: "PRV-15", contact.Device: "TRK-05"} {
		t.Run(string(special), func(t *testing.T) {
			t.Parallel()
			h := newHall(t, storetest.SQLite(t))
			h.write(func(tx *store.Tx) error {
				_, err := h.people.CreateAttribute(t.Context(), tx, contact.Attribute{
					Workspace: h.ws, Key: "own", LabelJa: "欄", LabelEn: "own", Kind: contact.Text, UseJa: "案内", UseEn: "news", Special: special,
				}, h.now)
				return err
			})
			p, to := h.running(), h.recipient()
			h.person("青木", "", func(c *contact.Contact) { c.Attrs = map[string]string{"own": "x"} })
			run := h.planned(Plan{Programme: p.ID, Recipient: to.ID, Segment: contact.Segment{Attribute: "own", Equals: "x"}})
			found, err := h.runs.RunFindings(t.Context(), h.db, run, day("2028-08-01"))
			if err != nil {
				t.Fatal(err)
			}
			var got law.RuleID
			if no := found.Block(); no != nil {
				got = no.ID
			}
			if got != want {
				t.Errorf("found %q, want %q", got, want)
			}
		})
	}
}

// TestABlockStopsTheApprovalAndTheHandOver holds that what was asked when a run was
// approved is asked again before an octet leaves.
func TestABlockStopsTheApprovalAndTheHandOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.person("青木", "aoki@example.jp")
		p, to := h.running(), h.recipient(func(r *RecipientTerms) { r.Identity = "" })
		warned := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
		h.refused(h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: warned.ID}, h.now), "reason provision.run.reason")
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID, Reason: "契約前の確認が済んでいるため"})
		if run.State != Prepared {
			t.Fatalf("with a reason: %s", run.State)
		}
		err := h.runs.Download(t.Context(), h.other, h.ws, run.ID, io.Discard, day("2028-08-01"))
		no, ok := errors.AsType[*RefusedError](err)
		if !ok || no.Rule.ID != "PRV-15" || !fault.Is(err, fault.Refused) {
			t.Errorf("after the law has changed: %v", err)
		}
		if run = h.run(run.ID); run.State != Prepared || run.Counted() {
			t.Errorf("%s", run.State)
		}
		h.take(p.ID, 1, "ended", "2026-11-21")
		if err := h.runs.Discard(t.Context(), h.planner, h.ws, run.ID, "取りやめ", h.now); err != nil {
			t.Fatal(err)
		}
		h.refused(h.runs.Download(t.Context(), h.other, h.ws, run.ID, io.Discard, h.now), "provision.run.state")
	})
}

// TestConsentsArePersonByPerson holds APPI 27(1) and 28: without a consent that stands,
// or one that tells of the foreign country, a person stays out.
func TestConsentsArePersonByPerson(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		items := Items{Data: []DataItem{{"family_name", Text{Ja: "氏名"}}}, Terms: Terms{Purpose: Text{Ja: "保険の案内"}, Recipients: Text{Ja: "株式会社受領"}}}
		items.Terms.Foreign = Foreign{Needed: true, Country: Text{Ja: "米国"}, Code: "US", System: Text{Ja: "包括法なし"}, Measures: Text{Ja: "暗号化"}}
		p := h.create(Consent, items)
		h.freeze(p.ID)
		p = h.read(p.ID)
		home, abroad := h.recipient(), h.recipient(func(r *RecipientTerms) { r.Country = "US" })
		told, agreed, left := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp"), h.person("江口", "eguchi@example.jp")
		h.person("大野", "ono@example.jp")
		h.agree(p, Agreement{Contact: told.ID, Given: true, Abroad: true, Version: 1}, Agreement{Contact: agreed.ID, Given: true},
			Agreement{Contact: left.ID, Given: true, Abroad: true, Version: 1}, Agreement{Contact: left.ID})
		if run := h.planned(Plan{Programme: p.ID, Recipient: home.ID}); run.Counts.Provided != 2 || run.Counts.Excluded["PRV-02"] != 2 {
			t.Errorf("at home: %+v", run.Counts)
		}
		if run := h.planned(Plan{Programme: p.ID, Recipient: abroad.ID}); run.Counts.Provided != 1 || run.Counts.Excluded["PRV-11"]+run.Counts.Excluded["PRV-02"] != 3 {
			t.Errorf("abroad: %+v", run.Counts)
		}
		elsewhere := h.recipient(func(r *RecipientTerms) { r.Country = "KP" })
		run, err := h.runs.Plan(t.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: elsewhere.ID}, h.now)
		if err != nil || h.ruleOfRun(run) != "PRV-11 block" {
			t.Errorf("to a country that nobody was told of: %q, %v", h.ruleOfRun(run), err)
		}
		run = h.prepared(Plan{Programme: p.ID, Recipient: home.ID, ByContract: true})
		h.agree(p, Agreement{Contact: agreed.ID}) // withdrawn between judging and hand-over
		if got := h.download(run); got != "氏名\n青木\n" {
			t.Errorf("%q", got)
		}
		recs, err := h.runs.Records(t.Context(), db, RecordQuery{Workspace: h.ws, Run: run.ID})
		if err != nil || len(recs) != 2 || recs[0].Agreement == 0 || recs[1].LeftOut != "PRV-02" {
			t.Errorf("%+v, %v", recs, err)
		}
		if run = h.run(run.ID); !run.KeepUntil.Equal(h.now.AddDate(1, 0, 0)) {
			t.Errorf("a contract as the record is kept until %v", run.KeepUntil)
		}
		err = h.runs.Agree(t.Context(), h.planner, p, []Agreement{{Contact: told.ID, Given: true, On: h.now}}, h.now)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a consent that nothing shows: %v", err)
		}
	})
}

// TestAConsentBearsWhatItWasGivenTo holds APPI 27(1): who agreed to another purpose, other
// recipients or fewer items has not agreed, and one of unknown wording counts from the last change.
func TestAConsentBearsWhatItWasGivenTo(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Items){
		"purpose":    func(i *Items) { i.Terms.Purpose.Ja = "保険と投資信託の案内" },
		"recipients": func(i *Items) { i.Terms.Recipients.Ja = "株式会社受領、株式会社乙" },
		"items":      func(i *Items) { i.Data = append(i.Data, DataItem{"company", Text{Ja: "勤務先"}}) },
		"nothing":    func(i *Items) { i.Update.Ja = "毎月" },
	} {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			h := newHall(t, db)
			items := Items{Data: []DataItem{{"family_name", Text{Ja: "氏名"}}}, Terms: Terms{Purpose: Text{Ja: "保険の案内"}, Recipients: Text{Ja: "株式会社受領"}}}
			p := h.create(Consent, items)
			h.freeze(p.ID)
			to := h.recipient()
			old, unknown := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp")
			h.agree(h.read(p.ID), Agreement{Contact: old.ID, Given: true, Version: 1}, Agreement{Contact: unknown.ID, Given: true})
			h.now = h.now.Add(time.Hour)
			h.edit(p.ID, change)
			h.freeze(p.ID)
			fresh, late := h.person("江口", "eguchi@example.jp"), h.person("大野", "ono@example.jp")
			h.now = h.now.Add(time.Hour)
			h.agree(h.read(p.ID), Agreement{Contact: fresh.ID, Given: true, Version: 2}, Agreement{Contact: late.ID, Given: true})
			want := int64(2)
			if name == "nothing" {
				want = 4
			}
			run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
			if run.Counts.Provided != want || run.Counts.Excluded["PRV-02"] != 4-want {
				t.Errorf("%s: %+v", name, run.Counts)
			}
			if n, err := h.runs.Consented(t.Context(), db, h.read(p.ID)); err != nil || n != want {
				t.Errorf("%s: %d consents stand, %v", name, n, err)
			}
		})
	}
}

func (h *hall) agree(p Programme, words ...Agreement) {
	h.Helper()
	for i := range words {
		words[i].On, words[i].Evidence = h.now, "申込書 1"
	}
	if err := h.runs.Agree(h.Context(), h.planner, p, words, h.now); err != nil {
		h.Fatal(err)
	}
}

// TestRecordsNameWhatStoodThen holds that an edited recipient does not change what was.
func TestRecordsNameWhatStoodThen(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.person("青木", "aoki@example.jp")
		p, to := h.running(), h.recipient()
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.download(run)
		terms := to.RecipientTerms
		terms.Representative = "代表取締役 後任 三郎"
		h.now = h.now.Add(time.Minute)
		next, err := h.runs.EditRecipient(t.Context(), h.planner, to, terms, Secrets{Token: "x"}, h.now)
		if err != nil || next.Version != 2 || strings.Join(next.HasSecrets, ",") != "token" {
			t.Fatal(next, err)
		}
		if _, err := h.runs.EditRecipient(t.Context(), h.planner, to, terms, Secrets{}, h.now); !fault.Is(err, fault.Stale) {
			t.Errorf("an edit of what is no more: %v", err)
		}
		if run = h.run(run.ID); run.To.Representative != firm().Representative || run.RecipientVersion != 1 {
			t.Errorf("the record names %s", run.To.Representative)
		}
		versions, err := h.runs.RecipientVersions(t.Context(), db, h.ws, to.ID)
		if err != nil || len(versions) != 2 || versions[0].Terms.Representative != firm().Representative {
			t.Errorf("%+v, %v", versions, err)
		}
		key := account.By{Actor: account.Actor{Kind: account.ActorAPIKey, ID: 1}}
		terms.Target.Inside = true
		if _, err := h.runs.EditRecipient(t.Context(), key, next, terms, Secrets{}, h.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("a program reaches into our network: %v", err)
		}
		for name, bad := range map[string]func(*RecipientTerms){
			"address": func(r *RecipientTerms) { r.Address = " " }, "country": func(r *RecipientTerms) { r.Country = "Japan" },
			"representative": func(r *RecipientTerms) { r.Representative = "" }, "stop_hook": func(r *RecipientTerms) { r.StopHook = "http://example.jp/" },
			"target.host_key": func(r *RecipientTerms) {
				r.Target = Target{Kind: BySFTP, Host: "a:22", User: "u", Folder: "/in", HostKey: "rsa"}
			},
			"target.url": func(r *RecipientTerms) { r.Target = Target{Kind: ByHTTPS, URL: "https://user@example.jp/"} },
		} {
			terms := firm()
			bad(&terms)
			if _, err := h.runs.CreateRecipient(t.Context(), h.planner, h.ws, terms, Secrets{}, h.now); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), name+" ") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// letters keeps what recipients are mailed.
type letters struct {
	sent []StopNotice
	err  error
}

func (l *letters) TellStop(_ context.Context, _ string, n StopNotice, _ time.Time) error {
	if l.err == nil {
		l.sent = append(l.sent, n)
	}
	return l.err
}

// TestRecipientsHearOfStops holds that a hook's 2xx is the answer, that a mail waits for
// one, and that what fails is tried again.
func TestRecipientsHearOfStops(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		status, heard := http.StatusServiceUnavailable, ""
		hook := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body) // a test's own server
			sum := hmac.New(sha256.New, []byte("geheim"))
			sum.Write(body)
			if r.Header.Get(headerSignature) == "sha256="+hex.EncodeToString(sum.Sum(nil)) {
				heard = string(body)
			}
			w.WriteHeader(status)
		}))
		t.Cleanup(hook.Close)
		roots := x509.NewCertPool()
		roots.AddCert(hook.Certificate())
		h.runs.inner = client(true, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
		post := &letters{err: errors.New("not yet")}
		h.runs.Mail = post
		h.person("青木", "aoki@example.jp")
		p := h.running()
		byHook := h.to(Secrets{HookKey: "geheim"}, func(r *RecipientTerms) { r.StopHook, r.Target.Inside = hook.URL, true })
		byMail := h.to(Secrets{}, func(r *RecipientTerms) { r.StopMail = "privacy@example.jp" })
		for _, to := range []Recipient{byHook, byMail} {
			h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
		}
		h.stop("aoki@example.jp", p.ID)
		h.tell(0)
		h.now = h.now.Add(2 * time.Minute)
		status, post.err = http.StatusOK, nil
		h.tell(1)
		if !strings.Contains(heard, `"person":"青木"`) || !strings.Contains(heard, `"programme_name":"名簿の提供"`) || len(post.sent) != 1 || post.sent[0].Recipient != byMail.Name || !post.sent[0].Page {
			t.Errorf("hook %s, mails %+v", heard, post.sent)
		}
		h.tell(1) // nobody is told twice
		if len(post.sent) != 1 {
			t.Errorf("%d mails", len(post.sent))
		}
		if n, err := h.runs.OverdueTasks(t.Context(), db, h.ws, h.now.AddDate(0, 0, 8)); err != nil || n != 1 {
			t.Errorf("%d overdue, %v", n, err)
		}
		open, err := h.runs.Tasks(t.Context(), db, TaskQuery{Workspace: h.ws, Recipient: byMail.ID, Open: true})
		if err != nil || len(open) != 1 || open[0].Way != ByMail || open[0].SentAt.IsZero() {
			t.Fatalf("%+v, %v", open, err)
		}
		if err := h.runs.Acknowledge(t.Context(), h.planner, h.ws, open[0].ID, "返信メール", h.now); err != nil {
			t.Fatal(err)
		}
		h.tell(2)
	})
}

// tell does a round of telling and wants so many answers.
func (h *hall) tell(answered int) {
	h.Helper()
	if err := h.runs.tell(h.Context(), h.now); err != nil {
		h.Fatal(err)
	}
	all, err := h.runs.Tasks(h.Context(), h.db, TaskQuery{Workspace: h.ws})
	if err != nil || len(all) != 2 {
		h.Fatalf("%+v, %v", all, err)
	}
	for _, t := range all {
		if !t.AcknowledgedAt.IsZero() {
			answered--
		}
	}
	if answered != 0 {
		h.Errorf("%d answers are missing: %+v", answered, all)
	}
}
