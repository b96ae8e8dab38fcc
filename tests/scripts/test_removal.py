"""A removal takes the same names on both systems, but those of what only Linux has."""

import pathlib
import re
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
ONLY_LINUX = {".disabled", "renew", "renew-answer", "renew-record", "renew-requested", "renewal"}


def names_of_setup():
    """Files and folders of purge_state(): the words of its two loops that are below state."""
    source = (PROJECT / "packaging/linux/setup.sh").read_text(encoding="utf-8")
    body = re.search(r"^purge_state\(\) \{\n(.*?)^\}", source, re.MULTILINE | re.DOTALL).group(1).replace("\\\n", " ")
    return [set(re.search(rf"for {what} in ([^;]+); do", body).group(1).split()) for what in ("name", "folder")]


def names_of_undo():
    source = (PROJECT / "agent/cli/command_rollout_undo.cpp").read_text(encoding="utf-8")
    return [set(re.findall(r'"([^"]+)"', re.search(rf"std::array {name}\{{(.*?)\}};", source, re.DOTALL).group(1)))
            for name in ("state_files", "state_folders")]


class Removal(unittest.TestCase):
    def test_the_undo_takes_what_the_purge_of_linux_takes(self):
        for of_setup, of_undo in zip(names_of_setup(), names_of_undo()):
            self.assertGreater(len(of_undo), 2)
            self.assertEqual(of_undo, of_setup - ONLY_LINUX)

    def test_what_only_linux_has_is_in_its_purge(self):
        self.assertLessEqual(ONLY_LINUX, set().union(*names_of_setup()))


if __name__ == "__main__":
    unittest.main()
