package outside

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// caller is a program that calls the JSON interface.
type caller struct {
	testing.TB
	base, key string
	http      *http.Client
}

func (o *office) caller(key string) *caller {
	return &caller{TB: o.TB, base: o.url + "/api/v1", key: key, http: &http.Client{Timeout: patience}}
}

// reply is what came back.
type reply struct {
	*caller
	status int
	header http.Header
	body   string
}

// call sends a body of any kind.
func (c *caller) call(method, path, mediaType, body string) reply {
	c.Helper()
	req, err := http.NewRequestWithContext(c.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	return reply{c, res.StatusCode, res.Header, readAll(c.TB, res)}
}

func (c *caller) get(path string) reply { c.Helper(); return c.call(http.MethodGet, path, "", "") }

func (c *caller) post(path string, body any) reply {
	c.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.Fatal(err)
	}
	return c.call(http.MethodPost, path, "application/json", string(text))
}

func (r reply) is(status int) reply {
	r.Helper()
	if r.status != status {
		r.Fatalf("status %d, want %d: %.600s", r.status, status, r.body)
	}
	return r
}

// into decodes the answer.
func (r reply) into(v any) {
	r.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		r.Fatalf("%v: %.600s", err, r.body)
	}
}

// no holds that the answer is a clear no of the given status: a problem by RFC 9457
// with a code for programs and a sentence for people.
func (r reply) no(status int) {
	r.Helper()
	r.is(status)
	var p struct {
		Title, Detail, Code string
		Status              int
	}
	r.into(&p)
	if kind := r.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/problem+json") {
		r.Errorf("a problem of type %q", kind)
	}
	if p.Status != status || p.Title == "" || p.Code == "" {
		r.Errorf("not a clear answer: %.600s", r.body)
	}
	for _, inner := range []string{"sql", "panic", "goroutine", ".go:"} {
		if strings.Contains(strings.ToLower(r.body), inner) {
			r.Errorf("the answer tells what is inside: %.600s", r.body)
		}
	}
}

// permitted asks the gate.
func (c *caller) permitted(address, topic string) bool {
	c.Helper()
	var p struct{ Allowed bool }
	c.get("/permission?" + url.Values{"address": {address}, "topic": {topic}, "class": {"ad"}}.Encode()).is(http.StatusOK).into(&p)
	return p.Allowed
}

// draft is a campaign that may be sent.
func draft(topic, subject, body string) map[string]any {
	return map[string]any{
		"name": "外から", "topic": topic, "class": "ad", "lang": "ja", "kind": "markdown", "subject": subject,
		"preheader": "畑からのお便りです", "body": body,
	}
}

// campaign is one as the interface shows it.
type campaign struct {
	ID       string
	State    string
	Progress struct{ Queued, Delivered, Deferred, Failed, Withheld, Uncertain, Total int }
}

// create writes a campaign and returns its id.
func (c *caller) create(topic, subject, body string) string {
	c.Helper()
	var made campaign
	c.post("/campaigns", draft(topic, subject, body)).is(http.StatusCreated).into(&made)
	return made.ID
}

// send hands a campaign over for sending now.
func (c *caller) send(id string) {
	c.Helper()
	c.post("/campaigns/"+id+"/send", map[string]any{}).is(http.StatusAccepted)
}

// see reads a campaign.
func (c *caller) see(id string) (x campaign) {
	c.Helper()
	c.get("/campaigns/" + id).is(http.StatusOK).into(&x)
	return x
}

// list imports people with a basis for one topic and waits until they are in.
func (c *caller) list(topic, csv string) map[string]any {
	c.Helper()
	var j struct {
		ID, State, Error string
		Result           map[string]any
	}
	q := url.Values{
		"basis": {"B1"}, "purpose": {"ads"}, "source": {"店頭の申込書"}, "obtained_at": {"2026-10-01"}, "evidence": {"申込書 2026-10-01 綴り3"}, "topic": {topic},
	}
	c.call(http.MethodPost, "/imports?"+q.Encode(), "text/csv", csv).is(http.StatusAccepted).into(&j)
	id := j.ID
	eventually(c.TB, "the import is done", func() bool {
		c.get("/imports/" + id).is(http.StatusOK).into(&j)
		if j.State == "failed" {
			c.Fatalf("the import failed: %s", j.Error)
		}
		return j.State == "done"
	})
	return j.Result
}

// counted is a number of an import's result.
func counted(result map[string]any, name string) int {
	for k, v := range result {
		if n, ok := v.(float64); ok && strings.EqualFold(k, name) {
			return int(n)
		}
	}
	return -1
}
