#!/usr/bin/env bash
# What a reviewer would say first: format, lints, licences, types, generated files.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/pages.sh
cargo fmt --all --check
cargo fmt --manifest-path bench/peers/rust/Cargo.toml --check
cargo clippy --locked --workspace --all-targets -- -D warnings
cargo test --locked -q -p tanda-journeys --test crate_edges
if ! command -v cargo-deny >/dev/null; then
  echo "Installing cargo-deny ..."
  cargo install --locked --quiet cargo-deny
fi
# Advisories need the advisory database; where it can't be fetched, the rest is still checked.
cargo deny --log-level error check bans licenses sources
cargo deny --log-level error check advisories ||
  echo "The advisories were not checked: the database could not be fetched, or one applies (see above)." >&2
npm --prefix web run --silent check
npm --prefix web run --silent lint
