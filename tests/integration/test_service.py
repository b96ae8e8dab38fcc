"""The agent as a service: what it tells systemd, how seldom it wakes up, and its units."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from support.beacon import wait_until
from support.device import watches_threads
from support.far import PORT, server_at
from support.network import Link, Star
from support.relay import dead_port
from support.running import Run

# What other tests mount does not reach what runs so: the agent looks at its folders when a mount changes.
WITH_OWN_MOUNTS = ("unshare", "--mount", "--propagation", "private")

UNITS = pathlib.Path(__file__).parents[2] / "packaging" / "systemd"

# Tenths of systemd's exposure level. The collector is root, and has no way to the network; nor has the
# last one, which runs the package tool.
MAX_EXPOSURE = {"muster.service": 15, "muster-adopt.service": 15, "muster-collect.service": 25, "muster-renew.service": 15,
                "muster-renew-request.service": 15, "muster-renew-install.service": 15, "muster-update.service": 30}


class Service(Run):
    def test_what_systemd_is_told(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        agent = self.agent(device, environment={"WATCHDOG_USEC": "200000"})
        wait_until(lambda: agent.told.count("WATCHDOG=1") >= 3)
        device.put("a")
        self.arrives(beacon, "Inventories/a")
        wait_until(lambda: any("1 files uploaded" in message for message in agent.told))
        agent.stop()
        wait_until(lambda: "STOPPING=1" in agent.told)
        self.assertEqual(agent.told.count("READY=1"), 1)
        for message in agent.told:
            self.assertRegex(message, r"\A(READY=1|WATCHDOG=1|STOPPING=1|STATUS=.*)\Z")

    def test_a_watchdog_of_another_process_is_not_fed(self):
        agent = self.agent(self.device(dead_port()), environment={"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"})
        time.sleep(0.4)
        self.assertNotIn("WATCHDOG=1", agent.told)

    def test_an_idle_agent_does_not_wake_up(self):
        if watches_threads():
            self.skipTest("ThreadSanitizer's own thread wakes up")
        star = self.entered(Star([Link(delay_ms=0)]))  # nor do their networks
        [address] = star.addresses
        server = server_at(self.pki, [address])
        beacon = self.beacon(server=server, address=address, port=PORT, prefix=star.in_beacon)
        device = self.device({"Port": PORT, "Host": address})
        agent = self.agent(device, environment={"WATCHDOG_USEC": "600000000"},
                           prefix=[*star.in_device, *WITH_OWN_MOUNTS])
        device.put("a")
        self.arrives(beacon, "Inventories/a")
        wait_until(lambda: not device.waiting())
        self.wait_until_quiet(agent)
        before = agent.switches()
        time.sleep(3)
        self.assertEqual(agent.switches() - before, 0)

    # The upload's last work, and the addresses of a new network, take a moment.
    @staticmethod
    def wait_until_quiet(agent):
        def is_quiet():
            before = agent.switches()
            time.sleep(1)
            return agent.switches() == before
        wait_until(is_quiet, 30, "the agent's rest")

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not here")
    def test_the_units_are_valid_and_well_locked_up(self):
        with tempfile.TemporaryDirectory() as folder:
            copies = []
            for unit in sorted(UNITS.iterdir()):
                copies.append(pathlib.Path(folder) / unit.name)
                # verify wants the program to be there, and packages are another test's affair
                copies[-1].write_text(unit.read_text().replace("/usr/bin/muster", shutil.which("true")))
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", *copies], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for copy in copies:
                if copy.suffix != ".service":
                    continue
                done = subprocess.run(["systemd-analyze", "security", "--offline=true",
                                       f"--threshold={MAX_EXPOSURE[copy.name]}", copy],
                                      capture_output=True, text=True, env={**os.environ, "SYSTEMD_PAGER": ""})
                self.assertEqual(done.returncode, 0, done.stdout[-400:] + done.stderr)
