#!/usr/bin/env python3
"""How long an inventory takes, and how much memory, compared in one run with other agents on the same machine.

    tests/bench/inventory.py MUSTER [--runs N] [--packages N,N]

The first run of each does not count; medians of the others, taken in turns. Memory is the largest process of each. Then the
time for package databases of growing size, which has to grow linearly. Programs that are not installed are left out."""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

# facter asks an address of cloud machines: without a network it does not.
OTHERS = {
    "fusioninventory-agent": ["fusioninventory-inventory"],
    "ocsinventory-agent": ["ocsinventory-agent", "--local", "/tmp", "--stdout"],
    "facter": ["unshare", "-n", "facter", "--json"],
    "lshw": ["lshw", "-json"],
}


def once(words):
    """(wall seconds, CPU seconds, KiB of the largest process)"""
    start = time.monotonic()
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def compare(commands, runs):
    samples = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, words in commands.items():
            sample = once(words)
            if run:
                samples[name].append(sample)
    return {name: tuple(statistics.median(one) for one in zip(*of_one)) for name, of_one in samples.items()}


def status_file(path, packages):
    with path.open("w", encoding="ascii") as file:
        for number in range(packages):
            file.write(f"Package: package-{number}\nStatus: install ok installed\nPriority: optional\nSection: libs\n"
                       f"Installed-Size: {number}\nMaintainer: Somebody <somebody@example.com>\nArchitecture: amd64\n"
                       f"Version: 1.{number}-1\nDepends: libc6 (>= 2.34), libstdc++6 (>= 12)\n"
                       f"Description: package number {number}\n with a longer text\n of two lines\n"
                       "Homepage: https://example.com/\n\n")


def growth(muster, sizes, runs):
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
            root = pathlib.Path(folder)
            (root / "var/lib/dpkg/info").mkdir(parents=True)
            status_file(root / "var/lib/dpkg/status", size)
            words = [*muster, "--root", folder, "--only", "software", "-o", "MachineId=bench"]
            wall, cpu, memory = compare({"muster": words}, runs)["muster"]
            print(f"{size:>8} packages {wall * 1000:8.1f} ms {cpu * 1000:8.1f} ms CPU {memory / 1024:6.1f} MiB"
                  f" {cpu * 1e6 / size:6.2f} us CPU a package")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("muster")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--packages", default="1000,5000,20000")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="muster-bench-") as data:
        muster = [os.path.abspath(options.muster), "collect", "-o", f"DataDirectory={data}"]
        commands = {"muster": muster}
        for name, words in OTHERS.items():
            if all(shutil.which(word) for word in (words[0], "facter") if word in words):
                commands[name] = words
        results = compare(commands, options.runs)
        base = results["muster"]
        print(f"{'':24} {'wall ms':>9} {'CPU ms':>9} {'MiB':>7} {'times the wall':>15} {'times the memory':>17}")
        for name, (wall, cpu, memory) in results.items():
            print(f"{name:24} {wall * 1000:9.1f} {cpu * 1000:9.1f} {memory / 1024:7.1f} {wall / base[0]:15.1f} {memory / base[2]:17.1f}")
        growth(muster, [int(size) for size in options.packages.split(",")], max(1, options.runs // 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
