"""The best beacon for each transfer, and nobody waits for a dead one."""

import os
import signal
import unittest

from support.beacon import Beacon
from support.ca import shared_pki
from support.device import Device
from support.relay import BlackHole, Relay, SilentPort, dead_port

LATEST = 0.3  # seconds that a bad beacon may cost


class Selection(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def beacons(self, count):
        made = [Beacon(self.pki).start() for _ in range(count)]
        for one in made:
            self.addCleanup(one.__exit__)
        return made

    def upload(self, device, name="device.ndi"):
        run = device.run("upload", device.file(name, os.urandom(20_000)), "--json")
        self.assertEqual(run.code, 0, run)
        return run.json()["uploaded"][0]

    def baseline(self, beacon):
        with Device(self.pki, [beacon.port]) as device:
            device.run("upload", device.file("warm"))
            return min(device.run("upload", device.file("warm")).seconds for _ in range(3))

    def test_a_slow_beacon_is_not_chosen_though_it_is_listed_first(self):
        slow, fast = self.beacons(2)
        with Relay(slow.port, 0.3) as relay, Device(self.pki, [relay.port, fast.port]) as device:
            self.assertEqual(self.upload(device)["beacon"], "beacon2")
            self.assertEqual(slow.requests(), [], "a loser saw a request")

    def test_the_choice_follows_the_delay(self):
        first, second = self.beacons(2)
        with Relay(first.port, 0.3) as a, Relay(second.port, 0.0) as b, Device(self.pki, [a.port, b.port]) as device:
            self.assertEqual(self.upload(device)["beacon"], "beacon2")
            a.delay, b.delay = 0.0, 0.3
            self.assertEqual(self.upload(device)["beacon"], "beacon1")

    def test_bad_beacons_cost_next_to_nothing(self):
        frozen, good = self.beacons(2)
        usual = self.baseline(good)
        frozen.signal(signal.SIGSTOP)
        self.addCleanup(frozen.signal, signal.SIGCONT)
        with BlackHole() as hole, SilentPort() as silent:
            ports = [dead_port(), frozen.port, silent.port, hole.port, good.port]
            if not hole.is_black():
                ports.remove(hole.port)
            with Device(self.pki, ports) as device:
                run = device.run("upload", device.file("device.ndi"), "--json")
                self.assertEqual(run.code, 0, run)
                self.assertEqual(run.json()["uploaded"][0]["url"].split("/")[2], f"localhost:{good.port}")
                self.assertLess(run.seconds, usual + LATEST)

    def test_a_beacon_that_is_not_trusted_is_passed_over(self):
        with Beacon(self.pki, server=self.pki.server_stranger) as stranger:
            good, = self.beacons(1)
            with Device(self.pki, [stranger.port, good.port]) as device:
                self.assertEqual(self.upload(device)["beacon"], "beacon2")
            self.assertEqual(stranger.requests(), [])

    def test_a_beacon_that_refuses_the_transfer_is_followed_by_the_next(self):
        with Beacon(self.pki, site="client_max_body_size 1k;") as small, Relay(small.port, 0) as near:
            good, = self.beacons(1)
            with Relay(good.port, 0.1) as far, Device(self.pki, [near.port, far.port]) as device:
                self.assertEqual(self.upload(device)["beacon"], "beacon2")

    def test_invalid_ones_are_never_used(self):
        first, second = self.beacons(2)
        with Device(self.pki, [{"Port": first.port, "AutoPriority": "False", "Priority": "invalid"},
                               second.port]) as device:
            self.assertEqual(self.upload(device)["beacon"], "beacon2")
            self.assertEqual(first.requests(), [])

    def test_beacons_are_listed_in_the_order_of_choice(self):
        slow, fast = self.beacons(2)
        with Relay(slow.port, 0.1) as relay, \
                Device(self.pki, [relay.port, dead_port(), fast.port]) as device:
            rows = device.run("beacons", "--json").json()
            self.assertEqual([row["id"] for row in rows], ["beacon3", "beacon1", "beacon2"])
            self.assertEqual([row["place"] for row in rows], [1, 2, 3])
            self.assertGreater(rows[1]["tls_ms"], 100)
            self.assertIsNone(rows[2]["connect_ms"])
            self.assertIn("errno 111", rows[2]["reason"])
            for row in rows:
                self.assertLessEqual({"id", "url", "place", "connect_ms", "tls_ms", "goodput_bps", "penalty", "reason"},
                                     set(row))
            table = device.run("beacons", "--for", "download").out.splitlines()
            self.assertEqual([line.split()[1] for line in table[1:]], ["beacon3", "beacon1", "beacon2"])


if __name__ == "__main__":
    unittest.main()
