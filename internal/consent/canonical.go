package consent

import (
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// encodingVersion names the canonical encoding. It is the first member of every
// encoded event; a change of the encoding gets a new name and the old one stays.
const encodingVersion = "kyodaku-event-v1"

// canonical appends the canonical encoding of an event, the bytes that are
// committed to. kyodaku-event-v1 is one JSON object (RFC 8259) without white
// space, with all of these members in this order:
//
//	v, id, workspace, contact, address, channel, topic, action, basis, method,
//	occurred_at, received_at, valid_until, paused_until, frequency_count,
//	frequency_period, refers_to, operator, grade, evidence
//
// Ids are opaque ids (evt_…); times are UTC with exactly six decimals,
// 2026-11-21T05:05:00.000000Z; none is the empty string. frequency_count is a
// decimal number. No string of them needs escaping. evidence is the JSON object as
// stored, byte for byte: its own encoder may change, what was stored does not.
func canonical(b []byte, e *Event, evidence string) []byte {
	b = append(b, `{"v":"`+encodingVersion+`"`...)
	b = member(b, "id", public("evt", e.ID))
	b = member(b, "workspace", public("ws", e.Workspace))
	b = member(b, "contact", public("con", e.Contact))
	b = member(b, "address", public("adr", e.Address))
	b = member(b, "channel", string(e.Channel))
	b = member(b, "topic", public("tpc", e.Topic))
	b = member(b, "action", string(e.Action))
	b = member(b, "basis", string(e.Basis))
	b = member(b, "method", string(e.Method))
	b = member(b, "occurred_at", instant(e.OccurredAt))
	b = member(b, "received_at", instant(e.ReceivedAt))
	b = member(b, "valid_until", instant(e.ValidUntil))
	b = member(b, "paused_until", instant(e.PausedUntil))
	b = append(b, `,"frequency_count":`...)
	b = strconv.AppendInt(b, int64(e.Frequency.Count), 10)
	b = member(b, "frequency_period", string(e.Frequency.Period))
	b = member(b, "refers_to", public("evt", e.RefersTo))
	b = member(b, "operator", public("op", e.Operator))
	b = member(b, "grade", string(e.Grade))
	b = append(b, `,"evidence":`...)
	b = append(b, evidence...)
	return append(b, '}')
}

// member appends a member whose value needs no escaping.
func member(b []byte, name, value string) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":"`...)
	b = append(b, value...)
	return append(b, '"')
}

// public is the opaque id of a row, "" for none.
func public(prefix string, id int64) string {
	if id == 0 {
		return ""
	}
	return store.Public(prefix, id)
}

// instant writes a time the canonical way, "" for none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}
