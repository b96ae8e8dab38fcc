"""muster doctor: the first thing that is wrong is named with its remedy, what is right before it is told, and what was
not seen is not called good."""

import os
import time
import unittest

from support.beacon import Beacon
from support.ca import CLIENT, LONG_AGO, SERVER, Authority
from support.relay import dead_port
from support.running import OneBeacon
from support.servers import Apache


class Doctor(OneBeacon):
    def examined(self, device, code, *words):
        """{(beacon, step): [(result, message)]}, after the exit code and the last line were judged."""
        run = device.run("doctor", "--json", *words)
        self.assertEqual((run.code, len(run.lines())), (code, 1 if code else 0), run)
        rows = run.json()
        first = next((row for row in rows if row["result"] == "bad"), None)
        self.assertEqual(first["code"] if first else 0, code)
        found = {}
        for row in rows:
            self.assertEqual(set(row), {"step", "beacon", "result", "message", "code", "remedy"})
            self.assertEqual(row["remedy"] is not None, row["result"] == "bad")
            found.setdefault((row["beacon"], row["step"]), []).append((row["result"], row["message"]))
        return found

    def first_wrong(self, device, code, step, *fragments):
        """The mark, the place and the words of the first fault; and the same words with a remedy at the end."""
        run = device.run("doctor")
        self.assertEqual(run.code, code, run)
        wrong = [line for line in run.out.splitlines() if line.startswith("✗")]
        self.assertTrue(wrong and wrong[0].startswith(f"✗ {step}: "), run)
        self.assertEqual(len(run.lines()), 1, run)
        message = wrong[0].removeprefix(f"✗ {step}: ")
        self.assertTrue(run.err.startswith(f"muster: {message}; "), run)
        for fragment in fragments:
            self.assertIn(fragment, run.err)
        return run


class Here(Doctor):
    def test_a_file_in_the_place_of_a_folder(self):
        for name in ("state", "uploads"):
            with self.subTest(name):
                device = self.device()
                (device.data / name).write_text("")
                self.first_wrong(device, 8, name, "is not a folder", "move it away")

    def test_a_section_that_shows_no_certificate_in_downloads_alone(self):
        device = self.device()
        device.config.write_text(device.config.read_text() +
                                 "[ManageSoft\\Launcher\\CurrentVersion]\nAddClientCertificateAndKey=False\n")
        run = self.first_wrong(device, 4, "beacon1: client certificate", "requires a client certificate")
        self.assertIn("in downloads: no client certificate is sent", run.out)
        device.config.write_text(device.config.read_text().replace("AddClientCertificateAndKey=False",
                                                                   f"SSLCACertificateFile={device.key}"))
        self.first_wrong(device, 5, "trust", "in downloads: ")

    def test_a_clock_that_is_behind(self):
        device = self.device()
        later = time.time() + 30 * 86400
        os.utime(device.config, (later, later))
        self.first_wrong(device, 1, "clock", "this machine's clock says", "config.ini was written", "set the clock")


class Several(Doctor):
    def test_one_dead_beacon_of_three_is_the_fault_and_the_others_work(self):
        device = self.device(self.beacon.port, dead_port(), {"Port": self.beacon.port, "Host": "127.0.0.1"})
        run = self.first_wrong(device, 6, "beacon2: connect", "the beacon refuses connections")
        self.assertEqual(run.out.splitlines()[-1], "2 of 3 beacons work: 'beacon1', 'beacon3'")

    def test_one_of_two_and_none(self):
        run = self.device(self.beacon.port, dead_port()).run("doctor")
        self.assertEqual(run.out.splitlines()[-1], "1 of 2 beacons works: 'beacon1'")
        run = self.device(dead_port(), dead_port()).run("doctor")
        self.assertEqual(run.out.splitlines()[-1], "None of 2 beacons works.")


class Right(Doctor):
    def test_a_healthy_device_has_nothing_wrong_and_is_not_changed(self):
        device = self.device()
        before = sorted(device.folder.rglob("*"))
        found = self.examined(device, 0)
        for step in ("connect", "chain", "tls", "server certificate", "clock", "client certificate", "answer"):
            self.assertEqual(found["beacon1", step][0][0], "good", step)
        self.assertIn("CN=Muster Test Issuing CA", found["beacon1", "chain"][0][1])
        self.assertRegex(found["beacon1", "tls"][0][1], r"TLSv1\.[23], \w+")
        self.assertIn("CN=Muster Test Root; sent ours", found["beacon1", "client certificate"][0][1])
        self.assertEqual(sorted(device.folder.rglob("*")), before)

    def test_it_ends_with_one_sentence(self):
        run = self.device().run("doctor")
        self.assertEqual((run.code, run.err, run.out.splitlines()[-1]), (0, "", "No problems found."), run)

    def test_the_same_host_is_examined_once_for_both_directions(self):
        found = self.examined(self.device(), 0)
        self.assertEqual(len(found["beacon1", "tls"]), 1)
        self.assertEqual(len(found["beacon1", "answer"]), 2)

    def test_an_upload_is_made_only_where_it_is_asked_for(self):
        device = self.device()
        self.assertNotIn(("beacon1", "upload"), self.examined(device, 0))
        self.assertEqual([name for name in self.beacon.uploaded() if name.startswith("Diagnostics/")], [])
        found = self.examined(device, 0, "--probe-upload")
        self.assertIn("HTTP 201", found["beacon1", "upload"][0][1])
        self.assertEqual(len([name for name in self.beacon.uploaded() if name.startswith("Diagnostics/")]), 1)

    def test_without_utf_8_the_marks_are_words(self):
        run = self.device().run("doctor", environment={"LC_ALL": "C"})
        self.assertTrue(run.out.startswith("ok  preferences"), run)
        self.assertTrue(run.out.isascii())


class Wrong(Doctor):
    def test_a_broken_configuration(self):
        device = self.device()
        device.config.write_text("[broken\n")
        self.first_wrong(device, 3, "preferences", "config.ini:1", "']'")

    def test_no_location(self):
        device = self.device()
        device.locations = []
        device.write_config()
        self.first_wrong(device, 3, "locations", "UploadSettings")

    def test_a_mistyped_name_is_shown_and_is_no_failure(self):
        found = self.examined(self.device(NetworkTimout="3"), 0)
        self.assertEqual(found[None, "preferences"][-1][0], "unseen")
        self.assertIn("Did you mean 'NetworkTimeout'", found[None, "preferences"][-1][1])

    def test_a_key_that_others_may_read_and_what_else_can_be_seen(self):
        device = self.device()
        device.key.chmod(0o644)
        self.first_wrong(device, 4, "identity", "mode 0644", "chmod 0600")
        found = self.examined(device, 4)
        self.assertEqual(found["beacon1", "server certificate"][0][0], "good")
        self.assertEqual(found["beacon1", "answer"], [("unseen", "not asked, as the client certificate is broken")])

    def test_a_certificate_that_a_deployed_crl_lists(self):
        self.first_wrong(self.device(client=self.pki.client_revoked), 4, "identity", "revoked by a deployed CRL",
                         "have a new one issued")

    def test_an_issuer_that_expired_may_be_known_otherwise(self):
        old = Authority(self.pki.folder / "old", "Old Intermediate", self.pki.root, period=LONG_AGO)
        pair = old.issue("client", "device-old", CLIENT)
        pair.certificate.write_text(pair.certificate.read_text() + old.certificate.read_text())
        found = self.examined(self.device(client=pair), 4)
        self.assertEqual([result for result, _ in found[None, "identity"]], ["good", "unseen"])
        self.assertIn("CN=Old Intermediate is only valid from 2020-01-01", found[None, "identity"][1][1])
        self.assertEqual(found["beacon1", "client certificate"][0][0], "bad")

    def test_with_a_broken_certificate_no_request_is_sent(self):
        before = len(self.beacon.requests())
        self.first_wrong(self.device(client=self.pki.client_expired), 4, "identity", "expired on 2020-02-01")
        self.assertEqual(len(self.beacon.requests()), before)

    def test_no_trust(self):
        device = self.device()
        (device.ssl / "cert.pem").write_text("nothing")
        before = len(self.beacon.requests())
        run = self.first_wrong(device, 5, "trust", "cert.pem")
        self.assertIn("✓ beacon1: connect: ", run.out)
        self.assertIn("– beacon1: tls: not tried", run.out)
        self.assertEqual(len(self.beacon.requests()), before)
        device.locations[0]["Port"] = dead_port()
        device.write_config()
        self.assertIn("✗ beacon1: connect: ", device.run("doctor").out)

    def test_no_trust_and_no_tls(self):
        with Beacon(self.pki, plain=True) as plain:
            device = self.device({"Port": plain.port, "Protocol": "http"})
            (device.ssl / "cert.pem").write_text("nothing")
            found = self.examined(device, 5)
            self.assertEqual(plain.requests(), [])
        self.assertEqual([step for beacon, step in found if beacon], ["name", "connect", "tls", "answer"])
        self.assertIn("not encrypted: Protocol is http", found["beacon1", "tls"][0][1])
        self.assertEqual(found["beacon1", "answer"], [("unseen", "not asked, as there is no trusted CA certificate")])

    def test_a_beacon_that_is_not_there_beside_one_that_is(self):
        found = self.examined(self.device(dead_port(), self.beacon.port), 6)
        self.assertIn("errno 111", found["beacon1", "connect"][0][1])
        self.assertEqual(found["beacon2", "answer"][0][0], "good")
        self.assertEqual(len(found["beacon1", "connect"]), 1)

    def test_a_name_that_does_not_resolve(self):
        device = self.device({"Port": 443, "Host": "nowhere.invalid"})
        self.first_wrong(device, 6, "beacon1: name", "nowhere.invalid", "DNS")

    def test_a_server_of_an_unknown_ca(self):
        with Beacon(self.pki, server=self.pki.server_stranger) as beacon:
            self.first_wrong(self.device(beacon.port), 5, "beacon1: server certificate")

    def test_a_server_of_another_name(self):
        other = self.pki.issuing.issue("server-other", "other", SERVER + "subjectAltName=DNS:elsewhere.test\n")
        with Beacon(self.pki, server=self.pki.with_chain(other)) as beacon:
            run = self.first_wrong(self.device(beacon.port), 5, "beacon1: server certificate", "elsewhere.test")
            self.assertIn("✓ beacon1: chain: CN=other", run.out)

    def test_a_certificate_that_the_beacon_refuses(self):
        self.first_wrong(self.device(client=self.pki.client_stranger), 4, "beacon1: client certificate",
                         "refused our client certificate", "CN=Muster Test Root")

    def test_none_shown_where_one_is_demanded(self):
        self.first_wrong(self.device(AddClientCertificateAndKey="False"), 4, "beacon1: client certificate",
                         "AddClientCertificateAndKey=True")

    def test_clocks_that_differ_are_told_before_the_certificate_they_make_invalid(self):
        with Beacon(self.pki, ahead="+400d") as beacon:
            self.first_wrong(self.device(beacon.port), 1, "beacon1: clock", "set the clock that is wrong")

    def test_plain_http_to_a_port_that_speaks_https(self):
        device = self.device({"Port": self.beacon.port, "Protocol": "http"})
        self.first_wrong(device, 7, "beacon1: answer", "HTTP 400", "set Protocol of location 'beacon1' to https")

    def test_an_upload_that_is_refused(self):
        with Beacon(self.pki, site="client_max_body_size 1;\n") as beacon:
            found = self.examined(self.device(beacon.port), 0)
            found = self.examined(self.device(beacon.port), 7, "--probe-upload")
            self.assertIn("HTTP 413", found["beacon1", "upload"][0][1])


class Unseen(Doctor):
    def client_certificate(self, beacon):
        return self.examined(self.device(beacon.port), 0)["beacon1", "client certificate"]

    def test_a_beacon_that_asks_late_is_not_called_wrong(self):
        for tls in ("1.2", "1.3"):
            with self.subTest(tls=tls), Apache(self.pki, tls=tls, late=True) as apache:
                self.assertEqual(self.client_certificate(apache)[0][0], "good")

    def test_a_beacon_that_asks_for_certificates_of_others_and_takes_ours(self):
        with Apache(self.pki, more=f"SSLCADNRequestFile {self.pki.stranger.certificate}\n") as apache:
            [(result, message)] = self.client_certificate(apache)
        self.assertEqual(result, "unseen")
        self.assertIn("Stranger Root", message)
        self.assertIn("CN=Muster Test Issuing CA", message)


if __name__ == "__main__":
    unittest.main()
