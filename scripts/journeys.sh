#!/usr/bin/env bash
# The journeys outside of Rust: other people's libraries from Node, and a real browser.
set -euo pipefail
cd "$(dirname "$0")/.."

for suite in journeys/interop journeys/browser; do
  [ -e "$suite/package.json" ] || continue
  (
    cd "$suite"
    if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
      npm ci --no-audit --no-fund --loglevel=error
    fi
    npm test --silent
  )
done
