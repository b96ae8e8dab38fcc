"""Ends or disturbs the program at chosen system calls, by strace, and servers that reset connections."""

import os
import random
import re
import socket
import struct
import subprocess
import threading

from .device import PROGRAM
from .hostile import is_instrumented
from .relay import Relay, close

SLOW = bool(os.environ.get("MUSTER_SLOW"))
# LeakSanitizer cannot work below strace.
QUIET = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0", "LC_ALL": "C.UTF-8"}


def traced(device, options, words, timeout=60):
    """The program below strace with these options, in the device's working folder."""
    return subprocess.run(["strace", "-qq", "-f", *options, PROGRAM, "--config", str(device.config), *map(str, words)],
                          cwd=device.work, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
                          errors="surrogateescape", env={**os.environ, **QUIET})


def calls_of(device, words):
    """{name: how often} of all system calls of one run."""
    report = device.folder / "calls"
    traced(device, ["-c", "-U", "calls,name", "-o", report], words)
    found = re.findall(r"^ *(\d+) +(\w+)$", report.read_text(), re.MULTILINE)
    return {name: int(count) for count, name in found if name != "total"}


def spread(count, most):
    """At most so many numbers from 1 to count, first and last among them; all of them in the slow run. Fewer with a
    sanitizer: it makes starting slow, and what it looks for does not depend on the moment."""
    most = 2 if is_instrumented() else most
    if SLOW or count <= most:
        return list(range(1, count + 1))
    return sorted({1 + round(i * (count - 1) / (most - 1)) for i in range(most)})


def killed_at(device, name, number, words):
    return traced(device, ["-o", os.devnull, "-e", f"trace={name}", "-e", f"inject={name}:signal=KILL:when={number}"],
                  words)


def failing_at(device, name, number, error, words):
    return traced(device, ["-o", os.devnull, "-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={number}"],
                  words)


class Resetting(Relay):
    """A relay that resets every connection after a random time of at most `longest` seconds; 0: none any more."""

    def __init__(self, target, longest=0.05):
        super().__init__(target)
        self.longest = longest

    def _pump(self, source, sink):
        if self.longest > 0:
            threading.Timer(random.uniform(0, self.longest), self._reset, (source, sink)).start()
        super()._pump(source, sink)

    @staticmethod
    def _reset(*both):
        for one in both:
            try:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
            close(one)
