"""A machine with systemd and Muster as its package lays it out, in namespaces.

    with Machine(config) as machine:                 # NoMachine where this system cannot have one
        machine.run("systemctl", "start", "muster")  # (code, out and err); machine.do() fails unless the code is 0
        machine.path("/var/opt/managesoft/state")    # its files, seen from outside
"""

import contextlib
import itertools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))

from support.beacon import die_with_parent, wait_until  # noqa: E402
from support.device import PROGRAM, is_instrumented, watches_threads  # noqa: E402

UNITS = pathlib.Path(__file__).parents[2] / "packaging" / "systemd"
BOOT = pathlib.Path(__file__).parent / "boot"
DATA = "/var/opt/managesoft"
PATIENCE = 30  # seconds
AGENT = ("setpriv", "--reuid=muster", "--regid=muster", "--clear-groups", "--")  # before a command of the service's user
GROUP = 64_321
USER = 64_322
NUMBERS = itertools.count(1)
# A sanitizer takes more memory than the unit allows, and its search for leaks traces the process.
FOR_SANITIZER = "[Service]\nMemoryMax=infinity\nPassEnvironment=ASAN_OPTIONS\n"


class NoMachine(Exception):
    pass


def control_group():
    """("v1" or "v2", a new group to boot in)."""
    mounts = [line.split() for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    found = [("v1", words[1]) for words in mounts if words[2] == "cgroup" and "name=systemd" in words[3]]
    found += [("v2", words[1]) for words in mounts if words[2] == "cgroup2"]
    for version, place in found:
        group = pathlib.Path(place) / f"muster-units-{os.getpid()}-{next(NUMBERS)}"
        with contextlib.suppress(OSError):
            group.mkdir(exist_ok=True)
            return version, group
    raise NoMachine("no control groups that may be written to")


class Machine:
    """`config` None: without Muster, which a package will bring."""

    def __init__(self, config):
        self.config = config
        self.process = None

    def _write_seed(self, seed):
        system = seed / "etc" / "systemd" / "system"
        system.mkdir(parents=True)
        (system / "default.target").symlink_to("/usr/lib/systemd/system/basic.target")
        (seed / "etc" / "machine-id").write_text(f"{os.getpid():032x}\n")
        if self.config is None:
            self._write_empty_system(seed)
        else:
            self._write_installation(seed, system)

    @staticmethod
    def _write_empty_system(seed):
        """With dpkg's record of the packages that Muster's depends on."""
        (seed / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\n")
        (seed / "etc" / "group").write_text("root:x:0:\n")
        record = seed / "var" / "lib" / "dpkg"
        for name in ("info", "updates", "triggers"):
            (record / name).mkdir(parents=True)
        known = subprocess.run(["dpkg-query", "-s", "libc6", "libgcc-s1", "passwd"], capture_output=True, check=True)
        (record / "status").write_bytes(known.stdout)
        (seed / "var" / "tmp").mkdir(mode=0o1777)
        (seed / "var" / "tmp").chmod(0o1777)

    def _write_installation(self, seed, system):
        for unit in UNITS.iterdir():
            shutil.copy(unit, system)
            if is_instrumented() and unit.suffix == ".service":
                (system / f"{unit.name}.d").mkdir()
                (system / f"{unit.name}.d" / "sanitizer.conf").write_text(FOR_SANITIZER)
        (seed / "etc" / "passwd").write_text(f"root:x:0:0::/root:/bin/sh\nmuster:x:{USER}:{GROUP}::/:/usr/sbin/nologin\n")
        (seed / "etc" / "group").write_text(f"root:x:0:\nmuster:x:{GROUP}:\n")
        data = seed / DATA[1:]
        (data / "etc" / "ssl" / "client" / "private").mkdir(parents=True)
        for name in ("state", "log", "uploads", "uploads/Inventories"):
            (data / name).mkdir()
            os.chown(data / name, 0, GROUP)
            (data / name).chmod(0o2770)
        (data / "etc" / "config.ini").write_text(self.config)

    def __enter__(self):
        if os.geteuid() != 0 or not os.path.exists("/lib/systemd/systemd"):
            raise NoMachine("root and the package systemd are needed")
        if watches_threads():
            raise NoMachine("ThreadSanitizer changes its personality, which the unit forbids")
        self._folder = tempfile.TemporaryDirectory(prefix="muster-machine-")
        folder = pathlib.Path(self._folder.name)
        try:
            self.version, self.group = control_group()
            (folder / "root").mkdir()
            self._write_seed(folder / "seed")
            self._start(folder)
        except BaseException:
            self.__exit__()
            raise
        return self

    def reboot(self):
        """Powers off in order, and boots with what /etc and /var hold then. Its network and /run are new."""
        folder = pathlib.Path(self._folder.name)
        holder = subprocess.Popen(["nsenter", "--target", self.first, "--mount", "--", "sleep", "infinity"],
                                  preexec_fn=die_with_parent)
        try:
            self.run("systemctl", "poweroff")
            self.process.wait(PATIENCE)
            shutil.rmtree(folder / "seed")
            (folder / "seed").mkdir()
            root = pathlib.Path(f"/proc/{holder.pid}/root")
            subprocess.run(["cp", "--archive", root / "etc", root / "var", folder / "seed"], check=True)
        finally:
            holder.kill()
            holder.wait()

        wait_until(self._group_is_gone, PATIENCE, "the end of the machine")
        self.group.mkdir()
        self._start(folder)

    def _start(self, folder):
        options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "detect_leaks=0")))

        def in_group():
            die_with_parent()
            (self.group / "cgroup.procs").write_text(str(os.getpid()))

        log = folder / "boot.log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--cgroup", "--uts", "--ipc", "--net", BOOT,
                 folder / "root", folder / "seed",
                 "-" if self.config is None else shutil.which(PROGRAM), self.version],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=in_group,
                env={**os.environ, **({"ASAN_OPTIONS": options} if is_instrumented() else {})})
        end = time.monotonic() + PATIENCE
        while not self._is_up():
            if self.process.poll() is not None or time.monotonic() > end:
                raise NoMachine(f"systemd does not boot in namespaces here: {log.read_text(errors='replace').strip()}")
            time.sleep(0.05)

    def _is_up(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with contextlib.suppress(OSError):
            self.first = (children.read_text().split() or [None])[0]
            return self.first and os.path.basename(os.readlink(f"/proc/{self.first}/exe")) == "systemd" and \
                self.run("systemctl", "is-active", "basic.target")[0] == 0
        return False

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()
        if getattr(self, "group", None):
            wait_until(self._group_is_gone, PATIENCE, "the end of the machine")
        self._folder.cleanup()

    def _group_is_gone(self):
        for folder in sorted(self.group.rglob("*/"), reverse=True):
            with contextlib.suppress(OSError):
                folder.rmdir()
        with contextlib.suppress(OSError):
            self.group.rmdir()
        return not self.group.exists()

    def run(self, *words):
        done = subprocess.run(["nsenter", "--target", self.first, "--all", "--", *map(str, words)], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
        return done.returncode, done.stdout

    def do(self, *words):
        code, said = self.run(*words)
        if code != 0:
            raise AssertionError(f"{' '.join(map(str, words))} ended with {code}: {said}\n{self.journal()}")
        return said

    def as_agent(self, *words):
        return self.do(*AGENT, *words)

    @contextlib.contextmanager
    def other_end(self, host):
        """How to run something, as 192.0.2.1 and `host`, in a namespace with the other end of the machine's cable."""
        holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], preexec_fn=die_with_parent)
        try:
            own = os.readlink("/proc/self/ns/net")
            wait_until(lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != own, PATIENCE, "the namespace")
            inside = ["nsenter", "--target", str(holder.pid), "--net", "--"]
            subprocess.run(["nsenter", "--target", self.first, "--net", "--",
                            "ip", "link", "set", "far", "netns", str(holder.pid)], check=True)
            for words in ("address add 192.0.2.1/24 dev far", "link set far up", "link set lo up"):
                subprocess.run([*inside, "ip", *words.split()], check=True)
            self.path("/etc/hosts").write_text(f"192.0.2.1 {host}\n127.0.0.1 localhost\n")
            yield inside
        finally:
            holder.kill()
            holder.wait()

    def stage(self, name, content):
        """For `muster rollout`, which the package's installation runs."""
        file = self.path(f"/var/tmp/mgsft_rollout_{name}")
        file.write_bytes(content)
        file.chmod(0o600)

    def journal(self):
        return self.run("journalctl", "--no-pager", "--output=cat", "--unit=muster*")[1]

    def path(self, path):
        return pathlib.Path(f"/proc/{self.first}/root{path}")

    def property(self, unit, name):
        return self.do("systemctl", "show", "--value", "--property", name, unit).strip()
