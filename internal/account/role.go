package account

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Role is what an operator is in one workspace.
type Role string

// The roles.
const (
	Owner    Role = "owner"
	Marketer Role = "marketer"
	Legal    Role = "legal"
	Viewer   Role = "viewer"
)

// Roles lists all roles, the mightiest first.
func Roles() []Role { return []Role{Owner, Marketer, Legal, Viewer} }

// Valid says whether the role is one of ours.
func (r Role) Valid() bool { return r == Owner || r == Marketer || r == Legal || r == Viewer }

// Act is something an operator may or may not do.
type Act uint8

// The acts.
const (
	ReadContacts Act = iota + 1
	EditContacts
	Import
	Export
	ReadConsent
	RecordRefusal
	EditTopics
	EditForms
	WriteCampaign
	SendCampaign
	// ApproveAmber is taking responsibility for a finding that is no block.
	ApproveAmber
	Erase
	ManageOperators
	// ManageSettings covers the workspace, sender profiles, domains and API keys.
	ManageSettings
	ReadAudit
	Evidence

	lastAct = Evidence
)

// mayDo is the matrix. Everybody may record a refusal: whoever hears a no must be
// able to make it count at once. Taking people's data out and proving things is
// the legal officer's; so is saying yes to what a marketer wants to send.
var mayDo = map[Role][]Act{
	Marketer: {ReadContacts, EditContacts, Import, ReadConsent, RecordRefusal, EditTopics, EditForms, WriteCampaign, SendCampaign},
	Legal:    {ReadContacts, Export, ReadConsent, RecordRefusal, EditTopics, ApproveAmber, Erase, ReadAudit, Evidence},
	Viewer:   {ReadContacts, ReadConsent, RecordRefusal},
}

// Can says whether a role may do an act. An owner may do every act; an unknown
// role or act is refused.
func Can(role Role, act Act) bool {
	if role == Owner {
		return act >= ReadContacts && act <= lastAct
	}
	for _, a := range mayDo[role] {
		if a == act {
			return true
		}
	}
	return false
}

// Require refuses (fault.Refused) whoever may not do an act in a workspace, for the
// verbs of other rooms; see require.
func (b *Book) Require(ctx context.Context, r store.Reader, by By, workspace int64, act Act) error {
	return require(ctx, r, by, workspace, act)
}

// Behind is the person behind an act: of an API key the one who made it, who would else
// write by a key and approve in person; 0 for the machine.
func (b *Book) Behind(ctx context.Context, r store.Reader, by By, workspace int64) (id int64, err error) {
	if by.Actor.Kind != ActorAPIKey {
		return by.Operator(), nil
	}
	err = r.QueryRow(ctx, sqlKeyMaker, by.Actor.ID, workspace).Scan(&id)
	return id, failed("behind", err)
}

// require refuses whoever may not do an act in a workspace. The role is read
// where the work is done, so that one taken away a moment ago does not count. The program
// itself and whoever sits at the machine may do everything; API keys never manage.
func require(ctx context.Context, r store.Reader, by By, workspace int64, act Act) error {
	switch by.Actor.Kind {
	case ActorSystem, ActorCLI:
		return nil
	case ActorOperator:
		role, err := roleOf(ctx, r, workspace, by.Actor.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil && Can(role, act) {
			return nil
		}
	}
	return fault.New(fault.Refused, "account.role.may_not")
}

// roleOf reads an operator's role; fault.NotFound if there is none.
func roleOf(ctx context.Context, r store.Reader, workspace, operator int64) (Role, error) {
	var role Role
	err := r.QueryRow(ctx, sqlRole, workspace, operator).Scan(&role)
	return role, err
}
