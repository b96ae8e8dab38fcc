"""Beacons that fall silent, slow down and come back, on a network with real delays, through the commands alone."""

import os
import unittest

from support.device import Device, is_instrumented
from support.far import PORT, beacons_at, server_at
from support.network import Link, Star
from support.running import Parties

SILENT = Link(loss_percent=100)
SLOW = bool(os.environ.get("MUSTER_SLOW"))  # scripts/soak: more rounds
SLACK = 2.0 if is_instrumented() else 0.5  # seconds of a busy machine


class Faults(Parties):
    def set_up(self, *delays_ms, rates_mbit=None, **settings):
        rates = rates_mbit or [0] * len(delays_ms)
        self.links = [Link(delay_ms=delay, rate_mbit=rate) for delay, rate in zip(delays_ms, rates)]
        self.star = self.entered(Star(self.links))
        for beacon in beacons_at(self.pki, server_at(self.pki, self.star.addresses), self.star, self.star.addresses):
            self.entered(beacon)
        fixed = settings.pop("fixed", False)
        locations = [{"Port": PORT, "Host": host, **({"AutoPriority": "False", "Priority": str(place + 1)} if fixed else {})}
                     for place, host in enumerate(self.star.addresses)]
        self.device = self.entered(Device(self.pki, locations, **settings))

    def upload(self, size=2000):
        """(seconds, the place of the beacon) of one upload by a process of its own."""
        run = self.device.run("upload", self.device.file("a", os.urandom(size)), "--json", prefix=self.star.in_device)
        self.assertEqual(run.code, 0, run)
        return run.seconds, int(run.json()["uploaded"][0]["beacon"].removeprefix("beacon")) - 1


class SilentFirst(Faults):
    def test_in_a_fixed_order_a_silent_beacon_costs_one_transfer_a_second(self):
        self.set_up(2, 3, 4, fixed=True)
        self.assertEqual(self.upload()[1], 0)
        usual = min(self.upload()[0] for _ in range(3))
        self.star.change(0, SILENT)
        seconds, place = self.upload()
        self.assertEqual(place, 1)
        self.assertLess(seconds, usual + 1 + SLACK)
        for _ in range(10 if SLOW else 3):
            seconds, place = self.upload()
            self.assertEqual(place, 1)
            self.assertLess(seconds, usual + 0.3 + SLACK)
        self.star.change(0, self.links[0])
        self.device.pass_time(7200)
        self.assertEqual(self.upload()[1], 0)

    def test_the_nearest_is_used_again_within_two_transfers(self):
        for trouble in (SILENT, Link(delay_ms=110)) if SLOW else (SILENT,):
            with self.subTest(trouble=trouble):
                self.set_up(5, 15, 25)
                for _ in range(5):
                    self.upload()
                self.assertEqual(self.upload()[1], 0)
                self.star.change(0, trouble)
                self.upload()
                self.star.change(0, self.links[0])
                self.device.pass_time(3600)
                self.upload()
                self.device.pass_time(3600)
                self.assertEqual(self.upload()[1], 0)


class SlowLine(Faults):
    def test_a_beacon_behind_a_slow_line_gets_one_large_transfer(self):
        self.set_up(2, 5, 6, rates_mbit=[2, 50, 100])
        size = 20_000_000 if SLOW else 1_000_000
        self.assertEqual(self.upload(size)[1], 0)
        for _ in range(3):
            self.assertNotEqual(self.upload(size)[1], 0)


if __name__ == "__main__":
    unittest.main()
