"""What tests of the spool and of the agent have in common."""

import time
import unittest

from .agent import Agent
from .beacon import Beacon, wait_until
from .ca import shared_pki
from .device import Device


class Parties(unittest.TestCase):
    """Beacons and devices of one CA, which go when the test ends."""

    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def beacon(self, **more):
        beacon = Beacon(self.pki, **more).start()
        self.addCleanup(beacon.__exit__)
        return beacon

    def device(self, *locations, **more):
        device = Device(self.pki, locations, **more)
        self.addCleanup(device.__exit__)
        return device


class Run(Parties):
    def agent(self, device, *words, **more):
        agent = Agent(device, *words, **more)
        agent.__enter__()
        self.addCleanup(agent.__exit__)
        return agent

    def arrives(self, beacon, name, seconds=5):
        start = time.monotonic()
        wait_until(lambda: name in beacon.uploaded(), seconds, f"the arrival of {name}")
        return time.monotonic() - start
