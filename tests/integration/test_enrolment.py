"""cert import, install, request and export-unix where something is in the way: what was there stays, what is put there
works, and whoever asked is told what to do."""

import os
import re
import shutil
import stat
import subprocess
import unittest

from support.ca import CLIENT, openssl
from support.certificates import PASSWORD, Certificates
from support.machine import machine, why_no_machine
from support.terminal import at_terminal

GROUP = 64_321
# A group file with the service's group in it, for this process and its children alone.
WITH_GROUP = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/group && exec "$@"')
# A file that cannot be replaced.
AS_MOUNT = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$0" && exec "$@"')
UPLOADER, LAUNCHER = (rf"[ManageSoft\{name}\CurrentVersion]" for name in ("Uploader", "Launcher"))


def why_not():
    if os.geteuid() != 0:
        return "needs root"
    done = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    return "" if done.returncode == 0 else "no mount namespaces here"


@unittest.skipIf(why_no_machine(), why_no_machine())
class Names(Certificates):
    """What a request says of this device where nobody tells it."""

    def names(self, hosts):
        run = self.good("request", prefix=machine(self.device.folder, "device-7", hosts))
        self.assertLess(run.seconds, 25)
        shown = subprocess.run(["openssl", "req", "-noout", "-text"], input=run.out, capture_output=True, text=True, check=True)
        self.assertRegex(shown.stdout, "Subject: CN ?= ?device-7")
        return re.findall(r"DNS:([^,\s]+)", shown.stdout)

    def test_with_and_without_the_domain(self):
        self.assertEqual(self.names("127.0.1.1 device-7.example.test device-7\n"), ["device-7.example.test", "device-7"])

    def test_a_name_of_another_machine_is_none_of_ours(self):
        self.assertEqual(self.names("127.0.0.1 localhost.localdomain localhost device-7\n"), ["device-7"])

    def test_a_name_server_that_is_silent_is_not_waited_for(self):
        self.assertEqual(self.names("127.0.0.1 localhost\n"), ["device-7"])


class Answers(Certificates):
    """Which key a certificate is for."""

    def test_the_key_of_a_request_stays_until_its_own_answer_is_installed(self):
        self.good("request", "-O", self.device.work / "device.csr")
        waiting = self.device.key.with_name("client_key.pem.requested")
        key = waiting.read_bytes()
        self.refused("install", self.pfx(), "--password-file", self.password, saying="use muster cert import")
        self.good("import", self.pfx(), "--password-file", self.password)
        self.good("install", self.pki.client_other.certificate, self.pki.client_other.key)
        self.assertEqual(waiting.read_bytes(), key)
        answer = self.device.work / "answer.pem"
        issuer = self.pki.issuing
        openssl("ca", "-batch", "-config", issuer.config, "-keyfile", issuer.key, "-cert", issuer.certificate, "-in",
                self.device.work / "device.csr", "-out", answer, "-notext", "-days", "40", "-extfile",
                self.device.file("extensions", (CLIENT + "\n").encode()))
        self.good("install", answer, waiting)
        self.assertFalse(waiting.exists())
        self.assertEqual(self.device.key.read_bytes(), key)

    def test_without_any_key_the_two_ways_to_one_are_told(self):
        shutil.rmtree(self.device.ssl / "client")
        run = self.refused("install", self.pki.client.certificate, saying="there is no key for")
        self.assertIn("muster cert request", run.err)
        self.assertIn("muster cert install CERT KEY", run.err)

    def test_a_certificate_in_der_is_to_be_converted(self):
        der = self.device.work / "answer.cer"
        openssl("x509", "-in", self.pki.client.certificate, "-outform", "DER", "-out", der)
        self.refused("install", der, self.pki.client.key, saying=f"openssl x509 -inform DER -in {der} -out ")

    def test_a_pfx_in_place_is_known_by_its_content(self):
        for name in ("CLIENT.PFX", "client"):
            place = self.device.ssl / "client" / name
            shutil.copy(self.pfx(), place)
            self.device.preferences["SSLClientCertificateFile"] = str(place)
            self.device.write_config()
            self.refused("import", self.pfx(), "--password-file", self.password, code=3, saying="used in place")


class Uses(Certificates):
    """What the next transfer sees, not only what Common says."""

    def override(self, section, line):
        self.device.config.write_text(self.device.config.read_text() + f"\n{section}\n{line}\n")

    def import_pfx(self):
        return self.good("import", self.pfx(), "--password-file", self.password)

    def test_the_password_of_an_earlier_key_is_unset(self):
        self.device.preferences["SSLClientPrivateKeyPasswordFile"] = "/nonexistent/password"
        self.device.write_config()
        self.override(LAUNCHER, "SSLClientPrivateKeyPasswordFile=/nonexistent/other")
        self.import_pfx()
        self.assertNotIn("PasswordFile", self.device.config.read_text())
        self.delivers()
        self.assertEqual(self.device.run("download", "nothing").code, 7)

    def test_a_section_that_shows_none_is_told_by_import_and_check(self):
        for section, words, others in ((UPLOADER, "uploads send no client certificate", "downloads"),
                                       (LAUNCHER, "downloads send no client certificate", "uploads")):
            with self.subTest(section):
                self.device.write_config()
                self.override(section, "AddClientCertificateAndKey=False")
                said = self.import_pfx().err
                line = self.device.config.read_text().splitlines().index("AddClientCertificateAndKey=False") + 1
                self.assertIn(f"{words}: AddClientCertificateAndKey is False ({self.device.config}:{line}); set it to True",
                              said)
                run = self.device.run("cert", "check")
                self.assertEqual(run.code, 4, run)
                self.assertIn(words, run.err)
                self.assertNotIn(f"{others} show", run.err)

    def test_another_certificate_for_downloads_is_told_and_checked(self):
        other = self.device.ssl / "other.pem"
        self.override(LAUNCHER, f"SSLClientCertificateFile={other}")
        self.assertIn(f"downloads use {other}", self.import_pfx().err)
        self.assertIn(str(other), self.device.run("cert", "check").err)

    def test_where_it_is_shown_nowhere_check_says_so_once(self):
        self.device.deploy(self.pki.client)
        run = self.device.run("cert", "check")
        self.assertEqual((run.code, len(run.lines())), (4, 1), run)
        self.assertIn("uploads and downloads send no client certificate: AddClientCertificateAndKey is False", run.err)


class Words(Certificates):
    """The remedy is for the command that was given, not for a preference."""

    def cure_of(self, *words, code=4):
        run = self.refused(*words, code=code)
        self.assertEqual(len(run.lines()), 1, run)
        self.assertNotIn("SSLClient", run.err)
        message, _, remedy = run.err.partition("; ")
        self.assertTrue(remedy, run)
        return remedy

    def test_of_passwords(self):
        wrong = self.device.file("wrong", b"wrong\n")
        wrong.chmod(0o600)
        encrypted = self.device.work / "encrypted.key"
        openssl("pkcs8", "-topk8", "-in", self.pki.client.key, "-out", encrypted, "-passout", f"pass:{PASSWORD}")
        for words in (("import", self.pfx()), ("install", self.pki.client.certificate, encrypted)):
            self.assertIn("give --password-file", self.cure_of(*words))
            self.assertIn("give the right one", self.cure_of(*words, "--password-file", wrong))
            self.assertIn("check the name", self.cure_of(*words, "--password-file", "/nonexistent"))

    def test_of_files_that_are_something_else(self):
        for words in (("import", "/nonexistent"), ("install", "/nonexistent", self.pki.client.key),
                      ("install", self.pki.client.certificate, "/nonexistent"),
                      ("install", self.pki.client.key, self.pki.client.certificate),
                      ("install", self.pki.client.certificate, self.pki.client.certificate)):
            self.cure_of(*words)

    def test_of_places_that_cannot_be_written(self):
        self.cure_of("request", "-O", self.device.work, code=8)
        self.cure_of("export-unix", self.pfx(), "-O", self.password, "--password-file", self.password, code=8)


class Obstacles(Certificates):
    def test_what_a_killed_process_left_is_removed_and_what_another_one_writes_is_not(self):
        client = self.device.key.parent
        dead = subprocess.Popen(["true"])
        dead.wait()
        abandoned = client / f".client_key.pem.{dead.pid}.tmp"
        others = [client / f".client_key.pem.{os.getpid()}.tmp", client / ".client_key.pem.x.tmp",
                  client / f".other.{dead.pid}.tmp"]
        for path in (abandoned, *others):
            path.write_text("key")
        self.good("import", self.pfx(), "--password-file", self.password)
        self.assertFalse(abandoned.exists())
        self.assertTrue(all(path.exists() for path in others))

    def test_a_folder_in_the_place_of_each_file(self):
        encrypted = ("--password-file", self.password)
        for place, words in ((self.device.certificate, ("import", self.pfx(), *encrypted)),
                             (self.device.key, ("import", self.pfx(), *encrypted)),
                             (self.device.certificate, ("install", self.pki.client.certificate, self.pki.client.key)),
                             (self.device.key, ("install", self.pki.client.certificate, self.pki.client.key)),
                             (self.device.key.with_name("client_key.pem.requested"), ("request",))):
            with self.subTest(place=place, words=words[0]):
                place.mkdir(parents=True)
                self.refused(*words, code=4 if words[0] == "request" else 8)
                self.assertEqual(list((self.device.ssl / "client").rglob("*.tmp")), [])
                place.rmdir()
        out = self.device.work / "out"
        (out / "client_key.pem").mkdir(parents=True)
        self.refused("export-unix", self.pfx(), "-O", out, *encrypted, code=8)
        self.assertEqual([path.name for path in out.iterdir()], ["client_key.pem"])
        self.refused("import", self.pfx(), "--password-file", out)

    @unittest.skipIf(why_not(), why_not())
    def test_a_key_that_cannot_be_replaced_leaves_the_certificate_file_as_it_was(self):
        for before in (None, self.pki.client.certificate.read_bytes(), b"something else"):
            with self.subTest(before):
                self.device.key.write_bytes(self.pki.client.key.read_bytes())
                self.device.certificate.unlink(missing_ok=True)
                if before is not None:
                    self.device.certificate.write_bytes(before)
                run = self.device.run("cert", "import", self.pfx(pair=self.pki.client_other), "--password-file",
                                      self.password, prefix=[*AS_MOUNT, str(self.device.key)])
                self.assertEqual(run.code, 8, run)
                self.assertIn("unmount", run.err)
                self.assertEqual(self.device.certificate.read_bytes() if self.device.certificate.exists() else None, before)
                self.assertEqual(self.device.key.read_bytes(), self.pki.client.key.read_bytes())

    @unittest.skipIf(why_not(), why_not())
    def test_a_configuration_that_cannot_be_replaced(self):
        run = self.device.run("cert", "import", self.pfx(), "--password-file", self.password,
                              prefix=[*AS_MOUNT, str(self.device.config)])
        self.assertEqual(run.code, 8, run)
        self.assertIn("certificate and key are installed, but", run.err)
        self.assertIn("unmount", run.err)


class Terminal(Certificates):
    def test_a_person_is_asked_without_echo(self):
        code, shown = at_terminal(["--config", self.device.config, "cert", "import", self.pfx()],
                                  f"{PASSWORD}\n".encode())
        self.assertEqual(code, 0, shown)
        self.assertNotIn("CANARY", shown)
        self.delivers()


@unittest.skipIf(why_not(), why_not())
class Ownership(Certificates):
    """As root, on a machine with the service's group."""

    def setUp(self):
        super().setUp()
        shutil.rmtree(self.device.ssl / "client")
        self.device.config.chmod(0o600)
        groups = self.device.file("group", f"root:x:0:\nmuster:x:{GROUP}:\n".encode())
        self.prefix = [*WITH_GROUP, str(groups)]

    def facts(self, path):
        facts = path.stat()
        return facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)

    def check(self, *files):
        for path in files:
            self.assertEqual(self.facts(path), (0, GROUP, 0o640), path)
        for folder in (self.device.ssl / "client", self.device.key.parent):
            self.assertEqual(self.facts(folder), (0, GROUP, 0o750), folder)

    def test_of_what_is_imported_installed_and_requested(self):
        self.good("import", self.pfx(), "--password-file", self.password, prefix=self.prefix)
        self.check(self.device.certificate, self.device.key, self.device.config)
        for path in (self.device.certificate, self.device.key):
            path.unlink()
        self.good("install", self.pki.client.certificate, self.pki.client.key, prefix=self.prefix)
        self.check(self.device.certificate, self.device.key)
        self.good("request", prefix=self.prefix)
        self.check(self.device.key.with_name("client_key.pem.requested"))

    def test_a_configuration_that_others_may_read_or_that_is_somebody_elses_keeps_whose_it_is(self):
        for owner, group, mode in ((0, 0, 0o644), (0, 7, 0o640), (GROUP, 0, 0o600)):
            os.chown(self.device.config, owner, group)
            self.device.config.chmod(mode)
            self.assertEqual(self.device.run("config", "set", "NetworkTimeout", "9", prefix=self.prefix).code, 0)
            self.assertEqual(self.facts(self.device.config), (owner, group, mode))


if __name__ == "__main__":
    unittest.main()
