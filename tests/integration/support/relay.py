"""Bad networks on loopback: a relay with a delay, one that resets, a port that accepts and says nothing, one that is a
black hole, one that refuses."""

import atexit
import collections
import random
import select
import socket
import struct
import threading
import time


def close(one):
    """Ends a socket even while another thread waits on it: close() alone would leave that thread, and the port."""
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()


def connections_at(listener):
    """Each connection that comes, until the listener is closed."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        yield connection


class Relay:
    """    with Relay(beacon.port, 0.3) as relay:
        relay.port, relay.connections; relay.delay = 0.0

    Accepts at once and passes bytes on to `target`, each way `delay` seconds late; `delay` may be changed while it
    runs and counts for what arrives from then on. So TCP connects fast, and the TLS handshake is what takes long."""

    def __init__(self, target, delay=0.0):
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
        for one in (self.listener, *self._open):
            close(one)

    def _accept(self):
        for near in connections_at(self.listener):
            self.connections += 1
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=10)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            self._open += [near, far]
            self._join(near, far)

    def _join(self, near, far):
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        queue = collections.deque()  # of (when it is due, bytes); b"" is the end
        ended = False
        try:
            while queue or not ended:
                wait = max(0, queue[0][0] - time.monotonic()) if queue else None
                readable, _, _ = select.select([] if ended else [source], [], [], wait)
                if readable:
                    data = source.recv(65536)
                    ended = not data
                    queue.append((time.monotonic() + self.delay, data))
                while queue and queue[0][0] <= time.monotonic():
                    data = queue.popleft()[1]
                    if data:
                        sink.sendall(data)
                    else:
                        sink.shutdown(socket.SHUT_WR)
        except (OSError, ValueError):  # one side is gone: so is the other
            close(source)
            close(sink)


class ResettingRelay(Relay):
    """    with ResettingRelay(beacon.port, seed) as relay: relay.resets; relay.calm = True

    Resets three connections of four, after a random number of bytes of both directions together: in the handshake, in
    a request, in an answer. `calm` ends that for what connects from then on."""

    MOST = 200_000  # bytes; small numbers are as likely as large ones

    def __init__(self, target, seed):
        super().__init__(target)
        self.random = random.Random(seed)
        self.calm = False
        self.resets = 0

    def _join(self, near, far):
        limit = None
        if not self.calm and self.random.random() < 0.75:
            limit = int(self.MOST ** self.random.random())
        # One thread for both: a reset is only sent when no other thread waits on the socket.
        threading.Thread(target=self._exchange, args=(near, far, limit), daemon=True).start()

    def _exchange(self, near, far, left):
        other = {near: far, far: near}
        try:
            while True:
                for source in select.select(list(other), [], [])[0]:
                    data = source.recv(16384 if left is None else min(16384, left + 1))
                    if not data:
                        raise ConnectionError
                    if left is not None and len(data) > left:
                        self.resets += 1
                        for one in other:
                            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        raise ConnectionError
                    other[source].sendall(data)
                    left = None if left is None else left - len(data)
        except (OSError, ValueError):
            near.close()
            far.close()


class SilentPort:
    """TCP accepts, nothing is ever said.   with SilentPort() as silent: silent.port"""

    def __init__(self, address="127.0.0.1", port=0):
        self.place = (address, port)

    def __enter__(self):
        self.listener = socket.create_server(self.place, backlog=64)
        self.port = self.listener.getsockname()[1]
        return self

    def __exit__(self, *_):
        self.listener.close()


class BlackHole:
    """A listener whose backlog is full: connecting to it gets no answer at all.   with BlackHole() as hole: hole.port

    is_black() says whether this kernel plays along."""

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
            except TimeoutError:
                return True
            except OSError:
                pass
            return False


def dead_port():
    """A port that refuses, until this process ends: bound and never listened on, so that nobody else gets it."""
    one = socket.socket()
    atexit.register(one.close)
    one.bind(("127.0.0.1", 0))
    return one.getsockname()[1]
