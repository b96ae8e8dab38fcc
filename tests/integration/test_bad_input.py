"""Every command with every option wrong once: exit 2 or 3, one line of at most 300 characters, in Muster's words."""

import re
import unittest

from support.ca import shared_pki
from support.device import Device
from support.relay import dead_port

COMMANDS = ("run", "upload", "download", "beacons", "doctor", "status", "collect", "policy", "adopt", "rollout", "config list",
            "config check", "config get", "config set", "config unset", "config merge", "cert show", "cert check",
            "cert import", "cert install", "cert export-unix", "cert request", "renew request", "renew run", "renew install")
LIBRARY_WORDS = re.compile(r"CLI::|ExcludesError|RequiresError|ExtrasError|ValidationError|ConversionError|Could not convert|"
                           r"not in \{|The following argument|Run with --help|INT:|TEXT:|UINT:|basic_string|std::")
LONG = "x" * 5000


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.device = Device(shared_pki(), [dead_port()])

    @classmethod
    def tearDownClass(cls):
        cls.device.__exit__()

    def refused(self, *words):
        run = self.device.run(*words)
        with self.subTest([word[:40] for word in words]):
            self.assertIn(run.code, (2, 3), run)
            self.assertEqual(run.out, "", run)
            self.assertEqual(len(run.lines()), 1, run)
            self.assertLessEqual(len(run.err.rstrip("\n")), 300 + len(str(self.device.folder)), run)
            self.assertIsNone(LIBRARY_WORDS.search(run.err), run)

    def options_of(self, command):
        """[(option, takes a value)] of its help."""
        run = self.device.run(*command.split(), "--help")
        if run.code:
            return []
        found = re.findall(r"^ +(?:-\w, ?)?(--[a-z-]+)([ =]\S*)?", run.out, re.MULTILINE)
        return sorted({(name, bool(value.strip())) for name, value in found} - {("--help", False)})

    def test_unknown_options_and_words(self):
        for command in COMMANDS:
            words = command.split()
            self.refused(*words, "--no-such-option")
            self.refused(*words, "-Z")
            self.refused(*words, "--" + LONG)
        self.refused("no-such-command")
        self.refused(LONG)
        self.refused("config", "no-such-command")
        self.refused()

    def test_options_without_their_value_and_with_one_too_many(self):
        for command in COMMANDS:
            for option, takes_value in self.options_of(command):
                words = command.split()
                if takes_value:
                    self.refused(*words, option)
                else:
                    self.refused(*words, f"{option}=surplus")

    def test_values_that_are_wrong(self):
        rows = (("-o", "NoSuchName=1", "status"), ("-o", "=1", "status"), ("-o", LONG, "status"), ("-o", "Port", "status"),
                ("-o", "NetworkTimeout=soon", "status"), ("-o", f"NetworkTimeout={'9' * 309}", "status"),
                ("-o", f"StatusMaxAge={LONG}", "status"), ("-o", "LogFileCount=-1", "status"),
                ("--key-password-fd", "x", "status"), ("--key-password-fd", "9" * 309, "status"),
                ("beacons", "--for", "elsewhere"), ("beacons", "--for", LONG), ("collect", "--format", "xml"),
                ("collect", "--only", LONG), ("collect", "--skip", "no-such-section"), ("upload", "--type", "a/b", "file"),
                ("upload", "--type", LONG, "file"), ("upload", "--type", ""), ("upload", "--remove"), ("download",), ("download", LONG + "/../x"),
                ("download", "https://elsewhere/x"), ("download", "/absolute"), ("config", "get"), ("config", "get", LONG),
                ("config", "set", "Port"), ("config", "set", LONG, "1"), ("config", "unset", "NoSuchName"), ("config", "merge"),
                ("cert", "import"), ("cert", "install"), ("cert", "export-unix"))
        for words in rows:
            self.refused(*words)


if __name__ == "__main__":
    unittest.main()
