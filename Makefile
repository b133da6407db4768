# The commands of this repository. `make test` is all that a change must pass; `make check` is what a release must.
SHELL := bash
.SHELLFLAGS := -o pipefail -c
GO ?= go
FUZZTIME ?= 60s
TESTFLAGS ?=
PACKAGES ?= ./...

.PHONY: help test deps lint check race build build-static static demo pictures fuzz clean

help:
	@printf '%s\n' 'make test    all tests on SQLite, PostgreSQL, Chromium, Postfix, Exim and Rspamd' \
		'make check   format, vet, staticcheck, the exceptions of the house, all tests with the race detector' \
		'make build   the program, bin/kyodaku, without a C compiler' \
		'make build-static  the same linked to nothing, bin/kyodaku-static: it runs on any Linux, and signs more slowly' \
		'make static  the tests of signing in that build' \
		'make demo    a whole Kyodaku in a temporary folder' \
		'make pictures the pictures of README, from the running demo' \
		'make fuzz    every fuzz target for FUZZTIME (60s)' \
		'make clean   what the above left behind'

# Results are never taken from a cache: engines outside the code are part of what is tested.
test: deps
	@counts=$$(mktemp) && trap 'rm -f "$$counts"' EXIT && export KYODAKU_TEST_COUNTS=$$counts && \
	scripts/postgres-test.sh run $(GO) test -count=1 -timeout 30m $(TESTFLAGS) $(PACKAGES) && \
	$(GO) run ./internal/testcount/sum "$$counts"

deps:
	@scripts/test-deps.sh

lint: bin/gofumpt bin/staticcheck
	@unformatted=$$(bin/gofumpt -l cmd internal); \
	if [ -n "$$unformatted" ]; then printf 'gofumpt -w would change:\n%s\n' "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	bin/staticcheck ./...
	@scripts/postgres-test.sh run $(GO) test -count=1 -v -run 'Exceptions|Short' ./internal/arch | grep -vE '^(=== |--- PASS)'

# The engine of SQLite is C in Go's clothes: checking its pointers takes most of the time and tells nothing of ours.
race: deps
	@command -v gcc >/dev/null || command -v cc >/dev/null || { echo 'the race detector needs a C compiler: install gcc'; exit 1; }
	@counts=$$(mktemp) && trap 'rm -f "$$counts"' EXIT && export KYODAKU_TEST_COUNTS=$$counts && \
	CGO_ENABLED=1 scripts/postgres-test.sh run $(GO) test -race -gcflags='modernc.org/...=-d=checkptr=0' -count=1 -timeout 60m $(TESTFLAGS) $(PACKAGES) && \
	$(GO) run ./internal/testcount/sum "$$counts"

check: lint race

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/kyodaku ./cmd/kyodaku

build-static:
	CGO_ENABLED=0 $(GO) build -tags static -trimpath -ldflags '-s -w' -o bin/kyodaku-static ./cmd/kyodaku

# Only what signs differs in that build; the whole of it runs in the demo that continuous integration checks.
static: deps
	$(GO) test -count=1 -tags static ./internal/delivery/dkim/...
	scripts/postgres-test.sh run $(GO) test -count=1 -tags static -run 'Sign|Key|Authentic' ./internal/delivery

demo:
	$(GO) run ./cmd/kyodaku demo

# The same test runs in `make test`, but there the pictures are thrown away.
pictures: deps
	KYODAKU_PICTURES=$(CURDIR)/docs/images $(GO) test -count=1 ./internal/pictures

fuzz:
	scripts/fuzz.sh $(FUZZTIME)

clean:
	rm -rf bin dist internal/browsertest/node_modules

bin/gofumpt bin/staticcheck: tools/go.mod tools/go.sum
	$(GO) build -C tools -o ../bin/ mvdan.cc/gofumpt honnef.co/go/tools/cmd/staticcheck
	@touch bin/gofumpt bin/staticcheck
