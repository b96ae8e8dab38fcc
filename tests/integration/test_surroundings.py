"""The agent where its surroundings are wrong: a clock that jumps by years, a full log disk, a second agent, a service account
that may not read what root has deployed."""

import contextlib
import os
import signal
import unittest

from support.agent import Agent
from support.beacon import wait_until
from support.clock import for_a_sanitizer, moved
from support.disks import FullDisk
from support.running import Run

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")


class Surroundings(Run):
    def setUp(self):
        self.here = self.beacon()
        self.mine = self.device(self.here.port)

    def delivers(self, name):
        self.mine.put(name)
        self.arrives(self.here, f"Inventories/{name}", seconds=15)

    @contextlib.contextmanager
    def running(self, **more):
        """To its orderly end: faketime is a process of its own in front of it."""
        with Agent(self.mine, **more) as agent:
            yield agent
            os.kill(int((self.mine.data / "state" / "run.lock").read_text()), signal.SIGTERM)
            agent.process.wait(30)

    def test_a_clock_that_jumps_ten_years_and_back_costs_a_reason_and_no_file(self):
        with self.running():
            self.delivers("before")

        with self.running(prefix=moved("+3650d"), environment=for_a_sanitizer()) as agent:
            self.assertIn(" expired on ", agent.log())
            self.mine.put("meanwhile")
            wait_until(lambda: any("STATUS=not working: " in told for told in agent.told), 10, "the reason in the status")
        self.assertNotIn("Inventories/meanwhile", self.here.uploaded())
        self.assertIn("Inventories/meanwhile", self.mine.waiting())

        with self.running():
            self.arrives(self.here, "Inventories/meanwhile", seconds=15)
            self.delivers("after")
        self.assertEqual(self.mine.rejected(), {})

    @unittest.skipUnless(os.geteuid() == 0, "only root can mount")
    def test_a_full_log_disk_keeps_no_file_back(self):
        disk = self.entered(FullDisk(kib=256))
        log = disk.folder / "muster.log"
        self.mine.preferences["LogFile"] = str(log)
        self.mine.write_config()
        agent = self.agent(self.mine)
        wait_until(lambda: log.exists() and " started: configuration " in log.read_text(), 10, "the start in the log")
        disk.fill()
        for number in range(50):
            self.mine.put(f"{'x' * 150}-{number}")
        wait_until(lambda: not self.mine.waiting(), 20, "the deliveries")
        self.assertEqual(len(self.here.uploaded()), 50)

        disk.free()
        self.delivers("after")
        wait_until(lambda: "Inventories/after" in log.read_text(errors="replace"), 10, "the log again")
        self.assertEqual(agent.stop(), 0)
        self.assertIn(" stopped\n", log.read_text(errors="replace"))

    def test_a_second_agent_ends_with_the_number_of_the_first_which_goes_on(self):
        first = self.agent(self.mine)
        run = self.mine.run("run")
        self.assertEqual(run.code, 1, run)
        self.assertIn(f"another agent is running already, as process {first.process.pid}", run.err)
        self.delivers("a")

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to be another user")
    def test_a_service_account_that_may_not_read_is_told_what_helps(self):
        self.mine.folder.chmod(0o755)
        for path in (self.mine.config, self.mine.key):
            path.chmod(0o600)
        run = self.mine.run("run", prefix=NOBODY)
        self.assertEqual(run.code, 8, run)
        self.assertIn(f"{self.mine.config}: Permission denied (errno 13); run as root or join the group muster", run.err)

        self.mine.config.chmod(0o644)
        run = self.mine.run("upload", self.mine.file("x"), prefix=NOBODY)
        self.assertEqual(run.code, 4, run)
        self.assertIn("Permission denied (errno 13); run as root or join the group muster", run.err)


if __name__ == "__main__":
    unittest.main()
