"""Networks with round trips: the beacons in a namespace of their own, behind links that delay.

    with Network(delay_ms=10) as network:            # NoNetwork where this machine cannot have one
        Beacon(pki, address=network.beacon_address, prefix=network.in_beacon) ...
        subprocess.run([*network.in_device, ...])

    with Star([Link(delay_ms=2), Link(delay_ms=40, loss_percent=100)], etc={"hosts": "..."}) as star:
        star.addresses                               # of the beacons' side, one for each link

The program that delays is muster_netem of tests/tools, beside the program under test or named by NETEM."""

import dataclasses
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


@dataclasses.dataclass
class Link:
    """Each way is `delay_ms` late; `rate_mbit` 0 is no limit."""
    delay_ms: float = 10
    loss_percent: float = 0
    rate_mbit: float = 0


class Star:
    """`etc` are files that the device sees in /etc, such as hosts."""

    def __init__(self, links, etc=None):
        self.links = links
        self.etc = etc or {}
        tag = f"{os.getpid()}-{next(NUMBERS)}"
        self.spaces = [f"muster-d-{tag}", f"muster-b-{tag}"]
        self.in_device, self.in_beacon = (["ip", "netns", "exec", space] for space in self.spaces)
        self.addresses = [f"10.77.{number}.2" for number in range(len(links))]
        self.process = None

    @property
    def _etc(self):
        return pathlib.Path("/etc/netns") / self.spaces[0]  # as ip-netns(8) has it

    def _words(self):
        device, beacon = self.spaces
        for number, link in enumerate(self.links):
            yield from (device, f"10.77.{number}.1/24", beacon, f"10.77.{number}.2/24", str(link.delay_ms),
                        str(link.loss_percent), str(link.rate_mbit), f"wan{number}")

    def __enter__(self):
        program = netem_program()
        if program is None or os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
            raise NoNetwork("root, /dev/net/tun and muster_netem are needed")
        try:
            for space in self.spaces:
                self._run("ip", "netns", "add", space)
                self._run("ip", "-n", space, "link", "set", "lo", "up")
            for name, content in self.etc.items():
                self._etc.mkdir(parents=True, exist_ok=True)
                (self._etc / name).write_text(content)
            self.process = subprocess.Popen([program, *self._words()], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
            if self.process.stdout.readline().strip() != "ready":
                raise NoNetwork(self.process.stderr.read().strip())
        except BaseException:
            self.__exit__()
            raise
        return self

    def change(self, number, link):
        """From now on the link of that number is like this one."""
        self.process.stdin.write(f"{number} {link.delay_ms} {link.loss_percent} {link.rate_mbit}\n")
        self.process.stdin.flush()
        if self.process.stdout.readline().strip() != "changed":
            raise AssertionError(f"the link was not changed: {self.process.stderr.read()}")

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.communicate()
        for space in self.spaces:
            subprocess.run(["ip", "netns", "del", space], capture_output=True, check=False)
        shutil.rmtree(self._etc, ignore_errors=True)

    @staticmethod
    def _run(*command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoNetwork(done.stderr.strip())
        return done.stdout


class Network(Star):
    """One link."""

    def __init__(self, **link):
        super().__init__([Link(**link)])
        [self.beacon_address] = self.addresses
