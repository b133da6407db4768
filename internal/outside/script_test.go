package outside

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/text/encoding/japanese"

	"github.com/kyodaku/kyodaku/internal/testcount"
)

// The scripts in testdata run the program as somebody at a terminal does. Each has
// a copy of the data folder of a company with one topic and one reader.
func TestScripts(t *testing.T) {
	t.Parallel()
	testcount.Ran(t, testcount.SQLite)
	data := companyFolder(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(program(t))+string(os.PathListSeparator)+os.Getenv("PATH"))
			e.Setenv("LANG", "en")
			folder := filepath.Join(e.WorkDir, "company")
			e.Setenv("KYODAKU_DATA_DIR", folder)
			return os.CopyFS(folder, os.DirFS(data))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "offline": offline, "cp932": cp932, "flip": flip,
		},
	})
}

// companyFolder is the data folder of a company whose server has stopped.
func companyFolder(t *testing.T) string {
	t.Helper()
	o := newOffice(t, "")
	c := o.ready(1)
	c.send(c.create("weekly", "今週の畑だより", "今週は**小松菜**が採れました。"))
	o.postfix.Wait(t, 1)
	o.stop()
	for _, name := range o.files() {
		if name == "kyodaku.db-wal" {
			t.Error("a stopped server leaves a write-ahead log behind")
		}
	}
	return o.data
}

// exits runs a command that must end with a certain code: exits 3 kyodaku …
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		got = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("the exit code is %d, not %d", got, want)
	}
}

// offline runs a command where there is no network but loopback, and beside one
// where the system does not allow that.
func offline(ts *testscript.TestScript, _ bool, args []string) {
	if exec.Command("unshare", "--net", "true").Run() != nil {
		ts.Logf("no network namespaces here: the command runs beside a network")
		ts.Check(ts.Exec(args[0], args[1:]...))
		return
	}
	inside := append([]string{"--net", "sh", "-c", `PATH=$PATH:/sbin:/usr/sbin; ip link set lo up && exec "$@"`, "offline"}, args...)
	ts.Check(ts.Exec("unshare", inside...))
}

// cp932 writes a file as the Windows of a Japanese company does: cp932 from to
func cp932(ts *testscript.TestScript, _ bool, args []string) {
	text, err := japanese.ShiftJIS.NewEncoder().String(ts.ReadFile(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

// flip copies a file with one bit of one byte turned over: flip from to percent
func flip(ts *testscript.TestScript, _ bool, args []string) {
	body := []byte(ts.ReadFile(args[0]))
	at, err := strconv.Atoi(args[2])
	ts.Check(err)
	body[min(len(body)*at/100, len(body)-1)] ^= 1
	if err := os.Remove(ts.MkAbs(args[1])); !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), body, 0o600))
}
