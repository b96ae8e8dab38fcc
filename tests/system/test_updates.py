"""A software update with the system's own tools: real systemd, real dpkg, a real beacon in another network namespace.

MUSTER_BUILD names the build folder, of which packages are made here. It is skipped where this system cannot have such a
machine.
"""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import unittest

from machine import AGENT, DATA
from parties import BesideBeacon
from support.device import is_instrumented
from support.releases import Maker, freshness, release, serve

BUILD = pathlib.Path(os.environ.get("MUSTER_BUILD", ""))
CONTROL = """Package: muster
Version: 1.{number}
Architecture: amd64
Maintainer: nobody <nobody@example.org>
Description: a release of Muster for a test
"""
BROKEN = "#!/bin/sh\nexit 1\n"


class Builder(Maker):
    """Builds releases of the program, and signs them."""

    def __init__(self, folder):
        super().__init__(folder)
        self.tree = folder / "tree"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", self.tree / "usr", "--strip"], check=True,
                       stdout=subprocess.DEVNULL)
        (self.tree / "DEBIAN").mkdir()
        for name in ("postinst", "prerm", "postrm"):
            shutil.copy(BUILD / "packaging" / name, self.tree / "DEBIAN")
        shutil.copy(self.public, self.tree / "usr/lib/muster/update/key.pem")

    def package(self, number, program=None):
        tree = self.tree
        (tree / "DEBIAN/control").write_text(CONTROL.format(number=number))
        (tree / "usr/lib/muster/update/number").write_text(f"{number}\n")
        kept = self.folder / "muster.kept"
        if program is not None:
            (tree / "usr/bin/muster").rename(kept)
            (tree / "usr/bin/muster").write_text(program)
            (tree / "usr/bin/muster").chmod(0o755)
        file = self.folder / f"muster-1.{number}.deb"
        subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, file], check=True,
                       stdout=subprocess.DEVNULL)
        if program is not None:
            kept.replace(tree / "usr/bin/muster")
        return file.read_bytes()


    @contextlib.contextmanager
    def more_units(self, name):
        """Packages made meanwhile have one unit more."""
        script, unit = self.tree / "DEBIAN/postinst", self.tree / "usr/lib/systemd/system" / name
        before = script.read_text()
        script.write_text(before.replace("muster-update.path'", f"muster-update.path {name}'"))
        unit.write_text("[Path]\nPathExists=/nonexistent\nUnit=muster-collect.service\n[Install]\nWantedBy=multi-user.target\n")
        yield
        script.write_text(before)
        unit.unlink()


class Update(BesideBeacon):
    @classmethod
    def setUpClass(cls):
        if is_instrumented():
            raise unittest.SkipTest("the unit allows less memory than a sanitizer needs")
        super().setUpClass()
        cls.maker = Builder(cls.folder)
        cls.number = 1
        cls.install_by_hand()

    @classmethod
    def install_by_hand(cls):
        cls.stage_deployment()
        cls.install_deb(cls.maker.package(1))
        cls.machine.do("muster", "config", "set", "SoftwareUpdates", "True")
        shutil.copy(BUILD / "muster_fault", cls.machine.path("/usr/bin/muster_fault"))

    def context(self):
        return f"{self.record()}\n{super().context()}"

    def record(self):
        """The package's installation makes one without members."""
        return {"result": "", "step": "none"} | json.loads(self.machine.path(f"{DATA}/updates/record.json").read_text())

    def version(self):
        return self.machine.do("dpkg-query", "--show", "--showformat", "${Version} ${db:Status-Status}", "muster")

    def serve(self, program=None):
        """The next release; its number."""
        type(self).number += 1
        number = self.number
        package = self.maker.package(number, program)
        statement = release(package, number, "linux-amd64-deb", f"muster-1.{number}.deb")
        serve(self.beacon, self.maker, statement, freshness(statement), package)
        return number

    def stage(self, program=None):
        number = self.serve(program)
        self.machine.as_agent("muster", "update")
        return number

    def step_by_hand(self):
        """Nothing but the test starts root's step."""
        self.machine.do("systemctl", "stop", "muster-update.path")
        self.addCleanup(self.machine.do, "systemctl", "start", "muster-update.path")
        self.addCleanup(self.machine.path(f"{DATA}/state/update").unlink, missing_ok=True)

    def update(self):
        number = self.stage()
        self.eventually(lambda: self.record()["result"] == f"release {number} (1.{number}) is installed", "the update")
        self.eventually(lambda: self.machine.property("muster-update", "ActiveState") == "inactive", "the end of root's step")
        return number

    def check_runs(self, number):
        self.assertEqual(self.version(), f"1.{number} installed")
        self.assertEqual(self.machine.property("muster", "ActiveState"), "active")
        self.assertEqual(self.machine.path("/usr/lib/muster/update/number").read_text(), f"{number}\n")

    def test_a_signed_release_is_fetched_installed_and_kept(self):
        before = self.machine.property("muster", "MainPID")
        number = self.update()
        self.check_runs(number)
        self.assertNotEqual(self.machine.property("muster", "MainPID"), before)
        self.assertTrue(self.machine.path(f"{DATA}/updates/kept.package").exists())
        self.assertFalse(self.machine.path(f"{DATA}/updates/next.package").exists())
        self.assertIn(f"update       release {number} (1.{number}) is installed\n", self.machine.run("muster", "status")[1])

    def test_a_release_that_does_not_start_is_taken_back_also_after_a_power_cut(self):
        good = self.update()
        bad = self.stage(BROKEN)
        self.eventually(lambda: self.record()["step"] == "on-trial", "the trial")
        self.assertEqual(self.version(), f"1.{bad} installed")

        # Ten minutes of running time, most of them before a power cut.
        self.machine.do("systemctl", "kill", "--signal=KILL", "muster-update.service")
        self.eventually(lambda: self.machine.property("muster-update", "MainPID") == "0", "the power cut")
        record = self.record() | {"ran_s": 600}
        self.machine.path(f"{DATA}/updates/record.json").write_text(json.dumps(record))
        self.machine.do("systemctl", "reset-failed", "muster-update.service")
        self.machine.do("systemctl", "start", "muster-update.service")  # as a boot does

        self.eventually(lambda: self.record()["step"] == "none", "the way back")
        self.machine.do("systemctl", "reset-failed", "muster.service")
        self.machine.do("systemctl", "start", "muster.service")
        self.check_runs(good)
        self.assertEqual(self.record()["rolled_back"], [bad])
        code, said = self.machine.run(*AGENT, "muster", "update")
        self.assertEqual(code, 7)
        self.assertIn(f"rolled-back: release {bad} did not work here", said)

    def test_what_was_swapped_after_the_agents_check_is_refused(self):
        number = self.update()
        self.step_by_hand()
        self.stage()
        package = self.machine.path(f"{DATA}/state/updates/package")
        content = bytearray(package.read_bytes())
        content[-1] ^= 1
        package.write_bytes(content)
        code, said = self.machine.run("muster", "update", "--install")
        self.assertEqual(code, 7)
        self.assertIn("the staged update is refused: wrong-digest: ", said)
        self.check_runs(number)
        self.assertIn("the last one was refused: wrong-digest: ", self.machine.run("muster", "status")[1])

    def test_a_lost_record_is_refused_until_a_package_is_installed_by_hand(self):
        number = self.update()
        self.machine.path(f"{DATA}/updates/record.json").unlink()
        self.assertIn("lost-state: ", self.machine.run(*AGENT, "muster", "update")[1])
        self.assertIn("lost-state: ", self.machine.run("muster", "update", "--install")[1])
        self.install_deb(self.maker.package(number))
        self.check_runs(self.update())

    def test_a_power_cut_at_any_moment_of_roots_step_ends_with_one_of_the_two_versions(self):
        self.update()
        self.step_by_hand()
        fault = ("muster_fault", "/tmp/calls")
        install = ("/usr/bin/muster", "update", "--install")
        number = self.stage()
        self.machine.do(*fault, "count", "any", "0", *install)
        self.check_runs(number)
        calls = [line.split()[0] for line in self.machine.path("/tmp/calls").read_text().splitlines()]
        decisive = [at for at, name in enumerate(calls, 1) if name in ("fsync", "rename", "renameat", "renameat2", "unlink",
                                                                       "unlinkat", "wait4", "vfork", "clone3")]

        for at in decisive[::max(1, len(decisive) // 6)]:
            with self.subTest(f"before the call {at}, {calls[at - 1]}"):
                number = self.stage()
                self.machine.run(*fault, "kill", "any", at, *install)
                self.eventually(lambda: self.machine.run("pidof", "dpkg")[0] != 0, "the end of dpkg")
                code, said = self.machine.run(*install)
                self.assertEqual(code, 0, said)
                self.assertEqual(self.record()["result"], f"release {number} (1.{number}) is installed")
                self.check_runs(number)

    def test_a_key_that_others_may_replace_is_no_key_for_root(self):
        self.step_by_hand()
        self.stage()
        key = self.machine.path("/usr/lib/muster/update/key.pem")
        key.chmod(0o666)
        self.addCleanup(key.chmod, 0o644)
        code, said = self.machine.run("muster", "update", "--install")
        self.assertEqual(code, 7)
        self.assertIn("the staged update is refused: no-key: ", said)

    def test_a_record_that_the_service_could_replace_is_not_used(self):
        self.step_by_hand()
        self.stage()
        folder = self.machine.path(f"{DATA}/updates")
        self.machine.do("chgrp", "muster", f"{DATA}/updates")
        self.addCleanup(self.machine.do, "chgrp", "root", f"{DATA}/updates")
        folder.chmod(0o775)
        self.addCleanup(folder.chmod, 0o755)
        code, said = self.machine.run("muster", "update", "--install")
        self.assertNotEqual(code, 0)
        self.assertIn(f"others than root can change {DATA}/updates/record.json: its folder", said)

    def test_a_request_stays_while_another_run_installs(self):
        self.step_by_hand()
        self.stage()
        install = ("muster", "update", "--install")
        code, said = self.machine.run("flock", f"{DATA}/updates/lock", *install)
        self.assertNotEqual(code, 0)
        self.assertIn(f"cannot lock {DATA}/updates/lock: an update is being installed already", said)
        self.assertTrue(self.machine.path(f"{DATA}/state/update").exists())
        self.machine.do(*install)
        self.assertFalse(self.machine.path(f"{DATA}/state/update").exists())

    def test_roots_step_reads_no_policy(self):
        self.step_by_hand()
        policy = self.machine.path(f"{DATA}/state/policy")
        policy.mkdir(exist_ok=True)
        self.addCleanup(shutil.rmtree, policy)
        (policy / "applied.json").write_text("no record of a policy")
        self.assertIn("policy", self.machine.run(*AGENT, "muster", "update")[1])
        self.assertNotIn("policy", self.machine.run("muster", "update", "--install")[1])

    def test_units_that_are_new_in_a_package_are_enabled_and_a_disabled_one_stays_so(self):
        self.machine.do("systemctl", "disable", "muster-collect.path")
        self.addCleanup(self.machine.do, "systemctl", "enable", "muster-collect.path")
        self.addCleanup(self.machine.run, "systemctl", "disable", "--now", "muster-new.path")
        with self.maker.more_units("muster-new.path"):
            self.update()
        self.assertEqual(self.machine.run("systemctl", "is-enabled", "muster-new.path", "muster-collect.path")[1].split(),
                         ["enabled", "disabled"])
        self.assertEqual(self.machine.property("muster-new.path", "ActiveState"), "active")

    def test_roots_step_has_no_way_to_the_network(self):
        self.probe_network("muster-update.service")
        self.machine.path(f"{DATA}/state/update").touch()
        self.eventually(lambda: "Address family not supported" in self.machine.journal(), "the refusal of a socket")


if __name__ == "__main__":
    sys.exit(unittest.main())
