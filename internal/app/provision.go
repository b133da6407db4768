package app

import "github.com/kyodaku/kyodaku/internal/provision"

// buildProvision builds what hands personal data over and keeps the records of it.
func (a *App) buildProvision() {
	a.ProvisionRuns = provision.NewRuns(provision.RunConfig{Book: a.Provisions, Jobs: a.Jobs, Ring: a.Ring, Log: a.Log})
}
