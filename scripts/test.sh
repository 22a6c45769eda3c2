#!/usr/bin/env bash
# Every test: units, properties, vectors, journeys, pages, other people's libraries, a real browser.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/pages.sh
npm --prefix web run --silent check
npm --prefix web test --silent
cargo build --locked --workspace --all-targets
# Other people's programs that stories run (journeys/peers).
cargo build --locked --manifest-path journeys/peers/chip-reader/Cargo.toml \
  --target-dir "${CARGO_TARGET_DIR:-target}/peers"
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --locked --workspace --no-fail-fast
else
  cargo test --locked --workspace --no-fail-fast
fi
scripts/journeys.sh
