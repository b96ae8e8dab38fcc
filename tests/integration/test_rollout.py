"""muster rollout: an answer file, a CA bundle and a client certificate that a deployment has staged."""

import os
import stat
import subprocess
import unittest

from support.beacon import Beacon
from support.ca import shared_pki
from support.device import Device


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class Rollout(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def setUp(self):
        self.device = Device(self.pki, client=None)
        self.addCleanup(self.device.__exit__)
        self.config = self.device.config
        self.config.write_text(f"[ManageSoft\\Common]\nDataDirectory={self.device.data}\n")
        (self.device.ssl / "cert.pem").unlink()
        self.staged = self.device.folder / "staged"
        self.staged.mkdir(mode=0o1777)
        self.staged.chmod(0o1777)

    def stage(self, name, content, mode=0o600):
        path = self.staged / f"mgsft_rollout_{name}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def answers(self, *lines):
        return self.stage("response", "".join(f"{line}\n" for line in lines))

    def roll_out(self, code=0):
        run = self.device.run("rollout", "--from", self.staged)
        self.assertEqual(run.code, code, run)
        return run

    def get(self, name):
        run = self.device.run("config", "get", name)
        return run.out.split()[0] if run.code == 0 else None

    def assert_left(self, *paths):
        self.assertEqual(sorted(self.staged.iterdir()), sorted(paths))


class Files(Rollout):
    """Which files are believed."""

    def refused(self, path, reason):
        before = self.config.read_bytes()
        run = self.roll_out(8)
        self.assertIn(f"{path} is ignored: {reason}", run.err)
        self.assertEqual(self.config.read_bytes(), before)
        self.assertTrue(path.is_symlink() or path.exists())

    def test_nothing_staged_is_nothing_to_do(self):
        run = self.roll_out()
        self.assertEqual((run.out, run.err), ("", ""))

    def test_a_file_of_another_user_is_ignored(self):
        path = self.answers("MGSFT_MACHINE_ID=evil")
        os.chown(path, 64_322, 0)
        self.refused(path, "it belongs to the user 64322, not to root")

    def test_a_file_that_others_may_write_to_is_ignored(self):
        for mode in (0o620, 0o602, 0o666):
            path = self.answers("MGSFT_MACHINE_ID=evil")
            path.chmod(mode)
            self.refused(path, "others than root may write to it")

    def test_a_link_is_ignored_also_to_a_file_of_root(self):
        target = self.device.file("target", b"MGSFT_MACHINE_ID=evil\n")
        target.chmod(0o600)
        path = self.staged / "mgsft_rollout_response"
        path.symlink_to(target)
        self.refused(path, "it is a link")
        path.unlink()
        path.symlink_to("/nonexistent")
        self.refused(path, "it is a link")

    def test_a_second_name_of_a_file_of_root_is_ignored(self):
        target = self.device.folder / "target"
        target.write_text("MGSFT_MACHINE_ID=evil\n")
        target.chmod(0o600)
        path = self.staged / "mgsft_rollout_response"
        os.link(target, path)
        self.refused(path, "it has 2 names")

    def test_a_pipe_and_a_folder_are_ignored_without_waiting(self):
        path = self.staged / "mgsft_rollout_response"
        os.mkfifo(path, 0o600)
        self.refused(path, "it is not a regular file")
        path.unlink()
        path.mkdir(mode=0o700)
        self.refused(path, "it is not a regular file")

    def test_an_enormous_answer_file_is_not_read(self):
        path = self.stage("response", b"#" * 70_000)
        self.assertIn("larger than", self.roll_out(8).err)
        self.assert_left(path)

    def test_one_refused_file_does_not_keep_the_others_from_being_taken(self):
        bundle = self.stage("cert", self.pki.root.certificate.read_bytes())
        os.chown(bundle, 64_322, 0)
        self.answers("MGSFT_MACHINE_ID=ours")
        self.roll_out(8)
        self.assertEqual(self.get("MachineId"), "ours")
        self.assert_left(bundle)


class Answers(Rollout):
    def test_the_names_that_deployments_use_become_preferences_and_the_file_goes(self):
        self.answers("# comment", "", "MGSFT_BOOTSTRAP_UPLOAD=https://b1.example:8443/ManageSoftRL/",
                     'MGSFT_BOOTSTRAP_DOWNLOAD="http://b1.example/ManageSoftDL"', "MGSFT_HTTPS_CHECKSERVERCERTIFICATE=true",
                     "MGSFT_HTTPS_CHECKCERTIFICATEREVOCATION=false", "MGSFT_HTTPS_PRIORITIZEREVOCATIONCHECKS='OCSP,CRL'",
                     "MGSFT_HTTPS_SSLCRLCACHELIFETIME=64800", "MGSFT_HTTPS_SSLOCSPCACHELIFETIME=60",
                     "MGSFT_HTTP_PROXY=NONE", "MGSFT_NO_PROXY=.example", "MGSFT_DOMAIN_NAME=corp.example",
                     "MGSFT_MACHINE_ID=device-7", "PREFERIPVERSION=IPv6", "MGSFT_HTTPS_ADDCLIENTCERTIFICATEANDKEY=False")
        run = self.roll_out()
        self.assertIn(f"installed {self.config}\n", run.out)
        self.assert_left()
        text = self.config.read_text()
        for line in ("[ManageSoft\\Common\\UploadSettings\\Bootstrap UL 0]", "Host=b1.example", "Port=8443", "Port=80",
                     "Directory=ManageSoftRL", "Directory=ManageSoftDL", "CheckServerCertificate=true",
                     "CheckCertificateRevocation=false", "PrioritizeRevocationChecks=OCSP,CRL", "SSLCRLCacheLifetime=64800",
                     "http_proxy=NONE", "no_proxy=.example", "ComputerDomain=corp.example", "MachineId=device-7",
                     "PreferIPVersion=IPv6", "AddClientCertificateAndKey=False"):
            self.assertIn(line, text)
        self.assertEqual(self.device.run("config", "check").code, 0)

    def test_mistakes_are_named_with_their_lines_nothing_is_taken_and_the_file_stays(self):
        path = self.answers("MGSFT_MACHINE_ID=x", "no equals sign", "MGSFT_BOOTSTRAP_UPLOAD=beacon.example",
                            'MGSFT_NO_PROXY="open', "MGSFT_BOOTSTRAP_DOWNLOAD=https://user:secret@b.example/x")
        before = self.config.read_bytes()
        run = self.roll_out(3)
        for line in (2, 3, 4, 5):
            self.assertIn(f"{path}:{line}: ", run.err)
        self.assertNotIn("secret", run.err)
        self.assertEqual(self.config.read_bytes(), before)
        self.assert_left(path)

    def test_a_wrong_value_is_a_mistake_and_nothing_is_taken(self):
        path = self.answers("MGSFT_MACHINE_ID=x", "MGSFT_HTTPS_CHECKSERVERCERTIFICATE=perhaps")
        before = self.config.read_bytes()
        self.assertIn("CheckServerCertificate", self.roll_out(3).err)
        self.assertEqual(self.config.read_bytes(), before)
        self.assert_left(path)

    def test_an_answer_for_something_that_muster_does_not_do_is_a_warning(self):
        self.answers("MGSFT_RUNPOLICY=1", "MGSFT_MACHINE_ID=x")
        self.assertIn("MGSFT_RUNPOLICY has no effect", self.roll_out().err)
        self.assertEqual(self.get("MachineId"), "x")


class Certificates(Rollout):
    def setUp(self):
        super().setUp()
        self.beacon = Beacon(self.pki).start()
        self.addCleanup(self.beacon.__exit__)

    def answer_with_beacon(self, *more):
        self.answers(f"MGSFT_BOOTSTRAP_UPLOAD=https://localhost:{self.beacon.port}/ManageSoftRL", *more)

    def pfx(self, password):
        path = self.device.folder / "client.pfx"
        subprocess.run(["openssl", "pkcs12", "-export", "-in", self.pki.client.certificate, "-inkey", self.pki.client.key,
                        "-out", path, "-passout", f"pass:{password}"], check=True)
        return path.read_bytes()

    def assert_uploads(self):
        run = self.device.run("upload", self.device.file("a.ndi"))
        self.assertEqual(run.code, 0, run)

    def test_bundle_certificate_and_key_are_installed_and_used_for_the_first_upload(self):
        self.stage("cert", self.pki.root.certificate.read_bytes())
        self.stage("client_cert", self.pki.client.certificate.read_bytes())
        self.stage("client_key", self.pki.client.key.read_bytes())
        self.answer_with_beacon()
        self.roll_out()
        self.assert_left()
        self.assertEqual(self.get("AddClientCertificateAndKey"), "True")
        self.assertEqual(stat.S_IMODE((self.device.ssl / "cert.pem").stat().st_mode), 0o644)
        self.assertEqual(stat.S_IMODE(self.device.key.stat().st_mode) & 0o037, 0)
        self.assert_uploads()

    def test_a_pfx_is_opened_with_the_password_of_the_answer_file(self):
        self.stage("cert", self.pki.root.certificate.read_bytes())
        self.stage("client_pfx", self.pfx("s3cret#'\\"))
        self.answer_with_beacon("MGSFT_CLIENT_PFX_PASSWORD=s3cret#'\\")
        run = self.roll_out()
        self.assertNotIn("s3cret", run.out + run.err + self.config.read_text())
        self.assert_left()
        self.assert_uploads()

    def test_a_pfx_with_another_password_stays_and_nothing_of_it_is_installed(self):
        path = self.stage("client_pfx", self.pfx("right"))
        self.answer_with_beacon("MGSFT_CLIENT_PFX_PASSWORD=wrong")
        run = self.roll_out(4)
        self.assertIn(f"{path} is not installed and stays there", run.err)
        self.assertFalse(self.device.key.exists())
        self.assertNotIn("AddClientCertificateAndKey", self.config.read_text())
        self.assert_left(path)

    def test_a_key_of_another_certificate_is_not_installed(self):
        paths = (self.stage("client_cert", self.pki.client.certificate.read_bytes()),
                 self.stage("client_key", self.pki.client_other.key.read_bytes()))
        self.roll_out(4)
        self.assertFalse(self.device.certificate.exists())
        self.assert_left(*paths)

    def test_a_certificate_without_its_key_is_ignored(self):
        path = self.stage("client_cert", self.pki.client.certificate.read_bytes())
        self.assertIn("its key is not staged", self.roll_out(4).err)
        self.assert_left(path)

    def test_a_bundle_that_is_none_does_not_replace_the_one_in_place(self):
        (self.device.ssl / "cert.pem").write_text("old")
        for content in ("", "<html>Not found</html>", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"):
            path = self.stage("cert", content)
            self.assertIn("is no bundle of CA certificates", self.roll_out(5).err)
            self.assertEqual((self.device.ssl / "cert.pem").read_text(), "old")
            self.assert_left(path)

    def test_the_answers_decide_whether_the_certificate_is_presented(self):
        self.stage("client_cert", self.pki.client.certificate.read_bytes())
        self.stage("client_key", self.pki.client.key.read_bytes())
        self.answers("MGSFT_HTTPS_ADDCLIENTCERTIFICATEANDKEY=False")
        self.roll_out()
        self.assertEqual(self.get("AddClientCertificateAndKey"), "False")

    def test_secrets_are_overwritten_before_their_file_goes(self):
        path = self.stage("client_key", self.pki.client.key.read_bytes())
        self.stage("client_cert", self.pki.client.certificate.read_bytes())
        with path.open("rb") as held:
            self.roll_out()
            self.assertEqual(held.read().strip(b"\0"), b"")


if __name__ == "__main__":
    unittest.main()
