package i18n

import "testing"

func TestCountriesHaveNames(t *testing.T) {
	t.Parallel()
	for code, want := range map[string][2]string{"JP": {"日本", "Japan"}, "US": {"アメリカ合衆国", "United States"}, "GB": {"イギリス", "United Kingdom"}, "": {"", ""}, "乙": {"乙", "乙"}} {
		if ja, en := Ja.Country(code), En.Country(code); ja != want[0] || en != want[1] {
			t.Errorf("%s: %s, %s", code, ja, en)
		}
	}
}
