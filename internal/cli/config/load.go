package config

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Flags is what is needed of a *pflag.FlagSet.
type Flags interface {
	// String makes a flag.
	String(name, value, usage string) *string
	// Changed says whether a flag was given.
	Changed(name string) bool
	// GetString returns a flag's value.
	GetString(name string) (string, error)
}

// Register makes a flag for every key that is no secret, and --config.
func Register(f Flags, p *i18n.Printer) {
	f.String(fileFlag, "", p.T("config.key.config"))
	for _, k := range keys() {
		if !k.secret {
			f.String(k.flag(), k.fallback, p.T("config.key."+k.name))
		}
	}
}

// given is a value and where it comes from, as it is told to people.
type given struct{ value, from string }

// loader collects what is given, and all that is wrong with it.
type loader struct {
	known  []key
	values map[string]given
	wrong  fault.Fields
	read   func(string) ([]byte, error)
}

// Load reads flags, environ (as os.Environ gives it) and the TOML file that one of
// them names, and checks everything. The error is Invalid with one field for each
// mistake, named by where it stands: "--listen", "KYODAKU_LISTEN", "my.toml: listen".
// An empty variable counts as none.
func Load(flags Flags, environ []string, readFile func(string) ([]byte, error)) (Config, error) {
	l := &loader{known: keys(), values: map[string]given{}, read: readFile}
	for _, k := range l.known {
		l.values[k.name] = given{k.fallback, k.name}
	}
	var c Config
	vars := l.variables(environ)
	c.File = vars[fileEnv]
	if flags.Changed(fileFlag) {
		c.File = l.flag(flags, fileFlag)
	}
	if c.File != "" {
		l.file(c.File)
	}
	for _, k := range l.known {
		if v := vars[k.env()]; v != "" {
			l.values[k.name] = given{v, k.env()}
		}
		if !k.secret && flags.Changed(k.flag()) {
			l.values[k.name] = given{l.flag(flags, k.flag()), "--" + k.flag()}
		}
	}
	l.apply(&c)
	l.secrets(&c)
	l.defaults(&c)
	if len(l.wrong) == 0 {
		l.together(c)
	}
	if err := l.wrong.Err(); err != nil {
		return Config{}, err
	}
	return c, nil
}

func (l *loader) flag(flags Flags, name string) string {
	v, err := flags.GetString(name)
	if err != nil {
		l.wrong.Add("--"+name, "config.value.line")
	}
	return v
}

// variables picks ours out of the environment and refuses those nobody knows.
func (l *loader) variables(environ []string) map[string]string {
	vars, names := map[string]string{}, []string{fileEnv}
	for _, k := range l.known {
		names = append(names, k.env())
	}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, prefix) || strings.HasPrefix(name, testPrefix) {
			continue
		}
		if !slices.Contains(names, name) {
			l.unknown(name, name, names)
			continue
		}
		vars[name] = value
	}
	return vars
}

// unknown refuses a name and proposes the nearest one.
func (l *loader) unknown(from, name string, known []string) {
	if near := nearest(name, known); near != "" {
		l.wrong.Add(printable(from), "config.unknown.near", "Name", near)
		return
	}
	l.wrong.Add(printable(from), "config.unknown.name")
}

// apply reads every value into its place.
func (l *loader) apply(c *Config) {
	for _, k := range l.known {
		v := l.values[k.name]
		if v.value == "" {
			if k.fallback != "" {
				l.wrong.Add(v.from, "config.value.empty")
			}
			continue
		}
		if !isLine(v.value) {
			l.wrong.Add(v.from, "config.value.line")
			continue
		}
		if p := k.read(c, v.value); p.text != "" {
			l.wrong.Add(v.from, p.text, p.args...)
		}
	}
}

// secrets reads the files that hold passwords.
func (l *loader) secrets(c *Config) {
	l.secret("delivery.relay_password", c.Delivery.passwordFile, &c.Delivery.RelayPassword)
	l.secret("inbound.imap_password", c.Inbound.IMAP.passwordFile, &c.Inbound.IMAP.Password)
	l.secret("hooks.token", c.Hooks.tokenFile, &c.Hooks.Token)
	l.secret("hooks.mailgun_key", c.Hooks.mailgunKeyFile, &c.Hooks.MailgunKey)
	l.secret("setup.admin_password", c.SetUp.passwordFile, &c.SetUp.AdminPassword)
}

const maxSecret = 4096

func (l *loader) secret(name, path string, into *Secret) {
	if path == "" {
		return
	}
	from := l.values[name+"_file"].from
	if into.text != "" {
		l.wrong.Add(from, "config.secret.twice", "Other", l.values[name].from)
		return
	}
	body, err := l.read(path)
	if err != nil {
		l.wrong.Add(from, unreadable(err), "Path", printable(path))
		return
	}
	line := strings.TrimSuffix(strings.TrimSuffix(string(body), "\n"), "\r")
	if line == "" || len(line) > maxSecret || !isLine(line) {
		l.wrong.Add(from, "config.secret.line", "Path", printable(path))
		return
	}
	*into = Secret{line}
}

func unreadable(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "config.file.missing"
	}
	return "config.file.unreadable"
}

// defaults fills in what follows from other values.
func (l *loader) defaults(c *Config) {
	if c.Database.text == "" {
		c.Database = Secret{"sqlite:" + filepath.Join(c.DataDir, "kyodaku.db")}
	}
	if c.Delivery.Concurrency == 0 {
		c.Delivery.Concurrency = usualConcurrency
		if c.Delivery.Mode == MX {
			c.Delivery.Concurrency = mxConcurrency
		}
	}
	if c.KeyFile == "" {
		c.KeyFile = filepath.Join(c.DataDir, "key")
	}
	if _, port, err := net.SplitHostPort(c.Listen); c.PublicURL == "" && (err != nil || port != "0") {
		c.PublicURL = "http://" + reachable(c.Listen)
	}
}

// reachable names a host that a browser on this machine can open.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// minToken is how long the secret in the addresses of hooks must be, in octets.
const minToken = 16

// together checks what only several values show.
func (l *loader) together(c Config) {
	d := c.Delivery
	if d.Mode == Relay && d.Relay == "" {
		l.wrong.Add(l.values["delivery.relay"].from, "config.relay.missing")
	}
	if (d.RelayUser == "") != (d.RelayPassword.text == "") {
		l.wrong.Add(l.values["delivery.relay_user"].from, "config.relay.password")
	}
	if d.RelayUser != "" && d.RelayTLS == TLSOpportunistic {
		l.wrong.Add(l.values["delivery.relay_tls"].from, "config.relay.plain_password")
	}
	if d.Signer == SignRelay && d.Mode != Relay {
		l.wrong.Add(l.values["delivery.signer"].from, "config.relay.signer")
	}
	if d.RelayTLS == TLSOff && !isLoopback(d.Relay) {
		l.wrong.Add(l.values["delivery.relay_tls"].from, "config.relay.loopback")
	}
	l.inbound(c.Inbound)
	if h := c.Hooks; len(h.Token.text) < minToken && (h.Token.text != "" || len(h.SESTopics) > 0 || h.SendGridKey != "" || h.MailgunKey.text != "") {
		l.wrong.Add(l.values["hooks.token"].from, "config.hooks.token", "Min", minToken)
	}
	if c.MetricsListen != "" && c.MetricsListen == c.Listen {
		l.wrong.Add(l.values["metrics_listen"].from, "config.metrics.same")
	}
}

func (l *loader) inbound(in Inbound) {
	if (in.Listen == "" && in.IMAP.Server == "") != (in.Domain == "") {
		l.wrong.Add(l.values["inbound.listen"].from, "config.inbound.both")
	}
	if told := in.IMAP.User != "" && in.IMAP.Password.text != ""; told != (in.IMAP.Server != "") {
		l.wrong.Add(l.values["inbound.imap"].from, "config.inbound.account")
	}
	if in.IMAP.Server != "" && in.IMAP.TLS == IMAPOff && !isLoopback(in.IMAP.Server) {
		l.wrong.Add(l.values["inbound.imap_tls"].from, "config.inbound.loopback")
	}
}

func isLoopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
