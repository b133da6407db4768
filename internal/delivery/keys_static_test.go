//go:build static

package delivery

import "testing"

// The build that links nothing signs with the standard library, and does not pretend.
func TestTheStaticBuildSignsWithGo(t *testing.T) {
	t.Parallel()
	k := NewKeys(nil, nil)
	if k.SignerName() != string(Standard) || k.Use(Libcrypto) == nil || k.Use(Fastest) != nil || k.SignerName() != string(Standard) {
		t.Errorf("it signs with %s", k.SignerName())
	}
}
