"""The environment changes nothing of what is trusted, shown or written: whatever the libraries read there is taken away
before they do, and the system's own settings stay in force."""

import os
import pathlib
import shutil
import ssl
import subprocess
import types
import unittest

from support.ca import LOCAL_NAMES, SERVER, Pair, openssl
from support.certificates import PASSWORD
from support.clock import for_a_sanitizer
from support.device import PROGRAM
from support.running import Parties
from support.tls_port import TlsPort

WATCHED = pathlib.Path(PROGRAM).resolve().parent / "muster_environment.so"
OUR_OWN = {"MUSTER_ENVIRONMENT_LOG", "LD_PRELOAD", "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "WATCHDOG_USEC", "WATCHDOG_PID"}

LENIENT = """
openssl_conf = start
[start]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
"""
STRICT = """
openssl_conf = start
[start]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MinProtocol = TLSv1.3
"""


class Environment(Parties):
    def setUp(self):
        self.folder = self.device().folder
        self.lenient = self.folder / "openssl.cnf"
        self.lenient.write_text(LENIENT)
        self.strangers = self.folder / "strangers"
        self.strangers.mkdir()
        (self.strangers / "cert.pem").write_text(self.pki.stranger.certificate.read_text())
        self.name_by_hash(self.strangers)
        self.written = self.folder / "written"

    @staticmethod
    def name_by_hash(folder):
        certificate = folder / "cert.pem"
        name = openssl("x509", "-in", certificate, "-noout", "-hash").strip()
        shutil.copy(certificate, folder / f"{name}.0")

    def hostile(self):
        """Every variable that OpenSSL 3.0 to 3.5 and libcurl 7.88 to 8.14 read, each set to what would do most harm."""
        lenient, written, strangers = map(str, (self.lenient, self.written, self.strangers))
        return {
            "OPENSSL_CONF": lenient, "OPENSSL_CONF_INCLUDE": str(self.folder), "OPENSSL_MODULES": strangers,
            "OPENSSL_ENGINES": strangers, "OPENSSL_TRACE": "ALL", "OPENSSL_MALLOC_FAILURES": "0@100",
            "SSL_CERT_FILE": strangers + "/cert.pem", "SSL_CERT_DIR": strangers, "SSLKEYLOGFILE": written,
            "CTLOG_FILE": written, "LEGACY_GOST_PKCS12": "1", "QLOGDIR": strangers, "OSSL_QFILTER": "*",
            "RANDFILE": written, "HOME": strangers, "USERPROFILE": strangers, "NETRC": written,
            "CURL_CA_BUNDLE": strangers + "/cert.pem", "CURL_SSL_BACKEND": "gnutls", "CURL_HOME": strangers,
            "CURL_ENTROPY": "1", "CURL_HTTP_PROXY": "http://localhost:1", "http_proxy": "http://localhost:1",
            "https_proxy": "http://localhost:1", "HTTPS_PROXY": "http://localhost:1", "ALL_PROXY": "http://localhost:1",
            "all_proxy": "http://localhost:1", "no_proxy": "", "NO_PROXY": ""}

    def weak_server(self):
        """A certificate of the beacons' own CA for a key that today's settings call too small."""
        key = self.folder / "weak.key"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", key)
        certificate = self.folder / "weak.pem"
        self.pki.root.sign(key, "weak", certificate, SERVER + LOCAL_NAMES)
        return certificate, key

    def weak_port(self, version):
        """A server that has no other certificate."""
        weak = types.SimpleNamespace(server=Pair(*self.weak_server()), root_and_issuing=self.pki.root_and_issuing)
        port = TlsPort(weak, lambda connection: connection.close(), version)
        port.__enter__()
        self.addCleanup(port.__exit__)
        return port


class Each(Environment):
    def outcomes(self, environment):
        """What a device does that trusts the right beacons only."""
        good = self.beacon()
        stranger = self.beacon(server=self.pki.server_stranger)
        weak = self.weak_port(ssl.TLSVersion.TLSv1_2)
        codes = []
        for port in (good.port, stranger.port, weak.port):
            device = self.device(port, NetworkRetries="0")
            codes.append(device.run("upload", device.file("x"), environment=environment).code)
        return codes

    def test_changes_nothing_of_what_is_trusted(self):
        usual = self.outcomes({})
        self.assertEqual(usual, [0, 5, 5])
        for name, value in self.hostile().items():
            with self.subTest(name):
                self.assertEqual(self.outcomes({name: value}), usual)
                self.assertFalse(self.written.exists(), "something was written where the environment said")
        self.assertEqual(self.outcomes(self.hostile()), usual)

    def test_a_server_with_a_small_key_is_refused_whatever_openssl_conf_says(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            weak = self.weak_port(version)
            device = self.device(weak.port, NetworkRetries="0")
            run = device.run("upload", device.file("x"), environment={"OPENSSL_CONF": str(self.lenient)})
            self.assertEqual(run.code, 5, run)
            self.assertIn("certificate key too weak (66)", run.err)

    def test_no_secret_of_a_session_is_written(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        beacon.put_download("x", b"content")
        for words in (("upload", device.file("x")), ("download", "x"), ("beacons", "--fresh"), ("doctor",)):
            run = device.run(*words, environment={"SSLKEYLOGFILE": str(self.written)})
            self.assertEqual(run.code, 0, run)
            self.assertFalse(self.written.exists(), words)

    def test_an_old_pfx_is_read_wherever_openssl_is_to_look_for_its_modules(self):
        device = self.device(client=None)
        pfx = device.work / "old.pfx"
        openssl("pkcs12", "-export", "-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-in", self.pki.client.certificate, "-inkey",
                self.pki.client.key, "-out", pfx, "-passout", f"pass:{PASSWORD}")
        password = device.file("password", PASSWORD.encode())
        password.chmod(0o600)
        run = device.run("cert", "import", pfx, "--password-file", password, environment=self.hostile())
        self.assertEqual(run.code, 0, run)


@unittest.skipUnless(WATCHED.exists(), "needs muster_environment.so beside the program")
class All(Environment):
    """Not only those of a list: each variable that this build reads."""

    def watched(self, *words, device, environment=None):
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        more = {"LD_PRELOAD": str(WATCHED), "MUSTER_ENVIRONMENT_LOG": str(log), **for_a_sanitizer()}
        run = device.run(*words, environment={**(environment or {}), **more})
        return run, set(log.read_text().split())

    def test_each_variable_that_is_read_at_all(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        run, names = self.watched("upload", device.file("x"), device=device)
        self.assertEqual(run.code, 0, run)
        self.assertIn("OPENSSL_CONF", names)

        weak = self.weak_port(ssl.TLSVersion.TLSv1_2)
        careful = self.device(weak.port, NetworkRetries="0")
        for value in (str(self.lenient), str(self.written), "0"):
            environment = {name: value for name in names - OUR_OWN if not name.startswith(("ASAN", "LSAN", "UBSAN", "TSAN"))}
            run, _ = self.watched("upload", device.file("x"), device=device, environment=environment)
            self.assertEqual(run.code, 0, run)
            run, _ = self.watched("upload", careful.file("x"), device=careful, environment=environment)
            self.assertEqual(run.code, 5, run)
            self.assertFalse(self.written.exists())


def why_not():
    if os.geteuid() != 0:
        return "needs root"
    done = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    return "" if done.returncode == 0 else "no mount namespaces here"


@unittest.skipIf(why_not(), why_not())
class TheSystems(Environment):
    """The system's own file, at its compiled-in place."""

    def with_system_file(self, text):
        place = pathlib.Path(openssl("version", "-d").split('"')[1]).resolve() / "openssl.cnf"
        own = self.folder / "system.cnf"
        own.write_text(text)
        return ("unshare", "--mount", "sh", "-c", f'mount --bind "$0" {place.resolve()} && exec "$@"', str(own))

    def test_its_minimum_is_not_lowered(self):
        old = self.beacon(site="ssl_protocols TLSv1.2;")
        new = self.beacon(site="ssl_protocols TLSv1.3;")
        for beacon, code in ((old, 6), (new, 0)):
            device = self.device(beacon.port, NetworkRetries="0")
            self.assertEqual(device.run("upload", device.file("x")).code, 0)
            run = device.run("upload", device.file("y"), prefix=self.with_system_file(STRICT))
            self.assertEqual(run.code, code, run)

    def test_its_maximum_is_not_raised(self):
        new = self.beacon(site="ssl_protocols TLSv1.3;")
        device = self.device(new.port, NetworkRetries="0")
        run = device.run("upload", device.file("y"),
                         prefix=self.with_system_file(STRICT.replace("MinProtocol = TLSv1.3", "MaxProtocol = TLSv1.2")))
        self.assertEqual(run.code, 6, run)

    def test_our_own_minimum_stays_where_it_is_lower(self):
        port = TlsPort(self.pki, lambda connection: connection.close(), ssl.TLSVersion.TLSv1_1)
        with port:
            device = self.device(port.port, NetworkRetries="0")
            run = device.run("upload", device.file("x"), prefix=self.with_system_file(LENIENT))
            self.assertEqual(run.code, 6, run)
            self.assertIn("no version of TLS in common", run.err)


if __name__ == "__main__":
    unittest.main()
