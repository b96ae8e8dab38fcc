"""What -v and -vv add: the choice, the way and each retry; and the heads on the wire, without credentials."""

import base64
import unittest

from support.relay import dead_port
from support.running import Parties


class Verbose(Parties):
    def test_v_shows_the_choice_the_address_the_tls_version_and_the_status(self):
        beacon = self.beacon()
        device = self.device(dead_port(), beacon.port)
        beacon.put_download("Policies/a.json", b"{}")
        file = device.file("x")
        for words in (("upload", file), ("download", "Policies/a.json"), ("upload",)):
            with self.subTest(words):
                if words == ("upload",):
                    device.put("y")
                run = device.run(*words, "-v")
                self.assertEqual(run.code, 0, run)
                self.assertRegex(run.err, r"info: of 2 locations 'beacon[12]' \(https://localhost:\d+\) comes first: \w+")
                self.assertRegex(run.err, r"info: .*: 'beacon2' at (127\.0\.0\.1|::1), TLSv1\.3 TLS_\w+, "
                                          r"new connection in \d+\.\d ms, HTTP 20[014] after \d+\.\d ms\n")
                self.assertNotRegex(run.err, r"(?m)debug: ")

    def test_v_shows_what_failed_and_each_retry(self):
        device = self.device(dead_port(), NetworkRetries="1", NetworkMaxRetryTime="3")
        run = device.run("upload", device.file("x"), "-v")
        self.assertEqual(run.code, 6, run)
        self.assertRegex(run.err, r"info: no beacon could do it, asking again in \d")
        self.assertRegex(run.err, r"info: .* at beacon 'beacon1' .* failed: the beacon refuses connections")

    def test_vv_shows_the_heads_both_ways_and_no_bodies(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        run = device.run("upload", device.file("x", b"content of the file\n" * 100), "-vv")
        self.assertEqual(run.code, 0, run)
        self.assertRegex(run.err, r"(?m)debug: \d+ > PUT /ManageSoftRL/Inventories/x HTTP/1\.1$")
        self.assertRegex(run.err, r"(?m)debug: \d+ > Content-Length: 2000$")
        self.assertRegex(run.err, r"(?m)debug: \d+ < HTTP/1\.1 201 ")
        self.assertRegex(run.err, r"(?m)debug: \d+ \* .*TLSv1\.3")
        self.assertNotIn("content of the file", run.err)

    def test_vv_leaves_credentials_out(self):
        device = self.device({"Port": self.beacon().port, "User": "agent", "Password": "open-sesame"})
        run = device.run("upload", device.file("x"), "-vv")
        self.assertRegex(run.err, r"(?m)debug: \d+ > Authorization: Basic \[not shown\]$")
        self.assertNotIn("open-sesame", run.err)
        self.assertNotIn(base64.b64encode(b"agent:open-sesame").decode().rstrip("="), run.err)


if __name__ == "__main__":
    unittest.main()
