package page

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
)

//go:embed parts/*.html
var parts embed.FS

// Config is what a face (the operators' or the readers' pages) is made of.
type Config struct {
	Catalogue *i18n.Catalogue
	// Views holds layout.html, shared files whose names begin with "_", and one
	// file per view, which defines "title" and "main".
	Views fs.FS
	// Assets are the static files that views link to.
	Assets *Assets
	// Names are the views that the face uses; New fails when one is missing.
	Names []string
	// Lang is the language when the reader did not say.
	Lang i18n.Lang
	// Zone is the time zone until a workspace is known; Japan's if nil.
	Zone *time.Location
	// Ring seals the cookies of flash messages.
	Ring *keyring.Ring
	// Proxies may name the client's address in X-Forwarded-For.
	Proxies Proxies
	// BaseURL is where people reach the face. Under https:// every browser is taken to
	// speak HTTPS, even if the proxy in front does not say so.
	BaseURL string
	// Home is where error pages lead; empty is "/".
	Home string
	// Policy is the face's content security policy; empty is the strict default.
	Policy string
	Log    *slog.Logger
	Clock  func() time.Time
}

// Engine renders the pages of one face. It is safe for concurrent use.
type Engine struct {
	cfg  Config
	mu   sync.RWMutex
	sets map[setKey]viewSet
}

// setKey is what is bound into a parsed set: its functions speak one language
// and write times in one zone.
type setKey struct {
	lang i18n.Lang
	zone string
}

type viewSet map[string]*template.Template

// New parses every view in every language.
func New(cfg Config) (*Engine, error) {
	if cfg.Policy == "" {
		cfg.Policy = StrictPolicy
	}
	if cfg.Home == "" {
		cfg.Home = "/"
	}
	if cfg.Zone == nil {
		cfg.Zone = japan()
	}
	e := &Engine{cfg: cfg, sets: map[setKey]viewSet{}}
	for _, lang := range i18n.Langs() {
		set, err := e.parse(lang, cfg.Zone)
		if err != nil {
			return nil, err
		}
		for _, name := range append([]string{"error"}, cfg.Names...) {
			if set[name] == nil {
				return nil, fmt.Errorf("page: view %s is missing", name)
			}
		}
		e.sets[setKey{lang, cfg.Zone.String()}] = set
	}
	return e, nil
}

// japan is the zone of most companies here.
func japan() *time.Location {
	const name = "Asia/Tokyo"
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.FixedZone(name, 9*60*60) // a machine without zone data
	}
	return zone
}

// set returns the parsed views of a language and zone. A zone that a workspace
// chose later is parsed when it is first met, from texts New has proved sound.
func (e *Engine) set(lang i18n.Lang, zone *time.Location) (viewSet, error) {
	key := setKey{lang, zone.String()}
	e.mu.RLock()
	set := e.sets[key]
	e.mu.RUnlock()
	if set != nil {
		return set, nil
	}
	set, err := e.parse(lang, zone)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sets[key] = set
	return set, nil
}

// parse makes one set: each view on a copy of the layout and the shared parts.
func (e *Engine) parse(lang i18n.Lang, zone *time.Location) (viewSet, error) {
	printer := e.cfg.Catalogue.For(lang)
	base := template.New("").Option("missingkey=error").Funcs(e.funcs(printer, zone))
	if err := addAll(base, printer, parts, "parts/*.html"); err != nil {
		return nil, err
	}
	for _, shared := range []string{"layout.html", "_*.html"} {
		if err := addAll(base, printer, e.cfg.Views, shared); err != nil {
			return nil, err
		}
	}
	files, err := fs.Glob(e.cfg.Views, "*.html")
	if err != nil {
		return nil, fmt.Errorf("page: views: %w", err)
	}
	set := viewSet{}
	for _, file := range files {
		if file == "layout.html" || strings.HasPrefix(file, "_") {
			continue
		}
		view, err := base.Clone()
		if err != nil {
			return nil, fmt.Errorf("page: view %s: %w", file, err)
		}
		labels, err := labelsIn(e.cfg.Views, file)
		if err != nil {
			return nil, err
		}
		view.Funcs(template.FuncMap{"labelOf": func(field string) string { return labels[field] }})
		if err := add(view, printer, e.cfg.Views, file); err != nil {
			return nil, err
		}
		if err := sound(view); err != nil {
			return nil, fmt.Errorf("page: view %s: %w", file, err)
		}
		set[strings.TrimSuffix(file, ".html")] = view
	}
	return set, nil
}

func addAll(t *template.Template, p *i18n.Printer, from fs.FS, pattern string) error {
	files, err := fs.Glob(from, pattern)
	if err != nil {
		return fmt.Errorf("page: views: %w", err)
	}
	for _, file := range files {
		if err := add(t, p, from, file); err != nil {
			return err
		}
	}
	return nil
}

// named finds the texts that a template asks for by a constant key.
var named = regexp.MustCompile(`(?:\bT|"label"|"help"|"title"|"text"|"action") "([a-z0-9_]+(?:\.[a-z0-9_]+)+)"`)

func add(t *template.Template, p *i18n.Printer, from fs.FS, file string) error {
	text, err := fs.ReadFile(from, file)
	if err != nil {
		return fmt.Errorf("page: view %s: %w", file, err)
	}
	for _, key := range named.FindAllSubmatch(text, -1) {
		if !p.Has(string(key[1])) {
			return fmt.Errorf("page: view %s: no text %s in %s", file, key[1], p.Lang)
		}
	}
	if _, err := t.New(path.Base(file)).Parse(string(text)); err != nil {
		return fmt.Errorf("page: view %s: %w", file, err)
	}
	return nil
}

// fielded finds the fields of a view with their labels, which stand first.
var fielded = regexp.MustCompile(`\(field \S+ "([a-z0-9_]+)" "label" "([a-z0-9_.]+)"`)

// labelsIn reads which label each field of a view has, so that the summary of a
// form's errors, which stands before the fields, can name them. What shared files
// say, a view may say otherwise.
func labelsIn(views fs.FS, file string) (map[string]string, error) {
	shared, err := fs.Glob(views, "_*.html")
	if err != nil {
		return nil, fmt.Errorf("page: views: %w", err)
	}
	labels := map[string]string{}
	for _, name := range append(shared, file) {
		text, err := fs.ReadFile(views, name)
		if err != nil {
			return nil, fmt.Errorf("page: view %s: %w", name, err)
		}
		for _, m := range fielded.FindAllSubmatch(text, -1) {
			labels[string(m[1])] = string(m[2])
		}
	}
	return labels, nil
}

// sound has the template's escaping worked out now: html/template does it at the
// first execution, and a page that cannot be escaped must stop the start. What
// else fails here fails only for want of data.
func sound(view *template.Template) error {
	for _, name := range []string{"layout", "title", "main"} {
		if view.Lookup(name) == nil {
			return fmt.Errorf("%s is not defined", name)
		}
	}
	err := view.ExecuteTemplate(io.Discard, "layout", document{})
	if escape, ok := errors.AsType[*template.Error](err); ok {
		return escape
	}
	return nil
}

// document is what a layout sees; the parts of a view see Page alone.
type document struct {
	// Frame is what the face puts around the page; nil on pages for strangers.
	Frame any
	// Page is the page's own struct.
	Page any
	// Path is the request's path with its query, for forms that come back.
	Path string
	// RequestID names the request in the log.
	RequestID string
	Flash     []Flash
}

// render executes one template of a view into memory.
func (e *Engine) render(v *Visit, view, part string, data any) ([]byte, error) {
	set, err := e.set(v.Lang, v.Zone)
	if err != nil {
		return nil, err
	}
	t := set[view]
	if t == nil {
		return nil, fmt.Errorf("page: view %s is missing", view)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, part, data); err != nil {
		return nil, fmt.Errorf("page: view %s: %w", view, err)
	}
	return b.Bytes(), nil
}
