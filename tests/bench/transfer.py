#!/usr/bin/env python3
"""Compares muster with curl, same certificate, same server, in one run: a large file up and down, and one small file
from a cold process, which chooses among three beacons, by what it knows of them and without knowing anything. Prints
ratios, muster to curl, beside their goals. Files lie on tmpfs and the runs alternate, so that neither disk nor a
drifting machine decides; client and servers have a core each where there are two. Handshakes are the connections that
carried a request.

    tests/bench/transfer.py PROGRAM [--mib 1024] [--runs 5] [--small-runs 25]
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from measure import (count_connections, handshakes, measured, medians, pin_workers, print_line,  # noqa: E402
                     print_limit, use_tmpfs)


BLOCK = 1 << 20
SMALL = 20 * 1024


def many_times(script, cwd, runs):
    """Wall and CPU milliseconds of one of many short processes, as GNU time counts centiseconds; the highest peak."""
    wall, cpu, peak = measured(["sh", "-c", script], cwd)
    return wall / runs * 1000, cpu / runs * 1000, peak


def alternated(muster, curl, runs, beacons):
    """The medians of both, each with the handshakes that the servers saw; the first pair is for the caches."""
    pairs = []
    for number in range(runs + 1):
        pair = []
        for way in (muster, curl):
            pair.append((*way(), handshakes(*beacons)))
        if number > 0 or runs == 0:
            pairs.append(pair)
    return medians([ours for ours, _ in pairs]), medians([theirs for _, theirs in pairs])


class Contest:
    def __init__(self, program, pki, beacons, device, options):
        self.pki, self.beacons, self.device, self.options = pki, beacons, device, options
        self.program = program
        self.muster = [program, "--config", device.config, "-q"]
        self.curl = ["curl", "-sf", "--cacert", pki.root.certificate, "--cert", device.certificate, "--key", device.key]
        self.uploads = f"{beacons[0].url()}/ManageSoftRL/Inventories"
        self.small = device.file("small", os.urandom(SMALL))
        self.large = device.file("large", b"")
        with self.large.open("wb") as file:
            block = os.urandom(BLOCK)
            for _ in range(options.mib):
                file.write(block)
        for beacon in beacons:
            os.link(self.large, beacon.folder / "download" / "large")
        self.down = device.work / "down"

    def measured(self, command):
        self.down.unlink(missing_ok=True)
        return measured(command, self.device.work)

    def report_large(self, title, muster, curl, rate_goal=None, cpu_goal=None):
        ours, theirs = alternated(lambda: self.measured(muster), lambda: self.measured(curl), self.options.runs,
                                  self.beacons)
        print(f"{self.options.mib} MiB {title}")
        print_line("throughput", "MiB/s", self.options.mib / ours[0], self.options.mib / theirs[0], "higher", rate_goal)
        print_line("CPU", "s", ours[1], theirs[1], goal=cpu_goal)
        self.report_rest(ours, theirs)

    def report_rest(self, ours, theirs):
        print_line("peak", "MiB", ours[2], theirs[2])
        print_limit("peak", "MiB", ours[2], 16)
        print(f"  handshakes       muster {ours[3]:9.0f}   curl {theirs[3]:9.0f}")

    def large_files(self):
        self.report_large("up", [*self.muster, "upload", self.large], [*self.curl, "-T", self.large, f"{self.uploads}/"],
                          1.0, 0.85)
        self.report_large("down", [*self.muster, "download", "large", "-O", self.down],
                          [*self.curl, "-o", self.down, f"{self.beacons[0].url()}/ManageSoftDL/large"], 1.0, 0.85)
        both = f"openssl dgst -sha256 {self.large} && {words(self.curl)} -T {self.large} {self.uploads}/"
        self.report_large("up with a digest, against openssl dgst and curl",
                          [*self.muster, "upload", self.large, "-o", "UploadDigest=Always"], ["sh", "-c", both], 1.0, 1.0)

    def small_file(self, title, config_of):
        """config_of: which config.ini, in a shell loop over $i."""
        runs = self.options.small_runs
        loop = f"for i in $(seq {runs}); do {{}} >/dev/null || exit 1; done"
        ours, theirs = alternated(
            lambda: many_times(loop.format(f"{self.program} --config {config_of()} -q upload {self.small}"),
                               self.device.work, runs),
            lambda: many_times(loop.format(f"{words(self.curl)} -T {self.small} {self.uploads}/"), self.device.work, runs),
            3, self.beacons)
        print(title)
        print_line("wall", "ms", ours[0], theirs[0], goal=self.options.cold_goal)
        print_line("CPU", "ms", ours[1], theirs[1])
        self.report_rest(ours, theirs)

    def strangers(self):
        """Data directories that know of no beacon, one for each run: their config.ini's."""
        root = self.device.folder / "strangers"
        shutil.rmtree(root, ignore_errors=True)
        for number in range(1, self.options.small_runs + 1):
            etc = root / str(number) / "etc"
            etc.mkdir(parents=True)
            (etc / "ssl").symlink_to(self.device.ssl)
            (etc / "config.ini").write_text(self.device.config.read_text().replace(
                f"DataDirectory={self.device.data}", f"DataDirectory={etc.parent}"))
        return f"{root}/$i/etc/config.ini"


def words(command):
    return " ".join(map(str, command))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--mib", type=int, default=1024)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--small-runs", type=int, default=25)
    options.add_argument("--cold-goal", type=float, default=1.1, help="0.75 for the package build")
    options = options.parse_args()
    program = pathlib.Path(options.program).resolve()
    os.environ["MUSTER"] = str(program)
    use_tmpfs()

    from support.beacon import Beacon
    from support.ca import Pki
    from support.device import Device
    pki = Pki()
    version = subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout
    print(f"{program.name} against {re.match(r'curl [0-9.]+', version).group(0)}, {options.mib} MiB, "
          f"medians of {options.runs} pairs")
    with Beacon(pki) as one, Beacon(pki) as two, Beacon(pki) as three:
        beacons = (one, two, three)
        for beacon in beacons:
            count_connections(beacon)
            pin_workers(beacon)
        with Device(pki, [beacon.port for beacon in beacons], UploadDigest="Never") as device:
            contest = Contest(program, pki, beacons, device, options)
            contest.large_files()
            contest.small_file("20 KiB up, cold process, choosing one of three beacons that it knows",
                               lambda: device.config)
            contest.small_file("20 KiB up, cold process, racing three beacons that it does not know", contest.strangers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
