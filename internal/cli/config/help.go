package config

import (
	"fmt"
	"strings"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Help is the text of `kyodaku help config`.
func Help(p *i18n.Printer) string {
	var b strings.Builder
	b.WriteString(p.T("config.help.intro") + "\n\n")
	for _, k := range documented() {
		fmt.Fprintf(&b, "%s\n    %s\n", k.name, p.T("config.key."+k.name))
		if !k.secret {
			fmt.Fprintf(&b, "    --%s\n", k.flag())
		}
		fmt.Fprintf(&b, "    %s\n", k.env())
		if k.fallback != "" {
			fmt.Fprintf(&b, "    %s %s\n", p.T("config.help.default"), k.fallback)
		}
		b.WriteString("\n")
	}
	b.WriteString(p.T("config.help.example") + "\n")
	return b.String()
}

// Markdown is the same as a table for the guides.
func Markdown(p *i18n.Printer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n|---|---|---|---|---|\n", p.T("config.help.key"), p.T("config.help.flag"),
		p.T("config.help.variable"), p.T("config.help.default"), p.T("config.help.meaning"))
	for _, k := range documented() {
		name, flag, fallback := "`"+k.name+"`", "`--"+k.flag()+"`", ""
		if k.secret || k.name == fileFlag {
			name = "–"
		}
		if k.secret {
			flag = "–"
		}
		if k.fallback != "" {
			fallback = "`" + k.fallback + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` | %s | %s |\n", name, flag, k.env(), fallback, p.T("config.key."+k.name))
	}
	return b.String()
}

// documented lists the keys with the one that names the file; the defaults that
// follow from other values are spelled out.
func documented() []key {
	all := append([]key{{name: fileFlag}}, keys()...)
	derived := map[string]string{
		"database": "sqlite:<data_dir>/kyodaku.db", "key_file": "<data_dir>/key", "public_url": "http://<listen>",
		"delivery.concurrency": "1000 (mx), 50",
	}
	for i, k := range all {
		if d, ok := derived[k.name]; ok {
			all[i].fallback = d
		}
	}
	return all
}
