#!/usr/bin/env python3
"""Scans repositories again and again: each report must be the same, and nothing may grow or be left behind.

usage: bench/soak.py PROGRAM SCANS REPO… [-- FLAG…]

Each scan has another number of threads, and what the last scan has kept of a history is used or not, as chance has it.
Of each repository the history and, where there is one, the work tree are scanned in turn; the flags go with the scans of
histories. A temporary folder of its own must be empty at the end, the one for what is kept may hold one file a
repository and must not grow, and the later scans of a kind may not take more memory than the earlier ones.
"""

import hashlib
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

MOST_GROWTH = 1.1

program, scans, repos = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
flags = repos[repos.index("--") + 1 :] if "--" in repos else []
repos = repos[: repos.index("--")] if "--" in repos else repos


def peak_of(command, env):
    """Runs a command; its output, its exit code and its peak memory in MiB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return out, process.returncode, usage.ru_maxrss / 1024


def growth(peaks):
    """Median peak of the second half of the scans to that of the first, each peak as part of the highest with as many threads."""
    highest = {}
    for jobs, peak in peaks:
        highest[jobs] = max(peak, highest.get(jobs, 0))
    parts = [peak / highest[jobs] for jobs, peak in peaks]
    half = len(parts) // 2
    return statistics.median(parts[half:]) / statistics.median(parts[:half]) if half else 1


def main():
    rng = random.Random(0)
    seen, peaks, faults = {}, {}, []
    with tempfile.TemporaryDirectory() as home:
        temporary, cache = pathlib.Path(home, "temporary"), pathlib.Path(home, "cache")
        temporary.mkdir()
        env = {**os.environ, "TMPDIR": str(temporary), "XDG_CACHE_HOME": str(cache), "HOME": home,
               "SOURCE_DATE_EPOCH": "1800000000"}
        for number in range(scans):
            repo = repos[number % len(repos)]
            is_tree = pathlib.Path(repo, ".git").exists() and number // len(repos) % 2 == 1
            jobs, is_cached = rng.choice([1, 2, 3, 4, 8, 16]), not is_tree and rng.random() < 0.5
            kind = "work tree" if is_tree else "history, cached" if is_cached else "history"
            what = ["scan", repo] if is_tree else ["git", repo, *([] if is_cached else ["--no-cache"]), *flags]
            out, code, peak = peak_of([program, *what, "-f", "json", "-j", str(jobs)], env)
            result = (hashlib.sha256(out).hexdigest(), code)
            if seen.setdefault((repo, is_tree), result) != result:
                faults.append(f"scan {number} of {repo} ({kind}) with {jobs} threads: another report")
            if code not in (0, 1, 2):
                faults.append(f"scan {number} of {repo}: exit code {code}")
            peaks.setdefault((repo, kind), []).append((jobs, peak))
        faults += [f"left in the temporary folder: {name}" for name in sorted(os.listdir(temporary))]
        kept = sorted(path for path in cache.rglob("*") if path.is_file())
        if len(kept) > len(repos):
            faults += [f"left in the folder for what is kept: {path.name}" for path in kept]
    for (repo, kind), all_ in peaks.items():
        by = {jobs: max(peak for of, peak in all_ if of == jobs) for jobs, _ in sorted(all_)}
        shown = ", ".join(f"{peak:.0f} with {jobs}" for jobs, peak in by.items())
        grown = growth(all_)
        print(f"{pathlib.Path(repo).name}, {kind}: {len(all_)} scans, exit {seen[(repo, kind == 'work tree')][1]}, "
              f"peak MiB by threads: {shown}; second half to first: {grown:.2f}")
        # The first scan of a history reads what later ones need not.
        if grown > MOST_GROWTH:
            faults.append(f"{kind} of {repo}: memory grows")
    print("\n".join(faults) or f"{scans} scans: no report differs, no memory grows, nothing is left behind")
    return 1 if faults else 0


sys.exit(main())
