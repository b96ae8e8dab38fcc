"""A terminal of its own for the program, with somebody who types a password when asked."""

import os
import pty
import select
import time

from .device import PROGRAM


def at_terminal(words, keys, asked=b"Password of ", seconds=30, below=(), environment=None):
    """Runs the program with `words` and types `keys` once it shows `asked`; gives exit code and what was shown.
    `below`: the words of a program that starts it."""
    child, terminal = pty.fork()
    if child == 0:
        command = [*map(str, below), PROGRAM, *map(str, words)]
        os.execve(command[0], command, environment or os.environ)
    shown = b""
    typed = False
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                data = os.read(terminal, 1000)
            except OSError:
                break
            if not data:
                break
            shown += data
        if asked in shown and not typed:
            time.sleep(0.1)  # until echo is off
            os.write(terminal, keys)
            typed = True
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()
