# Each target is a plain command too: read its lines. `setup` installs what they need, and is quiet when all is there.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

TOOLS := bin/tools
DEMO := bin/demo

.PHONY: setup build demo test test-go test-e2e test-all lint vuln golden clean-tree bench bench-api compare fmt

setup:
	@bash testdata/setup.sh

build:
	@go build -trimpath -o bin/scaffold ./cmd/scaffold

# The main job: a project with the defaults, installed, its tests run.
demo: setup build
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	cd $(DEMO) && ../scaffold new shop --yes
	cd $(DEMO)/shop && uv sync --quiet && uv run pytest -q

# All tests. The parts can be run alone.
test: setup lint test-go clean-tree vuln test-e2e

test-go:
	go test -race ./...

# Generated projects: installed, checked, tested and served.
test-e2e: export SCAFFOLD_MERGES = 10000
test-e2e: export SCAFFOLD_COMBINATIONS = all
test-e2e:
	go test -tags e2e ./cmd ./cmd/prompt ./generator/... ./templates
	go test -tags e2e -timeout 50m -v ./cmd/e2e

# A real project of every combination of answers: days on one machine, so SCAFFOLD_SHARD=i/n takes the i-th of each n.
test-all: export SCAFFOLD_PROJECTS = all
test-all: setup
	go test -tags e2e -timeout 0 -run '^TestProjects$$' -v ./cmd/e2e

lint:
	go vet ./...
	go vet -tags e2e,benchapi ./...
	$(TOOLS)/staticcheck -tags e2e,benchapi ./...
	@test -z "$$($(TOOLS)/gofumpt -l cmd generator templates)" || { $(TOOLS)/gofumpt -l cmd generator templates; echo "not formatted: run make fmt"; exit 1; }
	go mod tidy -diff

vuln:
	@bash testdata/vuln.sh $(TOOLS)/govulncheck

# Golden files and help texts are what the program makes today.
golden:
	go test ./generator ./cmd -run 'Golden|Help|Pairwise' -update

clean-tree: golden
	@git diff --exit-code --stat -- testdata docs README.md || { echo "golden files or help texts have changed: look at git diff"; exit 1; }

compare:
	@bash testdata/compare.sh

bench: build
	@bash testdata/bench.sh

# SCAFFOLD_TEMPLATE names a clone of fastapi/full-stack-fastapi-template to compare with.
bench-api: setup
	@go test -tags e2e,benchapi -run '^TestBenchAPI$$' -count=1 -timeout 30m -v ./cmd/e2e | grep -vE '^(=== |--- |PASS|ok )'

fmt:
	$(TOOLS)/gofumpt -w cmd generator templates
