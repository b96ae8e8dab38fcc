"""A port with TLS of one version that demands a client certificate, and what it does once the handshake is over."""

import socket
import ssl
import struct
import threading
import warnings

from .relay import close, connections_at


def reset(connection):
    """Ends it without an alert and without a close, as IIS does where it refuses a certificate."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def reset_later(connection):
    """Once the client has sent what it has, and taken what belongs to the handshake."""
    connection.settimeout(0.3)
    try:
        while connection.recv(65536):
            pass
    except socket.timeout:
        reset(connection)


class TlsPort:
    """    with TlsPort(pki, reset, ssl.TLSVersion.TLSv1_3) as port: port.port"""

    def __init__(self, pki, then, version):
        self.then = then
        self.resumed = []  # of each connection, whether it resumed the session of another one
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.1, which is the point
            self.context.minimum_version = self.context.maximum_version = version
        self.context.load_cert_chain(pki.server.certificate, pki.server.key)
        self.context.load_verify_locations(pki.root_and_issuing)
        self.context.verify_mode = ssl.CERT_OPTIONAL
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        close(self.listener)

    def _accept(self):
        for connection in connections_at(self.listener):
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain):
        try:
            connection = self.context.wrap_socket(plain, server_side=True)
            self.resumed.append(connection.session_reused)
            self.then(connection)
        except (OSError, ValueError):
            close(plain)
