package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	sqlOutboxStates = `SELECT state, COUNT(*) FROM outbox WHERE state = 0 GROUP BY state
		UNION ALL SELECT state, COUNT(*) FROM outbox WHERE state IN (1, 2) GROUP BY state
		UNION ALL SELECT state, COUNT(*) FROM outbox WHERE state = 4 GROUP BY state`
	sqlJobStates      = `SELECT state, COUNT(*) FROM job WHERE state IN ('queued', 'running') GROUP BY state`
	sqlSlowestRefusal = `SELECT COALESCE(MAX(refusal_seconds), 0) FROM workspace_figure`
	sqlLogPending     = `SELECT COUNT(*) FROM consent_pending`
)

// gauges are the figures that an operator's alarms watch. They are read from the
// database when asked for, so that every node tells the same.
type gauges struct {
	app                                   *App
	outbox, jobs, pending, stale, refusal *prometheus.Desc
}

func newGauges(a *App) *gauges {
	return &gauges{
		app:     a,
		outbox:  prometheus.NewDesc("kyodaku_outbox_messages", "Messages without an outcome, by state.", []string{"state"}, nil),
		jobs:    prometheus.NewDesc("kyodaku_jobs", "Jobs that wait or run.", []string{"state"}, nil),
		pending: prometheus.NewDesc("kyodaku_consent_log_pending_events", "Consent events that are not in the tree yet.", nil, nil),
		stale:   prometheus.NewDesc("kyodaku_gate_feed_age_seconds", "How old this node's knowledge of refusals is; above 1 it hands nothing off.", nil, nil),
		refusal: prometheus.NewDesc("kyodaku_refusal_slowest_seconds", "The longest time from a refusal to its effect in the last day; above 300 warn, above 3600 alarm.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.outbox, g.jobs, g.pending, g.stale, g.refusal} {
		out <- d
	}
}

// scrapeTime bounds the questions of one scrape.
const scrapeTime = 5 * time.Second

// outboxStates are the names of the outbox's states.
func outboxStates() map[string]string {
	return map[string]string{"0": "queued", "1": "leased", "2": "at_the_dot", "4": "parked"}
}

// Collect implements prometheus.Collector. What cannot be read is left out, and
// the scrape shows the gap.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	if counts, err := g.app.countOutbox(ctx); err == nil {
		for state, n := range counts {
			out <- prometheus.MustNewConstMetric(g.outbox, prometheus.GaugeValue, n, outboxStates()[state])
		}
	}
	if counts, err := g.app.countJobs(ctx); err == nil {
		for state, n := range counts {
			out <- prometheus.MustNewConstMetric(g.jobs, prometheus.GaugeValue, n, state)
		}
	}
	var pending float64
	if err := g.app.DB.QueryRow(ctx, sqlLogPending).Scan(&pending); err == nil {
		out <- prometheus.MustNewConstMetric(g.pending, prometheus.GaugeValue, pending)
	}
	var slowest float64
	if err := g.app.DB.QueryRow(ctx, sqlSlowestRefusal).Scan(&slowest); err == nil {
		out <- prometheus.MustNewConstMetric(g.refusal, prometheus.GaugeValue, slowest)
	}
	out <- prometheus.MustNewConstMetric(g.stale, prometheus.GaugeValue, g.app.Gate.Age(g.app.Clock()).Seconds())
}

func (a *App) countOutbox(ctx context.Context) (map[string]float64, error) {
	rows, err := a.DB.Query(ctx, sqlOutboxStates)
	return counts(rows, err)
}

func (a *App) countJobs(ctx context.Context) (map[string]float64, error) {
	rows, err := a.DB.Query(ctx, sqlJobStates)
	return counts(rows, err)
}

// scannable is what counts needs of *sql.Rows.
type scannable interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

func counts(rows scannable, err error) (map[string]float64, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]float64{}
	for rows.Next() {
		var state string
		var n float64
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		out[state] = n
	}
	return out, rows.Err()
}

// startMetrics answers /metrics on a port of its own, which need not be public.
func (a *App) startMetrics() error {
	if a.MetricsListen == "" {
		return nil
	}
	registry := prometheus.NewRegistry()
	for _, c := range append(a.figures.all(),
		newGauges(a), newLaneGauges(a), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	) {
		if err := registry.Register(c); err != nil {
			return fmt.Errorf("app: metrics: %w", err)
		}
	}
	l, err := net.Listen("tcp", a.MetricsListen)
	if err != nil {
		return fmt.Errorf("app: metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	s := &http.Server{Handler: mux, ReadHeaderTimeout: scrapeTime}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.Log.Error("the metrics server ended", "error", err)
		}
	}()
	a.onStop(func(ctx context.Context) {
		if err := s.Shutdown(ctx); err != nil {
			_ = s.Close() // nobody waits for a scrape
		}
	})
	return nil
}
