package page

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"time"
)

// Flash is a sentence that is shown once, on the next page.
type Flash struct {
	// Tone is done, note or warn.
	Tone string `json:"t"`
	Key  string `json:"k"`
	Args []any  `json:"a,omitempty"`
}

// Icon is the sign beside the sentence.
func (f Flash) Icon() string {
	switch f.Tone {
	case "done":
		return "check"
	case "warn":
		return "warn"
	default:
		return "info"
	}
}

const (
	flashCookie = "kyodaku_flash"
	// flashAge is long enough for a slow redirect.
	flashAge = 2 * time.Minute
)

// AddFlash keeps a sentence for the next page. Its cookie is sealed: nobody else
// can make the site say something.
func (v *Visit) AddFlash(f Flash) {
	text, err := json.Marshal(f)
	if err != nil {
		return // arguments that are no JSON are only not shown
	}
	sealed := v.engine.cfg.Ring.Seal(flashCookie, text)
	v.SetCookie(flashCookie, base64.RawURLEncoding.EncodeToString(sealed), flashAge)
}

// takeFlash returns the sentence of the page before and forgets it.
func (v *Visit) takeFlash() []Flash {
	value := v.Cookie(flashCookie)
	if value == "" {
		return nil
	}
	v.SetCookie(flashCookie, "", -time.Second)
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil
	}
	text, err := v.engine.cfg.Ring.Open(flashCookie, sealed)
	if err != nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a count stays a whole number, which plural forms want
	var f Flash
	if d.Decode(&f) != nil {
		return nil
	}
	for i, a := range f.Args {
		if n, ok := a.(json.Number); ok {
			f.Args[i] = whole(n)
		}
	}
	return []Flash{f}
}

func whole(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return i
	}
	return n.String()
}
