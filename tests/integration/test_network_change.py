"""What happens at once when the network is back: a file that failed is sent, and what the schedule has for it is done."""

import json
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
        self.beacon = Beacon(pki, server=server_at(pki, [address]), address=address, port=PORT,
                             prefix=self.star.in_beacon)
        self.beacon.__enter__()
        self.addCleanup(self.beacon.__exit__)
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

    def test_a_network_that_comes_up_is_a_trigger_of_the_schedule_once_in_its_gap(self):
        events = [{"id": "on network", "action": "status", "triggers": [{"kind": "network_up", "min_gap_s": 900}]}]
        policy = {"muster_policy": 1, "schedule": events}
        self.beacon.put_download("Policies/default.json", json.dumps(policy).encode())
        run = self.device.run("policy", prefix=self.star.in_device)
        self.assertEqual(run.code, 0, str(run))

        agent = Agent(self.device, prefix=self.star.in_device).__enter__()
        self.addCleanup(agent.__exit__)
        self.assertNotIn("due by the schedule: on network", agent.log())  # there is no way to anywhere yet
        route = ("default", "via", self.star.addresses[0])
        for _ in range(2):
            self.star._run(*self.star.in_device, "ip", "route", "add", *route)
            wait_until(lambda: "due by the schedule: on network" in agent.log(), 60)
            self.star._run(*self.star.in_device, "ip", "route", "del", *route)
        self.device.put("a")
        wait_until(lambda: not self.device.waiting(), 60)
        self.assertEqual(agent.log().count("due by the schedule: on network"), 1)


if __name__ == "__main__":
    unittest.main()
