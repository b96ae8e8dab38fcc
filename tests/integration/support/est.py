"""An EST server (RFC 7030) with simpleenroll, simplereenroll and cacerts: as much of one as a renewal needs.

    with Est(pki) as est:
        est.url, est.issued      # ".../.well-known/est", and the subjects of the clients that got a certificate
"""

import base64
import concurrent.futures
import contextlib
import ctypes
import http.server
import ssl
import tempfile
import threading

from .ca import CLIENT, openssl


@contextlib.contextmanager
def listening_in(process):
    """Gives a function that calls another one in the network of that process: in a thread, as only that one moves there."""
    def move():
        if process is None:
            return
        with open(f"/proc/{process}/ns/net", "rb") as network:
            if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), 0) != 0:
                raise OSError(ctypes.get_errno(), "cannot enter the network of the machine")

    with concurrent.futures.ThreadPoolExecutor(1, initializer=move) as threads:
        yield lambda function: threads.submit(function).result()


class Est:
    """`machine`: the number of a process in whose network it listens."""

    def __init__(self, pki, host="127.0.0.1", days=90, machine=None):
        self.pki = pki
        self.days = days
        self.issued = []
        self.status = 200  # of the answer to an enrolment
        self._folder = tempfile.TemporaryDirectory(prefix="muster-est-")
        owner = self

        class Answers(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(owner.certificates(pki.root_and_issuing) if self.path.endswith("/cacerts") else None)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                good = self.path.rpartition("/")[2] in ("simpleenroll", "simplereenroll") and \
                    self.headers["Content-Type"] == "application/pkcs10"
                if owner.status != 200:
                    self.send_response(owner.status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.answer(owner.enrol(base64.b64decode(body), self.connection.getpeercert()) if good else None)

            def answer(self, content):
                self.send_response(200 if content else 404)
                self.send_header("Content-Type", "application/pkcs7-mime; smime-type=certs-only")
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki.server.certificate, pki.server.key)
        context.load_verify_locations(pki.root_and_issuing)
        context.verify_mode = ssl.CERT_REQUIRED
        with listening_in(machine) as run:
            self._server = run(lambda: http.server.ThreadingHTTPServer((host, 0), Answers))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"https://localhost:{self.port}/.well-known/est"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()

    def enrol(self, request, client):
        place = f"{self._folder.name}/{len(self.issued)}"
        with open(f"{place}.der", "wb") as file:
            file.write(request)
        openssl("req", "-inform", "DER", "-in", f"{place}.der", "-verify", "-noout")
        openssl("req", "-inform", "DER", "-in", f"{place}.der", "-out", f"{place}.csr")
        self.pki.issuing.sign_request(f"{place}.csr", f"{place}.pem", CLIENT, days=self.days)
        self.issued.append(dict(field for part in client["subject"] for field in part)["commonName"])
        return self.certificates(f"{place}.pem")

    def certificates(self, file):
        openssl("crl2pkcs7", "-nocrl", "-certfile", file, "-outform", "DER", "-out", f"{self._folder.name}/p7")
        with open(f"{self._folder.name}/p7", "rb") as answer:
            return base64.encodebytes(answer.read())
