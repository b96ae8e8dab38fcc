"""Every error that the sources can make has its words in docs/errors.md. (Those of failed transfers are compared by
tests/documentation.) Wrong words on the command line and wrong preferences explain themselves and are not listed there."""

import pathlib
import re
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
PAGE = "docs/errors.md"

# What makes an error, and which of its arguments is the message: counted from the front, or from the back.
MAKERS = {"fail": 1, "wrong": 0, "untrusted": 0, "refuse": -2}
# There the words are an error's own; elsewhere they are what could not be done with a file: "cannot place FILE".
OWN_MAKERS = {"platform/posix/secret_input.cpp": {"cannot": 0}}
SELF_EXPLAINING = ("ErrorKind::usage", "ErrorKind::preference")
NOT_OF_ERRORS = ("agent/config/", "agent/beacon/algorithm.cpp")  # mistakes in preferences


def arguments(source, start):
    """Of a call whose bracket has just been opened; commas in strings and inner brackets do not count."""
    found, depth, quoted, begin, at = [], 1, False, start, start
    while depth:
        char = source[at]
        if quoted:
            if char == "\\":
                at += 1
            quoted = char != '"'
        elif char == '"':
            quoted = True
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 1:
            found.append(source[begin:at])
            begin = at + 1
        at += 1
    return [*found, source[begin:at - 1]]


def words_of(message):
    """What a person reads in it that is the same every time: the first clause between two values, of two words at least."""
    words = []
    for literals in re.findall(r'(?:"(?:[^"\\]|\\.)*"\s*)+', message):
        text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))
        for part in re.split(r"\{[^}]*\}", text):
            clause = re.split(r" ?\(|, |: |; ", part.strip(" ':,;)"))[0].strip(" ':,;")
            if len(clause.split()) >= 2:
                words.append(clause)
    return words


def errors_in(source, makers):
    for call in re.finditer(rf"\b({'|'.join(makers)})\(", source):
        found = arguments(source, call.end())
        place = makers[call.group(1)]
        if len(found) <= place or len(found) < -place:
            continue
        if call.group(1) == "fail" and found[0].strip() in SELF_EXPLAINING:
            continue
        if "const " in found[0]:  # the function itself
            continue
        for words in words_of(found[place]):
            # "cannot DO FILE", as the page has them all.
            if not (found[0].strip() == "ErrorKind::local_file" and re.fullmatch(r"cannot \w+", words)):
                yield words


def errors():
    for folder in ("agent", "platform", "ssl"):
        for path in sorted((PROJECT / folder).rglob("*.cpp")):
            name = str(path.relative_to(PROJECT))
            if not name.startswith(NOT_OF_ERRORS):
                for words in errors_in(path.read_text(encoding="utf-8"), {**MAKERS, **OWN_MAKERS.get(name, {})}):
                    yield name, words


class Documented(unittest.TestCase):
    maxDiff = None

    def test_every_error_is_on_the_page(self):
        page = " ".join((PROJECT / PAGE).read_text(encoding="utf-8").replace("`", "").split())
        found = list(errors())
        self.assertGreater(len(found), 90)
        missing = [f"{name}: {words}" for name, words in found if words not in page]
        self.assertEqual("\n".join(missing), "", f"not in {PAGE}")

    def test_words_are_found_as_the_sources_write_them(self):
        for source, words in (
                ('return fail(ErrorKind::identity, "no key at all", "deploy it");', ["no key at all"]),
                ('fail(ErrorKind::identity, fmt::format("the key {} is "\n "broken: {}", f(a, b), c), "x y")',
                 ["the key", "is broken"]),
                ('wrong(fmt::format("{} holds nothing (of {})", path), "export it again")', ["holds nothing"]),
                ('refuse(path, "it is a, \\"b\\"", "remedy")', ["it is a"]),
                ('fail(ErrorKind::local_file, "cannot eat " + path + ": it is hot", "x")', ["it is hot"]),
                ('fail(ErrorKind::usage, "so not", "x")', []),
                ('fail(error.value())', []),
                ('tl::unexpected<Error> wrong(const std::string& what) {', [])):
            with self.subTest(source):
                self.assertEqual(list(errors_in(source, MAKERS)), words)


if __name__ == "__main__":
    unittest.main()
