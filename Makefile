# Four words, nothing else to learn:
#   make run      set up, build, and start everything on the sandbox city (FRESH=1 begins anew)
#   make test     set up, and pass every test
#   make check    format, lints, licences, types, generated files
#   make bench    speed, as ratios to a floor measured in the same run
# And one for whoever tunes recognition:
#   make accuracy FACES=<folder> or FINGERS=<folder>   error rates of the matchers on your own pictures

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.PHONY: run test check bench accuracy

# Arguments for `tanda serve`, such as ARGS="--port-offset 100".
ARGS ?=
# Where it keeps its data, and what FRESH=1 removes there: no more than it made.
TANDA_DATA ?= data
MADE = $(foreach one,authority provider verifier trust-anchor.pem,"$(TANDA_DATA)/$(one)")

run:
	@scripts/setup.sh run
	@scripts/pages.sh
	@cargo build --release --locked --bin tanda
	@$(if $(FRESH),rm -rf -- $(MADE))
	@exec target/release/tanda serve --sandbox sandbox $(ARGS)

test:
	@scripts/setup.sh test
	@scripts/test.sh

check:
	@scripts/setup.sh check
	@scripts/check.sh

bench:
	@scripts/setup.sh run
	@scripts/peers.sh
	@cargo build --release --locked --bin tanda --bin tanda-bench
	@target/release/tanda-bench

accuracy:
	@scripts/setup.sh run
	@cargo build --release --locked --bin tanda
	@target/release/tanda accuracy $(if $(FACES),--faces "$(FACES)") $(if $(FINGERS),--fingers "$(FINGERS)") $(if $(DPI),--dpi $(DPI)) $(if $(OUT),--out "$(OUT)")
	@$(if $(FINGERS),cargo build --release --locked --bin tanda-bench && target/release/tanda-bench --fingers "$(FINGERS)" $(DPI))
