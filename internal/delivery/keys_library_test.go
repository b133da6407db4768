//go:build linux && (amd64 || arm64) && !static

package delivery

import "testing"

// Where the library is, it signs unless it is told not to.
func TestTheUsualBuildSignsWithTheLibrary(t *testing.T) {
	t.Parallel()
	k := NewKeys(nil, nil)
	if err := k.Use(Libcrypto); err != nil || k.SignerName() != string(Libcrypto) {
		t.Errorf("it signs with %s: %v (install libssl3)", k.SignerName(), err)
	}
	if err := k.Use(Standard); err != nil || k.SignerName() != string(Standard) {
		t.Errorf("told to sign with Go, it signs with %s: %v", k.SignerName(), err)
	}
}
