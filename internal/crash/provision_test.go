package crash

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/provision/sshdtest"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// providing is an installation that hands personal data to one recipient.
type providing struct {
	*installation
	second    account.By
	programme int64
	recipient int64
}

// firm is where data sets arrive.
type firm interface {
	// target and secrets are how the program reaches it.
	target() (provision.Target, provision.Secrets)
	// sets are the whole data sets that it has, by their hash.
	sets() map[string][]byte
}

// TestKilledWhileProvidingDataAndRecordsAgree kills the program at any moment of runs to a
// file, an SFTP server and an HTTPS target: what a recipient has, and what the records
// say, are the same, and a retry records nobody twice.
func TestKilledWhileProvidingDataAndRecordsAgree(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) firm{
		"file": newDesk, "sftp": newSSH, "https": newHTTPS,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, database string) {
				to := open(t)
				rounds := size(t, "KYODAKU_CRASH_ROUNDS", 1) // a killed node's job waits for its lease to end
				in := &providing{installation: install(t, database, size(t, "KYODAKU_CRASH_RECIPIENTS", 600))}
				in.announce(to)
				db := storetest.Open(t, database)
				for range rounds {
					in.round(t, db, to)
				}
			})
		})
	}
}

// announce makes a programme that may provide, a recipient and a second legal officer.
func (in *providing) announce(to firm) {
	in.t.Helper()
	in.inside(func(ctx context.Context, a *app.App) error {
		now := time.Now()
		p, err := a.Provisions.Create(ctx, in.by, provision.Programme{Workspace: in.workspace.ID, Name: "名簿", Class: provision.OptOut, Draft: provision.Items{
			Name: "株式会社カフェ", Address: "東京都千代田区架空1-2-3", Representative: "喫茶 花子",
			Data:        []provision.DataItem{{Field: "email", Name: provision.Text{Ja: "メール"}}, {Field: "given_name", Name: provision.Text{Ja: "名"}}},
			Acquisition: provision.Text{Ja: "刊行物"}, Method: provision.Text{Ja: "電子データ"}, StopBy: provision.Text{Ja: "ページ"}, Update: provision.Text{Ja: "毎年"},
			Start: now.AddDate(0, 0, -2).Format(time.DateOnly),
		}}, now)
		if err != nil {
			return err
		}
		if _, err := a.Provisions.Freeze(ctx, in.by, provision.Programme{ID: p.ID, Workspace: in.workspace.ID}, now); err != nil {
			return err
		}
		for i, k := range []provision.StepKind{provision.Noticed, provision.Filed, provision.PublishedByPPC, provision.PublishedByUs} {
			step := provision.Step{Kind: k, On: now.AddDate(0, 0, i-60), Evidence: "1"}
			if k == provision.Noticed {
				step.Elsewhere = "https://cafe.example.jp/notice"
			}
			if err := a.Provisions.Take(ctx, in.by, p, 1, step, now); err != nil {
				return err
			}
		}
		target, secrets := to.target()
		r, err := a.ProvisionRuns.CreateRecipient(ctx, in.by, in.workspace.ID, provision.RecipientTerms{
			Name: "株式会社受領", Address: "大阪市", Representative: "受領 次郎", Country: "JP", Identity: "登記", Purpose: "案内", Target: target,
		}, secrets, now)
		in.programme, in.recipient = p.ID, r.ID
		if err != nil {
			return err
		}
		return in.hire(ctx, a)
	})
}

// hire lets another legal officer in.
func (in *providing) hire(ctx context.Context, a *app.App) error {
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		in.second = account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: id}}
		if _, err := tx.Exec(ctx, `INSERT INTO operator (id, email, name, lang, created_at) VALUES (?, 'legal@cafe.example', '法務', 'ja', 1)`, id); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO membership (workspace_id, operator_id, role, created_at) VALUES (?, ?, 'legal', 1)`, in.workspace.ID, id)
		return err
	})
}

// approved plans a run, counts it and approves it; the program is not running.
func (in *providing) approved() (id int64) {
	in.t.Helper()
	in.inside(func(ctx context.Context, a *app.App) error {
		run, err := a.ProvisionRuns.Plan(ctx, in.by, provision.Plan{Workspace: in.workspace.ID, Programme: in.programme, Recipient: in.recipient}, time.Now())
		if err != nil {
			return err
		}
		id = run.ID
		if err := a.Jobs.Start(ctx); err != nil {
			return err
		}
		defer a.Jobs.Stop()
		until(in.t, patience, "the run is counted", func() bool {
			j, err := job.Get(ctx, a.DB, in.workspace.ID, run.Job)
			return err == nil && j.State.Final()
		})
		return a.ProvisionRuns.Approve(ctx, in.second, provision.Approval{Workspace: in.workspace.ID, Run: id}, time.Now())
	})
	return id
}

func (in *providing) round(t *testing.T, db *store.DB, to firm) {
	t.Helper()
	before := to.sets()
	id := in.approved()
	desk, byHand := to.(*desk)
	p := in.serving(t)
	time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond) // anywhere in the run, or behind it
	p.kill()
	goal := []string{"provided"}
	if byHand {
		goal = []string{"prepared", "handing", "uncertain", "provided"}
	}
	p = in.serving(t)
	until(t, patience, "the run is through", func() bool { return slices.Contains(goal, runState(t, db, id)) })
	p.stop()
	if byHand {
		desk.fetch(t, in, id, true)
		desk.fetch(t, in, id, false)
	}
	in.agree(t, db, id, newest(before, to.sets()))
}

func (in *providing) serving(t *testing.T) *process {
	t.Helper()
	return serve(t, in.installation, "127.0.0.1:1")
}

func newest(before, after map[string][]byte) [][]byte {
	var out [][]byte
	for h, set := range after {
		if before[h] == nil {
			out = append(out, set)
		}
	}
	return out
}

func runState(t *testing.T, db *store.DB, id int64) (state string) {
	t.Helper()
	if err := db.QueryRow(t.Context(), `SELECT state FROM provision_run WHERE id = ?`, id).Scan(&state); err != nil {
		t.Fatal(err)
	}
	return state
}

// agree holds the data that arrived against the records.
func (in *providing) agree(t *testing.T, db *store.DB, id int64, arrived [][]byte) {
	t.Helper()
	if state := runState(t, db, id); state != "provided" {
		t.Errorf("the run is %s", state)
	}
	if len(arrived) != 1 {
		t.Fatalf("%d data sets arrived", len(arrived))
	}
	names := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(string(arrived[0])), "\r\n")[1:] {
		mail, _, _ := strings.Cut(line, ",")
		if names[mail] {
			t.Errorf("a person is in the data twice")
		}
		names[mail] = true
	}
	rows, err := db.Query(t.Context(), `SELECT a.shown FROM provision_record r JOIN address a ON a.contact_id = r.contact_id WHERE r.run_id = ?`, id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var mail string
		if err := rows.Scan(&mail); err != nil {
			t.Fatal(err)
		}
		if n++; !names[mail] {
			t.Error("a record without its data")
		}
	}
	if err := rows.Err(); err != nil || n != len(names) || n != len(in.readers) {
		t.Errorf("%d records, %d persons in the data, %d readers, %v", n, len(names), len(in.readers), err)
	}
	attempts, hash := 0, []byte(nil)
	if err := db.QueryRow(t.Context(), `SELECT n, hash FROM provision_attempt WHERE run_id = ? AND outcome = 'arrived' ORDER BY n DESC LIMIT 1`, id).Scan(&attempts, &hash); err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(arrived[0]); !bytes.Equal(sum[:], hash) {
		t.Errorf("other data arrived than attempt %d says", attempts)
	}
}

// desk is a folder that an operator puts files into.
type desk struct{ dir string }

func newDesk(t *testing.T) firm { return &desk{t.TempDir()} }

func (d *desk) target() (provision.Target, provision.Secrets) {
	return provision.Target{Kind: provision.ByFile}, provision.Secrets{}
}

func (d *desk) sets() map[string][]byte { return setsIn(d.dir) }

// fetch runs the command that hands a data set over, and kills it in its midst.
func (d *desk) fetch(t *testing.T, in *providing, id int64, kill bool) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(d.dir, fmt.Sprintf("%d-%t.csv", id, kill))
	if kill {
		name += ".part" // what was cut off is no data set to the recipient
	}
	c := exec.Command(path, "provision", "fetch", store.Public(provision.RunPrefix, id), "--data-dir", in.dir, "--key-file", in.keyFile(), "-o", name)
	c.Env = append(slices.DeleteFunc(os.Environ(), ours), "KYODAKU_DATABASE="+in.database, "LANG=C")
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if kill {
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
		_ = c.Process.Kill() // it may have ended
		_ = c.Wait()         // as it likes
		return
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
}

func setsIn(dir string) map[string][]byte {
	out := map[string][]byte{}
	files, err := os.ReadDir(dir)
	if err != nil {
		return out
	}
	for _, f := range files {
		body, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err == nil && strings.HasSuffix(f.Name(), ".csv") {
			sum := sha256.Sum256(append(body, f.Name()...))
			out[hex.EncodeToString(sum[:])] = body
		}
	}
	return out
}

// byOpenSSH is a server of OpenSSH.
type byOpenSSH struct{ *sshdtest.Server }

func newSSH(t *testing.T) firm { return byOpenSSH{sshdtest.Start(t)} }

func (s byOpenSSH) target() (provision.Target, provision.Secrets) {
	return provision.Target{Kind: provision.BySFTP, Host: s.Addr, User: s.User, Folder: s.Folder, HostKey: s.HostKey, Inside: true}, provision.Secrets{PrivateKey: s.Key}
}

func (s byOpenSSH) sets() map[string][]byte { return setsIn(s.Folder) }

// byHTTPS is a web server that keeps what it got whole, once for each key.
type byHTTPS struct {
	*httptest.Server
	mu  sync.Mutex
	got map[string][]byte
}

func newHTTPS(t *testing.T) firm {
	s := &byHTTPS{got: map[string][]byte{}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // cut off: nothing was received
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.got[r.Header.Get("Idempotency-Key")] = body
	}))
	own, err := authority()
	if err != nil {
		t.Fatal(err)
	}
	s.TLS = &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *byHTTPS) target() (provision.Target, provision.Secrets) {
	return provision.Target{Kind: provision.ByHTTPS, URL: s.URL, Inside: true}, provision.Secrets{}
}

func (s *byHTTPS) sets() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]byte{}
	for k, v := range s.got {
		out[k] = v
	}
	return out
}

// believed is where the certificate lies that the killed programs believe.
func believed(program string) string { return filepath.Join(filepath.Dir(program), "believed.pem") }

// authority makes the certificate of all HTTPS servers here, and has it believed.
var authority = sync.OnceValues(func() (tls.Certificate, error) {
	program, err := binary()
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, 1), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(crand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, os.WriteFile(believed(program), text, 0o600)
})
