package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/cli/config"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// told is what an installation is told in one test.
type told struct {
	args  []string
	env   []string
	files map[string]string
}

func printer(t testing.TB, l i18n.Lang) *i18n.Printer {
	t.Helper()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.For(l)
}

func (in told) load(t testing.TB) (config.Config, error) {
	t.Helper()
	cmd := &cobra.Command{}
	config.Register(cmd.Flags(), printer(t, i18n.En))
	if err := cmd.ParseFlags(in.args); err != nil {
		t.Fatal(err)
	}
	return config.Load(cmd.Flags(), in.env, func(path string) ([]byte, error) {
		body, ok := in.files[path]
		if !ok {
			return nil, fmt.Errorf("open %s: %w", path, fs.ErrNotExist)
		}
		return []byte(body), nil
	})
}

// wrongs writes an error as "where key" pairs and checks that each has a text.
func wrongs(t testing.TB, err error) string {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return fmt.Sprint(err)
	}
	var all []string
	p := printer(t, i18n.Ja)
	for _, field := range f.Fields {
		all = append(all, field.Name+" "+field.Key)
		if text := p.T(field.Key, field.Args...); text == field.Key || strings.Contains(text, "<no value>") {
			t.Errorf("no text for %s: %q", field.Key, text)
		}
	}
	return strings.Join(all, "; ")
}

func TestDefaultsAreSafe(t *testing.T) {
	t.Parallel()
	c, err := told{env: []string{"PATH=/bin", "KYODAKU_TEST_POSTGRES=x", "KYODAKU_LISTEN="}}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8080" || c.PublicURL != "http://127.0.0.1:8080" || c.Delivery.Mode != config.Catch || c.Delivery.RelayTLS != config.TLSRequire {
		t.Errorf("%+v", c)
	}
	if c.Database.Reveal() != "sqlite:"+filepath.Join("kyodaku-data", "kyodaku.db") || c.KeyFile != filepath.Join("kyodaku-data", "key") {
		t.Errorf("%q %q", c.Database.Reveal(), c.KeyFile)
	}
	if c.SetUp.Wanted() || c.LogLevel != slog.LevelInfo || c.LogFormat != config.LogText || c.MetricsListen != "" || len(c.TrustedProxies) != 0 {
		t.Errorf("%+v", c)
	}
}

func TestFlagGoesBeforeVariableBeforeFile(t *testing.T) {
	t.Parallel()
	in := told{
		args: []string{"--listen", "0.0.0.0:1"},
		env:  []string{"KYODAKU_LISTEN=0.0.0.0:2", "KYODAKU_LOG_LEVEL=warn", "KYODAKU_CONFIG=k.toml"},
		files: map[string]string{"k.toml": `
listen = "0.0.0.0:3"
log_level = "debug"
log_format = "json"
trusted_proxies = ["10.0.0.0/8", "::1"]
[delivery]
mode = "relay"
relay = "smtp.example.com:587"
relay_user = "u"
relay_password_file = "/pw"
concurrency = 7
resolvers = ["192.0.2.53", "[2001:db8::1]:5353"]
`, "/pw": "geheim\r\n"},
	}
	c, err := in.load(t)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "0.0.0.0:1" || c.LogLevel != slog.LevelWarn || c.LogFormat != config.LogJSON || c.File != "k.toml" || c.PublicURL != "http://localhost:1" {
		t.Errorf("%+v", c)
	}
	if fmt.Sprint(c.TrustedProxies) != "[10.0.0.0/8 ::1/128]" || fmt.Sprint(c.Delivery.Resolvers) != "[192.0.2.53:53 [2001:db8::1]:5353]" {
		t.Error(c.TrustedProxies, c.Delivery.Resolvers)
	}
	if d := c.Delivery; d.Mode != config.Relay || d.Concurrency != 7 || d.RelayPassword.Reveal() != "geheim" {
		t.Errorf("%+v", d)
	}
	in.args = append(in.args, "--config", "other.toml")
	if _, err := in.load(t); wrongs(t, err) != "other.toml config.file.missing" {
		t.Error(err)
	}
}

func TestMistakesAreNamedWhereTheyStand(t *testing.T) {
	t.Parallel()
	file := func(text string) told {
		return told{args: []string{"--config", "/etc/k.toml"}, files: map[string]string{"/etc/k.toml": text}}
	}
	tests := map[string]struct {
		in   told
		want string
	}{
		"unknown variable":    {told{env: []string{"KYODAKU_LISTENN=x"}}, "KYODAKU_LISTENN config.unknown.near"},
		"strange variable":    {told{env: []string{"KYODAKU_ZZZZZZZZZZZZZZZZZZ=x"}}, "KYODAKU_ZZZZZZZZZZZZZZZZZZ config.unknown.name"},
		"control in name":     {told{env: []string{"KYODAKU_\x1b[31m\xff=x"}}, "KYODAKU_?[31m? config.unknown.name"},
		"unknown key":         {file(`listne = "x"`), "k.toml: listne config.unknown.near"},
		"wrong table":         {file("relay = \"x:1\""), "k.toml: relay config.unknown.near"},
		"unknown table":       {file("[smtp]\nhost = 1"), "k.toml: smtp config.unknown.name"},
		"too deep":            {file("[delivery.mode]\nx = 1"), "k.toml: delivery.mode config.value.kind"},
		"syntax":              {file("listen = \"a\"\nx = = geheim"), "/etc/k.toml config.file.syntax"},
		"boolean":             {file("listen = true"), "k.toml: listen config.value.kind"},
		"array for one":       {file(`listen = ["a:1"]`), "k.toml: listen config.value.kind"},
		"array of numbers":    {file(`trusted_proxies = [1]`), "k.toml: trusted_proxies config.value.kind"},
		"secret in file":      {file("[setup]\nadmin_password = \"geheim\""), "k.toml: setup.admin_password config.secret.in_file"},
		"line break":          {file(`data_dir = "a\nb"`), "k.toml: data_dir config.value.line"},
		"empty":               {told{args: []string{"--data-dir", ""}}, "--data-dir config.value.empty"},
		"no file":             {told{args: []string{"--config", "gone"}}, "gone config.file.missing"},
		"listen":              {told{args: []string{"--listen", "8080"}}, "--listen config.value.host_port"},
		"port":                {told{args: []string{"--listen", "127.0.0.1:99999"}}, "--listen config.value.host_port"},
		"database":            {told{env: []string{"KYODAKU_DATABASE=mysql://geheim@x"}}, "KYODAKU_DATABASE config.value.database"},
		"public url":          {told{args: []string{"--public-url", "https://x.example/a?b"}}, "--public-url config.value.public_url"},
		"everybody":           {told{args: []string{"--trusted-proxies", "10.0.0.1, 0.0.0.0/0"}}, "--trusted-proxies config.value.everybody"},
		"network":             {told{args: []string{"--trusted-proxies", "proxy.local"}}, "--trusted-proxies config.value.network"},
		"mode":                {told{args: []string{"--delivery-mode", "smtp"}}, "--delivery-mode config.value.one_of"},
		"level":               {told{args: []string{"--log-level", "loud"}}, "--log-level config.value.one_of"},
		"language":            {told{args: []string{"--setup-language", "fr"}}, "--setup-language config.value.one_of"},
		"relays":              {told{args: []string{"--delivery-relays", "relay.example"}}, "--delivery-relays config.value.relay"},
		"require tls":         {told{args: []string{"--delivery-require-tls", "example.jp=maybe"}}, "--delivery-require-tls config.value.require_tls"},
		"report from":         {told{args: []string{"--delivery-tls-report-from", "nobody"}}, "--delivery-tls-report-from config.value.address"},
		"signer":              {told{args: []string{"--delivery-signer", "relay"}}, "--delivery-signer config.relay.signer"},
		"concurrency":         {told{args: []string{"--delivery-concurrency", "0"}}, "--delivery-concurrency config.value.number"},
		"hostname":            {told{args: []string{"--delivery-hostname", "a b"}}, "--delivery-hostname config.value.hostname"},
		"resolver":            {told{args: []string{"--delivery-resolvers", "dns.example"}}, "--delivery-resolvers config.value.resolver"},
		"relay without host":  {told{args: []string{"--delivery-mode", "relay"}}, "delivery.relay config.relay.missing"},
		"user only":           {told{args: []string{"--delivery-relay-user", "u"}}, "--delivery-relay-user config.relay.password"},
		"password in clear":   {told{args: []string{"--delivery-relay-user", "u", "--delivery-relay-tls", "opportunistic"}, env: []string{"KYODAKU_DELIVERY_RELAY_PASSWORD=p"}}, "--delivery-relay-tls config.relay.plain_password"},
		"off to the world":    {told{args: []string{"--delivery-relay", "smtp.example.com:25", "--delivery-relay-tls", "off-loopback-only"}}, "--delivery-relay-tls config.relay.loopback"},
		"same address":        {told{args: []string{"--metrics-listen", "127.0.0.1:8080"}}, "--metrics-listen config.metrics.same"},
		"domain of nobody":    {told{args: []string{"--inbound-domain", "reply.example.com"}}, "inbound.listen config.inbound.both"},
		"mailbox of nobody":   {told{args: []string{"--inbound-domain", "reply.example.com", "--inbound-imap", "mail.example.com:993", "--inbound-imap-user", "u"}}, "--inbound-imap config.inbound.account"},
		"mailbox in clear":    {told{args: []string{"--inbound-domain", "reply.example.com", "--inbound-imap", "mail.example.com:143", "--inbound-imap-user", "u", "--inbound-imap-tls", "off-loopback-only"}, env: []string{"KYODAKU_INBOUND_IMAP_PASSWORD=p"}}, "--inbound-imap-tls config.inbound.loopback"},
		"inbound domain":      {told{args: []string{"--inbound-domain", "reply"}}, "--inbound-domain config.value.hostname"},
		"password twice":      {told{env: []string{"KYODAKU_SETUP_ADMIN_PASSWORD=a", "KYODAKU_SETUP_ADMIN_PASSWORD_FILE=/pw"}}, "KYODAKU_SETUP_ADMIN_PASSWORD_FILE config.secret.twice"},
		"no password file":    {told{env: []string{"KYODAKU_SETUP_ADMIN_PASSWORD_FILE=/pw"}}, "KYODAKU_SETUP_ADMIN_PASSWORD_FILE config.file.missing"},
		"empty password file": {told{env: []string{"KYODAKU_SETUP_ADMIN_PASSWORD_FILE=/pw"}, files: map[string]string{"/pw": "\n"}}, "KYODAKU_SETUP_ADMIN_PASSWORD_FILE config.secret.line"},
		"all at once":         {told{args: []string{"--listen", "x"}, env: []string{"KYODAKU_LOG_LEVEL=x", "KYODAKU_NOPE_NOPE_NOPE=1"}}, "KYODAKU_NOPE_NOPE_NOPE config.unknown.name; --listen config.value.host_port; KYODAKU_LOG_LEVEL config.value.one_of"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := tt.in.load(t)
			if got := wrongs(t, err); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if strings.Contains(fmt.Sprint(err), "geheim") {
				t.Errorf("a secret is told: %v", err)
			}
			if c.Listen != "" {
				t.Error("a half-read configuration is returned")
			}
		})
	}
}

func TestNearestNameIsProposed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"KYODAKU_DELIVERY_RELAYUSER": "KYODAKU_DELIVERY_RELAY_USER", "KYODAKU_DATADIR": "KYODAKU_DATA_DIR", "KYODAKU_LISTENN": "KYODAKU_LISTEN",
	} {
		_, err := told{env: []string{name + "=x"}}.load(t)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || len(f.Fields) != 1 || fmt.Sprint(f.Fields[0].Args) != "[Name "+want+"]" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPortThatTheSystemChoosesIsInNoAddress(t *testing.T) {
	t.Parallel()
	c, err := told{args: []string{"--listen", "127.0.0.1:0"}}.load(t)
	if err != nil || c.PublicURL != "" {
		t.Errorf("%q, %v", c.PublicURL, err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	c, err := told{env: []string{"KYODAKU_DATABASE=postgres://u:geheim@db/k", "KYODAKU_SETUP_ADMIN_PASSWORD=geheim", "KYODAKU_SETUP_ADMIN_EMAIL=a@b.example"}}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("config", "config", c, "database", c.Database)
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprintf("%q", c.Database), string(body), log.String()} {
		if strings.Contains(s, "geheim") {
			t.Errorf("printed: %s", s)
		}
	}
	if f := c.SetUp.Form(); c.SetUp.Wanted() || f.AdminPassword != "geheim" || f.AdminEmail != "a@b.example" || f.Workspace.Lang != i18n.Ja {
		t.Errorf("%+v", f)
	}
}

func TestHelpNamesEveryKeyInBothLanguages(t *testing.T) {
	t.Parallel()
	cmd := &cobra.Command{}
	config.Register(cmd.Flags(), printer(t, i18n.Ja))
	for _, l := range i18n.Langs() {
		p := printer(t, l)
		for _, text := range []string{config.Help(p), config.Markdown(p)} {
			if strings.Contains(text, "config.") || strings.Contains(text, "<no value>") {
				t.Errorf("a text is missing:\n%s", text)
			}
			for _, name := range []string{"KYODAKU_DELIVERY_RELAY_PASSWORD", "--setup-legal-name", "KYODAKU_CONFIG", "sqlite:<data_dir>/kyodaku.db"} {
				if !strings.Contains(text, name) {
					t.Errorf("%s is not told", name)
				}
			}
			if strings.Contains(text, "--delivery-relay-password`") || strings.Contains(text, "--setup-admin-password\n") {
				t.Error("a secret has a flag")
			}
		}
	}
	if cmd.Flags().Lookup("setup-admin-password") != nil || cmd.Flags().Lookup("setup-admin-password-file") == nil {
		t.Error("secrets come from files and variables only")
	}
}

func TestARealFileIsRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kyodaku.toml")
	if err := os.WriteFile(path, []byte("[setup]\nlegal_name = \"株式会社サンプル\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := &cobra.Command{}
	config.Register(cmd.Flags(), printer(t, i18n.Ja))
	c, err := config.Load(cmd.Flags(), []string{"KYODAKU_CONFIG=" + path}, os.ReadFile)
	if err != nil || c.SetUp.Label.LegalName != "株式会社サンプル" || c.SetUp.Wanted() { // who signs in is not told
		t.Error(c, err)
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "listen = \"a:1\"", "[delivery]\nmode = \"mx\"", "trusted_proxies = [\"10.0.0.0/8\"]", "[[delivery]]\nmode = 1", "a.b.c = {d = 1979-05-27}",
		"delivery = 3", "listen = \"\\u0000\"", "\xff", "x = [[[[]]]]", "[delivery.relay]\n\"\" = nan", "listen = '''\n'''",
	} {
		f.Add(seed)
	}
	p := printer(f, i18n.En)
	f.Fuzz(func(t *testing.T, text string) {
		cmd := &cobra.Command{}
		config.Register(cmd.Flags(), p)
		c, err := config.Load(cmd.Flags(), []string{"KYODAKU_CONFIG=k.toml"}, func(string) ([]byte, error) { return []byte(text), nil })
		if err == nil {
			if c.Listen == "" || c.DataDir == "" || c.KeyFile == "" || !slices.Contains([]config.Mode{config.MX, config.Relay, config.Catch}, c.Delivery.Mode) {
				t.Errorf("taken and incomplete: %+v", c)
			}
			return
		}
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("kind of %v", err)
		}
		fe, _ := errors.AsType[*fault.Error](err)
		for _, field := range fe.Fields {
			if strings.ContainsFunc(field.Name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("control characters reach the terminal: %q", field.Name)
			}
		}
	})
}

// TestEveryKeyCanBeTold finds a key that is in the table and goes nowhere.
func TestEveryKeyCanBeTold(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"KYODAKU_LISTEN": "[::1]:1", "KYODAKU_METRICS_LISTEN": ":2", "KYODAKU_PUBLIC_URL": "https://n.example/", "KYODAKU_TRUSTED_PROXIES": "192.0.2.1",
		"KYODAKU_DATABASE": "sqlite:x", "KYODAKU_LOG_LEVEL": "error", "KYODAKU_LOG_FORMAT": "json", "KYODAKU_DELIVERY_MODE": "mx",
		"KYODAKU_DELIVERY_RELAY": "localhost:25", "KYODAKU_DELIVERY_RELAY_TLS": "off-loopback-only", "KYODAKU_DELIVERY_CONCURRENCY": "3", "KYODAKU_DELIVERY_SIGNER": "go", "KYODAKU_DELIVERY_VALIDATING_RESOLVERS": "192.0.2.54",
		"KYODAKU_DELIVERY_RELAYS": "relay2.example:25=3", "KYODAKU_DELIVERY_REQUIRE_TLS": ".example.jp=verified", "KYODAKU_DELIVERY_TLS_REPORT_FROM": "tls@example.com",
		"KYODAKU_DELIVERY_RESOLVERS": "192.0.2.53", "KYODAKU_DELIVERY_SOURCES": "first=192.0.2.1", "KYODAKU_SETUP_LANGUAGE": "en", "KYODAKU_DELIVERY_HOSTNAME": "mail.example.com", "KYODAKU_INBOUND_LISTEN": ":2525", "KYODAKU_INBOUND_IMAP": "mail.example.com:143", "KYODAKU_INBOUND_IMAP_TLS": "starttls", "KYODAKU_INBOUND_DOMAIN": "Reply.example.com.",
	}
	files := map[string]string{}
	for line := range strings.Lines(config.Help(printer(t, i18n.En))) {
		name := strings.TrimSpace(line)
		if !strings.HasPrefix(name, "KYODAKU_") || name == "KYODAKU_CONFIG" {
			continue
		}
		if strings.HasSuffix(name, "_FILE") && name != "KYODAKU_KEY_FILE" {
			values[name], files["/"+name] = "/"+name, "from "+name
			delete(values, strings.TrimSuffix(name, "_FILE"))
		} else if values[name] == "" {
			values[name] = "value of " + name
		}
	}
	var env []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name+"_FILE"] == "" {
			env = append(env, name+"="+values[name])
		}
	}
	c, err := told{env: env, files: files}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%+v %s %s", c, c.Delivery.RelayPassword.Reveal(), c.SetUp.AdminPassword.Reveal())
	for name, v := range values {
		if strings.HasPrefix(v, "value of") && !strings.Contains(text, v) && !strings.HasSuffix(name, "PASSWORD") {
			t.Errorf("%s went nowhere", name)
		}
	}
	box := c.Inbound.IMAP
	if c.Inbound.Listen != ":2525" || c.Inbound.Domain != "reply.example.com" || box.Server != "mail.example.com:143" || box.TLS != config.IMAPStartTLS ||
		box.Password.Reveal() != "from KYODAKU_INBOUND_IMAP_PASSWORD_FILE" {
		t.Error(c.Inbound)
	}
	if c.Delivery.RelayPassword.Reveal() != "from KYODAKU_DELIVERY_RELAY_PASSWORD_FILE" || c.SetUp.AdminPassword.Reveal() != "from KYODAKU_SETUP_ADMIN_PASSWORD_FILE" {
		t.Error("password files went nowhere")
	}
}
