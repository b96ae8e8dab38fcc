"""A device with Muster on it: a data directory of its own in the layout of the product, and the built program."""

import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile
import time

PROGRAM = os.path.abspath(shutil.which(os.environ.get("MUSTER", "muster")) or "muster")  # runs in other folders


def replace(path, content):
    """As a careful deployment does it: a new file is renamed over the old one."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    new.chmod(0o600)
    os.replace(new, path)


class Run:
    """What one run of the program left: code, out, err (texts), seconds."""

    def __init__(self, done, seconds):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr
        self.seconds = seconds

    def json(self):
        return json.loads(self.out)

    def lines(self):
        return self.err.splitlines()

    def __str__(self):
        return f"code {self.code} in {self.seconds:.3f} s\nstdout: {self.out}\nstderr: {self.err}"


class Device:
    """    with Device(pki, [beacon.port]) as device:
        run = device.run("upload", device.file("a.ndi", b"..."))

    Trust, CRLs, client certificate and key are at the default paths. `locations` are ports, or dicts of location
    values with an "id"; they are used for uploads and downloads alike."""

    def __init__(self, pki, locations=(), client="good", **preferences):
        self._folder = tempfile.TemporaryDirectory(prefix="muster-device-")
        self.folder = pathlib.Path(self._folder.name)
        self.data = self.folder / "data"
        self.work = self.folder / "work"
        self.work.mkdir()
        self.ssl = self.data / "etc" / "ssl"
        self.certificate = self.ssl / "client" / "client_cert.pem"
        self.key = self.ssl / "client" / "private" / "client_key.pem"
        self.key.parent.mkdir(parents=True)
        (self.ssl / "crls").mkdir()
        self.config = self.data / "etc" / "config.ini"
        self.preferences = {"AddClientCertificateAndKey": "True", "NetworkTimeout": "10", **preferences}
        self.locations = [self._location(place, one) for place, one in enumerate(locations)]
        shutil.copy(pki.root.certificate, self.ssl / "cert.pem")
        shutil.copy(pki.crls, self.ssl / "crls" / "all.pem")
        if client:
            self.deploy(pki.client if client == "good" else client)
        self.write_config()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    @staticmethod
    def _location(place, one):
        if isinstance(one, int):
            one = {"Port": one}
        return {"id": f"beacon{place + 1}", "Protocol": "https", "Host": "localhost", **one}

    def deploy(self, pair):
        shutil.copy(pair.certificate, self.certificate)
        shutil.copy(pair.key, self.key)
        self.key.chmod(0o600)

    def write_config(self):
        lines = ["; deployed by the tests", r"[ManageSoft\Common]", f"DataDirectory={self.data}"]
        lines += [f"{name}={value}" for name, value in self.preferences.items()]
        for settings, directory in (("UploadSettings", "/ManageSoftRL"), ("DownloadSettings", "ManageSoftDL")):
            for location in self.locations:
                lines += ["", rf"[ManageSoft\Common\{settings}\{location['id']}]"]
                values = {"Directory": directory, **location}
                lines += [f"{name}={value}" for name, value in values.items() if name != "id"]
        self.config.write_text("\n".join(lines) + "\n")

    def file(self, name, content=b"inventory"):
        path = self.work / name
        path.write_bytes(content)
        return path

    @property
    def spool(self):
        return self.data / "uploads"

    def put(self, name, content=b"inventory", type="Inventories"):
        """Puts a file into the spool as careful programs do: complete under its name. `name` may be bytes."""
        folder = self.spool / type
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / os.fsdecode(name)
        unfinished = folder / ".unfinished"
        unfinished.write_bytes(content)
        unfinished.rename(path)
        return path

    def waiting(self):
        """{"Inventories/name"} of all that lies in the spool and is not hidden."""
        return {str(path.relative_to(self.spool)) for path in self.spool.glob("[!.]*/[!.]*")}

    def rejected(self):
        """{"Inventories/name": content} of what was set aside, and of the reasons."""
        root = self.spool / ".rejected"
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    def pass_time(self, seconds):
        """As if all in the history of the beacons had happened so much earlier."""
        history = self.data / "state" / "beacons"
        earlier = lambda found: str(int(found[0]) - seconds * 1000)
        history.write_text(re.sub(r"\b\d{13}\b", earlier, history.read_text()))

    def run(self, *words, timeout=60, environment=None, stdin=subprocess.DEVNULL, config=None, text=True,
            largest_file=None, prefix=()):
        def limit():
            if largest_file is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

        start = time.monotonic()
        done = subprocess.run([*prefix, PROGRAM, "--config", str(config or self.config), *map(str, words)], cwd=self.work,
                              stdin=stdin, capture_output=True, text=text, timeout=timeout,
                              preexec_fn=limit, errors="surrogateescape" if text else None,
                              env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})})
        return Run(done, time.monotonic() - start)


def is_instrumented():
    """Whether the program is built with a sanitizer, whose memory says nothing."""
    with open(shutil.which(PROGRAM), "rb") as program:
        content = program.read()
    return b"__asan_init" in content or b"__tsan_init" in content


def watches_threads():
    """Whether it is built with ThreadSanitizer, which has a thread of its own that wakes up and calls the system."""
    with open(shutil.which(PROGRAM), "rb") as program:
        return b"__tsan_init" in program.read()
