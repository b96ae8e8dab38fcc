"""Downloads that are interrupted: the rest comes from whoever has the same version, and whatever happens, under the
name is the old file or the whole new one."""

import base64
import contextlib
import hashlib
import os
import pathlib
import subprocess
import threading
import time
import unittest

from support.beacon import Beacon, wait_until
from support.ca import shared_pki
from support.device import PROGRAM, Device
from support.hostile import Hostile
from support.relay import Relay

REFUSED, LOCAL_FILE = 7, 8
OLD = b"old"
SLOW = "limit_rate 4m;"  # bytes a second, for one connection


class Downloads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def device_with(self, *ports, **preferences):
        device = Device(self.pki, ports, **{"NetworkRetries": "0", **preferences})
        self.addCleanup(device.__exit__)
        self.target = device.file("f", OLD)
        self.part = device.work / "f.part"
        self.record = device.work / "f.part.etag"
        return device

    def beacon_with(self, content, modified, site=""):
        beacon = Beacon(self.pki, site=site).start()
        self.addCleanup(beacon.__exit__)
        path = beacon.put_download("f", content)
        os.utime(path, (modified, modified))  # with the size it makes the ETag of nginx
        return beacon

    def part_size(self):
        return self.part.stat().st_size if self.part.exists() else 0

    def only_the_file(self, content):
        self.assertEqual(hashlib.sha256(self.target.read_bytes()).digest(), hashlib.sha256(content).digest())
        self.assertEqual([path.name for path in self.target.parent.iterdir()], ["f"])


class KilledBeacons(Downloads):
    """Real beacons; the first answers at once and dies on the way, the second is slower to greet."""

    def setUp(self):
        self.content = os.urandom(10_000_000)
        self.now = int(time.time()) - 100

    @contextlib.contextmanager
    def killed_at(self, beacon, size, relay=None):
        seen = set()

        def kill():
            wait_until(lambda: seen.add(self.target.read_bytes()[:3]) or self.part_size() >= size, 20, "the part")
            if relay:
                relay.delay = 0
            beacon.stop()

        killer = threading.Thread(target=kill)
        killer.start()
        yield
        killer.join()
        self.assertEqual(seen, {OLD}, "something partial was under the name")

    def from_two(self, second):
        first = self.beacon_with(self.content, self.now, SLOW)
        with Relay(second.port, 0.3) as relay:
            device = self.device_with(first.port, relay.port)
            with self.killed_at(first, 2_000_000, relay):
                run = device.run("download", "f", "--json")
        self.assertEqual(run.code, 0, run)
        self.assertEqual(run.json()["beacon"], "beacon2")
        return run.json()

    def test_the_rest_comes_from_the_second(self):
        second = self.beacon_with(self.content, self.now)
        self.assertTrue(self.from_two(second)["resumed"])
        self.only_the_file(self.content)
        self.assertEqual(len(second.requests()), 1)
        self.assertIn(" 206 ", second.first_request())
        sent = int(second.first_request().split("out=")[1].split()[0])
        self.assertLess(sent, len(self.content) - 2_000_000 + 10_000)

    def test_a_second_with_another_version_starts_over(self):
        newer = os.urandom(9_000_000)
        second = self.beacon_with(newer, self.now + 50)
        self.assertFalse(self.from_two(second)["resumed"])
        self.only_the_file(newer)
        self.assertIn(" 200 ", second.first_request())

    def test_the_next_run_goes_on_at_another_beacon(self):
        first = self.beacon_with(self.content, self.now, SLOW)
        device = self.device_with(first.port)
        with self.killed_at(first, 2_000_000):
            self.assertEqual(device.run("download", "f").code, 6)
        self.assertEqual(self.target.read_bytes(), OLD)
        self.assertGreaterEqual(self.part_size(), 2_000_000)
        second = self.beacon_with(self.content, self.now)
        device.locations[0]["Port"] = second.port
        device.write_config()
        run = device.run("download", "f", "--json")
        self.assertTrue(run.json()["resumed"], run)
        self.assertIn(" 206 ", second.first_request())
        self.only_the_file(self.content)

    def test_a_run_that_was_killed_is_completed_by_the_next(self):
        beacon = self.beacon_with(self.content, self.now, SLOW)
        device = self.device_with(beacon.port)
        with subprocess.Popen([PROGRAM, "--config", str(device.config), "download", "f"], cwd=device.work) as process:
            wait_until(lambda: self.part_size() > 1_000_000, 20, "the part")
            process.kill()
        self.assertEqual(self.target.read_bytes(), OLD)
        run = device.run("download", "f", "--json")
        self.assertTrue(run.json()["resumed"], run)
        self.only_the_file(self.content)

    def test_what_one_beacon_gave_is_unchanged_at_the_other(self):
        first = self.beacon_with(self.content, self.now)
        device = self.device_with(first.port)
        self.assertEqual(device.run("download", "f").code, 0)
        second = self.beacon_with(self.content, self.now)
        device.locations[0]["Port"] = second.port
        device.write_config()
        self.assertTrue(device.run("download", "f", "--json").json()["unchanged"])
        self.assertIn(" 304 ", second.first_request())


CONTENT = bytes(range(250)) * 1000
HALF = len(CONTENT) // 2
OTHER = b"other " * 30_000


def digest_of(content):
    return "Repr-Digest: sha-256=:" + base64.b64encode(hashlib.sha256(content).digest()).decode() + ":"


DIGEST = digest_of(CONTENT)


def sha512_of(content):
    return "Repr-Digest: sha-512=:" + base64.b64encode(hashlib.sha512(content).digest()).decode() + ":"


def whole(content, *fields):
    return ["HTTP/1.1 200 OK\r\n", *(f"{field}\r\n" for field in fields),
            f"Content-Length: {len(content)}\r\n\r\n", content]


def rest(*fields, body=CONTENT[HALF:], first=HALF, length=len(CONTENT)):
    return ["HTTP/1.1 206 Partial Content\r\n", *(f"{field}\r\n" for field in fields),
            f"Content-Range: bytes {first}-{length - 1}/{length}\r\nContent-Length: {len(body)}\r\n\r\n", body]


class Rests(Downloads):
    """Two beacons that answer by script; whichever is asked first breaks off half-way."""

    def setUp(self):
        self.talks = []
        self.most = 1 << 30

    def run_with(self, *answers, beacons=2):
        """The answers are given in this order, by whichever beacon is asked."""
        def script(talk):
            self.talks.append(talk)
            talk.send(*answers[len(self.talks) - 1])

        with contextlib.ExitStack() as stack:
            ports = [stack.enter_context(Hostile(self.pki, script)).port for _ in range(beacons)]
            run = self.device_with(*ports).run("-o", f"MaximumDownloadSize={self.most}", "download", "f", "--json")
        self.assertEqual(len(self.talks), len(answers), run)
        return run

    def broken_off(self, *fields):
        return [*whole(CONTENT, *fields)[:-1], CONTENT[:HALF]]

    def asked_for(self, place, range_field, if_range=None):
        fields = self.talks[place].fields
        self.assertEqual((fields.get("range"), fields.get("if-range")), (range_field, if_range))

    def completed(self, fields, answer, if_range):
        run = self.run_with(self.broken_off(*fields), answer)
        self.assertEqual(run.code, 0, run)
        self.assertTrue(run.json()["resumed"])
        self.asked_for(1, f"bytes={HALF}-", if_range)
        self.only_the_file(CONTENT)

    def started_over(self, fields, answer):
        """The rest does not fit: the same beacon is asked once more, for the whole."""
        self.talks.clear()
        run = self.run_with(self.broken_off(*fields), answer, whole(OTHER))
        self.assertEqual(run.code, 0, run)
        self.assertFalse(run.json()["resumed"])
        self.asked_for(2, None)
        self.only_the_file(OTHER)

    def test_the_same_strong_etag(self):
        self.completed(['ETag: "a"'], rest('ETag: "a"'), '"a"')

    def test_the_same_digest_without_a_strong_etag(self):
        self.completed([DIGEST], rest(DIGEST), None)

    def test_the_same_digest_beside_a_weak_etag(self):
        self.completed(['ETag: W/"a"', DIGEST], rest('ETag: W/"a"', DIGEST), None)

    def test_a_rest_of_another_version(self):
        for fields, answer in (
            (['ETag: "a"'], rest('ETag: "b"')),
            (['ETag: "a"'], rest('ETag: W/"a"')),
            (['ETag: "a"'], rest()),
            (['ETag: "a"'], rest('ETag: "a"', body=CONTENT[HALF:] + b"x", length=len(CONTENT) + 1)),
            (['ETag: "a"'], rest('ETag: "a"', first=HALF - 1)),
            (['ETag: "a"', DIGEST], rest('ETag: "a"', digest_of(b""))),
            ([DIGEST], rest()),
            ([DIGEST], rest('ETag: "a"')),
            ([DIGEST], rest(digest_of(OTHER))),
            ([DIGEST], rest(DIGEST, length=len(CONTENT) + 1)),
        ):
            with self.subTest(fields=fields, answer=answer[1:-1]):
                self.started_over(fields, answer)

    def test_a_rest_that_lies_about_itself(self):
        tag = 'ETag: "a"'
        parts = "HTTP/1.1 206 X\r\nContent-Type: multipart/byteranges; boundary=b\r\nContent-Length: 3\r\n\r\n--b"
        for answer in (rest(tag, body=CONTENT[HALF:-1] + b"x"), rest(tag, body=b""), rest(tag, body=CONTENT[HALF:-1]),
                       rest(tag, body=CONTENT[HALF:] + b"x"),
                       [parts], ["HTTP/1.1 416 X\r\nContent-Length: 0\r\n\r\n"]):
            with self.subTest(answer=answer[0], size=len(answer[-1])):
                self.started_over([tag, DIGEST], answer)

    def refuses(self, fields, answer, words):
        """The answer contradicts what came before, or itself: nothing is installed."""
        self.talks.clear()
        run = self.run_with(self.broken_off(*fields), answer)
        self.assertEqual(run.code, REFUSED, run)
        self.assertIn(words, run.err)
        self.only_the_file(OLD)

    def test_a_whole_answer_that_contradicts_the_part(self):
        tag = 'ETag: "a"'
        for fields, answer in (([tag], whole(OTHER, tag)), ([tag], whole(CONTENT + b"x", tag)),
                               ([tag, DIGEST], whole(CONTENT, tag, digest_of(OTHER)))):
            with self.subTest(fields, size=len(answer[-1])):
                self.refuses(fields, answer, "the same ETag")

    def test_a_rest_with_a_coding_or_two_tags_is_not_used(self):
        tag = 'ETag: "a"'
        self.started_over([tag], rest(tag, 'ETag: "b"'))
        self.started_over([tag], rest(tag, "Content-Range: bytes 1-2/3"))
        for coding in ("gzip", "br"):
            self.talks.clear()
            run = self.run_with(self.broken_off(tag), rest(tag, f"Content-Encoding: {coding}"))
            self.assertEqual(run.code, REFUSED, run)
            self.assertIn("a coding that was not asked for", run.err)
            self.assertEqual(self.target.read_bytes(), OLD)

    def test_digests_of_the_rest(self):
        tag = 'ETag: "a"'
        of_rest = digest_of(CONTENT[HALF:]).replace("Repr", "Content")
        self.completed([tag], rest(tag, of_rest), '"a"')
        self.talks.clear()
        self.completed([tag], rest(tag, sha512_of(CONTENT)), '"a"')
        for wrong in (digest_of(CONTENT).replace("Repr", "Content"), sha512_of(OTHER), "Repr-Digest: sha-256=:AAAA:"):
            with self.subTest(wrong):
                self.started_over([tag], rest(tag, wrong))

    def test_a_part_and_its_rest_together_are_no_larger_than_maximumdownloadsize(self):
        self.most = len(CONTENT) - 1
        run = self.run_with(whole(CONTENT, 'ETag: "a"'), beacons=1)
        self.assertEqual(run.code, REFUSED, run)
        self.talks.clear()
        self.most = len(CONTENT)
        self.completed(['ETag: "a"'], rest('ETag: "a"'), '"a"')

    def test_a_whole_answer_instead(self):
        run = self.run_with(self.broken_off('ETag: "a"'), whole(OTHER, 'ETag: "b"'))
        self.assertEqual(run.code, 0, run)
        self.only_the_file(OTHER)

    def test_without_etag_and_digest_the_whole_is_asked_for(self):
        run = self.run_with(self.broken_off(), whole(CONTENT))
        self.assertFalse(run.json()["resumed"], run)
        self.asked_for(1, None)
        self.only_the_file(CONTENT)

    def test_who_knows_nothing_but_rests_is_given_up(self):
        run = self.run_with(self.broken_off('ETag: "a"'), rest('ETag: "b"'), rest('ETag: "b"'))
        self.assertEqual(run.code, REFUSED, run)
        self.assertEqual(len(run.lines()), 1, run)
        self.only_the_file(OLD)


class LocalSide(Downloads):
    def setUp(self):
        self.beacon = self.beacon_with(CONTENT * 20, int(time.time()) - 100)

    def refused_by_the_disk(self, run, folder):
        self.assertEqual(run.code, LOCAL_FILE, run)
        self.assertEqual(len(run.lines()), 1, run)
        self.assertIn("cannot write", run.err)
        self.assertIn("make room", run.err)
        self.assertEqual({path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}, {"f": OLD})

    def test_a_file_that_may_not_grow(self):
        device = self.device_with(self.beacon.port)
        self.refused_by_the_disk(device.run("download", "f", largest_file=1 << 20), device.work)

    def test_a_full_disk(self):
        device = self.device_with(self.beacon.port)
        small = device.folder / "small"
        small.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "small", str(small)]
        if subprocess.run(mount, capture_output=True).returncode != 0:
            self.skipTest("no right to mount a small disk")
        self.addCleanup(subprocess.run, ["umount", str(small)], check=True)
        (small / "f").write_bytes(OLD)
        self.refused_by_the_disk(device.run("download", "f", "-O", small / "f"), small)

    def leave_part(self, content):
        path = self.beacon.folder / "download" / "f"
        stat = path.stat()
        self.part.write_bytes(content)
        self.record.write_text(f'"{int(stat.st_mtime):x}-{stat.st_size:x}"\n')

    def test_a_record_of_somebody_else_does_not_count(self):
        device = self.device_with(self.beacon.port)
        elsewhere = device.folder / "elsewhere"

        def link():
            self.record.rename(elsewhere)
            self.record.symlink_to(elsewhere)

        def give_away():
            if os.geteuid() != 0:
                self.skipTest("only root can give a file away")
            os.chown(self.record, 1, 1)

        for spoil in (link, give_away):
            with self.subTest(spoil.__name__):
                self.leave_part(b"prepared by somebody else")
                spoil()
                run = device.run("download", "f", "--json")
                self.assertEqual(run.code, 0, run)
                self.assertFalse(run.json()["resumed"])
                self.only_the_file(CONTENT * 20)
                self.target.write_bytes(OLD)

    def test_our_own_record_counts(self):
        device = self.device_with(self.beacon.port)
        self.leave_part(CONTENT)
        run = device.run("download", "f", "--json")
        self.assertTrue(run.json()["resumed"], run)
        self.only_the_file(CONTENT * 20)


if __name__ == "__main__":
    unittest.main()
