"""What tests of the spool and of the agent have in common."""

import time
import unittest

from .agent import Agent
from .beacon import Beacon, wait_until
from .ca import shared_pki
from .device import Device
from .network import NoNetwork
from .scripted import ScriptedBeacon


class Parties(unittest.TestCase):
    """Beacons and devices of one CA, which go when the test ends."""

    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def entered(self, context):
        """What the context gives; it ends with the test. Without the network that it needs the test is skipped."""
        try:
            value = context.__enter__()
        except NoNetwork as reason:
            self.skipTest(str(reason))
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def beacon(self, **more):
        return self.entered(Beacon(self.pki, **more))

    def scripted(self, script):
        return self.entered(ScriptedBeacon(self.pki, script))

    def device(self, *locations, **more):
        return self.entered(Device(self.pki, locations, **more))


class OneBeacon(unittest.TestCase):
    """One beacon for all tests of a class, and devices that go when a test ends."""

    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()
        cls.beacon = Beacon(cls.pki).start()
        cls.addClassCleanup(cls.beacon.__exit__)

    def device(self, *locations, **more):
        device = Device(self.pki, locations or [self.beacon.port], **more)
        self.addCleanup(device.__exit__)
        return device


class OneDevice(unittest.TestCase):
    """A beacon, and a device with these settings that knows it."""

    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def setUp(self):
        self.beacon = Beacon(self.pki).start()
        self.addCleanup(self.beacon.__exit__)
        self.device = Device(self.pki, [self.beacon.port], **self.settings)
        self.addCleanup(self.device.__exit__)


class Run(Parties):
    def agent(self, device, *words, **more):
        return self.entered(Agent(device, *words, **more))

    def arrives(self, beacon, name, seconds=5):
        start = time.monotonic()
        wait_until(lambda: name in beacon.uploaded(), seconds, f"the arrival of {name}")
        return time.monotonic() - start
