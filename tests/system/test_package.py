"""The .deb and the .rpm from installation to purge, under a real systemd, with a beacon in another network namespace.

MUSTER_DEB and MUSTER_RPM name the packages. It is skipped where this system cannot have such a machine.
"""

import hashlib
import os
import pathlib
import subprocess
import unittest

from machine import DATA
from parties import BesideBeacon

PACKAGE = os.environ.get("MUSTER_DEB", "")
RPM = os.environ.get("MUSTER_RPM", "")
UNITS = ("muster.service", "muster-adopt.path", "muster-collect.path", "muster-renew.path", "muster-renew-install.path",
         "muster-update.path")


class Life(BesideBeacon):
    def put(self, name):
        file = self.machine.path(f"{DATA}/uploads/Inventories/{name}")
        file.write_text(name)
        file.chmod(0o644)

    def configuration(self):
        """{path: digest} below etc."""
        root = self.machine.path(f"{DATA}/etc")
        return {str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest()
                for file in root.rglob("*") if file.is_file()}

    def arrived(self, name):
        return any(name in one for one in self.beacon.uploaded())

    def process(self):
        return self.machine.property("muster", "MainPID")

    def newer_package(self):
        unpacked = self.folder / "unpacked"
        subprocess.run(["dpkg-deb", "--raw-extract", PACKAGE, unpacked], check=True)
        control = unpacked / "DEBIAN" / "control"
        control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 9"))
        package = self.folder / "newer.deb"
        subprocess.run(["dpkg-deb", "-Znone", "--build", unpacked, package], check=True, stdout=subprocess.DEVNULL)
        return package.read_bytes()

    def install_package(self):
        return self.install_deb(pathlib.Path(PACKAGE).read_bytes())

    def test_a_folder_state_that_another_product_had_stays(self):
        state = self.machine.path(f"{DATA}/state")
        state.mkdir(parents=True)
        (state / "other-product.db").write_text("x")
        said = self.install_package()
        self.assertIn(f"there is no {DATA}/etc/config.ini yet; when it is there: systemctl start muster", said)
        self.machine.do("muster", "-q", "collect", "--spool")  # makes files in state

        said = self.dpkg("--purge", "muster")
        self.assertEqual([file.name for file in state.iterdir()], ["other-product.db"])
        self.assertIn(f"muster: kept: {DATA}/state/other-product.db\n", said)
        self.machine.do("rm", "-r", DATA)

    def test_an_rpm_is_installed_upgraded_and_removed(self):
        self.machine.path("/tmp/muster.rpm").write_bytes(pathlib.Path(RPM).read_bytes())
        self.machine.do("rpm", "--install", "--nodeps", "/tmp/muster.rpm")  # nodeps: no other package is in rpm's record here
        self.assertEqual(self.machine.do("rpm", "--verify", "--nodeps", "muster"), "")
        self.machine.do("rpm", "--upgrade", "--force", "--nodeps", "/tmp/muster.rpm")
        self.assertEqual(self.machine.do("systemctl", "is-enabled", *UNITS).split(), ["enabled"] * len(UNITS))

        self.machine.do("/usr/lib/muster/setup", "purge")
        self.machine.do("rpm", "--erase", "muster")
        self.check_that_nothing_is_left()
        self.assertFalse(self.machine.path(DATA).exists())

    def test_from_the_installation_to_the_purge(self):
        self.install()
        self.take_and_upload_an_inventory()
        self.survive_a_hang()
        self.reload()
        self.upgrade_with_a_filled_spool()
        self.purge()

    def install(self):
        self.stage_deployment()
        self.install_package()
        self.assertEqual(list(self.machine.path("/var/tmp").glob("mgsft_*")), [])
        for state, word in (("is-enabled", "enabled"), ("is-active", "active")):
            self.assertEqual(self.machine.do("systemctl", state, *UNITS).split(), [word] * len(UNITS))
        owner = self.machine.do("stat", "--format=%U:%G", f"/proc/{self.process()}").strip()
        self.assertEqual(owner, "muster:muster")

    def take_and_upload_an_inventory(self):
        self.machine.as_agent("touch", f"{DATA}/state/collect")
        self.eventually(lambda: self.arrived("Inventories/"), "an inventory on the beacon")
        # nginx takes no request without a certificate.
        code, said = self.machine.run("muster", "upload", "/etc/hosts", "-o", "AddClientCertificateAndKey=False")
        self.assertEqual(code, 4, said)

    def survive_a_hang(self):
        folder = self.machine.path("/etc/systemd/system/muster.service.d")
        folder.mkdir(parents=True)
        (folder / "quick.conf").write_text("[Service]\nWatchdogSec=3s\nRestartSec=100ms\n")
        self.machine.do("systemctl", "daemon-reload")
        self.machine.do("systemctl", "restart", "muster")
        before = self.process()
        self.machine.do("kill", "-STOP", before)
        self.eventually(lambda: self.process() not in ("0", before) and
                        self.machine.property("muster", "ActiveState") == "active", "a restart")
        (folder / "quick.conf").unlink()
        folder.rmdir()
        self.machine.do("systemctl", "daemon-reload")
        self.machine.do("systemctl", "restart", "muster")

    def reload(self):
        before = self.process()
        self.machine.do("systemctl", "reload", "muster")
        self.eventually(lambda: "configuration reloaded" in self.machine.journal(), "the reload")
        self.assertEqual(self.process(), before)

    def upgrade_with_a_filled_spool(self):
        self.beacon.stop()
        self.put("waiting.ndi")
        configuration, before = self.configuration(), self.process()
        self.machine.path("/tmp/newer.deb").write_bytes(self.newer_package())
        self.dpkg("--install", "/tmp/newer.deb")

        self.assertEqual(self.configuration(), configuration)
        waiting = self.machine.path(f"{DATA}/uploads/Inventories/waiting.ndi")
        self.assertTrue(waiting.exists())
        self.assertEqual(self.machine.property("muster", "ActiveState"), "active")
        self.assertNotEqual(self.process(), before)

        self.beacon.start()
        self.machine.do("systemctl", "restart", "muster")  # not to wait for the end of a pause
        self.eventually(lambda: self.arrived("waiting.ndi") and not waiting.exists(), "the delivery of the waiting file")

    def purge(self):
        self.beacon.stop()
        self.put("undelivered.ndi")
        self.machine.path(f"{DATA}/log/other-product.log").write_text("x")
        self.machine.path(f"{DATA}/etc/other-product.ini").write_text("x")
        with self.machine.path(f"{DATA}/etc/config.ini").open("a") as config:
            config.write("; changed by hand\n")
        said = self.dpkg("--purge", "muster")

        kept = ("uploads/Inventories/undelivered.ndi", "log/other-product.log", "etc/other-product.ini", "etc/config.ini")
        root = self.machine.path(DATA)
        self.assertEqual(sorted(str(file.relative_to(root)) for file in root.rglob("*") if not file.is_dir()), sorted(kept))
        for name in kept:
            self.assertIn(f"muster: kept: {DATA}/{name}\n", said)
        self.check_that_nothing_is_left()

    def check_that_nothing_is_left(self):
        self.assertNotIn("muster", self.machine.path("/etc/passwd").read_text() + self.machine.path("/etc/group").read_text())
        self.assertEqual([file for file in self.machine.path("/usr/lib/systemd/system").glob("muster*")], [])
        self.assertEqual(list(self.machine.path("/etc/systemd/system").rglob("muster*")), [])
        self.assertFalse(self.machine.path("/usr/bin/muster").exists())


if __name__ == "__main__":
    unittest.main()
