"""`muster run` in the background, and systemd's end of its messages."""

import os
import pathlib
import signal
import socket
import subprocess
import threading

from .beacon import die_with_parent, wait_until
from .device import PROGRAM


class Agent:
    """    with Agent(device) as agent:      # ready
        agent.told, agent.stop(), agent.log(), agent.reload()

    `told` are the messages to systemd, such as "READY=1". `environment` and `prefix` as for Device.run(). `verbosity` are
    the options that say how much it logs; without any the preferences do."""

    def __init__(self, device, *words, environment=None, prefix=(), verbosity=("-v",)):
        self.verbosity = verbosity
        self.device = device
        self.words = words
        self.environment = environment or {}
        self.prefix = prefix
        self.told = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = str(device.folder / "notify")
        pathlib.Path(self.path).unlink(missing_ok=True)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)  # `prefix` may run it as somebody else
        self._log = device.folder / "agent.log"

    def __enter__(self):
        threading.Thread(target=self._listen, daemon=True).start()
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, PROGRAM, "--config", str(self.device.config), *self.verbosity, "run", *map(str, self.words)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent,
                env={**os.environ, "LC_ALL": "C.UTF-8", "NOTIFY_SOCKET": self.path, **self.environment})
        try:
            wait_until(lambda: "READY=1" in self.told or self.process.poll() is not None, what="the start")
            if self.process.poll() is not None:
                raise RuntimeError(self.log())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.socket.close()

    def _listen(self):
        while True:
            try:
                self.told.append(self.socket.recv(65536).decode())
            except OSError:
                return

    def log(self):
        return self._log.read_text(errors="replace")

    def reload(self):
        """SIGHUP; returns when the agent says that it has read its preferences again."""
        before = self.told.count("READY=1")
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.told.count("READY=1") > before, what="the reload")

    def stop(self, timeout=10):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def switches(self):
        """How often any of its threads went to sleep or was put there."""
        count = 0
        for status in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/status"):
            for line in status.read_text().splitlines():
                if "ctxt_switches" in line:
                    count += int(line.split()[1])
        return count
