"""Strikes at a run of the program, and what must hold whatever happened to it.

    subject = UploadOfFile(beacon, device)
    subject.prepare()
    run = strike(device, subject.words(), "kill", "any", 100)   # or an errno in the place of "kill"
    subject.check(test, run)                                    # nothing lost, nothing partial, no false success
    subject.recover(test)                                       # a plain second run completes
"""

import errno
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time

from .ca import openssl
from .device import PROGRAM
from .device import is_instrumented

FAULT = pathlib.Path(PROGRAM).resolve().parent / "muster_fault"
SLOW = bool(os.environ.get("MUSTER_SLOW"))
KILLED = 128 + 9
# What changes something, or decides what is done.
DECISIVE = {"pwrite64", "ftruncate", "fsync", "fdatasync", "syncfs", "rename", "renameat", "renameat2", "unlink",
            "unlinkat", "link", "linkat", "mkdir", "mkdirat", "fchmod", "fchown", "utimensat", "sendto", "sendmsg",
            "flock", "fcntl", "getdents64", "exit_group"}

# What each call may really answer with; those that never fail in life are not listed.
ERRORS = {
    "openat": ("EIO", "EMFILE"), "read": ("EIO",), "pread64": ("EIO",), "write": ("EIO", "ENOSPC"),
    "pwrite64": ("EIO", "ENOSPC"), "writev": ("EIO", "ENOSPC"), "close": ("EIO",), "newfstatat": ("EIO",),
    "statx": ("EIO",), "ftruncate": ("EIO",), "fsync": ("EIO", "ENOSPC"), "flock": ("ENOLCK",),
    "fcntl": ("ENOLCK",), "fchmod": ("EIO",),
    "fchown": ("EPERM",), "utimensat": ("EIO",), "getdents64": ("EIO",), "readlink": ("EIO",),
    "rename": ("EIO", "ENOSPC"), "renameat": ("EIO", "ENOSPC"), "renameat2": ("EIO", "ENOSPC"),
    "unlink": ("EIO",), "unlinkat": ("EIO",), "link": ("EIO",), "linkat": ("EIO",), "mkdir": ("ENOSPC",),
    "mkdirat": ("ENOSPC",), "getcwd": ("ENOENT",),
    "socket": ("EMFILE",), "socketpair": ("EMFILE",), "connect": ("ECONNREFUSED", "ENETUNREACH"),
    "getsockopt": ("ENOBUFS",), "setsockopt": ("ENOBUFS",), "sendto": ("ECONNRESET", "EPIPE"),
    "sendmsg": ("ECONNRESET", "EPIPE"), "recvfrom": ("ECONNRESET", "ETIMEDOUT"), "recvmsg": ("ECONNRESET",),
    "poll": ("EINTR", "ENOMEM"), "ppoll": ("EINTR",), "epoll_create1": ("EMFILE",), "epoll_wait": ("EINTR",),
    "eventfd2": ("EMFILE",), "pipe2": ("EMFILE",), "inotify_init1": ("EMFILE",), "inotify_add_watch": ("ENOSPC",),
    "timerfd_create": ("EMFILE",), "signalfd4": ("EMFILE",), "clone3": ("EAGAIN",),
}


class Struck:
    """A run under muster_fault: code, out, err; calls (names in order); struck (name of the call, or None)."""

    def __init__(self, done, out, err, report, what):
        self.code, self.out, self.err, self.what = done.returncode, out, err, what
        lines = report.splitlines()
        self.calls = [line.split()[0] for line in lines]
        self.struck = next((line.split()[0] for line in lines if line.endswith("!")), None)

    def __str__(self):
        return f"{self.what} ({self.struck}): code {self.code}\nstdout: {self.out}\nstderr: {self.err}"


class Ended:
    """A run of which only the code is known."""

    def __init__(self, code, what):
        self.code, self.what = code, what

    def __str__(self):
        return f"{self.what}: code {self.code}"


def environment():
    # The leak check of AddressSanitizer cannot work in a process that is traced.
    return {**os.environ, "LC_ALL": "C.UTF-8",
            "ASAN_OPTIONS": ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "detect_leaks=0")))}


def fault_words(device, report, words, how, call, at):
    number = str(getattr(errno, how)) if how.startswith("E") else how
    return [FAULT, report, number, call, str(at), PROGRAM, "--config", str(device.config), *map(str, words)]


def strike(device, words, how="count", call="any", at=0, timeout=60):
    """One run that is killed ("kill"), or fails with an errno's name, at the `at`-th of those calls; or is counted."""
    with tempfile.NamedTemporaryFile("r", prefix="muster-calls-") as report:
        done = subprocess.run(fault_words(device, report.name, words, how, call, at), cwd=device.work,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="surrogateescape",
                              timeout=timeout, env=environment())
        return Struck(done, done.stdout, done.stderr, report.read(),
                      f"{how} at {call} {at} of {' '.join(map(str, words))}")


def calls_of_start(device):
    """How many calls the loader and the libraries make before the program's own begin."""
    return max(0, len(strike(device, ["--version"]).calls) - 4)


def spread(items, most):
    """At most that many, evenly; all of them in the slow suite. Fewer with a sanitizer: it makes starting slow, and
    what it looks for does not depend on the moment."""
    items = list(items)
    most = max(1, most // 4) if is_instrumented() else most
    if SLOW or len(items) <= most:
        return items
    return [items[place * len(items) // most] for place in range(most)]


def few_of_each(points, kind_of, most):
    """Of those of one kind, such as the writes of one file, only so many."""
    kinds = {}
    for point in points:
        kinds.setdefault(kind_of(point), []).append(point)
    return [point for kind in kinds.values() for point in spread(kind, most)]


def points_of_kill(calls, start, others):
    """Numbers of calls to be killed at: most of the decisive ones, and so many of the rest."""
    points = [(at, name) for at, name in enumerate(calls, 1) if SLOW or at > start]
    decisive = few_of_each((point for point in points if point[1] in DECISIVE), lambda point: point[1], 3)
    rest = spread((point for point in points if point[1] not in DECISIVE), others)
    return sorted(at for at, _ in decisive + rest)


def points_of_error(calls, start, others):
    """(call, at, errno's name), likewise."""
    points, seen = [], {}
    for place, name in enumerate(calls, 1):
        seen[name] = seen.get(name, 0) + 1
        # A sanitizer writes as well, to try whether memory can be read, and gives up where that fails.
        ours = name != "write" or not is_instrumented()
        if ours and (SLOW or place > start):
            points += [(name, seen[name], error) for error in ERRORS.get(name, ())]
    decisive = few_of_each((point for point in points if point[0] in DECISIVE), lambda point: point[::2], 2)
    return decisive + spread((point for point in points if point[0] not in DECISIVE), others)


class Subject:
    """Something that is interrupted and must come out whole. Names are new in each round: a beacon may finish what
    was sent whole before the kill."""

    def __init__(self, beacon, device):
        self.beacon = beacon
        self.device = device
        self.random = random.Random(7)
        self.sent = {}  # "Inventories/name": content, of all rounds

    def content(self, size):
        return self.random.randbytes(size)

    def clear(self):
        for path in self.device.work.iterdir():
            path.unlink()

    def run(self, how, call, at):
        return strike(self.device, self.words(), how, call, at)

    def complete(self, test):
        run = self.device.run(*self.words())
        test.assertEqual(run.code, 0, run)

    def check_arrived(self, test, run):
        """All that is visible at the beacon is whole; returns the names."""
        arrived = self.beacon.uploaded()
        for name, content in arrived.items():
            test.assertEqual(content, self.sent[name], f"{name} is partial: {run}")
        return set(arrived)

    def forget_arrived(self):
        for path in (self.beacon.folder / "upload").glob("*/*"):
            if path.parent.name != ".incoming":
                path.unlink()


class UploadOfFile(Subject):
    """`upload FILE --remove`: the file is here or there."""

    def prepare(self):
        self.clear()
        shutil.rmtree(self.device.data / "state", ignore_errors=True)  # each run is a first one
        self.bytes = self.content(20_000)
        self.file = self.device.file(f"round{len(self.sent)}.ndi", self.bytes)
        self.name = f"Inventories/{self.file.name}"
        self.sent[self.name] = self.bytes

    def words(self):
        return ["upload", self.file, "--remove"]

    def check(self, test, run, file=None):
        """`file`: where it is looked for after a power cut."""
        file = file or self.file
        here = file.read_bytes() if file.exists() else None
        arrived = self.check_arrived(test, run)
        if here is None:
            test.assertIn(self.name, arrived, f"lost: {run}")
        else:
            test.assertEqual(here, self.bytes, f"changed here: {run}")
        if run.code == 0:
            test.assertIn(self.name, arrived, f"a success that is none: {run}")
            test.assertIsNone(here, f"a success that left the file: {run}")

    def recover(self, test):
        if self.file.exists():
            self.complete(test)
        test.assertEqual(list(self.device.work.iterdir()), [])
        test.assertEqual(self.beacon.uploaded()[self.name], self.bytes)
        self.forget_arrived()


class DownloadOfFile(Subject):
    """`download PATH` over an old file: what is there is the old one or the new one. `part`: so many bytes of the new
    one have come before."""

    def __init__(self, beacon, device, part=0):
        super().__init__(beacon, device)
        self.part = part
        self.target = device.work / "policy.json"

    def prepare(self):
        self.clear()
        shutil.rmtree(self.device.data / "state", ignore_errors=True)
        self.old = self.content(500)
        self.new = self.content(150_000)
        self.target.write_bytes(self.old)
        source = self.beacon.put_download("Policies/policy.json", self.new)
        if self.part:
            stat = source.stat()
            (self.device.work / "policy.json.part").write_bytes(self.new[:self.part])
            (self.device.work / "policy.json.part.etag").write_text(f'"{int(stat.st_mtime):x}-{stat.st_size:x}"')

    def words(self):
        return ["download", "Policies/policy.json"]

    def check(self, test, run, file=None):
        there = (file or self.target).read_bytes()
        test.assertIn(there, (self.old, self.new), f"neither the old nor the new one: {run}")
        if run.code == 0:
            test.assertEqual(there, self.new, f"a success that is none: {run}")

    def recover(self, test):
        self.complete(test)
        test.assertEqual(self.target.read_bytes(), self.new)
        test.assertEqual([path.name for path in self.device.work.iterdir()], ["policy.json"])
        records = self.device.data / "state" / "downloads"
        test.assertEqual([path.name for path in records.glob("*.new")], [])


class ImportOfCertificate(Subject):
    """`cert import` in the place of another pair: at every moment a pair that works."""

    def __init__(self, beacon, device):
        super().__init__(beacon, device)
        self.pki = beacon.pki
        self.pfx = device.folder / "new.pfx"
        openssl("pkcs12", "-export", "-in", self.pki.client_other.certificate, "-inkey", self.pki.client_other.key,
                "-out", self.pfx, "-passout", "pass:")

    def prepare(self):
        for path in self.device.ssl.rglob(".*"):
            path.unlink()
        self.device.write_config()
        self.device.deploy(self.pki.client)

    def words(self):
        return ["cert", "import", self.pfx]

    def check(self, test, run):
        checked = self.device.run("cert", "check")
        test.assertEqual(checked.code, 0, f"{checked} after {run}")
        if run.code == 0:
            self.check_new(test, run)

    def check_new(self, test, run):
        test.assertIn("CN=device-2", self.device.run("cert", "show").out, f"a success that is none: {run}")

    def recover(self, test):
        self.complete(test)
        self.check_new(test, "the second run")
        test.assertEqual([path.name for path in self.device.data.rglob(".*.tmp")], [])


class Spool(Subject):
    """`upload` without FILE: each file of the spool is there, or at the beacon, or set aside. `odd`: one of them has a
    name that no beacon takes."""

    def __init__(self, beacon, device, odd=False, sizes=(20_000, 0, 40_000, 500)):
        super().__init__(beacon, device)
        self.odd = odd
        self.sizes = sizes
        self.rounds = 0
        self.accepted = {}

    def prepare(self):
        self.rounds += 1
        self.accepted = {}
        shutil.rmtree(self.device.spool, ignore_errors=True)
        (self.device.data / "state" / "claims").unlink(missing_ok=True)  # each run is a first one
        for place, size in enumerate(self.sizes):
            kind = "Discovery" if place == 3 else "Inventories"
            name = f"{'odd' + chr(10) if self.odd and place == 0 else 'file'}{self.rounds}-{place}"
            self.accepted[f"{kind}/{name}"] = self.content(size)
            self.device.put(name, self.accepted[f"{kind}/{name}"], kind)
        self.sent.update(self.accepted)

    def words(self):
        return ["upload"]

    def check(self, test, run, spool=None):
        """`spool`: where it is looked for after a power cut."""
        spool = spool or self.device.spool
        rejected = {str(path.relative_to(spool / ".rejected")): path.read_bytes()
                    for path in spool.glob(".rejected/*/[!.]*")}
        arrived = self.check_arrived(test, run)
        for name, content in self.accepted.items():
            here = spool / name
            if here.exists():
                test.assertEqual(here.read_bytes(), content, f"{name} changed here: {run}")
            elif aside := self.set_aside_as(name, rejected):
                test.assertEqual(rejected[aside], content, f"{name} changed when it was set aside: {run}")
                test.assertIn("\n", name, f"set aside without need: {run}")
                test.assertIn(f"{aside}.reason", rejected, f"set aside without a reason: {run}")
            else:
                test.assertIn(name, arrived, f"lost: {run}")
            if run.code == 0 and name not in arrived:
                test.assertTrue(self.set_aside_as(name, rejected), f"a success that is none: {run}")
        for name, content in rejected.items():
            if name.endswith(".reason"):
                test.assertIn(b"HTTP 422", content, f"half a reason: {run}")

    @staticmethod
    def set_aside_as(name, rejected):
        """Under its name, or the next one where the system did not tell whether that is free."""
        return next((one for one in (name, f"{name}.1") if one in rejected), None)

    def recover(self, test):
        good = (0, 9, 7) if self.odd else (0,)
        for _ in range(3):  # a disk that is busy with the rest of a test can take longer than NetworkTimeout
            run = self.device.run(*self.words())
            if run.code in good:
                break
        test.assertIn(run.code, good, run)
        test.assertEqual(self.device.waiting(), set())
        run.code = 0
        self.check(test, run)
        self.forget_arrived()


class SpoolOfAgent(Spool):
    """The same under `run`, which goes on until it is killed or, with the spool empty, stopped. It promises nothing
    by its exit code."""

    PATIENCE = 2  # seconds; then an error has made it wait for its next try

    def words(self):
        return ["run"]

    def run(self, how, call, at):
        with tempfile.NamedTemporaryFile("r", prefix="muster-calls-") as report:
            process = subprocess.Popen(fault_words(self.device, report.name, self.words(), how, call, at),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       text=True, cwd=self.device.work, env=environment())
            end = time.monotonic() + self.PATIENCE
            while process.poll() is None and self.device.waiting() and time.monotonic() < end:
                time.sleep(0.01)
            process.terminate()
            out = process.communicate(timeout=30)[0]
            process.returncode = process.returncode or 1  # never taken for a promise
            return Struck(process, out, "", report.read(), f"{how} at {call} {at} of run")

    def recover(self, test):
        run = self.device.run("upload")
        test.assertEqual(run.code, 0, run)
        test.assertEqual(self.device.waiting(), set())
        self.check(test, run)
        self.forget_arrived()


def kill_after(device, words, seconds):
    """Starts the program and kills it after so long, if it has not ended by itself: its exit code."""
    with subprocess.Popen([PROGRAM, "--config", device.config, *map(str, words)], cwd=device.work,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env=environment()) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
