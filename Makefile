# Blocksieve. `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# The stages share one target folder and two cores: one at a time, and no machine is helped by make's own -j.
.NOTPARALLEL:

STAGE := .ci/stage
# Pairs of rules and event in the long differential test: the machine against its slow twin.
PAIRS ?= 1000000
# What tests and lints are built with: everything that a user can have.
FEATURES := cli,evtx,wasm

.PHONY: help run test lint wasm bench features differential limits blockly need-cargo

help: ## what there is
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

need-cargo:
	@command -v cargo >/dev/null || { echo "no Rust here: install it with rustup (1.90 or later)" >&2; exit 1; }

run: need-cargo ## builds, then runs the Sysmon example on its sample events and prints the decisions
	cargo run --release --quiet -- run examples/sysmon --events examples/sysmon/events

# Dearest last, and what shares compiled dependencies side by side.
test: ## everything that CI runs
	@$(STAGE) --begin
	@$(STAGE) "tools" .ci/tools
	@$(STAGE) "format" cargo fmt --check
	@$(STAGE) "clippy" cargo clippy --all-targets --features $(FEATURES) -- -D warnings
	@$(STAGE) "features" $(MAKE) features
	@$(STAGE) "tests" cargo test --features $(FEATURES)
	@$(STAGE) "blockly" tests/blockly/run.sh
	@$(STAGE) "differential" $(MAKE) differential
	@$(STAGE) "wasm" www/wasm/build.sh
	@$(STAGE) "wasm limits" tests/browser/run.sh
	@$(STAGE) --summary

lint: need-cargo ## format and clippy, warnings denied
	cargo fmt --check
	cargo clippy --all-targets --features $(FEATURES) -- -D warnings

features: need-cargo ## every combination of features compiles, without warnings
	@for features in "" cli evtx wasm cli,evtx cli,wasm evtx,wasm cli,evtx,wasm bindings; do \
	    echo "features: $${features:-none}"; \
	    cargo clippy --quiet --no-default-features --features "$$features" -- -D warnings; \
	done

differential: need-cargo ## the machine against its slow twin, PAIRS random pairs
	BLOCKSIEVE_PAIRS=$(PAIRS) cargo test --release --test differential

wasm: need-cargo ## builds the library for the browser into www/wasm/pkg and weighs it
	www/wasm/build.sh

limits: ## hostile sizes in the browser's module; needs Node and `make wasm`
	tests/browser/run.sh

blockly: need-cargo ## the blocks in the real Blockly; needs Node and npm
	tests/blockly/run.sh

bench: need-cargo ## criterion benchmarks
	cargo bench
