package web

import (
	"io"
	"log/slog"
	"mime"
	"strconv"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
)

// download hands a stored file to the browser, to be saved.
func (s *Site) download(c *Call, id int64) error {
	if id == 0 {
		return fault.New(fault.NotFound, "job.blob.gone")
	}
	file, blob, err := job.OpenBlob(c.Context(), s.DB, c.Workspace.ID, id, c.Now)
	if err != nil {
		return err
	}
	c.attachment(blob.Name, blob.MediaType)
	c.W.Header().Set("Content-Length", strconv.FormatInt(blob.Size, 10))
	// From here on there is no other answer: a break shows as a file that is too short.
	_, err = io.Copy(c.W, file)
	if again := file.Close(); err == nil {
		err = again
	}
	if err != nil {
		s.Log.WarnContext(c.Context(), "a download broke off", slog.Any("error", err))
	}
	return nil
}

// attachment sets the headers of a file to be saved, whatever its name holds
// (RFC 6266).
func (c *Call) attachment(name, mediaType string) {
	h := c.W.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "no-store")
}
