package provision

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/provision/sshdtest"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// bySFTP makes a recipient's server the target.
func bySFTP(s *sshdtest.Server) func(*RecipientTerms) {
	return func(t *RecipientTerms) {
		t.Target = Target{Kind: BySFTP, Host: s.Addr, User: s.User, Folder: s.Folder, HostKey: s.HostKey, Inside: true}
	}
}

func (h *hall) to(secrets Secrets, change func(*RecipientTerms)) Recipient {
	h.Helper()
	t := firm()
	change(&t)
	r, err := h.runs.CreateRecipient(h.Context(), h.planner, h.ws, t, secrets, h.now)
	if err != nil {
		h.Fatal(err)
	}
	return r
}

func TestADataSetIsBroughtByOpenSSH(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		server := sshdtest.Start(t)
		h.person("青木", "aoki@example.jp")
		p, to := h.running(), h.to(Secrets{PrivateKey: server.Key}, bySFTP(server))
		if strings.Join(to.HasSecrets, ",") != "private_key" {
			t.Errorf("secrets: %v", to.HasSecrets)
		}
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		for _, name := range []string{run.Public() + "-00ff.csv.part1", "another-00ff.csv.part1"} {
			if err := os.WriteFile(filepath.Join(server.Folder, name), []byte("青木"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		h.work(run.Job)
		run = h.run(run.ID)
		if err := os.Remove(filepath.Join(server.Folder, "another-00ff.csv.part1")); err != nil {
			t.Errorf("another's part: %v", err)
		}
		files, err := os.ReadDir(server.Folder)
		if err != nil || len(files) != 1 || run.State != Given || !strings.Contains(run.Proof, files[0].Name()) {
			t.Fatalf("%v, %v, %+v", files, err, run)
		}
		body, err := os.ReadFile(filepath.Join(server.Folder, files[0].Name()))
		if err != nil || !strings.Contains(string(body), "青木,青木商店") {
			t.Errorf("%q, %v", body, err)
		}
		// An answer was lost after the rename: nothing is written twice.
		h.write(func(tx *store.Tx) error {
			return done(tx.Exec(t.Context(), `UPDATE provision_run SET state = 'uncertain'`))
		})
		again, err := h.runs.begin(t.Context(), system, h.ws, run.ID, h.now)
		if err != nil {
			t.Fatal(err)
		}
		_, secrets, err := h.runs.recipient(t.Context(), db, h.ws, to.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, sent, err := carrySFTP(t.Context(), again, secrets); err != nil || sent {
			t.Errorf("brought again: sent %t, %v", sent, err)
		}
		if files, err := os.ReadDir(server.Folder); err != nil || len(files) != 1 {
			t.Errorf("%v, %v", files, err)
		}
	})
}

func TestAnotherServersKeyIsNotBelieved(t *testing.T) {
	t.Parallel()
	h := newHall(t, storetest.SQLite(t))
	server, other := sshdtest.Start(t), sshdtest.Start(t)
	h.person("青木", "aoki@example.jp")
	p, to := h.running(), h.to(Secrets{PrivateKey: server.Key}, func(t *RecipientTerms) { bySFTP(server)(t); t.Target.HostKey = other.HostKey })
	run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
	h.work(run.Job)
	if run = h.run(run.ID); run.State != Prepared || run.Error != "provision.target.refused" || run.Counted() {
		t.Errorf("%s %s", run.State, run.Error)
	}
	if files, err := os.ReadDir(server.Folder); err != nil || len(files) != 0 {
		t.Errorf("%v, %v", files, err)
	}
}

// receiver is a recipient's HTTPS server.
type receiver struct {
	*httptest.Server
	got  map[string][]byte
	says func(w http.ResponseWriter, r *http.Request, body []byte)
}

func newReceiver(t *testing.T, h *hall) *receiver {
	t.Helper()
	r := &receiver{got: map[string][]byte{}}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		sum := sha256.Sum256(body)
		if q.Header.Get(headerDigest) != "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":" || q.Header.Get("Authorization") != "Bearer geheim" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		r.got[q.Header.Get(headerKey)] = body
		if r.says != nil {
			r.says(w, q, body)
			return
		}
		fmt.Fprint(w, "受付 12")
	}))
	t.Cleanup(r.Close)
	roots := x509.NewCertPool()
	roots.AddCert(r.Certificate())
	h.runs.inner = client(true, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
	return r
}

func (r *receiver) target(t *RecipientTerms) {
	t.Target = Target{Kind: ByHTTPS, URL: r.URL + "/in", Inside: true}
}

func TestHowAnHTTPSTargetAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		says    func(w http.ResponseWriter, r *http.Request, body []byte)
		state   RunState
		err     string
		counted bool
	}{
		"takes it": {nil, Given, "", true},
		"says no":  {func(w http.ResponseWriter, _ *http.Request, _ []byte) { http.Error(w, "x", http.StatusForbidden) }, Uncertain, "provision.target.said_no", true},
		"points elsewhere": {func(w http.ResponseWriter, r *http.Request, _ []byte) {
			http.Redirect(w, r, "https://example.com/", http.StatusFound)
		}, Uncertain, "provision.target.said_no", true},
		"dies": {func(http.ResponseWriter, *http.Request, []byte) { panic(http.ErrAbortHandler) }, Uncertain, "provision.target.unreachable", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t, storetest.SQLite(t))
			r := newReceiver(t, h)
			r.says = c.says
			h.person("青木", "aoki@example.jp")
			p, to := h.running(), h.to(Secrets{Token: "geheim"}, r.target)
			run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID, Format: JSONLines})
			h.once(run)
			if run = h.run(run.ID); run.State != c.state || run.Error != c.err || run.Counted() != c.counted {
				t.Errorf("%s %q", run.State, run.Error)
			}
			if c.state != Uncertain {
				return
			}
			r.says = nil
			h.once(run)
			if run = h.run(run.ID); run.State != Given || len(r.got) != 1 {
				t.Errorf("again: %s, %d data sets arrived", run.State, len(r.got))
			}
			h.wantTraces(h.first(), 1)
		})
	}
}

// once tries a hand-over one time, as the job does.
func (h *hall) once(run Run) {
	h.Helper()
	_, secrets, err := h.runs.recipient(h.Context(), h.db, h.ws, run.Recipient)
	if err != nil {
		h.Fatal(err)
	}
	_ = h.runs.handOnce(h.Context(), run, secrets, h.now) // the run's state tells
}

func (h *hall) first() (id int64) {
	h.Helper()
	if err := h.db.QueryRow(h.Context(), `SELECT MIN(id) FROM contact WHERE workspace_id = ?`, h.ws).Scan(&id); err != nil {
		h.Fatal(err)
	}
	return id
}

// TestAStopBetweenTwoAttempts holds that who stopped after an attempt of which nobody
// knows the end is left out of the next, and still counts as provided.
func TestAStopBetweenTwoAttempts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		r := newReceiver(t, h)
		r.says = func(http.ResponseWriter, *http.Request, []byte) { panic(http.ErrAbortHandler) }
		aoki := h.person("青木", "aoki@example.jp")
		h.person("上田", "ueda@example.jp")
		p, to := h.running(), h.to(Secrets{Token: "geheim"}, r.target)
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.once(run)
		h.now = h.now.Add(time.Hour)
		h.stop("aoki@example.jp", p.ID)
		r.says = nil
		h.once(run)
		if run = h.run(run.ID); run.State != Given || run.Counts.Provided != 2 || run.Counts.Withdrawn != 1 || len(r.got) != 2 {
			t.Errorf("%+v, %d data sets", run, len(r.got))
		}
		traces, err := h.runs.TracesOf(t.Context(), db, h.ws, aoki.ID)
		if err != nil || len(traces) != 1 || !traces[0].Maybe || traces[0].LeftOut != "PRV-07" {
			t.Errorf("%+v, %v", traces, err)
		}
		tasks, err := h.runs.Tasks(t.Context(), db, TaskQuery{Workspace: h.ws, Open: true})
		if err != nil || len(tasks) != 1 || tasks[0].Contact != aoki.ID {
			t.Errorf("the recipient is not told: %+v, %v", tasks, err)
		}
		attempts, err := h.runs.Attempts(t.Context(), db, run.ID)
		last, before := attempts[len(attempts)-1], attempts[len(attempts)-2] // the job may have begun before us
		if err != nil || before.Outcome != uncertain || last.Outcome != arrived || last.Persons != 1 || before.Hash == last.Hash {
			t.Errorf("%+v, %v", attempts, err)
		}
	})
}

// TestNobodyIsReachedInside holds that no name or number leads a hand-over or a stop into our own
// network, unless an operator said so.
func TestNobodyIsReachedInside(t *testing.T) {
	t.Parallel()
	for address, refused := range map[string]bool{
		"127.0.0.1:443": true, "100.64.0.1:443": true, "[::ffff:10.0.0.1]:22": true, "[64:ff9b::a00:1]:443": true, "nobody": true,
		"198.51.100.7:443": false, "[2400:cb00::1]:22": false,
	} {
		if err := dialer(false).Control("tcp", address, nil); (err != nil) != refused {
			t.Errorf("%s: %v", address, err)
		}
	}
	if dialer(true).Control != nil {
		t.Error("a server inside cannot be reached where it may be")
	}
}
