"""The fleet simulation: runs muster_fleet, prints the table and the goals, and writes table and plots for
docs/benchmarks.md. A goal that is missed fails the run.

    python3 tests/bench/fleet.py MUSTER_FLEET [--devices N] [--strategies a,b] [--results FILE] [--docs]

--results FILE reads what an earlier run has printed, or keeps it there; --docs changes the documentation."""

import argparse
import json
import math
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
COLOURS = {"muster": "#1b6ca8", "random": "#888888", "fastest": "#c0392b", "mgsping": "#d68910", "two-choices": "#27864a"}
WINDOW_S = 300
WHOLE_FLEET = 100_000  # devices; the goals are for so many


def figures(arguments):
    if arguments.results and arguments.results.exists():
        return json.loads(arguments.results.read_text())
    names = arguments.strategies.split(",") if arguments.strategies else []
    printed = subprocess.run([arguments.program, str(arguments.devices), *names], stdout=subprocess.PIPE, check=True).stdout
    if arguments.results:
        arguments.results.write_bytes(printed)
    return json.loads(printed)


def means(values, size):
    return [sum(values[at:at + size]) / size for at in range(0, len(values) - size + 1, size)]


def highest_load(run, first_h, last_h):
    """The highest of any beacon, to its steady load, or to an even one where that is less. Windows are as long as 400 even
    transfers take at the least: of fewer the maximum is chance."""
    each_window = run["devices"] / 3600 * WINDOW_S / len(run["loads"])
    size = min(math.ceil(400 / each_window), (last_h - first_h) * 3600 // WINDOW_S)
    first, last, steady_from, steady_to = (hour * 3600 // WINDOW_S for hour in (first_h, last_h, 4, 6))
    return max(max(means(beacon[first:last], size)) / max(1, *means(beacon[steady_from:steady_to], steady_to - steady_from))
               for beacon in run["loads"])


def goals(runs):
    """(what, value, "<=" or ">=", limit) of the product. A smaller fleet than the whole one is allowed three standard
    deviations of what it counts: of the devices that keep to a beacon, and of its extra connections."""
    of = {run["scenario"]: run for run in runs if run["strategy"] == "muster"}
    if not of:
        return []
    day, slow_answers = of["day"], of["slow answers"]
    small = day["devices"] < WHOLE_FLEET

    def load(scenario):
        run = of[scenario]
        return 1.25 + (3 / math.sqrt(run["devices"] / len(run["loads"])) if small else 0)

    def extra(scenario):
        return 0.02 + (3 * math.sqrt(0.02 / of[scenario]["transfers"]) if small else 0)

    return [
        *((f"{name}: load of a beacon to the mean of its site", of[name]["load_max_to_mean"], "<=", load(name)) for name in of),
        *((f"{name}: p99 of the first byte to the oracle's", of[name]["p99_ms"] / of[name]["oracle_p99_ms"], "<=", 1.2)
          for name in of),
        *((f"{name}: extra connections a transfer", of[name]["extra_connections"], "<=", extra(name)) for name in of),
        ("day: load while a beacon dies, returns, is slow and recovers, to the steady one", highest_load(day, 6, 14), "<=", 1.5),
        ("slow answers: transfers that met no failure", slow_answers["at_first"], ">=", 0.999),
        *((f"{name}: transfers that were made", of[name]["delivered"], ">=", 0.999) for name in of),
    ]


def missed(runs):
    """How many goals; prints them all."""
    count = 0
    for what, value, relation, limit in goals(runs):
        met = value <= limit if relation == "<=" else value >= limit
        count += not met
        print(f"{'met   ' if met else 'MISSED'} {value:.4f} {relation} {limit:.4f}  {what}")
    return count


def table(runs):
    day = [run for run in runs if run["scenario"] == "day"]
    heads = ["", "load, highest to mean", "first byte p50", "p99", "p99 to the oracle's", "extra connections a transfer",
             "of one transfer a day", "load while a beacon fails and returns", "one of eleven: slow handshakes, p99",
             "slow answers: no failure", "extra connections", "connections of a cold device"]
    lines = [f"| {' | '.join(heads)} |".replace("|  |", "| |"), "|---" * len(heads) + "|"]
    for run in day:
        name = run["strategy"]
        of = {run["scenario"]: run for run in runs if run["strategy"] == name}
        handshakes, answers = of["slow handshakes"], of["slow answers"]
        cells = [name, f"{run['load_max_to_mean']:.2f}", f"{run['p50_ms']:.0f} ms", f"{run['p99_ms']:.0f} ms",
                 f"{run['p99_ms'] / run['oracle_p99_ms']:.2f}", f"{100 * run['extra_connections']:.1f} %",
                 f"{100 * of['two months']['extra_connections']:.1f} %", f"{highest_load(run, 6, 14):.2f}",
                 f"{handshakes['p99_ms']:.0f} ms", f"{100 * answers['at_first']:.2f} %",
                 f"{100 * max(handshakes['extra_connections'], answers['extra_connections']):.1f} %",
                 f"{run['cold_connections']:.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def polyline(values, colour, width, height, top):
    step = width / max(1, len(values) - 1)
    points = " ".join(f"{60 + i * step:.1f},{20 + height - min(value, top) / top * height:.1f}"
                      for i, value in enumerate(values))
    return f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>'


def plot(title, runs, series, top):
    """One line for each way of choosing: `series` gives its values in windows of five minutes."""
    width, height = 720, 220
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 {height + 90}" font-family="sans-serif" font-size="12">',
             f'<rect width="800" height="{height + 90}" fill="white"/>', f'<text x="60" y="14">{title}</text>']
    for value in range(int(top) + 1):
        y = 20 + height - value / top * height
        parts.append(f'<line x1="60" x2="780" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/><text x="50" y="{y + 4:.1f}" '
                     f'text-anchor="end">{value}</text>')
    hours = len(runs[0]["loads"][0]) * WINDOW_S // 3600
    for hour in range(0, hours + 1, 2):
        parts.append(f'<text x="{60 + width * hour / hours:.1f}" y="{height + 36}" text-anchor="middle">{hour} h</text>')
    for i, run in enumerate(runs):
        colour = COLOURS[run["strategy"]]
        parts.append(polyline(series(run), colour, width, height, top))
        parts.append(f'<rect x="{60 + 140 * i}" y="{height + 56}" width="12" height="12" fill="{colour}"/>'
                     f'<text x="{78 + 140 * i}" y="{height + 66}">{run["strategy"]}</text>')
    return "\n".join([*parts, "</svg>", ""])


def write(runs):
    day = [run for run in runs if run["scenario"] == "day"]
    first = "Load of one beacon (1: even). Silent from hour 6 to 8, answers 300 ms late from 10 to 12"
    (PAGE.parent / "fleet-one-beacon.svg").write_text(plot(first, day, lambda run: run["loads"][0], 4))
    page = PAGE.read_text()
    new, count = re.subn(r"(<!-- fleet -->\n).*?(\n<!-- end of fleet -->)", lambda found: found[1] + table(runs) + found[2],
                         page, flags=re.S)
    if count != 1:
        sys.exit(f"{PAGE} has no place for the table")
    PAGE.write_text(new)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--devices", type=int, default=100_000)
    parser.add_argument("--strategies")
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("--docs", action="store_true")
    arguments = parser.parse_args()
    runs = figures(arguments)
    print(table(runs))
    for run in runs:
        if not 0 <= run["at_first"] <= run["delivered"] <= 1 or run["transfers"] == 0:
            sys.exit(f"figures that cannot be: {run['scenario']}, {run['strategy']}")
    if arguments.docs:
        write(runs)
    if count := missed(runs):
        sys.exit(f"{count} of the fleet's goals missed")


main()
