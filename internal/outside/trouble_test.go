package outside

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/kyodaku/kyodaku/internal/delivery/postfixtest"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/testcount"
)

// readers are n lines of a list, r0@… to r(n-1)@….
func readers(n int) string {
	var b strings.Builder
	b.WriteString("メールアドレス,姓,名\r\n")
	for i := range n {
		fmt.Fprintf(&b, "%s@%s,見本,%d号\r\n", reader(i), mailDomain, i)
	}
	return b.String()
}

// reader is the name of a reader's mailbox. Names that are counted up look made by a
// program, and an import says no to them.
func reader(i int) string { return fmt.Sprintf("r%d", 3*i) }

// once holds that each of n readers was mailed exactly once.
func (o *office) once(n int) {
	o.Helper()
	seen := map[string]int{}
	for _, mail := range o.postfix.Wait(o.TB, n) {
		seen[strings.Join(postfixtest.Header(mail, "Delivered-To"), " ")]++
	}
	for i := range n {
		if got := seen[reader(i)+"@"+mailDomain]; got != 1 {
			o.Errorf("reader %d got %d mails", i, got)
		}
	}
	if len(seen) != n {
		o.Errorf("%d readers got mail, want %d", len(seen), n)
	}
}

// ready is an office with a topic and n readers, and a program that may send.
func (o *office) ready(n int) *caller {
	o.Helper()
	o.proveDomain()
	o.makeTopic("weekly", "週刊みどりだより")
	c := o.caller(o.makeKey())
	if got := counted(c.list("weekly", readers(n)), "added"); got != n {
		o.Fatalf("%d readers came in, want %d", got, n)
	}
	return c
}

// A relay that dies in the middle holds the campaign up; nothing is lost and nobody
// is mailed twice.
func TestADeadRelayIsWaitedFor(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, o *office) {
		const n = 200
		c := o.ready(n)
		o.postfix.Stop(t)
		id := c.create("weekly", "今週の畑だより", "今週は**小松菜**が採れました。")
		c.send(id)
		eventually(t, "the server has noticed", func() bool {
			p := c.see(id).Progress
			return p.Queued+p.Deferred == n && p.Delivered == 0
		})
		newPerson(t, o.url).open("/readyz").is(http.StatusOK)
		if x := c.see(id); x.State == "done" || x.Progress.Failed+x.Progress.Uncertain > 0 {
			t.Errorf("a relay that cannot be reached loses mails: %+v", x)
		}
		o.postfix.Start(t)
		eventually(t, "the campaign is done", func() bool { return c.see(id).State == "done" })
		if p := c.see(id).Progress; p.Delivered != n || p.Total != n {
			t.Errorf("%+v", p)
		}
		o.once(n)
	})
}

// SIGTERM in the middle of a campaign lets mails under way arrive; the next process
// goes on where the last one stood.
func TestSIGTERMInMidCampaign(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, o *office) {
		const n = 1500
		c := o.ready(n)
		id := c.create("weekly", "今週の畑だより", "今週は**小松菜**が採れました。")
		c.send(id)
		for _, share := range []int{20, 400} {
			eventually(t, "some mails have gone out", func() bool { return c.see(id).Progress.Delivered >= share })
			o.again()
			if p := c.see(id).Progress; p.Uncertain != 0 || p.Failed != 0 {
				t.Errorf("after a stop at %d: %+v", share, p)
			}
		}
		eventually(t, "the campaign is done", func() bool { return c.see(id).State == "done" })
		if p := c.see(id).Progress; p.Delivered != n || p.Total != n {
			t.Errorf("%+v", p)
		}
		o.once(n)
		o.quiet()
	})
}

// A second process that holds the database makes people wait or try again. What was
// answered with an error has not happened.
func TestALockedDatabaseIsToldClearly(t *testing.T) {
	t.Parallel()
	testcount.Ran(t, testcount.SQLite)
	o := newOffice(t, "")
	c := o.ready(1)
	other, err := store.Open(t.Context(), "sqlite:"+filepath.Join(o.data, "kyodaku.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	held, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	giveBack := errors.New("nothing is to be written")
	go func() {
		ended <- other.Write(context.WithoutCancel(t.Context()), func(*store.Tx) error {
			close(held)
			<-release
			return giveBack
		})
	}()
	<-held
	event := map[string]any{
		"address": "hana@mail.example.jp", "topic": "weekly", "action": "granted", "basis": "B1", "occurred_at": "2026-10-01T00:00:00Z",
		"evidence": map[string]any{"source": "店頭"},
	}
	c.post("/consents/events", event).no(http.StatusServiceUnavailable)
	s := o.owner.open("/admin/topics/new").is(http.StatusOK).form("form[action='/admin/topics/new']").
		set("key", "events", "name_ja", "催し", "content_ja", "催しのお知らせ").press()
	// The page keeps what was typed, so that it can be sent again.
	if s.has("混み合っています"); s.status < 400 || s.form("form[action='/admin/topics/new']").values.Get("name_ja") != "催し" {
		t.Errorf("the page answers %d and forgets what was typed", s.status)
	}
	o.owner.open("/admin/topics").is(http.StatusOK).has("週刊みどりだより").lacks("催し")
	close(release)
	if err := <-ended; !errors.Is(err, giveBack) {
		t.Fatal(err)
	}
	if c.permitted("hana@mail.example.jp", "weekly") {
		t.Error("what was refused has happened all the same")
	}
	c.post("/consents/events", event).is(http.StatusCreated)
	if !c.permitted("hana@mail.example.jp", "weekly") {
		t.Error("what was answered has not happened")
	}
	code, _, errs := run(t, o.environ(""), "serve")
	if code != 1 || !strings.Contains(errs, "in use by another kyodaku") {
		t.Errorf("a second server on the same folder: %d %s", code, errs)
	}
}

// A full disk stops what writes, and only that; when there is room again, everything
// that was acknowledged is still there.
func TestAFullDiskLosesNothingAnswered(t *testing.T) {
	t.Parallel()
	testcount.Ran(t, testcount.SQLite)
	o := &office{zone: newZone(t), postfix: postfixtest.Start(t, mailDomain), data: smallDisk(t, 24<<20)}
	o.server = serve(t, o.environ("")...)
	o.owner = o.signIn()
	c := o.ready(1)
	grant := func(i int) reply {
		return c.post("/consents/events", map[string]any{
			"address": fmt.Sprintf("w%d@%s", i, mailDomain), "topic": "weekly", "action": "granted", "basis": "B1",
			"occurred_at": "2026-10-01T00:00:00Z", "evidence": map[string]any{"source": strings.Repeat("店頭", 200)},
		})
	}
	grant(0).is(http.StatusCreated)
	filler := fill(t, o.data)
	answered, refused := 1, 0
	for i := 1; i <= 4000 && refused < 3; i++ {
		switch r := grant(i); {
		case r.status == http.StatusCreated && refused == 0:
			answered++
		case r.status >= 500:
			r.no(r.status)
			refused++
		default:
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	if refused == 0 {
		t.Fatal("the disk never was full")
	}
	newPerson(t, o.url).open("/healthz").is(http.StatusOK)
	o.owner.open("/admin/topics").is(http.StatusOK).has("週刊みどりだより")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	grant(5000).is(http.StatusCreated)
	check := func() {
		for i := range answered {
			if !c.permitted(fmt.Sprintf("w%d@%s", i, mailDomain), "weekly") {
				t.Fatalf("the answered permission %d is lost", i)
			}
		}
		for i := range refused {
			if c.permitted(fmt.Sprintf("w%d@%s", answered+i, mailDomain), "weekly") {
				t.Errorf("the refused permission %d is there", answered+i)
			}
		}
	}
	check()
	o.again()
	check()
}

// smallDisk is a file system of its own.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Fatalf("a small disk cannot be mounted (this test needs root, as in a container): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// fill writes a file until there is hardly any room left.
func fill(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := bytes.Repeat([]byte{'x'}, 1<<16); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return name
}
