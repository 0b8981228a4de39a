#!/usr/bin/env bash
# Archives: a scan beside unpacking alone, in turn, on one folder packed in several ways; prints a Markdown table.
#
#   bench/archives.sh [FOLDER] [ROUNDS]
#
# The folder is that of cargo's sources, if nothing else is said. What packs and unpacks are the usual programs; one that is
# not here is left out. RINGFENCE=… names another binary.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-${CARGO_HOME:-$HOME/.cargo}/registry/src} rounds=${2:-5}
bench=$root/target/bench
mkdir -p "$bench"
if [ -z "${RINGFENCE:-}" ]; then
  (cd "$root" && cargo build --release --locked --quiet)
  RINGFENCE=${CARGO_TARGET_DIR:-$root/target}/release/ringfence
fi
work=$(mktemp -d "$bench/archives.XXXXXX")
trap 'rm -rf "$work"' EXIT
tar -cf "$work/a.tar" -C "$folder" .
cd "$work"
has() { command -v "$1" > /dev/null; }
gzip -k a.tar
python3 -I -S -B - "$folder" << 'PY'
import os, sys, zipfile

with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
    for folder, _, files in os.walk(sys.argv[1]):
        for name in files:
            path = os.path.join(folder, name)
            archive.write(path, os.path.relpath(path, sys.argv[1]))
PY
if has bzip2; then bzip2 -k a.tar; fi
if has xz; then xz -k -T0 -3 a.tar; fi
if has zstd; then zstd -q -k a.tar; fi
for seven in 7zz 7z; do if has $seven && [ ! -e a.7z ]; then $seven a -bd -bso0 a.7z a.tar; fi; done
python3 -I -S -B - "$root/bench" "$rounds" "$RINGFENCE" << 'PY'
import os, shutil, sys
sys.path.insert(0, sys.argv[1])
from measure import side_by_side

rounds, ours = int(sys.argv[2]), sys.argv[3]
seven = "7zz" if shutil.which("7zz") else "7z"
unpack = {
    "a.tar": ["cat", "a.tar"],
    "a.tar.gz": ["gzip", "-dc", "a.tar.gz"],
    "a.zip": ["unzip", "-p", "a.zip"] if shutil.which("unzip") else ["python3", "-m", "zipfile", "-t", "a.zip"],
    "a.tar.bz2": ["bzip2", "-dc", "a.tar.bz2"],
    "a.tar.xz": ["xz", "-dc", "-T1", "a.tar.xz"],
    "a.tar.zst": ["zstd", "-dcq", "a.tar.zst"],
    "a.7z": [seven, "x", "-so", "-bd", "a.7z"],
}
there = {name: argv for name, argv in unpack.items() if os.path.exists(name)}
tools = {}
for name, argv in there.items():
    tools[f"unpack {name}"] = [shutil.which(argv[0]), *argv[1:]]
    tools[f"scan {name}"] = [ours, "scan", name, "-q", "-f", "json", "-o", "report.json"]
took = side_by_side(tools, rounds)
print(f"{os.path.getsize('a.tar') / 2**20:.0f} MiB\n")
print("| | unpacking alone, CPU s | scan, CPU s | × | peak MiB |\n|---|--:|--:|--:|--:|")
for name in there:
    alone, scan = took[f"unpack {name}"], took[f"scan {name}"]
    print(f"| {name} | {alone[1]:.2f} | {scan[1]:.2f} | {scan[1] / max(alone[1], 0.001):.2f} | {scan[2]:.0f} |")
PY
