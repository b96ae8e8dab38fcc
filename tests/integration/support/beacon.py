"""The reference beacon on loopback: nginx with packaging/beacon/beacon.conf, unchanged."""

import ctypes
import http.client
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

from .clock import moved

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
CONFIGURATION = pathlib.Path(__file__).parents[3] / "packaging" / "beacon" / "beacon.conf"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(true, seconds=5, what="it"):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen in {seconds} s")
        time.sleep(0.01)


def die_with_parent():
    """In a child before exec: a test that is killed leaves no server behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


RESUMPTION = "ssl_session_cache shared:tests:1m;\n"


class Beacon:
    """    with Beacon(pki) as beacon:
        beacon.port, beacon.put_download("policy.json", b"..."), beacon.uploaded(), beacon.requests()

    `server` is the pair it shows (default: the good one); `site` are further lines for its server block, such as
    "ssl_protocols TLSv1.2;"; `ahead`, such as "+30d", sets its clock (it then has no CRLs, which would be out of
    date); `plain` is without TLS, to stand behind another server; `resumption` lets it resume TLS sessions, which
    the reference beacon does not, for tests of what a client may resume.

    `prefix` is a command to start it by, such as one that enters a network namespace; `address` is where it listens.

    beacon.stop() kills it and beacon.start() brings it back on the same port; beacon.signal(SIGSTOP) freezes it;
    beacon.reload() takes up changed files, such as CRLs; beacon.ask("PUT", "/...", b"...") is a bare request."""

    def __init__(self, pki, server=None, site="", client_ca=None, port=None, ahead=None, plain=False,
                 resumption=False, address="127.0.0.1", prefix=()):
        self.pki = pki
        self.server = server or pki.server
        self.site = RESUMPTION + site if resumption else site
        self.ahead = ahead
        self.plain = plain
        self.address = address
        self.prefix = list(prefix)
        self.client_ca = client_ca or pki.root.certificate
        self.port = port or free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="muster-beacon-")
        self.folder = pathlib.Path(self._folder.name)
        self.process = None
        for name in ("site", "run", "log", "upload/.incoming", "download"):
            (self.folder / name).mkdir(parents=True)
        shutil.copy(CONFIGURATION, self.folder / "beacon.conf")
        self._write_site()

    def _write_site(self):
        site = self.folder / "site"
        user = "user root;\n" if os.geteuid() == 0 else ""
        (site / "process.conf").write_text(f"{user}worker_processes 1;\ndaemon off;\n")
        (site / "listen.conf").write_text(f"listen {self.address}:{self.port}{'' if self.plain else ' ssl'};\n{self.site}\n")
        (site / "certificates.conf").write_text(
            f"ssl_certificate {self.server.certificate};\nssl_certificate_key {self.server.key};\n"
            f"ssl_client_certificate {self.client_ca};\n" +
            ("" if self.ahead else f"ssl_crl {self.pki.crls};\n"))

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        self._folder.cleanup()

    def start(self):
        self._pid_file.unlink(missing_ok=True)
        with (self.folder / "log" / "start.log").open("w") as log:
            self.process = subprocess.Popen(
                [*self.prefix, *moved(self.ahead), "nginx", "-p", str(self.folder), "-c", str(self.folder / "beacon.conf")],
                stdout=subprocess.DEVNULL, stderr=log, start_new_session=True,
                preexec_fn=die_with_parent)
        try:
            wait_until(self._ready, what=f"the start of nginx on port {self.port}")
        except BaseException:
            self.stop()
            raise
        return self

    @property
    def _pid_file(self):
        return self.folder / "run" / "nginx.pid"

    def _ready(self):
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "log" / "start.log").read_text())
        # nginx writes it once it owns the port; who accepts there before may be somebody else.
        return self._pid_file.exists() and (self.prefix or accepts(self.port))

    def signal(self, number):
        """To master and workers: SIGSTOP freezes the beacon (TCP still accepts), SIGCONT thaws it."""
        os.killpg(self.process.pid, number)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait()

    def reload(self):
        """Takes up changed configuration, certificates and CRLs; returns when the old worker is gone."""
        old = self._workers()
        os.kill(int(self._pid_file.read_text()), signal.SIGHUP)
        wait_until(lambda: self._workers() and not old & self._workers(), 60, "the reload of nginx")  # a transfer ends first

    def _workers(self):
        master = self._pid_file.read_text().strip()
        children = pathlib.Path(f"/proc/{master}/task/{master}/children")
        return set(children.read_text().split())

    def context(self, client="good", version=None):
        """A client's SSLContext with that pair (None: without a certificate), for one TLS version or any."""
        context = ssl.create_default_context(cafile=str(self.pki.root.certificate))
        pair = self.pki.client if client == "good" else client
        if pair:
            context.load_cert_chain(pair.certificate, pair.key)
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def ask(self, method, target, body=b"", headers=None, client="good"):
        """One request as it stands, without Muster: (status, headers, body). `target` is sent unchanged."""
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=10, context=self.context(client))
        try:
            connection.request(method, target, body=body or None, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def url(self):
        return f"https://localhost:{self.port}"

    def put_download(self, name, content):
        path = self.folder / "download" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def uploaded(self):
        """{"Inventories/name": content} of all that has arrived."""
        root = self.folder / "upload"
        return {str(path.relative_to(root)): path.read_bytes()
                for path in root.rglob("*") if path.is_file() and ".incoming" not in path.parts}

    def requests(self):
        """The lines of the access log: one for each request that was seen."""
        log = self.folder / "log" / "access.log"
        return log.read_text(errors="surrogateescape").splitlines() if log.exists() else []

    def first_request(self):
        """Once it is logged: nginx does so after its answer."""
        wait_until(self.requests, what="a request in the log")
        return self.requests()[0]

    def puts(self):
        """Those of uploads: the HEAD that asks whether a first one was kept is left out."""
        return [line for line in self.requests() if '"PUT ' in line]
