"""A beacon that answers as a test says, over real mutual TLS: for what no real server can be configured to do."""

import http.server
import ssl
import threading
import time


class Asked:
    """One request: method, path, headers, body, the time at which it was complete, its number among its method (1...)."""

    def __init__(self, method, path, headers, body, number):
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.number = number
        self.time = time.monotonic()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one segment

    def setup(self):
        self.request.do_handshake()
        super().setup()

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, *content = self.server.beacon.answer(self.command, self.path, self.headers, body)
        content = content[0] if content else b""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_PUT = do_HEAD = do_GET = _answer

    def handle_expect_100(self):
        return not self.server.beacon.continues or super().handle_expect_100()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def get_request(self):
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_):
        pass  # clients that go away are part of the tests


class ScriptedBeacon:
    """    with ScriptedBeacon(pki, lambda asked: (201, {})) as beacon:
        beacon.port, beacon.asked, beacon.puts()

    The script may add a body as the third.   `continues`: it answers Expect by 100, as servers do."""

    def __init__(self, pki, script, continues=True):
        self.script = script
        self.continues = continues
        self.asked = []
        self._lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.beacon = self
        self.server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(pki.root.certificate))
        self.server.context.verify_mode = ssl.CERT_REQUIRED
        self.server.context.load_cert_chain(pki.server.certificate, pki.server.key)
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method, path, headers, body):
        with self._lock:
            number = 1 + sum(1 for one in self.asked if one.method == method)
            asked = Asked(method, path, headers, body, number)
            self.asked.append(asked)
        return self.script(asked)  # it may take its time

    def puts(self):
        return [one for one in self.asked if one.method == "PUT"]
