"""The built program as a service of Windows, under Wine's service manager."""

import unittest

from machine import CLIENT, Machine
from parties import WithPki
from support.beacon import Beacon, wait_until
from support.ca import openssl

PATIENCE = 40  # s
WRONG = 3      # the exit code of wrong preferences


class Service(WithPki):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls.pki.pfx(cls.pki.issue("client", CLIENT, subject="PC-0001"))

    def setUp(self):
        self.machine = self.entered(Machine(traces="+eventlog"))
        self.beacon = self.entered(Beacon(self.pki))
        self.machine.trust(self.pki.root)
        self.machine.enrol(self.client, "one")
        self.machine.use(self.beacon)

    def service(self, word, code=0):
        done = self.machine.run("service", word)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def start(self):
        self.service("install")
        self.service("start")

    def control(self, code):
        return self.machine.program("muster_store_tool", "control", code).returncode

    def log(self):
        file = self.machine.data / "log/muster.log"
        return file.read_text() if file.exists() else ""

    def events(self):
        return self.machine.traces()

    def await_upload(self, name):
        wait_until(lambda: f"Inventories/{name}" in self.beacon.uploaded(), PATIENCE, f"the upload of {name}")

    def test_a_file_in_the_spool_is_uploaded_by_the_service_until_it_is_stopped(self):
        self.assertIn("installed the service", self.service("install").stdout)
        self.assertIn("have been renewed", self.service("install").stdout)
        for folder in ("uploads", "state", "log"):
            self.assertTrue((self.machine.data / folder).is_dir(), folder)

        self.service("start")
        spool = self.machine.data / "uploads/Inventories"
        spool.mkdir(exist_ok=True)
        (spool / "Prüfung.ndi").write_text("one")
        self.await_upload("Prüfung.ndi")
        wait_until(lambda: not list(spool.iterdir()), PATIENCE, "the removal of what was delivered")
        self.assertIn("PC-0001", self.machine.run("status", "--json").stdout + self.log())

        self.service("stop")
        self.assertIn("stopped", self.log())
        (spool / "two.ndi").write_text("two")
        self.service("start")
        self.await_upload("two.ndi")

        self.service("uninstall")  # while it runs
        self.assertIn("run: muster service install", self.service("start", code=1).stderr)
        self.assertEqual(self.control(128), 1)
        self.service("uninstall")

    def test_existing_folders_of_the_service_are_closed_to_other_accounts(self):
        spool = self.machine.data / "uploads/Inventories"
        spool.mkdir(parents=True)
        (spool / "old.ndi").write_text("old")
        for path in (self.machine.data / "uploads", spool, spool / "old.ndi"):
            path.chmod(0o777)
        self.service("install")
        for path in (spool, spool / "old.ndi", self.machine.data / "state", self.machine.data / "log"):
            self.assertEqual(path.stat().st_mode & 0o007, 0, path)  # what Wine makes of an access list

    def test_a_parameter_change_is_a_reload_and_a_pause_is_refused(self):
        self.start()
        self.assertNotEqual(self.control(2), 0)  # pause
        other = self.entered(Beacon(self.pki))
        self.machine.use(other)
        self.assertEqual(self.control(6), 0)  # parameter change
        wait_until(lambda: "configuration reloaded" in self.log(), PATIENCE, "the reload")
        (self.machine.data / "uploads/Inventories").mkdir(exist_ok=True)
        (self.machine.data / "uploads/Inventories/one.ndi").write_text("one")
        wait_until(lambda: "Inventories/one.ndi" in other.uploaded(), PATIENCE, "the upload to the other beacon")

        self.machine.set_unchecked("NetworkTimeout", "soon")
        self.control(6)
        wait_until(lambda: "NetworkTimeout" in self.log(), PATIENCE, "the refusal of the wrong preference")
        self.assertIn("keeping the previous configuration", self.log())

    def test_wrong_preferences_that_are_repaired_are_read_at_once(self):
        self.start()
        self.machine.set_unchecked("NetworkTimeout", "soon")
        self.assertEqual(self.control(6), 0)
        wait_until(lambda: "keeping the previous configuration" in self.log(), PATIENCE, "the refusal")
        self.machine.set_unchecked("NetworkTimeout", "17")
        wait_until(lambda: "configuration reloaded" in self.log(), PATIENCE, "the reload without a parameter change")

    def test_a_renewed_certificate_is_shown_by_the_running_service_at_once(self):
        self.start()
        spool = self.machine.data / "uploads/Inventories"
        spool.mkdir(exist_ok=True)
        (spool / "one.ndi").write_text("one")
        self.await_upload("one.ndi")

        renewed = self.pki.issue("renewed", CLIENT, days=500, subject="PC-0001")
        self.machine.enrol(self.pki.pfx(renewed), "two")
        wait_until(lambda: "certificate, key or trusted CAs have changed" in self.log(), PATIENCE, "the new certificate")
        (spool / "two.ndi").write_text("two")
        self.await_upload("two.ndi")
        serial = openssl("x509", "-in", renewed.certificate, "-noout", "-serial").strip().partition("=")[2]
        self.assertIn(f"serial={serial} ", self.beacon.puts()[-1])

    def test_what_was_in_the_spool_of_a_killed_service_is_uploaded_after_its_start(self):
        self.start()
        self.machine.wine("taskkill", "/F", "/IM", "muster.exe")
        spool = self.machine.data / "uploads/Inventories"
        spool.mkdir(exist_ok=True)
        (spool / "one.ndi").write_text("one")
        self.service("start")
        self.await_upload("one.ndi")

    def test_start_stop_and_wrong_preferences_are_events_and_the_rest_is_logged(self):
        self.start()
        self.service("stop")
        self.assertIn("muster 0.1.0 started", self.events())
        self.assertIn("muster 0.1.0 stopped", self.events())

        self.machine.set_unchecked("NetworkTimeout", "soon")
        self.assertIn(f"exit code {WRONG}", self.service("start", code=1).stderr)
        self.assertIn("NetworkTimeout", self.events())
        self.assertEqual(self.machine.tool("message", "0xC0000003", self.machine.windows_path(self.machine.program_file)),
                         "The configuration is wrong: words")


if __name__ == "__main__":
    unittest.main()
