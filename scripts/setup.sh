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
  install_package "$2" "The command '$1' is missing."
}

chinese_font() { # for the pages' pictures; visitors bring their own
  [ -z "$(fc-list :lang=zh-cn family)" ] || return 0
  install_package fonts-wqy-microhei "A font with Chinese characters is missing."
}

install_package() { # package, what is missing
  command -v apt-get >/dev/null || stop "$2" "Install it with your system's package tool, then try again."
  local sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo"
  echo "Installing $1 ..."
  { $sudo apt-get install -y -qq "$1" >/dev/null 2>&1 ||
    { $sudo apt-get update -qq >/dev/null && $sudo apt-get install -y -qq "$1" >/dev/null; }; } ||
    stop "The package '$1' could not be installed." "Install it by hand (apt-get install $1), then try again."
}

[ -w . ] || stop "This folder can't be written to." "Clone Tanda into a folder of your own, then try again."

command -v cargo >/dev/null || stop "Rust is missing." "Install it from rustup.rs (1.95 or newer), then try again."
debian_package node nodejs
debian_package npm npm
debian_package pip3 python3-pip
debian_package cc build-essential
debian_package pkg-config pkg-config
pkg-config --exists libpcsclite || install_package libpcsclite-dev "The library for card readers (PC/SC) is missing."
if [ "$1" = test ]; then
  debian_package chromium chromium
  debian_package fc-list fontconfig
  chinese_font
  debian_package pcscd pcscd
  debian_package vpcd-config vsmartcard-vpcd
  debian_package openssl openssl
fi

node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
  stop "Node.js $(node --version) is too old." "Install Node.js 20 or newer, then try again."

scripts/models.sh
