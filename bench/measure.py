"""Runs scanners in turn and prints what each took, as a Markdown table.

A tool that leaves no readable report has failed, however fast it was; the exit code is then 1.

usage: measure.py PLAN.json

The plan: {"title", "rounds", "warmups", "tools": [{"name", "version", "argv", "report", "env"}]}. The first
tool is ours, the one that the others are compared with. In each round every tool runs once, so that a slow
minute of the machine falls on all of them. "report" is a file that the tool writes; findings are counted
in it after the clock has stopped.

Wall is the clock's. CPU is user + system, of the process and of all children that it waited for (`git log`
for those that run it). Peak is the largest resident set of any one of those processes, as GNU time has it;
it cannot be lower than that of the interpreter that starts them, which is printed.
"""

import json
import os
import statistics
import sys
import time


def run(tool):
    """Starts one process and waits for it: (wall s, CPU s, peak MiB, exit code)."""
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)]
    start = time.perf_counter()
    pid = os.posix_spawn(tool["argv"][0], tool["argv"], {**os.environ, **tool.get("env", {})}, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    os.close(null)
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale, os.waitstatus_to_exitcode(status)


def findings(path):
    """How many findings a report holds; every scanner has a shape of its own."""
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        return "no report"
    documents = []
    try:
        documents = [json.loads(text)] if text.strip() else []
    except ValueError:
        try:
            documents = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            return "not JSON"
    count = 0
    for document in documents:
        if isinstance(document, dict):
            count += len(document.get("findings") or [])
        elif isinstance(document, list):
            count += len(document)
    return count


def measure(plan):
    runs = {tool["name"]: [] for tool in plan["tools"]}
    counts = {}
    for round_number in range(plan["warmups"] + plan["rounds"]):
        for tool in plan["tools"]:
            if os.path.exists(tool["report"]):
                os.remove(tool["report"])
            result = run(tool)
            counts[tool["name"]] = (findings(tool["report"]), result[3])
            warming = round_number < plan["warmups"]
            if not warming:
                runs[tool["name"]].append(result)
            label = "warm-up" if warming else f"round {round_number - plan['warmups'] + 1}"
            print(f"{label}: {tool['name']} {result[0]:.3f} s, exit {result[3]}", file=sys.stderr)
    return runs, counts


def table(plan, runs, counts):
    def median(name, column):
        return statistics.median(result[column] for result in runs[name])

    ours = plan["tools"][0]["name"]
    lines = [
        f"### {plan['title']}",
        "",
        "| tool | wall s | CPU s | peak MiB | wall × | CPU × | peak × | findings | exit |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for tool in plan["tools"]:
        name = tool["name"]
        if not isinstance(counts[name][0], int):
            lines.append(f"| {name} {tool['version']} | failed | – | – | – | – | – | {counts[name][0]} | {counts[name][1]} |")
            continue
        values = [median(name, column) for column in range(3)]
        ratios = [value / max(median(ours, column), 1e-6) for column, value in enumerate(values)]
        cells = [f"{values[0]:.3f}", f"{values[1]:.3f}", f"{values[2]:.0f}", *(f"{ratio:.2f}" for ratio in ratios)]
        found, code = counts[name]
        lines.append(f"| {name} {tool['version']} | {' | '.join(cells)} | {found} | {code} |")
    spread = max(result[0] for result in runs[ours]) / min(result[0] for result in runs[ours])
    floor = run({"argv": ["/bin/sh", "-c", ":"]})[2]
    lines += [
        "",
        f"Medians of {plan['rounds']} rounds in turn, after {plan['warmups']} to warm up; × is the tool's figure over "
        f"{ours}'s. Slowest over fastest of {ours}'s own runs: {spread:.2f}. Least peak that can be measured here: "
        f"{floor:.0f} MiB.",
    ]
    return "\n".join(lines)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    runs, counts = measure(plan)
    print(table(plan, runs, counts))
    failed = [name for name, (found, _) in counts.items() if not isinstance(found, int)]
    if failed:
        sys.exit(f"failed, so not compared: {', '.join(failed)}")


if __name__ == "__main__":
    main()
