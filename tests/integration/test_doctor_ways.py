"""muster doctor where the way is not plain: places that hang, a proxy, a server of the past, and a user who may not
see everything."""

import os
import ssl
import subprocess
import threading
import unittest

from support.device import PROGRAM, Device
from support.machine import machine, why_no_machine
from support.relay import SilentPort, dead_port
from support.revocation import Revocation
from support.servers import Proxy
from support.tls_port import TlsPort, reset
from support.validation import hang

NOBODY = 65_534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


class Doctor(Revocation):
    def marked(self, run, mark):
        return [line.removeprefix(f"{mark} ") for line in run.out.splitlines() if line.startswith(mark)]

    def only_fault(self, run, code, start, *fragments):
        self.assertEqual(run.code, code, run)
        [fault] = self.marked(run, "✗")
        self.assertTrue(fault.startswith(start), run)
        for fragment in fragments:
            self.assertIn(fragment, run.err)


class Waiting(Doctor):
    def test_each_step_is_told_as_soon_as_it_is_known(self):
        seen = threading.Event()
        crl = self.crl()

        def once_it_was_seen(_):
            seen.wait(30)
            return crl

        device, _ = self.by_crl(once_it_was_seen)
        self.addCleanup(seen.set)
        told = []
        with subprocess.Popen([PROGRAM, "--config", str(device.config), "doctor"], stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "LC_ALL": "C.UTF-8"}) as process:
            for line in process.stdout:
                told.append(line.rstrip("\n"))
                if line.startswith("…"):
                    break
            self.assertEqual(told[-1], f"… beacon1: revocation: asking {self.places.url('ca.crl')}")
            self.assertTrue(any(line.startswith("✓ beacon1: connect: ") for line in told), told)
            self.assertTrue(told[-2].startswith("✓ beacon1: chain: "), told)
            seen.set()
            told += process.stdout.read().splitlines()
        self.assertEqual((process.returncode, told[-1]), (0, "No problems found."), told)
        for step in ("connect", "chain", "tls", "client certificate"):
            self.assertEqual(len([line for line in told if f"beacon1: {step}: " in line]), 1, told)

    def test_a_slow_answer_is_not_called_slow_revocation(self):
        self.places.answers["ca.crl"] = self.crl()
        with SilentPort() as silent:
            pair = self.pair(self.places.points(self.places.url("ca.crl")))
            site = f"location = /ManageSoftRL {{ proxy_pass http://127.0.0.1:{silent.port}; }}\n"
            run = self.device(self.beacon(pair, site=site), NetworkTimeout="4").run("doctor")
        told = self.marked(run, "…")  # of the CRL as well, where it took more than a second
        self.assertEqual((told[-1:], len(told)), (["beacon1: answer: waiting for it"], len(set(told))), run)

    def test_places_that_hang_take_their_time_and_no_more(self):
        for name in ("one.crl", "two.crl"):
            self.places.answers[name] = hang
        points = self.places.points(self.places.url("one.crl"), self.places.url("two.crl"))
        device = self.device(self.beacon(self.pair(points)), NetworkTimeout="2")
        run = device.run("doctor", "--json")
        self.assertEqual(run.code, 5, run)
        fault = next(row for row in run.json() if row["result"] == "bad")
        self.assertEqual(fault["step"], "server certificate")
        for name in ("one.crl", "two.crl"):
            self.assertIn(self.places.url(name) + " does not help", fault["message"])
        self.assertLess(run.seconds, 20)

    @unittest.skipIf(why_no_machine(), why_no_machine())
    def test_a_name_server_that_is_silent(self):
        device = Device(self.pki, [{"Host": "beacon.example.test", "Port": 443}], NetworkTimeout="2")
        self.addCleanup(device.__exit__)
        run = device.run("doctor", prefix=machine(device.folder, "device-7", "127.0.0.1 localhost\n"))
        self.assertEqual(self.marked(run, "…")[0], "beacon1: name: asking for the addresses of beacon.example.test", run)
        self.only_fault(run, 6, "beacon1: ", "beacon.example.test")
        self.assertLess(run.seconds, 20)

    def test_what_it_fetches_is_not_left_to_the_service(self):
        device, beacon = self.by_crl(self.crl())
        self.places.answers["none.crl"] = None
        device.locations.append({**device.locations[0], "id": "other", "Port": self.beacon(
            self.pair(self.places.points(self.places.url("none.crl")))).port})
        device.write_config()
        before = sorted(device.folder.rglob("*"))
        self.assertEqual(device.run("doctor").code, 5)
        self.assertEqual((self.asked("ca.crl"), self.asked("none.crl")), (1, 1))
        self.assertEqual(sorted(device.folder.rglob("*")), before)

    def test_what_the_service_has_fetched_is_used(self):
        device, _ = self.by_crl(self.crl())
        self.upload(device, 0)
        self.assertEqual(device.run("doctor").code, 0)
        self.assertEqual(self.asked("ca.crl"), 1)


class Between(Doctor):
    def test_through_a_proxy(self):
        with Proxy(self.pki) as proxy:
            device, beacon = self.by_crl(self.crl())
            device.locations[0]["Proxy"] = f"http://localhost:{proxy.port}"
            device.write_config()
            run = device.run("doctor")
            self.assertEqual(run.code, 0, run)
            self.assertIn("✓ beacon1: connect: through the proxy ", run.out)
            self.assertNotIn("beacon1: name", run.out)
            self.assertTrue(any(line.startswith(f"CONNECT localhost:{beacon.port}") for line in proxy.requests()))
            self.assertIn(f"GET {self.places.url('ca.crl')} HTTP/1.1 200", proxy.requests())

    def test_a_proxy_that_refuses_or_is_not_there(self):
        beacon = self.beacon(self.pki.server)
        with Proxy(self.pki, refuse=True) as proxy:
            for port, words in ((proxy.port, "403"), (dead_port(), "errno 111")):
                device = self.device(beacon)
                device.locations[0]["Proxy"] = f"http://localhost:{port}"
                device.write_config()
                self.only_fault(device.run("doctor"), 6, "beacon1: ", "proxy", words)

    def test_a_server_that_speaks_nothing_newer_than_tls_1_1(self):
        with TlsPort(self.pki, reset, ssl.TLSVersion.TLSv1_1) as port:
            run = self.device(port).run("doctor")
            self.only_fault(run, 6, "beacon1: tls: ", "no version of TLS in common", "TLS 1.2 or 1.3")
            self.assertIn("✓ beacon1: connect: ", run.out)


@unittest.skipIf(os.geteuid() != 0, "needs root, to become somebody else")
class SomebodyElse(Doctor):
    def run_with_key_of(self, owner):
        device = self.device(self.beacon(self.pki.server))
        (device.ssl / "crls" / "all.pem").write_bytes(self.pki.crls.read_bytes())
        for path in (device.data / "state", device.data / "uploads"):
            path.mkdir(mode=0o750)
        device.folder.chmod(0o755)
        os.chown(device.key, owner, owner)
        os.chown(device.key.parent, owner, owner)
        return device.run("doctor", prefix=AS_NOBODY)

    def test_who_may_read_the_key_sees_all_but_what_the_service_writes(self):
        run = self.run_with_key_of(NOBODY)
        self.assertEqual(run.code, 0, run)
        for folder in ("state", "uploads"):
            self.assertTrue(any(line.startswith(f"{folder}: ") and "run as root or join the group muster" in line
                                for line in self.marked(run, "–")), run)
        self.assertIn("✓ beacon1: answer", run.out)
        self.assertRegex(run.out, r"No problems found; \d+ checks? (was|were) not possible \(marked –\)\n$")

    def test_who_may_not_read_the_key_is_told_and_sees_the_beacon_nevertheless(self):
        run = self.run_with_key_of(0)
        self.only_fault(run, 4, "identity: ", "client_key.pem", "run as root or join the group muster")
        self.assertIn("✓ beacon1: server certificate: ", run.out)
        self.assertIn("– beacon1: answer: not asked", run.out)


if __name__ == "__main__":
    unittest.main()
