"""Whatever keeps the agent from working is on the disk: once it is repaired there, the agent goes on at once."""

import os
import shutil

from support.beacon import wait_until
from support.ca import openssl
from support.device import replace
from support.running import Run

SOON = 20  # seconds at most; by itself the agent looks again after half a minute at the earliest


class Repairs(Run):
    def setUp(self):
        self.here = self.beacon()
        self.mine = self.device(self.here.port, NetworkRetries="0")

    def repaired(self, repair, word):
        """An agent whose log tells `word`, with a file that waits; `repair` is all that happens then."""
        self.mine.put("waiting")
        agent = self.agent(self.mine)
        wait_until(lambda: word in agent.log(), what=f"{word}: {agent.log()}")
        self.settled(agent)
        self.assertEqual(self.mine.waiting(), {"Inventories/waiting"})
        repair()
        self.arrives(self.here, "Inventories/waiting", SOON)
        wait_until(lambda: agent.told[-1].startswith("STATUS=waiting for files"), what=str(agent.told))
        return agent

    def settled(self, agent):
        wait_until(lambda: any("not working" in one or "uploads fail" in one for one in agent.told), what=agent.log())


class NoIdentityYet(Repairs):
    def test_the_certificate_is_deployed(self):
        content = self.mine.certificate.read_bytes()
        self.mine.certificate.unlink()
        self.repaired(lambda: replace(self.mine.certificate, content), "client_cert.pem")

    def test_the_certificate_is_written_in_place(self):
        content = self.mine.certificate.read_bytes()
        self.mine.certificate.write_bytes(content[:200])
        self.repaired(lambda: self.mine.certificate.write_bytes(content), "client_cert.pem")

    def test_the_key_becomes_private(self):
        self.mine.key.chmod(0o644)
        self.repaired(lambda: self.mine.key.chmod(0o600), "chmod 0600")

    def test_the_folder_of_the_key_becomes_private(self):
        self.mine.key.parent.chmod(0o777)
        self.repaired(lambda: self.mine.key.parent.chmod(0o700), "writable by others")

    def test_the_key_of_another_certificate_is_replaced(self):
        content = self.mine.key.read_bytes()
        self.mine.key.write_bytes(self.pki.client_other.key.read_bytes())
        self.repaired(lambda: replace(self.mine.key, content), "does not belong")

    def test_the_whole_tree_is_deployed(self):
        aside = self.mine.folder / "client"
        shutil.move(self.mine.ssl / "client", aside)
        self.repaired(lambda: shutil.copytree(aside, self.mine.ssl / "client"), "client_cert.pem")

    def test_the_tree_is_moved_into_its_place(self):
        aside = self.mine.folder / "ssl"
        shutil.move(self.mine.ssl, aside)
        self.repaired(lambda: aside.rename(self.mine.ssl), "client_cert.pem")

    def test_a_link_is_switched(self):
        """As Kubernetes mounts a secret."""
        private = self.mine.key.parent
        for name, pair in (("v1", self.pki.client_expired), ("v2", self.pki.client)):
            (private / name).mkdir()
            shutil.copy(pair.certificate, private / name / "cert.pem")
            shutil.copy(pair.key, private / name / "key.pem")
            (private / name / "key.pem").chmod(0o600)
        os.symlink("v1", private / "current")
        for path, name in ((self.mine.certificate, "cert.pem"), (self.mine.key, "key.pem")):
            path.unlink()
            path.symlink_to(private / "current" / name)

        def switch():
            os.symlink("v2", private / "next")
            os.replace(private / "next", private / "current")

        self.repaired(switch, "expired")

    def test_the_password_of_the_key_is_deployed(self):
        encrypted = self.mine.folder / "encrypted"
        openssl("pkey", "-in", self.mine.key, "-aes256", "-passout", "pass:secret", "-out", encrypted)
        self.mine.key.write_bytes(encrypted.read_bytes())
        password = self.mine.key.with_name("password")
        self.mine.preferences["SSLClientPrivateKeyPasswordFile"] = str(password)
        self.mine.write_config()

        def deploy():
            new = password.with_name("new")
            new.touch(0o600)
            new.write_text("secret\n")
            new.rename(password)

        self.repaired(deploy, "password")


class NoTrustYet(Repairs):
    def test_the_ca_file_is_deployed(self):
        content = (self.mine.ssl / "cert.pem").read_bytes()
        (self.mine.ssl / "cert.pem").unlink()
        self.repaired(lambda: (self.mine.ssl / "cert.pem").write_bytes(content), "no trusted CA certificate")

    def test_a_ca_folder_appears(self):
        content = (self.mine.ssl / "cert.pem").read_bytes()
        (self.mine.ssl / "cert.pem").unlink()

        def deploy():
            folder = self.mine.folder / "certs"
            folder.mkdir()
            name = openssl("x509", "-in", self.pki.root.certificate, "-noout", "-subject_hash").strip()
            (folder / f"{name}.0").write_bytes(content)
            folder.rename(self.mine.ssl / "certs")

        self.repaired(deploy, "no trusted CA certificate")

    def test_a_broken_crl_is_replaced(self):
        crl = self.mine.ssl / "crls" / "all.pem"
        content = crl.read_bytes()
        crl.write_text("-----BEGIN X509 CRL-----\nAAAA\n")
        self.repaired(lambda: replace(crl, content), "not a CRL")


class UploadsThatWait(Repairs):
    """The files are whole, and a beacon or we refuse what is in them."""

    def test_a_certificate_that_the_beacon_refuses_is_replaced(self):
        self.mine.deploy(self.pki.client_revoked)

        def deploy():
            replace(self.mine.key, self.pki.client.key.read_bytes())
            replace(self.mine.certificate, self.pki.client.certificate.read_bytes())

        self.repaired(deploy, "refused our client certificate")

    def test_a_ca_that_has_not_issued_the_beacons_certificate_is_replaced(self):
        content = (self.mine.ssl / "cert.pem").read_bytes()
        (self.mine.ssl / "cert.pem").write_bytes(self.pki.stranger.certificate.read_bytes())
        self.repaired(lambda: replace(self.mine.ssl / "cert.pem", content), "no CA that this machine trusts")

    def test_a_crl_is_deployed(self):
        crl = self.mine.ssl / "crls" / "all.pem"
        content = crl.read_bytes()
        crl.unlink()
        self.repaired(lambda: replace(crl, content), "cannot find out")


if __name__ == "__main__":
    import unittest
    unittest.main()
