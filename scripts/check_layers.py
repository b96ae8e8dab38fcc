#!/usr/bin/env python3
"""Holds the house in order: who may include whom, where a library may be named, how long a file may be.

    scripts/check_layers.py [ROOT]      prints file:line: reason, and ends with 1 when there is any
"""

import pathlib
import re
import sys

# Floors, lowest first. A file may include its own folder and anything on a lower floor; folders that share a floor
# do not know each other.
FLOORS = [
    ["platform/base"],
    ["platform"],
    ["ssl"],
    ["agent/transfer", "agent/spool", "agent/schedule", "agent/inventory"],
    ["agent/beacon"],
    ["agent/delivery"],
    ["agent/config"],
    ["agent/policy"],
    ["agent/service"],
    ["agent/cli"],
]
FLOOR_OF = {folder: floor for floor, folders in enumerate(FLOORS) for folder in folders}
FOLDERS = sorted(FLOOR_OF, key=len, reverse=True)

# Header prefix -> the only places where it may be included.
LIBRARIES = {
    "openssl/": ["ssl/openssl/"],
    "curl/": ["agent/transfer/"],
    "CLI/": ["agent/cli/"],
    "ini.h": ["agent/config/"],
    "spdlog/": ["platform/log.cpp"],
    "systemd/": ["platform/linux/"],
    "windows.h": ["platform/windows/", "ssl/schannel/"],
}
SYSTEM_HEADERS = re.compile(r"(sys|netinet|arpa|linux)/|(unistd|fcntl|poll|pwd|grp|signal|dirent)\.h$")
SYSTEM_PLACES = ("platform/posix/", "platform/linux/", "platform/windows/")
JSON_SOURCES = 12
LONGEST_FILE = 500
WEAK_NAMES = re.compile(r"(Manager|Helper|Util|Utils|Handler|Data|Impl)$")
SYSTEM_MACRO = re.compile(r"#\s*(if|ifdef|ifndef|elif)\b.*\b(_WIN32|__linux__|__APPLE__|__unix__|__MINGW32__)\b")
INCLUDE = re.compile(r'#\s*include\s+([<"])([^>"]+)[>"]')
TYPE = re.compile(r"^\s*(?:class|struct|enum class)\s+(\w+)[^;]*$")


def folder_of(path):
    for folder in FOLDERS:
        if path.startswith(folder + "/"):
            return folder
    return None


def allowed(user, used):
    if user is None or used is None:
        return True
    return user == used or FLOOR_OF[used] < FLOOR_OF[user]


def check_includes(path, lines):
    own = pathlib.PurePath(path).stem + ".h"  # of platform/posix/file.cpp it is platform/file.h
    blocks = [[]]  # consecutive includes, by blank lines
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            if not line.strip() and blocks[-1]:
                blocks.append([])
            continue
        quote, name = match.groups()
        blocks[-1].append((number, quote, name))
        if quote == '"' and not allowed(folder_of(path), folder_of(name)):
            yield number, f"{folder_of(path)} must not know {folder_of(name)}: {name}"
        for prefix, places in LIBRARIES.items():
            if quote == "<" and name.startswith(prefix) and not any(path.startswith(place) for place in places):
                yield number, f"<{name}> belongs into {' or '.join(places)}"
        if quote == "<" and SYSTEM_HEADERS.match(name) and not path.startswith(SYSTEM_PLACES):
            yield number, f"<{name}> is of one system: it belongs below platform/"
        if quote == "<" and name.startswith("nlohmann/") and path.endswith(".h"):
            yield number, "nlohmann/json in a header makes every user slow to compile"
    yield from check_order(own, [block for block in blocks if block])


def check_order(own, blocks):
    """The header of its own first, then <...>, then "...", each block sorted."""
    if blocks and [pathlib.PurePath(name).name for _, _, name in blocks[0]] == [own]:
        blocks = blocks[1:]
    kinds = [block[0][1] for block in blocks]
    if '"' in kinds and "<" in kinds[kinds.index('"'):]:
        yield blocks[kinds.index('"')][0][0], "includes in <> stand before those in quotes"
    for block in blocks:
        names = [name for _, _, name in block]
        if len({quote for _, quote, _ in block}) > 1:
            yield block[0][0], "includes in <> and in quotes stand in blocks of their own"
        elif names != sorted(names):
            yield block[0][0], "includes are not sorted"


def check_text(path, lines):
    if len(lines) > LONGEST_FILE:
        yield len(lines), f"{len(lines)} lines: more than {LONGEST_FILE}"
    for number, line in enumerate(lines, 1):
        if SYSTEM_MACRO.search(line) and not path.startswith(("platform/", "ssl/")):
            yield number, "an #if on the operating system belongs into platform/ or ssl/"
        match = TYPE.match(line)
        if match and WEAK_NAMES.search(match.group(1)):
            yield number, f"{match.group(1)} says nothing: name it after what it is"


def sources(root):
    for top in ("platform", "ssl", "agent"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                yield path


def check(root):
    json_users = []
    for path in sources(root):
        name = str(path.relative_to(root))
        lines = path.read_text().splitlines()
        for number, reason in [*check_includes(name, lines), *check_text(name, lines)]:
            yield f"{name}:{number}: {reason}"
        if any(line.startswith("#include <nlohmann/") for line in lines):
            json_users.append(name)
    if len(json_users) > JSON_SOURCES:
        yield f"{json_users[-1]}:1: nlohmann/json in {len(json_users)} sources: {JSON_SOURCES} at most"


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[1])
    problems = list(check(root))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
