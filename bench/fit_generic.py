#!/usr/bin/env python3
"""Fits the weights of the generic score (src/detect/score/weights.tsv). Standard library only.

The data are CredData's labelled rows (Samsung/CredData: real open-source files whose credentials were replaced
by random letters of the same kind), cut to the repositories one wants to fit on: data/<repo>/… and
meta/<repo>.csv with GroundTruth T (credential), F (none) or X (placeholder).

Replacing a credential's letters makes "reads like a word" a feature of the labels, which it is not in the wild.
So the fit sees each repository twice: as it is, and with words in place of random letters (`words`).

  fit_generic.py words --data DIR                 # writes the second copy to DIR-words
  fit_generic.py fit --data DIR --bin RINGFENCE [--write src/detect/score/weights.tsv]
                                                  # fits, and tells the result of 5 folds by repository

A candidate is positive if it overlaps a T row's value, negative if its line has only F and X rows, and counts
a third of a negative where nobody has labelled its line. The model is a logistic regression with an L2 penalty.
Figures are of rows, as CredData counts them: a row is flagged if a finding of the level touches its lines.
"""
import argparse
import collections
import csv
import hashlib
import json
import math
import os
import re
import subprocess

IGNORED = {"UUID", "Nonce", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID"}
UNLIKELY = "too little speaks for a secret"
FOLDS = 5
Row = collections.namedtuple("Row", "id start end truth value")


def rows_of(data):
    """{path below data: [Row]}; rows of identifiers that are no secrets have the truth '-'."""
    rows = collections.defaultdict(list)
    meta = os.path.join(data, "meta")
    for name in sorted(os.listdir(meta)):
        with open(os.path.join(meta, name), newline="", encoding="utf-8") as file:
            for r in csv.DictReader(file):
                truth = "-" if IGNORED.issuperset(r["Category"].split(":")) else r["GroundTruth"]
                at = [int(r[key] or -1) for key in ("LineStart", "LineEnd", "ValueStart", "ValueEnd")]
                rows[r["FilePath"]].append(Row(r["Id"], at[0], at[1], truth, (at[2], at[3])))
    return rows


def candidates(data, binary):
    """What `ringfence explain` sees in every file, as dictionaries."""
    paths = []
    for parent, _, names in os.walk(os.path.join(data, "data")):
        paths += [os.path.relpath(os.path.join(parent, name), data) for name in names]
    paths.sort()
    for first in range(0, len(paths), 2000):
        command = [binary, "explain", "-f", "jsonl", *paths[first:first + 2000]]
        out = subprocess.run(command, cwd=data, check=True, stdout=subprocess.PIPE).stdout
        yield from map(json.loads, out.splitlines())


def label(candidate, rows):
    """1, 0, or None for what teaches nothing; and the weight."""
    line, column = candidate["line"], candidate["column"]
    here = [row for row in rows if row.start <= line <= row.end]
    true = [row for row in here if row.truth == "T"]
    if true:
        near = any(row.end > row.start or abs(row.value[0] + 1 - column) <= 12 or row.value[0] < column <= row.value[1]
                   for row in true)
        return (1, 1.0) if near else (None, 0.0)
    if any(row.truth == "-" for row in here):
        return None, 0.0
    return (0, 1.0) if here else (0, 0.3)


class Set:
    """Candidates of one copy of the data, and what is found without the score."""

    def __init__(self, data, binary):
        self.rows = rows_of(data)
        self.fixed = collections.defaultdict(list)
        self.scored = []
        for candidate in candidates(data, binary):
            repo = candidate["path"].split("/")[1]
            told = candidate["confidence"]
            if candidate["features"] is None or "its checksum is wrong" in candidate["reasons"]:
                if told:
                    self.fixed[candidate["path"]].append((candidate["line"], told))
            elif told or candidate["dismissed"] == UNLIKELY:
                truth, weight = label(candidate, self.rows.get(candidate["path"], ()))
                self.scored.append((candidate["path"], candidate["line"], repo, candidate["features"], truth, weight))


def fit(samples, names, penalty=1.0, rounds=60):
    """Logistic regression by Newton steps on the diagonal, damped; deterministic."""
    index = {name: at for at, name in enumerate(names)}
    grouped = collections.Counter()
    for features, truth, weight in samples:
        grouped[(tuple(sorted(index[name] for name in features)), truth)] += weight
    data = [(key, truth, weight) for (key, truth), weight in grouped.items()]
    weights, bias = [0.0] * len(names), 0.0
    step = [0.0] * len(names)
    for turn in range(rounds * 5):
        gradient, curve = [-penalty * w for w in weights], [penalty] * len(names)
        bias_gradient = bias_curve = 0.0
        for key, truth, weight in data:
            p = 1 / (1 + math.exp(-max(-30.0, min(30.0, bias + sum(weights[at] for at in key)))))
            error, bend = weight * (truth - p), weight * max(p * (1 - p), 1e-4)
            bias_gradient += error
            bias_curve += bend
            for at in key:
                gradient[at] += error
                curve[at] += bend
        rate = 0.3
        bias += rate * bias_gradient / bias_curve
        biggest = 0.0
        for at in range(len(names)):
            step[at] = 0.5 * step[at] + rate * gradient[at] / curve[at] * 0.5
            weights[at] += step[at]
            biggest = max(biggest, abs(step[at]))
        if biggest < 1e-3 and turn > 50:
            break
    return bias, dict(zip(names, weights))


LEVELS = ["low", "medium", "high"]


def flagged(data, sums, thresholds, repos):
    """{level: {path: lines}} over the repositories."""
    out = {level: collections.defaultdict(set) for level in LEVELS}
    for path, found in data.fixed.items():
        for line, told in found:
            for level in LEVELS[:LEVELS.index(told) + 1]:
                out[level][path].add(line)
    for (path, line, repo, _, _, _), total in zip(data.scored, sums):
        if repo in repos:
            for level in LEVELS:
                if total >= thresholds[level]:
                    out[level][path].add(line)
    return out


def figures(data, lines, repos):
    """Precision, recall, F1 and X rows flagged."""
    tp = fp = fn = x = 0
    for path, rows in data.rows.items():
        if path.split("/")[1] not in repos:
            continue
        here = lines.get(path, ())
        with_truth = {line for line in here if any(r.truth in "T-" and r.start <= line <= r.end for r in rows)}
        for row in rows:
            hit = {line for line in here if row.start <= line <= row.end}
            if row.truth == "T":
                tp, fn = tp + bool(hit), fn + (not hit)
            elif row.truth in "FX" and hit - with_truth:
                fp, x = fp + 1, x + (row.truth == "X")
    precision, recall = tp / max(1, tp + fp), tp / max(1, tp + fn)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall), x


def total(features, bias, weights):
    return bias + sum(weights[name] for name in features)


def fold_of(repo):
    return int(hashlib.sha256(repo.encode()).hexdigest(), 16) % FOLDS


def thresholds_for(data, sums, repos):
    """The least sums at which the folds together have the precision wanted: 0.98 for high, 0.93 for medium."""
    chosen = {}
    for level, wanted in (("high", 0.98), ("medium", 0.93)):
        for tenth in range(-15, 80):
            trial = {"low": 99, "medium": 99, "high": 99, level: tenth / 10}
            if figures(data, flagged(data, sums, trial, repos)[level], repos)[0] >= wanted:
                break
        chosen[level] = tenth / 10
    chosen["low"] = chosen["medium"] - 2.2
    return chosen


def report(title, data, sums, thresholds, repos):
    lines = flagged(data, sums, thresholds, repos)
    parts = []
    for level in LEVELS:
        p, r, f1, x = figures(data, lines[level], repos)
        parts.append(f"{level} P {p:.3f} R {r:.3f} F1 {f1:.3f} X {x}")
    print(f"{title:22} {' | '.join(parts)}", flush=True)


def command_fit(args):
    sets = [Set(args.data, args.bin), Set(args.data + "-words", args.bin)]
    names = feature_names(args.features)
    repos = sorted({path.split("/")[1] for path in sets[0].rows})
    thresholds = dict(zip(LEVELS, args.thresholds)) if args.thresholds else None

    def learn(wanted):
        samples = [(features, truth, weight * 0.5)
                   for data in sets for (_, _, repo, features, truth, weight) in data.scored
                   if repo in wanted and truth is not None]
        return fit(samples, names, args.penalty)

    def sums_of(data, model):
        return [total(entry[3], *model) for entry in data.scored]

    model = learn(set(repos))
    sums = [sums_of(data, model) for data in sets]
    crossed = [[0.0] * len(data.scored) for data in sets]
    for fold in range(FOLDS):
        out = {repo for repo in repos if fold_of(repo) == fold}
        held_out = learn(set(repos) - out)
        for data, own in zip(sets, crossed):
            for at, entry in enumerate(data.scored):
                if entry[2] in out:
                    own[at] = total(entry[3], *held_out)
    thresholds = thresholds or thresholds_for(sets[0], crossed[0], set(repos))
    print("thresholds", thresholds)
    for fold in range(FOLDS):
        out = {repo for repo in repos if fold_of(repo) == fold}
        report(f"fold {fold} ({len(out)} repos)", sets[0], crossed[0], thresholds, out)
    report("all folds", sets[0], crossed[0], thresholds, set(repos))
    report("  with words", sets[1], crossed[1], thresholds, set(repos))
    report("fitted on all", sets[0], sums[0], thresholds, set(repos))
    report("  with words", sets[1], sums[1], thresholds, set(repos))
    if args.write:
        write(args.write, model, names, thresholds)


def feature_names(path):
    with open(path, encoding="utf-8") as file:
        return re.findall(r'^    \w+ = "([a-z0-9-]+)",', file.read(), re.M)


def write(path, model, names, thresholds):
    bias, weights = model
    with open(path, "w", encoding="utf-8") as file:
        file.write("# Weights of the generic score: feature, tab, logarithm of the odds. Made by bench/fit_generic.py, which\n"
                   "# tells how, from 120 repositories of CredData (Samsung/CredData at c2e5761). Do not edit by hand.\n")
        for level in reversed(LEVELS):
            file.write(f"level-{level}\t{thresholds[level]:.2f}\n")
        file.write(f"bias\t{bias:.2f}\n")
        for name in names:
            file.write(f"{name}\t{weights[name]:.2f}\n")


def command_words(args):
    """Copies the data with words in place of random letters in what may have been words."""
    out = args.data + "-words"
    os.makedirs(out, exist_ok=True)
    if not os.path.exists(os.path.join(out, "meta")):
        os.symlink(os.path.abspath(os.path.join(args.data, "meta")), os.path.join(out, "meta"))
    vocabulary = words_in(args.data)
    spans = collections.defaultdict(list)
    for path, rows in rows_of(args.data).items():
        for row in rows:
            if row.truth == "T" and row.start == row.end and 0 <= row.value[0] < row.value[1]:
                spans[path].append(row)
    for parent, _, names in os.walk(os.path.join(args.data, "data")):
        for name in names:
            path = os.path.relpath(os.path.join(parent, name), args.data)
            with open(os.path.join(args.data, path), "rb") as file:
                lines = file.read().split(b"\n")
            for row in spans.get(path, ()):
                lines[row.start - 1] = with_words(lines[row.start - 1], row.value, vocabulary)
            target = os.path.join(out, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(b"\n".join(lines))


def words_in(data):
    """Small words by length, from the texts themselves: those that stand in many repositories."""
    seen = collections.defaultdict(set)
    for parent, _, names in os.walk(os.path.join(data, "data")):
        repo = os.path.relpath(parent, data).split("/")[1:2]
        for name in names:
            with open(os.path.join(parent, name), "rb") as file:
                for word in re.findall(rb"(?<![A-Za-z])[a-z]{4,12}(?![A-Za-z])", file.read()):
                    seen[word].update(repo)
    common = sorted(word for word, repos in seen.items() if len(repos) >= 4)
    by_length = collections.defaultdict(list)
    for word in common:
        by_length[len(word)].append(word)
    return by_length


def with_words(line, span, vocabulary):
    """The line with each run of four and more letters of the value replaced by words of that length."""
    text = line.decode("utf-8", "surrogateescape")
    value = text[span[0]:span[1]]
    mixed = len(re.findall(r"[a-z][A-Z]|[A-Za-z][0-9]|[0-9][A-Za-z]", value)) > 3
    if len(value) > 28 or mixed or re.fullmatch(r"[0-9a-f]{12,}|[A-Z2-7]{16,}", value):
        return line

    def replaced(match):
        run, built = match.group(), ""
        seed = int(hashlib.sha256((value + run).encode("utf-8", "replace")).hexdigest(), 16)
        while len(built) < len(run):
            left = len(run) - len(built)
            size = left if left in vocabulary else min(6, left)
            choices = vocabulary.get(size) or [b"x" * size]
            built += choices[seed % len(choices)].decode()
            seed //= 7919
        if run.isupper():
            return built.upper()
        return built.capitalize() if run[0].isupper() else built

    new = re.sub(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}", replaced, value)
    return (text[:span[0]] + new + text[span[1]:]).encode("utf-8", "surrogateescape")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    words = commands.add_parser("words")
    words.add_argument("--data", required=True)
    learn = commands.add_parser("fit")
    learn.add_argument("--data", required=True)
    learn.add_argument("--bin", required=True)
    learn.add_argument("--features", default="src/detect/score/feature.rs")
    learn.add_argument("--penalty", type=float, default=2.0)
    learn.add_argument("--thresholds", type=float, nargs=3, metavar=("LOW", "MEDIUM", "HIGH"))
    learn.add_argument("--write")
    args = parser.parse_args()
    {"words": command_words, "fit": command_fit}[args.command](args)


main()
