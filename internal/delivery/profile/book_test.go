package profile_test

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/delivery/profile"
)

func TestLoad(t *testing.T) {
	if _, err := profile.Load(); err != nil {
		t.Fatal(err)
	}
}
