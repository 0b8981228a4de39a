"""Writes a made-up history, as a stream for `git fast-import`, to standard output.

usage: synthetic.py COMMITS [SEED] | git -C BARE.git fast-import --quiet --depth=50

About 2,000 files in nested folders; each commit changes one to three of them by a few lines, a few files far
more often than the others; every 15th commit merges a branch of three commits; a tag every 1,000 commits; and
every 5,000 commits a random value in the shape of a token of GitHub's, made here while the stream is written
and known to nobody as an account. Half of those values go with the next change of their file. The same count
and seed give the same objects.

All versions of one file come one after the other, before the commits, because fast-import makes a delta only
against the blob that it wrote last. So its pack is small even if it is never packed again.
"""

import collections
import itertools
import random
import string
import sys
import zlib

FILES = 2000
MERGE_EVERY, TAG_EVERY, PLANT_EVERY, PLANT_AT = 15, 1000, 5000, 1000
# Of each 15 commits these are on the branch; then follow one on the main line and the merge.
BRANCH = range(10, 13)
# 1,000,000 commits, one every ten minutes: nineteen years.
START, STEP = 1_112_911_200, 600

TOPS = "arch block crypto drivers firmware fs graph hal init input ipc kernel lib mm net power sched sound usr virt"
SUBS = "bus cache core dma frame hash index queue table util"
NAMES = "main.c main.h alloc.c device.c event.c probe.c stats.c trace.c Makefile notes.txt"
WORDS = (
    "node page lock list entry state count flags index token buffer offset length value key map ctx dev queue work "
    "timer event frame group limit mask owner parent range region root sector slot source stack start table target "
    "user vector window zone alloc apply attach check clear commit copy detach drop emit fetch find flush get init"
).split()
PEOPLE = [f"{name} Example <{name.lower()}@example.com>" for name in ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn")]
PATHS = ["/".join(parts) for parts in itertools.product(TOPS.split(), SUBS.split(), NAMES.split())]
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def token(rng):
    """30 random characters, then their CRC-32 in base 62, six digits."""
    body = "".join(rng.choices(BASE62, k=30))
    check, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        check, digit = divmod(check, 62)
        digits = BASE62[digit] + digits
    return "ghp" + "_" + body + digits


def line(rng):
    a, b, c, d = rng.choices(WORDS, k=4)
    return f"\t{a}->{b} = {c}_{d}({a}, {int(rng.random() * 4096)});".encode()


def edit(lines, rng):
    for _ in range(1 + int(rng.random() * 3)):
        at, kind = int(rng.random() * len(lines)), rng.random()
        if kind < 0.6:
            lines[at] = line(rng)
        elif kind < 0.8 or len(lines) < 30:
            lines.insert(at, line(rng))
        else:
            del lines[at]


def plan(commits, rng):
    """For each commit the files it changes; none for a merge. The first adds all files."""
    changes = [range(FILES)]
    for number in range(1, commits):
        count = 0 if number % MERGE_EVERY == MERGE_EVERY - 1 else 1 + int(rng.random() * 3)
        changes.append(tuple({int(FILES * rng.random() ** 2) for _ in range(count)}))
    return changes


def planted(changes):
    """(file, version) -> is it removed by the next change?"""
    versions, places, wanted = collections.Counter(), {}, False
    for number, files in enumerate(changes):
        wanted = wanted or number % PLANT_EVERY == PLANT_AT
        if wanted and files:
            places[files[0], versions[files[0]]] = len(places) % 2 == 0
            wanted = False
        versions.update(files)
    return places


def blobs(file, first, versions, places, seed, write):
    """All versions of one file; their marks count up from `first`."""
    rng = random.Random(f"{seed} {file}")
    lines = [line(rng) for _ in range(40 + int(rng.random() * 160))]
    leaving = None
    for version in range(versions):
        if version:
            edit(lines, rng)
        if leaving in lines:
            lines.remove(leaving)
        leaving = None
        if (file, version) in places:
            secret = f'\tstatic const char *access = "{token(rng)}";'.encode()
            lines.insert(len(lines) // 2, secret)
            leaving = secret if places[file, version] else None
        text = b"\n".join(lines) + b"\n"
        write(b"blob\nmark :%d\ndata %d\n%b" % (first + version, len(text), text))


def main():
    commits, seed = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "ringfence"
    rng = random.Random(seed)
    changes = plan(commits, rng)
    places = planted(changes)
    versions = collections.Counter(itertools.chain.from_iterable(changes))
    write = sys.stdout.buffer.write
    write(b"feature done\n")
    # The mark of each file's next version.
    mark, first = [], 1
    for file in range(FILES):
        mark.append(first)
        blobs(file, first, versions[file], places, seed, write)
        first += versions[file]

    of_branch = set()
    for number, files in enumerate(changes):
        place = number % MERGE_EVERY
        merge = place == MERGE_EVERY - 1
        branch = place in BRANCH
        who, subject = rng.choice(PEOPLE), " ".join(rng.choices(WORDS, k=5))
        text = f"{subject}\n\nSigned-off-by: {who}\n" if not merge else "Merge branch 'topic'\n"
        out = [
            f"commit refs/heads/{'topic' if branch else 'main'}",
            f"committer {who} {START + STEP * number} +0000",
            f"data {len(text)}",
            text,
        ]
        if place == BRANCH[0]:
            out.append("from refs/heads/main")
        if merge:
            out.append("merge refs/heads/topic")
            out += [f"M 100644 :{mark[file] - 1} {PATHS[file]}" for file in sorted(of_branch)]
            of_branch.clear()
        for file in files:
            out.append(f"M 100644 :{mark[file]} {PATHS[file]}")
            mark[file] += 1
        if branch:
            of_branch.update(files)
        if number % TAG_EVERY == TAG_EVERY - 1:
            text = f"Release {(number + 1) // TAG_EVERY}\n"
            out += [
                f"tag v{(number + 1) // TAG_EVERY}",
                "from refs/heads/main",
                f"tagger {PEOPLE[0]} {START + STEP * number} +0000",
                f"data {len(text)}",
                text,
            ]
        write("\n".join(out).encode() + b"\n")
    write(b"done\n")


if __name__ == "__main__":
    main()
