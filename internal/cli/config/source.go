package config

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Source is an address to send from. As an item of a list it is written
// name=address, and after that, each with a semicolon before it, hello=, start=,
// growth=, days= and begun=.
type Source struct {
	// Name names it for ever: what receivers think of it is stored under it.
	Name    string
	Address netip.Addr
	// Hello is its name in EHLO; "" is that of delivery.hostname.
	Hello string
	// Start is how many mails a day a provider gets from it on the first day of
	// warming up, Growth the factor from day to day, Days how many days it takes; 0
	// days means that it is warm already. Begun is the first day, in UTC.
	Start  int
	Growth float64
	Days   int
	Begun  time.Time
}

// usualGrowth doubles the ceiling in two days.
const usualGrowth = 1.4

// The bounds of what may be told of sources.
const (
	mostGrowth   = 10
	mostWarmUp   = 365
	mostFirstDay = 1_000_000
	mostSources  = 256
)

var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,40}$`)

// readSources reads the items of the list.
func readSources(c *Config, v string) problem {
	c.Delivery.Sources = nil
	for _, item := range split(v) {
		s, ok := readSource(item)
		twice := slices.ContainsFunc(c.Delivery.Sources, func(x Source) bool { return x.Name == s.Name || x.Address == s.Address })
		if !ok || twice || len(c.Delivery.Sources) == mostSources {
			return problem{"config.value.source", []any{"Value", item}}
		}
		c.Delivery.Sources = append(c.Delivery.Sources, s)
	}
	return problem{}
}

// readSource reads name=address;field=value and so on.
func readSource(item string) (Source, bool) {
	parts := strings.Split(item, ";")
	name, address, _ := strings.Cut(parts[0], "=")
	a, err := netip.ParseAddr(address)
	s := Source{Name: name, Address: a.Unmap(), Growth: usualGrowth}
	if err != nil || !sourceName.MatchString(name) || a.Zone() != "" || a.IsUnspecified() || a.IsMulticast() {
		return s, false
	}
	for _, part := range parts[1:] {
		field, value, _ := strings.Cut(part, "=")
		if !s.set(field, value) {
			return s, false
		}
	}
	return s, s.makesSense()
}

func (s *Source) set(field, value string) bool {
	var err error
	switch field {
	case "hello":
		s.Hello = strings.ToLower(strings.TrimSuffix(value, "."))
		return hostname.MatchString(value) && strings.Contains(value, ".") && len(value) <= 253
	case "start":
		s.Start, err = strconv.Atoi(value)
	case "growth":
		s.Growth, err = strconv.ParseFloat(value, 64)
	case "days":
		s.Days, err = strconv.Atoi(value)
	case "begun":
		s.Begun, err = time.Parse(time.DateOnly, value)
	default:
		return false
	}
	return err == nil
}

// makesSense says whether a warm-up is told wholly or not at all.
func (s *Source) makesSense() bool {
	if s.Days == 0 && s.Start == 0 && s.Begun.IsZero() {
		return true
	}
	return s.Days >= 1 && s.Days <= mostWarmUp && s.Start >= 1 && s.Start <= mostFirstDay &&
		s.Growth >= 1 && s.Growth <= mostGrowth && !s.Begun.IsZero()
}

// sourceRow writes a TOML table as an item.
func sourceRow(table map[string]any) (string, bool) {
	var b strings.Builder
	fmt.Fprintf(&b, "%v=%v", table["name"], table["address"])
	for _, field := range slices.Sorted(maps.Keys(table)) {
		value := fmt.Sprint(table[field])
		if day, ok := table[field].(time.Time); ok {
			value = day.Format(time.DateOnly)
		}
		if strings.ContainsAny(field+value, ",;= \t\r\n") {
			return "", false // it would be read as another field, or another item
		}
		if field != "name" && field != "address" {
			b.WriteString(";" + field + "=" + value)
		}
	}
	return b.String(), true
}
