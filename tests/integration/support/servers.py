"""Other real servers as beacons: Apache httpd, which can ask for the client certificate late, as IIS does, and
HAProxy. Both tell a refusal by a TLS alert where nginx answers with HTTP 400."""

import base64
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from .beacon import Beacon, accepts, die_with_parent, free_port, wait_until
from .clock import moved

APACHE = """
ServerRoot "{folder}"
PidFile run.pid
ErrorLog error.log
LogLevel warn
ServerName localhost
Listen 127.0.0.1:{port}
{modules}
{user}
LogFormat "%h %t %{{SSL_PROTOCOL}}x serial=%{{SSL_CLIENT_M_SERIAL}}x \\"%r\\" %>s" beacon
CustomLog access.log beacon
DocumentRoot "{folder}/tree"
DavLockDB "{folder}/locks"
SSLEngine on
SSLProtocol {protocol}
SSLCertificateFile {server.certificate}
SSLCertificateKeyFile {server.key}
SSLCACertificateFile {ca}
{depth}
{revocation}
{verify}
<Directory "{folder}/tree">
    Require all granted
    Dav on
</Directory>
{late}
"""

MODULES = ("mpm_event", "authz_core", "authn_core", "ssl", "dav", "dav_fs", "socache_shmcb")
TLS = {"1.2": ("TLSv1.2", "TLSv1.2"), "1.3": ("TLSv1.3", "TLSv1.3")}


class Server:
    """What the servers have in common: a folder, a port, a process, maybe a clock of its own."""

    def __init__(self, pki, tls, ahead=None):
        self.pki = pki
        self.tls = tls
        self.ahead = ahead  # such as "+30 days": the server's clock
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="muster-server-")
        self.folder = pathlib.Path(self._folder.name)
        self.process = None

    def __enter__(self):
        command = [*moved(self.ahead), *self.command()]
        with (self.folder / "start.log").open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True,
                                            preexec_fn=die_with_parent)
        try:
            wait_until(self._ready, 10, f"the start of {command[0]}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _ready(self):
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "start.log").read_text())
        return accepts(self.port)

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, 9)
            self.process.wait()
        self._folder.cleanup()


class Apache(Server):
    """`late`: asks for the certificate only for the upload and download folders, after it has seen the request:
    by renegotiation in TLS 1.2, by post-handshake authentication in TLS 1.3. `depth` None: its own default."""

    def __init__(self, pki, tls="1.3", late=False, ahead=None, more="", modules=(), depth=4):
        super().__init__(pki, tls, ahead)
        self.tree = self.folder / "tree"
        for name in ("ManageSoftRL/Inventories", "ManageSoftDL"):
            (self.tree / name).mkdir(parents=True)
        root = os.geteuid() == 0
        if root:
            for path in (self.folder, *self.tree.rglob("*"), self.tree):
                shutil.chown(path, "www-data")
                path.chmod(0o755)
        # A clock ahead would find the CRLs out of date as well.
        revocation = "" if ahead else f"SSLCARevocationCheck chain\nSSLCARevocationFile {pki.crls}"
        (self.folder / "httpd.conf").write_text(APACHE.format(
            folder=self.folder, port=self.port, server=pki.server, ca=pki.root_and_issuing,
            modules="\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
                              for name in (*MODULES, *modules)),
            user="User www-data\nGroup www-data" if root else "", protocol=TLS[tls][0], revocation=revocation,
            depth="" if depth is None else f"SSLVerifyDepth {depth}",
            verify="SSLVerifyClient none" if late else "SSLVerifyClient require",
            late="<Location /ManageSoft>\nSSLVerifyClient require\n</Location>\n"
                 "<LocationMatch ^/ManageSoft>\nSSLVerifyClient require\n</LocationMatch>\n" + more if late else more))

    def command(self):
        return ["/usr/sbin/apache2", "-f", str(self.folder / "httpd.conf"), "-DFOREGROUND"]

    def statuses(self):
        log = self.folder / "access.log"
        return [int(line.rsplit(" ", 1)[1]) for line in log.read_text().splitlines()] if log.exists() else []

    def uploaded(self):
        root = self.tree / "ManageSoftRL"
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


HAPROXY = """
global
    maxconn 100
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend beacon
    bind 127.0.0.1:{port} ssl crt {pem} ca-file {ca} {crl} verify required ssl-min-ver {tls} ssl-max-ver {tls}
    default_backend nginx
backend nginx
    server one 127.0.0.1:{backend}
"""


class Haproxy(Server):
    """Ends TLS in front of a plain nginx."""

    def __enter__(self):
        self.backend = Beacon(self.pki, plain=True).start()
        return super().__enter__()

    def __exit__(self, *_):
        super().__exit__()
        self.backend.__exit__()

    def uploaded(self):
        return self.backend.uploaded()

    def command(self):
        pem = self.folder / "server.pem"
        pem.write_text(self.pki.server.certificate.read_text() + self.pki.server.key.read_text())
        crl = "" if self.ahead else f"crl-file {self.pki.crls}"
        (self.folder / "haproxy.cfg").write_text(
            HAPROXY.format(port=self.port, pem=pem, ca=self.pki.root_and_issuing, crl=crl, tls=TLS[self.tls][1],
                           backend=self.backend.port))
        return ["/usr/sbin/haproxy", "-f", str(self.folder / "haproxy.cfg"), "-db"]


class ForbiddingHaproxy(Haproxy):
    """Lets every client through the handshake, and answers 403 where the certificate is missing or bad."""

    def command(self):
        command = super().command()
        written = self.folder / "haproxy.cfg"
        written.write_text(written.read_text().replace(
            "verify required", "verify optional ca-ignore-err all crt-ignore-err all").replace(
            "default_backend", "http-request deny unless { ssl_c_used } { ssl_c_verify 0 } { ssl_c_ca_err 0 }\n"
            "    default_backend"))
        return command


PROXY = """
ServerRoot "{folder}"
PidFile run.pid
ErrorLog error.log
ServerName localhost
Listen 127.0.0.1:{port}
{modules}
LogFormat "%r %>s" proxy
CustomLog access.log proxy
ProxyRequests On
AllowCONNECT 1-65535
<Proxy "*">
    {rule}
</Proxy>
"""


class Proxy(Server):
    """A forward proxy for http, and by CONNECT for https: Apache httpd. `user`, a name and a password, is the one who
    may use it."""

    def __init__(self, pki, refuse=False, user=None):
        super().__init__(pki, "1.3")
        self.folder.chmod(0o755)
        rule = "Require all denied" if refuse else "Require all granted"
        if user:
            users = self.folder / "users"
            digest = base64.b64encode(hashlib.sha1(user[1].encode()).digest()).decode()
            users.write_text(f"{user[0]}:{{SHA}}{digest}\n")
            rule = f'AuthType Basic\nAuthName proxy\nAuthBasicProvider file\nAuthUserFile "{users}"\nRequire valid-user'
        (self.folder / "httpd.conf").write_text(PROXY.format(
            folder=self.folder, port=self.port, rule=rule,
            modules="\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
                              for name in ("mpm_event", "authz_core", "authz_user", "authn_core", "authn_file", "auth_basic",
                                           "proxy", "proxy_connect", "proxy_http"))
            + ("\nUser www-data\nGroup www-data" if os.geteuid() == 0 else "")))

    def command(self):
        return ["/usr/sbin/apache2", "-f", str(self.folder / "httpd.conf"), "-DFOREGROUND"]

    def requests(self):
        log = self.folder / "access.log"
        return log.read_text().splitlines() if log.exists() else []
