"""Answers that may be about our certificate: they never empty a spool."""

import socket
import ssl
import struct
import unittest

from support.agent import Agent
from support.beacon import Beacon, wait_until
from support.ca import Pki
from support.device import Device
from support.listener import Listener
from support.relay import close
from support.running import Parties

IDENTITY, REFUSED = 4, 7
PAGE = "location = /e.html { internal; return 400 'please call the help desk'; }"


class Cases(Parties):
    def device(self, *locations, **more):
        return super().device(*locations, **{"NetworkRetries": "0", **more})

    def assert_all_wait(self, device, names):
        self.assertEqual(device.waiting(), {f"Inventories/{name}" for name in names})
        self.assertEqual(device.rejected(), {})


class ErrorPages(Cases):
    """A real nginx with an error page of its own for refused certificates."""

    def refused(self, site, **more):
        beacon = self.beacon(site=site)
        device = self.device(beacon.port, **more)
        names = [f"f{number}" for number in range(5)]
        for name in names:
            device.put(name)
        run = device.run("upload")
        self.assertEqual(run.code, IDENTITY, run)
        self.assert_all_wait(device, names)
        named = device.run("upload", device.file("named"))
        self.assertEqual(named.code, IDENTITY, named)
        return named.err

    def test_a_revoked_certificate(self):
        error = self.refused(f"error_page 495 496 /e.html; {PAGE}", client=self.pki.client_revoked)
        self.assertIn("HTTP 400", error)
        self.assertIn("CN=device-revoked", error)

    def test_a_certificate_of_an_unknown_ca(self):
        self.assertIn("CN=device-stranger",
                      self.refused(f"error_page 495 496 /e.html; {PAGE}", client=self.pki.client_stranger))

    def test_no_certificate(self):
        error = self.refused(f"error_page 495 496 /e.html; {PAGE}", AddClientCertificateAndKey="False")
        self.assertIn("AddClientCertificateAndKey", error)

    def test_a_page_for_all_400(self):
        self.refused(f"error_page 400 495 496 /e.html; {PAGE}", client=self.pki.client_revoked)

    def test_a_page_that_is_empty(self):
        self.refused("error_page 495 496 = @e; location @e { return 400; }", client=self.pki.client_revoked)

    def test_a_page_in_another_language(self):
        page = "location = /e.html { internal; return 400 '<html><title>Zertifikat ungültig</title></html>'; }"
        self.refused(f"error_page 495 496 /e.html; {page}", client=self.pki.client_revoked)


class RevokedMeanwhile(Cases):
    """The certificate was accepted, and is refused from now on."""

    def test_a_running_agent_leaves_what_waits(self):
        pki = Pki()
        self.addCleanup(pki.remove)
        for page in ("return 400 'please call the help desk';", "return 400;", "return 400 '<html>ungültig</html>';"):
            with self.subTest(page):
                beacon = self.entered(Beacon(
                    pki, site=f"error_page 495 496 /e.html; location = /e.html {{ internal; {page} }}"))
                device = self.entered(Device(pki, [beacon.port], NetworkRetries="0"))
                with Agent(device) as agent:
                    device.put("good")
                    wait_until(lambda: not device.waiting())
                    before = (pki.issuing.folder / "index.txt").read_text()
                    pki.issuing.revoke(pki.client)
                    pki.renew_crls()
                    beacon.reload()
                    names = [f"later{number}" for number in range(12)]
                    for name in names:
                        device.put(name)
                    wait_until(lambda: "HTTP 400" in agent.log(), what="the refusal")
                    agent.reload()
                    agent.reload()
                    self.assert_all_wait(device, names)
                    self.assertIn("probably refuses that", agent.log())
                (pki.issuing.folder / "index.txt").write_text(before)
                pki.renew_crls()

    def test_what_was_accepted_and_not_kept_proves_nothing(self):
        for answer in ((200, {"Content-Type": "text/html"}, b"<html>login</html>"), (201, {})):
            for head in ((404, {}) if answer[0] == 200 else (200, {"Content-Length": "0"}), (200, {"Content-Length": "4"})):
                with self.subTest(answer=answer, head=head):
                    beacon = self.scripted(lambda asked: head if asked.method == "HEAD"
                                           else answer if asked.number == 1 else (400, {}))
                    device = self.device(beacon.port)
                    names = [f"f{number}" for number in range(4)]
                    for name in names:
                        device.put(name)
                    device.run("upload")
                    self.assert_all_wait(device, names)

    def test_a_beacon_that_cannot_be_asked_leaves_the_file(self):
        for status in (400, 408, 429, 500, 503):
            with self.subTest(status):
                beacon = self.scripted(lambda asked: (status, {}) if asked.method == "HEAD"
                                       else (400, {}) if asked.path.endswith("bad") else (201, {}))
                device = self.device(beacon.port, UploadVerify="None")
                with Agent(device) as agent:
                    device.put("good")
                    wait_until(lambda: not device.waiting())
                    device.put("bad")
                    wait_until(lambda: "HTTP 400" in agent.log())
                    self.assert_all_wait(device, ["bad"])


class BadRequests(Cases):
    def test_before_anything_was_accepted_the_file_stays_and_the_others_go_on(self):
        beacon = self.scripted(lambda asked: (400, {}) if asked.path.endswith("bad") else (201, {}))
        device = self.device(beacon.port, UploadVerify="None")
        device.put("bad")
        run = device.run("upload")
        self.assertEqual(run.code, IDENTITY, run)
        self.assertIn("HTTP 400", run.err)
        self.assert_all_wait(device, ["bad"])
        for name in ("good1", "good2"):
            device.put(name)
        device.run("upload")
        self.assertNotIn("Inventories/good1", device.waiting())
        self.assertNotIn("Inventories/good2", device.waiting())

    def test_after_the_location_has_accepted_something_it_is_about_the_file(self):
        beacon = self.scripted(lambda asked: (400, {}) if asked.path.endswith("bad") else (201, {}))
        device = self.device(beacon.port, UploadVerify="None")
        with Agent(device) as agent:
            device.put("good")
            wait_until(lambda: not device.waiting())
            device.put("bad")
            wait_until(lambda: "Inventories/bad" in device.rejected(), what=agent.log())

    def test_what_one_certificate_was_granted_says_nothing_about_the_next(self):
        refuses = []
        beacon = self.scripted(lambda asked: (400, {}) if refuses else (201, {}))
        device = self.device(beacon.port, UploadVerify="None")
        with Agent(device) as agent:
            device.put("good")
            wait_until(lambda: not device.waiting())
            refuses.append(True)
            device.deploy(self.pki.client_other)
            device.put("later")
            wait_until(lambda: "HTTP 400" in agent.log())
            self.assert_all_wait(device, ["later"])

    def test_what_one_location_accepts_says_nothing_about_another(self):
        good = self.scripted(lambda asked: (503, {}) if asked.path.endswith("second") else (201, {}))
        bad = self.scripted(lambda asked: (400, {}))
        device = self.device(good.port, bad.port, UploadVerify="None")
        device.put("first")
        device.run("upload")
        device.put("second")
        device.run("upload")
        self.assert_all_wait(device, ["second"])

    def test_what_is_about_the_body_sets_aside_as_before(self):
        for status in (411, 413, 414, 415, 422):
            with self.subTest(status):
                device = self.device(self.scripted(lambda asked: (status, {})).port)
                device.put("a")
                self.assertEqual(device.run("upload").code, REFUSED)
                self.assertIn("Inventories/a", device.rejected())

    def test_without_any_certificate_configured_an_accepted_upload_counts_as_well(self):
        beacon = self.beacon(plain=True, site="if ($request_uri ~ bad) { return 400; }")
        device = self.device({"Port": beacon.port, "Protocol": "http"}, AddClientCertificateAndKey="False")
        with Agent(device) as agent:
            device.put("good")
            wait_until(lambda: not device.waiting(), what=agent.log())
            device.put("bad")
            wait_until(lambda: "Inventories/bad" in device.rejected(), what=agent.log())


class RefusesAndResets(Listener):
    """TLS 1.3: sends the alert as soon as it has judged the certificate, and then resets the connection on purpose at the
    moment at which `when` says so, counted in bytes that it takes from the client before."""

    def __init__(self, pki, take):
        super().__init__()
        self.take = take
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(pki.server.certificate, pki.server.key)
        self.context.load_verify_locations(pki.stranger.certificate)  # ours is of no CA that it knows
        self.context.verify_mode = ssl.CERT_REQUIRED

    def serve(self, plain, number):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(incoming, outgoing, server_side=True)
        try:
            while True:
                try:
                    tls.do_handshake()
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLError:
                    break
                plain.sendall(outgoing.read())
                incoming.write(plain.recv(65536))
            alert = outgoing.read()
            if self.take is None:
                plain.sendall(alert)
            else:
                plain.settimeout(2)
                try:
                    taken = 0
                    while taken < self.take:
                        taken += len(plain.recv(min(4096, self.take - taken)))
                except socket.timeout:
                    pass
                plain.sendall(alert)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            plain.close()
        except OSError:
            close(plain)


class LostAlerts(Cases):
    """A refusal by an alert is a refusal, though the connection is reset while we write."""

    def test_the_reason_is_found_whenever_the_beacon_resets(self):
        for size in (100, 40_000, 5_000_000):
            for take in (None, 1, 300, 100_000):
                with self.subTest(size=size, take=take), RefusesAndResets(self.pki, take) as server:
                    device = self.device(server.port)
                    for _ in range(3):
                        run = device.run("upload", device.file("f", bytes(size)))
                        self.assertEqual(run.code, IDENTITY, run)
                        self.assertIn("TLS alert 48", run.err)


if __name__ == "__main__":
    unittest.main()
