"""Keeps the documentation true: runs its commands, compares what it shows with what comes out, and follows its links.

usage: .ci/docs.py --check|--write BINARY [PAGE…]

Every block marked `sh` or `console` is run, page by page from the top, in a home folder that .ci/docs-repo makes anew for
each page: in ~/src/shop, or in ~/demo for the README. A comment right before a block says more:

    <!-- not run: REASON -->   the block is for people alone, for this reason
    <!-- codes: 1 2 -->        exit codes other than 0, in the order of the commands that end so
    <!-- file: PATH -->        what the block holds is written to this file
    <!-- output -->            a `text` block: what the `sh` block before it prints
    <!-- setup: COMMAND -->    is run first, and is not for people

Blocks of `toml` must be that, and commands and flags that a sentence names must be there.

In a `console` block lines that begin with `$ ` are run, and the others are what they print. A line `…` stands for any
lines, and `…` within a line for any text. `--write` puts in what came out, where nothing is left out.
"""

import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINKED = [*PAGES, *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "DESIGN.md", "ROADMAP.md", "SECURITY.md", "bench/README.md", "bench/trust.md"))]
BLOCK = re.compile(r"(?P<marks>(?:^ *<!-- .*? -->\n)*)^(?P<indent> *)```(?P<kind>\w+).*\n(?P<text>[\s\S]*?)^(?P=indent)```$", re.M)
INLINE = re.compile(r"`ringfence ([^`\n]+)`")
MARK = re.compile(r"<!-- (not run|codes|file|output|setup)(?:: (.*?))? -->")
OURS = "https://github.com/ringfence/ringfence/blob/main/"
# Days of exposure count to this one.
TODAY = "1748736000"


class Page:
    """A page, and the place in which its commands are run."""

    def __init__(self, path, home, binary):
        self.path, self.home = path, home
        self.folder = home / ("demo" if path.name == "README.md" else "src/shop")
        self.printed = None
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("RINGFENCE_", "GIT_"))}
        self.environment = kept | {
            "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "COLUMNS": "100", "NO_COLOR": "1", "SOURCE_DATE_EPOCH": TODAY,
            "GIT_AUTHOR_DATE": "2025-03-03T09:00:00Z", "GIT_COMMITTER_DATE": "2025-03-03T09:00:00Z",
            "PATH": f"{binary.parent}:{os.environ['PATH']}",
        }

    def run(self, script):
        """Runs a script where the last one ended; returns what it printed and the exit codes other than 0."""
        state = self.home / ".state"
        state.mkdir(exist_ok=True)
        (state / "codes").write_text("")
        after = f'trap \'echo $? >> {state}/codes\' ERR\n{script}\ntrap - ERR\npwd > {state}/folder\n'
        done = subprocess.run(["bash", "-c", after], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        if (state / "folder").exists():
            self.folder = pathlib.Path((state / "folder").read_text().strip())
        codes = (state / "codes").read_text().split()
        return done.stdout.replace(str(self.home), "~"), codes

    def block(self, marks, kind, text):
        """Tries one block; returns what should stand in it. What is wrong is an exception."""
        marks = dict(MARK.findall(marks))
        if "setup" in marks:
            self.run(marks["setup"])
        if "file" in marks:
            file = self.folder / os.path.expanduser(marks["file"].replace("~", str(self.home)))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        if "output" in marks:
            return compared(text, self.printed)
        if kind == "toml":
            tomllib.loads(text)
        if kind not in ("sh", "console") or "not run" in marks:
            if "not run" in marks and not marks["not run"]:
                raise ValueError("it is not run, and no reason is given")
            return text
        wanted = marks.get("codes", "").split()
        if kind == "console":
            return self.console(text, wanted)
        self.printed, codes = self.run(text)
        if codes != wanted:
            raise ValueError(f"exit codes other than 0 are {codes}, not {wanted}:\n{end_of(self.printed)}")
        return text

    def console(self, text, wanted):
        parts = re.split(r"^\$ (.*(?:\n> .*)*)\n", text, flags=re.M)
        if parts[0]:
            raise ValueError("a console block begins with a command")
        out, ended = [], []
        for command, shown in zip(parts[1::2], parts[2::2]):
            self.printed, codes = self.run(command.replace("\n> ", "\n"))
            ended += codes
            out.append(f"$ {command}\n{compared(shown, self.printed)}")
        if ended != wanted:
            raise ValueError(f"exit codes other than 0 are {ended}, not {wanted}:\n{end_of(self.printed)}")
        return "".join(out)


def compared(shown, printed):
    """What a page should show of what was printed: all of it, or what is there already with its gaps."""
    lines = [".*".join(map(re.escape, line.split("…"))) for line in shown.splitlines()]
    pattern = "\n".join(lines) + "\n" if lines else ""
    pattern = re.sub(r"(?m)^\.\*\n", r"(?:.*\\n)*?", pattern)
    if re.fullmatch(pattern, printed):
        return shown
    if not re.search(r"(?m)^…$", shown):
        return printed
    raise ValueError("it prints otherwise:\n" + printed)


def end_of(text):
    return "\n".join(text.splitlines()[-30:])


def tried(path, binary, write):
    """The faults of one page."""
    text, faults = path.read_text(encoding="utf-8"), []
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder).resolve() / "home"
        subprocess.run([ROOT / ".ci/docs-repo", home], check=True)
        page = Page(path, home, binary)

        def block(found):
            line = text[: found.start("text")].count("\n")
            try:
                want = page.block(found["marks"], found["kind"], textwrap.dedent(found["text"]))
                want = textwrap.indent(want, found["indent"])
            except (ValueError, OSError, subprocess.SubprocessError) as error:
                faults.append(f"{path.relative_to(ROOT)}:{line}: {error}")
                return found[0]
            if want != found["text"]:
                if not write:
                    diff = difflib.unified_diff(found["text"].splitlines(), want.splitlines(), "shown", "printed", lineterm="")
                    faults.append(f"{path.relative_to(ROOT)}:{line}: it prints otherwise (--write takes that in)\n" + "\n".join(diff))
                return found[0].replace(found["text"], want)
            return found[0]

        new = BLOCK.sub(block, text)
    if write and new != text:
        path.write_text(new, encoding="utf-8")
    return faults


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^(?: *)```[\s\S]*?^ *```$", "", text, flags=re.M))


def anchors(path):
    """Names of the headings of a page, as GitHub and mdBook make them."""
    heads = re.findall(r"^#+ (.*)$", re.sub(r"^```[\s\S]*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M), re.M)
    names, seen = set(), {}
    for head in heads:
        head = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", head)
        name = re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")
        count = seen.get(name, 0)
        seen[name] = count + 1
        names.add(f"{name}-{count}" if count else name)
    return names


def broken_links():
    """Links that lead nowhere, out of the book, or to no heading; and pages that the book lacks."""
    faults, docs = [], ROOT / "docs"
    for path in LINKED:
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(path.read_text(encoding="utf-8"))):
            at = f"{path.relative_to(ROOT)}: {target}"
            is_page = path.parent == docs
            if target.startswith(OURS):
                file, _, anchor = target[len(OURS):].partition("#")
                file = ROOT / file
            elif re.match(r"[a-z]+:", target):
                continue
            else:
                name, _, anchor = target.partition("#")
                file = (path.parent / name).resolve() if name else path
                if is_page and docs not in file.parents:
                    faults.append(f"{at} leads out of the book: write {OURS}…")
            if not file.exists():
                faults.append(f"{at} leads nowhere")
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                faults.append(f"{at}: no such heading")
    listed = set(re.findall(r"\]\(([^)]+)\)", (docs / "SUMMARY.md").read_text(encoding="utf-8")))
    here = {path.name for path in docs.glob("*.md")} - {"SUMMARY.md"}
    faults += [f"docs/SUMMARY.md lacks {name}" for name in sorted(here - listed)]
    return faults


def unknown_commands(binary):
    """Commands and flags named in a sentence that the program does not have."""
    helps, faults = {}, []

    def help_of(*words):
        if words not in helps:
            helps[words] = subprocess.run([binary, *words, "--help"], capture_output=True, text=True).stdout
        return helps[words]

    for path in LINKED:
        for said in INLINE.findall(path.read_text(encoding="utf-8")):
            words = [word.strip(",…") for word in said.split()]
            if words[0].isupper():
                continue
            command = []
            for word in words:
                if not re.search(rf"(?m)^  {re.escape(word)}\b", help_of(*command).partition("Commands:")[2]):
                    break
                command.append(word)
            flags = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
            if not command and not flags <= {"-f", "--version"}:
                faults.append(f"{path.relative_to(ROOT)}: there is no command `ringfence {said}`")
            for flag in sorted(flags):
                if command and not re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", help_of(*command)):
                    faults.append(f"{path.relative_to(ROOT)}: `ringfence {' '.join(command)}` has no {flag}")
    return faults


def main():
    mode, binary, *names = sys.argv[1:]
    binary = pathlib.Path(binary).resolve()
    if mode not in ("--check", "--write") or not shutil.which(binary):
        sys.exit(__doc__)
    pages = [path for path in PAGES if not names or str(path.relative_to(ROOT)) in names]
    faults, blocks = broken_links() + unknown_commands(binary), 0
    for path in pages:
        text = path.read_text(encoding="utf-8")
        if any(found["kind"] in ("sh", "console", "toml") for found in BLOCK.finditer(text)):
            faults += tried(path, binary, mode == "--write")
            blocks += sum(found["kind"] in ("sh", "console") and "not run" not in found["marks"] for found in BLOCK.finditer(text))
    for fault in faults:
        print(f"docs: {fault}\n", file=sys.stderr)
    if faults:
        sys.exit(f"docs: {len(faults)} faults")
    print(f"    {len(pages)} pages, {blocks} blocks were run, all links lead somewhere")


if __name__ == "__main__":
    main()
