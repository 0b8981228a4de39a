#!/usr/bin/env python3
"""Asks the loaders of env files themselves what they read, and writes it to corpus/profiles/.

    bench/profiles/golden.py FOLDER

FOLDER is where the loaders are installed: npm's dotenv, python-dotenv and dotenvy, each of the newest version;
Node is the one on the path. Each answer is one line of JSON: the text of an env file, and what was read from
it. The texts are made from a fixed seed and made-up words, so that a second run gives the same.
"""

import json
import os
import pathlib
import random
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent.parent / "corpus" / "profiles"
COUNT = 700

WORDS = ["oak", "elm", "fir", "blue", "red fox", "a b", "x", "17", "true", "", "http://elm.example/p?q=1",
         "{\"k\":1}", "[1,2]", "a=b", "=", "ä", "oak/elm", "a,b", "-v", "~"]
MARKS = ["#", " #", "# ", " # note", "\t#x", "$", "$OAK", "${OAK}", "${OAK:-elm}", "${NONE}", "${NONE:-fir}",
         "$NONE", "$OAK_TWO", "${", "$(date)", "\\", "\\n", "\\t", "\\$", "\\\"", "\\'", "\\\\", "\\x", "\"", "'", "`",
         "\"oak\"", "'elm'", "`fir`", "!", "%", ";", "&", " ", "  ", "\t", "\\r", "}", "\\`"]
KEYS = ["OAK", "ELM", "FIR", "OAK_TWO", "ASH9", "elm", "Oak.x", "OAK-Y", "9FIR", "_A", "export", "A B", "", "'OAK'",
        "ä", "#OAK"]
BETWEEN = ["=", "=", "=", "=", "=", "=", "=", " = ", "= ", " =", ": ", ":", " : ", "==", "", " ", "=\t"]
ENDS = ["\n"] * 14 + ["\r\n", "\r\n", "\n\n", " \n", "\t\n", "\r", "\n  \n"]


def value(rng):
    kind = rng.random()
    body = "".join(rng.choice(WORDS if rng.random() < 0.6 else MARKS) for _ in range(rng.randint(1, 3)))
    if kind < 0.4:
        return body
    quote = rng.choice("\"\"'`")
    if kind < 0.75:
        body = body.replace(quote, "")
    if kind > 0.93:
        body = body + "\n" + rng.choice(WORDS)
    after = "" if rng.random() < 0.7 else rng.choice([" ", " # note", "#note", "oak", " oak", "\t", "'x'"])
    close = "" if rng.random() < 0.06 else quote
    return quote + body + close + after


def line(rng):
    kind = rng.random()
    if kind < 0.05:
        return rng.choice(["# note", "  # note", "oak", "#OAK=1", "export", "export OAK", "OAK ELM", " "])
    lead = "" if rng.random() < 0.88 else rng.choice(["export ", "export  ", " ", "\t", "export\t", " export "])
    key = KEYS[rng.randrange(5)] if rng.random() < 0.85 else rng.choice(KEYS)
    return lead + key + (rng.choice(BETWEEN) if rng.random() < 0.5 else "=") + value(rng)


def text(rng):
    lines = "".join(line(rng) + rng.choice(ENDS) for _ in range(rng.choice([1, 1, 2, 2, 3])))
    if rng.random() < 0.15:
        lines = lines.rstrip("\r\n")
    return ("\ufeff" if rng.random() < 0.03 else "") + lines


def texts():
    rng = random.Random(20260601)
    made = dict.fromkeys(text(rng) for _ in range(COUNT * 2))
    return list(made)[:COUNT]


def run(command, inputs, folder):
    """Runs a loader that takes a JSON array of texts and prints a JSON array of answers; its environment is empty."""
    environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(folder / "node_modules")}
    done = subprocess.run(command, input=json.dumps(inputs), env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def install(folder):
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", folder, "dotenv"], check=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    subprocess.run([folder / "venv/bin/pip", "install", "--quiet", "python-dotenv"], check=True)
    manifest = HERE / "dotenvy" / "Cargo.toml"
    subprocess.run(["cargo", "build", "--quiet", "--manifest-path", manifest, "--target-dir", folder / "target"], check=True)


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    install(folder)
    loaders = {
        "npm": ["node", HERE / "npm.js"],
        "node": ["node", HERE / "node.js"],
        "python": [folder / "venv/bin/python", HERE / "python.py"],
        "dotenvy": [folder / "target/debug/dotenvy-golden"],
    }
    OUT.mkdir(parents=True, exist_ok=True)
    inputs = texts()
    for name, command in loaders.items():
        answers = run(command, inputs, folder)
        lines = [json.dumps(pair, ensure_ascii=True, separators=(",", ":")) for pair in zip(inputs, answers)]
        (OUT / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
        print(f"{name}: {len(lines)} texts")


if __name__ == "__main__":
    main()
