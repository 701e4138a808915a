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
# Pairs of filter and event in the long comparison of filters with what Winlogbeat has of them.
EQUAL ?= 100000
# Damaged copies of event files in the long test of the readers.
COPIES ?= 12000
# How often the test of delivery kills the program; 20 where cargo runs it alone.
KILLS ?= 200
# What tests and lints are built with: everything that a user can have.
FEATURES := cli,evtx,serve,watch,deliver,wasm,wasm-more
# How what tests run is built. What makes them long is this package's own code, and where all of them run it is worth a little optimisation; who changes
# the code and runs a few waits for the compiler instead. In pieces, which are not optimised across their borders: that takes longer than it gains.
# Overflows and debug assertions are found as in any development build.
OWN := profile.dev.package.blocksieve
TESTED := --config $(OWN).opt-level=1 --config $(OWN).codegen-units=16 --config 'profile.dev.lto="off"' --features $(FEATURES)
# The program that the tests built, with the page in it: the blocks and the page are tried with it.
BUILT := $(abspath $(or $(CARGO_TARGET_DIR),target))/debug/blocksieve

.PHONY: help run test lint wasm page fuzz blockly bench features differential explore limits screenshots need-cargo

help: ## what there is
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

need-cargo:
	@command -v cargo >/dev/null || { echo "no Rust here: install it with rustup (1.90 or later)" >&2; exit 1; }

run: need-cargo ## builds everything, then starts the editor on the Sysmon example and prints its address
	@.ci/tools
	@www/build.sh || [ $$? = 77 ]
	cargo run --release --quiet -- serve examples/sysmon

# What shares compiled dependencies side by side, and the page before the program that it is built into.
test: ## everything that CI runs
	@$(STAGE) --begin
	@$(STAGE) "tools" .ci/tools
	@$(STAGE) "format" cargo fmt --check
	@$(STAGE) "clippy" cargo clippy --all-targets --features $(FEATURES) -- -D warnings
	@$(STAGE) "features" $(MAKE) features
	@$(STAGE) "wasm" www/wasm/build.sh
	@$(STAGE) "page" www/page.sh
	@BLOCKSIEVE_KILLS=$(KILLS) $(STAGE) "tests" cargo test $(TESTED)
	@BLOCKSIEVE=$(BUILT) $(STAGE) "blockly" tests/blockly/run.sh
	@$(STAGE) "differential" $(MAKE) differential
	@$(STAGE) "wasm parity" tests/browser/run.sh $(TESTED)
	@BLOCKSIEVE=$(BUILT) $(STAGE) "browser" tests/browser/page.sh
	@$(STAGE) --summary

lint: need-cargo ## format and clippy, warnings denied
	cargo fmt --check
	cargo clippy --all-targets --features $(FEATURES) -- -D warnings

features: need-cargo ## every combination of features compiles, without warnings
	@.ci/features

# With the programs of `make test`. What reads none of these numbers was as long there.
differential: need-cargo ## the machine against its slow twin, PAIRS random pairs; filters against their processors, EQUAL of them; readers on COPIES damaged files
	BLOCKSIEVE_PAIRS=$(PAIRS) BLOCKSIEVE_EQUAL=$(EQUAL) BLOCKSIEVE_COPIES=$(COPIES) \
	    BLOCKSIEVE_SYSMON=$(EQUAL) BLOCKSIEVE_SYSMON_EVENTS=20000 \
		    cargo test $(TESTED) --test differential -- $(foreach part,cases compiled corpus damaged findings strange,--skip sysmon_config::$(part)::)

# Every other run begins from the seed of .cargo/config.toml.
explore: need-cargo ## the random tests from a fresh seed, which it prints; what it finds becomes a case
	@export PROPTEST_RNG_SEED=$${PROPTEST_RNG_SEED:-$$(date +%s)}; echo "PROPTEST_RNG_SEED=$$PROPTEST_RNG_SEED"; \
	cargo test $(TESTED) && $(MAKE) differential

wasm: need-cargo ## builds the library for the browser into www/wasm/pkg and weighs it
	www/wasm/build.sh

page: need-cargo ## builds the editor's page and its engine into www/dist; needs Node and npm
	www/build.sh

limits: ## the browser's modules: hostile sizes, and that they answer what the host answers; needs Node and `make wasm`
	tests/browser/run.sh

screenshots: need-cargo page ## the pictures of the README, taken in Chromium
	cargo build
	BLOCKSIEVE=$${CARGO_TARGET_DIR:-target}/debug/blocksieve node tests/browser/screenshots.mjs

blockly: need-cargo ## the blocks in the real Blockly; needs Node and npm
	tests/blockly/run.sh

# Seconds a reader is fuzzed, and where its seeds are gathered.
FUZZ ?= 600
SEEDS := target/fuzz-seeds
READERS ?= blockly_json blockly_xml events_json events_xml events_csv events_evtx sysmon_config
FORMS := tests/forms/files

# cargo-fuzz asks for compiler flags that only an unstable compiler takes, or one that is told to. Link-time optimisation
# would leave next to nothing of what it counts.
fuzz: need-cargo ## fuzzes the READERS of workspaces, events and configurations, FUZZ seconds each, from the examples; needs cargo-fuzz
	@command -v cargo-fuzz >/dev/null || { echo "no cargo-fuzz here: cargo install cargo-fuzz" >&2; exit 1; }
	mkdir -p $(SEEDS)/{blockly_json,blockly_xml,events_json,events_xml,events_csv,events_evtx,sysmon_config}
	find examples tests -name '*.json' -path '*bl*' -not -path '*/node_modules/*' -exec cp {} $(SEEDS)/blockly_json ';'
	cargo run --quiet -- convert --to blockly-xml examples/sysmon/filters examples/sysmon/classify examples/sysmon/alerts -o $(SEEDS)/blockly_xml
	find examples tests -name '*.xml' -not -path '*/node_modules/*' -not -path '*/forms/*' -exec cp {} $(SEEDS)/blockly_xml ';'
	for file in $(FORMS)/*json*; do split -l 1 -a 4 $$file $(SEEDS)/events_json/$$(basename $$file)-; cp $$file $(SEEDS)/events_json; done
	for file in $(FORMS)/*.xml $(FORMS)/*.syslog; do split -l 1 $$file $(SEEDS)/events_xml/$$(basename $$file)-; done
	cp $(FORMS)/*.csv $(SEEDS)/events_csv
	tail -c +4097 $(FORMS)/events.evtx > $(SEEDS)/events_evtx/chunk
	cp examples/sysmon/config/*.xml $(SEEDS)/sysmon_config
	awk -v to=$(SEEDS)/sysmon_config/page- '/^```/ { out = /^```sysmon/ ? to ++n : ""; next } out { print > out }' grammar/diagnostics.md
	for reader in $(READERS); do \
	    RUSTC_BOOTSTRAP=1 CARGO_PROFILE_RELEASE_LTO=off cargo fuzz run --sanitizer none $$reader $(SEEDS)/$$reader -- \
	        -max_total_time=$(FUZZ) -max_len=65536 -dict=fuzz/$$reader.dict -print_final_stats=1; \
	done

bench: need-cargo ## criterion benchmarks
	cargo bench
