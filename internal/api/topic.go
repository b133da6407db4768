package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

const topicPrefix = "tpc"

type topicView struct {
	ID          string      `json:"id"`
	Key         string      `json:"key" doc:"names the topic in this interface and in import files; it never changes"`
	NameJa      string      `json:"name_ja"`
	NameEn      string      `json:"name_en"`
	ContentJa   string      `json:"content_ja" doc:"what is sent"`
	ContentEn   string      `json:"content_en"`
	Promise     promiseView `json:"promise"`
	DoubleOptIn bool        `json:"double_opt_in"`
	Public      bool        `json:"public" doc:"offered in the preference centre"`
	Profile     string      `json:"profile" doc:"the sender profile of its messages"`
	// Counts are addresses by state; only lists and single topics tell them.
	Counts     map[string]int64 `json:"counts,omitempty"`
	CreatedAt  time.Time        `json:"created_at"`
	ArchivedAt *time.Time       `json:"archived_at,omitempty"`
}

type promiseView struct {
	Count  int    `json:"count" minimum:"1" maximum:"1000" doc:"at most so many messages"`
	Period string `json:"period" enum:"day,week,month,year"`
}

type topicInput struct {
	Body struct {
		Key         string      `json:"key" maxLength:"40"`
		NameJa      string      `json:"name_ja,omitempty"`
		NameEn      string      `json:"name_en,omitempty"`
		ContentJa   string      `json:"content_ja,omitempty"`
		ContentEn   string      `json:"content_en,omitempty"`
		Promise     promiseView `json:"promise"`
		DoubleOptIn bool        `json:"double_opt_in,omitempty" default:"true"`
		Public      bool        `json:"public,omitempty" default:"true"`
		Profile     string      `json:"profile"`
	}
}

type topicEdit struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"the ETag of what the edit started from"`
	Body    struct {
		NameJa      *string      `json:"name_ja,omitempty"`
		NameEn      *string      `json:"name_en,omitempty"`
		ContentJa   *string      `json:"content_ja,omitempty"`
		ContentEn   *string      `json:"content_en,omitempty"`
		Promise     *promiseView `json:"promise,omitempty"`
		DoubleOptIn *bool        `json:"double_opt_in,omitempty"`
		Public      *bool        `json:"public,omitempty"`
		Profile     *string      `json:"profile,omitempty"`
	}
}

type topicQuery struct {
	Archived bool `query:"archived" doc:"archived ones too"`
}

func (s *server) topicOperations() {
	register(s, operation{method: http.MethodGet, path: "/topics", id: "listTopics", summary: "What can be subscribed to", scope: account.TopicsRead}, s.listTopics)
	register(s, operation{method: http.MethodGet, path: "/topics/{id}", id: "getTopic", summary: "One topic", scope: account.TopicsRead}, s.getTopic)
	register(s, operation{method: http.MethodPost, path: "/topics", id: "createTopic", summary: "Add a topic", scope: account.TopicsWrite, status: http.StatusCreated}, s.createTopic)
	register(s, operation{method: http.MethodPatch, path: "/topics/{id}", id: "editTopic", summary: "Change what is named of a topic", scope: account.TopicsWrite}, s.editTopic)
	register(s, operation{method: http.MethodPost, path: "/topics/{id}/archive", id: "archiveTopic", summary: "Close a topic: nothing is sent under it any more", scope: account.TopicsWrite}, s.archiveTopic)
}

func viewTopic(t consent.Topic) topicView {
	return topicView{
		ID: public(topicPrefix, t.ID), Key: t.Key, NameJa: t.NameJa, NameEn: t.NameEn, ContentJa: t.ContentJa, ContentEn: t.ContentEn,
		Promise: promiseView{t.Promise.Count, string(t.Promise.Period)}, DoubleOptIn: t.DoubleOptIn, Public: t.Public,
		Profile: public(account.ProfilePrefix, t.Profile), CreatedAt: t.CreatedAt, ArchivedAt: when(t.ArchivedAt),
	}
}

// topicTag is the version of a topic: a hash of all that can be changed.
func topicTag(t consent.Topic) (string, error) {
	text, err := json.Marshal(viewTopic(t))
	sum := sha256.Sum256(text)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, err
}

func counted(v topicView, counts map[consent.Status]int64) topicView {
	v.Counts = map[string]int64{}
	for status, n := range counts {
		v.Counts[string(status)] = n
	}
	return v
}

func (s *server) listTopics(ctx context.Context, c call, in *topicQuery) (*list[topicView], error) {
	topics, err := s.Consent.Topics(ctx, s.DB, c.workspace(), in.Archived)
	if err != nil {
		return nil, err
	}
	counts, err := s.Consent.TopicCounts(ctx, s.DB, c.workspace())
	return listOf(viewed(topics, func(t consent.Topic) topicView { return counted(viewTopic(t), counts[t.ID]) }), ""), err
}

func (s *server) topicByID(ctx context.Context, r store.Reader, c call, id string) (consent.Topic, error) {
	n, err := store.ParsePublic(topicPrefix, id)
	if err != nil {
		return consent.Topic{}, err
	}
	return s.Consent.TopicByID(ctx, r, c.workspace(), n)
}

func (s *server) getTopic(ctx context.Context, c call, in *byID) (*answer[topicView], error) {
	t, err := s.topicByID(ctx, s.DB, c, in.ID)
	if err != nil {
		return nil, err
	}
	counts, err := s.Consent.TopicCounts(ctx, s.DB, c.workspace())
	if err != nil {
		return nil, err
	}
	a := one(counted(viewTopic(t), counts[t.ID]))
	a.ETag, err = topicTag(t)
	return a, err
}

// answerTopic is the answer to a change.
func answerTopic(t consent.Topic) (*answer[topicView], error) {
	a := one(viewTopic(t))
	var err error
	a.ETag, err = topicTag(t)
	return a, err
}

// ownProfile reads a sender profile of this workspace.
func (s *server) ownProfile(ctx context.Context, r store.Reader, c call, id string) (int64, error) {
	n, err := store.ParsePublic(account.ProfilePrefix, id)
	if err == nil {
		_, err = s.Accounts.ProfileByID(ctx, r, c.workspace(), n)
	}
	if fault.Is(err, fault.NotFound) {
		return 0, fault.Bad("profile", "api.profile.unknown")
	}
	return n, err
}

func (s *server) createTopic(ctx context.Context, c call, in *topicInput) (*answer[topicView], error) {
	b := in.Body
	t := consent.Topic{
		Workspace: c.workspace(), Key: b.Key, NameJa: b.NameJa, NameEn: b.NameEn, ContentJa: b.ContentJa, ContentEn: b.ContentEn,
		Promise: consent.Frequency{Count: b.Promise.Count, Period: consent.Period(b.Promise.Period)}, DoubleOptIn: b.DoubleOptIn, Public: b.Public,
	}
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if t.Profile, err = s.ownProfile(ctx, tx, c, b.Profile); err != nil {
			return err
		}
		made, err := s.Consent.CreateTopic(ctx, tx, t, c.now)
		if err != nil {
			return err
		}
		t = made
		return s.audit(ctx, tx, c, account.Entry{Action: "topic.create", Subject: account.Subject{Kind: "topic", ID: t.ID}})
	})
	if fault.Is(err, fault.Exists) {
		err = fault.New(fault.Exists, "api.topic.exists")
	}
	if err != nil {
		return nil, err
	}
	a, err := answerTopic(t)
	a.Location = prefix + "/topics/" + a.Body.ID
	return a, err
}

// change puts what was given into a topic.
func (in *topicEdit) change(t *consent.Topic) {
	b := in.Body
	set(&t.NameJa, b.NameJa)
	set(&t.NameEn, b.NameEn)
	set(&t.ContentJa, b.ContentJa)
	set(&t.ContentEn, b.ContentEn)
	set(&t.DoubleOptIn, b.DoubleOptIn)
	set(&t.Public, b.Public)
	if b.Promise != nil {
		t.Promise = consent.Frequency{Count: b.Promise.Count, Period: consent.Period(b.Promise.Period)}
	}
}

// set takes over what an edit names.
func set[T any](into *T, given *T) {
	if given != nil {
		*into = *given
	}
}

func (s *server) editTopic(ctx context.Context, c call, in *topicEdit) (*answer[topicView], error) {
	if in.IfMatch == "" {
		return nil, fault.New(fault.Invalid, noIfMatch)
	}
	id, err := store.ParsePublic(topicPrefix, in.ID)
	if err != nil {
		return nil, err
	}
	var t consent.Topic
	err = s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		// Topics keep no time of their last change: all who edit take turns.
		if t, err = s.Consent.HoldTopic(ctx, tx, c.workspace(), id); err != nil {
			return err
		}
		present, err := topicTag(t)
		if err != nil {
			return err
		}
		if present != in.IfMatch {
			return fault.New(fault.Stale, "fault.stale")
		}
		in.change(&t)
		if in.Body.Profile != nil {
			if t.Profile, err = s.ownProfile(ctx, tx, c, *in.Body.Profile); err != nil {
				return err
			}
		}
		if err = s.Consent.EditTopic(ctx, tx, t); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, account.Entry{Action: "topic.edit", Subject: account.Subject{Kind: "topic", ID: t.ID}})
	})
	if err != nil {
		return nil, err
	}
	return answerTopic(t)
}

// archiveTopic answers the same for a topic that is archived already.
func (s *server) archiveTopic(ctx context.Context, c call, in *byID) (*answer[topicView], error) {
	var t consent.Topic
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if t, err = s.topicByID(ctx, tx, c, in.ID); err != nil || !t.ArchivedAt.IsZero() {
			return err
		}
		if err = s.Consent.ArchiveTopic(ctx, tx, c.workspace(), t.ID, c.now); err != nil {
			return err
		}
		if t, err = s.Consent.TopicByID(ctx, tx, c.workspace(), t.ID); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, account.Entry{Action: "topic.archive", Subject: account.Subject{Kind: "topic", ID: t.ID}})
	})
	if err != nil {
		return nil, err
	}
	return answerTopic(t)
}
