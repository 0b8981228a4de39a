"""Runs scanners in turn and prints what each took, as a Markdown table.

A tool that leaves no readable report has failed, however fast it was; the exit code is then 1.

usage: measure.py PLAN.json

The plan: {"title", "rounds", "warmups", "limit", "tools": [{"name", "version", "argv", "report", "env"}]}. The first
tool is ours, the one that the others are compared with. In each round every tool runs once, so that a slow
minute of the machine falls on all of them. "report" is a file that the tool writes; findings are counted
in it after the clock has stopped. A tool that takes longer than "limit" seconds, if one is given, is ended and
not started again; the table says so, and that is no failure.

Wall is the clock's. CPU is user + system, of the process and of all children that it waited for (`git log`
for those that run it). Peak is the largest resident set of any one of those processes, as GNU time has it;
it cannot be lower than that of the interpreter that starts them, which is printed.
"""

import json
import os
import signal
import statistics
import sys
import time


def run(tool, limit=0):
    """Starts one process and waits for it, for at most `limit` seconds: (wall s, CPU s, peak MiB, exit code)."""
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)]
    start = time.perf_counter()
    pid = os.posix_spawn(tool["argv"][0], tool["argv"], {**os.environ, **tool.get("env", {})}, file_actions=actions)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, limit)
    _, status, usage = os.wait4(pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    wall = time.perf_counter() - start
    os.close(null)
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale, os.waitstatus_to_exitcode(status)


def side_by_side(tools, rounds):
    """Runs commands by name in turn, after a round to warm up: medians of wall s, CPU s and peak MiB, and the exit code."""
    runs = {name: [] for name in tools}
    for number in range(rounds + 1):
        for name, argv in tools.items():
            result = run({"argv": argv})
            if number:
                runs[name].append(result)
    medians = lambda of: [statistics.median(result[at] for result in of) for at in range(3)]
    return {name: (*medians(of), of[-1][3]) for name, of in runs.items()}


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
    counts, over = {}, set()
    limit = plan.get("limit", 0)
    for round_number in range(plan["warmups"] + plan["rounds"]):
        for tool in plan["tools"]:
            if tool["name"] in over:
                continue
            if os.path.exists(tool["report"]):
                os.remove(tool["report"])
            result = run(tool, limit)
            if limit and result[0] >= limit and result[3] == -signal.SIGKILL:
                over.add(tool["name"])
            counts[tool["name"]] = (findings(tool["report"]), result[3])
            warming = round_number < plan["warmups"]
            if not warming:
                runs[tool["name"]].append(result)
            label = "warm-up" if warming else f"round {round_number - plan['warmups'] + 1}"
            print(f"{label}: {tool['name']} {result[0]:.3f} s, exit {result[3]}", file=sys.stderr)
    return runs, counts, over


def table(plan, runs, counts, over):
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
        if name in over:
            lines.append(f"| {name} {tool['version']} | over {plan['limit']:g} |{' – |' * 7}")
            continue
        if not isinstance(counts[name][0], int):
            lines.append(f"| {name} {tool['version']} | failed | – | – | – | – | – | {counts[name][0]} | {counts[name][1]} |")
            continue
        values = [median(name, column) for column in range(3)]
        ratios = ["–"] * 3
        if ours not in over:
            ratios = [f"{value / max(median(ours, column), 1e-6):.2f}" for column, value in enumerate(values)]
        cells = [f"{values[0]:.3f}", f"{values[1]:.3f}", f"{values[2]:.0f}", *ratios]
        found, code = counts[name]
        lines.append(f"| {name} {tool['version']} | {' | '.join(cells)} | {found} | {code} |")
    walls = [result[0] for result in runs[ours]] or [1]
    spread = max(walls) / min(walls)
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
    runs, counts, over = measure(plan)
    print(table(plan, runs, counts, over))
    failed = [name for name, (found, _) in counts.items() if name not in over and not isinstance(found, int)]
    if failed:
        sys.exit(f"failed, so not compared: {', '.join(failed)}")


if __name__ == "__main__":
    main()
