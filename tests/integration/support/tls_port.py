"""A port with TLS of one version that requires a client certificate, and what it does once the handshake is over."""

import socket
import ssl
import struct
import warnings

from .listener import Listener, server_context
from .relay import close


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


class TlsPort(Listener):
    """    with TlsPort(pki, reset, ssl.TLSVersion.TLSv1_3) as port: port.port"""

    def __init__(self, pki, then, version):
        super().__init__()
        self.then = then
        self.resumed = []  # of each connection, whether it resumed the session of another one
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.1, which is the point
            self.context = server_context(pki, ssl.CERT_OPTIONAL, version, lenient=True)

    def serve(self, plain, number):
        try:
            connection = self.context.wrap_socket(plain, server_side=True)
            self.resumed.append(connection.session_reused)
            self.then(connection)
        except (OSError, ValueError):
            close(plain)
