#!/usr/bin/env bash
# The lint of environments beside dotenv-linter, in turn, on made-up env files; prints a Markdown table.
#
#   bench/lint.sh [ROUNDS] [SERVICES] [KEYS]
#
# 500 services with 4 env files of 60 keys each, if nothing else is said. dotenv-linter 4.0.0 is built from
# crates.io into target/bench, or named by DOTENV_LINTER=…; RINGFENCE=… names another binary of ours. It knows the
# grammar only, so it is to be held against the first row of ours.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
rounds=${1:-5} services=${2:-500} keys=${3:-60}
bench=$root/target/bench
mkdir -p "$bench"
if [ -z "${RINGFENCE:-}" ]; then
  (cd "$root" && cargo build --release --locked --quiet)
  RINGFENCE=${CARGO_TARGET_DIR:-$root/target}/release/ringfence
fi
if [ -z "${DOTENV_LINTER:-}" ]; then
  DOTENV_LINTER=$bench/bin/dotenv-linter
  [ -x "$DOTENV_LINTER" ] || cargo install --quiet --locked --root "$bench" --version 4.0.0 dotenv-linter
fi
work=$(mktemp -d "$bench/lint.XXXXXX")
trap 'rm -rf "$work"' EXIT
python3 "$root/bench/envs.py" "$work/envs" "$services" "$keys"
cd "$work"
python3 -I -S -B - "$root/bench" "$rounds" "$RINGFENCE" "$DOTENV_LINTER" << 'PY'
import sys
sys.path.insert(0, sys.argv[1])
from measure import side_by_side

rounds, ours, theirs = int(sys.argv[2]), sys.argv[3], sys.argv[4]
lint = [ours, "env", "envs", "-q", "-f", "json", "-o", "report.json"]
tools = {
    "dotenv-linter": [theirs, "check", "-r", "--plain", "-q", "envs"],
    "ringfence, grammar": [*lint, "--grammar"],
    "ringfence, all checks": [*lint, "--no-trace"],
    "ringfence, all checks and trace": lint,
}
took = side_by_side(tools, rounds)
base = took["dotenv-linter"][1]
print("| | wall s | CPU s | CPU × | peak MiB | exit |\n|---|--:|--:|--:|--:|--:|")
for name, (wall, cpu, peak, code) in took.items():
    print(f"| {name} | {wall:.3f} | {cpu:.3f} | {cpu / base:.2f} | {peak:.0f} | {code} |")
PY
