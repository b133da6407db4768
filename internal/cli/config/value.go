package config

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

// text reads one line as it is.
func text(field func(*Config) *string) func(*Config, string) problem {
	return func(c *Config, v string) problem {
		*field(c) = v
		return problem{}
	}
}

func secret(field func(*Config) *Secret) func(*Config, string) problem {
	return func(c *Config, v string) problem {
		*field(c) = Secret{v}
		return problem{}
	}
}

// oneOf reads one of a few words.
func oneOf[T ~string](field func(*Config) *T, words ...T) func(*Config, string) problem {
	return func(c *Config, v string) problem {
		var known []string
		for _, w := range words {
			if v == string(w) {
				*field(c) = w
				return problem{}
			}
			known = append(known, string(w))
		}
		return problem{"config.value.one_of", []any{"Words", strings.Join(known, ", ")}}
	}
}

func hostPort(field func(*Config) *string) func(*Config, string) problem {
	return func(c *Config, v string) problem {
		if !isHostPort(v) {
			return problem{text: "config.value.host_port"}
		}
		*field(c) = v
		return problem{}
	}
}

func isHostPort(v string) bool {
	host, port, err := net.SplitHostPort(v)
	n, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil || n > 65535 {
		return false
	}
	_, ipErr := netip.ParseAddr(host)
	return host == "" || ipErr == nil || hostname.MatchString(host)
}

var hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*\.?$`)

// fullName reads a host name with a domain.
func fullName(field func(*Config) *string) func(*Config, string) problem {
	return func(c *Config, v string) problem {
		if !hostname.MatchString(v) || !strings.Contains(v, ".") || len(v) > 253 {
			return problem{text: "config.value.hostname"}
		}
		*field(c) = strings.ToLower(strings.TrimSuffix(v, "."))
		return problem{}
	}
}

func readDatabase(c *Config, v string) problem {
	for _, scheme := range []string{"sqlite:", "postgres://", "postgresql://"} {
		if rest, ok := strings.CutPrefix(v, scheme); ok && rest != "" {
			c.Database = Secret{v}
			return problem{}
		}
	}
	return problem{text: "config.value.database"}
}

func readPublicURL(c *Config, v string) problem {
	v = strings.TrimRight(v, "/")
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return problem{text: "config.value.public_url"}
	}
	c.PublicURL = v
	return problem{}
}

// readProxies reads networks and single addresses. A network of everybody would
// let everybody say who they are.
func readProxies(c *Config, v string) problem {
	c.TrustedProxies = nil
	for _, item := range split(v) {
		p, err := netip.ParsePrefix(item)
		if a, addrErr := netip.ParseAddr(item); addrErr == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return problem{"config.value.network", []any{"Value", item}}
		}
		if p.Bits() == 0 {
			return problem{text: "config.value.everybody"}
		}
		c.TrustedProxies = append(c.TrustedProxies, p.Masked())
	}
	return problem{}
}

// resolverList reads DNS servers; the port is 53 if none is given.
func resolverList(into func(*Config) *[]string) func(*Config, string) problem {
	return func(c *Config, v string) problem {
		list := into(c)
		*list = nil
		for _, item := range split(v) {
			if a, err := netip.ParseAddr(item); err == nil {
				item = net.JoinHostPort(a.String(), "53")
			}
			ap, err := netip.ParseAddrPort(item)
			if err != nil || ap.Port() == 0 {
				return problem{"config.value.resolver", []any{"Value", item}}
			}
			*list = append(*list, ap.String())
		}
		return problem{}
	}
}

// readTopics reads the names of SNS topics.
func readTopics(c *Config, v string) problem {
	c.Hooks.SESTopics = split(v)
	return problem{}
}

// split reads a list with commas; empty items are let fall.
func split(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

// The usual and the largest numbers of connections.
const (
	usualConcurrency = 50
	mxConcurrency    = 1000
	maxConcurrency   = 10_000
)

func readConcurrency(c *Config, v string) problem {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > maxConcurrency {
		return problem{"config.value.number", []any{"Min", 1, "Max", maxConcurrency}}
	}
	c.Delivery.Concurrency = n
	return problem{}
}

func readLogLevel(c *Config, v string) problem {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[v]
	if !ok {
		return problem{"config.value.one_of", []any{"Words", "debug, info, warn, error"}}
	}
	c.LogLevel = level
	return problem{}
}

func readLanguage(c *Config, v string) problem {
	if !i18n.Lang(v).Valid() {
		return problem{"config.value.one_of", []any{"Words", "ja, en"}}
	}
	c.SetUp.Lang = i18n.Lang(v)
	return problem{}
}

// isLine says whether a value is text on one line; nothing here may be more.
func isLine(v string) bool {
	return utf8.ValidString(v) && !strings.ContainsFunc(v, unicode.IsControl)
}
