# Development. "make help" lists the targets; installing Frontdesk is in docs/operations.md.

DEVSTACK    := .dev/bin/devstack
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
WEB         := widgetgw/web
# Packages whose tests run at the same time: several start a Synapse, which takes a core each.
PARALLEL    ?= 2
TIMEOUT     ?= 60m
# What takes longest begins first, so that nothing long is left over for one core at the end.
LONGEST     := ./e2e ./appservice ./desk

# What tests keep goes to memory where there is some, for homeservers wait for the disk most of the time; what Go builds stays where programs may run.
ON_DISK     := $(or $(TMPDIR),/tmp)
IN_MEMORY   := $(shell test -w /dev/shm && test "$$(df --output=avail /dev/shm | tail -n 1)" -gt 4000000 && echo /dev/shm || echo $(ON_DISK))

.DEFAULT_GOAL := help
.PHONY: help run run-clean build web test test-web lint lint-go lint-web fmt bench chaos sizes prepare devstack

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: devstack ## run everything here with a demo site: Synapse, LiveKit, frontdesk, logins for Element; Ctrl-C stops it
	@exec $(DEVSTACK) run

run-clean: devstack ## forget what "make run" has kept
	@exec $(DEVSTACK) clean

build: web ## build bin/frontdesk with the widget inside
	go build -trimpath -o bin/frontdesk ./cmd/frontdesk

# What fails first does not hide the rest: one run tells everything.
test: prepare ## run every test on the real parts, getting what is missing first
	@failed=0; $(MAKE) --no-print-directory -k lint test-web || failed=1; \
	echo "go test -race -p $(PARALLEL) -timeout $(TIMEOUT) ./..."; \
	kept=$$(mktemp -d -p $(IN_MEMORY) frontdesk-test-XXXXXX); trap 'rm -rf "$$kept"' EXIT; trap 'exit 1' INT TERM; chmod 755 "$$kept"; \
	TMPDIR=$$kept GOTMPDIR=$(ON_DISK) go test -race -p $(PARALLEL) -timeout $(TIMEOUT) $(LONGEST) ./... || failed=1; exit $$failed

test-web: web
	npm --prefix $(WEB) test --silent
	npm --prefix $(WEB) run --silent sizes
	npm --prefix $(WEB) run --silent calls

lint: lint-go lint-web ## check format, vet, staticcheck, types and house rules

lint-go:
	@unformatted=$$(git ls-files -co --exclude-standard '*.go' | xargs gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	go test ./internal/archtest

lint-web: web
	npm --prefix $(WEB) run --silent lint

fmt: ## format the Go code
	git ls-files -co --exclude-standard '*.go' | xargs gofmt -w

bench: ## measure against the same Synapse without us; prints one line a figure
	go run ./e2e/bench

chaos: ## kill and cut everything at random and count messages; MESSAGES=2000 SEED=1 CHANNEL=widget
	go run ./e2e/chaos

sizes: web ## print the gzipped bytes of launcher, chat and calls; fails above a budget
	@npm --prefix $(WEB) run --silent sizes

prepare: devstack
	@exec $(DEVSTACK) prepare

web: devstack
	@exec $(DEVSTACK) web

devstack:
	@command -v go >/dev/null || { echo "Go is missing: install version 1.26 or later from go.dev" >&2; exit 1; }
	@go build -o $(DEVSTACK) ./cmd/devstack
