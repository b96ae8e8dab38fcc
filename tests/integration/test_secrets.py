"""Secrets are planted wherever a deployment has them, everything that can go wrong is made to go wrong at the highest
log level, and none of them may be in any output, nor in any file that the program writes."""

import base64
import re
import unittest

from support.beacon import Beacon
from support.ca import openssl, shared_pki
from support.device import Device
from support.relay import SilentPort, dead_port

LOCATION_PASSWORD = "CANARY-location-password"
PROXY_PASSWORD = "CANARY-proxy-password"
KEY_PASSWORD = "CANARY-key-password"
TYPO_PASSWORD = "CANARY-mistyped-password"
URL_PASSWORD = "CANARY-url-password"


class Secrets(unittest.TestCase):
    def setUp(self):
        self.pki = shared_pki()
        self.beacon = Beacon(self.pki).start()
        self.addCleanup(self.beacon.__exit__)
        self.device = Device(self.pki, [self.location(self.beacon.port)])
        self.addCleanup(self.device.__exit__)
        self.file = self.device.file("x")
        self.pem_body = [line for line in self.device.key.read_text().splitlines() if "-----" not in line]

    @staticmethod
    def location(port, **more):
        return {"Port": port, "User": "agent", "Password": LOCATION_PASSWORD, **more}

    def spoken(self, text):
        """The planted secrets that are in a text, in any form that they may take."""
        found = [word for word in re.findall(r"CANARY-[a-z-]+", text)]
        for secret in (LOCATION_PASSWORD, PROXY_PASSWORD, KEY_PASSWORD):
            for form in (f"agent:{secret}", secret):
                encoded = base64.b64encode(form.encode()).decode().rstrip("=")
                found += [encoded] if encoded in text else []
        return found + [line for line in self.pem_body if line in text]

    def check(self, *words, device=None):
        for extra in (("-v", "-v"), ("--json", "-v", "-v"), ()):
            run = (device or self.device).run(*words, *extra, timeout=30)
            self.assertEqual(self.spoken(run.out + run.err), [], f"{words} {extra}\n{run}")

    def test_in_what_goes_well(self):
        self.beacon.put_download("policy.json", b"{}")
        for words in (("upload", self.file), ("download", "policy.json"), ("beacons",), ("config", "list"),
                      ("config", "check"), ("config", "get", "Password")):
            self.check(*words)

    def test_in_what_goes_wrong(self):
        with SilentPort() as silent:
            for port in (dead_port(), silent.port):
                with Device(self.pki, [self.location(port, Proxy=f"http://agent:{PROXY_PASSWORD}@127.0.0.1:1"),
                                       self.location(port)], NetworkTimeout="1") as device:
                    for words in (("upload", device.file("x")), ("download", "x"), ("beacons",), ("config", "list")):
                        self.check(*words, device=device)
        self.check("download", "missing")
        self.check("upload", "missing")

    def test_in_wrong_preferences(self):
        ini = self.device.config
        text = ini.read_text()
        for wrong in (f"Pasword={TYPO_PASSWORD}\n", f"Proxy=http://u:{PROXY_PASSWORD}@[bad:3128\n",
                      f"Proxy=ftp://u:{PROXY_PASSWORD}@proxy:1\n", f"Host=agent:{URL_PASSWORD}@localhost\n",
                      f"Password={LOCATION_PASSWORD}\nPassword={TYPO_PASSWORD}\n"):
            ini.write_text(text + wrong)
            for words in (("upload", self.file), ("config", "check"), ("config", "list"), ("beacons",)):
                self.check(*words)

    def test_in_trouble_with_the_key(self):
        key = self.device.key.read_bytes()
        openssl("pkcs8", "-topk8", "-in", self.pki.client.key, "-out", self.device.key, "-passout",
                f"pass:{KEY_PASSWORD}-other")
        password = self.device.file("password", KEY_PASSWORD.encode())
        password.chmod(0o600)
        self.check("upload", self.file, "-o", f"SSLClientPrivateKeyPasswordFile={password}")
        for broken in (key[:150], key.replace(b"\n", b""), key + key[:150], self.device.certificate.read_bytes() + key):
            self.device.key.write_bytes(broken)
            self.check("upload", self.file)
        self.device.key.write_bytes(key)
        self.check("upload", self.file, "-o", f"SSLClientCertificateFile={self.device.key}")
        self.check("upload", self.file, "-o", f"SSLCACertificateFile={self.device.key}")

    def test_in_files_that_are_written(self):
        self.beacon.put_download("policy.json", b"{}")
        self.check("download", "policy.json")
        self.check("upload", self.file)
        written = [path for path in self.device.folder.rglob("*") if path.is_file()]
        kept = {self.device.config, self.device.key}
        for path in written:
            if path not in kept:
                self.assertEqual(self.spoken(path.read_text(errors="replace")), [], path)


if __name__ == "__main__":
    unittest.main()
