package app_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestALostKeyFileStopsTheProgram: with another key no refusal would be found again,
// so that a later import would mail everybody who ever said no.
func TestALostKeyFileStopsTheProgram(t *testing.T) {
	t.Parallel()
	for engine, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgresql": storetest.PostgreSQLURL} {
		for name, leave := range map[string]func(testing.TB, *app.App){"an address": leaveAddress, "only those who were erased": leaveErased} {
			t.Run(engine+" "+name, func(t *testing.T) {
				t.Parallel()
				c := app.Config{
					DataDir: t.TempDir(), Database: url(t), Mail: app.Mail{Mode: app.MX, Hostname: "mta.example.jp", Connections: 1},
					Log: slog.New(slog.DiscardHandler), Clock: time.Now,
				}
				c.KeyFile = filepath.Join(c.DataDir, "key")
				reopen(t, c, leave)
				right, err := os.ReadFile(c.KeyFile)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(c.KeyFile); err != nil {
					t.Fatal(err)
				}
				if _, err := app.New(t.Context(), c); !fault.Is(err, fault.Refused) {
					t.Fatalf("without its key file: %v", err)
				}
				if _, err := os.Stat(c.KeyFile); !os.IsNotExist(err) {
					t.Errorf("a key that opens nothing was left behind: %v", err)
				}
				put(t, c.KeyFile, []byte(keyring.Generate()))
				if _, err := app.New(t.Context(), c); !fault.Is(err, fault.Refused) {
					t.Errorf("with another key file: %v", err)
				}
				if _, err := os.Stat(c.KeyFile); err != nil {
					t.Errorf("somebody's key file was removed: %v", err)
				}
				put(t, c.KeyFile, right)
				reopen(t, c, func(testing.TB, *app.App) {})
			})
		}
	}
}

func put(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func reopen(t testing.TB, c app.Config, do func(testing.TB, *app.App)) {
	t.Helper()
	a, err := app.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	do(t, a)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

// leaveAddress leaves a workspace with one address that nothing was said about.
func leaveAddress(t testing.TB, a *app.App) { enter(t, a) }

// TestLinksOfSentMailsKeepTheirKey: while ways out in people's mailboxes need the key, the
// refusal to start says so with the rule (OUT-08).
func TestLinksOfSentMailsKeepTheirKey(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgresql": storetest.PostgreSQLURL} {
		for since, rule := range map[time.Duration]string{399 * 24 * time.Hour: "OUT-08", 401 * 24 * time.Hour: ""} {
			t.Run(name+" "+rule, func(t *testing.T) {
				t.Parallel()
				c := app.Config{
					DataDir: t.TempDir(), Database: url(t), Mail: app.Mail{Mode: app.MX, Hostname: "mta.example.jp", Connections: 1},
					Log: slog.New(slog.DiscardHandler), Clock: time.Now,
				}
				c.KeyFile = filepath.Join(c.DataDir, "key")
				reopen(t, c, func(t testing.TB, a *app.App) {
					row, sent := enter(t, a), store.Micros(time.Now().Add(-since))
					write(t, a, func(ctx context.Context, tx *store.Tx) error {
						if _, err := tx.Exec(ctx, `INSERT INTO sender_profile (id, workspace_id, name, legal_name, postal_address, email, from_name, from_address, created_at, updated_at)
							VALUES (7, ?, 'n', 'n', 'a', 'e@mori.example.jp', 'n', 'e@mori.example.jp', 1, 1)`, row.Workspace); err != nil {
							return err
						}
						if _, err := tx.Exec(ctx, `INSERT INTO topic (id, workspace_id, key, name_ja, name_en, content_ja, content_en, promised_count, promised_period, sender_profile_id, created_at)
							VALUES (7, ?, 'k', 'n', 'n', 'c', 'c', 1, 'week', 7, 1)`, row.Workspace); err != nil {
							return err
						}
						_, err := tx.Exec(ctx, `INSERT INTO campaign (id, workspace_id, name, topic_id, sender_profile_id, class, lang, subject, preheader, kind, body,
							state, created_by, created_at, updated_at, started_at, finished_at)
							VALUES (77, ?, 'n', 7, 7, 'ad', 'ja', 's', '', 'markdown', 'b', 'done', 0, 1, 1, ?, ?)`, row.Workspace, sent, sent)
						return err
					})
				})
				put(t, c.KeyFile, []byte(keyring.Generate()))
				_, err := app.New(t.Context(), c)
				e, ok := errors.AsType[*fault.Error](err)
				if !ok || !fault.Is(err, fault.Refused) || strings.Contains(fmt.Sprint(e.Args), "OUT-08") != (rule != "") {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

// leaveErased leaves one with a log and nobody in it.
func leaveErased(t testing.TB, a *app.App) {
	ctx, now := t.Context(), time.Now()
	row := enter(t, a)
	write(t, a, func(ctx context.Context, tx *store.Tx) error {
		made, _, err := a.Contacts.EnsureContact(ctx, tx, row, contact.Contact{FamilyName: "森"}, now)
		if err != nil {
			return err
		}
		e := &consent.Event{
			Workspace: row.Workspace, Address: row.ID, Action: consent.ActionRefused, Method: consent.MethodOperator, OccurredAt: now,
		}
		if _, err := a.Consent.Append(ctx, tx, []*consent.Event{e}); err != nil {
			return err
		}
		return a.Contacts.Erase(ctx, tx, row.Workspace, made.ID, now)
	})
	if _, err := a.Consent.Sequence(ctx, now); err != nil {
		t.Fatal(err)
	}
}

func enter(t testing.TB, a *app.App) (row contact.Address) {
	t.Helper()
	now := time.Now()
	ws, _, err := a.Accounts.SetUp(t.Context(), account.SetUp{
		Workspace: account.WorkspaceForm{
			Label: account.Label{LegalName: "株式会社森の本屋", PostalAddress: "長野県松本市1-1", Email: "info@mori.example.jp"},
			Lang:  "ja", Zone: "Asia/Tokyo",
		},
		AdminEmail: "owner@mori.example.jp", AdminName: "森", AdminPassword: "nagai aikotoba desu",
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	mail, err := addr.ParseMail("hana@example.jp")
	if err != nil {
		t.Fatal(err)
	}
	write(t, a, func(ctx context.Context, tx *store.Tx) (err error) {
		row, _, err = a.Contacts.EnsureAddress(ctx, tx, ws.ID, mail, now)
		return err
	})
	return row
}

func write(t testing.TB, a *app.App, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}
