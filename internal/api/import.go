package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

type importInput struct {
	Basis      string `query:"basis" enum:",B1,B2,B3,B4" doc:"for rows without a basis of their own"`
	Origin     string `query:"origin" default:"own" doc:"how the list came about; see the import guide"`
	Source     string `query:"source"`
	ObtainedAt string `query:"obtained_at" doc:"date, 2026-01-31"`
	Evidence   string `query:"evidence"`
	Written    bool   `query:"written"`
	Topic      string `query:"topic" doc:"key or id"`
	Encoding   string `query:"encoding" doc:"detected if empty"`
	DryRun     bool   `query:"dry_run"`
	Name       string `query:"name" default:"api.csv"`

	body io.Reader
}

// Resolve implements huma.Resolver: the body is streamed, never held whole.
func (in *importInput) Resolve(h huma.Context) []error {
	in.body = h.BodyReader()
	return nil
}

type jobView struct {
	ID     string         `json:"id"`
	State  string         `json:"state"`
	Done   int64          `json:"done"`
	Total  int64          `json:"total"`
	Result map[string]any `json:"result,omitempty"`
	Error  string         `json:"error,omitempty"`
}

func (s *server) importOperations() {
	register(s, operation{http.MethodPost, "/imports", "startImport", "Import contacts from CSV with their evidence", account.ContactsWrite, http.StatusAccepted}, s.startImport)
	register(s, operation{http.MethodGet, "/imports/{id}", "getImport", "Progress and result of an import", account.ContactsRead, 0}, s.getImport)
}

func (s *server) startImport(ctx context.Context, c call, in *importInput) (*one[jobView], error) {
	order, err := s.Importer.Receive(ctx, c.workspace(), in.Name, in.body, c.now)
	if err != nil {
		return nil, err
	}
	if err := s.declare(ctx, c, &order, in); err != nil {
		return nil, err
	}
	var id int64
	if err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if id, err = s.Importer.Start(ctx, tx, c.workspace(), 0, order, c.now); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, "contact.import", "job", id)
	}); err != nil {
		return nil, err
	}
	return &one[jobView]{jobView{ID: store.Public("job", id), State: string(job.Queued)}}, nil
}

func (s *server) declare(ctx context.Context, c call, order *contact.Import, in *importInput) error {
	order.Declared = contact.Declaration{
		Origin: contact.Origin(in.Origin), Basis: contact.Basis(in.Basis), Source: in.Source, Evidence: in.Evidence, Written: in.Written,
	}
	order.Encoding, order.DryRun, order.Lang = in.Encoding, in.DryRun, c.lang
	if in.ObtainedAt != "" {
		at, err := time.Parse(time.DateOnly, in.ObtainedAt)
		if err != nil {
			return fault.Bad("obtained_at", "api.date.bad")
		}
		order.Declared.At = at
	}
	if in.Topic != "" {
		t, err := s.topic(ctx, c, in.Topic)
		if err != nil {
			return err
		}
		order.Topics = []int64{t.ID}
	}
	keys, err := s.topicKeys(ctx, c)
	order.TopicKeys = make(map[string]int64, len(keys))
	for id, key := range keys {
		order.TopicKeys[key] = id
	}
	return err
}

func (s *server) getImport(ctx context.Context, c call, in *byID) (*one[jobView], error) {
	id, err := store.ParsePublic("job", in.ID)
	if err != nil {
		return nil, err
	}
	j, err := job.Get(ctx, s.DB, c.workspace(), id)
	if err != nil {
		return nil, err
	}
	v := jobView{ID: in.ID, State: string(j.State), Done: j.Done, Total: j.Total, Error: j.Error}
	return &one[jobView]{v}, j.DecodeResult(&v.Result)
}
