"""Beacons that answer by script, however wrong: real TLS with a client certificate demanded, then any bytes at all."""

import json
import subprocess
import sys
import time

from . import device
from .listener import Listener, server_context
from .relay import close

# In between, so that the peak is the program's: a process starts with the peak of the one that started it.
MEASURE = """
import json, os, sys
report, *command = sys.argv[1:]
child = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(child, 0)
with open(report, "w") as file:
    json.dump(usage.ru_maxrss, file)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""


class Talk:
    """One request on one connection: method, target, fields (names in lower case), and what the script does with it.

    The script sends what it likes; when it returns, the connection ends with close_notify, as an answer without a
    length may. cut() ends it without."""

    def __init__(self, connection, head, rest):
        self.connection = connection
        self.rest = rest  # of the body, what came with the head
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        pairs = [line.split(":", 1) for line in lines[1:] if line]
        self.fields = {name.strip().lower(): value.strip() for name, value in pairs}

    def send(self, *pieces):
        for piece in pieces:
            self.connection.sendall(piece if isinstance(piece, bytes) else piece.encode("latin-1"))

    def send_for(self, seconds, piece, pause=0.0):
        """The same bytes again and again until the client is gone, or for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.send(piece)
            time.sleep(pause)

    def read_body(self):
        if "100-continue" in self.fields.get("expect", ""):
            self.send("HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rest
        while len(body) < int(self.fields.get("content-length", 0)):
            piece = self.connection.recv(65536)
            if not piece:
                break
            body += piece
        return body

    def wait(self, seconds):
        """Says nothing until the client is gone, or for so long; what it sends meanwhile is not read."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.05)

    def cut(self):
        close(self.connection)


class Hostile(Listener):
    """    with Hostile(pki, lambda talk: talk.send(GOOD)) as hostile:
        hostile.port, hostile.talks, hostile.connections

    Each connection has one request. `tls` as False: the same without TLS, for a listener that must see nothing."""

    def __init__(self, pki, script=lambda talk: None, tls=True):
        super().__init__()
        self.script = script
        self.talks = []
        self.context = server_context(pki) if tls else None
        self._open = []

    def __exit__(self, *_):
        super().__exit__()
        for one in self._open:
            close(one)

    def serve(self, plain, number):
        self._open.append(plain)
        try:
            connection = self.context.wrap_socket(plain, server_side=True) if self.context else plain
            self._open.append(connection)
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    return
                head += piece
            head, rest = head.split(b"\r\n\r\n", 1)
            talk = Talk(connection, head, rest)
            self.talks.append(talk)
            self.script(talk)
            if self.context:
                connection.settimeout(1)
                connection.unwrap()
        except (OSError, ValueError):  # the client has had enough
            pass
        finally:
            close(plain)


class MeasuredDevice(device.Device):
    """A device whose runs tell `peak`: the most memory that the program had, in MiB."""

    def run(self, *words, timeout=60, largest_file=None):
        report = self.folder / "peak"
        limit = [] if largest_file is None else ["prlimit", f"--fsize={largest_file}"]
        command = [sys.executable, "-I", "-S", "-c", MEASURE, str(report), device.PROGRAM, "--config",
                   str(self.config), *map(str, words)]
        start = time.monotonic()
        done = subprocess.run([*limit, *command], cwd=self.work, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout, errors="surrogateescape")
        run = device.Run(done, time.monotonic() - start)
        run.peak = json.loads(report.read_text()) / 1024
        return run
