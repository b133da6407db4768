package web

import (
	"strconv"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// topicEditPage is the form of a topic; Public is empty for a new one.
type topicEditPage struct {
	Public, Title string
	// Key is the topic's key, which stays for ever.
	Key      string
	Form     page.Form
	Profiles []page.Option
	Periods  []page.Option
}

func (s *Site) topicNew(c *Call) error {
	form := page.FormOf("", "promised_count", "2", "promised_period", string(consent.Month), "double_opt_in", "1", "public", "1")
	return s.topicForm(c, consent.Topic{}, form)
}

func (s *Site) topicEditShow(c *Call) error {
	t, err := s.topic(c)
	if err != nil {
		return err
	}
	form := page.FormOf("", "name_ja", t.NameJa, "name_en", t.NameEn, "content_ja", t.ContentJa, "content_en", t.ContentEn,
		"promised_count", strconv.Itoa(t.Promise.Count), "promised_period", string(t.Promise.Period),
		"profile", store.Public(account.ProfilePrefix, t.Profile), "double_opt_in", tick(t.DoubleOptIn), "public", tick(t.Public))
	return s.topicForm(c, t, form)
}

// tick is the value of a box.
func tick(on bool) string {
	if on {
		return "1"
	}
	return ""
}

// topicForm shows the form of a topic, a new one when t is zero.
func (s *Site) topicForm(c *Call, t consent.Topic, form page.Form) error {
	profiles, err := s.Accounts.Profiles(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := topicEditPage{Form: form, Title: t.Name(c.Lang), Key: t.Key}
	if t.ID != 0 {
		p.Public = store.Public(topicPrefix, t.ID)
	}
	for _, one := range profiles {
		p.Profiles = append(p.Profiles, page.Option{Value: store.Public(account.ProfilePrefix, one.ID), Text: one.Name})
	}
	for _, period := range []consent.Period{consent.Day, consent.Week, consent.Month, consent.Year} {
		p.Periods = append(p.Periods, page.Option{Value: string(period), Key: "web.period." + string(period)})
	}
	return c.renderTyped(form, "topic_edit", p)
}

// topicOf reads the form into a topic.
func topicOf(t consent.Topic, f page.Form) consent.Topic {
	t.NameJa, t.NameEn = line(f.Get("name_ja")), line(f.Get("name_en"))
	t.ContentJa, t.ContentEn = block(f.Get("content_ja")), block(f.Get("content_en"))
	t.Promise.Count, _ = strconv.Atoi(f.Get("promised_count")) // what is no number is 0, which is refused
	t.Promise.Period = consent.Period(f.Get("promised_period"))
	t.DoubleOptIn, t.Public = f.Get("double_opt_in") == "1", f.Get("public") == "1"
	t.Profile, _ = store.ParsePublic(account.ProfilePrefix, f.Get("profile")) // 0 is refused
	return t
}

// topicFields are the inputs beside which the room's errors stand.
var topicFields = map[string]string{"name": "name_ja", "content": "content_ja", "promise": "promised_count"}

// take keeps an error like Form.Take and puts the fields of a room beside the inputs
// that stand for them.
func take(form *page.Form, err error, inputs map[string]string) bool {
	if !form.Take(err) {
		return false
	}
	fields := make([]fault.Field, len(form.Fields))
	for i, f := range form.Fields {
		if input, ok := inputs[f.Name]; ok {
			f.Name = input
		}
		fields[i] = f
	}
	form.Fields = fields
	return true
}

func (s *Site) topicCreate(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	t := topicOf(consent.Topic{Workspace: c.Workspace.ID, Key: line(form.Get("key"))}, form)
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if err := s.ownProfile(c, tx, t.Profile); err != nil {
			return err
		}
		if t, err = s.Consent.CreateTopic(c.Context(), tx, t, c.Now); err != nil {
			return err
		}
		return c.note(tx, account.Entry{Action: "topic.create", Subject: account.Subject{Kind: "topic", ID: t.ID}})
	})
	if fault.Is(err, fault.Exists) {
		err = fault.Bad("key", "web.topic.key_taken")
	}
	if take(&form, err, topicFields) {
		return s.topicForm(c, consent.Topic{}, form)
	}
	if err != nil {
		return err
	}
	return c.Done(topicsPath+"/"+store.Public(topicPrefix, t.ID), "web.topic.created", "Name", t.Name(c.Lang))
}

func (s *Site) topicEdit(c *Call) error {
	t, form, err := about(c, s.topic)
	if err != nil {
		return err
	}
	edited := topicOf(t, form)
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if err := s.ownProfile(c, tx, edited.Profile); err != nil {
			return err
		}
		if err := s.Consent.EditTopic(c.Context(), tx, edited); err != nil {
			return err
		}
		return c.note(tx, account.Entry{Action: "topic.edit", Subject: account.Subject{Kind: "topic", ID: t.ID}})
	})
	if take(&form, err, topicFields) {
		return s.topicForm(c, t, form)
	}
	if err != nil {
		return err
	}
	return c.Done(topicsPath+"/"+store.Public(topicPrefix, t.ID), "web.topic.saved")
}

// ownProfile refuses a sender profile of another workspace. An unset one is left to
// the room, which names the field.
func (s *Site) ownProfile(c *Call, tx *store.Tx, profile int64) error {
	if profile == 0 {
		return nil
	}
	_, err := s.Accounts.ProfileByID(c.Context(), tx, c.Workspace.ID, profile)
	if fault.Is(err, fault.NotFound) {
		return fault.Bad("profile", "consent.topic.profile")
	}
	return err
}

func (s *Site) topicArchive(c *Call) error {
	t, err := s.topic(c)
	if err != nil {
		return err
	}
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if err := s.Consent.ArchiveTopic(c.Context(), tx, c.Workspace.ID, t.ID, c.Now); err != nil {
			return err
		}
		return c.note(tx, account.Entry{Action: "topic.archive", Subject: account.Subject{Kind: "topic", ID: t.ID}})
	})
	if err != nil {
		return err
	}
	return c.Done(topicsPath, "web.topic.archived", "Name", t.Name(c.Lang))
}

// topic reads the topic that the path names.
func (s *Site) topic(c *Call) (consent.Topic, error) {
	id, err := c.ID(topicPrefix, "id")
	if err != nil {
		return consent.Topic{}, err
	}
	return s.Consent.TopicByID(c.Context(), s.DB, c.Workspace.ID, id)
}
