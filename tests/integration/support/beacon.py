"""The reference beacon on loopback: nginx with packaging/beacon/beacon.conf, unchanged."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

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


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Beacon:
    """    with Beacon(pki) as beacon:
        beacon.port, beacon.put_download("policy.json", b"..."), beacon.uploaded(), beacon.requests()

    `server` is the pair it shows (default: the good one); `site` are further lines for its server block, such as
    "ssl_protocols TLSv1.2;"; `ahead`, such as "+30d", sets its clock (it then has no CRLs, which would be out of
    date); `plain` is without TLS, to stand behind another server."""

    def __init__(self, pki, server=None, site="", client_ca=None, port=None, ahead=None, plain=False):
        self.pki = pki
        self.server = server or pki.server
        self.site = site
        self.ahead = ahead
        self.plain = plain
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
        (site / "listen.conf").write_text(f"listen 127.0.0.1:{self.port}{'' if self.plain else ' ssl'};\n{self.site}\n")
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
        with (self.folder / "log" / "start.log").open("w") as log:
            clock = ["faketime", "-f", self.ahead] if self.ahead else []
            self.process = subprocess.Popen(
                [*clock, "nginx", "-p", str(self.folder), "-c", str(self.folder / "beacon.conf")],
                stdout=subprocess.DEVNULL, stderr=log, start_new_session=True)
        wait_until(lambda: self._ready(), what=f"the start of nginx on port {self.port}")
        return self

    def _ready(self):
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "log" / "start.log").read_text())
        return accepts(self.port)

    def signal(self, number):
        """To master and workers: SIGSTOP freezes the beacon (TCP still accepts), SIGCONT thaws it."""
        os.killpg(self.process.pid, number)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait()

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
