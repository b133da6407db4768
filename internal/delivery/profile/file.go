package profile

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

// file is a profile as it is written down.
type file struct {
	ID      string   `toml:"id"`
	Ja      string   `toml:"ja"`
	En      string   `toml:"en"`
	AsOf    string   `toml:"as_of"`
	Sources []string `toml:"sources"`

	Match struct {
		Domains []string `toml:"domains"`
		MX      []string `toml:"mx"`
	} `toml:"match"`

	Connections        Range[int]     `toml:"connections"`
	MailsPerConnection Range[int]     `toml:"mails_per_connection"`
	MailsPerSecond     Range[float64] `toml:"mails_per_second"`
	Session            session        `toml:"session"`
	UnknownUsers       Breaker        `toml:"unknown_users"`
	Retry              retry          `toml:"retry"`
	Rules              []reply.Rule   `toml:"rule"`
}

// session is what holds for one connection.
type session struct {
	MostRecipients int           `toml:"most_recipients"`
	MaxSize        int64         `toml:"max_size"`
	IdleClose      time.Duration `toml:"idle_close"`
	TLS            TLS           `toml:"tls"`
	LegacyLocal    LegacyLocal   `toml:"legacy_local"`
	ResetIsRate    bool          `toml:"reset_is_rate"`
	Chunking       bool          `toml:"chunking"`
}

type retry struct {
	After []time.Duration `toml:"after"`
	Pause time.Duration   `toml:"pause"`
}

var (
	errUnknownKey = errors.New("unknown key")
	errNotDated   = errors.New("as_of: missing: data without a date cannot be trusted")
)

// decode reads one file strictly.
func decode(text string, into *file) (toml.MetaData, error) {
	meta, err := toml.Decode(text, into)
	if err != nil {
		return meta, err
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return meta, fmt.Errorf("%w %s", errUnknownKey, extra[0])
	}
	if !meta.IsDefined("as_of") {
		return meta, errNotDated
	}
	return meta, nil
}

// over reads a file that says only what is different from base. Its rules are asked
// before base's.
func (base file) over(text string) (file, error) {
	f := base
	f.Sources = slices.Clone(base.Sources)
	f.Match.Domains, f.Match.MX = slices.Clone(base.Match.Domains), slices.Clone(base.Match.MX)
	f.Retry.After = slices.Clone(base.Retry.After)
	f.Rules = nil
	if _, err := decode(text, &f); err != nil {
		return f, err
	}
	for _, r := range base.Rules {
		if !slices.ContainsFunc(f.Rules, func(own reply.Rule) bool { return own.ID == r.ID }) {
			f.Rules = append(f.Rules, r)
		}
	}
	return f, nil
}

// profile checks the file and builds what it describes.
func (f file) profile(general *reply.Rules) (*Profile, error) {
	asOf, err := f.check()
	if err != nil {
		return nil, err
	}
	rules, err := general.With(f.Rules, f.Session.ResetIsRate)
	if err != nil {
		return nil, err
	}
	return &Profile{
		ID: f.ID, Ja: f.Ja, En: f.En, AsOf: asOf, Sources: f.Sources,
		Domains: f.Match.Domains, MX: f.Match.MX,
		Connections: f.Connections, MailsPerConnection: f.MailsPerConnection, MailsPerSecond: f.MailsPerSecond,
		MostRecipients: f.Session.MostRecipients, MaxSize: f.Session.MaxSize, IdleClose: f.Session.IdleClose,
		TLS: f.Session.TLS, LegacyLocal: f.Session.LegacyLocal, ResetIsRate: f.Session.ResetIsRate, Chunking: f.Session.Chunking,
		UnknownUsers: f.UnknownUsers, Retry: f.Retry.After, Pause: f.Retry.Pause, Replies: rules,
	}, nil
}
