"""The manual page names what the program has: commands, options and exit codes. (Its preferences are generated.)"""

import functools
import os
import pathlib
import re
import shutil
import subprocess
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
MANUAL = PROJECT / "packaging" / "man" / "muster.1"
PROGRAM = os.environ.get("MUSTER", "muster")


def section(name):
    """The text of one .SH section, without fonts and escapes."""
    parts = re.split(r"^\.SH (.+)$", MANUAL.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = dict(zip(parts[1::2], parts[2::2]))[name]
    return re.sub(r"\\f.", "", text).replace("\\-", "-").replace('"', "")


@functools.cache  # under sanitizers each start takes a while, and every test asks for the same texts
def help_of(*words):
    done = subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


def block(text, title):
    """The first words below a title of the help: '-h,--help', 'upload', ..."""
    match = re.search(rf"^{title}:\n((?:  .*\n)+)", text, re.MULTILINE)
    return [line.split()[0] for line in match.group(1).splitlines() if re.match(r"  \S", line)] if match else []


def commands(above=()):
    for name in block(help_of(*above), "Subcommands"):
        yield (*above, name)
        yield from commands((*above, name))


class Manual(unittest.TestCase):
    def test_every_command_is_described(self):
        text = section("COMMANDS")
        found = list(commands())
        self.assertIn(("config", "set"), found)
        for words in found:
            with self.subTest(words):
                self.assertRegex(text, rf"\bmuster {words[0]}\b")
                self.assertRegex(text, rf"\b{words[-1]}\b")

    def test_every_option_is_described(self):
        for words in [(), *commands()]:
            text = section("COMMANDS") if words else section("OPTIONS")
            for option in ",".join(block(help_of(*words), "Options")).split(","):
                if option in ("-h", "--help") and (words or option == "-h"):
                    continue  # --help stands once, among the options of all
                with self.subTest(words + (option,)):
                    self.assertRegex(text, rf"(?<![\w-]){re.escape(option)}(?![\w-])")

    def test_exit_codes_are_those_of_the_code(self):
        header = (PROJECT / "platform/base/error.h").read_text(encoding="utf-8")
        codes = re.findall(r"^  \w+ = (\d+),", header, re.MULTILINE)
        self.assertEqual(len(codes), 9)
        self.assertEqual(re.findall(r"^\.B (\d+)$", section("EXIT STATUS"), re.MULTILINE), ["0", *codes])

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_it_is_well_formed(self):
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", MANUAL], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
