"""A Windows machine as a test needs one: a prefix of Wine with certificates in its stores and the program in it. And a PKI
of RSA keys, the only ones that Wine's store takes."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests/integration"))

from support.ca import Pair, make_key, openssl  # noqa: E402

PROGRAMS = pathlib.Path(os.environ.get("MUSTER_WINDOWS", PROJECT / "build/windows"))
WINE = PROJECT / "scripts/wine"

CLIENT = "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=clientAuth\n"
SERVER = ("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n"
          "subjectAltName=DNS:{}\n{}")
PASSWORD = "secret"
COMMON = r"ManageSoft\Common"
UNUSED = 120  # s, after which a machine ends by itself: a test was killed


def rsa_key(path):
    """One that Wine can use: where a number of the private key is shorter than its place, as in a few keys in a hundred,
    its import loses the zeros before it, and each signature fails."""
    places = {"privateExponent": 256, "exponent1": 128, "exponent2": 128, "coefficient": 128}
    while True:
        make_key(path, "RSA")
        text = openssl("rsa", "-in", path, "-noout", "-text")
        numbers = {name: int("".join(digits.split()).replace(":", ""), 16)
                   for name, digits in re.findall(r"^(\w+):\n((?: +[0-9a-f:]+\n?)+)", text, re.MULTILINE)}
        if all(numbers[name].bit_length() > 8 * (size - 1) for name, size in places.items()):
            return path


class Pki:
    """`server` is a good beacon's pair, `root` the CA of both sides, `crls` what the beacon checks clients by."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.root = self.authority("root")
        self.server = self.issue("server", SERVER.format("localhost", ""))
        self.crls = self.folder / "root.crl.pem"
        self.revoke()

    def authority(self, name):
        key = make_key(self.folder / f"{name}.key", "RSA")
        certificate = self.folder / f"{name}.pem"
        openssl("req", "-x509", "-new", "-key", key, "-out", certificate, "-days", "3650", "-subj", f"/CN={name}",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        (self.folder / f"{name}.index").write_text("")
        (self.folder / f"{name}.cnf").write_text(
            f"[ca]\ndefault_ca=own\n[own]\ndatabase={self.folder}/{name}.index\ncrlnumber={self.folder}/{name}.number\n"
            f"default_md=sha256\ndefault_crl_days=7\ncertificate={certificate}\nprivate_key={key}\n")
        (self.folder / f"{name}.number").write_text("01\n")
        return Pair(certificate, key)

    def issue(self, name, extensions, days=400, authority=None, subject=None):
        signer = authority or self.root
        key = rsa_key(self.folder / f"{name}.key")
        request, certificate = self.folder / f"{name}.csr", self.folder / f"{name}.pem"
        openssl("req", "-new", "-key", key, "-out", request, "-subj", f"/CN={subject or name}")
        (self.folder / f"{name}.ext").write_text(extensions)
        openssl("x509", "-req", "-in", request, "-CA", signer.certificate, "-CAkey", signer.key, "-CAcreateserial",
                "-days", str(days), "-extfile", self.folder / f"{name}.ext", "-out", certificate)
        return Pair(certificate, key)

    def revoke(self, *pairs):
        """Renews the CRL; its path in DER."""
        config = self.folder / "root.cnf"
        for pair in pairs:
            openssl("ca", "-config", config, "-revoke", pair.certificate)
        openssl("ca", "-config", config, "-gencrl", "-out", self.crls)
        der = self.folder / "root.crl"
        openssl("crl", "-in", self.crls, "-outform", "der", "-out", der)
        return der

    def pfx(self, pair):
        file = pair.certificate.with_suffix(".pfx")
        openssl("pkcs12", "-export", "-inkey", pair.key, "-in", pair.certificate, "-passout", f"pass:{PASSWORD}", "-out", file)
        return file


def _text(stream):
    return stream.read().decode(errors="replace").replace("\r\n", "\n")


class Machine:
    """    with Machine() as machine: machine.trust(pki.root); machine.enrol(pfx); machine.run("upload", file)

    With `traces`, such as "+eventlog", traces() is what Wine says of the services."""

    program_file = PROGRAMS / "muster.exe"

    def __init__(self, traces="-all"):
        self._traces = traces
        self._folder = tempfile.TemporaryDirectory(prefix="muster-wine-")
        self.folder = pathlib.Path(self._folder.name)
        self.prefix = self.folder / "prefix"
        self.data = self.prefix / "drive_c/ProgramData/ManageSoft Corp/ManageSoft"

    def __enter__(self):
        subprocess.run([WINE, "--new-prefix", self.prefix], check=True, capture_output=True)
        self._boot()
        self.tool("links")
        return self

    def _boot(self):
        """Starts the processes of Wine's own that every program needs. They would be started by the first one, keep its
        pipes open, and end three seconds after it: each run would take that long."""
        environment = self._environment(WINEDEBUG=self._traces)
        with (self.folder / "traces").open("w") as traces:
            for words in (["wineserver", f"-p{UNUSED}"], [WINE, "cmd", "/c", "exit"]):
                subprocess.run(words, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=traces)

    def traces(self):
        return (self.folder / "traces").read_text(errors="replace")

    def __exit__(self, *_):
        subprocess.run(["wineserver", "-k"], env=self._environment(), check=False, capture_output=True)
        subprocess.run(["wineserver", "-w"], env=self._environment(), check=False, capture_output=True)
        self._folder.cleanup()

    def _environment(self, **more):
        return {**os.environ, "WINEPREFIX": str(self.prefix), **more}

    def program(self, name, *words, **more):
        return self.wine(PROGRAMS / f"{name}.exe", *words, **more)

    def wine(self, *words, timeout=120, **more):
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:  # a pipe may be held by a child
            done = subprocess.run([WINE, *map(str, words)], env=self._environment(**more), stdin=subprocess.DEVNULL,
                                  stdout=output, stderr=errors, timeout=timeout, check=False)
            for stream in (output, errors):
                stream.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, _text(output), _text(errors))

    def tool(self, *words):
        done = self.program("muster_store_tool", *words)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout.strip()

    def run(self, *words, **more):
        return self.program("muster", *words, **more)

    def trust(self, pair):
        der = self.folder / "ca.der"
        openssl("x509", "-in", pair.certificate, "-outform", "der", "-out", der)
        self.tool("ca", self.windows_path(der))

    def enrol(self, pfx, container):
        """Into the store; the thumbprint."""
        return self.tool("client", self.windows_path(pfx), PASSWORD, container)

    def password_file(self, password=PASSWORD):
        """Its path on Windows."""
        file = self.folder / "password"
        file.write_text(password + "\n")
        file.chmod(0o600)
        return self.windows_path(file)

    def try_import(self, pfx, password=PASSWORD):
        """By the program itself."""
        return self.run("cert", "import", self.windows_path(pfx), "--password-file", self.password_file(password))

    def import_pfx(self, pfx):
        done = self.try_import(pfx)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout

    def set(self, section, **values):
        for name, value in values.items():
            done = self.run("config", "set", f"{section}\\{name}", value)
            if done.returncode != 0:
                raise RuntimeError(done.stdout + done.stderr)

    def use(self, beacon, check="False", **common):
        """One beacon for both directions, and these preferences, by one fragment."""
        values = {"AddClientCertificateAndKey": "True", "CheckCertificateRevocation": check, **common}
        location = {"Protocol": "https", "Host": "localhost", "Port": beacon.port, "Directory": "ManageSoftRL"}
        sections = {COMMON: values, rf"{COMMON}\UploadSettings\one": location,
                    rf"{COMMON}\DownloadSettings\one": {**location, "Directory": "ManageSoftDL"}}
        fragment = self.folder / "fragment.ini"
        fragment.write_text("".join(f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in section.items())
                                    for name, section in sections.items()))
        done = self.run("config", "merge", self.windows_path(fragment))
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)

    def set_unchecked(self, name, data, kind="REG_SZ", section=COMMON):
        """Past `config set`, which takes no wrong values."""
        done = self.wine("reg", "add", rf"HKLM\SOFTWARE\WOW6432Node\ManageSoft Corp\{section}", "/v", name, "/t", kind, "/d",
                         data, "/f")
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)

    @staticmethod
    def windows_path(path):
        return "Z:" + str(path).replace("/", "\\")
