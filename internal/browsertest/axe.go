package browsertest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
)

// violation is one rule of axe-core that the page breaks.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"` // minor, moderate, serious, critical
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Axe checks the page by the rules of axe-core. A serious or critical violation
// fails the test, a lesser one is logged.
func (p *Page) Axe() {
	p.tb.Helper()
	for _, v := range p.violations() {
		var b strings.Builder
		for _, n := range v.Nodes {
			fmt.Fprintf(&b, "\n  %s\n    %s", n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n    "))
		}
		report := fmt.Sprintf("axe: %s %s: %s (%s)%s", v.Impact, v.ID, v.Help, p.URL(), b.String())
		if v.Impact == "serious" || v.Impact == "critical" {
			p.tb.Error(report)
		} else {
			p.tb.Log(report)
		}
	}
}

// violations runs axe-core, which is a script: scripts are on for as long as it runs,
// also on a page opened without them.
func (p *Page) violations() []violation {
	p.tb.Helper()
	source, err := axeSource()
	if err != nil {
		p.tb.Fatalf("browsertest: %v", err)
	}
	if p.noScript {
		p.scripts(true)
		defer p.scripts(false)
	}
	run(p, "axe", chromedp.Evaluate[chromedp.Void]("void (window.axe || (() => {"+source+"})())"))
	var found []violation
	p.Eval(`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations)`, &found)
	return found
}

// axeSource reads axe-core from where npm ci put it, once for all tests.
var axeSource = sync.OnceValues(func() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, "internal", "browsertest", "node_modules", "axe-core", "axe.min.js"))
		if err != nil {
			return "", errors.New("axe-core is not installed: run scripts/test-deps.sh")
		}
		return string(text), nil
	}
	return "", errors.New("axe-core: not inside the repository")
})
