package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/delivery/sink"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// Wish is what somebody wants to have measured.
type Wish struct {
	// Recipients is the size of a campaign.
	Recipients int
	// For has campaign follow campaign until so long has passed; zero means one.
	For         time.Duration
	Connections int
	Signer      app.Signer
	// Peer is measured too if it has an address.
	Peer Peer
	// Database is an empty one to use; "" means SQLite in a temporary folder.
	Database string
	// Log is told of warnings, Tell of every campaign that ended.
	Log  *slog.Logger
	Tell func(Campaign)
}

// Campaign is what one campaign of the run measured.
type Campaign struct {
	Mails     int64   `json:"mails"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"mails_per_second"`
	// First is the seconds from the order to send to the first mail taken.
	First float64 `json:"first_mail_seconds"`
	// CPU is processor time of the whole process, sink included, per mail in
	// microseconds.
	CPU float64 `json:"cpu_us_per_mail"`
	// Memory is the largest resident size in the course of it, in MB.
	Memory float64 `json:"peak_mb"`
}

// errLost says that not every reader's mail was delivered: no figure is worth that.
var errLost = errors.New("bench: not every mail was delivered")

// Deliver measures campaigns from the order to send to the last stored outcome.
func Deliver(ctx context.Context, w Wish) (r Result, err error) {
	dir, err := os.MkdirTemp("", "kyodaku-bench-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	out, err := sink.Listen("127.0.0.1:0")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	a, err := w.program(ctx, dir, out.Addr())
	if err != nil {
		return r, err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		a.Stop(stop)
	}()
	c, err := found(ctx, a, w.Recipients)
	if err != nil {
		return r, err
	}
	if r, err = describe(ctx, a, w); err != nil {
		return r, err
	}
	if w.Peer.Addr != "" {
		out.Keep(keptMails)
	}
	if err := r.measure(ctx, c, out, w); err != nil || w.Peer.Addr == "" {
		return r, err
	}
	peer, err := w.Peer.measure(ctx, out.Kept())
	if err != nil {
		return r, err
	}
	peer.Ratio = r.PerSecond / peer.PerSecond
	r.Peer = &peer
	return r, nil
}

// program starts everything that serve starts, with the sink as its relay.
func (w Wish) program(ctx context.Context, dir, relay string) (*app.App, error) {
	database := w.Database
	if database == "" {
		database = "sqlite:" + filepath.Join(dir, "kyodaku.db")
	}
	a, err := app.New(ctx, app.Config{
		DataDir: dir, Database: database, KeyFile: filepath.Join(dir, "key"), Listen: "127.0.0.1:0", Log: w.Log, Clock: time.Now,
		Mail: app.Mail{
			Mode: app.RelayMode, Inside: true, Hostname: "bench.sender.example", Connections: w.Connections, Signer: w.Signer,
			Relay: smtp.Target{Addr: relay, Hello: "bench.sender.example", TLS: smtp.TLSNever, Chunking: true},
		},
	})
	if err != nil {
		return nil, err
	}
	return a, a.Start(ctx)
}

// measure runs the campaigns.
func (r *Result) measure(ctx context.Context, c *company, out *sink.Sink, w Wish) error {
	began, octets := time.Now(), out.Octets()
	for first := true; first || time.Since(began) < w.For; first = false {
		one, err := c.run(ctx, out, int64(w.Recipients))
		if err != nil {
			return err
		}
		r.Campaigns = append(r.Campaigns, one)
		if w.Tell != nil {
			w.Tell(one)
		}
	}
	r.sum(out.Octets() - octets)
	return nil
}

// run sends one campaign and waits until every outcome is stored.
func (c *company) run(ctx context.Context, out *sink.Sink, readers int64) (Campaign, error) {
	var one Campaign
	before, cpu := out.Mails(), processor()
	began := time.Now()
	made, err := c.write(ctx)
	if err != nil {
		return one, fmt.Errorf("bench: campaign: %w", err)
	}
	for out.Mails() == before {
		if err := pause(ctx, time.Millisecond); err != nil {
			return one, err
		}
	}
	one.First = time.Since(began).Seconds()
	if err := c.await(ctx, made, &one); err != nil {
		return one, err
	}
	took := time.Since(began)
	p, err := c.app.Campaigns.Progress(ctx, c.app.DB, made.ID)
	if err != nil {
		return one, err
	}
	one.Mails = out.Mails() - before
	if p.Delivered != readers || one.Mails != readers {
		return one, fmt.Errorf("%w: %+v, %d received of %d", errLost, p, one.Mails, readers)
	}
	one.Seconds = took.Seconds()
	one.PerSecond = float64(readers) / took.Seconds()
	one.CPU = float64((processor() - cpu).Microseconds()) / float64(readers)
	return one, nil
}

// await looks at the memory until the campaign is done.
func (c *company) await(ctx context.Context, made campaign.Campaign, one *Campaign) error {
	for {
		one.Memory = max(one.Memory, resident())
		now, err := c.app.Campaigns.Get(ctx, c.app.DB, c.workspace.ID, made.ID)
		if err != nil || now.State == campaign.Done {
			return err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}
