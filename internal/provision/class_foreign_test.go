package provision

import "testing"

// TestOnlyACountryThatWasToldIsServed holds what a wording tells of a provision abroad (APPI
// 28(2), APPI-R 17).
func TestOnlyACountryThatWasToldIsServed(t *testing.T) {
	t.Parallel()
	india := Foreign{Needed: true, Country: Text{Ja: "インド"}, Code: "IN", System: Text{Ja: "DPDP法"}, Measures: Text{Ja: "暗号化"}}
	change := func(do func(*Foreign)) Foreign { f := india; do(&f); return f }
	for name, c := range map[string]struct {
		told    Foreign
		country string
		want    bool
	}{
		"the country":         {india, "IN", true},
		"another":             {india, "KP", false},
		"one of two":          {change(func(f *Foreign) { f.Code = "US、IN" }), "IN", true},
		"no code":             {change(func(f *Foreign) { f.Code = "" }), "IN", false},
		"no system":           {change(func(f *Foreign) { f.System = Text{} }), "IN", false},
		"no measures":         {change(func(f *Foreign) { f.Measures = Text{} }), "IN", false},
		"nobody abroad":       {change(func(f *Foreign) { f.Needed = false }), "IN", false},
		"nobody knows which":  {Foreign{Needed: true, Unknown: Text{Ja: "選定前のため"}, Measures: Text{Ja: "暗号化"}}, "IN", true},
		"known and yet not":   {change(func(f *Foreign) { f.Unknown = Text{Ja: "選定前のため"} }), "KP", false},
		"a name without code": {change(func(f *Foreign) { f.Code, f.Unknown = "", Text{Ja: "選定前のため"} }), "KP", false},
	} {
		if got := c.told.tells(c.country); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if err := (Items{Terms: Terms{Foreign: change(func(f *Foreign) { f.Code = "IN, Korea" })}}).check(); err == nil {
		t.Error("a code that no country has")
	}
}
