package public

import (
	_ "embed"
	"net/http"

	"github.com/kyodaku/kyodaku/internal/web/page"
)

//go:embed script/widget.js
var widget []byte

// widgetScript serves the script that shows a form in pages of other sites.
func widgetScript(v *page.Visit) error {
	h := v.W.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=3600")
	if v.R.Method != http.MethodHead {
		_, _ = v.W.Write(widget) // a reader who left gets nothing more
	}
	return nil
}
