"""A proxy that is spoken to in TLS is another server in front of the beacon: it must never see the device's certificate,
and it is not judged as a beacon. Locations behind one are not used, and are named."""

import socket
import ssl
import threading
import unittest

from support.listener import Listener, server_context
from support.relay import close
from support.running import Run


class TlsProxy(Listener):
    """    with TlsProxy(pki) as proxy: proxy.port, proxy.connections, proxy.certificates

    A forward proxy over TLS that asks each client for a certificate, and tunnels what it is asked for by CONNECT. Its own
    certificate is good for localhost, so that a client that takes it for the beacon has nothing to complain about."""

    def __init__(self, pki, version=None):
        super().__init__()
        self.certificates = []
        self.context = server_context(pki, ssl.CERT_OPTIONAL, version)

    def serve(self, plain, number):
        try:
            near = self.context.wrap_socket(plain, server_side=True)
            if near.getpeercert():
                self.certificates.append(near.getpeercert()["subject"])
            head = b""
            while b"\r\n\r\n" not in head:
                head += near.recv(4096) or b"\r\n\r\n"
            port = int(head.split(b" ")[1].rpartition(b":")[2])
            far = socket.create_connection(("127.0.0.1", port), timeout=10)
            near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            threading.Thread(target=self._pump, args=(far, near), daemon=True).start()
            self._pump(near, far)
        except (OSError, ValueError, IndexError):
            close(plain)

    @staticmethod
    def _pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except (OSError, ValueError):
            pass
        close(sink)


WORDS = (("upload", "x"), ("upload",), ("download", "x"), ("beacons",), ("beacons", "--fresh", "--for", "download"),
         ("doctor",), ("doctor", "--probe-upload"), ("status",), ("config", "check"), ("config", "list"),
         ("cert", "check"))


class OnlyThroughTls(Run):
    """No other location is left."""

    def setUp(self):
        self.proxy = TlsProxy(self.pki)
        self.proxy.__enter__()
        self.addCleanup(self.proxy.__exit__)
        self.url = f"https://localhost:{self.proxy.port}"

    def unseen(self):
        self.assertEqual(self.proxy.certificates, [], "the proxy has seen the device's certificate")
        self.assertEqual(self.proxy.connections, 0, "the proxy was used")

    def places(self):
        """Each preference that can name a proxy, in each spelling."""
        beacon = self.beacon()
        other_case = self.url.replace("https", "HTTPS")
        yield {"location": {"Port": beacon.port, "Proxy": self.url}}
        yield {"location": {"Port": beacon.port, "Proxy": other_case}}
        yield {"location": {"Port": beacon.port, "Proxy": f"https://user:word@localhost:{self.proxy.port}/"}}
        yield {"location": {"Port": beacon.port}, "https_proxy": self.url}
        yield {"location": {"Port": beacon.port, "Protocol": "http"}, "http_proxy": other_case}

    def test_no_command_shows_it_the_certificate(self):
        for place in self.places():
            location = place.pop("location")
            device = self.device(location, NetworkRetries="0", **place)
            device.file("x")
            device.put("waiting")
            for words in WORDS:
                with self.subTest(place=place, location=location, words=words):
                    run = device.run(*words)
                    self.unseen()
                    self.assertNotIn("word@", run.out + run.err)
                    self.assertIn("localhost:" + str(self.proxy.port), run.out + run.err, run)
            self.assertEqual(device.waiting(), {"Inventories/waiting"})

    def test_nothing_is_sent_and_the_preference_is_wrong(self):
        device = self.device({"Port": self.beacon().port, "Proxy": self.url})
        for words in (("upload", device.file("x")), ("download", "x"), ("beacons",), ("config", "check")):
            run = device.run(*words)
            self.assertEqual(run.code, 3, run)
            self.assertIn(f"write http://localhost:{self.proxy.port} unless the proxy itself speaks TLS", run.err)
            self.assertIn("'beacon1'", run.err)
        self.unseen()

    def test_an_override_does_not_change_that(self):
        device = self.device(self.beacon().port)
        run = device.run("upload", device.file("x"), "-o", f"https_proxy={self.url}")
        self.assertEqual(run.code, 3, run)
        run = device.run("upload", device.file("x"), "-o",
                         rf"ManageSoft\Common\UploadSettings\beacon1\Proxy={self.url}")
        self.assertEqual(run.code, 3, run)
        self.unseen()


class BesideAnother(Run):
    def setUp(self):
        self.proxy = TlsProxy(self.pki)
        self.proxy.__enter__()
        self.addCleanup(self.proxy.__exit__)

    def test_another_location_is_used_and_the_one_left_out_is_named_once(self):
        beacon = self.beacon()
        device = self.device({"Port": beacon.port, "Proxy": f"https://localhost:{self.proxy.port}"}, beacon.port)
        run = device.run("upload", device.file("x"))
        self.assertEqual(run.code, 0, run)
        self.assertEqual([line.count("'beacon1' is not used") for line in run.lines()], [1], run)
        for words in (("config", "check"), ("status",), ("doctor",)):
            run = device.run(*words)
            self.assertEqual((run.out + run.err).count("'beacon1' is not used"), 1, run)
            self.assertEqual(run.code, 0, run)
        self.assertEqual((self.proxy.connections, self.proxy.certificates), (0, []))

    def test_the_agent_uses_the_other_one_and_names_it_once(self):
        beacon = self.beacon()
        device = self.device({"Port": beacon.port, "Proxy": f"https://localhost:{self.proxy.port}"}, beacon.port)
        agent = self.agent(device)
        for name in ("a", "b", "c"):
            device.put(name)
            self.arrives(beacon, f"Inventories/{name}")
        self.assertEqual(agent.log().count("'beacon1' is not used"), 1, agent.log())
        self.assertEqual((self.proxy.connections, self.proxy.certificates), (0, []))

    def test_no_proxy_may_take_the_location_out_of_it(self):
        beacon = self.beacon()
        device = self.device(beacon.port, https_proxy=f"https://localhost:{self.proxy.port}", no_proxy="localhost")
        self.assertEqual(device.run("upload", device.file("x")).code, 0)
        self.assertEqual(self.proxy.connections, 0)


if __name__ == "__main__":
    unittest.main()
