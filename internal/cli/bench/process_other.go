//go:build !linux

package bench

// resident is not known here.
func resident() float64 { return 0 }

// processorName is not known here.
func processorName() string { return "unknown" }
