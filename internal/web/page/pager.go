package page

import "net/url"

// Pager leads through a list by cursor: a list that grows at its head has no
// page numbers that stay true.
type Pager struct {
	// First and Next are links, empty when there is nowhere to go.
	First, Next string
}

// Pager makes the links of a list's page. next is the cursor of the following
// one, "" at the end; the list's other parameters are kept.
func (v *Visit) Pager(next string) Pager {
	var p Pager
	if v.After() != "" {
		p.First = v.with("")
	}
	if next != "" {
		p.Next = v.with(next)
	}
	return p
}

// After is the cursor that the person asked to go on from, or "".
func (v *Visit) After() string { return v.R.URL.Query().Get("after") }

func (v *Visit) with(after string) string {
	q := v.R.URL.Query()
	q.Del("after")
	if after != "" {
		q.Set("after", after)
	}
	u := url.URL{Path: v.R.URL.Path, RawQuery: q.Encode()}
	return u.String()
}
