#!/usr/bin/env python3
"""Makes up a large text to measure with: a log, or a bundle that is one line.

usage: log.py log|bundle MEGABYTES > FILE

The same arguments give the same text. Nothing in it is a secret: ids are random, as in real logs, and so
are the names of a minified program.
"""
import random
import sys

PATHS = ["/api/v1/orders", "/api/v1/users/me", "/health", "/static/app.js", "/login", "/search?q=blue+shoes&page=2"]
TEXTS = [
    "request finished", "cache miss, asking the database", "retry in 200 ms", "connection from pool reused",
    "job done", "user signed in", "session expired", "upstream answered slowly",
]
HEX = "0123456789abcdef"


def word(rng, alphabet, length):
    return "".join(rng.choices(alphabet, k=length))


def log_line(rng, number):
    time = f"2026-03-{number // 86400 % 28 + 1:02}T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.{rng.randrange(1000):03}Z"
    trace, level = word(rng, HEX, 32), rng.choice(["INFO", "INFO", "INFO", "WARN", "DEBUG"])
    if number % 3 == 0:
        return f'{{"time":"{time}","level":"{level}","msg":"{rng.choice(TEXTS)}","trace_id":"{trace}","ms":{rng.randrange(900)},"path":"{rng.choice(PATHS)}"}}\n'
    if number % 7 == 0:
        return f'10.0.{rng.randrange(256)}.{rng.randrange(256)} - - [{time}] "GET {rng.choice(PATHS)} HTTP/1.1" {rng.choice([200, 200, 304, 404])} {rng.randrange(90000)} "-" "Mozilla/5.0 (X11; Linux x86_64)"\n'
    return f"{time} {level:5} [worker-{rng.randrange(16)}] c.s.shop.Orders : {rng.choice(TEXTS)} trace={trace} took={rng.randrange(900)}ms\n"


def bundle_part(rng, _):
    a, b, c = (word(rng, "abcdefghijklmnopqrstuvwxyz", rng.randrange(1, 3)) for _ in range(3))
    return f'function {a}({b},{c}){{var n={b}.length;if(n>{rng.randrange(99)})return {c}("{rng.choice(TEXTS)}",{b}[{rng.randrange(9)}]);for(;n--;){c}+={b}[n].v||"{rng.choice(PATHS)}";return{{v:{c},k:"{word(rng, HEX, 8)}"}}}};'


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("log", "bundle"):
        sys.exit(__doc__)
    rng, make = random.Random(1), {"log": log_line, "bundle": bundle_part}[sys.argv[1]]
    # Two megabytes are made up, and repeated: what matters is bytes of such text, not how many are different.
    parts, size = [], 0
    while size < 2 << 20:
        parts.append(make(rng, len(parts)))
        size += len(parts[-1])
    block, left = "".join(parts), int(sys.argv[2]) << 20
    while left > 0:
        sys.stdout.write(block[:left])
        left -= len(block)


main()
