#!/usr/bin/env bash
# Fuzzes the parsers of foreign bytes one after the other, and prints what came of it as a table.
# Usage: scripts/fuzz.sh [target|all] [runs]     (all targets, 10,000,000 executions each)
#   SANITIZER=address  finds misuse of memory as well, at about a third of the speed
#   MOST_SECONDS=600   goes on to the next target after so many seconds
#   KEEP=1             adds what was found to the corpora, and minimises them
# See fuzz/README.md.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

wanted=${1:-all}
runs=${2:-10000000}
sanitizer=${SANITIZER:-none}
seconds=${MOST_SECONDS:-0}
triple=$(rustc -vV | sed -n 's/^host: //p')
# The tree's own, and for each sanitizer another: they share nothing.
export CARGO_TARGET_DIR="$PWD/target/$sanitizer"
work=$PWD/target/work

stop() {
  printf '\n  %s\n  %s\n\n' "$1" "$2" >&2
  exit 2
}

if ! cargo fuzz --version >/dev/null 2>&1; then
  echo "Installing cargo-fuzz ..." >&2
  cargo install --locked --quiet cargo-fuzz ||
    stop "cargo-fuzz could not be installed." "Install it by hand (cargo install cargo-fuzz), then try again."
fi
targets=$(basename -s .rs fuzz_targets/*.rs)
only=()
if [ "$wanted" != all ]; then
  grep -qx -- "$wanted" <<<"$targets" || stop "There is no target '$wanted'." "Choose one of: $(tr '\n' ' ' <<<"$targets")"
  targets=$wanted only=("$wanted")
fi

# The instrumentation is an unstable feature, and no nightly compiler is needed for it: the stable
# one is told to take it.
RUSTC_BOOTSTRAP=1 cargo fuzz build --fuzz-dir . --sanitizer "$sanitizer" "${only[@]}" >&2

minimise() { # target, binary
  local kept=$work/$1/kept
  rm -rf "$kept" && mkdir -p "$kept"
  "$2" -merge=1 -set_cover_merge=1 -use_counters=0 -max_len="$3" "$kept" "corpus/$1" "$work/$1/corpus" \
    >"$work/$1/merge.log" 2>&1
  rm -rf "corpus/${1:?}" && mv "$kept" "corpus/$1"
}

crashed=0
printf '| target | most bytes | executions | per second | crashes |\n|---|---:|---:|---:|---:|\n'
for target in $targets; do
  binary=$CARGO_TARGET_DIR/$triple/release/$target
  most_bytes=$(sed -n 's/^pub const MAX_LEN: usize = \([0-9]*\);$/\1/p' "targets/src/$target.rs")
  mkdir -p "$work/$target/corpus" "$work/$target/crashes"
  log=$work/$target/log
  before=$(find "$work/$target/crashes" -type f | wc -l)
  # What is found goes into the first folder; the committed corpus is only read.
  "$binary" -runs="$runs" -max_total_time="$seconds" -max_len="$most_bytes" -dict=tanda.dict \
    -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$work/$target/crashes/" "$work/$target/corpus" "corpus/$target" \
    >"$log" 2>&1 || true
  crashes=$(($(find "$work/$target/crashes" -type f | wc -l) - before))
  # A target that fails without leaving bytes behind (a broken start, say) has failed as well.
  grep -q '^Done' "$log" || [ "$crashes" -gt 0 ] || crashes=1
  stat() { sed -n "s/^stat::$1: *//p" "$log" | tail -n 1; }
  printf "| %s | %s | %'d | %'d | %d |\n" "$target" "$most_bytes" \
    "$(stat number_of_executed_units)" "$(stat average_exec_per_sec)" "$crashes"
  if [ "$crashes" -gt 0 ]; then
    crashed=1
    printf 'See fuzz/target/work/%s/log\n' "$target" >&2
  elif [ -n "${KEEP:-}" ]; then
    minimise "$target" "$binary" "$most_bytes"
  fi
done
exit "$crashed"
