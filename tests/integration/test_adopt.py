"""muster adopt: what root deployed as 0600 becomes readable for the service, and nothing else changes."""

import os
import shutil
import stat
import subprocess
import unittest

from support.agent import Agent
from support.beacon import wait_until
from support.device import replace
from support.running import OneDevice

GROUP = 64_321
SERVICE = 64_322

# A group file with the service's group in it, for this process and its children alone.
WITH_GROUP = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/group && exec "$@"')


def why_not():
    if os.geteuid() != 0:
        return "needs root"
    done = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    return "" if done.returncode == 0 else "no mount namespaces here"


@unittest.skipIf(why_not(), why_not())
class Adoption(OneDevice):
    def setUp(self):
        super().setUp()
        groups = self.device.file("group", f"root:x:0:\nmuster:x:{GROUP}:\n".encode())
        self.prefix = [*WITH_GROUP, str(groups)]
        self.device.folder.chmod(0o755)
        self.client = self.device.ssl / "client"
        for path in (self.device.config, self.device.certificate, self.device.key):
            path.chmod(0o600)
        for path in (self.client, self.client / "private"):
            path.chmod(0o700)

    def adopt(self, code=0, **more):
        run = self.device.run("adopt", prefix=self.prefix, **more)
        self.assertEqual(run.code, code, run)
        return run

    def facts(self, path):
        facts = path.lstat()
        return facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)

    def test_files_deployed_by_root_alone_are_readable_for_the_service_and_for_nobody_else(self):
        before = (self.device.ssl / "cert.pem").read_bytes(), self.facts(self.device.ssl / "cert.pem")
        run = self.adopt()
        for path in (self.device.config, self.device.certificate, self.device.key):
            self.assertEqual(self.facts(path), (0, GROUP, 0o640), path)
            self.assertIn(f"{path}: root:muster 0640, was root:root 0600\n", run.out)
        for path in (self.client, self.client / "private"):
            self.assertEqual(self.facts(path), (0, GROUP, 0o750), path)
        self.assertEqual(((self.device.ssl / "cert.pem").read_bytes(), self.facts(self.device.ssl / "cert.pem")), before)

    def test_the_service_works_afterwards(self):
        words = ["upload", self.device.file("a.ndi")]
        (self.device.work / "a.ndi").chmod(0o644)
        (self.device.data / "state").mkdir(mode=0o700)
        os.chown(self.device.data / "state", SERVICE, GROUP)
        self.device.work.chmod(0o755)
        as_service = [*self.prefix, "setpriv", f"--reuid={SERVICE}", f"--regid={GROUP}", "--clear-groups"]
        self.assertEqual(self.device.run(*words, prefix=as_service).code, 8)
        self.adopt()
        run = self.device.run(*words, prefix=as_service)
        self.assertEqual(run.code, 0, run)

    def test_a_service_that_runs_takes_up_what_is_adopted_meanwhile(self):
        self.adopt()
        for path in (self.device.data / "state", self.device.spool, self.device.spool / "Inventories"):
            path.mkdir()
            os.chown(path, SERVICE, GROUP)
        as_service = [*self.prefix, "setpriv", f"--reuid={SERVICE}", f"--regid={GROUP}", "--clear-groups"]
        with Agent(self.device, prefix=as_service):
            self.assertEqual(self.serial_of_an_upload("first"), self.pki.client.serial())
            for path, content in ((self.device.key, self.pki.client_other.key),
                                  (self.device.certificate, self.pki.client_other.certificate)):
                replace(path, content.read_bytes())
            self.assertEqual(self.serial_of_an_upload("second"), self.pki.client.serial())
            self.adopt()
            self.assertEqual(self.serial_of_an_upload("third"), self.pki.client_other.serial())

    def serial_of_an_upload(self, name):
        before = len(self.beacon.puts())
        file = self.device.put(f"{name}.ndi")
        os.chown(file, SERVICE, GROUP)
        wait_until(lambda: len(self.beacon.puts()) > before, what=f"the {name} upload")
        return self.beacon.puts()[-1].split("serial=")[1].split()[0]

    def test_a_second_time_there_is_nothing_to_do(self):
        self.adopt()
        self.assertEqual(self.adopt().out, "")

    def test_what_others_own_what_others_share_and_what_is_readable_is_left_alone(self):
        other, shared, readable = (self.client / name for name in ("other", "shared", "readable"))
        for path in (other, shared, readable):
            path.write_text("x")
        os.chown(other, SERVICE, 0)
        os.chown(shared, 0, SERVICE)
        other.chmod(0o600)
        shared.chmod(0o640)
        readable.chmod(0o644)
        before = [self.facts(path) for path in (other, shared, readable)]
        self.adopt()
        self.assertEqual([self.facts(path) for path in (other, shared, readable)], before)

    def test_nobody_is_helped_to_a_file_elsewhere(self):
        secret = self.device.file("secret")
        secret.chmod(0o600)
        (self.client / "link").symlink_to(secret)
        os.link(secret, self.client / "second-name")
        elsewhere = self.device.work / "elsewhere"
        elsewhere.mkdir(mode=0o700)
        (elsewhere / "secret").write_text("x")
        (elsewhere / "secret").chmod(0o600)
        (self.client / "current").symlink_to(elsewhere)
        self.adopt()
        self.assertEqual(self.facts(secret), (0, 0, 0o600))
        self.assertEqual(self.facts(elsewhere), (0, 0, 0o700))
        self.assertEqual(self.facts(elsewhere / "secret"), (0, 0, 0o600))

    def test_a_folder_that_others_may_write_to_is_not_entered(self):
        loose = self.client / "loose"
        loose.mkdir()
        (loose / "file").write_text("x")
        (loose / "file").chmod(0o600)
        loose.chmod(0o777)
        self.adopt()
        self.assertEqual(self.facts(loose / "file"), (0, 0, 0o600))

    def test_where_others_may_replace_the_files_it_says_so(self):
        self.device.ssl.chmod(0o777)
        self.assertIn("others than root may write to it", self.adopt(code=8).err)
        self.assertEqual(self.facts(self.device.key), (0, 0, 0o600))

    def test_without_the_group_it_says_so(self):
        self.device.file("group", b"root:x:0:\n")
        self.assertIn("groupadd --system muster", self.adopt(code=8).err)

    def test_it_needs_root(self):
        self.device.config.chmod(0o644)
        self.prefix += ["setpriv", f"--reuid={SERVICE}", f"--regid={GROUP}", "--clear-groups"]
        self.assertIn("run it as root", self.adopt(code=8).err)

    def test_without_any_certificate_the_configuration_is_adopted(self):
        shutil.rmtree(self.client)
        self.assertEqual(len(self.adopt().out.splitlines()), 1)

    def test_as_json(self):
        run = self.device.run("adopt", "--json", prefix=self.prefix)
        self.assertIn({"path": str(self.device.key), "before": "root:root 0600", "after": "root:muster 0640"},
                      run.json()["adopted"])


if __name__ == "__main__":
    unittest.main()
