"""Automatic renewal over ACME: packaging/examples/renew-acme, with the real lego against the real pebble.

Not among the integration tests of each run, as their packages are large: scripts/soak runs it."""

import json
import os
import pathlib
import shutil
import subprocess
import unittest

from support.beacon import die_with_parent, free_port, wait_until
from support.ca import CLIENT, openssl
from support.running import OneDevice

EXAMPLES = pathlib.Path(__file__).parents[2] / "packaging" / "examples"
NAME = "device-1.example.test"


@unittest.skipUnless(shutil.which("pebble") and shutil.which("lego") and os.geteuid() == 0, "needs pebble, lego and root")
class Acme(OneDevice):
    def setUp(self):
        super().setUp()
        (self.device.data / "state").mkdir(exist_ok=True)
        self.device.deploy(self.pki.issuing.issue(f"acme-{os.urandom(4).hex()}", NAME, CLIENT + f"\nsubjectAltName=DNS:{NAME}"))
        ports = [free_port() for _ in range(4)]
        self.settings_of_pebble = {
            "listenAddress": f"127.0.0.1:{ports[0]}", "managementListenAddress": f"127.0.0.1:{ports[1]}",
            "certificate": str(self.pki.server.certificate), "privateKey": str(self.pki.server.key),
            "httpPort": ports[2], "tlsPort": ports[3], "ocspResponderURL": ""}
        config = self.device.file("pebble.json", json.dumps({"pebble": self.settings_of_pebble}).encode())
        self.log = (self.device.work / "pebble.log").open("wb")
        self.addCleanup(self.log.close)
        self.pebble = subprocess.Popen(["pebble", "-config", config], stdout=self.log, stderr=self.log, preexec_fn=die_with_parent,
                                       env={**os.environ, "PEBBLE_VA_ALWAYS_VALID": "1", "PEBBLE_VA_NOSLEEP": "1"})
        self.addCleanup(self.pebble.wait)
        self.addCleanup(self.pebble.kill)
        wait_until(lambda: b"ACME directory available" in pathlib.Path(self.log.name).read_bytes(), 10, "the start of pebble")
        self.device.preferences["CertificateRenewCommand"] = (
            f"{EXAMPLES / 'renew-acme'} https://127.0.0.1:{ports[0]}/dir admin@example.com --http --http.port :{ports[2]}")
        self.device.write_config()

    def step(self, name):
        run = self.device.run("-v", "renew", name, environment={"LEGO_CA_CERTIFICATES": str(self.pki.root.certificate)})
        self.assertEqual(run.code, 0, f"{run}\n{pathlib.Path(self.log.name).read_text()}")

    def test_two_renewals_with_one_account(self):
        for _ in range(2):
            key = self.device.key.read_bytes()
            for name in ("request", "run", "install"):
                self.step(name)
            self.assertNotEqual(self.device.key.read_bytes(), key)
            shown = openssl("x509", "-in", self.device.certificate, "-noout", "-issuer", "-ext", "subjectAltName,extendedKeyUsage")
            self.assertIn("Pebble", shown)
            self.assertIn(f"DNS:{NAME}", shown)
        accounts = list((self.device.data / "state" / "renewal" / "lego" / "accounts").glob("*/*/account.json"))
        self.assertEqual(len(accounts), 1)


if __name__ == "__main__":
    unittest.main()
