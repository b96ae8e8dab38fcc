"""What root writes lands where it was meant to, and what one user makes the other can use: links in the way of keys,
folders that others may change, every umask, and commands of root beside the service's user."""

import os
import pathlib
import shutil
import stat
import subprocess
import unittest

from support.agent import Agent
from support.beacon import wait_until
from support.certificates import PASSWORD, Certificates
from support.running import Run

GROUP = 64_321
SERVICE = 64_322
STRANGER = 12_345
WITH_GROUP = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/group && exec "$@"')
AS_SERVICE = ("setpriv", f"--reuid={SERVICE}", f"--regid={GROUP}", "--clear-groups")


def why_not():
    if os.geteuid() != 0:
        return "needs root"
    done = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    return "" if done.returncode == 0 else "no mount namespaces here"


def with_umask(mask):
    return ("sh", "-c", f'umask {mask}; exec "$0" "$@"')


def facts(path):
    found = path.lstat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


@unittest.skipIf(why_not(), why_not())
class Links(Certificates):
    """Another user's link is never followed to write a key."""

    def setUp(self):
        super().setUp()
        self.device.folder.chmod(0o755)
        self.sticky = self.device.folder / "shared"
        self.sticky.mkdir()
        self.sticky.chmod(0o1777)
        self.victim = self.device.folder / "victim"
        self.victim.mkdir()

    def link_of_a_stranger(self, name, target):
        link = self.sticky / name
        link.symlink_to(target)
        os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
        return link

    def export(self, folder, code):
        run = self.device.run("cert", "export-unix", self.pfx(), "-O", folder, "--password-file", self.password)
        self.assertEqual(run.code, code, run)
        return run

    def test_in_the_place_of_the_folder_of_the_key_and_in_the_middle_of_a_path(self):
        link = self.link_of_a_stranger("out", self.victim)
        (self.victim / "below").mkdir()
        for folder in (link, link / "below", link / "new", link / "below" / ".." / "below", f"{link}/"):
            with self.subTest(folder):
                run = self.export(folder, 8)
                self.assertIn(f"the link {link} on its way belongs to user {STRANGER}", run.err)
                self.assertEqual([path.name for path in self.victim.rglob("*")], ["below"])

    def test_in_the_place_of_the_key_itself(self):
        out = self.sticky / "out"
        out.mkdir()
        out.chmod(0o1777)
        for name in ("client_key.pem", "client_cert.pem"):
            with self.subTest(name):
                target = self.victim / "precious"
                target.write_text("precious")
                link = out / name
                link.symlink_to(target)
                os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
                self.export(out, 8)
                self.assertEqual(target.read_text(), "precious")
                link.unlink()

    def test_that_leads_on_over_another_link(self):
        ours = self.device.folder / "ours"
        ours.symlink_to(self.link_of_a_stranger("theirs", self.victim))
        self.export(ours, 8)
        self.assertEqual(list(self.victim.iterdir()), [])

    def test_in_a_folder_that_others_may_write_to_even_our_own(self):
        self.sticky.chmod(0o777)
        link = self.sticky / "ours"
        link.symlink_to(self.victim)
        run = self.export(link, 8)
        self.assertIn("writable by others (mode 0777)", run.err)
        self.assertEqual(list(self.victim.iterdir()), [])

    def test_of_our_own_in_safe_folders_is_followed(self):
        link = self.device.folder / "ours"
        link.symlink_to(self.victim)
        self.export(link, 0)
        sticky = self.sticky / "ours"
        sticky.symlink_to(link)
        self.export(sticky / "below", 0)
        self.assertEqual({path.name for path in self.victim.iterdir()}, {"client_key.pem", "client_cert.pem", "below"})

    def test_is_not_followed_for_a_download_or_the_configuration_either(self):
        link = self.link_of_a_stranger("out", self.victim)
        self.beacon.put_download("x", b"content")
        self.device.preferences["AddClientCertificateAndKey"] = "True"
        self.device.deploy(self.pki.client)
        self.device.write_config()
        self.assertEqual(self.device.run("download", "x", "-O", link / "x").code, 8)
        config = self.victim / "config.ini"
        shutil.copy(self.device.config, config)
        before = config.read_bytes()
        run = self.device.run("config", "set", "NetworkTimeout", "9", config=link / "config.ini")
        self.assertEqual((run.code, config.read_bytes()), (8, before), run)
        self.assertEqual([path.name for path in self.victim.iterdir()], ["config.ini"])


@unittest.skipIf(why_not(), why_not())
class UnsafePlaces(Certificates):
    """A place from which no key would be used is refused before anything is replaced."""

    def setUp(self):
        super().setUp()
        self.device.deploy(self.pki.client)
        self.device.preferences["AddClientCertificateAndKey"] = "True"
        self.device.write_config()
        self.delivers()

    def refused_and_untouched(self, saying):
        for words in (("import", self.pfx(pair=self.pki.client_other), "--password-file", self.password),
                      ("install", self.pki.client_other.certificate, self.pki.client_other.key), ("request",)):
            run = self.refused(*words, code=4, saying=saying)
            self.assertNotIn("installed", run.out)

    def test_a_folder_that_others_may_write_to(self):
        for folder in (self.device.key.parent, self.device.key.parent.parent, self.device.ssl):
            with self.subTest(folder):
                folder.chmod(0o777)
                self.refused_and_untouched(f"{folder} is writable by others (mode 0777)")
                folder.chmod(0o755)
                self.delivers()

    def test_a_folder_of_another_user(self):
        os.chown(self.device.key.parent, STRANGER, 0)
        self.refused_and_untouched(f"belongs to user {STRANGER}")

    def test_a_folder_that_our_own_group_may_write_to(self):
        os.chown(self.device.key.parent, 0, STRANGER)
        self.device.key.parent.chmod(0o775)
        for group in (STRANGER, GROUP):
            run = self.device.run("upload", self.device.file("x"), prefix=("setpriv", f"--regid={group}", "--clear-groups"))
            self.assertEqual(run.code, 4, run)
            self.assertIn("writable by others (mode 0775)", run.err)

    def test_a_link_in_the_middle_whose_folder_others_may_write_to(self):
        """key -> first/ -> open/second -> the key's folder: whoever may write to open/ chooses the key."""
        real = self.device.key.parent
        middle = self.device.folder / "open"
        middle.mkdir()
        (middle / "second").symlink_to(real)
        (self.device.ssl / "first").symlink_to(middle / "second")
        self.device.preferences["SSLClientPrivateKeyFile"] = str(self.device.ssl / "first" / "client_key.pem")
        self.device.write_config()
        self.delivers()
        middle.chmod(0o777)
        run = self.device.run("upload", self.device.file("x"))
        self.assertEqual(run.code, 4, run)
        self.assertIn(f"{middle} is writable by others", run.err)

    def test_a_configuration_that_cannot_be_written(self):
        """Found before the pair is replaced."""
        real = self.device.data / "etc" / "real.ini"
        self.device.config.rename(real)
        self.device.config.symlink_to(self.device.folder / "nowhere")
        before = self.left()
        run = self.device.run("cert", "import", self.pfx(pair=self.pki.client_other), "--password-file", self.password)
        self.assertNotEqual(run.code, 0, run)
        self.assertEqual(self.left(), before)


@unittest.skipIf(why_not(), why_not())
class Shared(Run):
    """root:muster, whoever comes first and whatever the umask."""

    def setUp(self):
        self.beacon_ = self.beacon()

    def fresh(self, **more):
        device = self.device(self.beacon_.port, NetworkRetries="0", **more)
        device.folder.chmod(0o755)
        for path in (device.data, *device.data.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        groups = device.file("group", f"root:x:0:\nmuster:x:{GROUP}:\n".encode())
        self.prefix = [*WITH_GROUP, str(groups)]
        os.chown(device.key, SERVICE, GROUP)  # of the service, as a credential would be
        device.key.chmod(0o600)
        os.chown(device.key.parent, 0, GROUP)
        return device

    def run_all(self, device, prefix):
        """Commands that make folders and files."""
        self.beacon_.put_download("policy", b"{}")
        device.put("a")
        for words in (("upload",), ("upload", device.file("x")), ("download", "policy"), ("beacons", "--fresh")):
            run = device.run(*words, prefix=prefix)
            self.assertEqual(run.code, 0, run)

    def test_no_folder_is_open_to_others_under_any_umask(self):
        for mask in ("000", "002", "022", "077"):
            device = self.fresh()
            device.key.chmod(0o600)
            os.chown(device.key, 0, 0)
            self.run_all(device, with_umask(mask))
            for folder in ("state", "uploads", "state/downloads"):
                with self.subTest(mask=mask, folder=folder):
                    path = device.data / folder
                    if folder != "uploads":  # the test itself made that one
                        self.assertEqual(facts(path)[2] & 0o007, 0, oct(facts(path)[2]))
            for path in (device.data / "state").rglob("*"):
                self.assertEqual(facts(path)[2] & 0o002, 0, (path, oct(facts(path)[2])))

    def test_what_root_makes_is_the_services_as_well(self):
        for mask in ("000", "022", "077"):
            device = self.fresh()
            os.chown(device.key, 0, 0)
            device.put("a")
            shutil.rmtree(device.data / "uploads")
            agent = Agent(device, prefix=[*self.prefix, *with_umask(mask)])
            agent.__enter__()
            self.assertEqual(agent.stop(), 0)
            agent.__exit__()
            for folder in ("state", "uploads"):
                self.assertEqual(facts(device.data / folder), (0, GROUP, 0o2770), (mask, folder))
            self.run_all(device, [*self.prefix, *with_umask(mask)])
            for lock in (device.data / "state").glob("*.lock"):
                self.assertEqual(facts(lock), (0, GROUP, 0o660), (mask, lock))

            os.chown(device.key, SERVICE, GROUP)
            agent = Agent(device, prefix=[*self.prefix, *AS_SERVICE])
            with agent:
                device.put("b")
                for path in (device.spool / "Inventories", device.spool / "Inventories" / "b"):
                    os.chown(path, 0, GROUP)
                    path.chmod(0o2770 if path.is_dir() else 0o660)
                wait_until(lambda: "Inventories/b" in self.beacon_.uploaded(), 10, "the upload by the service")
                self.assertNotIn("not saved", agent.log())
                self.assertNotIn("not kept", agent.log())

    def test_a_command_of_root_that_was_killed_does_not_stop_the_service(self):
        device = self.fresh()
        os.chown(device.key, 0, 0)
        self.run_all(device, self.prefix)
        left = device.data / "state" / ".beacons.new"
        left.write_text("half")
        left.chmod(0o600)
        os.chown(device.key, SERVICE, GROUP)
        for path in (device.spool, device.spool / "Inventories"):
            os.chown(path, 0, GROUP)
            path.chmod(0o2770)
        run = device.run("upload", device.file("y"), prefix=[*self.prefix, *AS_SERVICE])
        self.assertEqual((run.code, run.err), (0, ""), run)
        self.assertFalse(left.exists())

    def test_a_first_start_that_may_not_make_its_folders_says_what_root_has_to_do(self):
        device = self.fresh()
        with self.assertRaises(RuntimeError) as failed:
            Agent(device, prefix=[*self.prefix, *AS_SERVICE]).__enter__()
        said = str(failed.exception)
        state = device.data / "state"
        self.assertIn(f"cannot create {state}: Permission denied (errno 13)", said)
        self.assertIn(f"install -d -g muster -m 2770 {state}", said)
        self.assertNotIn("run as root or as the user of the service", said)


@unittest.skipIf(why_not(), why_not())
class LinksInTheSpool(Run):
    """A member of the spool's group replaces a folder while root works."""

    def test_a_link_in_the_place_of_a_folder_below_state_is_not_written_through(self):
        beacon = self.beacon()
        beacon.put_download("policy", b"{}")
        device = self.device(beacon.port)
        self.assertEqual(device.run("download", "policy").code, 0)
        downloads = device.data / "state" / "downloads"
        shutil.rmtree(downloads)
        victim = device.folder / "victim"
        victim.mkdir()
        downloads.symlink_to(victim)
        os.chown(downloads, STRANGER, STRANGER, follow_symlinks=False)
        (device.work / "policy").unlink()
        self.assertEqual(device.run("download", "policy").code, 0)
        self.assertEqual(list(victim.iterdir()), [])

    def test_a_lock_that_is_another_name_of_a_file_is_not_written_to(self):
        device = self.device(self.beacon().port)
        (device.data / "state").mkdir()
        victim = device.folder / "victim"
        victim.write_text("precious")
        os.link(victim, device.data / "state" / "run.lock")
        with self.assertRaises(RuntimeError) as failed:
            Agent(device).__enter__()
        self.assertIn("it is no file of its own", str(failed.exception))
        self.assertEqual(victim.read_text(), "precious")


if __name__ == "__main__":
    unittest.main()
