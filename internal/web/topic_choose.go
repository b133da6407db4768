package web

import (
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// topicNames are the names of all topics, archived ones too, in the reader's language.
func (s *Site) topicNames(c *Call) (map[int64]string, error) {
	topics, err := s.Consent.Topics(c.Context(), s.DB, c.Workspace.ID, true)
	if err != nil {
		return nil, err
	}
	names := make(map[int64]string, len(topics))
	for _, t := range topics {
		names[t.ID] = t.Name(c.Lang)
	}
	return names, nil
}

// topicOptions are the topics in use; first is the catalogue key of a choice before
// them with an empty value, or "".
func (s *Site) topicOptions(c *Call, first string) ([]page.Option, error) {
	topics, err := s.Consent.Topics(c.Context(), s.DB, c.Workspace.ID, false)
	if err != nil {
		return nil, err
	}
	var all []page.Option
	if first != "" {
		all = append(all, page.Option{Key: first})
	}
	for _, t := range topics {
		all = append(all, page.Option{Value: store.Public(topicPrefix, t.ID), Text: t.Name(c.Lang)})
	}
	return all, nil
}

// chosenTopic reads a choice among topicOptions: 0 for the empty one. A topic of
// another workspace is none.
func (s *Site) chosenTopic(c *Call, public string) (int64, error) {
	if public == "" {
		return 0, nil
	}
	id, err := store.ParsePublic(topicPrefix, public)
	if err == nil {
		_, err = s.Consent.TopicByID(c.Context(), s.DB, c.Workspace.ID, id)
	}
	if fault.Is(err, fault.NotFound) {
		return 0, fault.Bad("topic", "consent.topic.needed")
	}
	return id, err
}
