"""Where revocation is found out: an HTTP server for CRLs, and an OCSP responder (the openssl command behind it)."""

import http.server
import pathlib
import subprocess
import tempfile
import threading
import time

from support.beacon import free_port


class Handler(http.server.BaseHTTPRequestHandler):
    def _answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.split("//localhost", 1)[-1].partition("/")[2] if "://" in self.path else self.path[1:]
        self.server.asked.append((self.command, self.path))
        answer = self.server.answers.get(path)
        if callable(answer):
            answer = answer(body)
        if answer is None:
            return self.send_error(404)
        if isinstance(answer, tuple):
            status, headers = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            return self.end_headers()
        self.send_response(200)
        self.send_header("Content-Length", len(answer) if isinstance(answer, bytes) else 1 << 40)
        self.end_headers()
        for part in [answer] if isinstance(answer, bytes) else answer:
            self.wfile.write(part)

    do_GET = do_POST = _answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients that go away are part of the tests


class ValidationServer:
    """    with ValidationServer() as server:
        server.answers["ca.crl"] = b"..."    # or (status, headers), parts one after the other, or a function of the body
        server.url("ca.crl"), server.asked"""

    def __init__(self):
        self.port = free_port()
        self._server = Server(("127.0.0.1", self.port), Handler)
        self.asked = self._server.asked = []
        self.answers = self._server.answers = {}

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def url(self, path):
        return f"http://localhost:{self.port}/{path}"

    def points(self, *urls):
        return "crlDistributionPoints=" + ",".join(f"URI:{url}" for url in urls) + "\n"

    def responder(self, path="ocsp"):
        return f"authorityInfoAccess=OCSP;URI:{self.url(path)}\n"


def hang(_):
    time.sleep(30)


def ocsp_responder(authority, signer=None, options=("-ndays", "1")):
    """Answers as `authority` does, signed by `signer` (a Pair; the CA itself where it is not given)."""
    certificate = signer.certificate if signer else authority.certificate
    key = signer.key if signer else authority.key

    def answer(request):
        with tempfile.TemporaryDirectory(prefix="muster-ocsp-") as folder:
            asked = pathlib.Path(folder) / "request"
            reply = pathlib.Path(folder) / "reply"
            asked.write_bytes(request)
            subprocess.run(["openssl", "ocsp", "-index", str(authority.folder / "index.txt"), "-CA",
                            str(authority.certificate), "-rsigner", str(certificate), "-rkey", str(key), "-reqin",
                            str(asked), "-respout", str(reply), *options], check=True, capture_output=True)
            return reply.read_bytes()

    return answer


def request_about(pair, issuer):
    """The OCSP request that a beacon makes to staple its answer."""
    with tempfile.NamedTemporaryFile(prefix="muster-ocsp-") as file:
        subprocess.run(["openssl", "ocsp", "-issuer", str(issuer.certificate), "-cert", str(pair.certificate), "-no_nonce",
                        "-reqout", file.name], check=True, capture_output=True)
        return pathlib.Path(file.name).read_bytes()
