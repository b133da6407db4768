package inbound

import (
	"net/url"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/bounce"
	"github.com/kyodaku/kyodaku/internal/keyring"
)

// proven finds the message that a report is about by what only its receiver can know:
// the mark in its return path, or the token in one of its exits. What names a message
// in another way can be invented. 0 is none.
func (s *Server) proven(o bounce.Original, now time.Time) int64 {
	local, _, _ := strings.Cut(o.ReturnPath, "@")
	if name, mark, ok := strings.Cut(local, "+"); ok && strings.EqualFold(name, "b") {
		if id, ok := s.c.Ring.VerifyReturn(mark); ok {
			return id
		}
	}
	for _, exit := range o.Exits {
		t, err := s.c.Ring.Verify(tokenOf(exit), keyring.Unsubscribe, now, 0)
		if err == nil && t.ID != 0 {
			return t.ID
		}
	}
	return 0
}

// tokenOf is the token in the address of an exit: the end of its path, or what stands
// behind the plus of its box.
func tokenOf(exit string) string {
	u, err := url.Parse(exit)
	if err != nil {
		return ""
	}
	if strings.EqualFold(u.Scheme, "mailto") {
		local, _, _ := strings.Cut(u.Opaque, "@")
		_, token, _ := strings.Cut(local, "+")
		return token
	}
	return u.Path[strings.LastIndexByte(u.Path, '/')+1:]
}
