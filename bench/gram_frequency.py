#!/usr/bin/env python3
"""Counts how often each three-byte gram (five bits a byte) occurs in source text.

The vector gate knows each keyword by its rarest gram; this makes the table it chooses by.
Usage: gram_frequency.py FOLDER... > src/detect/gram_frequency.bin
32,768 bytes, one a gram: 16 * log2(1 + occurrences per million), at most 255.
The committed table was made from the work trees of git/git, redis/redis and rails/rails.
"""
import collections
import math
import os
import sys


def texts(folders):
    for folder in folders:
        for parent, names, files in os.walk(folder):
            names[:] = [name for name in names if name != ".git"]
            for name in files:
                path = os.path.join(parent, name)
                if os.path.isfile(path) and os.path.getsize(path) < 1 << 20:
                    with open(path, "rb") as file:
                        yield file.read()


def main():
    counts = collections.Counter()
    for text in texts(sys.argv[1:]):
        classes = bytes(byte & 31 for byte in text)
        counts.update(zip(classes, classes[1:], classes[2:]))
    total = sum(counts.values()) / 1e6
    table = bytearray(1 << 15)
    for (first, second, third), count in counts.items():
        table[first | second << 5 | third << 10] = min(255, round(16 * math.log2(1 + count / total)))
    sys.stdout.buffer.write(table)


main()
