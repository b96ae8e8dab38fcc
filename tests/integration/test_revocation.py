"""Whether a beacon is revoked, where it has to be found out: CRLs and OCSP answers are fetched, kept and judged, staples
are used, revoked is refused, and what cannot be found out is refused with the place in the message."""

import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from support.agent import Agent
from support.beacon import wait_until
from support.ca import LOCAL_NAMES, SERVER, Authority
from support.device import Device
from support.revocation import Revocation
from support.servers import Proxy
from support.validation import hang, ocsp_responder, request_about

DELTA = """
[complete]
freshestCRL=URI:{url}
[delta]
2.5.29.27=critical,DER:{number}
"""


# Seconds until a CRL ends that must be in date at its first use: what has ended by then is asked for again only after a
# minute, and counts as long as clocks may differ.
IN_USE = 12


class Crls(Revocation):
    def test_a_good_beacon_is_found_good_and_the_crl_is_fetched_once(self):
        device, beacon = self.by_crl(self.crl())
        self.upload(device, 0)
        self.upload(device, 0)
        self.assertEqual(self.asked("ca.crl"), 1)
        self.assertEqual(len(beacon.uploaded()), 1)
        [cached] = (device.ssl / "crls").glob("fetched-*.crl")
        self.assertEqual(cached.read_bytes(), self.places.answers["ca.crl"])

    def test_one_of_another_ca_is_not_kept_and_a_good_one_is_taken_a_minute_later(self):
        device, _ = self.by_crl(self.crl(issuer=self.pki.stranger))
        self.upload(device, 5, "no complete CRL of CN=Muster Test Issuing CA")
        folder = device.ssl / "crls"
        self.assertEqual(list(folder.glob("fetched-*")), [])
        self.places.answers["ca.crl"] = self.crl()
        self.upload(device, 5)
        self.assertEqual(self.asked("ca.crl"), 1)
        [failure] = folder.glob(".failed-*")
        os.utime(failure, times=(time.time() - 61,) * 2)
        self.upload(device, 0)
        self.assertEqual(len(list(folder.glob("fetched-*"))), 1)

    def test_points_that_cannot_be_read_are_no_unknown_ca(self):
        for extension in ("crlDistributionPoints=DER:0500", "2.5.29.31=DER:3003020101", "basicConstraints=DER:0C0141"):
            with self.subTest(extension):
                device = self.device(self.beacon(self.pair(extension)))
                run = self.upload(device, 5, "cannot be verified: an extension of it cannot be read (20); check the beacon's")
                self.assertNotIn("no CA", run.err)

    def test_one_in_pem_will_do(self):
        device, _ = self.by_crl(self.issuing.crl(self.issuing.folder / "pem.crl").read_bytes())
        self.upload(device, 0)

    def test_a_revoked_beacon_is_refused_however_willing_the_check_is(self):
        pair = self.pair(self.places.points(self.places.url("ca.crl")), revoked=True)
        self.places.answers["ca.crl"] = self.crl()
        beacon = self.beacon(pair)
        for check in ("True", "BestEffort"):
            with self.subTest(check=check):
                self.upload(self.device(beacon, CheckCertificateRevocation=check), 5, "certificate revoked (23)")
        self.assertEqual(beacon.requests(), [])

    def test_a_revoked_intermediate_is_found_by_its_own_distribution_point(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-middle-", dir=self.pki.folder))
        middle = Authority(folder / "middle", "Revoked Intermediate", PointedAt(self.pki.root, self.places))
        self.pki.root.revoke(middle)
        pair = middle.issue("server", "below", SERVER + LOCAL_NAMES + "\n" + self.places.points(self.places.url("ca.crl")))
        pair.certificate.write_text(pair.certificate.read_text() + middle.certificate.read_text())
        self.places.answers["ca.crl"] = self.crl(issuer=middle)
        self.places.answers["root.crl"] = self.crl(issuer=self.pki.root)
        self.upload(self.device(self.beacon(pair), crls=False), 5, "CN=Revoked Intermediate is revoked: certificate revoked (23)")

    def test_a_revoked_intermediate_is_refused_though_it_stands_among_the_cas(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-middle-", dir=self.pki.folder))
        middle = Authority(folder / "middle", "Trusted Intermediate", self.pki.root)
        pair = middle.issue("server", "below", SERVER + LOCAL_NAMES)
        pair.certificate.write_text(pair.certificate.read_text() + middle.certificate.read_text())
        beacon = self.beacon(pair)
        device = self.device(beacon)
        middle.crl(device.ssl / "crls" / "middle.pem")
        (device.ssl / "cert.pem").write_text(self.pki.root.certificate.read_text() + middle.certificate.read_text())
        self.upload(device, 0)
        self.pki.root.revoke(middle)
        self.pki.root.crl(device.ssl / "crls" / "root.pem")
        self.upload(device, 5, "CN=Trusted Intermediate is revoked: certificate revoked (23)")

    def test_what_is_no_evidence_is_told_with_its_place(self):
        stranger = self.crl(issuer=self.pki.stranger)
        forged = bytearray(self.crl())
        forged[-10] ^= 1
        cases = {
            "expired": (self.crl("-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z"), "expired"),
            "not yet valid": (self.crl("-crl_lastupdate", "20990101000000Z", "-crl_nextupdate", "20990201000000Z"),
                              "not yet valid"),
            "of another issuer": (stranger, "no complete CRL of CN=Muster Test Issuing CA"),
            "with a wrong signature": (bytes(forged), "signature"),
            "none at all": (b"<html>login</html>", "not a CRL"),
            "absent": (None, "HTTP 404"),
            "moved": ((302, {"Location": self.places.url("other.crl")}), "redirect"),
            "without end": ((bytes(1 << 20) for _ in range(64)), "larger than 8192 KiB"),
            "a byte too large": (bytes((8 << 20) + 1), "larger than 8192 KiB"),
        }
        for name, (answer, words) in cases.items():
            with self.subTest(crl=name):
                device, beacon = self.by_crl(answer)
                run = self.upload(device, 5, "cannot find out", words, self.places.url("ca.crl"), "SSLCRLPath",
                                  "CheckCertificateRevocation=BestEffort")
                self.assertEqual(len(run.lines()), 1)
                self.assertEqual(beacon.requests(), [])
                device.preferences["CheckCertificateRevocation"] = "BestEffort"
                device.write_config()
                self.assertIn("BestEffort", self.upload(device, 0).err)

    def test_an_expired_crl_still_revokes_what_it_lists(self):
        pair = self.pair(self.places.points(self.places.url("ca.crl")), revoked=True)
        self.places.answers["ca.crl"] = self.crl("-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z")
        self.upload(self.device(self.beacon(pair), CheckCertificateRevocation="BestEffort"), 5, "certificate revoked (23)")

    def test_a_place_that_hangs_costs_ten_seconds_at_most_and_once(self):
        device, _ = self.by_crl(hang)
        first = self.upload(device, 5, self.places.url("ca.crl"))
        self.assertLess(first.seconds, 13)
        again = self.upload(device, 5, self.places.url("ca.crl"))
        self.assertLess(again.seconds, 5)
        self.assertEqual(self.asked("ca.crl"), 1)

    def test_a_place_that_hangs_does_not_hold_up_the_other_beacons(self):
        device, slow = self.by_crl(hang)
        self.places.answers["good.crl"] = self.crl()
        good = self.beacon(self.pair(self.places.points(self.places.url("good.crl"))))
        device.locations = [Device._location(place, beacon.port) for place, beacon in enumerate((slow, good))]
        device.write_config()
        self.assertLess(self.upload(device, 0).seconds, 5)
        self.assertEqual((len(slow.uploaded()), len(good.uploaded())), (0, 1))

    def test_ldap_is_passed_over_for_http(self):
        self.places.answers["ca.crl"] = self.crl()
        pair = self.pair(self.places.points("ldap://directory.test/cn=ca?certificateRevocationList", self.places.url("ca.crl")))
        self.upload(self.device(self.beacon(pair)), 0)

    def test_ldap_alone_is_told(self):
        pair = self.pair(self.places.points("ldap://directory.test/cn=ca?certificateRevocationList"))
        self.upload(self.device(self.beacon(pair)), 5, "ldap://directory.test", "is not fetched")

    def test_the_second_place_is_asked_where_the_first_fails(self):
        self.places.answers["second.crl"] = self.crl()
        pair = self.pair(self.places.points(self.places.url("first.crl"), self.places.url("second.crl")))
        self.upload(self.device(self.beacon(pair)), 0)
        self.assertEqual((self.asked("first.crl"), self.asked("second.crl")), (1, 1))

    def test_a_broken_file_in_the_cache_is_fetched_again(self):
        device, _ = self.by_crl(self.crl())
        self.upload(device, 0)
        [cached] = (device.ssl / "crls").glob("fetched-*.crl")
        cached.write_bytes(cached.read_bytes()[:50])
        self.upload(device, 0)
        self.assertEqual(self.asked("ca.crl"), 2)

    def test_without_a_cache_that_can_be_written_it_works_from_memory(self):
        device, _ = self.by_crl(self.crl(), SSLCRLPath="/proc/nowhere")
        self.pki.root.crl(device.ssl / "crls" / "root.pem")
        self.upload(device, 5, "CN=Muster Test Root")
        device.preferences["CheckCertificateRevocation"] = "BestEffort"
        device.write_config()
        self.upload(device, 0)

    def test_it_is_fetched_through_the_proxy(self):
        """The proxy for plain HTTP is the server itself: it is asked with the whole URL."""
        self.places.answers["ca.crl"] = self.crl()
        beacon = self.beacon(self.pair(self.places.points("http://crl.example.test/ca.crl")))
        device = self.device(beacon, http_proxy=f"http://localhost:{self.places.port}")
        self.places.answers["/crl.example.test/ca.crl"] = self.crl()
        self.upload(device, 0)
        self.assertEqual(self.places.asked, [("GET", "http://crl.example.test/ca.crl")])

    def test_where_no_other_proxy_is_set_it_is_fetched_through_the_one_of_the_beacon(self):
        proxy = self.entered(Proxy(self.pki))
        device, beacon = self.by_crl(self.crl())
        device.locations[0]["Proxy"] = f"http://localhost:{proxy.port}"
        device.write_config()
        self.upload(device, 0)
        self.assertIn(f"GET {self.places.url('ca.crl')} HTTP/1.1 200", proxy.requests())
        self.assertEqual(len(beacon.uploaded()), 1)


class PointedAt:
    """A parent whose intermediates name a distribution point."""

    def __init__(self, parent, places):
        self._parent = parent
        self._points = places.points(places.url("root.crl"))

    def sign(self, key, name, certificate, extensions, *validity):
        self._parent.sign(key, name, certificate, extensions + "\n" + self._points, *validity)


class Lifetimes(Revocation):
    """A lifetime counts from the time of the file; the clock itself is moved in the unit tests."""

    def age(self, device, folder, seconds):
        [cached] = (device.ssl / folder).glob("fetched-*")
        os.utime(cached, times=(time.time() - seconds,) * 2)

    def test_until_the_next_update_where_no_lifetime_is_set(self):
        device, _ = self.by_crl(self.crl("-crlsec", "4"))
        self.upload(device, 0)
        self.age(device, "crls", 30 * 86400)
        self.upload(device, 0)
        self.assertEqual(self.asked("ca.crl"), 1)
        time.sleep(4)
        self.places.answers["ca.crl"] = self.crl()
        self.upload(device, 0)
        self.assertEqual(self.asked("ca.crl"), 2)

    def test_until_the_lifetime_where_that_is_earlier(self):
        device, _ = self.by_crl(self.crl(), SSLCRLCacheLifetime="7200")
        self.upload(device, 0)
        self.age(device, "crls", 7000)
        self.upload(device, 0)
        self.assertEqual(self.asked("ca.crl"), 1)
        self.age(device, "crls", 7300)
        self.upload(device, 0)
        self.assertEqual(self.asked("ca.crl"), 2)

    def test_ocsp_until_the_lifetime_and_not_at_all_without_an_end(self):
        device, _ = self.by_ocsp(ocsp_responder(self.issuing, options=["-ndays", "5"]), SSLOCSPCacheLifetime="86400")
        self.upload(device, 0)
        self.upload(device, 0)
        self.assertEqual(self.asked("ocsp"), 1)
        self.age(device, "ocsp", 90_000)
        self.upload(device, 0)
        self.assertEqual(self.asked("ocsp"), 2)
        device, _ = self.by_ocsp(ocsp_responder(self.issuing, options=[]))
        self.upload(device, 0)
        self.upload(device, 0)
        self.assertEqual(self.asked("ocsp"), 4)

    def test_a_hold_is_over_when_a_newer_crl_no_longer_lists_it(self):
        pair = self.pair(self.places.points(self.places.url("ca.crl")))
        before = (self.issuing.folder / "index.txt").read_text()
        self.issuing.revoke(pair)
        end = time.time() + IN_USE
        self.places.answers["ca.crl"] = self.crl("-crlsec", str(IN_USE))
        device = self.device(self.beacon(pair))
        self.upload(device, 5, "certificate revoked (23)")
        (self.issuing.folder / "index.txt").write_text(before)
        self.places.answers["ca.crl"] = self.crl()
        time.sleep(max(0, end - time.time()))
        self.upload(device, 0)

    def test_an_agent_that_runs_finds_out_anew_when_it_ends(self):
        end = time.time() + IN_USE
        device, beacon = self.by_crl(self.crl("-crlsec", str(IN_USE)))
        with Agent(device) as agent:
            device.put("first.ndi")
            wait_until(lambda: len(beacon.uploaded()) == 1)
            self.issuing.revoke(beacon.server)
            self.places.answers["ca.crl"] = self.crl()
            time.sleep(max(0, end - time.time()))
            beacon.stop()  # the connection that was judged when the CRL was good
            beacon.start()
            device.put("second.ndi")
            wait_until(lambda: "certificate revoked (23)" in agent.log(), seconds=90, what="the refusal")
        self.assertEqual(len(beacon.uploaded()), 1)


class Deltas(Revocation):
    def publish(self, pair, *options):
        """A complete CRL that names its delta, then the certificate is revoked, which only the delta tells."""
        config = self.issuing.config.read_text()
        number = int(pathlib.Path(self.issuing.folder / "crlnumber").read_text(), 16)
        encoded = number.to_bytes(number.bit_length() // 8 + 1, "big")
        self.issuing.config.write_text(config + DELTA.format(
            url=self.places.url("delta.crl"), number=(bytes([2, len(encoded)]) + encoded).hex()))
        try:
            self.places.answers["ca.crl"] = self.crl("-crlexts", "complete")
            self.issuing.revoke(pair)
            return self.crl("-crlexts", "delta", *options)
        finally:
            self.issuing.config.write_text(config)

    def test_what_a_delta_revokes_is_revoked(self):
        pair = self.pair(self.places.points(self.places.url("ca.crl")))
        self.places.answers["delta.crl"] = self.publish(pair)
        self.upload(self.device(self.beacon(pair)), 5, "certificate revoked (23)")

    def test_what_a_delta_revokes_stays_revoked_when_the_delta_has_ended(self):
        pair = self.pair(self.places.points(self.places.url("ca.crl")))
        self.places.answers["delta.crl"] = self.publish(pair, "-crlsec", "3")
        device = self.device(self.beacon(pair), CheckCertificateRevocation="BestEffort")
        self.upload(device, 5, "certificate revoked (23)")
        self.places.answers["delta.crl"] = None
        time.sleep(3)
        self.upload(device, 5, "certificate revoked (23)")

    def test_a_forged_delta_does_not_count(self):
        pair = self.pair(self.places.points(self.places.url("ca.crl")))
        forged = bytearray(self.publish(pair))
        forged[-10] ^= 1
        self.places.answers["delta.crl"] = bytes(forged)
        self.upload(self.device(self.beacon(pair)), 0)

    def test_without_its_delta_a_complete_crl_counts(self):
        pair = self.pair(self.places.points(self.places.url("ca.crl")))
        self.publish(pair)
        device = self.device(self.beacon(pair))
        self.upload(device, 0)
        self.upload(device, 0)
        self.assertEqual(self.asked("delta.crl"), 1)


class Ocsp(Revocation):
    def test_good_and_revoked(self):
        device, beacon = self.by_ocsp(ocsp_responder(self.issuing))
        self.upload(device, 0)
        self.upload(device, 0)
        self.assertEqual(self.places.asked, [("POST", "/ocsp")])
        self.assertEqual(len(list((device.ssl / "ocsp").glob("fetched-*.ocsp"))), 1)
        kept = device.folder / "kept"
        self.assertEqual(device.run("upload", device.file("b"), "-o", f"SSLOCSPPath={kept}").code, 0)
        self.assertEqual(len(list(kept.glob("fetched-*.ocsp"))), 1)
        self.assertEqual(self.asked("ocsp"), 2)
        device, beacon = self.by_ocsp(ocsp_responder(self.issuing), revoked=True)
        self.upload(device, 5, "certificate revoked (23)", self.places.url("ocsp"))
        self.assertEqual(beacon.requests(), [])

    def test_a_delegate_of_the_issuer_may_sign(self):
        delegate = self.issuing.issue("ocsp", "responder", "extendedKeyUsage=OCSPSigning\nnoCheck=ignored\n")
        device, _ = self.by_ocsp(ocsp_responder(self.issuing, delegate))
        self.upload(device, 0)

    def test_what_is_no_evidence_is_told_with_its_place(self):
        other = self.pki.client
        stranger = self.pki.stranger.issue("ocsp", "responder", "extendedKeyUsage=OCSPSigning\n")
        cases = {
            "signed by a certificate for something else": (ocsp_responder(self.issuing, other), "signed neither by"),
            "signed by a stranger": (ocsp_responder(self.issuing, stranger), "signed neither by"),
            "about an unknown certificate": (ocsp_responder(self.pki_of_nobody()), "it does not know the certificate"),
            "not OCSP": (b"<html>login</html>", "not an OCSP response"),
            "empty": (b"", "not an OCSP response"),
            "a refusal to answer": (b"\x30\x03\x0a\x01\x03", "trylater"),
            "absent": (None, "HTTP 404"),
            "endless": ((bytes(1 << 20) for _ in range(64)), "larger than 64 KiB"),
        }
        for name, (answer, words) in cases.items():
            with self.subTest(answer=name):
                device, beacon = self.by_ocsp(answer)
                self.upload(device, 5, "cannot find out", words, self.places.url("ocsp"))
                self.assertEqual(beacon.requests(), [])

    def pki_of_nobody(self):
        """The issuing CA with an empty database: it knows none of its certificates."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-nobody-", dir=self.pki.folder))
        (folder / "index.txt").touch()

        class Nobody:
            pass

        nobody = Nobody()
        nobody.folder, nobody.certificate, nobody.key = folder, self.issuing.certificate, self.issuing.key
        return nobody

    def test_a_stale_answer_is_none(self):
        pair = self.pair(self.places.responder())
        stale = openssl_reply_of_the_past(self.issuing, pair)
        self.places.answers["ocsp"] = stale
        self.upload(self.device(self.beacon(pair)), 5, "out of date", self.places.url("ocsp"))

    def test_a_responder_that_hangs_is_not_waited_for_longer_than_ten_seconds(self):
        device, _ = self.by_ocsp(hang)
        self.assertLess(self.upload(device, 5, self.places.url("ocsp")).seconds, 13)


class Order(Revocation):
    def both(self, revoked=False):
        self.places.answers["ca.crl"] = self.crl()
        self.places.answers["ocsp"] = ocsp_responder(self.issuing)
        return self.pair(self.places.points(self.places.url("ca.crl")) + self.places.responder(), revoked)

    def test_the_first_source_that_knows_decides_and_the_next_is_not_asked(self):
        pair = self.both()
        for order, asked in (("CRL,OCSP", (1, 0)), ("OCSP,CRL", (1, 1)), ("OCSP", (1, 2)), ("CRL", (2, 2))):
            with self.subTest(order=order):
                # The intermediate has a CRL and no responder.
                check = "BestEffort" if order == "OCSP" else "True"
                device = self.device(self.beacon(pair), PrioritizeRevocationChecks=order, CheckCertificateRevocation=check)
                self.upload(device, 0)
                self.assertEqual((self.asked("ca.crl"), self.asked("ocsp")), asked)

    def test_the_next_source_is_asked_where_the_first_does_not_know(self):
        pair = self.both()
        self.places.answers["ca.crl"] = None
        self.upload(self.device(self.beacon(pair)), 0)
        self.assertEqual((self.asked("ca.crl"), self.asked("ocsp")), (1, 1))

    def test_where_none_knows_all_are_named(self):
        pair = self.both()
        self.places.answers["ca.crl"] = self.places.answers["ocsp"] = None
        self.upload(self.device(self.beacon(pair)), 5, self.places.url("ca.crl"), self.places.url("ocsp"))

    def test_switched_off_nothing_is_asked(self):
        pair = self.both(revoked=True)
        self.upload(self.device(self.beacon(pair), CheckCertificateRevocation="False"), 0)
        self.assertEqual(self.places.asked, [])


class Staples(Revocation):
    def stapled(self, tls, revoked=False, about=None, signer=None, stale=False):
        pair = self.pair("", revoked)
        staple = pathlib.Path(pair.certificate).with_suffix(".ocsp")
        answer = ocsp_responder(self.issuing, signer)(request_about(about or pair, self.issuing))
        staple.write_bytes(openssl_reply_of_the_past(self.issuing, pair) if stale else answer)
        site = f"ssl_protocols {tls};\nssl_stapling on;\nssl_stapling_file {staple};\n"
        return self.device(self.beacon(pair, site=site), PrioritizeRevocationChecks="OCSPSTAPLING,CRL")

    def test_the_answer_that_the_server_brings_along_counts(self):
        for tls in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(tls=tls):
                self.upload(self.stapled(tls), 0)
                self.upload(self.stapled(tls, revoked=True), 5, "certificate revoked (23)")
                self.upload(self.stapled(tls, about=self.pki.client), 5, "stapled", "another certificate")
                self.upload(self.stapled(tls, signer=self.pki.client), 5, "stapled", "signed neither by")
                self.upload(self.stapled(tls, stale=True), 5, "stapled", "out of date")

    def test_a_server_that_staples_none_is_found_out_about_otherwise_or_refused(self):
        for tls in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(tls=tls):
                beacon = self.beacon(self.pair(""), site=f"ssl_protocols {tls};\n")
                device = self.device(beacon, PrioritizeRevocationChecks="OCSPSTAPLING,CRL")
                self.upload(device, 5, "stapled no OCSP answer")
                self.assertEqual(beacon.requests(), [])
                self.issuing.crl(device.ssl / "crls" / "issuing.pem")
                self.upload(device, 0)


class Speed(Revocation):
    def test_an_agent_fetches_once_for_many_files(self):
        device, beacon = self.by_crl(self.crl())
        for number in range(40):
            device.put(f"{number}.ndi", os.urandom(2000))
        self.assertEqual(device.run("upload").code, 0)
        self.assertEqual((len(beacon.uploaded()), self.asked("ca.crl")), (40, 1))


class Seen(Revocation):
    def test_doctor_tells_the_source_of_each_certificate(self):
        device, _ = self.by_crl(self.crl())
        run = device.run("doctor")
        self.assertEqual(run.code, 0, run)
        self.assertIn("✓ beacon1: revocation: CN=beacon-", run.out)
        self.assertIn("CN=Muster Test Issuing CA: not revoked, by CRL", run.out)

    def test_doctor_tells_what_could_not_be_found_out(self):
        device, _ = self.by_crl(None)
        run = device.run("doctor")
        self.assertEqual(run.code, 5, run)
        self.assertIn("✗ beacon1: server certificate", run.out)
        self.assertIn(self.places.url("ca.crl") + " does not help: HTTP 404", run.out)


def openssl_reply_of_the_past(authority, pair):
    """Made by a responder whose clock is a month behind."""
    with tempfile.TemporaryDirectory(prefix="muster-ocsp-") as folder:
        asked, reply = pathlib.Path(folder) / "request", pathlib.Path(folder) / "reply"
        asked.write_bytes(request_about(pair, authority))
        subprocess.run(["faketime", "-f", "-30d", "openssl", "ocsp", "-index", authority.folder / "index.txt", "-CA",
                        authority.certificate, "-rsigner", authority.certificate, "-rkey", authority.key, "-reqin", asked,
                        "-respout", reply, "-ndays", "1"], check=True, capture_output=True)
        return reply.read_bytes()


if __name__ == "__main__":
    unittest.main()
