#!/usr/bin/env python3
"""Makes the inputs that fuzzing begins with: fuzz/seeds.py FOLDER PROGRAM. Nothing of them is committed."""

import base64
import gzip
import io
import json
import pathlib
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile

root = pathlib.Path(__file__).resolve().parent.parent
out = pathlib.Path(sys.argv[1])


def seed(target, name, data):
    folder = out / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def pack():
    with tempfile.TemporaryDirectory() as folder:
        git = lambda *args: subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", folder, *args],
            check=True, capture_output=True)
        git("init", "-q")
        for version in range(4):
            lines = [f"line {number} of {version if number == 7 else 0}" for number in range(40)]
            pathlib.Path(folder, "ab.txt").write_text("\n".join(lines))
            pathlib.Path(folder, f"sub{version}").mkdir()
            pathlib.Path(folder, f"sub{version}/b").write_text(f"b {version}")
            git("add", "-A")
            git("commit", "-qm", f"version {version}")
        git("tag", "-am", "a tag", "v1")
        git("repack", "-adfq", "--depth=50")
        packs = pathlib.Path(folder, ".git/objects/pack")
        index, data = (next(packs.glob(f"*.{ending}")).read_bytes() for ending in ("idx", "pack"))
        seed("pack", "git", struct.pack(">I", len(index)) + index + data)


def archives():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.txt", "text " * 50)
        archive.writestr("word/document.xml", "<w:t>a</w:t><w:t>b</w:t>")
    packed = buffer.getvalue()
    seed("archive", "zip", b"\0" + packed)
    seed("archive", "docx", b"\2" + packed)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("inner.zip")
        member.size = len(packed)
        archive.addfile(member, io.BytesIO(packed))
    seed("archive", "tar", b"\0" + buffer.getvalue())
    seed("archive", "gz", b"\3" + gzip.compress(buffer.getvalue()))
    for name, tool in (("bz2", "bz2"), ("xz", "lzma")):
        seed("archive", name, b"\0" + __import__(tool).compress(b"text " * 50))
    seed("archive", "pdf", b"\0%PDF-1.4\n1 0 obj\n<< /Filter /FlateDecode /Length 20 >>\nstream\n"
         + __import__("zlib").compress(b"(text) Tj") + b"\nendstream\nendobj\n")
    seed("archive", "ar", b"\0!<arch>\n" + b"a.txt/".ljust(16) + b"0".ljust(12) + b"0".ljust(6) + b"0".ljust(6)
         + b"644".ljust(8) + b"4".ljust(10) + b"`\ntext")
    import sqlite3
    with tempfile.NamedTemporaryFile() as file:
        base = sqlite3.connect(file.name)
        base.execute("create table t (a text, b blob)")
        base.execute("insert into t values ('text', x'00ff')")
        base.commit()
        base.close()
        seed("archive", "sqlite", b"\0" + pathlib.Path(file.name).read_bytes())


def files():
    source = "export const url = 'https://example.org';\n"
    code = "const a='https://example.org';\n//# sourceMappingURL=a.js.map"
    map_ = {"version": 3, "sources": ["../src/a.ts"], "sourcesContent": [source], "names": [],
            "mappings": "AAAA,SAAO;AACP,IAAM,CAAC"}
    between = "\n--------\n"
    seed("file", "map", (code + between + json.dumps(map_)).encode())
    sections = {"version": 3, "sections": [{"offset": {"line": 0, "column": 3}, "map": map_}]}
    seed("file", "sections", (code + between + json.dumps(sections)).encode())
    seed("file", "colours", b"\x1b[31mpass\x1b[0mword=\x1b[1mabc\x1b[0m")


def texts():
    for number, path in enumerate(sorted((root / "corpus").rglob("*"))[:400]):
        if path.is_file() and path.stat().st_size < 4096:
            seed("decode", f"corpus{number}", bytes([number % 6]) + path.read_bytes())
    encoded = base64.b64encode(b"some text that is long").decode()
    for number, line in enumerate(["password = '%s'" % encoded, "a,password\nb,Tr0ub4dor&3\n",
                                   "%70%61ssword%3D%22abc%22", "\\u0070assword", "x = 'ab' + 'cd' + 'efghijklm'",
                                   "p\0a\0s\0s\0w\0o\0r\0d\0=\0a\0b\0c\0d\0e\0"]):
        seed("decode", f"line{number}", bytes([number % 6]) + line.encode())
    seed("dotenv", "env", b"export A=1\nB='x # y'\nC=\"${A}\\n\"\n# c\nD=`a`\nE: f\n\xef\xbb\xbfG=\n")
    for number, text in enumerate(['{"a": {"b": [1, "c"]}}', "a:\n  - b: &x c\n    d: *x\n", "[a]\nb = 'c'\n",
                                   'resource "a" "b" {\n  c = "d"\n}\n<add key="a" value="b"/>',
                                   "FROM a AS b\nARG C=1\nENV D=e F='g h'\nRUN x\n", "a = 1 # b\n/* c */ '//'"]):
        seed("settings", f"text{number}", bytes([number]) + text.encode())
    for path in sorted((root / "rules").glob("*.toml"))[:40]:
        seed("config", path.name, b"\0" + path.read_bytes())
    seed("config", "own", b"\1" + (root / "ringfence.toml").read_bytes())


def reports():
    built = pathlib.Path(sys.argv[2])
    program = [str(built)] if built.exists() else ["cargo", "run", "--release", "--locked", "-q", "--"]
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "a.env").write_text("DB_PASSWORD=" + "Qx7" + "vR2mK9pLw4Zt\n")
        for form in ("json", "jsonl", "sarif"):
            run = subprocess.run([*program, "scan", folder, "-f", form], capture_output=True, cwd=root)
            seed("report", form, run.stdout)


for make in (pack, archives, files, texts, reports):
    make()
