"""The built program for Windows, under Wine, at real beacons: what it trusts and what it shows."""

import http.server
import json
import threading
import unittest

from machine import CLIENT, COMMON, SERVER, Machine
from parties import WithPki
from support.beacon import Beacon
from support.releases import Maker, freshness, release, serve


class Beacons(WithPki):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls.pki.issue("client", CLIENT, subject="PC-0001")

    def setUp(self):
        self.machine = self.entered(Machine())
        self.file = self.machine.folder / "report.xml"
        self.file.write_text("<report/>")

    def beacon(self, **more):
        return self.entered(Beacon(self.pki, **more))

    def prepare(self, beacon, check="False", trusted=True):
        if trusted:
            self.machine.trust(self.pki.root)
        self.machine.use(beacon, check)

    def upload(self, code, words="", **more):
        done = self.machine.run("upload", "--type", "Inventories", self.machine.windows_path(self.file), **more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(words, done.stderr)
        return done

    def enrol(self, pair, container="one"):
        return self.machine.enrol(self.pki.pfx(pair), container)

    def test_without_a_certificate_nothing_is_sent(self):
        beacon = self.beacon()
        self.prepare(beacon)
        self.upload(4, "Local Computer > Personal")
        self.assertEqual(beacon.requests(), [])

    def test_a_beacon_of_an_unknown_ca_is_refused_before_the_request(self):
        beacon = self.beacon(server=self.pki.issue("rogue-server", SERVER.format("localhost", ""),
                                                   authority=self.pki.authority("rogue")))
        self.prepare(beacon)
        self.enrol(self.client)
        self.upload(5, "no CA that this machine trusts")
        self.assertEqual(beacon.requests(), [])

    def test_a_beacon_with_another_name_is_refused(self):
        beacon = self.beacon(server=self.pki.issue("elsewhere", SERVER.format("elsewhere.example", "")))
        self.prepare(beacon)
        self.enrol(self.client)
        self.upload(5, "is not for the host localhost")
        self.assertEqual(beacon.requests(), [])

    def test_a_revoked_beacon_is_refused_and_a_good_one_is_not(self):
        # In one server for the CRL; Wine keeps what it found out, so that each beacon is asked once.
        handler = http.server.SimpleHTTPRequestHandler
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), lambda *words: handler(*words, directory=str(self.pki.folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        place = f"crlDistributionPoints=URI:http://127.0.0.1:{server.server_address[1]}/root.crl\n"
        good = self.pki.issue("checked", SERVER.format("localhost", place))
        revoked = self.pki.issue("revoked", SERVER.format("localhost", place))
        self.pki.revoke(revoked)

        self.enrol(self.client)
        beacon = self.beacon(server=revoked)
        self.prepare(beacon, check="True")
        self.upload(5, "is revoked")
        self.assertEqual(beacon.requests(), [])

        self.prepare(self.beacon(server=good), check="True")
        self.upload(0)

    def test_a_beacon_of_which_nothing_is_known_is_refused_unless_best_effort_is_enough(self):
        place = "crlDistributionPoints=URI:http://127.0.0.1:1/root.crl\n"
        beacon = self.beacon(server=self.pki.issue("unknown", SERVER.format("localhost", place)))
        self.prepare(beacon, check="True")
        self.enrol(self.client)
        self.upload(5, "cannot find out whether the beacon's certificate is revoked")
        self.assertEqual(beacon.requests(), [])
        self.machine.set(COMMON, CheckCertificateRevocation="BestEffort")
        self.upload(0)

    def test_a_file_arrives_with_tls_1_2_and_1_3(self):
        priorities = self.machine.folder / "priorities"
        priorities.write_text("")  # Wine ends at TLS 1.2 without it
        self.enrol(self.client)
        for version in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(version):
                beacon = self.beacon(site=f"ssl_protocols {version};")
                self.prepare(beacon)
                self.upload(0, GNUTLS_SYSTEM_PRIORITY_FILE=str(priorities))
                self.assertIn("Inventories/report.xml", beacon.uploaded())

    def test_of_two_certificates_the_right_one_is_shown_and_a_renewed_one_follows(self):
        beacon = self.beacon()
        self.prepare(beacon)
        self.enrol(self.pki.issue("not-for-clients", SERVER.format("localhost", "")), "two")
        first = self.enrol(self.client)
        self.upload(0)
        renewed = self.enrol(self.pki.issue("renewed", CLIENT, days=500, subject="PC-0001"), "three")
        self.upload(0)

        shown = self.machine.run("cert", "show", "--all").stdout
        self.assertIn("it is not for client authentication", shown)
        self.assertLess(shown.index(renewed), shown.index(first))
        self.machine.set(COMMON, SSLClientCertificateThumbprint=first)
        shown = self.machine.run("cert", "show", "--all").stdout
        self.assertLess(shown.index(first), shown.index(renewed))

    def test_an_update_is_staged_and_verified_and_one_by_a_stranger_is_refused(self):
        beacon = self.beacon()
        self.prepare(beacon)
        self.enrol(self.client)
        maker = Maker(self.machine.folder)
        self.machine.set(COMMON, SoftwareUpdates="True", UpdateKeyFile=self.machine.windows_path(maker.public))

        package = b"a release" * 1000
        statement = release(package, 2, "windows-x86_64-msi", "muster-1.2.msi")
        serve(beacon, Maker(self.machine.folder, "stranger"), statement, freshness(statement), package)
        done = self.machine.run("update")
        self.assertEqual(done.returncode, 7, done.stdout + done.stderr)
        self.assertIn("unknown-key: ", done.stderr)

        serve(beacon, maker, statement, freshness(statement), package)
        done = self.machine.run("update")
        self.assertEqual(done.stdout.strip(), "release 2 (1.2) is staged and verified", done.stderr)
        status = json.loads(self.machine.run("status", "--json").stdout)["update"]
        self.assertEqual((status["staged"], status["number"]), (True, 2))

    def test_an_imported_pfx_is_in_the_store_and_used(self):
        self.prepare(self.beacon())
        self.machine.set(COMMON, AddClientCertificateAndKey="False")
        self.assertIn("CN=PC-0001", self.machine.import_pfx(self.pki.pfx(self.client)))
        self.assertIn("CN=PC-0001", self.machine.run("cert", "show", "--all").stdout)
        self.upload(0)


if __name__ == "__main__":
    unittest.main()
