"""Certificates that some servers take and others do not, or that cannot be sent at all: what is said before and after, and
what a dump of the process would show."""

import os
import pathlib
import subprocess
import unittest

from support.beacon import wait_until
from support.ca import CLIENT, Pair, make_key, openssl
from support.device import PROGRAM
from support.relay import SilentPort
from support.running import Run

ANY_PURPOSE = "extendedKeyUsage=2.5.29.37.0"
UNKNOWN = CLIENT + "\n1.3.6.1.4.1.55555.7=critical,DER:0500"


class UsableKeys(Run):
    def pair(self, name, extensions, key=None):
        folder = self.device().folder
        pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
        key(pair.key) if key else make_key(pair.key)
        self.pki.root.sign(pair.key, name, pair.certificate, extensions)
        return pair

    @staticmethod
    def on_curve(curve, *options):
        return lambda path: openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", *options,
                                    "-out", path)


class BeforeConnecting(UsableKeys):
    def test_a_key_that_tls_cannot_present_is_refused_by_every_command(self):
        beacon = self.beacon()
        explicit = self.on_curve("P-256", "-pkeyopt", "ec_param_enc:explicit")
        for name, key in (("p224", self.on_curve("P-224")), ("k1", self.on_curve("secp256k1")),
                          ("brain", self.on_curve("brainpoolP384r1")), ("explicit", explicit)):
            device = self.device(beacon.port)
            pair = self.pair(name, CLIENT, key)
            for words in (("cert", "install", pair.certificate, pair.key),):
                run = device.run(*words)
                self.assertEqual(run.code, 4, run)
                self.assertIn("cannot be used for TLS", run.err)
            device.deploy(pair)
            for words in (("cert", "check"), ("upload", device.file("x"))):
                run = device.run(*words)
                self.assertEqual(run.code, 4, run)
                self.assertIn("cannot be used for TLS", run.err)
        self.assertEqual(beacon.requests(), [])

    def test_what_nginx_refuses_is_a_warning_before_and_the_reason_after(self):
        beacon = self.beacon()
        for name, extensions, words in (("any", ANY_PURPOSE, "anyExtendedKeyUsage alone"), ("ns", "nsCertType=server", "nsCertType"),
                                        ("critical", UNKNOWN, "critical extension 1.3.6.1.4.1.55555.7")):
            with self.subTest(name):
                device = self.device(beacon.port)
                pair = self.pair(name, extensions)
                run = device.run("cert", "install", pair.certificate, pair.key)
                self.assertEqual(run.code, 0, run)
                self.assertIn(words, run.err)
                run = device.run("cert", "check")
                self.assertEqual(run.code, 0, run)
                self.assertIn(f"nginx, Apache and HAProxy refuse the client certificate CN={name}", run.err)
                run = device.run("upload", device.file("x"))
                self.assertEqual(run.code, 4, run)
                self.assertIn(words, run.err)
                self.assertIn("IIS accepts it", run.err)
                self.assertIn(words, device.run("doctor").out)


class NotSent(UsableKeys):
    def test_it_is_not_called_refused(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            beacon = self.beacon(site=f"ssl_protocols {version};\nssl_conf_command ClientSignatureAlgorithms ECDSA+SHA256;")
            rsa = self.pair("rsa", CLIENT, lambda path: make_key(path, "RSA"))
            device = self.device(beacon.port, client=rsa)
            run = device.run("upload", device.file("x"))
            self.assertEqual(run.code, 4, run)
            self.assertIn("our client certificate CN=rsa could not be sent: the beacon accepts no signature of its RSA 2048 key, "
                          "only of these: EC", run.err)
            self.assertNotIn("refused our client certificate", run.err)
            self.assertIn("could not be sent", device.run("doctor").out)
            device.deploy(self.pki.client)
            self.assertEqual(device.run("upload", device.file("x")).code, 0)


class Dumps(UsableKeys):
    @staticmethod
    def kinds_of_memory(process):
        return int(pathlib.Path(f"/proc/{process}/coredump_filter").read_text(), 16)

    def test_the_agent_cannot_be_dumped(self):
        agent = self.agent(self.device(self.beacon().port))
        self.assertEqual(self.kinds_of_memory(agent.process.pid), 0x10)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_no_other_process_of_its_user_looks_into_the_agent(self):
        device = self.device(self.beacon().port)
        device.folder.chmod(0o755)
        for path in (device.data, *device.data.rglob("*")):
            os.chown(path, 64_322, 64_322)
            path.chmod(0o700 if path.is_dir() else 0o600)
        agent = self.agent(device, prefix=("setpriv", "--reuid=64322", "--regid=64322", "--clear-groups"))
        self.assertEqual(os.stat(f"/proc/{agent.process.pid}/mem").st_uid, 0)

    def test_a_command_that_has_read_a_key_leaves_none_in_a_dump(self):
        with SilentPort() as silent:
            device = self.device(silent.port)
            command = subprocess.Popen([PROGRAM, "--config", device.config, "upload", device.file("x")],
                                       stderr=subprocess.DEVNULL)
            self.addCleanup(command.wait)
            self.addCleanup(command.kill)
            wait_until(lambda: self.kinds_of_memory(command.pid) == 0x10, what="the filter")


if __name__ == "__main__":
    unittest.main()
