"""A throw-away PKI made with the openssl command: a root, an intermediate, CRLs of both, and every kind of
certificate, good and bad. Nothing of it outlives the temporary folder that it is made in."""

import atexit
import os
import pathlib
import subprocess
import tempfile
import time

CONFIG = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
crlnumber = {folder}/crlnumber
serial = {folder}/serial
new_certs_dir = {folder}
unique_subject = no
default_md = sha256
default_crl_days = 7
policy = any
[any]
commonName = supplied
"""


def openssl(*words, **more):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(map(str, words))}: {done.stderr}")
    return done.stdout


def make_key(path, kind="EC"):
    options = {"EC": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
               "RSA": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
               "ED25519": ["-algorithm", "ED25519"]}[kind]
    openssl("genpkey", *options, "-out", path)
    os.chmod(path, 0o600)
    return path


class Pair:
    """A certificate and its key, each a PEM file."""

    def __init__(self, certificate, key):
        self.certificate = pathlib.Path(certificate)
        self.key = pathlib.Path(key)

    def serial(self):
        return openssl("x509", "-in", self.certificate, "-noout", "-serial").strip().split("=")[1]


class Authority:
    """One CA with its own database, able to issue and to revoke."""

    def __init__(self, folder, name, parent=None, period=(None, None)):
        """`period`: its start and end, where it has a parent."""
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.name = name
        self.key = make_key(self.folder / "ca.key")
        self.certificate = self.folder / "ca.pem"
        (self.folder / "index.txt").touch()
        (self.folder / "crlnumber").write_text("01\n")
        (self.folder / "serial").write_text(f"{int.from_bytes(os.urandom(7), 'big') | 1:016X}\n")
        self.config = self.folder / "ca.cnf"
        self.config.write_text(CONFIG.format(folder=self.folder))
        if parent is None:
            openssl("req", "-x509", "-new", "-key", self.key, "-subj", f"/CN={name}", "-days", "100", "-out",
                    self.certificate, "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        else:
            parent.sign(self.key, name, self.certificate,
                        "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign", *period)

    def sign(self, key, name, certificate, extensions, start=None, end=None):
        request = self.folder / "request.pem"
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request)
        self.sign_request(request, certificate, extensions, start, end)

    def sign_request(self, request, certificate, extensions, start=None, end=None, days=90):
        extension_file = self.folder / "extensions.cnf"
        extension_file.write_text(extensions + "\n")
        days = ["-startdate", start, "-enddate", end] if end else ["-days", str(days)]
        openssl("ca", "-batch", "-config", self.config, "-keyfile", self.key, "-cert", self.certificate, "-in", request,
                "-out", certificate, "-notext", "-extfile", extension_file, *days)

    def issue(self, file, name, extensions, kind="EC", start=None, end=None):
        """A new pair; start and end as YYYYMMDDHHMMSSZ."""
        pair = Pair(self.folder / f"{file}.pem", self.folder / f"{file}.key")
        make_key(pair.key, kind)
        self.sign(pair.key, name, pair.certificate, extensions, start, end)
        return pair

    def revoke(self, pair):
        openssl("ca", "-config", self.config, "-keyfile", self.key, "-cert", self.certificate, "-revoke",
                pair.certificate)

    def list_as_revoked(self, count):
        """So many certificates that nobody has."""
        lines = (f"R\t491231235959Z\t260101000000Z\t{number:016X}\tunknown\t/CN=gone-{number}\n"
                 for number in range(1, count + 1))
        with (self.folder / "index.txt").open("a") as index:
            index.writelines(lines)

    def crl(self, path, *options):
        """Writes a fresh CRL; options as for `openssl ca -gencrl`, such as -crlsec 1."""
        openssl("ca", "-config", self.config, "-keyfile", self.key, "-cert", self.certificate, "-gencrl", "-out", path,
                *options)
        return path


CLIENT = "extendedKeyUsage=clientAuth\nkeyUsage=critical,digitalSignature"
SERVER = "extendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\n"
LOCAL_NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"
LONG_AGO = ("20200101000000Z", "20200201000000Z")
LATER = ("20990101000000Z", "20990201000000Z")


def in_days(days):
    """As openssl's ca takes a date."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


class Pki:
    """The set that the tests use: pki.server, pki.client and their bad relatives are Pairs, pki.crls is what both
    sides check. After pki.issuing.revoke(pair) call pki.renew_crls(). remove() takes the folder away.

    root -> servers' and clients' intermediate `issuing`; `stranger` is a CA that nobody trusts.
    """

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="muster-pki-")
        self.folder = pathlib.Path(self._folder.name)
        self.root = Authority(self.folder / "root", "Muster Test Root")
        self.issuing = Authority(self.folder / "issuing", "Muster Test Issuing CA", self.root)
        self.stranger = Authority(self.folder / "stranger", "Stranger Root")

        self.server = self.with_chain(self.issuing.issue("server", "beacon", SERVER + LOCAL_NAMES))
        self.server_revoked = self.with_chain(self.issuing.issue("server-revoked", "revoked", SERVER + LOCAL_NAMES))
        self.server_expired = self.with_chain(
            self.issuing.issue("server-expired", "expired", SERVER + LOCAL_NAMES, start=LONG_AGO[0], end=LONG_AGO[1]))
        self.server_elsewhere = self.with_chain(
            self.issuing.issue("server-elsewhere", "elsewhere", SERVER + "subjectAltName=DNS:elsewhere.example"))
        self.server_cn_only = self.with_chain(self.issuing.issue("server-cn", "localhost", SERVER))
        self.server_as_client = self.with_chain(
            self.issuing.issue("server-usage", "wrong-usage", CLIENT + "\n" + LOCAL_NAMES))
        self.server_stranger = self.stranger.issue("server", "stranger", SERVER + LOCAL_NAMES)

        self.client = self.with_chain(self.issuing.issue("client", "device-1", CLIENT))
        self.client_other = self.with_chain(self.issuing.issue("client-other", "device-2", CLIENT))
        self.client_revoked = self.with_chain(self.issuing.issue("client-revoked", "device-revoked", CLIENT))
        self.client_expired = self.with_chain(
            self.issuing.issue("client-expired", "device-expired", CLIENT, start=LONG_AGO[0], end=LONG_AGO[1]))
        self.client_later = self.with_chain(
            self.issuing.issue("client-later", "device-later", CLIENT, start=LATER[0], end=LATER[1]))
        self.client_ending = self.with_chain(
            self.issuing.issue("client-ending", "device-ending", CLIENT, start=in_days(-80), end=in_days(9.5)))
        self.client_as_server = self.with_chain(self.issuing.issue("client-usage", "device-usage", SERVER))
        self.client_stranger = self.stranger.issue("client", "device-stranger", CLIENT)

        for pair in (self.server_revoked, self.client_revoked):
            self.issuing.revoke(pair)
        self.crls = self.folder / "crls.pem"
        self.root_and_issuing = self.folder / "cas.pem"
        self.root_and_issuing.write_text(self.root.certificate.read_text() + self.issuing.certificate.read_text())
        self.renew_crls()

    def renew_crls(self):
        root = self.root.crl(self.folder / "root.crl")
        issuing = self.issuing.crl(self.folder / "issuing.crl")
        self.crls.write_text(root.read_text() + issuing.read_text())

    def remove(self):
        self._folder.cleanup()

    def with_chain(self, pair):
        pair.certificate.write_text(pair.certificate.read_text() + self.issuing.certificate.read_text())
        return pair


_shared = None


def shared_pki():
    """The PKI of this process; tests that change it make one of their own."""
    global _shared
    if _shared is None:
        _shared = Pki()
        atexit.register(_shared.remove)
    return _shared
