"""The units under a real systemd: the agent with the rights that it has there, and the adoption of deployed files."""

import gzip
import json
import stat
import time
import unittest

from machine import DATA, GROUP
from parties import OnMachine

CONFIG = r"""; deployed by root
[ManageSoft\Common]
NetworkTimeout=5
CheckServerCertificate=False

[ManageSoft\Common\UploadSettings\nobody]
Protocol=http
Host=127.0.0.1
Port=9
Directory=/
"""

MACHINE = None


def setUpModule():
    global MACHINE
    MACHINE = OnMachine.machine_with(CONFIG)
    unittest.addModuleCleanup(MACHINE.__exit__)


def stable(section):
    """A section without what changes from one second to the next."""
    if isinstance(section, list):
        return sorted((json.dumps(entry, sort_keys=True) for entry in section))
    return {name: value for name, value in (section or {}).items() if name not in ("memory", "swap", "uptime")}


class Units(OnMachine):
    patience = 30

    def setUp(self):
        self.machine = MACHINE


class Files(Units):
    def test_systemd_finds_no_fault_in_them(self):
        said = self.machine.do("systemd-analyze", "verify", "--man=no", "muster.service", "muster-adopt.service",
                               "muster-adopt.path", "muster-collect.service", "muster-collect.path", "muster-renew-request.service",
                               "muster-renew.service", "muster-renew.path", "muster-renew-install.service",
                               "muster-renew-install.path", "muster-update.service", "muster-update.path")
        self.assertEqual(said, "")

    def test_they_can_be_enabled(self):
        names = ("muster.service", "muster-adopt.path", "muster-collect.path", "muster-renew.path", "muster-renew-install.path",
                 "muster-update.path", "muster-update.service")
        self.machine.do("systemctl", "enable", *names)
        self.assertEqual(self.machine.do("systemctl", "is-enabled", *names).split(), ["enabled"] * len(names))


class Agent(Units):
    def setUp(self):
        super().setUp()
        self.machine.do("systemctl", "start", "muster")
        self.addCleanup(self.machine.run, "systemctl", "stop", "muster")

    def test_it_starts_tells_its_status_reloads_and_stops(self):
        process = self.machine.property("muster", "MainPID")
        self.eventually(lambda: self.machine.property("muster", "StatusText"), "a status")
        self.assertRegex(self.machine.do("systemctl", "status", "muster"), r"Status: \"\S")
        self.machine.do("systemctl", "reload", "muster")
        self.eventually(lambda: "configuration reloaded: configuration " in self.machine.journal(), "the reload")
        self.assertEqual(self.machine.property("muster", "MainPID"), process)
        self.machine.do("systemctl", "stop", "muster")
        self.assertEqual([self.machine.property("muster", name) for name in ("ActiveState", "Result", "ExecMainStatus")],
                         ["inactive", "success", "0"])

    def test_it_knows_its_network_by_the_gateway(self):
        folder = self.machine.path(f"{DATA}/uploads/Inventories")
        folder.mkdir(exist_ok=True)
        (folder / "a.ndi").write_text("x")
        (folder / "a.ndi").chmod(0o644)
        self.addCleanup((folder / "a.ndi").unlink, missing_ok=True)
        self.machine.do("systemctl", "restart", "muster")
        history = self.machine.path(f"{DATA}/state/beacons")
        self.eventually(history.exists, "a first attempt")
        self.assertIn("network 192.0.2.1/192.0.2.0/24 ", history.read_text())

    def test_an_agent_that_hangs_is_started_again(self):
        self.drop_in("muster.service", "[Service]\nWatchdogSec=3s\nRestartSec=100ms\n")
        self.machine.do("systemctl", "restart", "muster")
        process = self.machine.property("muster", "MainPID")
        self.machine.do("kill", "-STOP", process)
        self.eventually(lambda: self.machine.property("muster", "NRestarts") == "1", "a restart")
        self.eventually(lambda: self.machine.property("muster", "ActiveState") == "active", "a new agent")
        self.assertNotEqual(self.machine.property("muster", "MainPID"), process)


class Adoption(Units):
    def setUp(self):
        super().setUp()
        self.key = self.machine.path(f"{DATA}/etc/ssl/client/private/client_key.pem")
        self.machine.do("systemctl", "start", "muster-adopt.path")

    def deploy(self):
        new = self.key.with_name("new")
        new.write_text("key")
        new.chmod(0o600)
        new.rename(self.key)
        self.eventually(lambda: (self.key.stat().st_gid, stat.S_IMODE(self.key.stat().st_mode)) == (GROUP, 0o640),
                        "the adoption of the key")

    def test_a_deployed_key_becomes_readable_and_still_does_after_many_quick_changes(self):
        self.deploy()
        for number in range(1, 11):
            self.machine.do("muster", "config", "set", "NetworkTimeout", number)
            time.sleep(0.3)  # each of them is noticed by itself
        self.deploy()
        self.assertEqual(self.machine.property("muster-adopt.path", "ActiveState"), "active")


class Collector(Units):
    def setUp(self):
        super().setUp()
        self.machine.do("systemctl", "start", "muster-collect.path")
        self.addCleanup(self.machine.run, "systemctl", "stop", "muster-collect.path", "muster-collect.service")
        self.folder = self.machine.path(f"{DATA}/uploads/Inventories")
        self.request = self.machine.path(f"{DATA}/state/collect")
        self.addCleanup(self.forget)

    def forget(self):
        for file in (*self.folder.glob("*.gz"), *self.machine.path(f"{DATA}/state").glob("inventory-*"), self.request):
            file.unlink(missing_ok=True)

    def wait_for_inventory(self):
        self.eventually(lambda: list(self.folder.glob("*.gz")), "an inventory in the spool")
        self.eventually(lambda: self.machine.property("muster-collect", "ActiveState") == "inactive", "the collector's end")
        (file,) = self.folder.glob("*.gz")
        return file

    def collected(self, file):
        return json.loads(gzip.decompress(file.read_bytes()))["content"]

    def test_a_request_of_the_agent_becomes_an_inventory_that_it_may_read_and_remove(self):
        self.machine.as_agent("touch", f"{DATA}/state/collect")
        file = self.wait_for_inventory()
        self.assertEqual((file.stat().st_gid, stat.S_IMODE(file.stat().st_mode)), (GROUP, 0o640))
        self.assertFalse(self.request.exists())
        self.machine.as_agent("rm", f"{DATA}/uploads/Inventories/{file.name}")

    def test_the_sandbox_hides_nothing_of_the_inventory(self):
        self.machine.as_agent("touch", f"{DATA}/state/collect")
        confined = self.collected(self.wait_for_inventory())
        free = json.loads(self.machine.do("muster", "-q", "collect"))["content"]
        self.assertEqual(confined.keys(), free.keys())
        for section in ("softwares", "networks", "hardware", "operatingsystem", "local_users", "cpus"):
            with self.subTest(section):
                self.assertEqual(stable(confined.get(section)), stable(free.get(section)))

    def test_what_the_request_holds_does_not_matter(self):
        self.machine.path("/etc/shadow").write_text("secret")
        self.addCleanup(self.machine.path("/etc/shadow").unlink)
        self.machine.as_agent("ln", "-s", "/etc/shadow", f"{DATA}/state/collect")
        self.wait_for_inventory()
        self.assertFalse(self.request.is_symlink())
        self.assertEqual(self.machine.path("/etc/shadow").read_text(), "secret")

    def test_it_has_no_way_to_the_network(self):
        self.probe_network("muster-collect.service")
        self.assertNotEqual(self.machine.run("systemctl", "start", "muster-collect.service")[0], 0)
        self.assertIn("Address family not supported", self.machine.journal())


class Reboot(Units):
    """The last of the classes: the machine is another one afterwards."""

    def test_what_was_enabled_runs_again_and_what_waited_is_tried_again(self):
        names = ("muster.service", "muster-adopt.path", "muster-collect.path", "muster-renew.path", "muster-renew-install.path")
        self.machine.do("systemctl", "enable", *names)
        self.machine.do("ln", "-sf", "/usr/lib/systemd/system/multi-user.target", "/etc/systemd/system/default.target")
        self.machine.do("systemctl", "start", "muster")
        waiting = f"{DATA}/uploads/Inventories/waiting.ndi"
        self.machine.path(waiting).write_text("x")
        self.machine.path(waiting).chmod(0o644)
        first = self.machine.first
        self.machine.reboot()

        self.assertNotEqual(self.machine.first, first)
        for name in names:
            self.eventually(lambda: self.machine.property(name, "ActiveState") == "active", f"the start of {name}")
        self.assertEqual(self.machine.path(waiting).read_text(), "x")
        self.eventually(lambda: "waiting.ndi" in self.machine.journal(), "an attempt to upload what waits")
        self.assertIn("waiting      1 file", self.machine.run("muster", "status")[1])


if __name__ == "__main__":
    unittest.main()
