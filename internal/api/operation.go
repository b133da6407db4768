package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// anyKey is the scope of what every key may see.
const anyKey account.Scope = ""

// operation is what differs between the operations.
type operation struct {
	method, path, id, summary string
	scope                     account.Scope
	// status of the good answer; 0 is 200.
	status int
	// download is the media type of a good answer that is no JSON.
	download string
	// upload are the media types of a body that is taken as it comes; none is JSON.
	upload []string
}

// register adds an operation that needs a key with a scope.
func register[I, O any](s *server, o operation, do func(ctx context.Context, c call, in *I) (*O, error)) {
	op := s.describe(o)
	op.Middlewares = huma.Middlewares{s.authenticate(o.scope), s.limit, s.mediaType(o.upload), s.once}
	s.scopes[o.id] = o.scope
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		c, ok := ctx.Value(callKey{}).(call)
		if !ok {
			return nil, s.problem(ctx, fault.New(fault.Unauthenticated, "fault.unauthenticated"), i18n.En)
		}
		out, err := do(ctx, c, in)
		if err != nil {
			return nil, s.problem(ctx, err, c.lang)
		}
		return out, nil
	})
}

// describe makes the description of an operation.
func (s *server) describe(o operation) huma.Operation {
	tag, _, _ := strings.Cut(strings.TrimPrefix(o.path, "/"), "/")
	scopes := []string{}
	if o.scope != anyKey {
		scopes = append(scopes, string(o.scope))
	}
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: prefix + o.path, Summary: o.summary, DefaultStatus: o.status,
		Tags: []string{tag}, MaxBodyBytes: maxBody, Security: []map[string][]string{{"key": scopes}},
		Responses: s.failures(o),
	}
	if o.scope != anyKey {
		op.Description = "Needs the scope `" + string(o.scope) + "`."
	}
	if o.download != "" {
		op.Responses["200"] = &huma.Response{Description: "The file.", Content: map[string]*huma.MediaType{
			o.download: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
	}
	if o.method == http.MethodPost {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: onceHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(maxOnceKey)},
			Description: "Your own name for this request. Sent again within a day, it gets the same answer and happens once.",
		})
	}
	if len(o.upload) > 0 {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
		for _, mediaType := range o.upload {
			op.RequestBody.Content[mediaType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		}
	}
	return op
}

// failures are the answers that are problems.
func (s *server) failures(o operation) map[string]*huma.Response {
	all := map[string]*huma.Response{
		"401": s.failure("The key is missing, wrong or has ended."), "403": s.failure("The key lacks the scope."),
		"422": s.failure("Something in the request cannot be; `errors` names the fields."),
		"429": s.failure("The key asks too often; `Retry-After` tells when it may again."),
		"500": s.failure("Our fault; the same request may go through later."),
	}
	if strings.Contains(o.path, "{id}") {
		all["404"] = s.failure("The workspace of the key has no such thing.")
	}
	if o.method == http.MethodPost {
		all["409"] = s.failure("It clashes with what is there already, or with what state it is in.")
	}
	if o.method == http.MethodPatch {
		all["412"] = s.failure("Somebody else was faster: the `ETag` is another one by now.")
		all["428"] = s.failure("`If-Match` is missing.")
	}
	if o.method == http.MethodPost || o.method == http.MethodPatch {
		all["413"] = s.failure("The body is too large.")
		all["415"] = s.failure("The body is of a media type that is not understood here.")
	}
	return all
}
