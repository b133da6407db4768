package cli

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// office is an installation with a programme by consent and two people.
type office struct {
	*testing.T
	dir       string
	programme provision.Programme
	recipient provision.Recipient
	people    map[string]int64
}

func (o *office) inside(do func(ctx context.Context, a *app.App) error) {
	o.Helper()
	a, err := app.New(o.Context(), app.Config{
		DataDir: o.dir, Database: "sqlite:" + filepath.Join(o.dir, "kyodaku.db"), KeyFile: filepath.Join(o.dir, "kyodaku.key"), PublicURL: "http://127.0.0.1", Log: slog.New(slog.DiscardHandler), Clock: time.Now,
		Mail: app.Mail{Mode: app.Catch, Hostname: "localhost", Connections: 1},
	})
	if err != nil {
		o.Fatal(err)
	}
	if err := do(o.Context(), a); err != nil {
		o.Fatal(err)
	}
	if err := a.Close(); err != nil {
		o.Fatal(err)
	}
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, dir: t.TempDir(), people: map[string]int64{}}
	o.inside(func(ctx context.Context, a *app.App) error {
		now := time.Now()
		ws, _, err := a.Accounts.SetUp(ctx, account.SetUp{
			Workspace: account.WorkspaceForm{
				Slug: "midori", Name: "みどり商会", Lang: i18n.Ja, Zone: "Asia/Tokyo",
				Label: account.Label{LegalName: "株式会社みどり商会", PostalAddress: "東京都千代田区架空1-2-3", Email: "info@midori.example"},
			},
			FromName: "みどり商会", FromAddress: "news@midori.example", AdminEmail: "owner@midori.example", AdminName: "山田 花子", AdminPassword: "a-long-password-0",
		}, now)
		if err != nil {
			return err
		}
		if err := a.DB.Write(ctx, func(tx *store.Tx) error { return o.welcome(ctx, tx, a, ws.ID, now) }); err != nil {
			return err
		}
		o.programme, err = a.Provisions.Create(ctx, atTheMachine, provision.Programme{
			Workspace: ws.ID, Name: "広告", Class: provision.Consent, Draft: provision.Items{
				Data:  []provision.DataItem{{Field: "family_name", Name: provision.Text{Ja: "姓"}}},
				Terms: provision.Terms{Purpose: provision.Text{Ja: "広告の配信"}, Recipients: provision.Text{Ja: "株式会社みどり広告"}},
			},
		}, now)
		if err != nil {
			return err
		}
		if _, err := a.Provisions.Freeze(ctx, atTheMachine, provision.Programme{ID: o.programme.ID, Workspace: ws.ID}, now); err != nil {
			return err
		}
		o.recipient, err = a.ProvisionRuns.CreateRecipient(ctx, atTheMachine, ws.ID, provision.RecipientTerms{
			Name: "株式会社みどり広告", Address: "大阪市北区1-1", Representative: "乙 次郎", Country: "JP", Identity: "登記", Purpose: "広告", Target: provision.Target{Kind: provision.ByFile},
		}, provision.Secrets{}, now)
		return err
	})
	return o
}

func (o *office) welcome(ctx context.Context, tx *store.Tx, a *app.App, ws int64, now time.Time) error {
	for name, mail := range map[string]string{"青木": "aoki@example.jp", "上田": "ueda@example.jp"} {
		m, err := addr.ParseMail(mail)
		if err != nil {
			return err
		}
		address, _, err := a.Contacts.EnsureAddress(ctx, tx, ws, m, now)
		if err != nil {
			return err
		}
		made, _, err := a.Contacts.EnsureContact(ctx, tx, address, contact.Contact{FamilyName: name}, now)
		if err != nil {
			return err
		}
		o.people[name] = made.ID
	}
	return nil
}

// says runs a command and returns what it says and its exit code.
func (o *office) says(lang string, args ...string) (out, errOut string, code int) {
	o.Helper()
	var said, wrong bytes.Buffer
	code = Main(append(args, "--data-dir", o.dir, "--key-file", filepath.Join(o.dir, "kyodaku.key")), []string{"LANG=" + lang}, strings.NewReader(""), &said, &wrong)
	return said.String(), wrong.String(), code
}

func (o *office) file(text string) string {
	o.Helper()
	name := filepath.Join(o.TempDir(), "consents.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		o.Fatal(err)
	}
	return name
}

func (o *office) consented(want int64) {
	o.Helper()
	o.inside(func(ctx context.Context, a *app.App) error {
		p, err := a.Provisions.ByID(ctx, a.DB, o.programme.Workspace, o.programme.ID)
		if err != nil {
			return err
		}
		n, err := a.ProvisionRuns.Consented(ctx, a.DB, p)
		if n != want {
			o.Errorf("%d consent, want %d", n, want)
		}
		return err
	})
}

// TestConsentsComeFromAFile holds that a file is written down as a whole or not at all, and that
// each wrong line is named with what is wrong.
func TestConsentsComeFromAFile(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	prg := o.programme.Public()
	bad := o.file("メールアドレス,同意・撤回,日付,版,外国への提供,証跡\n" +
		"aoki@example.jp,同意,2026-10-01,1,,申込書 1\nnobody@example.jp,同意,2026-10-01,1,,申込書 2\nueda@example.jp,たぶん,2026-10-01,1,,申込書 3\n" +
		"ueda@example.jp,同意,2099-10-01,1,,申込書 4\nueda@example.jp,同意,2026-10-01,2,,申込書 5\nueda@example.jp,同意,2026-10-01,1,あり,申込書 6\nueda@example.jp,同意,10月,1,,x\n" +
		"ueda@example.jp,同意,2026-10-01,1,,\nueda@example.jp,同意\n")
	out, wrong, code := o.says("ja_JP.UTF-8", "provision", "consent", prg, bad)
	if code != exitUsage || out != "" {
		t.Errorf("%d %q", code, out)
	}
	for _, want := range []string{
		"3行目：", "4行目：「同意・撤回」の列には、同意か撤回のどちらか", "5行目：行われた日付", "6行目：その版はありません", "7行目：第1版には、外国にある提供先の説明",
		"8行目：日付を", "9行目：証跡", "10行目：", "どの行も記録していません",
	} {
		if !strings.Contains(wrong, want) {
			t.Errorf("%q is not said in\n%s", want, wrong)
		}
	}
	if strings.Contains(wrong, "2行目") {
		t.Errorf("a line that is right is told:\n%s", wrong)
	}
	o.consented(0)
	if _, wrong, code := o.says("en_US.UTF-8", "provision", "consent", prg, o.file("email,date,evidence\n")); code != exitUsage || !strings.Contains(wrong, "word / consent") {
		t.Errorf("%d %s", code, wrong)
	}
	good := o.file("email,consent,date,version,evidence\naoki@example.jp,given,2026-10-01,1,form 1\n" + store.Public(contact.Prefix, o.people["上田"]) + ",yes,2026/10/02,1,form 2\naoki@example.jp,withdrawn,2026-11-01,,letter\n")
	out, wrong, code = o.says("en_US.UTF-8", "provision", "consent", prg, good)
	if code != exitOK || !strings.Contains(out, "3 consents and withdrawals written down for “広告”") {
		t.Errorf("%d %s %s", code, out, wrong)
	}
	o.consented(1)
	before := o.words()
	if _, wrong, code := o.says("en_US.UTF-8", "provision", "consent", prg, good); code != exitOK || o.words() != before {
		t.Errorf("said once more: %d %s, %d words, were %d", code, wrong, o.words(), before)
	}
}

// words is how much is written down.
func (o *office) words() (n int) {
	o.Helper()
	o.inside(func(ctx context.Context, a *app.App) error {
		p, err := a.Provisions.ByID(ctx, a.DB, o.programme.Workspace, o.programme.ID)
		if err != nil {
			return err
		}
		all, err := a.ProvisionRuns.Words(ctx, a.DB, p, 0)
		n = len(all)
		return err
	})
	return n
}

// TestProvisionIsToldInWords holds that people read words and programs codes.
func TestProvisionIsToldInWords(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	list, _, code := o.says("ja_JP.UTF-8", "provision", "list")
	for _, want := range []string{"同意による提供", "提供できます", "ファイル"} {
		if code != exitOK || !strings.Contains(list, want) {
			t.Errorf("%q is not in %s", want, list)
		}
	}
	if codes, _, _ := o.says("ja_JP.UTF-8", "provision", "list", "--json"); !strings.Contains(codes, `"consent"`) || strings.Contains(codes, "同意による提供") {
		t.Errorf("for programs: %s", codes)
	}
	if out, wrong, code := o.says("ja_JP.UTF-8", "provision", "run", o.programme.Public(), o.recipient.Public()); code != exitUsage || out != "" || !strings.Contains(wrong, "--as") {
		t.Errorf("in nobody's name: %d %s %s", code, out, wrong)
	}
	out, wrong, code := o.says("ja_JP.UTF-8", "provision", "run", o.programme.Public(), o.recipient.Public(), "--field", "family_name", "--as", "owner@midori.example")
	if code != exitOK || !strings.Contains(out, "承認待ち") || !strings.Contains(out, "PRV-02  2  ") || strings.Contains(out, "planned") {
		t.Errorf("%d %s %s", code, out, wrong)
	}
	out, wrong, code = o.says("en_US.UTF-8", "provision", "run", o.programme.Public(), o.recipient.Public(), "--as", "owner@midori.example", "--json")
	if code != exitOK || !strings.Contains(out, `"planned"`) || !strings.Contains(out, `"CreatedBy": `) || strings.Contains(out, `"CreatedBy": 0,`) {
		t.Errorf("in somebody's name: %d %s %s", code, out, wrong)
	}
	if out, _, code := o.says("en_US.UTF-8", "provision", "run", o.programme.Public(), o.recipient.Public(), "--as", "nobody@midori.example"); code == exitOK {
		t.Errorf("in the name of nobody: %s", out)
	}
}
