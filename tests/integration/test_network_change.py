"""A file that failed while the network was gone is sent when it is back, and not when its timer ends."""

import subprocess
import unittest

from support.agent import Agent
from support.beacon import Beacon, wait_until
from support.ca import shared_pki
from support.device import PROGRAM, Device
from support.far import PORT, server_at
from support.network import Link, NoNetwork, Star


class CableOut(unittest.TestCase):
    RETRIES = {"NetworkRetries": "5", "NetworkRetryPeriodIncrement": "600", "MaximumNetworkRetryPeriod": "3600"}

    def setUp(self):
        pki = shared_pki()
        try:
            self.star = Star([Link(delay_ms=2)]).__enter__()
        except NoNetwork as reason:
            self.skipTest(str(reason))
        self.addCleanup(self.star.__exit__)
        [address] = self.star.addresses
        beacon = Beacon(pki, server=server_at(pki, [address]), address=address, port=PORT, prefix=self.star.in_beacon)
        beacon.__enter__()
        self.addCleanup(beacon.__exit__)
        self.device = Device(pki, [{"Port": PORT, "Host": address}], **self.RETRIES).__enter__()
        self.addCleanup(self.device.__exit__)

    def link(self, state):
        self.star._run(*self.star.in_device, "ip", "link", "set", "wan0", state)

    def test_the_agent_sends_what_waits_when_the_network_is_back(self):
        agent = Agent(self.device, prefix=self.star.in_device).__enter__()
        self.addCleanup(agent.__exit__)
        self.link("down")
        self.device.put("a")
        wait_until(lambda: "trying again in" in agent.log() or "failed" in agent.log(), 60)
        self.link("up")
        wait_until(lambda: not self.device.waiting(), 60)

    def test_a_command_that_pauses_goes_on_when_the_network_is_back(self):
        self.device.put("a")
        for words in (["upload", self.device.file("b")], ["upload"]):
            with self.subTest(words):
                self.link("down")
                command = subprocess.Popen([*self.star.in_device, PROGRAM, "--config", self.device.config, "-v", *words],
                                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                           text=True)
                self.addCleanup(command.communicate)
                self.addCleanup(command.kill)
                wait_until(lambda: "again in" in command.stderr.readline(), 60, "the pause")
                self.link("up")
                self.assertEqual(command.wait(60), 0)
        self.assertEqual(self.device.waiting(), set())


if __name__ == "__main__":
    unittest.main()
