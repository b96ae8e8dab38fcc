#!/usr/bin/env python3
"""What the waiting agent costs: memory, wake-ups, and the time from its start until it is ready.

    tests/bench/idle.py MUSTER [--seconds N] [--starts N] [--any]

Memory and wake-ups are read from /proc once the agent has settled; the time is the median of several starts. Fails above the
limits below, which hold for the package build, unless --any is given."""

import argparse
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import measure  # noqa: F401  (the path to the tests' support)
from support.beacon import Beacon, die_with_parent
from support.ca import shared_pki
from support.device import Device

MAX_ANONYMOUS = 4 * 1024  # KiB
MAX_RESIDENT = 12 * 1024
MAX_READY = 50  # ms
SETTLED = 3  # seconds after READY: the first pass through the spool and the first connections are over


class Running:
    def __init__(self, program, device, folder):
        path = str(pathlib.Path(folder) / "notify")
        pathlib.Path(path).unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            notify.settimeout(30)
            start = time.monotonic()
            self.process = subprocess.Popen([program, "--config", device.config, "run"], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent,
                                            env={**os.environ, "NOTIFY_SOCKET": path})
            while b"READY=1" not in notify.recv(65536):
                pass
            self.ready_ms = (time.monotonic() - start) * 1000

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def kib(self, name):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
        raise KeyError(name)

    def wake_ups(self):
        """Of all threads, since they began."""
        total = 0
        for status in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/status"):
            total += sum(int(line.split()[1]) for line in status.read_text().splitlines() if "_ctxt_switches" in line)
        return total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--starts", type=int, default=11)
    parser.add_argument("--any", action="store_true", help="no limits: another build, a busy machine")
    options = parser.parse_args()

    measure.use_tmpfs()
    pki = shared_pki()
    with Beacon(pki) as beacon, Device(pki, [beacon.port]) as device, tempfile.TemporaryDirectory() as folder:
        times = []
        for _ in range(options.starts):
            agent = Running(options.program, device, folder)
            times.append(agent.ready_ms)
            agent.stop()

        agent = Running(options.program, device, folder)
        time.sleep(SETTLED)
        before = agent.wake_ups()
        time.sleep(options.seconds)
        woken = agent.wake_ups() - before
        anonymous, resident = agent.kib("RssAnon"), agent.kib("VmRSS")
        agent.stop()

    ready = statistics.median(times)
    print(f"ready after        {ready:8.1f} ms  (median of {options.starts}, {min(times):.1f} to {max(times):.1f})")
    print(f"RssAnon            {anonymous / 1024:8.1f} MiB")
    print(f"RSS                {resident / 1024:8.1f} MiB")
    print(f"wake-ups           {woken:8d}     in {options.seconds} s")
    above = anonymous > MAX_ANONYMOUS or resident > MAX_RESIDENT or woken > 0 or ready > MAX_READY
    return 1 if above and not options.any else 0


if __name__ == "__main__":
    sys.exit(main())
