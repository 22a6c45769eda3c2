#!/usr/bin/env bash
# Installs what `make run`, `make test` or `make check` needs and that isn't there yet.
# Usage: scripts/setup.sh run|test|check
set -euo pipefail
cd "$(dirname "$0")/.."

stop() {
  printf '\n  %s\n  %s\n\n' "$1" "$2" >&2
  exit 1
}

debian_package() { # command, package
  command -v "$1" >/dev/null && return
  command -v apt-get >/dev/null ||
    stop "The command '$1' is missing." "Install it with your system's package tool, then try again."
  local sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo"
  echo "Installing $2 ..."
  { $sudo apt-get install -y -qq "$2" >/dev/null 2>&1 ||
    { $sudo apt-get update -qq >/dev/null && $sudo apt-get install -y -qq "$2" >/dev/null; }; } ||
    stop "The package '$2' could not be installed." "Install it by hand (apt-get install $2), then try again."
}

[ -w . ] || stop "This folder can't be written to." "Clone Tanda into a folder of your own, then try again."

command -v cargo >/dev/null || stop "Rust is missing." "Install it from rustup.rs (1.95 or newer), then try again."
debian_package node nodejs
debian_package npm npm
debian_package pip3 python3-pip
debian_package cc build-essential
[ "$1" != test ] || debian_package chromium chromium

node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
  stop "Node.js $(node --version) is too old." "Install Node.js 20 or newer, then try again."

scripts/models.sh
