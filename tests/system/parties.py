"""What the tests on a machine in namespaces have in common."""

import pathlib
import tempfile
import unittest

from machine import Machine, NoMachine
from support.beacon import Beacon, wait_until
from support.ca import shared_pki


class OnMachine(unittest.TestCase):
    """`machine` is the one of the class, or of the test."""

    patience = 60  # seconds: only something broken takes so long

    @staticmethod
    def machine_with(config):
        """Boots one; without it the tests are skipped."""
        try:
            return Machine(config).__enter__()
        except NoMachine as reason:
            raise unittest.SkipTest(str(reason)) from None

    def eventually(self, true, what):
        try:
            wait_until(true, self.patience, what)
        except TimeoutError as problem:
            self.fail(f"{problem}\n{self.context()}")

    def context(self):
        """For the message of a failure."""
        return self.machine.journal()

    def drop_in(self, unit, text):
        """More settings for a unit, until the test ends."""
        file = self.machine.path(f"/etc/systemd/system/{unit}.d/test.conf")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.addCleanup(self.machine.run, "systemctl", "daemon-reload")
        self.addCleanup(file.unlink)
        self.machine.do("systemctl", "daemon-reload")

    def probe_network(self, unit):
        """The unit tries to have a socket of the internet in the place of its own program."""
        self.drop_in(unit, "[Service]\nExecStart=\nExecStart=/usr/bin/python3 -c "
                           "'import socket; socket.socket(socket.AF_INET)'\n")
        self.addCleanup(self.machine.run, "systemctl", "reset-failed", unit)


class BesideBeacon(OnMachine):
    """A machine without Muster, and a beacon in another network namespace, whose deployment can be staged."""

    host = "elsewhere.example"  # of pki.server_elsewhere
    port = 8443

    @classmethod
    def setUpClass(cls):
        cls.machine = cls.machine_with(None)
        cls.addClassCleanup(cls.machine.__exit__)
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="muster-system-")))
        cls.machine.do("rm", "-f", "/usr/sbin/policy-rc.d")  # the machine's own copy: a server's installation starts it
        cls.pki = shared_pki()
        cls.beacon = cls.enterClassContext(
            Beacon(cls.pki, server=cls.pki.server_elsewhere, port=cls.port, address="192.0.2.1",
                   prefix=cls.enterClassContext(cls.machine.other_end(cls.host))))

    @classmethod
    def stage_deployment(cls):
        """What the package's installation takes over: preferences, CA, certificate and key."""
        answers = {"BOOTSTRAP_UPLOAD": f"https://{cls.host}:{cls.port}/ManageSoftRL",
                   "BOOTSTRAP_DOWNLOAD": f"https://{cls.host}:{cls.port}/ManageSoftDL",
                   "HTTPS_CHECKSERVERCERTIFICATE": "true", "HTTPS_CHECKCERTIFICATEREVOCATION": "false",
                   "HTTPS_ADDCLIENTCERTIFICATEANDKEY": "true"}
        cls.machine.stage("response", "".join(f"MGSFT_{name}={value}\n" for name, value in answers.items()).encode())
        cls.machine.stage("cert", cls.pki.root_and_issuing.read_bytes())
        cls.machine.stage("client_cert", cls.pki.client.certificate.read_bytes())
        cls.machine.stage("client_key", cls.pki.client.key.read_bytes())

    @classmethod
    def dpkg(cls, action, *words):
        return cls.machine.do("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", action, *words)

    @classmethod
    def install_deb(cls, content):
        cls.machine.path("/tmp/muster.deb").write_bytes(content)
        return cls.dpkg("--install", "/tmp/muster.deb")
