#!/usr/bin/env python3
"""Peak memory of each source while its input grows tenfold, as a Markdown table.

usage: bench/memory.py PROGRAM [NAME…]      # only rows with one of these words in them

Inputs of one, ten and a hundred units are made in a temporary folder (TMPDIR says where; 2 GiB), scanned once each, and
removed. Peak is the largest resident set, as GNU time has it; it cannot be lower than the 10 MiB of an interpreter that
starts the program. Two threads, reports as JSON, nothing kept from scan to scan where the row does not say so. Secrets are random
values in the shape of a token of GitHub's, made here while the files are written and known to nobody as an account.
"""

import gzip
import lzma
import os
import pathlib
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile

from synthetic import line, token

PROGRAM, WORDS = os.path.abspath(sys.argv[1]), sys.argv[2:]
HERE = pathlib.Path(__file__).parent
MIB = 1 << 20
RNG = random.Random(0)
BLOCK = b"".join(line(RNG) + b"\n" for _ in range(40_000))[:MIB]


def git(folder, *args, stdin=None):
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "gc.auto=0", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, "-C", str(folder), *args], check=True, stdin=stdin, stdout=subprocess.DEVNULL)


def text(path, mib, block=BLOCK):
    with open(path, "wb") as file:
        for _ in range(mib):
            file.write(block)
    return str(path)


def one_line(folder, units):
    return ["scan", text(folder / "a.txt", units, BLOCK.replace(b"\n", b" "))]


def lines(folder, units):
    return ["scan", text(folder / "a.log", units)]


def addresses(folder, units):
    with open(folder / "a.log", "w", encoding="ascii") as file:
        for number in range(2_000 * units):
            file.write(f"2026-01-01 00:00:00 user{number}.name@mail{number % 97}.io logged in from 10.0.0.1\n")
    return ["scan", str(folder / "a.log")]


def secrets(path, count, same=False):
    value = token(RNG)
    with open(path, "w", encoding="ascii") as file:
        for _ in range(count):
            file.write(f"TOKEN={value if same else token(RNG)}\n")
    return str(path)


def distinct(folder, units):
    return ["scan", secrets(folder / "a.txt", 2_000 * units)]


def same(folder, units):
    return ["scan", secrets(folder / "a.txt", 2_000 * units, same=True)]


def files(folder, units, each=1_000):
    for number in range(100 * units):
        below = folder / "tree" / f"{number % 97}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"{number}.c").write_bytes(BLOCK[number : number + each])
    return ["scan", str(folder / "tree")]


def tracked(folder, units):
    files(folder, units)
    git(folder / "tree", "init", "-q")
    git(folder / "tree", "add", ".")
    return ["scan", str(folder / "tree")]


def staged(folder, units):
    tracked(folder, units)
    return ["git", "--staged", str(folder / "tree")]


def zip_large(folder, units):
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(text(folder / "a.txt", units))
    os.remove(folder / "a.txt")
    return ["scan", str(folder / "a.zip")]


def zip_many(folder, units):
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(1_000 * units):
            archive.writestr(f"{number}.txt", BLOCK[number : number + 1_000])
    return ["scan", str(folder / "a.zip")]


def tar_gz(folder, units, inner=text, name="a.txt"):
    inner(folder / name, units)
    with gzip.open(folder / "a.tar.gz", "wb", compresslevel=1) as out, tarfile.open(fileobj=out, mode="w") as archive:
        archive.add(folder / name, name)
    os.remove(folder / name)
    return ["scan", str(folder / "a.tar.gz")]


def nested(folder, units):
    def inner(path, units):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("a.txt", BLOCK * units)

    return tar_gz(folder, units, inner, "a.zip")


def xz(folder, units):
    with lzma.open(folder / "a.xz", "wb", preset=1) as out:
        for _ in range(units):
            out.write(BLOCK)
    return ["scan", str(folder / "a.xz")]


def stream(folder, units):
    return ["scan", "-"], text(folder / "a.txt", units)


def stream_distinct(folder, units):
    return ["scan", "-"], secrets(folder / "a.txt", 2_000 * units)


def stream_same(folder, units):
    return ["scan", "-"], secrets(folder / "a.txt", 2_000 * units, same=True)


def repository(folder, commits):
    bare = folder / "history.git"
    git(folder, "init", "-q", "--bare", str(bare))
    with subprocess.Popen([sys.executable, HERE / "synthetic.py", str(commits)], stdout=subprocess.PIPE) as made:
        git(bare, "fast-import", "--quiet", "--depth=50", stdin=made.stdout)
    return str(bare)


def history(folder, units):
    return ["git", "--no-cache", repository(folder, 1_000 * units)]


def history_first(folder, units):
    return ["git", repository(folder, 1_000 * units)]


def history_second(folder, units):
    subprocess.run([PROGRAM, *history_first(folder, units)], env=environment(folder), capture_output=True, check=False)
    return ["git", str(folder / "history.git")]


def part(folder, units):
    return ["git", "--range", f"main~{90 * units}..main", repository(folder, 20_000)]


def history_distinct(folder, units):
    """Each commit adds a file with one value."""
    bare = folder / "history.git"
    git(folder, "init", "-q", "--bare", str(bare))
    with open(folder / "stream", "w", encoding="ascii") as out:
        for number in range(200 * units):
            body = f"TOKEN={token(RNG)}\n"
            out.write(f"commit refs/heads/main\ncommitter a <a@example.com> {1_700_000_000 + number} +0000\ndata 1\nx\n"
                      f"M 100644 inline {number % 97}/{number}.txt\ndata {len(body)}\n{body}\n")
    with open(folder / "stream", "rb") as made:
        git(bare, "fast-import", "--quiet", stdin=made)
    return ["git", "--no-cache", str(bare)]


def audit(folder, units):
    return ["audit", history_distinct(folder, units)[-1]]


def environments(folder, units):
    for number in range(20 * units):
        below = folder / "project" / f"service{number}"
        below.mkdir(parents=True)
        (below / ".env").write_text("".join(f"KEY_{at}=value{number}{at}\n" for at in range(60)), encoding="ascii")
    return ["env", "--no-history", str(folder / "project")]


def values(folder, count):
    path = folder / "values.env"
    path.write_text("".join(f"KEY_{at}=v{RNG.getrandbits(96):x}\n" for at in range(count)), encoding="ascii")
    return ["--values", str(path)]


def trace_text(folder, units):
    return ["trace", "--no-history", *values(folder, 100), text(folder / "a.txt", units)]


def trace_values(folder, units):
    return ["trace", "--no-history", *values(folder, 100 * units), text(folder / "a.txt", 10)]


def redact(folder, units):
    return ["redact", "-q"], text(folder / "a.txt", units)


def redact_distinct(folder, units):
    return ["redact", "-q"], secrets(folder / "a.txt", 2_000 * units)


def baseline(folder, units):
    (folder / "tree").mkdir()
    secrets(folder / "tree" / "a.txt", 200 * units)
    git(folder / "tree", "init", "-q")
    return ["baseline", "create", "."], None, folder / "tree"


def report(folder, units, name="one.json"):
    path = folder / name
    of = secrets(folder / f"{name}.txt", 2_000 * units)
    with open(path, "wb") as out:
        subprocess.run([PROGRAM, "scan", of, "-f", "json", "-q"], stdout=out, check=False)
    return str(path)


def merge(folder, units):
    return ["report", "merge", report(folder, units), report(folder, units, "two.json")]


def convert(folder, units):
    return ["report", "convert", report(folder, units)]


def as_format(name):
    return lambda folder, units: [*distinct(folder, units), "-f", name]


ROWS = [
    ("file, one line", "1 MiB", one_line),
    ("file, log lines", "1 MiB", lines),
    ("file, an address a line", "2,000 lines", addresses),
    ("file, a secret a line", "2,000 findings", distinct),
    ("the same as text", "2,000 findings", as_format("text")),
    ("the same as SARIF", "2,000 findings", as_format("sarif")),
    ("the same as HTML", "2,000 findings", as_format("html")),
    ("file, one secret in each line", "2,000 places", same),
    ("files", "100 files", files),
    ("work tree", "100 files", tracked),
    ("zip, one member", "1 MiB", zip_large),
    ("zip, many members", "1,000 members", zip_many),
    ("tar.gz", "1 MiB", tar_gz),
    ("zip in a tar.gz", "1 MiB", nested),
    ("xz", "1 MiB", xz),
    ("standard input", "1 MiB", stream),
    ("standard input, a secret a line", "2,000 findings", stream_distinct),
    ("standard input, one secret in each line", "2,000 places", stream_same),
    ("history", "1,000 commits", history),
    ("history, first scan that is kept", "1,000 commits", history_first),
    ("history, second scan", "1,000 commits", history_second),
    ("history, a secret a commit", "200 commits", history_distinct),
    ("git --range", "90 commits", part),
    ("git --staged", "100 files", staged),
    ("audit, a secret a commit", "200 commits", audit),
    ("env", "20 files", environments),
    ("trace, text", "1 MiB", trace_text),
    ("trace, values", "100 values", trace_values),
    ("redact", "1 MiB", redact),
    ("redact, a secret a line", "2,000 secrets", redact_distinct),
    ("baseline create", "200 findings", baseline),
    ("report merge", "2 × 2,000 findings", merge),
    ("report convert", "2,000 findings", convert),
]


def environment(folder):
    return {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "HOME": str(folder)}


def measure(build, folder, units):
    """Makes an input and scans it once: peak MiB, wall s, CPU s."""
    made = build(folder, units)
    argv, stdin, cwd = (*made, None)[:3] if isinstance(made, tuple) else (made, None, None)
    is_scan = argv[0] in ("scan", "git", "trace", "audit", "env")
    more = ["-j", "2", *([] if "-f" in argv else ["-f", "json"])] if is_scan else []
    with open(stdin or os.devnull, "rb") as source, open(folder / "errors", "wb") as errors:
        measured = [sys.executable, "-I", "-S", "-c", MEASURED, str(folder / "usage"), PROGRAM, *argv, *more]
        subprocess.run(measured, stdin=source, stdout=subprocess.DEVNULL, stderr=errors, cwd=cwd, env=environment(folder),
                       check=True)
    peak, wall, cpu, code = map(float, (folder / "usage").read_text(encoding="ascii").split())
    if code not in (0, 1):
        sys.exit(f"{' '.join(argv)}: exit code {code:.0f}\n{(folder / 'errors').read_text(encoding='utf-8')}")
    return peak, wall, cpu


# A process counts what its parent took when it was started: so a small one stands between.
MEASURED = """
import os, sys, time
start = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ), 0)
wall = time.perf_counter() - start
with open(sys.argv[1], "w") as out:
    print(usage.ru_maxrss / 1024, wall, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status), file=out)
"""


def main():
    print("| source | a unit | 1 | 10 | 100 units, MiB | MiB a unit | wall s | CPU s |\n|---|---|--:|--:|--:|--:|--:|--:|")
    for name, unit, build in ROWS:
        if WORDS and not any(word in name for word in WORDS):
            continue
        results = []
        for units in (1, 10, 100):
            with tempfile.TemporaryDirectory() as folder:
                results.append(measure(build, pathlib.Path(folder), units))
        peaks = [peak for peak, _, _ in results]
        shown = " | ".join(f"{peak:,.0f}" for peak in peaks)
        _, wall, cpu = results[-1]
        print(f"| {name} | {unit} | {shown} | {(peaks[2] - peaks[1]) / 90:.3f} | {wall:.2f} | {cpu:.2f} |", flush=True)


main()
