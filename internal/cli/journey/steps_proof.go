package journey

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/kyodaku/kyodaku/internal/consent"
)

func unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }

// packVerifies fetches the proof about the reader and checks it without the server.
func (w *walk) packVerifies(ctx context.Context) error {
	var found struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := w.api.do(ctx, http.MethodGet, "/contacts?"+url.Values{"address": {w.Reader}}.Encode(), nil, &found); err != nil {
		return err
	}
	if len(found.Items) != 1 {
		return fmt.Errorf("%d contacts have the reader's address", len(found.Items))
	}
	w.contact = found.Items[0].ID
	var head struct {
		Verifier string `json:"verifier"`
	}
	if err := w.api.do(ctx, http.MethodGet, "/log/head", nil, &head); err != nil {
		return err
	}
	var err error
	if w.pack, err = w.api.raw(ctx, http.MethodGet, "/contacts/"+w.contact+"/evidence?reason=journey", "application/json", nil); err != nil {
		return err
	}
	report, err := consent.VerifyPack(bytes.NewReader(w.pack), int64(len(w.pack)), head.Verifier)
	if err != nil {
		return err
	}
	if !report.OK() {
		return fmt.Errorf("the pack does not hold: %v", report.Findings)
	}
	return nil
}

// flippedPackFails changes single bytes all over the pack.
func (w *walk) flippedPackFails(context.Context) error {
	const tries = 40
	for i := range tries {
		bad := bytes.Clone(w.pack)
		bad[len(bad)*i/tries] ^= 1
		report, err := consent.VerifyPack(bytes.NewReader(bad), int64(len(bad)), "")
		if err == nil && report.OK() {
			return errors.New("a changed pack was accepted")
		}
	}
	return nil
}
