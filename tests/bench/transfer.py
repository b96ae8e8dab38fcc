#!/usr/bin/env python3
"""Compares muster with curl, same certificate, same server, in one run: a large file up and down, and one small file
from a cold process. Prints ratios, muster to curl: below 1 is better for time and memory. Files lie on tmpfs and the
runs alternate, so that neither disk nor a drifting machine decides; client and server have a core each where there are
two.

    tests/bench/transfer.py PROGRAM [--mib 1024] [--runs 5] [--small-runs 25]
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True
from measure import measured, pin_workers, use_tmpfs  # noqa: E402


def perf_counted(command, cwd, runs):
    """CPU and wall milliseconds of one of many runs of a short process: GNU time counts in centiseconds only."""
    script = f"for i in $(seq {runs}); do {' '.join(map(str, command))} >/dev/null || exit 1; done"
    wall, cpu, peak = measured(["sh", "-c", script], cwd)
    return wall / runs * 1000, cpu / runs * 1000, peak


def compare(title, unit, muster, curl, runs):
    """Alternates; prints medians and the ratio of each figure."""
    ours, theirs = [], []
    for number in range(runs + 1):
        pair = muster(), curl()
        if number > 0:  # the first is for the caches
            ours.append(pair[0])
            theirs.append(pair[1])
    print(title)
    for place, name in enumerate((f"wall {unit}", f"CPU {unit}", "peak MiB")):
        a = statistics.median(run[place] for run in ours)
        b = statistics.median(run[place] for run in theirs)
        ratio = f"{a / b:5.2f}" if b > 0 else "    -"
        print(f"  {name:10} muster {a:9.2f}   curl {b:9.2f}   ratio {ratio}")
    sys.stdout.flush()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--mib", type=int, default=1024)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--small-runs", type=int, default=25)
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
    with Beacon(pki) as beacon, Device(pki, [beacon.port], UploadDigest="Never") as device:
        pin_workers(beacon)
        large = device.file("large", b"")
        with large.open("wb") as file:
            block = os.urandom(1 << 20)
            for _ in range(options.mib):
                file.write(block)
        beacon.put_download("large", b"")
        os.unlink(beacon.folder / "download" / "large")
        os.link(large, beacon.folder / "download" / "large")
        small = device.file("small", os.urandom(20 * 1024))
        curl = ["curl", "-sf", "--cacert", pki.root.certificate, "--cert", device.certificate, "--key", device.key]
        muster = [program, "--config", device.config, "-q"]
        uploads = f"{beacon.url()}/ManageSoftRL/Inventories"
        down = device.work / "down"

        def download():
            down.unlink(missing_ok=True)
            return measured([*muster, "download", "large", "-O", down], device.work)

        def curl_download():
            down.unlink(missing_ok=True)
            return measured([*curl, "-o", down, f"{beacon.url()}/ManageSoftDL/large"], device.work)

        compare(f"{options.mib} MiB up", "s", lambda: measured([*muster, "upload", large], device.work),
                lambda: measured([*curl, "-T", large, f"{uploads}/"], device.work), options.runs)
        compare(f"{options.mib} MiB down", "s", download, curl_download, options.runs)
        with_digest = f"openssl dgst -sha256 {large} && {' '.join(map(str, curl))} -T {large} {uploads}/"
        compare(f"{options.mib} MiB up with a digest, against curl and openssl dgst", "s",
                lambda: measured([*muster, "upload", large, "-o", "UploadDigest=Always"], device.work),
                lambda: measured(["sh", "-c", with_digest], device.work), options.runs)
        compare("20 KiB up, cold process", "ms",
                lambda: perf_counted([*muster, "upload", small], device.work, options.small_runs),
                lambda: perf_counted([*curl, "-T", small, f"{uploads}/"], device.work, options.small_runs), 3)
    return 0


if __name__ == "__main__":
    sys.exit(main())
