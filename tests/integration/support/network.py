"""A network with a round trip: the beacon in a namespace of its own, behind a link that delays.

    with Network(delay_ms=10) as network:            # NoNetwork where this machine cannot have one
        Beacon(pki, address=network.beacon_address, prefix=network.in_beacon) ...
        subprocess.run([*network.in_device, ...])

The program that delays is muster_netem of tests/tools, beside the program under test or named by NETEM."""

import itertools
import os
import pathlib
import shutil
import subprocess

from .beacon import die_with_parent

NUMBERS = itertools.count(1)


class NoNetwork(Exception):
    pass


def netem_program():
    beside = pathlib.Path(shutil.which(os.environ.get("MUSTER", "muster")) or ".").parent / "muster_netem"
    return os.environ.get("NETEM") or (str(beside) if beside.exists() else shutil.which("muster_netem"))


class Network:
    def __init__(self, delay_ms=10, loss_percent=0, rate_mbit=0):
        self.link = [str(delay_ms), str(loss_percent), str(rate_mbit)]
        tag = f"{os.getpid()}-{next(NUMBERS)}"
        self.spaces = [f"muster-d-{tag}", f"muster-b-{tag}"]
        self.in_device, self.in_beacon = (["ip", "netns", "exec", space] for space in self.spaces)
        self.device_address, self.beacon_address = "10.77.0.1", "10.77.0.2"
        self.process = None

    def __enter__(self):
        program = netem_program()
        if program is None or os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
            raise NoNetwork("root, /dev/net/tun and muster_netem are needed")
        try:
            for space in self.spaces:
                self._run("ip", "netns", "add", space)
                self._run("ip", "-n", space, "link", "set", "lo", "up")
            device, beacon = self.spaces
            self.process = subprocess.Popen(
                [program, device, f"{self.device_address}/24", beacon, f"{self.beacon_address}/24", *self.link, "wan"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
            if self.process.stdout.readline().strip() != "ready":
                raise NoNetwork(self.process.stderr.read().strip())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.communicate()
        for space in self.spaces:
            subprocess.run(["ip", "netns", "del", space], capture_output=True, check=False)

    @staticmethod
    def _run(*command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoNetwork(done.stderr.strip())
