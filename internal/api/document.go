package api

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// introduction opens the description of the interface.
const introduction = `Permissions as events, campaigns, and one question: may this message go to this address?

* What a person says is recorded as an **event** (POST /consents/events); states follow from events and cannot be written.
* GET /permission asks the very function that the sender asks, and names the rule when the answer is no.
* Lists have items and next; next is given as after to go on. Errors are problems (RFC 9457) with a stable code.
* A POST with an Idempotency-Key happens once. Edits carry the ETag of what they started from as If-Match.`

// config is how the interface reads and writes.
func (s *server) config() huma.Config {
	c := huma.DefaultConfig("Kyodaku", s.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", "" // served by New, from one text
	c.CreateHooks = nil                                   // no $schema links in answers
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{s.translate}
	c.Info.Description = introduction
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "An API key, made under Settings. It begins with kyk_."},
	}
	if s.BaseURL != "" {
		c.Servers = []*huma.Server{{URL: s.BaseURL}}
	}
	return c
}

// schemaName names a type for people who read the description.
func schemaName(t reflect.Type, hint string) string {
	return strings.ReplaceAll(huma.DefaultSchemaNamer(t, hint), "View", "")
}

// failure describes an answer that is a problem.
func (s *server) failure(why string) *huma.Response {
	schemas := s.api.OpenAPI().Components.Schemas
	return &huma.Response{Description: why, Content: map[string]*huma.MediaType{
		problemType: {Schema: schemas.Schema(reflect.TypeFor[problem](), true, "Problem")},
	}}
}

// document writes the description (OpenAPI 3.1) once.
func (s *server) document() ([]byte, error) {
	all := s.api.OpenAPI()
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // the library's own shape of errors
		delete(all.Components.Schemas.Map(), unused)
	}
	return json.Marshal(all)
}
