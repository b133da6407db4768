package bench

import (
	"context"
	"crypto"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/delivery/dkim"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Result is what a run measured, with the circumstances that a figure is worth
// nothing without.
type Result struct {
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	System    string `json:"system"`
	Go        string `json:"go"`
	Database  string `json:"database"`
	// Durability is what a commit waits for.
	Durability  string `json:"durability"`
	Connections int    `json:"connections"`
	// Signer is by what RSA-2048 was computed; relay means that nothing was signed.
	Signer string `json:"signer"`
	// SigningLimit is how many RSA-2048 signatures all cores make in a second while
	// they do nothing else; 0 where nothing is signed.
	SigningLimit float64 `json:"signing_limit_per_second,omitempty"`
	// Share is PerSecond as part of SigningLimit.
	Share float64 `json:"share_of_signing_limit,omitempty"`
	// Size is the mean size of a mail as it went over the wire, in octets.
	Size      int64      `json:"mail_octets"`
	Mails     int64      `json:"mails"`
	Seconds   float64    `json:"seconds"`
	PerSecond float64    `json:"mails_per_second"`
	PerHour   float64    `json:"mails_per_hour"`
	CPU       float64    `json:"cpu_us_per_mail"`
	Memory    float64    `json:"peak_mb"`
	Campaigns []Campaign `json:"campaigns"`
	// Peer is what another server achieved with the same mails, or nil.
	Peer *PeerResult `json:"peer,omitempty"`
}

// describe notes the circumstances and measures the limit of the signer.
func describe(ctx context.Context, a *app.App, w Wish) (Result, error) {
	r := Result{
		Processor: processorName(), Cores: runtime.GOMAXPROCS(0), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		Database: string(a.DB.Engine()), Connections: w.Connections, Signer: string(app.SignRelay),
	}
	var err error
	if r.Durability, err = durability(ctx, a.DB); err != nil {
		return r, err
	}
	if w.Signer == app.SignRelay {
		return r, nil
	}
	key, err := a.Domains.Keys.Fresh()
	if err != nil {
		return r, err
	}
	r.Signer = key.Name()
	r.SigningLimit, err = signingLimit(key)
	return r, err
}

// limitTime is how long the limit of the signer is measured.
const limitTime = 3 * time.Second

// signingLimit has every core sign and nothing else.
func signingLimit(key dkim.Signer) (float64, error) {
	var signed atomic.Int64
	var failed error
	var once sync.Once
	var work sync.WaitGroup
	began := time.Now()
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			digest := sha256.Sum256([]byte(key.Name()))
			for time.Since(began) < limitTime {
				if _, err := key.Sign(nil, digest[:], crypto.SHA256); err != nil {
					once.Do(func() { failed = err })
					return
				}
				signed.Add(1)
			}
		})
	}
	work.Wait()
	return float64(signed.Load()) / time.Since(began).Seconds(), failed
}

// durability asks the database what a commit waits for.
func durability(ctx context.Context, db *store.DB) (string, error) {
	d, err := db.Durability(ctx)
	if err != nil {
		return "", fmt.Errorf("bench: %w", err)
	}
	return d, nil
}

// sum adds up the campaigns.
func (r *Result) sum(octets int64) {
	for _, c := range r.Campaigns {
		r.Mails += c.Mails
		r.Seconds += c.Seconds
		r.CPU += c.CPU * float64(c.Mails)
		r.Memory = max(r.Memory, c.Memory)
	}
	r.Size = octets / r.Mails
	r.CPU /= float64(r.Mails)
	r.PerSecond = float64(r.Mails) / r.Seconds
	r.PerHour = r.PerSecond * 3600
	if r.SigningLimit > 0 {
		r.Share = r.PerSecond / r.SigningLimit
	}
}

// Print writes a result for people.
func (r Result) Print(out io.Writer, say func(key string, args ...any) string) {
	fmt.Fprint(out, say("cli.bench.result",
		"Processor", r.Processor, "Cores", r.Cores, "System", r.System, "Go", r.Go, "Database", r.Database, "Durability", r.Durability,
		"Signer", r.Signer, "Connections", r.Connections, "Size", r.Size, "Mails", r.Mails, "Seconds", fmt.Sprintf("%.1f", r.Seconds),
		"PerSecond", fmt.Sprintf("%.0f", r.PerSecond), "PerHour", fmt.Sprintf("%.2f", r.PerHour/1e6), "CPU", fmt.Sprintf("%.0f", r.CPU),
		"Memory", fmt.Sprintf("%.0f", r.Memory), "First", fmt.Sprintf("%.2f", r.Campaigns[0].First),
	)+"\n")
	if r.SigningLimit > 0 {
		fmt.Fprint(out, say("cli.bench.limit", "Limit", fmt.Sprintf("%.0f", r.SigningLimit), "Share", fmt.Sprintf("%.0f", 100*r.Share))+"\n")
	}
	if r.Peer != nil {
		fmt.Fprint(out, say("cli.bench.peer_result", "Addr", r.Peer.Addr, "Mails", r.Peer.Mails, "Seconds", fmt.Sprintf("%.1f", r.Peer.Seconds),
			"PerSecond", fmt.Sprintf("%.0f", r.Peer.PerSecond), "Ratio", fmt.Sprintf("%.1f", r.Peer.Ratio))+"\n")
	}
}
