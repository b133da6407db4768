package app

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/duty"
)

// timeRefusals writes down when refusals were committed, until run ends.
func (a *App) timeRefusals(run context.Context, effects *duty.Effects) {
	run, cancel := context.WithCancel(run)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := effects.Run(run); err != nil {
			a.Log.Error("times of refusals were not stored", "error", err)
		}
	}()
	a.onStop(func(context.Context) { cancel(); <-done })
}
