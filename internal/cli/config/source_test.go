package config

import (
	"fmt"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

func loadWith(t *testing.T, file string, args ...string) (Config, error) {
	t.Helper()
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	flags := (&cobra.Command{}).Flags()
	Register(flags, texts.For(i18n.En))
	if err := flags.Parse(append(args, "--config=k.toml")); err != nil {
		t.Fatal(err)
	}
	return Load(flags, nil, func(string) ([]byte, error) { return []byte(file), nil })
}

func TestSourcesAreReadAsItemsAndAsTables(t *testing.T) {
	t.Parallel()
	const want = "[{first 192.0.2.10 out1.example.jp 50 1.5 14 2026-04-01 00:00:00 +0000 UTC} {second 2001:db8::1  0 1.4 0 0001-01-01 00:00:00 +0000 UTC}]"
	for name, file := range map[string]string{
		"items": `delivery.sources = ["first=192.0.2.10;hello=out1.example.jp.;start=50;growth=1.5;days=14;begun=2026-04-01", "second=2001:db8::1"]`,
		"tables": `[[delivery.sources]]
name = "first"
address = "192.0.2.10"
hello = "out1.example.jp"
start = 50
growth = 1.5
days = 14
begun = 2026-04-01
[[delivery.sources]]
name = "second"
address = "2001:db8::1"`,
	} {
		c, err := loadWith(t, file)
		if got := fmt.Sprint(c.Delivery.Sources); err != nil || got != want {
			t.Errorf("%s are %s, %v", name, got, err)
		}
	}
	c, err := loadWith(t, "", "--delivery-sources=a=192.0.2.1,b=192.0.2.2", "--delivery-profiles-dir=/etc/profiles")
	if err != nil || len(c.Delivery.Sources) != 2 || c.Delivery.ProfilesDir != "/etc/profiles" || !c.Delivery.Sources[0].Begun.Equal(time.Time{}) {
		t.Errorf("%+v, %v", c.Delivery, err)
	}
}

func TestSourcesThatMeanNothingAreRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"192.0.2.1", "a=", "A=192.0.2.1", "a=0.0.0.0", "a=fe80::1%eth0", "a=224.0.0.1", "a=192.0.2.1;x=1", "a=192.0.2.1;hello=one",
		"a=192.0.2.1;days=3", "a=192.0.2.1;start=3;days=3", "a=192.0.2.1;start=3;days=3;begun=tomorrow", "a=192.0.2.1;start=0;days=3;begun=2026-01-01",
		"a=192.0.2.1;growth=0.5;start=3;days=3;begun=2026-01-01", "a=192.0.2.1;growth=NaN;start=3;days=3;begun=2026-01-01",
		"a=192.0.2.1,a=192.0.2.2", "a=192.0.2.1,b=192.0.2.1",
	} {
		if c, err := loadWith(t, "", "--delivery-sources="+bad); err == nil {
			t.Errorf("%q is %+v", bad, c.Delivery.Sources)
		}
	}
	for _, bad := range []string{
		"[[delivery.sources]]\nname = \"a;days=3\"\naddress = \"192.0.2.1\"", "[[delivery.sources]]\nname = \"a\"", "[[delivery.resolvers]]\nname = \"a\"",
		"[[delivery.sources]]\nname = \"a\"\naddress = \"192.0.2.1\"\nhello = [\"x\"]", "delivery.sources = 3",
	} {
		if c, err := loadWith(t, bad); err == nil {
			t.Errorf("%q is %+v", bad, c.Delivery.Sources)
		}
	}
}

func TestTheNumberOfConnectionsFollowsTheMode(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]int{"--delivery-mode=mx": mxConcurrency, "--delivery-mode=catch": usualConcurrency, "--delivery-concurrency=10000": 10_000} {
		if c, err := loadWith(t, "", arg); err != nil || c.Delivery.Concurrency != want {
			t.Errorf("%s gives %d, %v", arg, c.Delivery.Concurrency, err)
		}
	}
	if _, err := loadWith(t, "", "--delivery-concurrency=10001"); err == nil {
		t.Error("10001 connections are allowed")
	}
}
