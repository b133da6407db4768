package config

import "strings"

// key describes one thing that can be told: the one place that knows its name,
// its default and how it is read. Its help is the text config.key.<name>.
type key struct {
	// name is the TOML path, as delivery.relay_user.
	name string
	// fallback is the default as somebody would write it, "" for none.
	fallback string
	// secret values come from a variable, or from the file that name_file names.
	secret bool
	// list values are separated by commas, or a TOML array.
	list bool
	// row writes one TOML table of a list as its item; nil where items are only text.
	row func(table map[string]any) (item string, ok bool)
	// read checks a value and puts it into its place.
	read func(c *Config, value string) problem
}

// problem says what is wrong with a value; its zero value is none.
type problem struct {
	text string
	args []any
}

// The names under which the TOML file itself is told.
const (
	prefix     = "KYODAKU_"
	testPrefix = "KYODAKU_TEST_"
	fileFlag   = "config"
	fileEnv    = "KYODAKU_CONFIG"
)

// flag is the key as a flag, without its dashes: delivery-relay-user.
func (k key) flag() string { return strings.NewReplacer(".", "-", "_", "-").Replace(k.name) }

// env is the key as a variable: KYODAKU_DELIVERY_RELAY_USER.
func (k key) env() string { return prefix + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_")) }

// keys is the table of all keys, in the order of the help.
func keys() []key {
	return []key{
		{name: "data_dir", fallback: "kyodaku-data", read: text(func(c *Config) *string { return &c.DataDir })},
		{name: "database", read: readDatabase},
		{name: "key_file", read: text(func(c *Config) *string { return &c.KeyFile })},
		{name: "listen", fallback: "127.0.0.1:8080", read: hostPort(func(c *Config) *string { return &c.Listen })},
		{name: "public_url", read: readPublicURL},
		{name: "trusted_proxies", list: true, read: readProxies},
		{name: "metrics_listen", read: hostPort(func(c *Config) *string { return &c.MetricsListen })},
		{name: "log_level", fallback: "info", read: readLogLevel},
		{name: "log_format", fallback: "text", read: oneOf(func(c *Config) *LogFormat { return &c.LogFormat }, LogText, LogJSON)},

		{name: "delivery.mode", fallback: "catch", read: oneOf(func(c *Config) *Mode { return &c.Delivery.Mode }, MX, Relay, Catch)},
		{name: "delivery.relay", read: hostPort(func(c *Config) *string { return &c.Delivery.Relay })},
		{name: "delivery.relay_user", read: text(func(c *Config) *string { return &c.Delivery.RelayUser })},
		{name: "delivery.relay_password", secret: true, read: secret(func(c *Config) *Secret { return &c.Delivery.RelayPassword })},
		{name: "delivery.relay_password_file", read: text(func(c *Config) *string { return &c.Delivery.passwordFile })},
		{name: "delivery.relay_tls", fallback: "require", read: oneOf(func(c *Config) *RelayTLS { return &c.Delivery.RelayTLS }, TLSRequire, TLSOpportunistic, TLSOff)},
		{name: "delivery.relays", list: true, read: readRelays},
		{name: "delivery.hostname", read: fullName(func(c *Config) *string { return &c.Delivery.Hostname })},
		{name: "delivery.concurrency", read: readConcurrency},
		{name: "delivery.signer", fallback: "auto", read: oneOf(func(c *Config) *Signer { return &c.Delivery.Signer }, SignAuto, SignLibcrypto, SignGo, SignRelay)},
		{name: "delivery.resolvers", list: true, read: resolverList(func(c *Config) *[]string { return &c.Delivery.Resolvers })},
		{name: "delivery.validating_resolvers", list: true, read: resolverList(func(c *Config) *[]string { return &c.Delivery.Validating })},
		{name: "delivery.require_tls", list: true, read: readRequireTLS},
		{name: "delivery.tls_report_from", read: readReportFrom},
		{name: "delivery.sources", list: true, row: sourceRow, read: readSources},
		{name: "delivery.profiles_dir", read: text(func(c *Config) *string { return &c.Delivery.ProfilesDir })},

		{name: "inbound.listen", read: hostPort(func(c *Config) *string { return &c.Inbound.Listen })},
		{name: "inbound.imap", read: hostPort(func(c *Config) *string { return &c.Inbound.IMAP.Server })},
		{name: "inbound.imap_user", read: text(func(c *Config) *string { return &c.Inbound.IMAP.User })},
		{name: "inbound.imap_password", secret: true, read: secret(func(c *Config) *Secret { return &c.Inbound.IMAP.Password })},
		{name: "inbound.imap_password_file", read: text(func(c *Config) *string { return &c.Inbound.IMAP.passwordFile })},
		{name: "inbound.imap_folder", fallback: "INBOX", read: text(func(c *Config) *string { return &c.Inbound.IMAP.Folder })},
		{name: "inbound.imap_tls", fallback: "implicit", read: oneOf(func(c *Config) *IMAPTLS { return &c.Inbound.IMAP.TLS }, IMAPImplicit, IMAPStartTLS, IMAPOff)},
		{name: "inbound.domain", read: fullName(func(c *Config) *string { return &c.Inbound.Domain })},

		{name: "hooks.token", secret: true, read: secret(func(c *Config) *Secret { return &c.Hooks.Token })},
		{name: "hooks.token_file", read: text(func(c *Config) *string { return &c.Hooks.tokenFile })},
		{name: "hooks.ses_topics", list: true, read: readTopics},
		{name: "hooks.sendgrid_key", read: text(func(c *Config) *string { return &c.Hooks.SendGridKey })},
		{name: "hooks.mailgun_key", secret: true, read: secret(func(c *Config) *Secret { return &c.Hooks.MailgunKey })},
		{name: "hooks.mailgun_key_file", read: text(func(c *Config) *string { return &c.Hooks.mailgunKeyFile })},

		{name: "setup.language", fallback: "ja", read: readLanguage},
		{name: "setup.workspace_name", read: text(func(c *Config) *string { return &c.SetUp.WorkspaceName })},
		{name: "setup.zone", fallback: "Asia/Tokyo", read: text(func(c *Config) *string { return &c.SetUp.Zone })},
		{name: "setup.legal_name", read: text(func(c *Config) *string { return &c.SetUp.Label.LegalName })},
		{name: "setup.legal_name_en", read: text(func(c *Config) *string { return &c.SetUp.Label.LegalNameEn })},
		{name: "setup.postal_address", read: text(func(c *Config) *string { return &c.SetUp.Label.PostalAddress })},
		{name: "setup.postal_address_en", read: text(func(c *Config) *string { return &c.SetUp.Label.PostalAddressEn })},
		{name: "setup.phone", read: text(func(c *Config) *string { return &c.SetUp.Label.Phone })},
		{name: "setup.email", read: text(func(c *Config) *string { return &c.SetUp.Label.Email })},
		{name: "setup.url", read: text(func(c *Config) *string { return &c.SetUp.Label.URL })},
		{name: "setup.from_name", read: text(func(c *Config) *string { return &c.SetUp.FromName })},
		{name: "setup.from_address", read: text(func(c *Config) *string { return &c.SetUp.FromAddress })},
		{name: "setup.admin_email", read: text(func(c *Config) *string { return &c.SetUp.AdminEmail })},
		{name: "setup.admin_name", read: text(func(c *Config) *string { return &c.SetUp.AdminName })},
		{name: "setup.admin_password", secret: true, read: secret(func(c *Config) *Secret { return &c.SetUp.AdminPassword })},
		{name: "setup.admin_password_file", read: text(func(c *Config) *string { return &c.SetUp.passwordFile })},
	}
}
