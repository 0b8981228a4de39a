#!/usr/bin/env python3
"""Writes what a program is made of: an SBOM in CycloneDX 1.6, from Cargo.lock as cargo resolves it for one system.

usage: packages/sbom.py TARGET > ringfence-TARGET.cdx.json      (TARGET as in `rustc --print target-list`)

Only what ends up in the program counts: neither what builds it nor what tests it. Equal sources give equal bytes.
"""

import json
import pathlib
import subprocess
import sys
import tomllib
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent


def resolved(target):
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def runtime(metadata):
    """Packages that the program links, and what each of them links."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    macros = {one["id"] for one in metadata["packages"] if any("proc-macro" in target["kind"] for target in one["targets"])}
    linked, wanted = {}, [metadata["resolve"]["root"]]
    while wanted:
        one = wanted.pop()
        if one in linked:
            continue
        normal = [dep["pkg"] for dep in nodes[one]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        normal = [dep for dep in normal if dep not in macros]
        linked[one] = sorted(normal)
        wanted += normal
    return linked


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, checksums):
    out = {"type": "library", "bom-ref": purl(package), "name": package["name"], "version": package["version"], "purl": purl(package)}
    if package["license"]:
        # What was once written with a slash is an expression now.
        out["licenses"] = [{"expression": " OR ".join(package["license"].split("/")) if "/" in package["license"] else package["license"]}]
    checksum = checksums.get((package["name"], package["version"]))
    if checksum:
        out["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return out


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    metadata = resolved(sys.argv[1])
    packages = {package["id"]: package for package in metadata["packages"]}
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    checksums = {(one["name"], one["version"]): one.get("checksum") for one in lock["package"]}
    linked, root = runtime(metadata), metadata["resolve"]["root"]
    program = component(packages[root], checksums) | {"type": "application"}
    others = sorted((component(packages[one], checksums) for one in linked if one != root), key=lambda one: one["bom-ref"])
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": program, "properties": [{"name": "target", "value": sys.argv[1]}]},
        "components": others,
        "dependencies": [
            {"ref": purl(packages[one]), "dependsOn": sorted({purl(packages[dep]) for dep in deps})}
            for one, deps in sorted(linked.items(), key=lambda item: purl(packages[item[0]]))
        ],
    }
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))}"
    json.dump(document, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
