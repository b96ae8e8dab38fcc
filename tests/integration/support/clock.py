"""A clock of its own for a program, by faketime."""

import os
import pathlib
import re

_SHARED = re.compile(r"(?:sem\.)?faketime_(?:sem|shm)_(\d+)")


def moved(by):
    """What to put before a command so that its clock differs by `by`, such as "+20d"; nothing where it is None."""
    if not by:
        return []
    _clean_up()
    return ["faketime", "-f", by]


def faster(times):
    """What to put before a command so that its time passes so many times as fast, and the environment that it needs."""
    _clean_up()
    return {"prefix": ["faketime", "-f", f"+0 x{times}"], "environment": for_a_sanitizer()}


def for_a_sanitizer():
    """The environment of a program that may be built with AddressSanitizer, which wants to be loaded first."""
    return {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


def _clean_up():
    """faketime leaves its semaphore behind when it is killed, and fails when it gets the same process number again."""
    for entry in pathlib.Path("/dev/shm").iterdir():
        owner = _SHARED.fullmatch(entry.name)
        if owner and not os.path.exists(f"/proc/{owner[1]}"):
            entry.unlink(missing_ok=True)
