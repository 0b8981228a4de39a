"""Keeps the README's example true: runs it on the demo repository and compares, or writes it anew.

usage: .ci/readme.py --check|--write BINARY

The README's block between `<!-- example -->` and `<!-- /example -->` is what `ringfence check .` prints on the
repository that .ci/demo-repo makes.
"""

import difflib
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
README = os.path.join(ROOT, "README.md")
BEGIN, END = "<!-- example -->\n", "<!-- /example -->\n"


def example(binary):
    with tempfile.TemporaryDirectory() as folder:
        demo = os.path.join(folder, "demo")
        subprocess.run([os.path.join(ROOT, ".ci", "demo-repo"), demo], check=True)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("RINGFENCE_")}
        # Days of exposure count to a day of our choice.
        environment |= {"COLUMNS": "100", "NO_COLOR": "1", "SOURCE_DATE_EPOCH": "1748736000"}
        run = subprocess.run([binary, "check", "."], cwd=demo, env=environment, capture_output=True, text=True)
    if run.returncode != 1:
        sys.exit(f"exit code {run.returncode}, not 1: {run.stderr}")
    return f"```text\n{run.stdout}```\n"


def main():
    mode, binary = sys.argv[1:]
    with open(README, encoding="utf-8") as file:
        before, shown, after = split(file.read())
    actual = example(os.path.abspath(binary))
    if mode == "--write":
        with open(README, "w", encoding="utf-8") as file:
            file.write(before + BEGIN + actual + END + after)
    elif shown != actual:
        sys.stdout.writelines(difflib.unified_diff(shown.splitlines(True), actual.splitlines(True), "README.md", "output"))
        sys.exit("run: python3 .ci/readme.py --write target/release/ringfence")


def split(text):
    before, rest = text.split(BEGIN, 1)
    shown, after = rest.split(END, 1)
    return before, shown, after


if __name__ == "__main__":
    main()
