"""Three traps that reuse of connections and resumption of sessions set: what is replaced on disk in the middle of a
run must count from the next transfer on, on TLS 1.2 and 1.3."""

import os
import shutil
import threading
import unittest

from support.beacon import Beacon, wait_until
from support.ca import Pki, shared_pki
from support.device import Device, replace
from support.relay import Relay

FILES = 30
VERSIONS = ("1.2", "1.3")


class Generations(unittest.TestCase):
    def upload_and_change(self, device, beacon, change):
        """Uploads many files in one run; once the third has arrived, `change` is called."""
        files = [device.file(f"f{number:02}") for number in range(FILES)]
        result = []
        thread = threading.Thread(target=lambda: result.append(device.run("upload", *files)))
        thread.start()
        wait_until(lambda: len(beacon.requests()) >= 3, what="the third upload")
        change()
        thread.join()
        return result[0]

    def each(self, pki, check):
        for tls in VERSIONS:
            with self.subTest(tls), Beacon(pki, site=f"ssl_protocols TLSv{tls};", resumption=True) as beacon:
                with Relay(beacon.port, 0.01) as relay, Device(pki, [relay.port]) as device:
                    check(beacon, device)

    def serials(self, beacon):
        return [line.split("serial=")[1].split()[0] for line in beacon.puts()]

    def test_a_replaced_certificate_is_shown_from_the_next_transfer_on(self):
        pki = shared_pki()
        old, new = pki.client.serial(), pki.client_other.serial()

        def change_of(device):
            def change():
                # The key first: in between the pair is broken, and the old one stays in use.
                replace(device.key, pki.client_other.key.read_bytes())
                replace(device.certificate, pki.client_other.certificate.read_bytes())
            return change

        def check(beacon, device):
            run = self.upload_and_change(device, beacon, change_of(device))
            self.assertEqual(run.code, 0, run)
            seen = self.serials(beacon)
            self.assertEqual(len(seen), FILES)
            self.assertEqual(seen, sorted(seen, key=[old, new].index))
            self.assertEqual({old, new}, set(seen))

        self.each(pki, check)

    def test_half_a_replacement_is_not_used_and_told_once(self):
        pki = shared_pki()

        def check(beacon, device):
            run = self.upload_and_change(
                device, beacon, lambda: replace(device.key, pki.client_other.key.read_bytes()))
            self.assertEqual(run.code, 0, run)
            self.assertEqual(set(self.serials(beacon)), {pki.client.serial()})
            self.assertEqual(len(run.lines()), 1, run)
            self.assertIn("does not belong to", run.err)

        self.each(pki, check)

    def test_a_server_that_is_revoked_meanwhile_gets_nothing_more(self):
        pki = Pki()
        self.addCleanup(pki.remove)
        before = pki.crls.read_bytes()
        pki.issuing.revoke(pki.server)
        pki.renew_crls()
        after = pki.crls.read_bytes()

        def check(beacon, device):
            replace(device.ssl / "crls" / "all.pem", before)
            run = self.upload_and_change(device, beacon, lambda: replace(device.ssl / "crls" / "all.pem", after))
            self.assertEqual(run.code, 9, run)
            self.assertIn("is revoked", run.err)
            self.assertLess(len(beacon.requests()), FILES)

        self.each(pki, check)

    def test_a_ca_that_is_taken_away_is_no_longer_trusted(self):
        pki = shared_pki()

        def check(beacon, device):
            run = self.upload_and_change(
                device, beacon, lambda: replace(device.ssl / "cert.pem", pki.stranger.certificate.read_bytes()))
            self.assertEqual(run.code, 9, run)
            self.assertIn("no CA that this machine trusts", run.err)
            self.assertLess(len(beacon.requests()), FILES)

        self.each(pki, check)

    def test_files_behind_switched_links_are_seen(self):
        pki = shared_pki()

        def check(beacon, device):
            private = device.key.parent
            for name, pair in (("v1", pki.client), ("v2", pki.client_other)):
                (private / name).mkdir()
                shutil.copy(pair.certificate, private / name / "cert.pem")
                shutil.copy(pair.key, private / name / "key.pem")
                (private / name / "key.pem").chmod(0o600)
            os.symlink("v1", private / "current")
            for path, name in ((device.certificate, "cert.pem"), (device.key, "key.pem")):
                path.unlink()
                path.symlink_to(private / "current" / name)

            def change():
                os.symlink("v2", private / "next")
                os.replace(private / "next", private / "current")

            run = self.upload_and_change(device, beacon, change)
            self.assertEqual((run.code, run.err), (0, ""), run)
            self.assertEqual(set(self.serials(beacon)), {pki.client.serial(), pki.client_other.serial()})

        self.each(pki, check)


if __name__ == "__main__":
    unittest.main()
