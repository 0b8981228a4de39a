#!/usr/bin/env python3
"""Makes inputs of unusual size and shape, scans each, and prints a Markdown table: result, time, memory.

usage: limits.py [-k WORD] RINGFENCE FOLDER

Each input has one planted value, made up while it is written, and the scan must find that one: the exit code must be 1. What is in
FOLDER already is not made again. `-k` takes only inputs whose name has this word in it.
"""

import os
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from synthetic import token  # noqa: E402

GIT = ["git", "-c", "gc.auto=0"]
WHO = b"committer A Example <a@example.com> %d +0000\n"


def importing(folder, write):
    """A bare repository of what `write` hands to git fast-import."""
    subprocess.run([*GIT, "init", "-q", "--bare", "-b", "main", folder], check=True)
    command = [*GIT, "-C", folder, "fast-import", "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        write(process.stdin.write)
        process.stdin.close()
    assert process.returncode == 0
    return ["git", folder]


def blob(write, mark, text):
    write(b"blob\nmark :%d\ndata %d\n%b\n" % (mark, len(text), text))


def commit(write, mark, parents, change=b"", branch=b"main"):
    write(b"commit refs/heads/%b\nmark :%d\n" % (branch, mark) + WHO % (1_000_000_000 + mark) + b"data 2\nx\n")
    for number, parent in enumerate(parents):
        write(b"%b :%d\n" % (b"merge" if number else b"from", parent))
    write(change + b"\n")


def planted():
    return f"key={token(random.Random('limits'))}\n".encode()


def line(write, length=200_000):
    """One line of commits, the value in the first alone."""
    blob(write, 1, planted())
    blob(write, 2, b"gone\n")
    for number in range(length):
        change = {0: b"M 100644 :1 a\n", 1: b"M 100644 :2 a\n"}.get(number, b"")
        commit(write, 3 + number, [2 + number] if number else [], change)


def criss_cross(write, rounds=50_000):
    """Two branches that merge each other again and again."""
    blob(write, 1, planted())
    commit(write, 2, [], b"M 100644 :1 a\n")
    left, right, mark = 2, 2, 3
    for _ in range(rounds):
        commit(write, mark, [left, right] if left != right else [left], branch=b"main")
        commit(write, mark + 1, [right, left] if left != right else [right], branch=b"side")
        left, right, mark = mark, mark + 1, mark + 2


def octopus(write, parents=5_000):
    """A merge of thousands of parents."""
    blob(write, 1, planted())
    commit(write, 2, [], b"M 100644 :1 a\n")
    for number in range(parents):
        commit(write, 3 + number, [2], branch=b"b%d" % number)
    commit(write, 3 + parents, list(range(2, 3 + parents)), branch=b"main")


def references(folder, count=1_000_000):
    command = importing(folder, lambda write: line(write, 1_000))
    tips = subprocess.run([*GIT, "-C", folder, "rev-list", "main"], check=True, capture_output=True, text=True).stdout.split()
    with open(f"{folder}/packed-refs", "w", encoding="ascii") as out:
        out.write("# pack-refs with: peeled fully-peeled sorted \n")
        out.writelines(f"{tips[number % len(tips)]} refs/heads/b/{number:07}\n" for number in range(count))
        out.write(f"{tips[0]} refs/heads/main\n")
    return command


def files(folder, count=100_000):
    os.makedirs(folder)
    for number in range(count):
        pathlib.Path(folder, f"f{number:06}.txt").write_bytes(planted() if number == count // 2 else b"text %d\n" % number)
    return ["scan", folder]


def folders(folder, depth=15):
    """Folders in folders, two in each: 65,535 in all."""
    for number in range(2**depth):
        os.makedirs(pathlib.Path(folder, *f"{number:0{depth}b}"))
    pathlib.Path(folder, *"0" * depth, "a").write_bytes(planted())
    return ["scan", folder]


def one_line(folder, size=1 << 30):
    os.makedirs(folder)
    with open(f"{folder}/a.txt", "wb") as out:
        words = (b"some words " * 95326)[: 1 << 20]
        for _ in range(size >> 20):
            out.write(words)
        out.write(b"\n" + planted())
    return ["scan", folder]


INPUTS = {
    "1,000,000 references, packed": references,
    "a line of 200,000 commits": lambda folder: importing(folder, line),
    "100,000 commits that merge criss-cross": lambda folder: importing(folder, criss_cross),
    "a merge of 5,000 parents": lambda folder: importing(folder, octopus),
    "100,000 files in a folder": files,
    "65,535 folders, 15 deep": folders,
    "a line of 1 GiB": one_line,
}


def measure(command):
    """Exit code, seconds of the clock and of the processor, MiB at most."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def main():
    arguments, word = sys.argv[1:], ""
    if arguments[:1] == ["-k"]:
        word, arguments = arguments[1], arguments[2:]
    if len(arguments) != 2:
        sys.exit(__doc__)
    program, top = arguments
    wrong = False
    print("| input | exit | wall s | CPU s | peak MiB |\n|---|--:|--:|--:|--:|", flush=True)
    for name, make in INPUTS.items():
        if word not in name:
            continue
        folder = os.path.join(top, "".join(c if c.isalnum() else "-" for c in name))
        made = os.path.exists(folder)
        command = ["scan" if make in (files, folders, one_line) else "git", folder] if made else make(folder)
        more = ["--no-cache"] if command[0] == "git" else []
        code, wall, cpu, peak = measure([program, *command, "-q", *more])
        wrong |= code != 1
        print(f"| {name} | {code} | {wall:.1f} | {cpu:.1f} | {peak} |", flush=True)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
