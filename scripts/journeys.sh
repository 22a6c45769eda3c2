#!/usr/bin/env bash
# The journeys outside of Rust: other people's libraries from Node, and a real browser.
# The programs are the ones that scripts/test.sh has built.
set -euo pipefail
cd "$(dirname "$0")/.."
bin="${CARGO_TARGET_DIR:-target}/debug/tanda"

install_packages() { # folder
  if [ ! -e "$1/node_modules/.package-lock.json" ] ||
    [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then
    npm --prefix "$1" ci --no-audit --no-fund --loglevel=error
  fi
}

# Whether something listens already at one of the city's ports.
taken() { # port offset
  local port
  for port in 8600 8601 8602; do
    if (: >"/dev/tcp/127.0.0.1/$((port + $1))") 2>/dev/null; then return 0; fi
  done
  return 1
}

interop() {
  echo "Interop: npm's OpenID4VC and SD-JWT libraries against ours."
  local data offset server resident number name
  data=$(mktemp -d)
  offset=$((4000 + RANDOM % 2000))
  while taken "$offset"; do offset=$((4000 + RANDOM % 2000)); done
  "$bin" serve --sandbox sandbox --data "$data" --port-offset "$offset" --log warn >"$data/out" &
  server=$!
  # shellcheck disable=SC2064 # the values of now
  trap "kill $server 2>/dev/null || true; rm -rf '$data'" EXIT
  for _ in $(seq 300); do
    grep -q '^Ready' "$data/out" && break
    sleep 0.2
  done
  resident=$(head -n 1 sandbox/city/residents.jsonl)
  number=$(node -p 'JSON.parse(process.argv[1]).number' "$resident")
  name=$(node -p 'const r = JSON.parse(process.argv[1]); `${r.family_name} ${r.given_name}`.trim()' "$resident")
  shots=$(node -p 'require("path").dirname(JSON.parse(process.argv[1]).portrait)' "$resident")
  node journeys/interop/wallet.mjs --number "$number" --name "$name" --shots "sandbox/$shots" \
    --access-code sandbox-hotel --staff mei --pin 472916 \
    --authority "http://localhost:$((8600 + offset))" \
    --provider "http://localhost:$((8601 + offset))" \
    --verifier "http://localhost:$((8602 + offset))"
  node journeys/interop/fabricate.mjs "$data/messages.json"
  TANDA_NPM_MESSAGES="$data/messages.json" cargo test --locked -q --workspace --test npm_messages
  kill "$server"
  wait "$server" || true
  trap - EXIT
  rm -rf "$data"
}

install_packages journeys/interop
interop
install_packages journeys/browser
TANDA_BIN="$(realpath "$bin")" npm --prefix journeys/browser test --silent
