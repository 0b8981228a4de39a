#!/usr/bin/env python3
"""Checks what deny.toml says of every crate that is built in: licences, bans and sources. Needs no network.

It also holds the list of direct dependencies in SECURITY.md against Cargo.toml, and that each is used.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

root = pathlib.Path(__file__).resolve().parent.parent
rules = tomllib.loads((root / "deny.toml").read_text())
allowed = set(rules["licenses"]["allow"])
banned = {ban["crate"] for ban in rules["bans"]["deny"]}


def allows(licence):
    """Whether one of the alternatives has allowed licences only."""
    licence = licence.replace("/", " OR ")
    words = re.findall(r"[()]|[^\s()]+", licence)

    def either():
        result = both()
        while words and words[0] == "OR":
            words.pop(0)
            result = both() or result
        return result

    def both():
        result = one()
        while words and words[0] == "AND":
            words.pop(0)
            result = one() and result
        return result

    def one():
        word = words.pop(0)
        if word == "(":
            result = either()
            words.pop(0)
            return result
        if words and words[0] == "WITH":
            del words[:2]
        return word in allowed

    return either()


def main():
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    data = json.loads(subprocess.run(command, cwd=root, check=True, capture_output=True).stdout)
    faults = []
    for package in data["packages"]:
        name = f"{package['name']} {package['version']}"
        if package["source"] not in (None, "registry+https://github.com/rust-lang/crates.io-index"):
            faults.append(f"{name} comes from {package['source']}")
        if package["name"] in banned:
            faults.append(f"{name} is banned")
        if not package["license"] or not allows(package["license"]):
            faults.append(f"{name} has the licence {package['license']}")
    manifest = tomllib.loads((root / "Cargo.toml").read_text())
    direct = set(manifest["dependencies"]) | set(manifest["build-dependencies"]) | set(manifest["dev-dependencies"])
    for of_target in manifest.get("target", {}).values():
        direct |= set(of_target.get("dependencies", {}))
    listed = set(re.findall(r"^\| `([\w-]+)`", (root / "SECURITY.md").read_text(), re.M))
    faults += [f"{name} is not among the dependencies in SECURITY.md" for name in sorted(direct - listed)]
    sources = [path for folder in ("src", "tests", "benches") for path in (root / folder).rglob("*.rs")]
    code = "".join(path.read_text() for path in [*sources, root / "build.rs"])
    used = lambda name: re.search(rf"\b{name.replace('-', '_')}(::|;)", code)
    faults += [f"{name} is not used" for name in sorted(direct) if not used(name)]
    faults += [f"SECURITY.md lists {name}, which is no dependency" for name in sorted(listed - direct)]
    print("\n".join(faults) or f"{len(data['packages'])} crates: licences, sources and bans hold")
    return 1 if faults else 0


sys.exit(main())
