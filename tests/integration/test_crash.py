"""Nothing is lost and nothing partial is seen, wherever the program is killed, whatever call fails and whenever the
power goes: a sample here, every call with MUSTER_SLOW=1 (scripts/soak)."""

import gzip
import json
import random
import time
import unittest

from support import crash, disks
from support.agent import Agent
from support.beacon import Beacon
from support.ca import shared_pki
from support.crash import DownloadOfFile, ImportOfCertificate, Spool, SpoolOfAgent, UploadOfFile
from support.device import Device, watches_threads
from support.relay import ResettingRelay, dead_port

SAMPLE = 6  # strikes for each subject in the normal run, at calls that are not decisive
ROUNDS = 1000 if crash.SLOW else 50
ENOUGH = 0.6  # of the strikes must hit: a busy machine makes fewer calls in one run than in another

WRITING = ("ftruncate", "fchmod", "pwrite64", "fsync", "renameat")  # of a small file


class Crashes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def setUp(self):
        self.beacon = Beacon(self.pki).start()
        self.addCleanup(self.beacon.__exit__)

    def device_at(self, port):
        device = Device(self.pki, [port], NetworkRetries="0")
        self.addCleanup(device.__exit__)
        return device


@unittest.skipUnless(crash.FAULT.exists(), "muster_fault is not built on this system")
class Strikes(Crashes):
    def setUp(self):
        if watches_threads():
            self.skipTest("ThreadSanitizer's own thread calls the system as well: no call has a number")
        super().setUp()
        self.device = self.device_at(self.beacon.port)
        self.start = crash.calls_of_start(self.device)

    def counted(self, subject):
        """The calls of a run that nothing happens to."""
        subject.prepare()
        run = subject.run("count", "any", 0)
        subject.check(self, run)
        subject.recover(self)
        self.assertGreater(len(run.calls), self.start, run)
        return run.calls

    def strike_and_recover(self, subject, how, call, at):
        """Whether it was hit: between two runs the number of calls differs a little."""
        with self.subTest(how=how, call=call, at=at):
            subject.prepare()
            run = subject.run(how, call, at)
            self.assertIn(run.code, (*range(0, 10), 126, 127, crash.KILLED), f"it crashed: {run}")
            subject.check(self, run)
            subject.recover(self)
            return run.struck is not None
        return False

    def kill_everywhere(self, subject):
        points = crash.points_of_kill(self.counted(subject), self.start, SAMPLE)
        hits = sum(self.kill_at_or_before(subject, at) for at in points)
        self.assertGreater(hits, len(points) * ENOUGH)

    def kill_at_or_before(self, subject, at):
        """A run with fewer calls than the counted one ends before the last points: it is killed earlier."""
        return (self.strike_and_recover(subject, "kill", "any", at)
                or self.strike_and_recover(subject, "kill", "any", (self.start + at) // 2))

    def fail_everywhere(self, subject):
        points = crash.points_of_error(self.counted(subject), self.start, SAMPLE)
        hits = sum(self.strike_and_recover(subject, error, call, at) for call, at, error in points)
        self.assertGreater(hits, len(points) * ENOUGH)


class Kills(Strikes):
    def test_an_upload_loses_nothing(self):
        self.kill_everywhere(UploadOfFile(self.beacon, self.device))

    def test_a_download_leaves_the_old_file_or_the_new_one(self):
        self.kill_everywhere(DownloadOfFile(self.beacon, self.device))

    def test_a_resumption_leaves_the_old_file_or_the_new_one(self):
        self.kill_everywhere(DownloadOfFile(self.beacon, self.device, part=60_000))

    def test_a_drain_loses_nothing(self):
        self.kill_everywhere(Spool(self.beacon, self.device))

    def test_a_refused_file_is_in_the_spool_or_set_aside(self):
        self.kill_everywhere(Spool(self.beacon, self.device, odd=True))

    def test_the_agent_loses_nothing(self):
        self.kill_everywhere(SpoolOfAgent(self.beacon, self.device))

    def test_an_import_leaves_a_pair_that_works(self):
        self.kill_everywhere(ImportOfCertificate(self.beacon, self.device))


class KilledCollections(Strikes):
    def test_no_pass_takes_what_a_killed_collection_had_not_finished(self):
        words = ("collect", "--upload", "--only", "os")
        silent = dead_port()
        device = self.device_at(silent)
        calls = crash.strike(device, words).calls
        for at in (at for at, name in enumerate(calls, 1) if name in WRITING):
            with self.subTest(call=calls[at - 1], at=at):
                device = self.device_at(silent)
                crash.strike(device, words, "kill", "any", at)
                for name in device.waiting():
                    json.loads(gzip.decompress((device.spool / name).read_bytes()))


class Errors(Strikes):
    def test_an_upload_loses_nothing_and_claims_nothing(self):
        self.fail_everywhere(UploadOfFile(self.beacon, self.device))

    def test_a_download_leaves_the_old_file_or_the_new_one_and_claims_nothing(self):
        self.fail_everywhere(DownloadOfFile(self.beacon, self.device))

    def test_a_resumption_leaves_the_old_file_or_the_new_one_and_claims_nothing(self):
        self.fail_everywhere(DownloadOfFile(self.beacon, self.device, part=60_000))

    def test_a_drain_loses_nothing_and_claims_nothing(self):
        self.fail_everywhere(Spool(self.beacon, self.device))

    def test_a_refused_file_is_in_the_spool_or_set_aside(self):
        self.fail_everywhere(Spool(self.beacon, self.device, odd=True))

    def test_the_agent_loses_nothing(self):
        self.fail_everywhere(SpoolOfAgent(self.beacon, self.device))

    def test_an_import_leaves_a_pair_that_works_and_claims_nothing(self):
        self.fail_everywhere(ImportOfCertificate(self.beacon, self.device))


class Scarcity(Strikes):
    """What a transfer cannot begin without: the program says so, and neither waits for ever nor breaks off."""

    def test_a_missing_thread_or_descriptor_is_an_error(self):
        for subject in (UploadOfFile(self.beacon, self.device), DownloadOfFile(self.beacon, self.device),
                        Spool(self.beacon, self.device)):
            made = self.counted(subject).count("eventfd2")
            for call, at, error in (("clone3", 1, "EAGAIN"), *(("eventfd2", at + 1, "EMFILE") for at in range(made))):
                self.assertTrue(self.strike_and_recover(subject, error, call, at))
                subject.prepare()
                run = subject.run(error, call, at)
                self.assertEqual(run.code, 1, run)
                self.assertIn("raise the limit", run.err)


class RandomKills(Crashes):
    """At any time, against a server that resets most connections."""

    def rounds(self, subject_of, rounds):
        seed = random.randrange(1 << 32)
        with ResettingRelay(self.beacon.port, seed) as relay, self.subTest(seed=seed):
            device = self.device_at(relay.port)
            subject = subject_of(self.beacon, device)
            chance = random.Random(seed)
            number = 0
            # A few rounds may all end before anything was reset: then some more.
            while number < rounds or (relay.resets == 0 and number < 10 * rounds):
                number += 1
                subject.prepare()
                code = crash.kill_after(device, subject.words(), chance.choice((0.05, 0.1, 0.2)) * chance.random() * 2)
                subject.check(self, crash.Ended(code, f"round {number}"))
                relay.calm = True
                subject.recover(self)
                relay.calm = False
            self.assertGreater(relay.resets, 0)

    def test_uploads_lose_nothing(self):
        self.rounds(UploadOfFile, ROUNDS // 5)

    def test_downloads_leave_the_old_file_or_the_new_one(self):
        self.rounds(DownloadOfFile, ROUNDS // 5)

    def test_drains_lose_nothing(self):
        self.rounds(Spool, ROUNDS * 2 // 5)

    def test_the_agent_loses_nothing(self):
        self.rounds(SpoolOfAgent, ROUNDS // 10)

    def test_the_agent_beside_the_command_loses_nothing(self):
        with ResettingRelay(self.beacon.port, random.randrange(1 << 32)) as relay:
            subject = Spool(self.beacon, self.device_at(relay.port))
            for number in range(ROUNDS // 10):
                with Agent(subject.device) as agent:
                    subject.prepare()
                    subject.device.run("upload")
                    time.sleep(random.uniform(0, 0.1))
                    agent.process.kill()
                    agent.process.wait()
                subject.check(self, crash.Ended(crash.KILLED, f"round {number}"))
                relay.calm = True
                subject.recover(self)
                relay.calm = False


class PowerCuts(Strikes):
    """The power goes at a call: what the disk has by then is whole."""

    MOST = 8

    def setUp(self):
        reason = disks.why_not()
        if reason:
            self.skipTest(reason)
        self.image = disks.Image().__enter__()
        self.addCleanup(self.image.__exit__, None, None, None)
        with disks.on(self.image.folder):
            super().setUp()

    def device_at(self, port):
        with disks.on(self.image.folder):
            return super().device_at(port)

    def cut_everywhere(self, subject, looked_at):
        calls = self.counted(subject)
        decisive = [at for at, name in enumerate(calls, 1) if name in crash.DECISIVE]
        for at in [*crash.spread(decisive, self.MOST), len(calls) + 1000]:  # the last: it ends by itself
            with self.subTest(at=at):
                subject.prepare()
                self.image.sync()
                run = subject.run("kill", "any", at)
                with self.image.after_power_cut() as folder:
                    subject.check(self, run, folder / looked_at(subject).relative_to(self.image.folder))
                subject.recover(self)

    def test_an_upload_that_removes_its_file(self):
        self.cut_everywhere(UploadOfFile(self.beacon, self.device), lambda subject: subject.file)

    def test_a_download(self):
        self.cut_everywhere(DownloadOfFile(self.beacon, self.device), lambda subject: subject.target)

    def test_a_drain(self):
        self.cut_everywhere(Spool(self.beacon, self.device), lambda subject: subject.device.spool)

    def test_a_drain_of_many_files(self):
        subject = Spool(self.beacon, self.device, sizes=(1000,) * 150)
        self.cut_everywhere(subject, lambda subject: subject.device.spool)

    def test_a_refused_file(self):
        self.cut_everywhere(Spool(self.beacon, self.device, odd=True), lambda subject: subject.device.spool)


class FullDisks(Crashes):
    def setUp(self):
        super().setUp()
        reason = disks.why_not()
        if reason:
            self.skipTest(reason)
        self.disk = disks.FullDisk().__enter__()
        self.addCleanup(self.disk.__exit__, None, None, None)
        with disks.on(self.disk.folder):
            self.device = self.device_at(self.beacon.port)

    def run_full(self, subject, room):
        """With so many KiB left; then there is room again."""
        with self.subTest(room=room):
            subject.prepare()
            self.disk.fill(but=room)
            run = self.device.run(*subject.words())
            subject.check(self, run)
            self.disk.free()
            subject.recover(self)
            return run

    def test_a_download_says_so_and_leaves_the_old_file(self):
        for room in (0, 4, 100):
            run = self.run_full(DownloadOfFile(self.beacon, self.device), room)
            self.assertEqual(run.code, 8, run)
            self.assertIn("No space left", run.err)

    def test_uploads_need_no_room(self):
        self.assertEqual(self.run_full(UploadOfFile(self.beacon, self.device), 0).code, 0)
        self.assertEqual(self.run_full(Spool(self.beacon, self.device), 0).code, 0)

    def test_a_refused_file_is_in_the_spool_or_set_aside(self):
        for room in (0, 4):
            self.run_full(Spool(self.beacon, self.device, odd=True), room)


if __name__ == "__main__":
    unittest.main()
