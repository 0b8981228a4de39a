#!/usr/bin/env bash
# How much of a first scan of a history a second one takes, when nothing or little has changed.
#
#   bench/cache.sh REPO.git [ROUNDS]
#
# Each round starts without a cache. RINGFENCE=path measures another binary. Prints seconds and the ratio.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
repo=${1:?usage: bench/cache.sh REPO.git [ROUNDS]}
if [ -z "${RINGFENCE:-}" ]; then
  (cd "$root" && cargo build --release --locked --quiet)
  RINGFENCE=${CARGO_TARGET_DIR:-$root/target}/release/ringfence
fi
XDG_CACHE_HOME=$(mktemp -d)
export XDG_CACHE_HOME
trap 'rm -rf "$XDG_CACHE_HOME"' EXIT
TIMEFORMAT=%R
# Exit code 1 is findings; 2, which is incomplete, stores nothing.
scan() { "$RINGFENCE" git -q -f json -o "$XDG_CACHE_HOME/$1.json" "$repo" || [ $? = 1 ]; }
for round in $(seq "${2:-3}"); do
  rm -rf "$XDG_CACHE_HOME/ringfence"
  first=$( { time scan first; } 2>&1)
  second=$( { time scan second; } 2>&1)
  cmp "$XDG_CACHE_HOME/first.json" "$XDG_CACHE_HOME/second.json"
  echo "$first $second" | awk -v round="$round" '{printf "round %s: first %s s, second %s s, ratio %.3f\n", round, $1, $2, $2 / $1}'
done
