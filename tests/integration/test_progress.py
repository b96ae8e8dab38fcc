"""The progress bar: on a terminal that understands escapes, and nowhere else."""

import os
import re
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
        self.assertRegex(shown, r"of 1\.4 MiB \[#+\.*\] +\d+ % \d[\d.]* [KM]iB/s \d:\d\d left")
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

    def test_quiet_is_without_it(self):
        self.assertEqual(self.shown_for("laptop.ndi", 800_000, "xterm", "-q"), "")


if __name__ == "__main__":
    unittest.main()
