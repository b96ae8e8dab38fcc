"""Whose fault it is stands first, and the remedy last: what the network and odd servers do, one row each."""

import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest

from support.beacon import Beacon
from support.ca import openssl, shared_pki
from support.clock import for_a_sanitizer
from support.device import Device, is_instrumented
from support.listener import Listener
from support.relay import SilentPort, dead_port
from support.scripted import ScriptedBeacon
from support.servers import Apache, Proxy
from support.tls_port import TlsPort, reset, reset_later


def openssl_ca(folder, number, name):
    """The certificate of a new root CA, as PEM."""
    path = folder / f"{number}.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", folder / "key.pem", "-out", path)
    return path.read_text()


class WhoseFault(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def failed(self, location, code, *fragments, words=(), prefix=(), environment=None, size=20_000, **more):
        """One line with all fragments; the file stays, here and in the spool."""
        content = os.urandom(size)
        with Device(self.pki, [location], NetworkRetries="0", **more) as device:
            run = device.run("upload", device.file("x", content), *words, prefix=prefix, environment=environment)
            self.assertEqual(run.code, code, run)
            self.assertEqual(len(run.lines()), 1, run)
            for fragment in fragments:
                self.assertIn(fragment, run.err)
            self.assertEqual((device.work / "x").read_bytes(), content)
            return run


class OnTheWay(WhoseFault):
    def test_a_dead_proxy_is_not_taken_for_the_beacon(self):
        proxy = f"http://me:hush@127.0.0.1:{dead_port()}"
        run = self.failed({"Port": 443, "Proxy": proxy}, 6, "failed: the proxy refuses connections", "errno 111",
                          "correct Proxy of location 'beacon1'")
        self.assertNotIn("hush", run.err)

    def test_no_route(self):
        if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode != 0:
            self.skipTest("no network namespaces here")
        self.failed({"Host": "192.0.2.1", "Port": 443}, 6, "failed: this machine has no route to the beacon", "network",
                    prefix=("unshare", "--net"))

    @unittest.skipIf(is_instrumented(), "a sanitizer opens files of its own")
    def test_the_limit_of_open_files_is_this_machine_s(self):
        """From some number on it works; whatever fails below that is not told of the beacon or a firewall."""
        with Beacon(self.pki) as beacon, Device(self.pki, [beacon.port], NetworkRetries="0") as device:
            failed = 0
            for limit in range(4, 14):
                run = device.run("upload", device.file("x"), prefix=("prlimit", f"--nofile={limit}"))
                if run.code == 127:  # not even its libraries
                    continue
                failed += run.code != 0
                self.assertIn(run.code, (0, 1, 8), run)
                if run.code != 0:
                    self.assertIn("open files", run.err)
            self.assertGreater(failed, 0)
            self.assertEqual(run.code, 0, run)


class OddProxy(Listener):
    """    with OddProxy(answer) as proxy: proxy.port, proxy.asked

    Sends `answer` to whatever it is asked first, and closes the connection."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.asked = []

    def serve(self, connection, number):
        with connection:
            self.asked.append(connection.recv(4096))
            if self.answer:
                connection.sendall(self.answer)
            connection.shutdown(socket.SHUT_WR)


class Proxies(WhoseFault):
    """Whatever is wrong with a proxy is not reported of the beacon, and the preference that set it is named."""

    def by_each_preference(self, port, code, *fragments):
        proxy = f"http://127.0.0.1:{port}"
        for run in (self.failed({"Port": 443, "Proxy": proxy}, code, "set by Proxy of location 'beacon1'", *fragments),
                    self.failed({"Port": 443}, code, "set by https_proxy (", "config.ini:", *fragments, https_proxy=proxy),
                    self.failed({"Port": 443}, code, "set by https_proxy (-o)", *fragments,
                                words=("-o", f"https_proxy={proxy}"))):
            self.assertNotIn("the beacon's", run.err)
            self.assertNotIn("the beacon refuse", run.err)

    def test_it_closes_the_connection_at_connect(self):
        with OddProxy(b"") as proxy:
            self.by_each_preference(proxy.port, 6, "failed: the proxy did not open a connection",
                                    f"; 127.0.0.1:{proxy.port} is")
            self.assertTrue(proxy.asked[0].startswith(b"CONNECT localhost:443 "))

    def test_its_port_speaks_something_else(self):
        with OddProxy(b"SSH-2.0-OpenSSH_9.2\r\n") as proxy:
            self.by_each_preference(proxy.port, 6, "did not open a connection", "a proxy for plain HTTP")

    def test_its_port_speaks_tls(self):
        with TlsPort(self.pki, reset, ssl.TLSVersion.TLSv1_3) as port:
            self.by_each_preference(port.port, 6, "did not open a connection", "a proxy for plain HTTP")

    def test_it_cannot_reach_the_beacon(self):
        with OddProxy(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") as proxy:
            self.by_each_preference(proxy.port, 6, "HTTP 502", "can resolve and reach localhost port 443")

    def test_it_wants_a_user(self):
        with Proxy(self.pki, user=("me", "right")) as proxy:
            self.by_each_preference(proxy.port, 6, "requires authentication (HTTP 407, offers Basic)",
                                    "http://USER:PASSWORD@HOST:PORT")
            run = self.failed({"Port": 443, "Proxy": f"http://me:hush@127.0.0.1:{proxy.port}"}, 6, "HTTP 407",
                              "correct the user name and password in Proxy of location 'beacon1'")
            self.assertNotIn("hush", run.err)

    def test_it_offers_no_scheme_that_muster_speaks(self):
        with OddProxy(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n"
                      b"Content-Length: 0\r\n\r\n") as proxy:
            self.by_each_preference(proxy.port, 6, "HTTP 407, offers Negotiate, NTLM", "accept Basic, the only scheme")

    def test_it_wants_a_user_for_a_beacon_without_tls(self):
        with Proxy(self.pki, user=("me", "right")) as proxy:
            self.failed({"Port": 80, "Protocol": "http"}, 6, "HTTP 407, offers Basic", "set by http_proxy (",
                        AddClientCertificateAndKey="False", http_proxy=f"http://127.0.0.1:{proxy.port}")

    def test_it_is_silent(self):
        with SilentPort() as silent:
            self.failed({"Port": 443}, 6, "the proxy does not answer", https_proxy=f"http://127.0.0.1:{silent.port}",
                        NetworkTimeout="1")


class OurChain(WhoseFault):
    def leaf_alone(self, device):
        text = self.pki.client.certificate.read_text()
        end = "-----END CERTIFICATE-----\n"
        device.certificate.write_text(text[:text.index(end) + len(end)])

    def test_the_leaf_alone_at_a_beacon_that_knows_only_the_root(self):
        for site in ("ssl_protocols TLSv1.2;", "ssl_protocols TLSv1.3;"):
            with self.subTest(site), Beacon(self.pki, site=site) as beacon, \
                    Device(self.pki, [beacon.port], NetworkRetries="0") as device:
                self.leaf_alone(device)
                for run in (device.run("upload", device.file("x")), device.run("doctor")):
                    self.assertEqual(run.code, 4, run)
                    self.assertIn("whose certificate is not in our file", run.out + run.err)
                    self.assertIn("add the certificate of the intermediate CA CN=Muster Test Issuing CA",
                                  run.out + run.err)

    def test_the_leaf_alone_at_a_beacon_that_knows_its_issuer(self):
        with Beacon(self.pki, client_ca=self.pki.root_and_issuing) as beacon, \
                Device(self.pki, [beacon.port]) as device:
            self.leaf_alone(device)
            self.assertEqual(device.run("upload", device.file("x")).code, 0)

    def test_of_many_cas_the_rest_is_counted(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-cas-"))
        self.addCleanup(shutil.rmtree, folder)
        names = [f"CA {number} {'x' * 200}" for number in range(6)]
        extra = [openssl_ca(folder, number, name[:60]) for number, name in enumerate(names)]
        (folder / "cas.pem").write_text("".join(extra) + self.pki.root.certificate.read_text())
        with Beacon(self.pki, client_ca=folder / "cas.pem") as beacon, \
                Device(self.pki, [beacon.port], NetworkRetries="0") as device:
            self.leaf_alone(device)
            run = device.run("upload", device.file("x"))
            self.assertEqual(run.code, 4, run)
            self.assertIn("or one of 4 more", run.err)


class OddServers(WhoseFault):
    def test_old_tls_alone(self):
        with TlsPort(self.pki, reset, ssl.TLSVersion.TLSv1_1) as port:
            self.failed(port.port, 6, "failed: the beacon has no version of TLS in common", "TLS 1.2 or 1.3")

    def test_a_reset_where_others_refuse_the_certificate_in_words(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version), TlsPort(self.pki, reset, version) as port:
                self.failed(port.port, 6, "failed: the beacon's connection was lost", "may refuse CN=", "not revoked")
                self.failed(port.port, 6, "may refuse that none was shown", AddClientCertificateAndKey="False")

    def test_a_reset_where_the_second_connection_resumes_the_session_of_the_first(self):
        """Nobody asks for the certificate again."""
        with TlsPort(self.pki, reset_later, ssl.TLSVersion.TLSv1_3) as port:
            self.failed(port.port, 6, "failed: the beacon's connection was lost", "may refuse CN=")
            self.assertEqual(port.resumed, [False, True])

    def test_a_chain_with_an_intermediate_is_longer_than_apache_allows_by_itself(self):
        for tls in ("1.2", "1.3"):
            with self.subTest(tls):
                with Apache(self.pki, tls=tls, depth=None) as apache:
                    self.failed(apache.port, 6, "may refuse CN=", "chains of that length")
                    self.assertIn("Certificate Verification: Certificate Chain too long",
                                  (apache.folder / "error.log").read_text())
                with Apache(self.pki, tls=tls, depth=2) as apache, Device(self.pki, [apache.port]) as device:
                    self.assertEqual(device.run("upload", device.file("x")).code, 0)

    def test_each_status_has_its_cure(self):
        for status, code, remedy in ((403, 7, "IIS"), (405, 7, "allow this method"), (421, 7, "error log"),
                                   (500, 7, "error log"), (503, 7, "try again later")):
            with self.subTest(status), Beacon(self.pki, site=f"return {status};") as beacon:
                self.failed(beacon.port, code, f"failed: it answered HTTP {status}", remedy)
        for size in (1_000, 200_000):
            with self.subTest(444, size=size), Beacon(self.pki, site="return 444;") as beacon:
                self.failed(beacon.port, 6, "failed: the beacon's connection was lost", "error log", size=size)

    def test_a_beacon_that_never_says_100_is_sent_the_body_all_the_same(self):
        content = os.urandom(40_000)
        with ScriptedBeacon(self.pki, lambda asked: (201, {}), continues=False) as beacon, \
                Device(self.pki, [beacon.port], UploadVerify="None") as device:
            run = device.run("upload", device.file("x", content))
            self.assertEqual(run.code, 0, run)
            [put] = beacon.puts()
            self.assertEqual((put.headers["Expect"], put.body), ("100-continue", content))

    def test_a_beacon_that_takes_any_client_and_forbids_later(self):
        """nginx with an optional certificate: 403 without one, as IIS; a revoked one is still answered by 400."""
        with Beacon(self.pki, site="if ($ssl_client_verify != SUCCESS) { return 403; }") as beacon:
            conf = beacon.folder / "beacon.conf"
            beacon.stop()
            conf.write_text(conf.read_text().replace("ssl_verify_client on", "ssl_verify_client optional"))
            beacon.start()
            self.failed(beacon.port, 7, "HTTP 403", "missing, revoked or not checkable, untrusted, or out of date",
                        AddClientCertificateAndKey="False")
            self.failed(beacon.port, 4, "refused our client certificate", client=self.pki.client_revoked)


class Clocks(WhoseFault):
    def test_our_own_is_behind(self):
        with Beacon(self.pki) as beacon:
            self.failed(beacon.port, 5, "CN=Muster Test Root", "is not yet valid", "set this machine's clock",
                        AddClientCertificateAndKey="False", prefix=("faketime", "2019-01-01"),
                        environment=for_a_sanitizer())

    def test_a_ca_file_that_is_garbage(self):
        with Beacon(self.pki) as beacon, Device(self.pki, [beacon.port]) as device:
            (device.ssl / "cert.pem").write_text("garbage")
            run = device.run("upload", device.file("x"))
            self.assertEqual(run.code, 5, run)
            self.assertIn("cert.pem", run.err)


if __name__ == "__main__":
    unittest.main()
