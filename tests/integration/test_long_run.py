"""The agent for a long time, with beacons that come and go, certificates that are replaced, reloads, and files without
end: nothing is lost, and it does not grow. MUSTER_SECONDS is how long (scripts/soak: ten minutes)."""

import os
import pathlib
import random
import signal
import threading
import time

from support.beacon import wait_until
from support.device import is_instrumented, replace
from support.running import Run

SECONDS = float(os.environ.get("MUSTER_SECONDS", "15"))
BEACONS = 3
KIB = 1024


class Repeated(threading.Thread):
    """Calls a function again and again, with a pause of a random length, until it is ended."""

    def __init__(self, function, longest_pause, seed):
        super().__init__(daemon=True)
        self.function = function
        self.longest_pause = longest_pause
        self.random = random.Random(seed)
        self.ended = threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(self.random.random() * self.longest_pause):
            self.function(self.random)

    def end(self):
        self.ended.set()
        self.join()


class Size:
    """What a process uses, sampled while it works."""

    def __init__(self, pid):
        self.folder = pathlib.Path(f"/proc/{pid}")
        self.memory = []  # bytes
        self.descriptors = []
        self.threads = []

    def sample(self, _):
        status = dict(line.split(":", 1) for line in (self.folder / "status").read_text().splitlines() if ":" in line)
        self.memory.append(int(status["RssAnon"].split()[0]) * KIB)
        self.threads.append(int(status["Threads"]))
        self.descriptors.append(len(list((self.folder / "fd").iterdir())))


def halves(samples):
    """The largest of the second and of the third third: the first one is a warm-up."""
    third = len(samples) // 3
    return max(samples[third:2 * third]), max(samples[2 * third:])


class LongRun(Run):
    def setUp(self):
        super().setUp()
        self.beacons = [self.beacon() for _ in range(BEACONS)]
        self.machine = self.device(*(beacon.port for beacon in self.beacons), NetworkRetries="1",
                                  NetworkRetryPeriodIncrement="1", NetworkTimeout="3")
        self.pairs = [(self.pki.client.certificate, self.pki.client.key),
                      (self.pki.client_other.certificate, self.pki.client_other.key)]
        self.written = {}  # name: content
        self.running = self.agent(self.machine, verbosity=())

    def write(self, chance):
        content = chance.randbytes(chance.choice((0, 1, 500, 40_000, 300_000)))
        type_ = chance.choice(("Inventories", "Discovery", "Status"))
        name = f"{type_}/{len(self.written):06}"
        self.machine.put(name.split("/")[1], content, type=type_)
        self.written[name] = content

    def disturb(self, chance):
        """One beacon goes, hangs, or forgets its connections; never all of them for long."""
        beacon = chance.choice(self.beacons)
        how = chance.choice(("stop", "freeze", "reload"))
        if how == "reload":
            return beacon.reload()
        if how == "freeze":
            beacon.signal(signal.SIGSTOP)
            time.sleep(chance.random())
            return beacon.signal(signal.SIGCONT)
        beacon.stop()
        time.sleep(chance.random())
        beacon.start()

    def replace_certificate(self, chance):
        certificate, key = chance.choice(self.pairs)
        replace(self.machine.key, key.read_bytes())
        replace(self.machine.certificate, certificate.read_bytes())

    def arrived(self):
        found = {}
        for beacon in self.beacons:
            found.update(beacon.uploaded())
        return found

    def test_nothing_is_lost_and_nothing_grows(self):
        size = Size(self.running.process.pid)
        work = [Repeated(self.write, 0.05, 1), Repeated(self.disturb, 2, 2), Repeated(self.replace_certificate, 3, 3),
                Repeated(lambda _: self.running.process.send_signal(signal.SIGHUP), 5, 4), Repeated(size.sample, 0.5, 5)]
        end = time.monotonic() + SECONDS
        wait_until(lambda: time.monotonic() > end or self.running.process.poll() is not None, SECONDS + 10)
        for one in work:
            one.end()

        self.assertIsNone(self.running.process.poll(), self.running.log()[-2000:])
        self.running.reload()
        wait_until(lambda: not self.machine.waiting(), 90, "an empty spool")
        arrived = self.arrived()
        lost = [name for name, content in self.written.items() if arrived.get(name) != content]
        self.assertEqual(lost, [])
        self.assertEqual(self.machine.rejected(), {})
        self.assertGreater(len(self.written), SECONDS)
        self.check_growth(size)
        self.assertEqual(self.running.stop(30), 0)

    def check_growth(self, size):
        before, after = halves(size.descriptors)
        self.assertLessEqual(after, before + 20, size.descriptors)
        before, after = halves(size.threads)
        self.assertLessEqual(after, before + 3, size.threads)
        if is_instrumented():
            return  # a sanitizer keeps freed memory for a while
        before, after = halves(size.memory)
        self.assertLessEqual(after, before * 1.2 + 1024 * KIB, size.memory)
