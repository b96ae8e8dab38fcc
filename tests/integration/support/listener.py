"""A port on loopback whose connections a test serves by itself."""

import socket
import ssl
import threading

from .relay import close, connections_at


def server_context(pki, verify=ssl.CERT_REQUIRED, version=None, lenient=False):
    """TLS as a beacon speaks it; `version`: that one alone; `lenient`: with old ciphers and small keys as well."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if lenient:
        context.set_ciphers("ALL:@SECLEVEL=0")  # first: it decides which certificates can be loaded
    if version:
        context.minimum_version = context.maximum_version = version
    context.load_cert_chain(pki.server.certificate, pki.server.key)
    context.load_verify_locations(pki.root_and_issuing)
    context.verify_mode = verify
    return context


class Listener:
    """    with SomeListener() as listener: listener.port, listener.connections

    Each connection goes to `serve`, on a thread of its own."""

    def __init__(self):
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        close(self.listener)

    def _accept(self):
        for connection in connections_at(self.listener):
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection, self.connections), daemon=True).start()

    def serve(self, connection, number):
        """Of the `number`-th connection, from 1."""
        raise NotImplementedError
