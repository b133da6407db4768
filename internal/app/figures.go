package app

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kyodaku/kyodaku/internal/delivery"
)

// figures counts what this node's delivery does. Providers with a profile have a label
// of their own, all others share one, so that labels stay few.
type figures struct {
	outcomes, attempts, replies *prometheus.CounterVec
	commit, group, sign         prometheus.Histogram
}

func newFigures() *figures {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	}
	return &figures{
		outcomes: counter("kyodaku_delivery_outcomes_total", "Stored results of hand-offs, deferrals included.", "provider", "awaited", "outcome"),
		attempts: counter("kyodaku_delivery_attempts_total", "Attempts, by whose fault a refusal was.", "provider", "blame"),
		replies:  counter("kyodaku_delivery_replies_total", "What servers answered to a message: 2xx, 4xx, 5xx, or none.", "provider", "class"),
		commit:   histogram("kyodaku_delivery_journal_commit_seconds", "Transactions that make intents and outcomes durable.", prometheus.ExponentialBuckets(0.0005, 2, 14)),
		group:    histogram("kyodaku_delivery_journal_group_size", "Intents and outcomes in one transaction.", prometheus.ExponentialBuckets(1, 2, 10)),
		sign:     histogram("kyodaku_dkim_sign_seconds", "Signing one message with all keys of its domain.", prometheus.ExponentialBuckets(0.00005, 2, 14)),
	}
}

// all lists the collectors.
func (f *figures) all() []prometheus.Collector {
	return []prometheus.Collector{f.outcomes, f.attempts, f.replies, f.commit, f.group, f.sign}
}

// Committed implements delivery.Watcher.
func (f *figures) Committed(took time.Duration, items int) {
	f.commit.Observe(took.Seconds())
	f.group.Observe(float64(items))
}

// Settled implements delivery.Watcher.
func (f *figures) Settled(s delivery.Settled) {
	f.outcomes.WithLabelValues(s.Provider, strconv.FormatBool(s.Awaited), string(s.Outcome)).Inc()
	if !s.Tried {
		return
	}
	blame := s.Blame
	if blame == "" {
		blame = "nobody"
	}
	f.attempts.WithLabelValues(s.Provider, blame).Inc()
	f.replies.WithLabelValues(s.Provider, replyClass(s.Code)).Inc()
}

// replyClass is the first digit of a code (RFC 5321 4.2.1) as a label.
func replyClass(code int) string {
	if code < 200 || code > 599 {
		return "none"
	}
	return strconv.Itoa(code/100) + "xx"
}

// timed is a Signer that counts how long it takes.
type timed struct {
	delivery.Signer
	seconds prometheus.Observer
}

// Sign implements delivery.Signer.
func (t timed) Sign(ctx context.Context, workspace int64, domain string, dst, message []byte, now time.Time) ([]byte, error) {
	began := time.Now()
	signed, err := t.Signer.Sign(ctx, workspace, domain, dst, message, now)
	t.seconds.Observe(time.Since(began).Seconds())
	return signed, err
}

// laneGauges are what the database says of lanes, and this node of its sessions.
type laneGauges struct {
	app                                                         *App
	queue, sessions, paused, stopped, oldest, uncertain, signer *prometheus.Desc
}

func newLaneGauges(a *App) *laneGauges {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &laneGauges{
		app:       a,
		queue:     desc("kyodaku_delivery_queue_messages", "Messages that wait: all, or those that are due.", "provider", "awaited", "which"),
		sessions:  desc("kyodaku_delivery_sessions_open", "Connections of this node that are open or being opened.", "provider"),
		paused:    desc("kyodaku_delivery_lanes_paused", "Lanes that rest because their receiver wants it.", "provider"),
		stopped:   desc("kyodaku_delivery_breakers_open", "Campaigns that are stopped at a provider.", "provider"),
		oldest:    desc("kyodaku_delivery_oldest_due_seconds", "For how long the first message has been due that nobody has taken up."),
		uncertain: desc("kyodaku_delivery_uncertain_messages", "Messages whose fate a crash has left unknown."),
		signer:    desc("kyodaku_dkim_signer_info", "By whose arithmetic RSA is signed; always 1.", "signer"),
	}
}

// Describe implements prometheus.Collector.
func (g *laneGauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.queue, g.sessions, g.paused, g.stopped, g.oldest, g.uncertain, g.signer} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (g *laneGauges) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, n float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n, labels...)
	}
	gauge(g.signer, 1, g.app.Domains.Keys.SignerName())
	for provider, n := range g.app.Engine.OpenSessions() {
		gauge(g.sessions, float64(n), provider)
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	t, err := g.app.Engine.Look().Totals(ctx, g.app.Clock())
	if err != nil {
		return // the scrape shows the gap
	}
	for of, q := range t.Queues {
		gauge(g.queue, float64(q.Waiting), of.Provider, strconv.FormatBool(of.Awaited), "waiting")
		gauge(g.queue, float64(q.Due), of.Provider, strconv.FormatBool(of.Awaited), "due")
	}
	for provider, n := range t.Paused {
		gauge(g.paused, float64(n), provider)
	}
	for provider, n := range t.Stopped {
		gauge(g.stopped, float64(n), provider)
	}
	gauge(g.oldest, t.Oldest.Seconds())
	gauge(g.uncertain, float64(t.Uncertain))
}
