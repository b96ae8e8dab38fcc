"""The refusal matrix: each server that deployments use, each cause, both TLS versions; and that a good certificate
gets through on all of them, also where the server asks for it late, as IIS does."""

import os
import unittest

from support.beacon import Beacon
from support.ca import shared_pki
from support.device import Device
from support.servers import Apache, ForbiddingHaproxy, Haproxy

VERSIONS = ("1.2", "1.3")
SMALL, MIDDLE, LARGE = 1_000, 200_000, 5_000_000  # below and above the body from which it asks first


def nginx(pki, tls, ahead=None):
    return Beacon(pki, site=f"ssl_protocols TLSv{tls};", ahead=ahead)


def apache(pki, tls, ahead=None):
    return Apache(pki, tls, ahead=ahead)


def apache_late(pki, tls, ahead=None):
    return Apache(pki, tls, late=True, ahead=ahead)


def haproxy(pki, tls, ahead=None):
    return Haproxy(pki, tls, ahead=ahead)


SERVERS = (nginx, apache, apache_late, haproxy)


class Servers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def each(self, check, ahead=None):
        for make in SERVERS:
            for tls in VERSIONS:
                with self.subTest(server=make.__name__, tls=tls), make(self.pki, tls, ahead) as server:
                    check(make, server)


class Accepted(Servers):
    def test_a_good_certificate_gets_bodies_of_every_size_through(self):
        def check(_, server):
            with Device(self.pki, [server.port]) as device:
                for size in (0, SMALL, MIDDLE, LARGE):
                    content = os.urandom(size)
                    run = device.run("upload", device.file(f"f{size}", content))
                    self.assertEqual(run.code, 0, run)
                    self.assertEqual(server.uploaded()[f"Inventories/f{size}"], content)

        self.each(check)

    def small_buffer(self, tls):
        return Apache(self.pki, tls, late=True,
                      more="<LocationMatch ^/ManageSoft>\nSSLRenegBufferSize 5000\n</LocationMatch>\n")

    def test_a_small_buffer_where_the_server_asks_late_is_no_fault_of_the_file(self):
        """It answers 413 before it has asked for the certificate."""
        content = os.urandom(20_000)
        for tls in VERSIONS:
            with self.subTest(tls), self.small_buffer(tls) as server, Device(self.pki, [server.port]) as device:
                run = device.run("upload", device.file("f", content))
                self.assertEqual((run.code, run.err), (0, ""), run)
                for number in range(20):
                    device.put(f"s{number}", content)
                run = device.run("upload", "-v")
                self.assertEqual(run.code, 0, run)
                self.assertEqual((device.waiting(), device.rejected()), (set(), {}))
                self.assertEqual(set(server.uploaded().values()), {content})
                self.assertEqual(len(server.uploaded()), 21)
                # Once for the command, and once for each that was under way when the spool's first one was refused.
                self.assertLess(server.statuses().count(413), 10)

    def test_a_limit_that_is_one_is_told_after_a_repetition(self):
        limit = "<LocationMatch ^/ManageSoft>\nLimitRequestBody 5000\n</LocationMatch>\n"
        for tls in VERSIONS:
            with self.subTest(tls), Apache(self.pki, tls, late=True, more=limit) as server, \
                    Device(self.pki, [server.port]) as device:
                run = device.run("upload", device.file("f", os.urandom(20_000)))
                self.assertEqual(run.code, 7, run)
                self.assertIn("HTTP 413", run.err)
                self.assertIn("SSLRenegBufferSize", run.err)

    def test_downloads_work_where_the_server_asks_late(self):
        for tls in VERSIONS:
            with self.subTest(tls), Apache(self.pki, tls, late=True) as server:
                (server.tree / "ManageSoftDL" / "policy.json").write_bytes(b"{}")
                with Device(self.pki, [server.port]) as device:
                    run = device.run("download", "policy.json", "-O", "-")
                    self.assertEqual((run.code, run.out), (0, "{}"), run)


class Refused(Servers):
    def refused(self, server, size, *fragments, **more):
        with Device(self.pki, [server.port], **more) as device:
            content = os.urandom(size)
            file = device.file("device.ndi", content)
            run = device.run("upload", file)
            self.assertEqual(run.code, 4, run)
            self.assertEqual(len(run.lines()), 1, run)
            for fragment in fragments:
                self.assertIn(fragment, run.err)
            self.assertEqual(file.read_bytes(), content)

    def test_without_a_certificate(self):
        def check(_, server):
            for size in (SMALL, MIDDLE, LARGE):
                self.refused(server, size, "requires a client certificate", "AddClientCertificateAndKey=True",
                             AddClientCertificateAndKey="False")

        self.each(check)

    def refused_with_alert(self, alert, *fragments, ahead=None, **more):
        """The reason is in the TLS alert; nginx keeps it to itself and answers 400."""
        def check(make, server):
            for size in (SMALL, LARGE):
                self.refused(server, size, "refused our client certificate",
                             "HTTP 400" if make is nginx else f"TLS alert {alert}", *fragments, **more)

        self.each(check, ahead)

    def test_a_revoked_certificate(self):
        self.refused_with_alert(44, "revoked", client=self.pki.client_revoked)

    def test_a_certificate_of_an_unknown_ca(self):
        self.refused_with_alert(48, "issued by", client=self.pki.client_stranger)

    def test_a_certificate_that_the_server_finds_not_yet_valid(self):
        """Its clock is behind."""
        self.refused_with_alert(42, ahead="-95d")

    def test_a_certificate_that_haproxy_takes_in_the_handshake_and_forbids_later(self):
        for tls in VERSIONS:
            for client, present in ((self.pki.client_revoked, "True"), (self.pki.client_stranger, "True"), ("good", "False")):
                with self.subTest(tls=tls, client=client), ForbiddingHaproxy(self.pki, tls) as server, \
                        Device(self.pki, [server.port], client=client, AddClientCertificateAndKey=present) as device:
                    run = device.run("upload", device.file("x"))
                    self.assertEqual(run.code, 7, run)
                    self.assertIn("HTTP 403", run.err)
                    self.assertIn("missing, revoked or not checkable, untrusted, or out of date", run.err)
            with self.subTest(tls=tls), ForbiddingHaproxy(self.pki, tls) as server, \
                    Device(self.pki, [server.port]) as device:
                self.assertEqual(device.run("upload", device.file("x")).code, 0)

    def test_a_certificate_that_the_server_finds_expired(self):
        self.refused_with_alert(45, ahead="+95d")


if __name__ == "__main__":
    unittest.main()
