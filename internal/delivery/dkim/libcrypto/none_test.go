//go:build static

package libcrypto

import "testing"

func TestItIsLeftOut(t *testing.T) {
	t.Parallel()
	if l, err := Open(); err == nil || l != nil {
		t.Error("a build that links nothing opened a library")
	}
}
