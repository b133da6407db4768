package campaign

import (
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/keyring"
)

// Links makes the personal addresses of a message.
type Links struct {
	Ring *keyring.Ring
	// PublicURL is where readers reach us, without a slash at the end.
	PublicURL string
	// MailDomain takes refusals and bounces by mail; empty when no listener runs,
	// and then no mailto is promised.
	MailDomain string
}

// UnsubscribeBox begins the local part of mail by which readers refuse.
const UnsubscribeBox = "u+"

func (l Links) returns() delivery.ReturnPaths {
	return delivery.ReturnPaths{Ring: l.Ring, Domain: l.MailDomain}
}

// reader is one message to one address, as links name it.
type reader struct {
	workspace, address, topic, message int64
	slug                               string
	at                                 time.Time
}

func (l Links) of(r reader) compose.Links {
	t := keyring.Token{
		Workspace: r.workspace, Address: r.address, Topic: r.topic, ID: r.message, IssuedAt: r.at,
	}
	page := func(path string, p keyring.Purpose) string {
		t.Purpose = p
		return l.PublicURL + "/" + path + "/" + l.Ring.Sign(t)
	}
	out := compose.Links{
		Unsubscribe: page("unsubscribe", keyring.Unsubscribe),
		Preferences: page("preferences", keyring.Preferences),
		Why:         page("why", keyring.Why),
		SenderPage:  l.PublicURL + "/s/" + r.slug,
	}
	if l.MailDomain != "" {
		token := out.Unsubscribe[strings.LastIndexByte(out.Unsubscribe, '/')+1:]
		out.UnsubscribeMailto = "mailto:" + UnsubscribeBox + token + "@" + l.MailDomain + "?subject=unsubscribe"
	}
	return out
}
