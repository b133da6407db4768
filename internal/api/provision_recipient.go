package api

import (
	"context"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

type recipientView struct {
	ID       string                   `json:"id"`
	Version  int                      `json:"version"`
	Terms    provision.RecipientTerms `json:"terms"`
	Secrets  []string                 `json:"secrets" nullable:"false" doc:"names of the secrets that are there; they are never told"`
	Updated  time.Time                `json:"updated_at"`
	Archived *time.Time               `json:"archived_at,omitempty"`
}

type recipientInput struct {
	Body recipientBody
}

type recipientBody struct {
	Terms   provision.RecipientTerms `json:"terms"`
	Secrets provision.Secrets        `json:"secrets,omitempty" doc:"what is left out stays as it is"`
}

type recipientEdit struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"the ETag of what the edit started from"`
	Body    recipientBody
}

func (s *server) provisionRecipientOperations() {
	register(s, operation{method: http.MethodGet, path: "/provision-recipients", id: "listProvisionRecipients", summary: "Recipients of personal data", scope: account.ProvisionRead}, s.listRecipients)
	register(s, operation{method: http.MethodPost, path: "/provision-recipients", id: "createProvisionRecipient", summary: "Add a recipient", scope: account.ProvisionWrite, status: http.StatusCreated}, s.createRecipient)
	register(s, operation{method: http.MethodGet, path: "/provision-recipients/{id}", id: "getProvisionRecipient", summary: "One recipient", scope: account.ProvisionRead}, s.getRecipient)
	register(s, operation{method: http.MethodPut, path: "/provision-recipients/{id}", id: "editProvisionRecipient", summary: "Change a recipient; records keep what stood before", scope: account.ProvisionWrite}, s.editRecipient)
}

func viewRecipient(r provision.Recipient) recipientView {
	return recipientView{ID: r.Public(), Version: r.Version, Terms: r.RecipientTerms, Secrets: r.HasSecrets, Updated: r.UpdatedAt, Archived: when(r.ArchivedAt)}
}

func (s *server) answerRecipient(r provision.Recipient, err error) (*answer[recipientView], error) {
	if err != nil {
		return nil, err
	}
	a := one(viewRecipient(r))
	a.ETag = tag(r.UpdatedAt)
	return a, nil
}

func (s *server) recipient(ctx context.Context, c call, public string) (provision.Recipient, error) {
	id, err := store.ParsePublic(provision.RecipientPrefix, public)
	if err != nil {
		return provision.Recipient{}, err
	}
	return s.ProvisionRuns.Recipient(ctx, s.DB, c.workspace(), id)
}

func (s *server) listRecipients(ctx context.Context, c call, _ *struct{}) (*list[recipientView], error) {
	all, err := s.ProvisionRuns.Recipients(ctx, s.DB, c.workspace())
	if err != nil {
		return nil, err
	}
	return listOf(viewed(all, viewRecipient), ""), nil
}

func (s *server) getRecipient(ctx context.Context, c call, in *byID) (*answer[recipientView], error) {
	return s.answerRecipient(s.recipient(ctx, c, in.ID))
}

// inRecipient gives errors the names that the inputs have in the body.
func inRecipient(r provision.Recipient, err error) (provision.Recipient, error) {
	return r, renamed(err, func(name string) string {
		switch name {
		case "private_key":
			return "secrets." + name
		default:
			return "terms." + name
		}
	})
}

func (s *server) createRecipient(ctx context.Context, c call, in *recipientInput) (*answer[recipientView], error) {
	a, err := s.answerRecipient(inRecipient(s.ProvisionRuns.CreateRecipient(ctx, c.by, c.workspace(), in.Body.Terms, in.Body.Secrets, c.now)))
	if err == nil {
		a.Location = prefix + "/provision-recipients/" + a.Body.ID
	}
	return a, err
}

func (s *server) editRecipient(ctx context.Context, c call, in *recipientEdit) (*answer[recipientView], error) {
	if in.IfMatch == "" {
		return nil, fault.New(fault.Invalid, noIfMatch)
	}
	old, err := s.recipient(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	if tag(old.UpdatedAt) != in.IfMatch {
		return nil, fault.New(fault.Stale, "fault.stale")
	}
	return s.answerRecipient(inRecipient(s.ProvisionRuns.EditRecipient(ctx, c.by, old, in.Body.Terms, in.Body.Secrets, c.now)))
}
