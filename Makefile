# The flags that ./start and ./test use too.
export GOFLAGS := $(shell . ./.ci/go.sh && echo "$$GOFLAGS")

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
N ?= 20

.DEFAULT_GOAL := help
.PHONY: help demo build test race bench chaos axe screenshots markup generate lint

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## open the demonstration community
	@./start

build: ## build the binary for release, .build/kumun
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o .build/kumun ./cmd/kumun

test: ## run every test on both engines
	@./test

race: ## run the tests under the race detector, on PostgreSQL
	go run ./internal/services/with env KUMUN_TEST_ENGINE=postgres go test -race -timeout 30m ./...

bench: ## measure against the budgets, into docs/benchmarks.md
	go run ./e2e/bench

chaos: ## kill processes N times at random moments, on each engine (N=20), 50 times in a mailing of 20,000; 8 weeks of 10,000 readers, a code behind 200,000 letters
	for engine in sqlite postgres; do \
		KUMUN_TEST_ENGINE=$$engine KUMUN_CHAOS_KILLS=$(N) KUMUN_CHAOS_READERS=20000 KUMUN_CHAOS_MAIL_KILLS=50 \
			go test -count=1 -timeout 90m -v ./e2e/chaos || exit 1; \
		KUMUN_TEST_ENGINE=$$engine KUMUN_DIGEST_MEMBERS=10000 go run ./internal/services/with \
			go test -count=1 -timeout 60m -v -run ManyReaders ./notifications || exit 1; \
		KUMUN_TEST_ENGINE=$$engine KUMUN_CROWD=200000 go run ./internal/services/with \
			go test -count=1 -timeout 20m -v -run Nobody ./jobs || exit 1; \
	done

axe: ## look for barriers on every shape of page, in all four looks
	KUMUN_LOOKS=all go test -count=1 -timeout 30m -run ShutsAnybodyOut ./e2e/browser

screenshots: ## picture every page, at both widths and in both themes
	go run ./e2e/screenshots

markup: ## check the HTML of every page, in French and English (needs Node)
	rm -rf .build/screenshots
	go run ./e2e/screenshots --markup
	npx --yes html-validate@10.4.0 --config e2e/screenshots/htmlvalidate.json '.build/screenshots/*.html'

generate: ## write the Go code of the pages, and format
	go tool templ fmt .
	.ci/generate
	gofmt -w $$(git ls-files '*.go')

lint: ## check style, arrows between rooms and known mistakes
	go vet ./...
	go tool -modfile=tools.mod golangci-lint run
