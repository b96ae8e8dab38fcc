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
PAGES = sorted((PROJECT / "packaging" / "man").glob("*.[0-9]"))
COMPLETIONS = PROJECT / "packaging" / "completions"
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
    """The names below a title of the help: 'upload', '-h', '--help', ..."""
    match = re.search(rf"^{title}:\n((?:  .*\n)+)", text, re.MULTILINE)
    rows = [line for line in match.group(1).splitlines() if re.match(r"  \S", line)] if match else []
    return [name for row in rows for name in re.findall(r"^  ([a-z]\S*)|(?<=[ ])(--?[a-zA-Z][\w-]*)(?=[ ,]|$)", row[:28])
            for name in name if name]


def commands(above=()):
    for name in block(help_of(*above), "Commands"):
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
            for option in block(help_of(*words), "Options"):
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
    def test_the_pages_are_well_formed(self):
        self.assertEqual([page.name for page in PAGES], ["muster-config.5", "muster.1"])
        for page in PAGES:
            with self.subTest(page.name):
                done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True,
                                      check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                text = page.read_text(encoding="utf-8")
                for name in ("FILES", "SEE ALSO") + (("EXIT STATUS",) if page.suffix == ".1" else ()):
                    self.assertIn(f".SH {name}\n", text)


class Completions(unittest.TestCase):
    def offered(self, *words):
        """What bash offers for the last of the words."""
        script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _muster; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", script, COMPLETIONS / "muster.bash", "muster", *words],
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_offers_commands_options_and_choices(self):
        self.assertEqual(self.offered("upl"), ["upload"])
        self.assertEqual(self.offered("cert", "exp"), ["export-unix"])
        self.assertEqual(self.offered("--json", "config", "me"), ["merge"])
        self.assertEqual(self.offered("upload", "--rem"), ["--remove"])
        self.assertEqual(self.offered("upload", "--key"), ["--key-password-fd"])
        self.assertEqual(self.offered("beacons", "--for", "d"), ["download"])
        self.assertNotIn("--remove", self.offered("download", "--"))

    def test_bash_offers_files_where_a_file_belongs(self):
        self.assertIn(str(COMPLETIONS / "muster.fish"), self.offered("--config", f"{COMPLETIONS}/mus"))
        self.assertIn(str(COMPLETIONS / "muster.fish"), self.offered("upload", f"{COMPLETIONS}/mus"))

    def test_every_shell_reads_its_own(self):
        for shell, file in (("bash", "muster.bash"), ("zsh", "_muster"), ("fish", "muster.fish")):
            if shutil.which(shell):
                with self.subTest(shell):
                    done = subprocess.run([shell, "-n", COMPLETIONS / file], capture_output=True, text=True, check=False)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
