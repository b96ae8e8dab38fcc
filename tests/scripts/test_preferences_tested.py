"""Every preference that acts has an integration test that sets it: see test_preferences.py there."""

import ast
import pathlib
import re
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]


def preferences():
    """Names of those that act, from the page that is made from the table."""
    page = (PROJECT / "docs/preferences.md").read_text(encoding="utf-8")
    tables = page.split("<!-- begin", 1)[1].split("## Accepted without effect", 1)[0]
    return re.findall(r"^\| `(\w+)` \|", tables, re.MULTILINE)


def words_set_in(source):
    """Names that the code of tests sets: Name=..., "Name": ..., ["Name"], "Name=..."; not what only stands in words."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg:
            names.add(node.arg)
        elif isinstance(node, ast.Dict):
            names.update(key.value for key in node.keys if isinstance(key, ast.Constant))
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            names.add(node.slice.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.update(re.findall(r"(?:^|[\\\s])(\w+)=", node.value))
    return names


def words_set():
    names = set()
    for path in (PROJECT / "tests/integration").glob("test_*.py"):
        names |= words_set_in(path.read_text(encoding="utf-8"))
    return names


class Tested(unittest.TestCase):
    def test_every_preference_is_set_by_an_integration_test(self):
        self.assertGreater(len(preferences()), 40)
        known = words_set()
        self.assertEqual([name for name in preferences() if name not in known], [])

    def test_what_only_stands_in_words_counts_for_nothing(self):
        self.assertEqual(words_set_in('"""LogLevel is nice."""\n# -o LogLevel=debug\nx = "LogLevel"\n'), set())
        for code in ('f("-o", "LogLevel=debug")', 'f(LogLevel="debug")', 'f({"LogLevel": "debug"})', 'x["LogLevel"] = "debug"',
                     r'f("-o", r"ManageSoft\Common\LogLevel=debug")', 'f("-o", f"LogLevel={x}")'):
            with self.subTest(code):
                self.assertIn("LogLevel", words_set_in(code))


if __name__ == "__main__":
    unittest.main()
