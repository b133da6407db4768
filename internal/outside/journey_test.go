package outside

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/cli/journey"
)

// The main job on a real server that knows nothing of tests, with Postfix as the
// receiver: everything is made through the pages, as an operator without script
// would, and then walked as readers and programs do.
func TestTheWholeWayFromOutside(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, o *office) {
		o.proveDomain()
		o.makeTopic("weekly", "週刊みどりだより")
		o.makeForm("weekly", "midori")
		var held []string
		err := journey.Walk(t.Context(), journey.Config{
			BaseURL: o.url, APIKey: o.makeKey(), FormSlug: "midori", TopicKey: "weekly", Reader: "haruka.mihon@" + mailDomain,
			LegalName: legalName, PostalAddress: postalAddress, Mailbox: mailbox{o}, DKIM: o.zone.lookup,
			Say: func(step string) { held = append(held, step) },
		})
		if err != nil {
			t.Fatalf("after %d steps: %v", len(held), err)
		}
		if len(held) != 12 {
			t.Errorf("%d steps: %q", len(held), held)
		}
		o.quiet()
	})
}

func TestAServerStopsAndStartsWhereItStood(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, o *office) {
		o.proveDomain()
		o.again()
		o.owner.open("/admin/").is(200).has("山田 花子")
		o.owner.open("/admin/settings/domains").lacks("badge-quiet")
		o.quiet()
	})
}
