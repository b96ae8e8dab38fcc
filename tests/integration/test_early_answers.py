"""An answer of 2xx that comes before the beacon has the whole file proves nothing: the rest is sent all the same, and the
file counts as delivered only where a HEAD on a new connection finds it there."""

import time
import unittest

from support.beacon import Beacon
from support.hostile import Hostile
from support.running import Parties
from support.tls_port import reset

DONE, REFUSED = 0, 7
SIZE = 3_000_000
NAMED = "answers before it has the file"


class EarlyBeacon(Hostile):
    """Answers `status` before it has read the body; what `then` does with the rest decides whether it has the file.

    `head` is what it says of the file afterwards: "kept" is the truth, a number is a status, ("length", N) a length."""

    def __init__(self, pki, status=201, then="keep", head="kept", fields="", body="", instead_of_100=False):
        super().__init__(pki, self._serve_request)
        self.status, self.then, self.head = status, then, head
        self.fields, self.body, self.instead_of_100 = fields, body, instead_of_100
        self.kept = {}

    def _serve_request(self, talk):
        if talk.method == "HEAD":
            return self._tell(talk)
        if "expect" in talk.fields and not self.instead_of_100:
            talk.send("HTTP/1.1 100 Continue\r\n\r\n")
            talk.rest += talk.connection.recv(1000)
        framing = "" if self.status == 204 else f"Content-Length: {len(self.body)}\r\n"
        talk.send(f"HTTP/1.1 {self.status} X\r\n{framing}{self.fields}\r\n{self.body}")
        if self.then == "reset":
            time.sleep(0.3)  # the client waits for us to read, and has the answer by then
            return reset(talk.connection)
        talk.fields.pop("expect", None)
        body = talk.read_body()
        if self.then == "keep" and len(body) == int(talk.fields["content-length"]):
            self.kept[talk.target] = body
        return None

    def _tell(self, talk):
        if self.head == "kept":
            length = len(self.kept[talk.target]) if talk.target in self.kept else None
            return talk.send("HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n" if length is None else
                             f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")
        if isinstance(self.head, int):
            return talk.send(f"HTTP/1.1 {self.head} X\r\nContent-Length: 0\r\n\r\n")
        return talk.send(f"HTTP/1.1 200 OK\r\nContent-Length: {self.head[1]}\r\n\r\n")

    def puts(self):
        return [talk for talk in self.talks if talk.method == "PUT"]

    def heads(self):
        return [talk for talk in self.talks if talk.method == "HEAD"]


class EarlyAnswers(Parties):
    def beacon(self, **more):
        return self.entered(EarlyBeacon(self.pki, **more))

    def device(self, *ports, **more):
        return super().device(*ports, **{"NetworkRetries": "0", **more})

    def upload(self, beacon, size=SIZE, **more):
        """One file of the spool; the run, and whether the file is still there."""
        device = self.device(beacon.port, **more)
        content = bytes(size)
        device.put("laptop.ndi", content)
        run = device.run("upload")
        waits = device.waiting() == {"Inventories/laptop.ndi"}
        self.assertEqual(waits, run.code != DONE, run)
        self.assertEqual(device.rejected(), {})
        return run

    def assert_not_delivered(self, run):
        self.assertEqual(run.code, REFUSED, run)
        self.assertIn(NAMED, run.err)

    def test_a_beacon_that_breaks_off_after_its_answer_does_not_have_the_file(self):
        for status in (200, 201, 202, 204):
            for verify in ("None", "First", "All"):
                with self.subTest(status, verify=verify):
                    self.assert_not_delivered(self.upload(self.beacon(status=status, then="reset"), UploadVerify=verify))

    def test_a_beacon_that_reads_the_file_and_keeps_nothing(self):
        for head in (404, 410, 403, 405, 500, 302, ("length", SIZE - 1), ("length", 0)):
            with self.subTest(head):
                beacon = self.beacon(then="drop", head=head)
                self.assert_not_delivered(self.upload(beacon))
                self.assertTrue(beacon.heads())

    def test_the_question_is_asked_whatever_uploadverify_says(self):
        for verify in ("None", "First", "All"):
            beacon = self.beacon(then="drop")
            self.assert_not_delivered(self.upload(beacon, UploadVerify=verify))
            self.assertTrue(beacon.heads())

    def test_the_rest_is_sent_and_the_file_counts_once_the_beacon_has_it(self):
        for beacon in (self.beacon(), self.beacon(status=204), self.beacon(status=200, body="thank you"),
                       self.beacon(status=202, instead_of_100=True), self.beacon(instead_of_100=True)):
            with self.subTest(beacon.status, instead=beacon.instead_of_100):
                self.assertEqual(self.upload(beacon, UploadVerify="None").code, DONE)
                self.assertEqual(list(beacon.kept.values()), [bytes(SIZE)])
                self.assertTrue(beacon.heads())

    def test_an_early_answer_that_ends_the_connection(self):
        beacon = self.beacon(fields="Connection: close\r\n", then="drop")
        self.assert_not_delivered(self.upload(beacon))

    def test_an_early_refusal_is_a_refusal(self):
        run = self.upload(self.beacon(status=403, then="drop"))
        self.assertEqual(run.code, REFUSED, run)
        self.assertIn("HTTP 403", run.err)

    def test_another_beacon_gets_the_file(self):
        early = self.beacon(then="reset")
        with Beacon(self.pki) as honest:
            device = self.device(early.port, honest.port)
            for number in range(3):
                device.put(f"f{number}", bytes(SIZE))
            run = device.run("upload")
            self.assertEqual(run.code, DONE, run)
            self.assertEqual(len(honest.uploaded()), 3)

    def test_after_three_tries_the_location_is_not_used_for_this_file_and_status_says_so(self):
        beacon = self.beacon(then="reset")
        device = self.device(beacon.port)
        device.put("laptop.ndi", bytes(SIZE))
        for _ in range(5):
            self.assert_not_delivered(device.run("upload"))
        self.assertEqual(len(beacon.puts()), 3)
        status = device.run("status")
        self.assertIn("Inventories/laptop.ndi", status.err)
        self.assertIn(f"something in front of beacon1 {NAMED}", status.err)
        problems = device.run("status", "--json").json()["problems"]
        self.assertTrue([one for one in problems if NAMED in str(one)], problems)
        device.put("other.ndi", bytes(SIZE))
        device.run("upload")
        self.assertEqual([talk.target.rpartition("/")[2] for talk in beacon.puts()[3:]], ["other.ndi"])

    def test_a_newer_version_of_the_file_is_tried_again(self):
        beacon = self.beacon(then="reset")
        device = self.device(beacon.port)
        device.put("laptop.ndi", bytes(SIZE))
        for _ in range(4):
            device.run("upload")
        device.put("laptop.ndi", bytes(SIZE + 1))
        device.run("upload")
        self.assertEqual(len(beacon.puts()), 4)

    def test_a_file_that_another_beacon_took_is_named_no_longer(self):
        beacon = self.beacon(then="reset")
        device = self.device(beacon.port)
        device.put("laptop.ndi", bytes(SIZE))
        for _ in range(3):
            device.run("upload")
        beacon.then = "keep"
        with Beacon(self.pki) as honest:
            device.locations = [device._location(0, honest.port)]
            device.locations[0]["id"] = "honest"
            device.write_config()
            self.assertEqual(device.run("upload").code, DONE)
        self.assertNotIn(NAMED, device.run("status").err)


if __name__ == "__main__":
    unittest.main()
