package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// Env names the environment variable with the path of the browser, for machines
// where it has another name than on Debian.
const Env = "KYODAKU_TEST_CHROMIUM"

// shared is the browser of this test program, started by the first test that opens
// a page. The context must not belong to a test: the browser outlives each of them.
var shared = struct {
	start func() (context.Context, error)
	mu    sync.Mutex
	ctx   context.Context
	ready bool
}{start: sync.OnceValues(startBrowser)}

// Main runs the tests of a package and closes the browser after them. Every package
// with browser tests calls it from TestMain.
func Main(m *testing.M) {
	shared.mu.Lock()
	shared.ready = true
	shared.mu.Unlock()
	m.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.ctx == nil {
		return
	}
	ctx, cancel := context.WithTimeout(shared.ctx, patience)
	defer cancel()
	if err := chromedp.Cancel(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "browsertest: close:", err)
	}
}

// browser returns the context of the shared browser.
func browser() (context.Context, error) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.ready {
		return nil, errors.New("call browsertest.Main from TestMain: otherwise the browser stays behind")
	}
	ctx, err := shared.start()
	if err == nil {
		shared.ctx = ctx
	}
	return ctx, err
}

// startBrowser starts Chromium with a profile of its own that goes with it.
func startBrowser() (context.Context, error) {
	path, err := findBrowser()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // root in a container has no other way
		chromedp.DisableGPU,
		chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		// Nothing but this machine: a page that asks a stranger fails its test.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost , EXCLUDE *.localhost"),
	)
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return ctx, nil
}

// findBrowser looks for Chromium under the names that distributions give it.
func findBrowser() (string, error) {
	if path := os.Getenv(Env); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium found: run scripts/test-deps.sh, or name one in %s", Env)
}
