#!/usr/bin/env python3
"""Scans repositories again and again: each report must be the same, and nothing may grow or be left behind.

usage: bench/soak.py PROGRAM SCANS REPO…

Each scan has another number of threads; of each repository the history and, where there is one, the work tree are
scanned in turn. A temporary folder of its own must be empty at the end.
"""

import hashlib
import os
import pathlib
import random
import subprocess
import sys
import tempfile

program, scans, repos = sys.argv[1], int(sys.argv[2]), sys.argv[3:]


def peak_of(command, env):
    """Runs a command; its output, its exit code and its peak memory in MiB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return out, process.returncode, usage.ru_maxrss / 1024


def main():
    rng = random.Random(0)
    seen, peaks, faults = {}, {}, []
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "TMPDIR": folder, "SOURCE_DATE_EPOCH": "1800000000"}
        for number in range(scans):
            repo = repos[number % len(repos)]
            is_tree = pathlib.Path(repo, ".git").exists() and number // len(repos) % 2 == 1
            jobs = rng.choice([1, 2, 3, 4, 8, 16])
            command = [program, *(["scan", repo] if is_tree else ["git", repo, "--no-cache"]), "-f", "json", "-j", str(jobs)]
            out, code, peak = peak_of(command, env)
            key = (repo, is_tree)
            result = (hashlib.sha256(out).hexdigest(), code)
            if seen.setdefault(key, result) != result:
                faults.append(f"scan {number} of {repo} with {jobs} threads: another report")
            if code not in (0, 1, 2):
                faults.append(f"scan {number} of {repo}: exit code {code}")
            peaks.setdefault(key, []).append((jobs, peak))
        left = sorted(os.listdir(folder))
        faults += [f"left in the temporary folder: {name}" for name in left]
    for (repo, is_tree), all_ in peaks.items():
        kind = "work tree" if is_tree else "history"
        by = {jobs: max(peak for of, peak in all_ if of == jobs) for jobs, _ in sorted(all_)}
        shown = ", ".join(f"{peak:.0f} with {jobs}" for jobs, peak in by.items())
        print(f"{kind} of {pathlib.Path(repo).name}: {len(all_)} scans, exit {seen[(repo, is_tree)][1]}, "
              f"peak MiB by threads: {shown}")
    print("\n".join(faults) or f"{scans} scans: no report differs, nothing is left behind")
    return 1 if faults else 0


sys.exit(main())
