package consent

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Topic is what a person may ask for: what is sent, and how often at most.
type Topic struct {
	ID, Workspace int64
	// Key names the topic in API and import files; it never changes.
	Key string
	// Names and contents are for readers; English may be empty.
	NameJa, NameEn       string
	ContentJa, ContentEn string
	// Promise is how often at most something is sent.
	Promise Frequency
	// DoubleOptIn: a permission needs a confirmation from the mailbox.
	DoubleOptIn bool
	// Public: offered in the preference centre.
	Public bool
	// Profile is the sender profile that the topic's messages carry.
	Profile    int64
	CreatedAt  time.Time
	ArchivedAt time.Time
}

// Name is the topic's name in a language, or in the other if it has none there.
func (t Topic) Name(lang i18n.Lang) string { return pick(lang, t.NameJa, t.NameEn) }

// Content says what is sent, in a language or the other.
func (t Topic) Content(lang i18n.Lang) string { return pick(lang, t.ContentJa, t.ContentEn) }

func pick(lang i18n.Lang, ja, en string) string {
	if (lang == i18n.En && en != "") || ja == "" {
		return en
	}
	return ja
}

// topicKeys are the keys a topic and a wording may have.
var topicKeys = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// maxName and maxText bound texts, in bytes.
const (
	maxName = 200
	maxText = 20_000
)

func (t *Topic) check() error {
	var bad fault.Fields
	if !topicKeys.MatchString(t.Key) {
		bad.Add("key", "consent.key.form")
	}
	if strings.TrimSpace(t.NameJa+t.NameEn) == "" || len(t.NameJa) > maxName || len(t.NameEn) > maxName {
		bad.Add("name", "consent.topic.name")
	}
	if strings.TrimSpace(t.ContentJa+t.ContentEn) == "" || len(t.ContentJa) > maxText || len(t.ContentEn) > maxText {
		bad.Add("content", "consent.topic.content")
	}
	if t.Promise.Count < 1 || t.Promise.Count > 1000 || !t.Promise.Period.Valid() {
		bad.Add("promise", "consent.topic.promise")
	}
	if t.Profile <= 0 {
		bad.Add("profile", "consent.topic.profile")
	}
	return bad.Err()
}

// CreateTopic adds a topic; a key in use is fault.Exists.
func (l *Log) CreateTopic(ctx context.Context, tx *store.Tx, t Topic, now time.Time) (Topic, error) {
	if err := t.check(); err != nil {
		return Topic{}, fmt.Errorf("consent: create topic: %w", err)
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return Topic{}, fmt.Errorf("consent: create topic: %w", err)
	}
	t.ID, t.CreatedAt, t.ArchivedAt = id, store.Time(store.Micros(now)), time.Time{}
	_, err = tx.Exec(ctx, sqlAddTopic, t.ID, t.Workspace, t.Key, t.NameJa, t.NameEn, t.ContentJa, t.ContentEn,
		t.Promise.Count, string(t.Promise.Period), t.DoubleOptIn, t.Public, t.Profile, store.Micros(now))
	if err != nil {
		return Topic{}, fmt.Errorf("consent: create topic: %w", err)
	}
	return t, nil
}

// EditTopic changes everything but the key. What people were promised before
// stands in the evidence of their events.
func (l *Log) EditTopic(ctx context.Context, tx *store.Tx, t Topic) error {
	if err := t.check(); err != nil {
		return fmt.Errorf("consent: edit topic: %w", err)
	}
	n, err := tx.Exec(ctx, sqlEditTopic, t.NameJa, t.NameEn, t.ContentJa, t.ContentEn, t.Promise.Count,
		string(t.Promise.Period), t.DoubleOptIn, t.Public, t.Profile, t.ID, t.Workspace)
	return changedOne("consent: edit topic", n, err)
}

// ArchiveTopic closes a topic: nothing is sent under it any more. Its history stays.
func (l *Log) ArchiveTopic(ctx context.Context, tx *store.Tx, workspace, id int64, now time.Time) error {
	n, err := tx.Exec(ctx, sqlArchiveTopic, store.Micros(now), id, workspace)
	return changedOne("consent: archive topic", n, err)
}

// changedOne wants exactly one changed row; none is fault.NotFound.
func changedOne(verb string, n int64, err error) error {
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	return nil
}

// Topics lists a workspace's topics in the order of their making.
func (l *Log) Topics(ctx context.Context, r store.Reader, workspace int64, archived bool) ([]Topic, error) {
	rows, err := r.Query(ctx, sqlTopics, workspace, archived)
	if err != nil {
		return nil, fmt.Errorf("consent: topics: %w", err)
	}
	defer rows.Close()
	var list []Topic
	for rows.Next() {
		t, err := scanTopic(rows)
		if err != nil {
			return nil, fmt.Errorf("consent: topics: %w", err)
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// HoldTopic is TopicByID for a topic that is about to be edited: whoever else edits it waits.
func (l *Log) HoldTopic(ctx context.Context, tx *store.Tx, workspace, id int64) (Topic, error) {
	return topicOf(scanTopic(tx.QueryRow(ctx, sqlHoldTopic, workspace, id)))
}

// TopicByID reads one topic; fault.NotFound if the workspace has none such.
func (l *Log) TopicByID(ctx context.Context, r store.Reader, workspace, id int64) (Topic, error) {
	return topicOf(scanTopic(r.QueryRow(ctx, sqlTopic, workspace, id)))
}

// TopicByKey reads the topic of a key, archived or not; fault.NotFound if there is none.
func (l *Log) TopicByKey(ctx context.Context, r store.Reader, workspace int64, key string) (Topic, error) {
	return topicOf(scanTopic(r.QueryRow(ctx, sqlTopicByKey, workspace, key)))
}

func topicOf(t Topic, err error) (Topic, error) {
	if err != nil {
		return Topic{}, fmt.Errorf("consent: topic: %w", err)
	}
	return t, nil
}

func scanTopic(row scanner) (Topic, error) {
	var t Topic
	var created, archived int64
	err := row.Scan(&t.ID, &t.Workspace, &t.Key, &t.NameJa, &t.NameEn, &t.ContentJa, &t.ContentEn, &t.Promise.Count,
		&t.Promise.Period, &t.DoubleOptIn, &t.Public, &t.Profile, &created, &archived)
	t.CreatedAt, t.ArchivedAt = store.Time(created), store.Time(archived)
	return t, err
}

// TopicCounts counts addresses by topic and status.
func (l *Log) TopicCounts(ctx context.Context, r store.Reader, workspace int64) (map[int64]map[Status]int64, error) {
	rows, err := r.Query(ctx, sqlTopicCounts, workspace)
	if err != nil {
		return nil, fmt.Errorf("consent: count topics: %w", err)
	}
	defer rows.Close()
	counts := map[int64]map[Status]int64{}
	for rows.Next() {
		var topic, n int64
		var s Status
		if err := rows.Scan(&topic, &s, &n); err != nil {
			return nil, fmt.Errorf("consent: count topics: %w", err)
		}
		if counts[topic] == nil {
			counts[topic] = map[Status]int64{}
		}
		counts[topic][s] = n
	}
	return counts, rows.Err()
}
