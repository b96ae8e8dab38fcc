"""Automatic renewal with its units under a real systemd, from the agent's request to the upload with the new certificate.

The EST server and the beacon listen on the machine's own loopback."""

import pathlib
import shutil
import stat
import unittest

from machine import DATA, GROUP
from parties import OnMachine
from support.beacon import Beacon
from support.ca import openssl, shared_pki
from support.est import Est

EXAMPLES = pathlib.Path(__file__).parents[2] / "packaging" / "examples"
COMMAND = "/usr/local/lib/muster/renew"
PORT = 8443
CONFIG = rf"""[ManageSoft\Common]
AddClientCertificateAndKey=True
CheckCertificateRevocation=False
CertificateRenewCommand={COMMAND} URL simpleenroll

[ManageSoft\Common\UploadSettings\one]
Protocol=https
Host=localhost
Port={PORT}
Directory=ManageSoftRL

[ManageSoft\Common\DownloadSettings\one]
Protocol=https
Host=localhost
Port={PORT}
Directory=ManageSoftDL
"""


class Renewal(OnMachine):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()
        cls.machine = cls.machine_with(CONFIG)
        cls.addClassCleanup(cls.machine.__exit__)
        inside = ["nsenter", "--target", cls.machine.first, "--net", "--"]
        cls.beacon = cls.enterClassContext(Beacon(cls.pki, port=PORT, prefix=inside))
        cls.est = cls.enterClassContext(Est(cls.pki, machine=cls.machine.first))
        cls.machine.path("/etc/hosts").write_text("127.0.0.1 localhost\n")
        cls.machine.do("mkdir", "-p", "/etc/ssl")  # for the openssl command
        shutil.copy("/etc/ssl/openssl.cnf", cls.machine.path("/etc/ssl"))
        config = cls.path("etc/config.ini")
        config.write_text(config.read_text().replace("URL", cls.est.url))
        shutil.copy(cls.pki.root_and_issuing, cls.path("etc/ssl/cert.pem"))
        cls.key = cls.path("etc/ssl/client/private/client_key.pem")
        cls.certificate = cls.path("etc/ssl/client/client_cert.pem")

    @classmethod
    def path(cls, name):
        return cls.machine.path(f"{DATA}/{name}")

    def setUp(self):
        self.command((EXAMPLES / "renew-est").read_text())
        self.est.issued.clear()
        self.path("state/renew-record").unlink(missing_ok=True)
        self.path("state/renew-requested").unlink(missing_ok=True)
        for path, content in ((self.certificate, self.pki.client_ending.certificate), (self.key, self.pki.client_ending.key)):
            path.write_bytes(content.read_bytes())
            path.chmod(0o600)
        self.addCleanup(self.machine.run, "systemctl", "stop", "muster", "muster-renew.path", "muster-renew-install.path")

    def command(self, text):
        path = self.machine.path(COMMAND)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def serial(self):
        return openssl("x509", "-in", self.certificate, "-noout", "-serial").strip().partition("=")[2]

    def is_installed(self):
        record = self.path("state/renew-record")
        return record.exists() and record.read_text().endswith("\ninstalled\n")

    def problem_in_status(self, saying):
        """Exit code 1: it also expires soon."""
        code, said = self.machine.run("muster", "status")
        self.assertEqual(code, 1, said)
        self.assertIn(saying, said)

    def test_the_agent_asks_the_units_renew_and_the_agent_uploads_with_the_new_pair(self):
        renewals = lambda: self.machine.journal().count("client_cert.pem was renewed and is valid until")
        before, renewed = self.serial(), renewals()
        self.machine.do("systemctl", "start", "muster")
        self.eventually(lambda: renewals() > renewed, "the renewal")
        self.assertEqual(self.est.issued, ["device-ending"])
        self.assertNotEqual(self.serial(), before)

        facts = self.key.stat()
        self.assertEqual((facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)), (0, GROUP, 0o640))
        self.assertEqual([file.name for file in self.key.parent.iterdir()], ["client_key.pem"])
        self.assertFalse(self.path("state/renew").exists() or self.path("state/renew-answer").exists())

        file = self.path("uploads/Inventories/a.ndi")
        file.write_text("x")
        file.chmod(0o644)
        self.eventually(lambda: "Inventories/a.ndi" in self.beacon.uploaded(), "the upload")
        self.assertIn(f"serial={self.serial()}", self.beacon.puts()[-1])
        self.assertIn("renewal      from ", self.machine.do("muster", "status"))
        self.machine.do("muster", "doctor")

    def test_a_command_that_fails_is_named_by_agent_status_and_doctor_and_tried_again(self):
        self.command("#!/bin/sh\necho 'the CA is closed' >&2\nexit 7\n")
        before = self.certificate.read_bytes(), self.key.read_bytes()
        self.machine.do("systemctl", "start", "muster")
        words = f"CertificateRenewCommand: {COMMAND} ended with exit code 7: the CA is closed; see: journalctl -u muster-renew"
        self.eventually(lambda: f"the client certificate is not renewed: {words}" in self.machine.journal(), "the reason")
        self.problem_in_status(words)
        self.assertIn("the CA is closed", self.machine.run("muster", "doctor")[1])
        self.assertEqual((self.certificate.read_bytes(), self.key.read_bytes()), before)

        self.setUp()
        self.machine.do("systemctl", "start", "muster-renew")
        self.eventually(self.is_installed, "the installation")
        self.machine.do("muster", "doctor")

    def test_what_is_put_in_the_place_of_the_answer_is_not_followed_and_goes(self):
        self.machine.do("systemctl", "start", "muster-renew-install.path", "muster-renew-request.service")
        before = self.certificate.read_bytes(), self.key.read_bytes()
        answer = f"{DATA}/state/renew-answer"
        for words in (("ln", "-s", f"{DATA}/etc/config.ini", answer), ("mkdir", answer), ("mkfifo", answer)):
            with self.subTest(words[0]):
                self.machine.as_agent(*words)
                self.eventually(lambda: not self.machine.path(answer).is_symlink() and
                                not self.machine.path(answer).exists(), "the end of the answer")
                self.machine.run("systemctl", "reset-failed", "muster-renew-install.service")
        self.assertEqual((self.certificate.read_bytes(), self.key.read_bytes()), before)
        self.assertTrue(self.path("etc/config.ini").exists())
        self.assertEqual(self.machine.property("muster-renew-install.path", "ActiveState"), "active")

    def test_a_configuration_that_the_service_can_change_runs_nothing(self):
        config = self.path("etc/config.ini")
        self.addCleanup(config.chmod, stat.S_IMODE(config.stat().st_mode))
        self.command("#!/bin/sh\ntouch $HOME/ran\n")
        config.chmod(0o666)
        self.machine.do("systemctl", "start", "muster")
        words = "CertificateRenewCommand is not used: others than root can change"
        self.eventually(lambda: words in self.machine.journal(), "the reason")
        self.assertFalse(self.path("state/renew").exists())
        self.assertNotEqual(self.machine.run("systemctl", "start", "muster-renew")[0], 0)
        self.assertFalse(self.path("state/renewal/ran").exists())
        self.problem_in_status(words)

    def test_the_steps_of_root_have_no_way_to_the_network(self):
        for name in ("muster-renew-request.service", "muster-renew-install.service"):
            with self.subTest(name):
                self.probe_network(name)
                self.assertNotEqual(self.machine.run("systemctl", "start", name)[0], 0)
                self.assertIn("Address family not supported", self.machine.journal())


if __name__ == "__main__":
    unittest.main()
