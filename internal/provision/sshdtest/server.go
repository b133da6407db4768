package sshdtest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/kyodaku/kyodaku/internal/daemontest"
	"github.com/kyodaku/kyodaku/internal/testcount"
)

// Server is a running sshd.
type Server struct {
	// Addr is where it listens, User who may come in, with Key, in OpenSSH's form.
	Addr, User, Key string
	// HostKey is the server's public key, as in known_hosts.
	HostKey string
	// Folder is an empty folder to write to.
	Folder string
}

// Start runs a server until the test ends.
func Start(tb testing.TB) *Server {
	tb.Helper()
	testcount.Ran(tb, testcount.OpenSSH)
	path, err := exec.LookPath("/usr/sbin/sshd")
	if err != nil {
		tb.Fatalf("sshd is missing (run scripts/test-deps.sh): %v", err)
	}
	me, err := user.Current()
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	s := &Server{User: me.Username, Folder: filepath.Join(dir, "in")}
	hostPublic, err := s.keys(dir)
	if err != nil {
		tb.Fatal(err)
	}
	s.HostKey = hostPublic
	s.Addr = daemontest.FreeAddr(tb)
	if err := s.configure(dir); err != nil {
		tb.Fatal(err)
	}
	daemon := &daemontest.Daemon{
		Name: "sshd", Command: daemontest.Mortal(path, "-D", "-e", "-f", filepath.Join(dir, "sshd_config")), Ready: s.listens,
	}
	daemon.Run(tb)
	return s
}

// keys makes the server's key and the only one that is let in.
func (s *Server) keys(dir string) (hostPublic string, err error) {
	if err := os.Mkdir(s.Folder, 0o700); err != nil {
		return "", err
	}
	host, hostPublic, err := newKey()
	if err != nil {
		return "", err
	}
	own, ownPublic, err := newKey()
	if err != nil {
		return "", err
	}
	s.Key = own
	if err := os.WriteFile(filepath.Join(dir, "host"), []byte(host), 0o600); err != nil {
		return "", err
	}
	return hostPublic, os.WriteFile(filepath.Join(dir, "authorized"), []byte(ownPublic+"\n"), 0o600)
}

func newKey() (private, public string, err error) {
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", err
	}
	block, err := ssh.MarshalPrivateKey(priv, "")
	if err != nil {
		return "", "", err
	}
	key, err := ssh.NewPublicKey(pub)
	if err != nil {
		return "", "", err
	}
	return string(pem.EncodeToMemory(block)), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))), nil
}

func (s *Server) configure(dir string) error {
	if os.Geteuid() == 0 { // sshd drops its rights into this folder
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			return err
		}
	}
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	text := fmt.Sprintf(`ListenAddress %s
Port %s
HostKey %s/host
AuthorizedKeysFile %s/authorized
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 200
Subsystem sftp internal-sftp
`, host, port, dir, dir)
	return os.WriteFile(filepath.Join(dir, "sshd_config"), []byte(text), 0o600)
}

func (s *Server) listens() bool {
	c, err := net.Dial("tcp", s.Addr)
	return err == nil && c.Close() == nil
}
