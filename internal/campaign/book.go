package campaign

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Needs is what campaigns are made with.
type Needs struct {
	DB       *store.DB
	Ring     *keyring.Ring
	Accounts *account.Book
	Contacts *contact.Book
	Consent  *consent.Log
	Gate     *gate.Gate
	Engine   *delivery.Engine
	Composer *compose.Composer
	Texts    *i18n.Catalogue
	Clock    func() time.Time
	Log      *slog.Logger
	Links    Links
	// Pages answers as readers would be answered; nil leaves the pages unknown.
	Pages Pages
}

// Book keeps the campaigns.
type Book struct {
	Needs
	wake   chan struct{}
	texts  programs
	cancel context.CancelFunc
	done   chan struct{}
}

// New opens the campaigns and registers their writer with the engine.
func New(n Needs) *Book {
	b := &Book{Needs: n, wake: make(chan struct{}, 1), texts: newPrograms()}
	n.Engine.Register(KindCampaign, b, delivery.BulkPolicy())
	n.Engine.Register(KindTest, b, delivery.PersonPolicy())
	return b
}

// Create starts a draft.
func (b *Book) Create(ctx context.Context, by account.By, workspace int64, c Content, now time.Time) (Campaign, error) {
	if err := b.checkContent(ctx, workspace, &c); err != nil {
		return Campaign{}, err
	}
	var out Campaign
	err := b.DB.Write(ctx, func(tx *store.Tx) (err error) {
		out, err = b.insert(ctx, tx, by, Campaign{Workspace: workspace, Content: c}, now)
		return err
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("campaign: create: %w", err)
	}
	return out, nil
}

// insert stores a new draft.
func (b *Book) insert(ctx context.Context, tx *store.Tx, by account.By, made Campaign, now time.Time) (Campaign, error) {
	c := made.Content
	me, err := b.Accounts.Behind(ctx, tx, by, made.Workspace)
	if err != nil {
		return made, err
	}
	out := Campaign{Workspace: made.Workspace, Content: c, State: Draft, CreatedBy: me, EditedBy: me, CreatedAt: now, UpdatedAt: now}
	if out.ID, err = tx.NewID(ctx); err != nil {
		return out, err
	}
	if out.Measure, err = b.measure(ctx, tx, out); err != nil {
		return out, err
	}
	at := store.Micros(now)
	if _, err = tx.Exec(ctx, sqlInsert, out.ID, made.Workspace, c.Name, c.Topic, c.Profile, string(c.Class), string(c.Lang),
		c.Subject, c.Preheader, string(c.Kind), c.Body, c.Advertiser, c.FillLabel, string(c.Part.Mode), int64(c.Part.Reach),
		out.Measure.Promotes, out.Measure.Strips, out.Measure.Tracks, int64(out.Measure.Kilobytes), me, me, at, at); err != nil {
		return out, err
	}
	return out, b.audit(ctx, tx, by, out, "campaign.create", now)
}

// Edit replaces the text of a draft. old is what the editor started from;
// fault.Stale when somebody else was faster.
func (b *Book) Edit(ctx context.Context, by account.By, old Campaign, c Content, now time.Time) (Campaign, error) {
	return b.edit(ctx, by, old, c, account.Entry{Action: "campaign.edit"}, now)
}

// edit replaces the text of a draft and notes it as the entry says.
func (b *Book) edit(ctx context.Context, by account.By, old Campaign, c Content, as account.Entry, now time.Time) (Campaign, error) {
	workspace, id := old.Workspace, old.ID
	if err := b.checkContent(ctx, workspace, &c); err != nil {
		return Campaign{}, err
	}
	as.Actor, as.Network = by.Actor, by.Network
	err := b.DB.Write(ctx, func(tx *store.Tx) error {
		return b.replace(ctx, tx, old, c, as, now)
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("campaign: edit: %w", err)
	}
	return b.Get(ctx, b.DB, workspace, id)
}

// replace writes the text of a draft anew, if nobody was faster; as names who does it.
func (b *Book) replace(ctx context.Context, tx *store.Tx, old Campaign, c Content, as account.Entry, now time.Time) error {
	m, err := b.measure(ctx, tx, Campaign{Workspace: old.Workspace, Content: c})
	if err != nil {
		return err
	}
	me, err := b.Accounts.Behind(ctx, tx, account.By{Actor: as.Actor}, old.Workspace)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlEdit, c.Name, c.Topic, c.Profile, string(c.Class), string(c.Lang), c.Subject, c.Preheader,
		string(c.Kind), c.Body, c.Advertiser, c.FillLabel, string(c.Part.Mode), int64(c.Part.Reach),
		m.Promotes, m.Strips, m.Tracks, int64(m.Kilobytes), me, store.Micros(now), old.ID, old.Workspace, store.Micros(old.UpdatedAt))
	if err != nil {
		return err
	}
	if n == 0 {
		return b.whyNot(ctx, tx, old.Workspace, old.ID)
	}
	as.Workspace, as.Subject = old.Workspace, account.Subject{Kind: "campaign", ID: old.ID}
	return b.Accounts.Audit(ctx, tx, as, now)
}

// whyNot explains why a conditional update of a draft changed nothing.
func (b *Book) whyNot(ctx context.Context, r store.Reader, workspace, id int64) error {
	c, err := b.Get(ctx, r, workspace, id)
	if err != nil {
		return err
	}
	if c.State != Draft {
		return fault.New(fault.Refused, "campaign.not_draft")
	}
	return fault.New(fault.Stale, "fault.stale")
}

// Get returns one campaign of a workspace.
func (b *Book) Get(ctx context.Context, r store.Reader, workspace, id int64) (Campaign, error) {
	return scan(r.QueryRow(ctx, sqlGet, id, workspace))
}

// List returns campaigns, newest first. before is the id to go on from, 0 for the start.
func (b *Book) List(ctx context.Context, r store.Reader, workspace, before int64, limit int) ([]Campaign, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return campaigns(r.Query(ctx, sqlList, workspace, before, limit))
}

// UnderWay returns the campaigns that are scheduled, on hold, going out or paused,
// newest first.
func (b *Book) UnderWay(ctx context.Context, r store.Reader, workspace int64, limit int) ([]Campaign, error) {
	return campaigns(r.Query(ctx, sqlUnderWay, workspace, limit))
}

func campaigns(rows *sql.Rows, err error) (out []Campaign, _ error) {
	if err != nil {
		return nil, fmt.Errorf("campaign: list: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (Campaign, error) {
	var c Campaign
	var scheduled, hold, started, planned, finished, created, updated, requested int64
	if err := row.Scan(&c.ID, &c.Workspace, &c.Name, &c.Topic, &c.Profile, &c.Class, &c.Lang, &c.Subject, &c.Preheader,
		&c.Kind, &c.Body, &c.State, &c.Version, &c.HoldSeconds, &scheduled, &hold, &started, &planned, &finished,
		&c.CreatedBy, &created, &updated, &c.cursor, &c.Advertiser, &c.FillLabel, &c.Part.Mode, &c.Part.Reach, &c.EditedBy,
		&c.RequestedBy, &requested, &c.Flagged, &c.Allowed,
		&c.Measure.Promotes, &c.Measure.Strips, &c.Measure.Tracks, &c.Measure.Kilobytes, &c.Parked); err != nil {
		return Campaign{}, fmt.Errorf("campaign: %w", err)
	}
	c.ScheduledAt, c.HoldUntil, c.StartedAt = store.Time(scheduled), store.Time(hold), store.Time(started)
	c.PlannedAt, c.FinishedAt = store.Time(planned), store.Time(finished)
	c.CreatedAt, c.UpdatedAt = store.Time(created), store.Time(updated)
	c.RequestedAt = store.Time(requested)
	return c, nil
}

const (
	maxName = 200
	maxBody = 512 << 10
)

// checkContent refuses what cannot even be kept as a draft; what only must not
// be sent yet is Check's.
func (b *Book) checkContent(ctx context.Context, workspace int64, c *Content) error {
	c.Name = strings.TrimSpace(c.Name)
	var bad fault.Fields
	if c.Name == "" || utf8.RuneCountInString(c.Name) > maxName || strings.ContainsAny(c.Name, "\r\n\x00") {
		bad.Add("name", "campaign.name.bad")
	}
	if !c.Class.Valid() && c.Class != "" { // not chosen yet is a finding (SCOPE-01)
		bad.Add("class", "campaign.class.bad")
	}
	if !c.Lang.Valid() {
		bad.Add("lang", "campaign.lang.bad")
	}
	for field, v := range map[string]string{"subject": c.Subject, "preheader": c.Preheader} {
		if strings.ContainsAny(v, "\r\n\x00") || len(v) > 900 {
			bad.Add(field, "campaign.line.bad")
		}
	}
	if c.Advertiser = strings.TrimSpace(c.Advertiser); utf8.RuneCountInString(c.Advertiser) > maxName || strings.ContainsAny(c.Advertiser, "\r\n\x00") {
		bad.Add("advertiser", "campaign.line.bad")
	}
	if len(c.Body) > maxBody || strings.ContainsRune(c.Body, 0) {
		bad.Add("body", "campaign.body.bad")
	}
	if c.Kind != compose.Markdown && c.Kind != compose.Blocks {
		bad.Add("kind", "campaign.kind.bad")
	}
	if _, err := b.Consent.TopicByID(ctx, b.DB, workspace, c.Topic); err != nil {
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		bad.Add("topic", "campaign.topic.bad")
	}
	if _, err := b.Accounts.ProfileByID(ctx, b.DB, workspace, c.Profile); err != nil {
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		bad.Add("profile", "campaign.profile.bad")
	}
	return bad.Err()
}

func (b *Book) audit(ctx context.Context, tx *store.Tx, by account.By, c Campaign, action string, now time.Time) error {
	return b.Accounts.Audit(ctx, tx, account.Entry{
		Workspace: c.Workspace, Actor: by.Actor, Action: action, Network: by.Network,
		Subject: account.Subject{Kind: "campaign", ID: c.ID},
	}, now)
}
