package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

type importInput struct {
	Basis       string `query:"basis" enum:",B1,B2,B3,B4" doc:"for rows without a basis of their own"`
	Origin      string `query:"origin" default:"own" enum:"own,shared,optout,succession,purchased,rented,appended,scraped" doc:"how the list came about; bought, rented, appended and scraped lists are not taken"`
	Source      string `query:"source" maxLength:"500" doc:"where and how the addresses were obtained"`
	ObtainedAt  string `query:"obtained_at" doc:"date in the workspace's zone, 2026-01-31"`
	Evidence    string `query:"evidence" maxLength:"500" doc:"names the proof"`
	Express     bool   `query:"express" doc:"for B1: the people agreed in so many words that can be shown (a ticked box, a signed form); needed for Germany and Canada, for individuals in the European Union and the United Kingdom, and where no country can be told"`
	Written     bool   `query:"written" doc:"for B2: the address was notified in writing"`
	AdsDeclined bool   `query:"ads_declined" doc:"advertising was declined when the address was notified or published"`
	PagesSilent bool   `query:"pages_silent" doc:"for B4: somebody looked at the pages, and none declines advertising"`
	Purpose     string `query:"purpose" enum:",ads,other,held" doc:"what people were told when the addresses were collected: that advertising is mailed (ads), or something else; held takes a list that allows no mail, without topic, basis and evidence, also of people without a mail address, who need a name; needed unless the file brings refusals"`
	Carried     bool   `query:"carried" doc:"for succession: the purposes of the former business go on"`
	Probed      bool   `query:"probed" doc:"the addresses were tried out against mail servers; such lists are not taken"`
	Entity      string `query:"entity" maxLength:"200" doc:"the legal entity that got the permissions, if not the workspace itself"`
	receiptInput
	Topic    string `query:"topic" doc:"key or id; for rows without a topic of their own"`
	Encoding string `query:"encoding" doc:"detected if empty"`
	DryRun   bool   `query:"dry_run" doc:"report all, change nothing"`
	Name     string `query:"name" default:"api.csv" maxLength:"200"`

	body io.Reader
}

// receiptInput is the record of personal data received from a third party (APPI 30).
type receiptInput struct {
	Provider        string `query:"provider" maxLength:"200" doc:"for lists from somebody else: the provider's official name"`
	ProviderAddress string `query:"provider_address" maxLength:"300" doc:"the provider's address"`
	Representative  string `query:"representative" maxLength:"200" doc:"the provider's representative"`
	Acquisition     string `query:"acquisition" maxLength:"500" doc:"how the provider got the data"`
	ReceiptEvidence string `query:"receipt_evidence" maxLength:"500" doc:"the paper that showed it"`
	ReceivedAt      string `query:"received_at" doc:"day of receipt in the workspace's zone, 2026-01-31"`
	PublishedAt     string `query:"published_at" doc:"for optout: day on which the publication of the provider's filing was seen"`
}

// receipt reads the record; a day that cannot be read is a wrong field.
func (in *receiptInput) receipt(zone *time.Location) (contact.Receipt, error) {
	r := contact.Receipt{
		Provider: in.Provider, Address: in.ProviderAddress, Representative: in.Representative,
		Acquisition: in.Acquisition, Evidence: in.ReceiptEvidence,
	}
	for _, day := range [...]struct {
		name, text string
		at         *time.Time
	}{{"received_at", in.ReceivedAt, &r.ReceivedAt}, {"published_at", in.PublishedAt, &r.PublishedAt}} {
		if day.text == "" {
			continue
		}
		at, err := time.ParseInLocation(time.DateOnly, day.text, zone)
		if err != nil {
			return r, fault.Bad(day.name, "api.date.bad")
		}
		*day.at = at
	}
	return r, nil
}

// Resolve implements huma.Resolver: the body is streamed, never held whole.
func (in *importInput) Resolve(h huma.Context) []error {
	r, w := humago.Unwrap(h)
	in.body = http.MaxBytesReader(w, r.Body, maxUpload)
	return nil
}

type jobView struct {
	ID        string      `json:"id"`
	State     string      `json:"state" enum:"queued,running,done,failed,stopped"`
	Done      int64       `json:"done" doc:"bytes read"`
	Total     int64       `json:"total" doc:"bytes of the file"`
	Result    *importView `json:"result,omitempty"`
	ErrorFile string      `json:"error_file,omitempty" doc:"path of the rows that were not taken, as CSV"`
	Error     string      `json:"error,omitempty"`
}

// importView tells what came of an import so far.
type importView struct {
	DryRun     bool             `json:"dry_run"`
	Rows       int64            `json:"rows" doc:"added + updated + same + refused"`
	Added      int64            `json:"added"`
	Updated    int64            `json:"updated"`
	Same       int64            `json:"same"`
	Refused    int64            `json:"refused" doc:"rows that were not taken"`
	Refusals   int64            `json:"refusals" doc:"rows that brought a person's no"`
	Alone      int64            `json:"refusals_alone" doc:"of these, rows of which nothing but the no was taken: something else in them cannot be read"`
	Suppressed int64            `json:"suppressed" doc:"rows of suppressed addresses; only refusals of these are taken"`
	Reasons    map[string]int64 `json:"reasons,omitempty" doc:"rows that were not taken, by code: a rule of law such as BASIS-07, or a key"`
	Warnings   map[string]int64 `json:"warnings,omitempty" doc:"rows of which a rule warns; they are taken only when an operator gives a reason"`
	First      []rowView        `json:"first,omitempty" nullable:"false" doc:"the first rows that were not taken"`
	Encoding   string           `json:"encoding,omitempty"`
}

type rowView struct {
	Line    int    `json:"line"`
	Column  string `json:"column,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// tables are the media types of files with contacts.
func tables() []string { return []string{"text/csv", "text/tab-separated-values"} }

func (s *server) importOperations() {
	register(s, operation{method: http.MethodPost, path: "/imports", id: "startImport", summary: "Import contacts from CSV with their evidence", scope: account.ContactsWrite, status: http.StatusAccepted, upload: tables()}, s.startImport)
	register(s, operation{method: http.MethodGet, path: "/imports/{id}", id: "getImport", summary: "Progress and result of an import", scope: account.ContactsRead}, s.getImport)
	register(s, operation{method: http.MethodGet, path: "/imports/{id}/errors", id: "getImportErrors", summary: "The rows that were not taken, with reasons, as CSV", scope: account.ContactsRead, download: "text/csv"}, s.getImportErrors)
}

func (s *server) startImport(ctx context.Context, c call, in *importInput) (*answer[jobView], error) {
	order, err := s.declared(ctx, c, in)
	if err != nil {
		return nil, err
	}
	file, err := s.Importer.Receive(ctx, c.workspace(), in.Name, in.body, c.now)
	if err != nil {
		return nil, err
	}
	order.File, order.FileName, order.FileHash = file.File, file.FileName, file.FileHash
	var id int64
	if err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if id, err = s.Importer.Start(ctx, tx, c.workspace(), 0, order, c.now); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, account.Entry{Action: "contact.import", Subject: account.Subject{Kind: "job", ID: id}})
	}); err != nil {
		return nil, asNamed(err, map[string]string{"topics": "topic", "at": "obtained_at", "columns": "body"})
	}
	v := jobView{ID: public(job.Prefix, id), State: string(job.Queued)}
	return &answer[jobView]{Location: prefix + "/imports/" + v.ID, Body: v}, nil
}

// declared is what the caller states for every row whose own columns are silent.
func (s *server) declared(ctx context.Context, c call, in *importInput) (contact.Import, error) {
	order := contact.Import{Encoding: in.Encoding, DryRun: in.DryRun, Lang: c.lang, Declared: contact.Declaration{
		Origin: contact.Origin(in.Origin), Basis: contact.Basis(in.Basis), Source: in.Source, Evidence: in.Evidence,
		Express: in.Express, Written: in.Written, AdsDeclined: in.AdsDeclined, PagesSilent: in.PagesSilent, Purpose: in.Purpose, Carried: in.Carried,
		Probed: in.Probed, Entity: in.Entity,
	}}
	w, err := s.Accounts.WorkspaceByID(ctx, s.DB, c.workspace())
	if err != nil {
		return order, err
	}
	if order.Declared.Receipt, err = in.receipt(w.Location()); err != nil {
		return order, err
	}
	order.Zone = w.Zone
	if in.ObtainedAt != "" {
		if order.Declared.At, err = time.ParseInLocation(time.DateOnly, in.ObtainedAt, w.Location()); err != nil {
			return order, fault.Bad("obtained_at", "api.date.bad")
		}
	}
	topic, err := s.topicID(ctx, c, in.Topic)
	if err != nil {
		return order, err
	}
	if topic != 0 {
		order.Topics = []int64{topic}
	}
	keys, err := s.topicKeys(ctx, c)
	order.TopicKeys = make(map[string]int64, len(keys))
	for id, key := range keys {
		order.TopicKeys[key] = id
	}
	return order, err
}

// importJob reads the import that the path names, and what came of it so far.
func (s *server) importJob(ctx context.Context, c call, id string) (job.Job, contact.Report, error) {
	var r contact.Report
	n, err := store.ParsePublic(job.Prefix, id)
	if err != nil {
		return job.Job{}, r, err
	}
	j, err := job.Get(ctx, s.DB, c.workspace(), n)
	if err == nil && j.Kind != contact.ImportKind {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return j, r, err
	}
	return j, r, j.DecodeResult(&r)
}

func (s *server) getImport(ctx context.Context, c call, in *byID) (*answer[jobView], error) {
	j, r, err := s.importJob(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	say := s.Texts.For(c.lang)
	v := jobView{ID: in.ID, State: string(j.State), Done: j.Done, Total: j.Total, Result: s.viewImport(r, say)}
	if j.Error != "" {
		v.Error = say.T(j.Error)
	}
	if r.ErrorFile != 0 {
		v.ErrorFile = prefix + "/imports/" + in.ID + "/errors"
	}
	return one(v), nil
}

func (s *server) viewImport(r contact.Report, say *i18n.Printer) *importView {
	return &importView{
		DryRun: r.DryRun, Rows: r.Rows, Added: r.New, Updated: r.Updated, Same: r.Same, Refused: r.Refused, Refusals: r.Refusals, Alone: r.Alone,
		Suppressed: r.Suppressed, Reasons: r.Reasons, Warnings: r.Warnings, Encoding: r.Encoding,
		First: viewed(r.First, func(x contact.RefusedRow) rowView {
			return rowView{Line: x.Line, Column: x.Column, Code: x.Key, Message: s.Importer.Say(say, x.Key, x.Args)}
		}),
	}
}

func (s *server) getImportErrors(ctx context.Context, c call, in *byID) (*huma.StreamResponse, error) {
	_, r, err := s.importJob(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	if r.ErrorFile == 0 {
		return nil, fault.New(fault.NotFound, "api.import.no_errors")
	}
	file, blob, err := job.OpenBlob(ctx, s.DB, c.workspace(), r.ErrorFile, c.now)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		defer file.Close()
		h.SetHeader("Content-Type", blob.MediaType)
		h.SetHeader("Content-Disposition", `attachment; filename="errors-`+in.ID+`.csv"`)
		_, _ = io.Copy(h.BodyWriter(), file) // a break shows as a file that is too short
	}}, nil
}
