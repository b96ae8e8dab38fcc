"""Passwords of private keys: from a file, a descriptor or a person, never from arguments or the environment, never
shown, and never a program that waits for ever."""

import errno
import os
import subprocess
import unittest

from support.agent import Agent
from support.beacon import Beacon, wait_until
from support.ca import openssl, shared_pki
from support.crash import FAULT
from support.crash import environment as environment_of_traced
from support.device import PROGRAM, Device
from support.terminal import at_terminal

PASSWORD = "correct-horse-battery"


class Passwords(unittest.TestCase):
    def setUp(self):
        self.pki = shared_pki()
        self.beacon = Beacon(self.pki).start()
        self.addCleanup(self.beacon.__exit__)
        self.device = Device(self.pki, [self.beacon.port])
        self.addCleanup(self.device.__exit__)
        openssl("pkcs8", "-topk8", "-in", self.pki.client.key, "-out", self.device.key, "-v2", "aes-256-cbc",
                "-passout", f"pass:{PASSWORD}")
        self.device.key.chmod(0o600)
        self.file = self.device.file("x")

    def test_without_one_it_is_told_at_once(self):
        run = self.device.run("upload", self.file, timeout=10)
        self.assertEqual(run.code, 4, run)
        self.assertIn("SSLClientPrivateKeyPasswordFile", run.err)

    def test_from_a_private_file(self):
        password = self.device.file("password", f"{PASSWORD}\n".encode())
        password.chmod(0o600)
        preference = f"SSLClientPrivateKeyPasswordFile={password}"
        self.assertEqual(self.device.run("upload", self.file, "-o", preference).code, 0)
        password.chmod(0o644)
        run = self.device.run("upload", self.file, "-o", preference)
        self.assertEqual(run.code, 4, run)
        self.assertIn("mode 0644", run.err)

    def credentials(self, content, mode=0o400):
        """What systemd makes of LoadCredential=muster.key-password: a folder that is named in the environment."""
        folder = self.device.folder / "credentials"
        folder.mkdir(mode=0o700, exist_ok=True)
        credential = folder / "muster.key-password"
        credential.unlink(missing_ok=True)
        credential.write_bytes(content)
        credential.chmod(mode)
        return {"CREDENTIALS_DIRECTORY": str(folder)}

    def test_from_a_credential_of_systemd(self):
        environment = self.credentials(f"{PASSWORD}\n".encode())
        run = self.device.run("upload", self.file, environment=environment)
        self.assertEqual(run.code, 0, run)
        self.assertEqual(self.device.run("cert", "check", environment=environment).code, 0)

    def test_a_credential_that_others_may_read_is_refused(self):
        run = self.device.run("upload", self.file, environment=self.credentials(PASSWORD.encode(), mode=0o444))
        self.assertEqual(run.code, 4, run)
        self.assertIn("mode 0444", run.err)
        self.assertNotIn(PASSWORD, run.out + run.err)

    def test_a_folder_of_credentials_without_the_password_or_that_is_not_there(self):
        for folder in (self.device.folder, self.device.folder / "nowhere"):
            run = self.device.run("upload", self.file, environment={"CREDENTIALS_DIRECTORY": str(folder)})
            self.assertEqual(run.code, 4, run)
            self.assertIn("credential muster.key-password", run.err)

    def test_the_preference_beats_the_credential(self):
        password = self.device.file("password", f"{PASSWORD}\n".encode())
        password.chmod(0o600)
        run = self.device.run("upload", self.file, "-o", f"SSLClientPrivateKeyPasswordFile={password}",
                              environment=self.credentials(b"wrong-horse"))
        self.assertEqual(run.code, 0, run)
        run = self.device.run("upload", self.file, environment=self.credentials(b"wrong-horse"))
        self.assertEqual(run.code, 4, run)
        self.assertIn("cannot be decrypted", run.err)
        self.assertNotIn("wrong-horse", run.out + run.err)

    def test_the_running_agent_takes_it_too(self):
        self.device.put("a")
        with Agent(self.device, environment=self.credentials(PASSWORD.encode())) as agent:
            wait_until(lambda: "Inventories/a" in self.beacon.uploaded(), 20, "the upload")
            agent.stop()

    def with_descriptor(self, content):
        reader, writer = os.pipe()
        os.write(writer, content)
        os.close(writer)
        done = subprocess.run([PROGRAM, "--config", self.device.config, "upload", self.file, "--key-password-fd",
                               str(reader)], pass_fds=[reader], capture_output=True, text=True, timeout=10)
        os.close(reader)
        return done

    def test_from_a_descriptor(self):
        self.assertEqual(self.with_descriptor(f"{PASSWORD}\nnext line".encode()).returncode, 0)

    def test_a_wrong_one_is_told_and_not_shown(self):
        done = self.with_descriptor(b"wrong-horse\n")
        self.assertEqual(done.returncode, 4)
        self.assertIn("cannot be decrypted", done.stderr)
        self.assertNotIn("wrong-horse", done.stdout + done.stderr)

    def test_an_empty_descriptor_does_not_wait(self):
        self.assertEqual(self.with_descriptor(b"").returncode, 4)

    def at_terminal(self, keys, below=()):
        """Runs at a terminal of its own and types `keys` once it is asked; gives exit code and what was shown."""
        return at_terminal(["--config", self.device.config, "upload", self.file], keys, b"Password of the private key", 10,
                           below, environment_of_traced() if below else None)

    def test_a_person_is_asked_at_the_terminal_without_echo(self):
        code, shown = self.at_terminal(f"{PASSWORD}x\x7f\n".encode())
        self.assertEqual(code, 0, shown)
        self.assertIn("Password of the private key", shown)
        self.assertNotIn(PASSWORD, shown)

    @unittest.skipUnless(FAULT.exists(), "muster_fault is not built on this system")
    def test_a_terminal_that_cannot_be_silenced_is_not_typed_at(self):
        report = self.device.work / "report"
        ends = set()
        for number in range(1, 30):
            below = [FAULT, report, errno.EIO, "ioctl", number]
            code, shown = self.at_terminal(f"{PASSWORD}\n".encode(), below)
            self.assertNotIn(PASSWORD, shown, number)
            self.assertIn(code, (0, 4), shown)
            ends.update(words for words in ("the terminal would show it", "no terminal to prompt on") if words in shown)
            if " !" not in report.read_text():
                break
        else:
            self.fail("the calls have no end")
        self.assertEqual(ends, {"the terminal would show it", "no terminal to prompt on"})

    def test_a_person_may_cancel(self):
        code, shown = self.at_terminal(b"half\x03")
        self.assertEqual(code, 4, shown)
        self.assertIn("no password was given", shown)

    def test_certificates_and_crls_have_no_password_and_none_is_asked_for(self):
        """OpenSSL would decrypt any PEM block, and ask for the password at the terminal."""
        self.device.deploy(self.pki.client)
        header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n"
        for path, label, code in ((self.device.certificate, "CERTIFICATE", 4),
                                  (self.device.ssl / "cert.pem", "CERTIFICATE", 5),
                                  (self.device.ssl / "cert.pem", "TRUSTED CERTIFICATE", 5),
                                  (self.device.ssl / "crls" / "encrypted.pem", "X509 CRL", 5)):
            with self.subTest(f"{path.name} {label}"):
                before = path.read_bytes() if path.exists() else None
                path.write_text(f"-----BEGIN {label}-----\n{header}AAAAAAAAAAAAAAAAAAAAAA==\n-----END {label}-----\n")
                ended, shown = at_terminal(["--config", self.device.config, "upload", self.file], b"x\n", b"pass phrase",
                                           30, environment=os.environ)
                self.assertEqual(ended, code, shown)
                self.assertNotIn("pass phrase:", shown)
                self.assertIn(path.name, shown)
                path.unlink() if before is None else path.write_bytes(before)


if __name__ == "__main__":
    unittest.main()
