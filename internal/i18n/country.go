package i18n

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Country is how people call the country of a code (ISO 3166-1, two letters): 日本 or Japan.
// What is no such code is given back as it is.
func (l Lang) Country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if l == Ja {
		return display.Regions(language.Japanese).Name(region)
	}
	return display.Regions(language.English).Name(region)
}
