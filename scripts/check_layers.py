#!/usr/bin/env python3
"""Holds the house in order: who may include whom, where a library may be named, how a file is laid out, paragraphs included.

    scripts/check_layers.py [ROOT]                   sources below platform/, ssl/ and agent/
    scripts/check_layers.py --machine-paths [ROOT]   every text of the project: paths that exist on one machine only

Prints file:line: reason for each finding and ends with 1 when there is any; with 2 when it could not look.
"""

import argparse
import os
import pathlib
import re
import sys

TOPS = ("platform", "ssl", "agent")

# Floors, lowest first. A file may include its own folder and anything on a lower floor; folders that share a floor
# do not know each other.
FLOORS = [
    ["platform/base"],
    ["platform"],
    ["ssl"],
    ["agent/transfer", "agent/spool", "agent/schedule", "agent/inventory", "agent/certificate"],
    ["agent/beacon"],
    ["agent/channel"],
    ["agent/delivery"],
    ["agent/outbox"],
    ["agent/config"],
    ["agent/policy"],
    ["agent/service"],
    ["agent/diagnosis"],
    ["agent/cli"],
    ["agent/main.cpp"],
]
FLOOR_OF = {folder: floor for floor, folders in enumerate(FLOORS) for folder in folders}
FOLDERS = sorted(FLOOR_OF, key=len, reverse=True)

# What stands behind a portable header: a folder, and the only ones that may include from it.
BEHIND = {
    "platform/posix/": ("platform/posix/", "platform/linux/"),
    "platform/linux/": ("platform/linux/",),
    "platform/windows/": ("platform/windows/", "ssl/schannel/"),
    "ssl/openssl/": ("ssl/openssl/",),
    "ssl/schannel/": ("ssl/schannel/",),
}

# Headers by the beginning of their name, and the only places where they may be included.
LIBRARIES = [
    (re.compile(pattern), places) for pattern, places in (
        (r"openssl/", ("ssl/openssl/",)),
        (r"curl/", ("agent/transfer/",)),
        (r"CLI/", ("agent/cli/",)),
        (r"(ini|INIReader)\.h$", ("agent/config/",)),
        (r"libpsl\.h$", ("agent/policy/",)),
        (r"expat\.h$", ("agent/policy/npl/",)),
        (r"sodium", ("ssl/schannel/",)),
        (r"spdlog/", ("platform/log.cpp",)),
        (r"systemd/", ("platform/linux/",)),
        (r"(windows|winsock2|ws2tcpip|wincrypt|schannel|security|sspi|shlobj)\.h$",
         ("platform/windows/", "ssl/schannel/")),
        (r"((sys|netinet|arpa|linux|net)/|(unistd|fcntl|poll|pwd|grp|signal|dirent|netdb|pthread|syslog)\.h$)",
         ("platform/posix/", "platform/linux/", "platform/windows/")),
    )
]
SLOW_IN_HEADERS = ("nlohmann/", "fmt/")
JSON_SOURCES = 12
LONGEST_FILE = 500
LONGEST_PARAGRAPH = 12

WEAK_WORDS = {"manager", "managers", "helper", "helpers", "util", "utils", "utility", "utilities",
              "handler", "handlers", "data", "impl"}
SYSTEM_MACRO = re.compile(r"\b(_WIN32|_WIN64|WIN32|__linux(__)?|__APPLE__|__unix__|__FreeBSD__|__MINGW(32|64)__)\b")
CONDITION = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif|elifdef|elifndef)\b")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
TYPE = re.compile(r"\s*(?:template\s*<.*>\s*)?(?:class|struct|enum(?:\s+(?:class|struct))?|union|using|concept)\s+"
                  r"(?:\[\[.*?\]\]\s*)?(\w+)")

# In the layout of clang-format: a function's first line ends in ") {", perhaps with words between, and its last one is a
# brace below the first.
FUNCTION = re.compile(r"( *)(?!(?:\} )?(?:else|if|for|while|switch|catch)\b).*\)[^;()]*\{$")
SWITCH = re.compile(r"( *)switch \(")
TABLE = re.compile(r"( *).*(?:= |return |\(|, )\{(?!\}).*[^;{]$|( *).*(?:= |return |\(|, |\w)\{(?:\{.*)?$")

# Built from pieces, so that this file is not a finding of its own.
MACHINE_PATH = re.compile(r"(?<![\w.>)}$-])/(?:" + "|".join(("work", "root", "home", "Users")) + r")/[^\s\"'`<>]*")
NOT_OURS = re.compile(r"^(\.git|\.cache|__pycache__|build|build-.*)$")


def folder_of(path):
    for folder in FOLDERS:
        if path == folder or path.startswith(folder + "/"):
            return folder
    return None


def last_word(name):
    """'manager' of SpoolManager, spool_manager and spool_Manager_."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
    return words[-1].lower() if words else ""


def includes_of(lines):
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def check_floor(root, path, number, name):
    """An include in quotes: one of ours, from the root of the project, on no higher floor."""
    if not (root / name).is_file():
        yield number, f'"{name}": there is no such file; name it from the root of the project'
        return
    user, used = folder_of(path), folder_of(name)
    if used is None:
        yield number, f'"{name}" is on no floor'
    elif user is not None and user != used and FLOOR_OF[used] >= FLOOR_OF[user]:
        direction = "upwards" if FLOOR_OF[used] > FLOOR_OF[user] else "into its neighbour"
        yield number, f'{user} may not include {direction} to {used}: "{name}"'
    for folder, users in BEHIND.items():
        if name.startswith(folder) and not path.startswith(users):
            yield number, f'"{name}" is private to {" and ".join(users)}; include the portable header'


def check_library(path, number, name):
    """An include in angle brackets: a library, at home in few folders."""
    if name.split("/")[0] in TOPS:
        yield number, f"<{name}> is ours: it belongs in quotes"
    for pattern, places in LIBRARIES:
        if pattern.match(name) and not path.startswith(places):
            yield number, f"<{name}> may only be included in {', '.join(places)}"
    if path.endswith(".h") and name.startswith(SLOW_IN_HEADERS):
        yield number, f"<{name}> in a header makes everybody who includes it slow to compile"


def own_headers(root, path):
    """Of ssl/openssl/keys/file.cpp: the file.h of that folder and of each one above it, as far as they exist."""
    source = pathlib.PurePosixPath(path)
    if source.suffix != ".cpp":
        return []
    candidates = [folder / (source.stem + ".h") for folder in source.parents]
    return [str(candidate) for candidate in candidates if (root / candidate).is_file()]


def blocks_of(lines):
    """Includes that follow each other without a blank line between them."""
    blocks = [[]]
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match:
            blocks[-1].append((number, match.group(1), match.group(2)))
        elif not line.strip():
            blocks.append([])
    return [block for block in blocks if block]


def check_order(root, path, lines):
    """The file's own header first and alone, then <...>, then "...", each block sorted."""
    blocks = blocks_of(lines)
    own = [name for name in own_headers(root, path) if any(name == one[2] for block in blocks for one in block)]
    if own and blocks[0][0][2] not in own:
        yield blocks[0][0][0], f'its own header "{own[0]}" comes first: it must compile without help'
    elif own:
        if len(blocks[0]) > 1:
            yield blocks[0][1][0], f'a blank line belongs after "{blocks[0][0][2]}", its own header'
        blocks = [block for block in [blocks[0][1:], *blocks[1:]] if block]
    quoted = None
    for block in blocks:
        quotes = {quote for _, quote, _ in block}
        names = [name for _, _, name in block]
        if len(quotes) > 1:
            yield block[0][0], "includes in <> and in quotes need blocks of their own"
        elif quotes == {'"'}:
            quoted = quoted or block[0][0]
        elif quoted:
            yield block[0][0], "includes in <> come before those in quotes"
        for (number, _, name), before in zip(block[1:], names):
            if name < before and len(quotes) == 1:
                yield number, f"includes are not sorted: {name} comes before {before}"
                break


def check_systems(path, lines):
    """#if on the operating system, also on a continued line."""
    if path.startswith(("platform/", "ssl/")):
        return
    continued = False
    for number, line in enumerate(lines, 1):
        condition = continued or CONDITION.match(line)
        if condition and SYSTEM_MACRO.search(line):
            yield number, "an #if on the operating system belongs in platform/ or ssl/"
        continued = bool(condition) and line.rstrip().endswith("\\")


def check_names(path, lines):
    stem = pathlib.PurePosixPath(path).stem
    if last_word(stem) in WEAK_WORDS:
        yield 1, f"'{last_word(stem)}' says nothing: name the file after what is in it"
    for number, line in enumerate(lines, 1):
        match = TYPE.match(line)
        if match and last_word(match.group(1)) in WEAK_WORDS:
            yield number, f"{match.group(1)} says nothing: name it after what it is"


def end_of_table(lines, start):
    """Where the braces of a table that begins in this line are closed again."""
    depth = 0
    for number in range(start, len(lines)):
        depth += lines[number].count("{") - lines[number].count("}")
        if depth <= 0:
            return number
    return start


def counted_lines(lines, start, end):
    """The lines of a body that count for its paragraphs, as (index, whether it is blank)."""
    at = start
    while at < end:
        switch = SWITCH.match(lines[at])
        if switch:
            closing = switch.group(1) + "}"
            while at < end and not lines[at].startswith(closing):
                at += 1
        elif TABLE.match(lines[at]):
            at = end_of_table(lines, at)
        yield at, not lines[at].strip()
        at += 1


def check_paragraphs(lines):
    """A blank line parts thoughts. A switch and the table of an initialiser count as one line."""
    at = 0
    while at < len(lines):
        function = FUNCTION.match(lines[at])
        at += 1
        if not function:
            continue
        end = next((i for i in range(at, len(lines)) if lines[i].startswith(function.group(1) + "}")), len(lines))
        length = 0
        for index, blank in counted_lines(lines, at, end):
            length = 0 if blank else length + 1
            if length == LONGEST_PARAGRAPH + 1:
                yield index + 1, f"{LONGEST_PARAGRAPH} lines without a blank one are enough: begin a new paragraph"
        at = end


def check_file(root, path, lines):
    if folder_of(path) is None:
        yield 1, "this folder is on no floor: give it one in scripts/check_layers.py"
    for number, quote, name in includes_of(lines):
        yield from check_floor(root, path, number, name) if quote == '"' else check_library(path, number, name)
    yield from check_order(root, path, lines)
    yield from check_systems(path, lines)
    yield from check_names(path, lines)
    yield from check_paragraphs(lines)
    if len(lines) > LONGEST_FILE:
        yield LONGEST_FILE + 1, f"{len(lines)} lines: {LONGEST_FILE} at most"


def check_sources(root):
    """Findings as (path, line, reason)."""
    sources = sorted(path for top in TOPS for path in (root / top).rglob("*") if path.suffix in (".h", ".cpp"))
    if not sources:
        raise OSError(f"{root} has no sources below {', '.join(TOPS)}")
    json_users = []
    for source in sources:
        path = source.relative_to(root).as_posix()
        try:
            lines = source.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError as error:
            yield path, 1, f"is not UTF-8: {error}"
            continue
        for number, reason in check_file(root, path, lines):
            yield path, number, reason
        json_users += [(path, number) for number, _, name in includes_of(lines) if name.startswith("nlohmann/")]
    for path, number in json_users[JSON_SOURCES:]:
        yield path, number, f"nlohmann/json is slow to compile: {JSON_SOURCES} sources at most include it"


def texts(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not NOT_OURS.match(name))
        for name in sorted(files):
            path = pathlib.Path(folder, name)
            content = path.read_bytes() if path.is_file() else b""
            if b"\0" not in content:
                yield path.relative_to(root).as_posix(), content.decode("utf-8", "replace").splitlines()


def check_machine_paths(root):
    for path, lines in texts(root):
        for number, line in enumerate(lines, 1):
            match = MACHINE_PATH.search(line)
            if match:
                yield path, number, f"{match.group()} exists on one machine only"


def main(arguments):
    parser = argparse.ArgumentParser(description="Checks floors, includes and names; see the head of this file.")
    parser.add_argument("--machine-paths", action="store_true", help="look for paths of one machine in every text")
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[1])
    options = parser.parse_args(arguments)
    check = check_machine_paths if options.machine_paths else check_sources
    try:
        findings = list(check(options.root))
    except OSError as error:
        print(f"check_layers.py: {error}", file=sys.stderr)
        return 2
    for path, number, reason in findings:
        print(f"{path}:{number}: {reason}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
