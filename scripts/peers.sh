#!/usr/bin/env bash
# Installs the SD-JWT libraries that `make bench` measures beside ours (see bench/peers/README.md).
# One that can't be installed is named here, and said to be missing in the table.
set -uo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-target}/peers"
mkdir -p "$target"

rust() {
  cargo build --release --locked --quiet --manifest-path bench/peers/rust/Cargo.toml --target-dir "$target"
}

node() {
  local folder=bench/peers/node
  [ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ] ||
    npm --prefix $folder ci --no-audit --no-fund --loglevel=error
}

python() {
  local needs=bench/peers/python/requirements.txt
  [ "$target/venv/installed" -nt $needs ] || {
    python3 -m venv --clear --without-pip "$target/venv" &&
      python3 -m pip --python "$target/venv/bin/python" install \
        --quiet --disable-pip-version-check --requirement $needs &&
      touch "$target/venv/installed"
  }
}

for peer in rust node python; do
  $peer || echo "bench/peers/$peer could not be installed; the table will do without it." >&2
done
