#!/usr/bin/env bash
# Builds the pages into web/dist, if anything under web/ is newer than the last build.
set -euo pipefail
cd "$(dirname "$0")/../web"

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "Installing the pages' packages ..."
  npm ci --no-audit --no-fund --loglevel=error
fi
if [ ! -e dist/.built ] ||
  [ -n "$(find . -path ./node_modules -prune -o -path ./dist -prune -o -type f -newer dist/.built -print -quit)" ]; then
  echo "Building the pages ..."
  npm run --silent build
  touch dist/.built
fi
