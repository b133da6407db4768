package web

import (
	"slices"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
)

const (
	topicsPath  = root + "topics"
	topicPrefix = "tpc"
)

func (s *Site) topicRoutes() []Route {
	read, edit := Needs(account.ReadConsent), Needs(account.EditTopics)
	return []Route{
		{Pattern: "GET " + topicsPath, Access: read, Handle: s.topicList, Views: []string{"topics"}},
		{Pattern: "GET " + topicsPath + "/new", Access: edit, Handle: s.topicNew, Views: []string{"topic_edit"}},
		{Pattern: "POST " + topicsPath + "/new", Access: edit, Handle: s.topicCreate},
		{Pattern: "GET " + topicsPath + "/{id}", Access: read, Handle: s.topicShow, Views: []string{"topic"}},
		{Pattern: "GET " + topicsPath + "/{id}/edit", Access: edit, Handle: s.topicEditShow},
		{Pattern: "POST " + topicsPath + "/{id}/edit", Access: edit, Handle: s.topicEdit},
		{Pattern: "POST " + topicsPath + "/{id}/archive", Access: edit, Handle: s.topicArchive},
		{Pattern: "GET " + wordingsPath, Access: read, Handle: s.wordingList, Views: []string{"wordings"}},
		{Pattern: "GET " + wordingsPath + "/new", Access: edit, Handle: s.wordingNew, Views: []string{"wording_edit"}},
		{Pattern: "POST " + wordingsPath + "/new", Access: edit, Handle: s.wordingCreate},
		{Pattern: "GET " + wordingsPath + "/{kind}/{key}", Access: read, Handle: s.wordingShow, Views: []string{"wording"}},
		{Pattern: "POST " + wordingsPath + "/{kind}/{key}", Access: edit, Handle: s.wordingAdd},
	}
}

// topicsPage lists what people can ask for.
type topicsPage struct {
	Topics   []topicRow
	Archived []topicRow
	MayEdit  bool
}

// topicRow is a topic with its numbers, in the reader's language.
type topicRow struct {
	consent.Topic
	Public string
	// Title, About and Promised are the topic's texts in the reader's language.
	Title, About, Promised string
	Counts                 map[consent.Status]int64
	// CanFilter says that the numbers may be followed to the people behind them.
	CanFilter bool
}

// Given counts those who may get it.
func (t topicRow) Given() int64 { return t.Counts[consent.StatusGiven] }

// Requested counts those who have not confirmed yet.
func (t topicRow) Requested() int64 { return t.Counts[consent.StatusRequested] }

// No counts those who said no, before or after.
func (t topicRow) No() int64 {
	return t.Counts[consent.StatusRefused] + t.Counts[consent.StatusWithdrawn]
}

// Expired counts permissions that ran out.
func (t topicRow) Expired() int64 { return t.Counts[consent.StatusExpired] }

func (s *Site) topicList(c *Call) error {
	topics, err := s.Consent.Topics(c.Context(), s.DB, c.Workspace.ID, true)
	if err != nil {
		return err
	}
	counts, err := s.Consent.TopicCounts(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := topicsPage{MayEdit: c.Can(account.EditTopics)}
	for _, t := range topics {
		row := c.topicRow(t, counts[t.ID])
		if t.ArchivedAt.IsZero() {
			p.Topics = append(p.Topics, row)
		} else {
			p.Archived = append(p.Archived, row)
		}
	}
	slices.Reverse(p.Archived)
	return c.Render("topics", p)
}

func (c *Call) topicRow(t consent.Topic, counts map[consent.Status]int64) topicRow {
	return topicRow{
		Topic: t, Public: store.Public(topicPrefix, t.ID), Title: t.Name(c.Lang), About: t.Content(c.Lang),
		Promised: c.frequency(t.Promise), Counts: counts, CanFilter: c.Can(account.ReadContacts),
	}
}

// frequency says "at most N per period" in words, or "" for no limit.
func (c *Call) frequency(f consent.Frequency) string {
	if f.Count == 0 {
		return ""
	}
	return c.T("web.frequency."+string(f.Period), "Count", f.Count)
}
