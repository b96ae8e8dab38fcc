"""Passwords of private keys: from a file, a descriptor or a person, never from arguments or the environment, never
shown, and never a program that waits for ever."""

import os
import pty
import select
import subprocess
import time
import unittest

from support.beacon import Beacon
from support.ca import openssl, shared_pki
from support.device import PROGRAM, Device

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

    def at_terminal(self, keys):
        """Runs at a terminal of its own and types `keys` once it is asked; gives exit code and what was shown."""
        child, terminal = pty.fork()
        if child == 0:
            os.execv(PROGRAM, [PROGRAM, "--config", str(self.device.config), "upload", str(self.file)])
        shown = b""
        typed = False
        end = time.monotonic() + 10
        while time.monotonic() < end:
            readable, _, _ = select.select([terminal], [], [], 0.2)
            if readable:
                try:
                    data = os.read(terminal, 1000)
                except OSError:
                    break
                if not data:
                    break
                shown += data
            if b"Password of the private key" in shown and not typed:
                time.sleep(0.1)  # until echo is off
                os.write(terminal, keys)
                typed = True
        _, status = os.waitpid(child, 0)
        os.close(terminal)
        return os.waitstatus_to_exitcode(status), shown.decode()

    def test_a_person_is_asked_at_the_terminal_without_echo(self):
        code, shown = self.at_terminal(f"{PASSWORD}x\x7f\n".encode())
        self.assertEqual(code, 0, shown)
        self.assertIn("Password of the private key", shown)
        self.assertNotIn(PASSWORD, shown)

    def test_a_person_may_cancel(self):
        code, shown = self.at_terminal(b"half\x03")
        self.assertEqual(code, 4, shown)
        self.assertIn("no password was given", shown)


if __name__ == "__main__":
    unittest.main()
