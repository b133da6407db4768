package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const operatorsPath = root + "operators"

func (s *Site) operatorRoutes() []Route {
	may := Needs(account.ManageOperators)
	return []Route{
		{Pattern: "GET " + operatorsPath, Access: may, Handle: s.operatorList, Views: []string{"operators"}},
		{Pattern: "GET " + operatorsPath + "/invite", Access: may, Handle: s.operatorInviteShow, Views: []string{"operator_invite"}},
		{Pattern: "POST " + operatorsPath + "/invite", Access: may, Handle: s.operatorInvite, Views: []string{"operator_invited"}},
		{Pattern: "GET " + operatorsPath + "/{id}", Access: may, Handle: s.operatorShow, Views: []string{"operator"}},
		{Pattern: "POST " + operatorsPath + "/{id}/role", Access: may, Handle: s.operatorRole},
		{Pattern: "POST " + operatorsPath + "/{id}/disable", Access: may, Handle: s.operatorDisable},
	}
}

// operatorsPage lists who works in the workspace.
type operatorsPage struct{ Members []memberRow }

// memberRow is a member with the address of its page.
type memberRow struct {
	account.Member
	Public string
	// Me marks the reader's own row.
	Me bool
}

// RoleKey is the catalogue key of the role's word.
func (m memberRow) RoleKey() string { return "account.role." + string(m.Membership.Role) }

func (s *Site) operatorList(c *Call) error {
	rows, err := s.members(c)
	if err != nil {
		return err
	}
	return c.Render("operators", operatorsPage{Members: rows})
}

func (s *Site) members(c *Call) ([]memberRow, error) {
	members, err := s.Accounts.Operators(c.Context(), c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	rows := make([]memberRow, len(members))
	for i, m := range members {
		rows[i] = memberRow{Member: m, Public: store.Public(account.OperatorPrefix, m.Operator.ID), Me: m.Operator.ID == c.Operator.ID}
	}
	return rows, nil
}

// roleOptions are the choices of a role, each with what it may do.
func roleOptions() []page.Option {
	var all []page.Option
	for _, r := range account.Roles() {
		all = append(all, page.Option{Value: string(r), Key: "account.role." + string(r), Help: "account.role." + string(r) + ".help"})
	}
	return all
}

// langOptions are the interface languages, each named in itself.
func langOptions() []page.Option {
	return []page.Option{{Value: string(i18n.Ja), Text: "日本語"}, {Value: string(i18n.En), Text: "English"}}
}
