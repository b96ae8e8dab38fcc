"""The client certificate's whole life, with files as OpenSSL and people make them."""

import itertools
import os
import re
import shutil
import stat
import subprocess
import threading
import time
import unittest

from support.agent import Agent
from support.beacon import Beacon, wait_until
from support.ca import CLIENT, LONG_AGO, Authority, in_days, openssl, shared_pki
from support.certificates import PASSWORD, Certificates
from support.device import Device, replace
from support.disks import FullDisk, why_not


class Life(Certificates):
    def test_what_makers_write_is_imported_and_delivers(self):
        for options in ([], ["-legacy"], ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
                        ["-keypbe", "NONE", "-certpbe", "NONE"], ["-nomac"], ["-macalg", "sha512", "-iter", "200000"]):
            with self.subTest(options):
                shutil.rmtree(self.device.ssl / "client")
                self.good("import", self.pfx(*options), "--password-file", self.password)
                self.delivers()
                for path in (self.device.certificate, self.device.key):
                    self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o037, 0)
                self.assertTrue(self.device.certificate.read_text().startswith("-----BEGIN CERTIFICATE-----"))
                self.assertNotIn("Bag Attributes", self.device.key.read_text())
        preferences = self.device.config.read_text()
        self.assertTrue(preferences.startswith("; deployed by the tests"))
        self.assertIn("AddClientCertificateAndKey=True", preferences)

    def test_the_chain_may_be_left_out(self):
        self.good("import", self.pfx(), "--password-file", self.password, "--leaf-only")
        self.assertEqual(self.device.certificate.read_text().count("BEGIN"), 1)

    def test_a_wrong_import_changes_nothing(self):
        whole = self.pfx()
        self.good("import", whole, "--password-file", self.password)
        wrong = self.device.file("wrong", b"wrong\n")
        wrong.chmod(0o600)
        self.refused("import", whole, "--password-file", wrong, saying="the password for")
        self.refused("import", whole, saying="no terminal")
        half = self.device.file("half.pfx", whole.read_bytes()[:500])
        self.refused("import", half, "--password-file", self.password, saying="truncated")
        self.refused("import", self.pki.client.certificate, saying="is not a PKCS#12 (.pfx) file")
        self.refused("import", self.device.work, saying="folder")
        self.refused("import", self.device.file("large", bytes(10 << 20)), saying="large")
        self.refused("import", self.pfx(pair=self.pki.client_expired), "--password-file", self.password, saying="expired")
        self.delivers()

    def test_a_request_is_answered_and_used(self):
        request = self.device.work / "device.csr"
        self.good("request", "-O", request, "--subject", "CN=device-9,O=Example", "--dns", "device-9.example")
        self.assertIn("device-9.example", subprocess.run(["openssl", "req", "-in", request, "-noout", "-text", "-verify"],
                                                         capture_output=True, text=True, check=True).stdout)
        waiting = self.device.key.with_name("client_key.pem.requested")
        self.assertEqual(stat.S_IMODE(waiting.stat().st_mode) & 0o037, 0)
        self.refused("request", saying="earlier request")
        answer = self.device.work / "answer.pem"
        issuer = self.pki.issuing
        extensions = self.device.file("extensions", (CLIENT + "\n").encode())
        openssl("ca", "-batch", "-config", issuer.config, "-keyfile", issuer.key, "-cert", issuer.certificate, "-in",
                request, "-out", answer, "-notext", "-extfile", extensions, "-days", "40")
        answer.write_bytes(answer.read_bytes() + issuer.certificate.read_bytes())
        self.refused("install", self.pki.client.certificate, saying="does not belong to")
        self.good("install", answer)
        self.assertFalse(waiting.exists())
        self.delivers()
        self.assertIn("CN=device-9", self.good("show").out)

    def test_pem_files_are_installed_encrypted_or_not(self):
        encrypted = self.device.work / "encrypted.key"
        openssl("pkcs8", "-topk8", "-in", self.pki.client.key, "-out", encrypted, "-passout", f"pass:{PASSWORD}")
        self.good("install", self.pki.client.certificate, encrypted, "--password-file", self.password)
        self.delivers()
        self.refused("install", self.pki.client_other.certificate, self.pki.client.key, saying="does not belong to")

    def test_files_that_were_edited_on_windows(self):
        def with_crlf(name, path):
            copy = self.device.file(name, path.read_bytes().replace(b"\n", b"\r\n"))
            copy.chmod(0o600)
            return copy

        password = with_crlf("password.txt", self.password)
        self.assertTrue(password.read_bytes().endswith(b"\r\n"))
        self.good("import", self.pfx(), "--password-file", password)
        self.delivers()
        encrypted = self.device.work / "encrypted.key"
        openssl("pkcs8", "-topk8", "-in", self.pki.client.key, "-out", encrypted, "-passout", f"pass:{PASSWORD}")
        certificate = with_crlf("device.crt", self.pki.client.certificate)
        self.good("install", certificate, with_crlf("device.key", encrypted), "--password-file", password)
        for path in (self.device.certificate, self.device.key):
            self.assertNotIn(b"\r", path.read_bytes())
        self.delivers()

    def test_a_pfx_is_used_in_place(self):
        place = self.device.ssl / "client" / "client.pfx"
        shutil.copy(self.pfx(), place)
        place.chmod(0o600)
        self.device.preferences.update(AddClientCertificateAndKey="True", SSLClientCertificateFile=str(place),
                                       SSLClientPrivateKeyPasswordFile=str(self.password))
        self.device.write_config()
        self.delivers()
        place.chmod(0o644)
        run = self.device.run("upload", self.device.file("x"))
        self.assertEqual(run.code, 4, run)
        self.assertIn("it is accessible to other users", run.err)

    def test_files_for_another_machine_are_exported(self):
        folder = self.device.work / "out"
        self.good("export-unix", self.pfx(), "-O", folder, "--password-file", self.password)
        self.device.deploy(type("Pair", (), {"certificate": folder / "client_cert.pem", "key": folder / "client_key.pem"}))
        self.device.preferences["AddClientCertificateAndKey"] = "True"
        self.device.write_config()
        self.delivers()

    def test_check_names_every_reason_and_warns_before_the_end(self):
        self.device.preferences["AddClientCertificateAndKey"] = "True"
        self.device.write_config()
        self.device.deploy(self.pki.client_ending)
        run = self.device.run("cert", "check", "--json")
        self.assertEqual((run.code, run.json()["days_left"]), (1, 9), run)
        self.assertEqual(self.device.run("cert", "check", "-o", "CertificateWarningDays=5").code, 0)
        self.device.deploy(self.pki.client_expired)
        run = self.device.run("cert", "check")
        self.assertEqual(run.code, 4, run)
        self.assertIn("expired", run.err)
        shown = self.good("show", "--json").json()
        self.assertLess(shown["days_left"], 0)
        self.device.key.chmod(0o644)
        run = self.device.run("cert", "check")
        for reason in ("it is accessible to other users", "expired"):
            self.assertIn(reason, run.err)
        self.assertEqual(len(run.lines()), 2, run)
        self.device.deploy(self.pki.client_expired)
        self.device.key.write_bytes(self.pki.client.key.read_bytes())
        run = self.device.run("cert", "check")
        for reason in ("does not belong to", "expired"):
            self.assertIn(reason, run.err)
        self.device.certificate.unlink()
        self.assertEqual(self.device.run("cert", "show").code, 4)

    def test_check_names_an_issuer_that_expired_and_a_certificate_that_a_deployed_crl_lists(self):
        self.device.preferences["AddClientCertificateAndKey"] = "True"
        self.device.write_config()
        old = Authority(self.device.folder / "old", "Old Intermediate", self.pki.root, period=LONG_AGO)
        pair = old.issue("client", "device-old", CLIENT)
        pair.certificate.write_text(pair.certificate.read_text() + old.certificate.read_text())
        self.device.deploy(pair)
        run = self.device.run("cert", "check")
        self.assertEqual((run.code, len(run.lines())), (4, 1), run)
        self.assertIn("the issuer CN=Old Intermediate", run.err)
        self.device.deploy(self.pki.client_revoked)
        run = self.device.run("cert", "check")
        self.assertEqual((run.code, len(run.lines())), (4, 1), run)
        self.assertIn("CN=device-revoked is revoked by a deployed CRL", run.err)
        self.device.deploy(self.pki.client)
        self.assertEqual(self.device.run("cert", "check").code, 0)

    def test_what_comes_twice_and_the_root_are_left_out_of_the_chain(self):
        many = self.device.work / "many.pem"
        many.write_text(self.pki.client.certificate.read_text() * 2 + self.pki.root.certificate.read_text())
        run = self.good("install", many, self.pki.client.key)
        self.assertEqual(run.err, "")
        self.assertEqual(self.device.certificate.read_text(), self.pki.client.certificate.read_text())
        self.delivers()

    def test_a_certificate_without_any_name(self):
        certificate = self.device.work / "nameless.pem"
        openssl("req", "-new", "-x509", "-key", self.pki.client.key, "-subj", "/", "-days", "30", "-out", certificate,
                "-addext", "extendedKeyUsage=clientAuth", "-addext", "keyUsage=digitalSignature")
        self.assertIn("(no subject)", self.good("install", certificate, self.pki.client.key).out)
        self.assertIn("subject      (no subject)", self.good("show").out)
        run = self.device.run("upload", self.device.file("x"))
        self.assertEqual(run.code, 4, run)
        self.assertIn("(no subject)", run.err)

    @unittest.skipIf(why_not(), why_not())
    def test_a_full_disk_leaves_the_old_pair(self):
        with FullDisk() as disk:
            disk.folder.chmod(0o755)
            self.device.preferences.update(SSLClientCertificateFile=str(disk.folder / "cert.pem"),
                                           SSLClientPrivateKeyFile=str(disk.folder / "key.pem"))
            self.device.write_config()
            self.good("import", self.pfx(), "--password-file", self.password)
            pair = [(disk.folder / name).read_bytes() for name in ("cert.pem", "key.pem")]
            disk.fill()
            other = self.pfx(pair=self.pki.client_other)
            for words in (("import", other, "--password-file", self.password), ("request", "-O", self.device.work / "r")):
                run = self.device.run("cert", *words)
                self.assertEqual(run.code, 8, run)
                self.assertIn("make room", run.err)
            disk.free()
            self.assertEqual([(disk.folder / name).read_bytes() for name in ("cert.pem", "key.pem")], pair)
            self.assertEqual({path.name for path in disk.folder.iterdir()}, {"cert.pem", "key.pem"})
            self.delivers()

    def test_no_secret_is_spoken(self):
        pfx = self.pfx()
        for words in (("import", pfx, "--password-file", self.password), ("show",), ("check",),
                      ("import", self.device.file("half.pfx", pfx.read_bytes()[:700]), "--password-file", self.password)):
            for extra in (("-v", "-v"), ("--json", "-v", "-v")):
                run = self.device.run("cert", *words, *extra)
                self.assertNotIn("CANARY", run.out + run.err)
                self.assertNotIn("PRIVATE KEY", run.out + run.err)


class LastWeek(Certificates):
    def test_the_end_is_an_error_wherever_it_is_told(self):
        issuing = self.pki.issuing
        self.device.deploy(self.pki.with_chain(
            issuing.issue("client-last-week", "device-last", CLIENT, start=in_days(-80), end=in_days(6.5))))
        file = self.device.folder / "muster.prom"
        self.device.preferences.update(AddClientCertificateAndKey="True", MetricsFile=str(file))
        self.device.write_config()
        self.device.put("a")
        with Agent(self.device) as agent:
            wait_until(lambda: self.beacon.uploaded() and "expires in 6 days" in agent.log() and file.exists())
            [told] = [line for line in agent.log().splitlines() if "expires in 6 days" in line]
        self.assertNotIn("warning: ", told)
        ends = re.search(r"^muster_client_certificate_not_after_seconds (\d+)$", file.read_text(), re.MULTILINE)
        self.assertAlmostEqual(int(ends[1]), time.time() + 6.5 * 86400, delta=600)
        status = self.device.run("status", "--json").json()
        self.assertEqual((status["certificate_days"], len(status["problems"])), (6, 1))
        run = self.device.run("cert", "check")
        self.assertEqual(run.code, 1, run)
        self.assertIn("expires in 6 days", run.err)


AT_ONCE = 3
LARGE = 1 << 20


class Swaps(unittest.TestCase):
    """A certificate that is replaced again and again while the agent delivers."""

    WAYS = ("muster", "rename", "in place", "link", "double link", "pfx")

    def setUp(self):
        self.pki = shared_pki()
        self.pairs = [self.pki.client, self.pki.client_other]

    def lay_out(self, device, way):
        """The files as such deployments have them; the way to switch them to a pair."""
        client = device.ssl / "client"
        if way == "muster":
            def switch(pair, _):
                run = device.run("cert", "install", pair.certificate, pair.key)
                self.assertEqual(run.code, 0, run)
        elif way == "rename":
            def switch(pair, _):
                replace(device.certificate, pair.certificate.read_bytes())
                replace(device.key, pair.key.read_bytes())
        elif way == "in place":
            def switch(pair, _):
                device.key.write_bytes(b"")
                time.sleep(0.02)
                device.certificate.write_bytes(pair.certificate.read_bytes())
                device.key.write_bytes(pair.key.read_bytes())
        elif way == "pfx":
            place, made = client / "client.pfx", device.work / "made.pfx"

            def switch(pair, _):
                openssl("pkcs12", "-export", "-in", pair.certificate, "-inkey", pair.key, "-out", made, "-passout", "pass:")
                whole = made.read_bytes()
                place.write_bytes(whole[:len(whole) // 2])
                time.sleep(0.02)
                replace(place, whole)
            switch(self.pairs[0], 0)
            place.chmod(0o600)
            device.preferences["SSLClientCertificateFile"] = str(place)
            device.write_config()
        else:
            above = client / ("..data" if way == "double link" else "current")

            def switch(pair, number):
                folder = client / f"version-{number}"
                folder.mkdir(mode=0o700)
                shutil.copy(pair.certificate, folder / "cert.pem")
                shutil.copy(pair.key, folder / "key.pem")
                (folder / "key.pem").chmod(0o600)
                link = client / ".link"
                link.symlink_to(folder.name)
                os.replace(link, above)
            switch(self.pairs[0], 0)
            names = {"cert.pem": device.certificate, "key.pem": device.key}
            for name, path in names.items():
                path.unlink()
                if way == "double link":
                    path.symlink_to(f"{above}/{name}")
            if way == "link":
                device.preferences.update(SSLClientCertificateFile=str(above / "cert.pem"),
                                          SSLClientPrivateKeyFile=str(above / "key.pem"))
                device.write_config()
        return switch

    def test_no_transfer_fails_and_the_new_serial_is_seen(self):
        for way in self.WAYS:
            with self.subTest(way), Beacon(self.pki) as beacon, Device(self.pki, [beacon.port]) as device:
                device.preferences["MaxConcurrentTransfers"] = str(AT_ONCE)
                device.write_config()
                switch = self.lay_out(device, way)
                with Agent(device) as agent:
                    stop = threading.Event()
                    numbers = itertools.count()

                    def feed():
                        while not stop.is_set():
                            number = next(numbers)
                            device.put(f"f{number:05}", bytes(LARGE if number % 8 == 0 else 500))
                            time.sleep(0.01)

                    feeder = threading.Thread(target=feed)
                    feeder.start()
                    try:
                        for number in range(1, 11):
                            pair = self.pairs[number % 2]
                            switch(pair, number)
                            self.only_the_new_one_follows(beacon, pair.serial())
                    finally:
                        stop.set()
                        feeder.join()
                    wait_until(lambda: not device.waiting(), 20, "the rest")
                    self.assertNotIn("failed", agent.log())
                self.assertEqual(len(beacon.uploaded()), next(numbers))

    def only_the_new_one_follows(self, beacon, serial):
        """After the transfers that are on their way, and those whose answer nginx has not logged yet: every new session
        has the new certificate."""
        former = 2 * AT_ONCE
        before = len(beacon.puts())
        wait_until(lambda: serial in "".join(beacon.puts()[before + former:]), 10, "the new serial")
        after = [serial in line for line in beacon.puts()[before:]]
        self.assertLessEqual(after.count(False), former, after)


if __name__ == "__main__":
    unittest.main()
