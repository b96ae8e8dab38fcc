"""The progress bar: on a terminal that understands escapes, and nowhere else."""

import os
import re
import signal
import unittest

from support.running import Parties
from support.terminal import at_terminal

NEVER = b"\0never shown"


class Progress(Parties):
    def shown_for(self, name, size, term, *words):
        """What a terminal shows of an upload that takes a few seconds. No part of a code point comes through."""
        device = self.device(self.beacon().port)
        file = device.file(name, os.urandom(size))
        code, shown = at_terminal(["--config", device.config, "-o", "NetworkMaxRate=500000", "upload", *words, file], b"",
                                  asked=NEVER, environment={**os.environ, "TERM": term})
        self.assertEqual(code, 0, shown)
        return shown

    def test_it_shows_rate_and_time_left_and_leaves_nothing_behind(self):
        shown = self.shown_for("laptop.ndi", 1_500_000, "xterm")
        self.assertRegex(shown, r"\[#+\.*\] +\d+ % of 1\.4 MiB, \d[\d.]* [KM]iB/s, \d:\d\d left, 'beacon1'\x1b")
        self.assertRegex(shown, r"\r\x1b\[Kuploaded ")

    def test_a_long_name_is_cut_between_characters(self):
        for prefix in ("", "x", "xx"):
            with self.subTest(prefix):
                shown = self.shown_for(prefix + "größ€" * 12, 800_000, "xterm")
                self.assertTrue(re.search(r"\r\.\.\.\S+ .* of ", shown), shown)

    def test_a_terminal_without_escapes_shows_none(self):
        shown = self.shown_for("laptop.ndi", 800_000, "dumb")
        self.assertNotIn("\x1b", shown)
        self.assertNotIn("%", shown)

    def test_the_spool_has_one_for_all_files(self):
        device = self.device(self.beacon().port)
        for number in range(30):
            device.put(f"file-{number}", bytes(50_000))
        code, shown = at_terminal(["--config", device.config, "-o", "NetworkMaxRate=500000", "upload"], b"", asked=NEVER,
                                  environment={**os.environ, "TERM": "xterm"})
        self.assertEqual(code, 0, shown)
        self.assertRegex(shown, r"\rfiles \[#+\.*\] +\d+ % of 30, \d[\d.]* [KM]iB/s, \d:\d\d left, 'beacon1'\x1b\[K")
        self.assertEqual(shown.count("uploaded /"), 30, shown)
        self.assertRegex(shown, r"uploaded 30 files \(1\.4 MiB\) in ")

    def interrupted(self, device, *words, keys=b"\x03", asked=b"left"):
        code, shown = at_terminal(["--config", device.config, "-o", "NetworkMaxRate=500000", *words], keys, asked=asked,
                                  environment={**os.environ, "TERM": "xterm"})
        self.assertEqual(code, -signal.SIGINT, shown)
        self.assertRegex(shown, r"\r\x1b\[Kmuster: interrupted; [^\r\n]*\r\n$")
        return shown

    def test_an_interrupted_download_says_what_is_kept_and_goes_on_from_there(self):
        beacon = self.beacon()
        content = os.urandom(3_000_000)
        beacon.put_download("Policies/large", content)
        device = self.device(beacon.port)
        shown = self.interrupted(device, "download", "Policies/large", "-O", device.work / "large")
        self.assertIn(f"is kept in {device.work}/large.part, and the same command goes on from there", shown)
        run = device.run("download", "Policies/large", "-O", device.work / "large")
        self.assertIn("completed ", run.out)
        self.assertEqual((device.work / "large").read_bytes(), content)

    def test_an_interrupted_upload_says_where_the_files_are(self):
        device = self.device(self.beacon().port)
        file = device.file("large", bytes(3_000_000))
        self.assertIn("stays where it is", self.interrupted(device, "upload", file))
        self.assertTrue(file.exists())
        for number in range(30):
            device.put(f"file-{number}", bytes(100_000))
        self.assertIn("stays in the spool", self.interrupted(device, "upload"))
        self.assertEqual(device.run("upload").code, 0)
        self.assertFalse(device.waiting())

    def test_an_interrupt_that_is_ignored_stays_so(self):
        device = self.device(self.beacon().port)
        file = device.file("large", bytes(1_500_000))
        code, shown = at_terminal(["--config", device.config, "-o", "NetworkMaxRate=500000", "upload", file], b"\x03",
                                  asked=b"left", below=("/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh"),
                                  environment={**os.environ, "TERM": "xterm"})
        self.assertEqual(code, 0, shown)
        self.assertNotIn("interrupted", shown)

    def test_quiet_is_without_it(self):
        self.assertEqual(self.shown_for("laptop.ndi", 800_000, "xterm", "-q"), "")


if __name__ == "__main__":
    unittest.main()
