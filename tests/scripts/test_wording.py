"""What users read is in plain English: no message, help text or document uses a word that the glossary of CONTRIBUTING.md
replaces."""

import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A program is no person, and a certificate does not end; see "Words" in CONTRIBUTING.md.
REPLACED = {
    r"\bwhoever\b": "name the caller or the thing",
    r"\b(some|no|any|every)body\b": "another process, no beacon, any user",
    r"\btells?\b|\btold\b": "report, log, notify, show",
    r"\blook(s|ed) (at|into|around|for)\b": "check, scan, read",
    r"\banew\b": "again",
    r"\bmend(s|ed|ing)?\b|\bcures?\b": "fix, remedy",
    r"\bends in (\d|\{\})": "expires in",
    r"\bbelongs into\b|\bstands before\b": "belongs in, appears before",
    r"\bin the hands of\b": "in use by",
    r"\bleft alone by\b|\bto be left alone\b": "asked clients to wait",
}

LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')


def literals(source):
    """The texts of a source: literals that stand side by side are one."""
    source = re.sub(r"//[^\n]*", "", source)
    source = re.sub(r'"\s*\n\s*"', "", source)
    return [text for text in LITERAL.findall(source) if " " in text]


def sources():
    files = subprocess.run(["git", "ls-files", "agent", "platform", "ssl"], cwd=ROOT, check=True, capture_output=True,
                           text=True).stdout.split()
    return [ROOT / file for file in files if file.endswith((".cpp", ".h"))]


def findings(name, text):
    return [f"{name}: '{match.group()}' in \"{text.strip()[:150]}\": {instead}"
            for word, instead in REPLACED.items() for match in re.finditer(word, text, re.IGNORECASE)]


class Messages(unittest.TestCase):
    def test_no_text_of_the_program_uses_a_replaced_word(self):
        found = [finding for file in sources() for text in literals(file.read_text())
                 for finding in findings(file.relative_to(ROOT), text)]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_no_page_uses_a_replaced_word(self):
        pages = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md")),
                 *sorted((ROOT / "packaging" / "man").iterdir())]
        found = [finding for page in pages for paragraph in page.read_text().split("\n\n")
                 for finding in findings(page.relative_to(ROOT), " ".join(paragraph.split()))]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_the_check_finds_what_it_is_for(self):
        self.assertEqual(literals('call("a b" // "c d"\n  "e f", "g");'), ["a be f"])
        for text in ("nobody answers", "the log tells it", "it is looked at again", "ends in {} days"):
            self.assertEqual(len(findings("f", text)), 1, text)


if __name__ == "__main__":
    unittest.main()
