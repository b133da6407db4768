package journey

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// api is a caller of the JSON interface.
type api struct {
	base, key string
	http      *http.Client
}

// do calls and decodes the answer into out, unless out is nil.
func (a api) do(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	answer, err := a.raw(ctx, method, path, "application/json", body)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

func (a api) raw(ctx context.Context, method, path, mediaType string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+a.key)
	req.Header.Set("Content-Type", mediaType)
	res, err := a.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s answered %d: %.400s", method, path, res.StatusCode, answer)
	}
	return answer, nil
}

// permission is the gate's answer for the reader.
type permission struct {
	Allowed bool   `json:"allowed"`
	Rule    string `json:"rule"`
	Reason  string `json:"reason"`
	State   string `json:"state"`
}

func (w *walk) permission(ctx context.Context) (p permission, err error) {
	err = w.api.do(ctx, http.MethodGet, "/permission?"+url.Values{
		"address": {w.Reader}, "topic": {w.TopicKey}, "class": {"ad"},
	}.Encode(), nil, &p)
	return p, err
}

// campaignOf is what the walk reads of a campaign.
type campaignOf struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	Progress struct {
		Delivered int `json:"delivered"`
		Withheld  int `json:"withheld"`
		Total     int `json:"total"`
	} `json:"progress"`
}

// send writes and sends a campaign and waits until it is done.
func (w *walk) send(ctx context.Context, subject, body string) (c campaignOf, err error) {
	in := map[string]any{
		"name": subject, "topic": w.TopicKey, "class": "ad", "lang": "ja", "kind": "markdown",
		"subject": subject, "preheader": "畑からのお便りです", "body": body,
	}
	if err := w.api.do(ctx, http.MethodPost, "/campaigns", in, &c); err != nil {
		return c, err
	}
	if err := w.api.do(ctx, http.MethodPost, "/campaigns/"+c.ID+"/send", map[string]any{"hold_seconds": 0}, nil); err != nil {
		return c, err
	}
	return c, eventually(ctx, func(ctx context.Context) (bool, error) {
		err := w.api.do(ctx, http.MethodGet, "/campaigns/"+c.ID, nil, &c)
		return c.State == "done", err
	})
}

// row is what became of one person's message.
type row struct {
	Address  string `json:"address"`
	Outcome  string `json:"outcome"`
	Rule     string `json:"rule"`
	Reason   string `json:"reason"`
	Citation string `json:"citation"`
}

func (w *walk) rowOf(ctx context.Context, campaign, outcome string) (row, error) {
	for after := ""; ; {
		var page struct {
			Items []row  `json:"items"`
			Next  string `json:"next"`
		}
		q := url.Values{"outcome": {outcome}, "after": {after}, "limit": {"500"}}
		if err := w.api.do(ctx, http.MethodGet, "/campaigns/"+campaign+"/people?"+q.Encode(), nil, &page); err != nil {
			return row{}, err
		}
		for _, r := range page.Items {
			if r.Address == w.Reader {
				return r, nil
			}
		}
		if page.Next == "" {
			return row{}, fmt.Errorf("the campaign has no %s row for the reader", outcome)
		}
		after = page.Next
	}
}
