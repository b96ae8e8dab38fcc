"""Secrets are planted wherever a deployment has them, everything that can go wrong is made to go wrong at the highest
log level, and none of them may be in any output, nor in any file that the program writes."""

import base64
import re
import signal
import unittest

from support.agent import Agent
from support.beacon import Beacon, wait_until
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
        self.pem_body = set()
        self.know_key(self.device.key)

    def know_key(self, path):
        """From now on no line of that key may be anywhere either."""
        self.pem_body |= {line for line in path.read_text().splitlines() if "-----" not in line}

    @staticmethod
    def location(port, **more):
        return {"Port": port, "User": "agent", "Password": LOCATION_PASSWORD, **more}

    def spoken(self, text):
        """The planted secrets that are in a text, in any form that they may take."""
        found = [word for word in re.findall(r"CANARY-[a-z-]+", text)]
        for secret in (LOCATION_PASSWORD, PROXY_PASSWORD, KEY_PASSWORD, URL_PASSWORD):
            for form in (f"agent:{secret}", secret):
                encoded = base64.b64encode(form.encode()).decode().rstrip("=")
                found += [encoded] if encoded in text else []
        return found + [line for line in self.pem_body if line in text]

    def check(self, *words, device=None):
        for extra in (("-v", "-v"), ("--json", "-v", "-v")):
            run = (device or self.device).run(*words, *extra, timeout=30)
            self.assertEqual(self.spoken(run.out + run.err), [], f"{words} {extra}\n{run}")

    def check_files(self, *deployed, device=None):
        """All below the data directory and the working one but the files in which the secrets were deployed."""
        device = device or self.device
        for path in device.folder.rglob("*"):
            if path.is_file() and path not in {device.config, device.key, *deployed}:
                self.assertEqual(self.spoken(path.read_text(errors="replace")), [], path)

    def test_in_what_goes_well(self):
        self.beacon.put_download("policy.json", b"{}")
        for words in (("upload", self.file), ("upload",), ("download", "policy.json"), ("beacons", "--fresh"),
                      ("config", "list"), ("config", "check"), ("config", "get", "Password"), ("doctor",), ("status",),
                      ("cert", "show", "--all"), ("cert", "check"), ("adopt",)):
            self.device.put("waiting")
            self.check(*words)
        self.check_files()

    def test_in_what_goes_wrong(self):
        proxy = f"http://agent:{PROXY_PASSWORD}@127.0.0.1:1"
        port = dead_port()
        with Device(self.pki, [self.location(port, Proxy=proxy), self.location(port)], NetworkRetries="0") as device:
            device.put("waiting")
            for words in (("upload", device.file("x")), ("upload",), ("download", "x"), ("beacons",), ("config", "list"),
                          ("doctor",), ("status",)):
                self.check(*words, device=device)
            self.check_files(device=device)
        with SilentPort() as silent, Device(self.pki, [self.location(silent.port)], NetworkTimeout="1") as device:
            self.check("upload", device.file("x"), device=device)
        self.check("download", "missing")
        self.check("upload", "missing")

    def test_in_wrong_preferences(self):
        ini = self.device.config
        text = ini.read_text()
        for wrong in (f"Pasword={TYPO_PASSWORD}\n", f"Host=agent:{URL_PASSWORD}@localhost\n",
                      f"Password={LOCATION_PASSWORD}\nPassword={TYPO_PASSWORD}\n", f"Password {TYPO_PASSWORD}\n",
                      f"SSLClientPrivateKeyPasswordFile={TYPO_PASSWORD}\n"):
            ini.write_text(text + wrong)
            for words in (("upload", self.file), ("config", "check"), ("config", "list"), ("beacons",), ("doctor",)):
                self.check(*words)
        ini.write_text(text)
        for wrong in (f"Password {TYPO_PASSWORD}", f"Password:{TYPO_PASSWORD}", f"Passwrd={TYPO_PASSWORD}",
                      f"Password {TYPO_PASSWORD}=x", f"SSLClientPrivateKeyPasswordFile={TYPO_PASSWORD}",
                      f"SSLClientPrivateKeyFile=pkcs11:object=a?pin-value={TYPO_PASSWORD}",
                      f"https_proxy=http://u:{TYPO_PASSWORD}$(unknown)@proxy"):
            self.check("config", "check", "-o", wrong)
            self.check("upload", self.file, "-o", wrong)

    def test_in_proxies_that_nobody_can_parse(self):
        secret = PROXY_PASSWORD
        for proxy in (f"http://u:{secret}@127.0.0.1:notaport", f"http://u:{secret}@127.0.0.1:1:2",
                      f"u:{secret}@127.0.0.1:1:2", f"http://u:{secret}/x@127.0.0.1:1", f"http://u:{secret}?@127.0.0.1:1",
                      f"http://u:{secret}#@127.0.0.1:1", f"http://u:{secret}@x@127.0.0.1:1", f"http://u:{secret}@[bad:3128",
                      f"ftp://u:{secret}@proxy:1", f"http://u:{secret} x@proxy:1"):
            location = {"Port": self.beacon.port, "Proxy": proxy}
            with self.subTest(proxy), Device(self.pki, [location], NetworkRetries="0") as device:
                device.put("waiting")
                self.assertEqual(device.run("upload", device.file("x")).code, 3)
                self.assertEqual(device.run("config", "check").code, 3)
                for words in (("upload",), ("config", "list"), ("beacons",), ("doctor",), ("status",)):
                    run = device.run(*words, "-v", "-v", "--json")
                    self.assertEqual(self.spoken(run.out + run.err), [], run)
                self.check_files(device=device)

    def test_in_changes_of_preferences(self):
        section = r"ManageSoft\Common\UploadSettings\beacon1"
        for value in (f"http://u:{PROXY_PASSWORD}@proxy:3128", f"http://u:{PROXY_PASSWORD}@proxy:x"):
            self.check("config", "set", rf"{section}\Proxy", value)
        self.check("config", "set", rf"{section}\Password", LOCATION_PASSWORD)
        self.check("config", "set", "Password", LOCATION_PASSWORD)
        fragment = self.device.file("fragment.ini")
        for line in (f"Password={LOCATION_PASSWORD}", f"Proxy=ftp://u:{PROXY_PASSWORD}@proxy", f"Pasword={TYPO_PASSWORD}",
                     f"Password {TYPO_PASSWORD}"):
            fragment.write_text(f"[{section}]\n{line}\n")
            self.check("config", "merge", fragment)
        self.check_files(fragment)

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

    def test_in_the_life_of_a_certificate(self):
        password = self.device.file("password", KEY_PASSWORD.encode())
        password.chmod(0o600)
        encrypted = self.device.work / "encrypted.key"
        openssl("pkcs8", "-topk8", "-in", self.pki.client.key, "-out", encrypted, "-passout", f"pass:{KEY_PASSWORD}")
        self.know_key(encrypted)
        pfx = self.device.work / "client.pfx"
        openssl("pkcs12", "-export", "-in", self.pki.client.certificate, "-inkey", self.pki.client.key, "-out", pfx,
                "-passout", f"pass:{KEY_PASSWORD}")
        wrong = self.device.file("wrong", f"{TYPO_PASSWORD}\n".encode())
        wrong.chmod(0o600)
        exported = self.device.work / "exported"
        exported.mkdir()
        for secret in (wrong, password):
            self.check("cert", "install", self.pki.client.certificate, encrypted, "--password-file", secret)
            self.check("cert", "import", pfx, "--password-file", secret)
            self.check("cert", "export-unix", pfx, "--password-file", secret, "-O", exported)
        self.check("cert", "request", "-O", self.device.work / "device.csr")
        waiting = self.device.key.with_name("client_key.pem.requested")
        self.know_key(waiting)
        self.check("cert", "request")
        self.check("cert", "install", self.pki.client.certificate)
        self.check("cert", "show", "--all")
        self.check("cert", "check")
        self.check_files(password, wrong, encrypted, waiting, *(path for path in exported.rglob("*.key")),
                         *(path for path in exported.rglob("*key*")))

    def test_in_what_the_agent_says(self):
        proxy = f"http://agent:{PROXY_PASSWORD}@127.0.0.1:1"
        with Device(self.pki, [self.location(self.beacon.port), self.location(dead_port(), Proxy=proxy)],
                    NetworkRetries="0") as device, Agent(device, "-v") as agent:
            device.put("good")
            wait_until(lambda: not device.waiting(), what="the delivery")
            self.beacon.stop()
            device.put("bad")
            wait_until(lambda: any("failed" in told for told in agent.told) or "failed" in agent.log(),
                       20, "a failure that is told")
            device.config.write_text(device.config.read_text().replace("127.0.0.1:1", "127.0.0.1:x"))
            agent.process.send_signal(signal.SIGHUP)
            wait_until(lambda: "not the URL" in agent.log(), 20, "the refusal of the new preferences")
            self.check("status", device=device)
            agent.stop()
            self.assertEqual(self.spoken(agent.log() + "\n".join(agent.told)), [], agent.log())
            self.check_files(device=device)


if __name__ == "__main__":
    unittest.main()
