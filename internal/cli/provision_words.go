package cli

import "strings"

// runState is a run's state in words.
func (s *shell) runState(state string) string { return s.say.T("web.provision.run.state." + state) }

// columns are the columns of a data set in words; own fields keep their keys.
func (s *shell) columns(fields []string) string {
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		name, own := strings.CutPrefix(f, "attr:")
		if key := "sheet.field." + f; !own && s.say.Has(key) {
			name = s.say.T(key)
		}
		names = append(names, name)
	}
	return strings.Join(names, s.say.T("law_answer.comma"))
}
