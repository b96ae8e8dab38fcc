"""Bad networks on loopback: a relay with a delay, a port that accepts and says nothing, one that is a black hole."""

import select
import socket
import threading
import time


class Relay:
    """Accepts at once and passes bytes on to `target`, each way `delay` seconds late; `delay` may be changed while
    it runs.   with Relay(beacon.port, 0.3) as relay: relay.port"""

    def __init__(self, target, delay):
        self.target = target
        self.delay = delay
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self._open = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        for one in self._open:
            one.close()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=10)
            except OSError:
                near.close()
                continue
            self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        queue = []
        try:
            while True:
                wait = None if not queue else max(0, queue[0][0] - time.monotonic())
                readable, _, _ = select.select([source], [], [], wait)
                if readable:
                    data = source.recv(65536)
                    queue.append((time.monotonic() + self.delay, data))
                while queue and queue[0][0] <= time.monotonic():
                    data = queue.pop(0)[1]
                    if not data:
                        sink.shutdown(socket.SHUT_WR)
                        return
                    sink.sendall(data)
        except (OSError, ValueError):
            source.close()
            sink.close()


class SilentPort:
    """TCP accepts, nothing is ever said."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        return self

    def __exit__(self, *_):
        self.listener.close()


class BlackHole:
    """A listener whose backlog is full: connecting to it gets no answer at all."""

    def __enter__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.fillers = []
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self.fillers.append(filler)
        time.sleep(0.05)
        return self

    def __exit__(self, *_):
        for filler in self.fillers:
            filler.close()
        self.listener.close()

    def is_black(self):
        with socket.socket() as probe:
            probe.settimeout(0.3)
            try:
                probe.connect(("127.0.0.1", self.port))
            except (TimeoutError, socket.timeout):
                return True
            except OSError:
                pass
            return False


def dead_port():
    """A port that refuses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
