#!/usr/bin/env bash
# What a reviewer would say first: format, lints, licences, types, generated files.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/pages.sh
cargo fmt --all --check
cargo fmt --manifest-path bench/peers/rust/Cargo.toml --check
cargo clippy --locked --workspace --all-targets -- -D warnings
cargo test --locked -q --workspace --test crate_edges
# What is generated is generated anew, and has to be as it is committed.
TANDA_WRITE=1 cargo test --locked -q --workspace --test permissions_page
TANDA_UPDATE=1 cargo test --locked -q --workspace --test stories the_committed_interfaces
git diff --exit-code -- docs/security/permissions.md docs/openapi || {
  echo "Generated files were not current. They are now: look at the changes above and commit them." >&2
  exit 1
}
if ! command -v cargo-deny >/dev/null; then
  echo "Installing cargo-deny ..."
  cargo install --locked --quiet cargo-deny
fi
cargo deny --log-level error check bans licenses sources
# Only where the database of advisories can't be fetched are they left out.
if cargo deny --log-level error fetch db; then
  cargo deny --log-level error check advisories
else
  printf '\n  %s\n\n' "THE ADVISORIES WERE NOT CHECKED: their database can't be reached from here." >&2
fi
npm --prefix web run --silent check
npm --prefix web run --silent lint
