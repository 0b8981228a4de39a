#!/usr/bin/env bash
# Runs ringfence and its peers on made-up histories of growing size; prints one Markdown table of how they grow.
#
# usage: bench/history.sh [-n ROUNDS] [-w WARMUPS] [-t SECONDS] [-p PEER,…] [-r COMMITS] [-o OUT.md]
#                         [COMMITS…] [-- OUR FLAGS]
#
#   COMMITS  sizes, ascending (10000 100000); 1000000 works, but takes many minutes and gigabytes to make
#   -r       histories of up to so many commits are packed anew as `git gc` would (100000); larger ones keep
#            the pack that fast-import wrote, which holds the same objects with other deltas
#   -t       ends each run that takes longer (300); that tool is then not started on larger sizes
#   -p       as for bench/compare.sh, which does the measuring; -p '' for ringfence alone
#
# The histories (synthetic.py says what is in them) stay in target/bench for the next time. Each holds a known
# number of planted values. Exit code 1: a tool failed, or ringfence did not report just those.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bench=$root/target/bench
rounds=1 warmups=1 limit=300 chosen=kingfisher,gitleaks,betterleaks repack=100000 out=

usage() { sed -n '4,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
fail() { echo "bench/history.sh: $*" >&2; exit 2; }
while getopts n:w:t:p:r:o:h flag; do
  case $flag in
    n) rounds=$OPTARG ;; w) warmups=$OPTARG ;; t) limit=$OPTARG ;; p) chosen=$OPTARG ;;
    r) repack=$OPTARG ;; o) out=$OPTARG ;; *) usage ;;
  esac
done
shift $((OPTIND - 1))
sizes=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  [[ $1 =~ ^[1-9][0-9]*$ ]] || usage
  sizes+=("$1")
  shift
done
[ ${#sizes[@]} -gt 0 ] || sizes=(10000 100000)
mkdir -p "$bench"

# The last history of each size is used again if the same script made it and it is packed in the same way.
made() {
  local commits=$1 git=$bench/history-$1.git want started
  want="$(git hash-object "$root/bench/synthetic.py") repacked=$((commits <= repack))"
  if [ -f "$git/made" ] && [ "$(cat "$git/made")" = "$want" ]; then return; fi
  rm -rf "$git"
  started=$SECONDS
  git init --quiet --bare --initial-branch=main "$git"
  python3 "$root/bench/synthetic.py" "$commits" |
    git -C "$git" -c fastimport.unpackLimit=1 fast-import --quiet --depth=50
  if [ "$commits" -le "$repack" ]; then git -C "$git" repack -adfq --depth=50; fi
  echo "$want" > "$git/made"
  echo "made $commits commits in $((SECONDS - started)) s" >&2
}

work=$(mktemp -d "$bench/history.XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0 ran=$chosen
for commits in "${sizes[@]}"; do
  made "$commits"
  git=$bench/history-$commits.git
  git -C "$git" count-objects -v | awk '/^in-pack:/ { print $2 }' > "$work/$commits.objects"
  # Reading the pack for its size also brings it into memory, so that no tool's first run waits for the disk.
  cat "$git"/objects/pack/*.pack | wc -c >> "$work/$commits.objects"
  echo "== $commits commits" >&2
  "$root/bench/compare.sh" -n "$rounds" -w "$warmups" -t "$limit" -p "$ran" -o "$work/$commits.md" \
    history "$git" "$@" > /dev/null || failed=1
  [ -s "$work/$commits.md" ] || fail "bench/compare.sh gave no table for $commits commits"
  while read -r peer; do
    ran=${ran//$peer/}
  done < <(sed -n 's/^| \([a-z]*\) [^|]*| over .*/\1/p' "$work/$commits.md")
done

python3 -I -S - "$work" "$limit" "${sizes[@]}" << 'PYTHON' | tee ${out:+"$out"} || failed=1
import sys

work, limit, *sizes = sys.argv[1:]
tools, rows, wrong = [], {}, []
for size in sizes:
    with open(f"{work}/{size}.objects") as file:
        objects, pack = map(int, file)
    rows[size] = {"": (int(size), objects, pack / 1e6)}
    with open(f"{work}/{size}.md") as file:
        cells = [[cell.strip() for cell in line.strip(" |\n").split("|")] for line in file if line.startswith("|")]
    for tool, *figures in cells[2:]:
        tools += [tool] if tool not in tools else []
        rows[size][tool] = figures
    # One with commit 1,000 (the first is 0) and with every 5,000th from there.
    found, planted = cells[2][7], (int(size) + 3999) // 5000
    if found != str(planted):
        wrong.append(f"{size} commits: {planted} values planted, {found} reported by {cells[2][0]}")


def factors(values, before):
    return [f"{value / old:.1f}" if old else "–" for value, old in zip(values, before or [0] * len(values))]


def numbers(figures):
    try:
        return [float(figure) for figure in figures[:3]]
    except (TypeError, ValueError):
        return None


print("| tool | commits | objects | × | pack MB | × | wall s | × | CPU s | × | peak MiB | × | findings |")
print("|---|" + "--:|" * 12)
for tool in tools:
    before, size_before = None, None
    for size in sizes:
        commits, objects, pack = rows[size][""]
        grown = factors((objects, pack), size_before)
        size_before = objects, pack
        line = [tool, f"{commits:,}", f"{objects:,}", grown[0], f"{pack:.1f}", grown[1]]
        figures = rows[size].get(tool)
        taken = numbers(figures)
        if taken:
            for figure, factor in zip(figures, factors(taken, before)):
                line += [figure, factor]
            line.append(figures[6])
        else:
            line += [figures[0] if figures else "not run", *["–"] * 6]
        before = taken
        print(f"| {' | '.join(line)} |")
print(f"\n× is the figure over that of the row above. A tool that took longer than {limit} s is not run on larger sizes.")
if wrong:
    sys.exit("\n".join(wrong))
PYTHON
exit "$failed"
