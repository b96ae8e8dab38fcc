"""Words, exit codes and shapes that scripts rely on."""

import os
import pty
import unittest

from support.beacon import Beacon
from support.ca import shared_pki
from support.device import PROGRAM, Device
from support.relay import dead_port


class Usage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def test_version_and_help_are_results(self):
        with Device(self.pki) as device:
            self.assertRegex(device.run("--version").out, r"^muster \d+\.\d+\.\d+\n$")
            for words in (("--help",), ("upload", "--help"), ("config", "set", "--help")):
                run = device.run(*words)
                self.assertEqual((run.code, run.err), (0, ""))
                self.assertIn("Usage", run.out)

    def test_wrong_words(self):
        with Device(self.pki, [dead_port()]) as device:
            for words in ((), ("uplod",), ("upload", "--no-such"), ("download",), ("beacons", "--for", "nothing"),
                          ("-o", "NoSuchPreference=1", "upload", "x"), ("-o", "novalue", "upload", "x"), ("config",)):
                with self.subTest(words):
                    run = device.run(*words)
                    self.assertEqual(run.code, 2, run)
                    self.assertEqual(len(run.lines()), 1, run)

    def test_global_options_stand_before_or_after_the_command(self):
        with Beacon(self.pki) as beacon, Device(self.pki, [beacon.port]) as device:
            file = device.file("x")
            self.assertEqual(device.run("--json", "upload", file).code, 0)
            self.assertEqual(device.run("upload", file, "--json", "-o", "NetworkTimeout=5").code, 0)
            self.assertEqual(device.run("-o", "NetworkTimeout=5", "-o", "SendTCPKeepAlive=False", "upload", file).code, 0)

    def test_an_override_beats_the_file(self):
        with Beacon(self.pki) as beacon, Device(self.pki, [beacon.port]) as device:
            file = device.file("x")
            self.assertEqual(device.run("upload", file, "-o", "AddClientCertificateAndKey=False").code, 4)
            self.assertEqual(
                device.run("upload", file, "-o", r"ManageSoft\Common\AddClientCertificateAndKey=False").code, 4)

    def test_the_error_object(self):
        with Beacon(self.pki) as beacon, Device(self.pki, [beacon.port]) as device:
            rows = ((("upload", "missing"), 8, "local_file", None),
                    (("upload", device.file("x"), "-o", "AddClientCertificateAndKey=False"), 4, "identity", "beacon1"),
                    (("download", "missing"), 7, "refused", "beacon1"),
                    (("download", "x", "-o", "NetworkTimeout=0"), 3, "preference", None))
            for words, code, kind, at in rows:
                with self.subTest(kind):
                    run = device.run(*words, "--json")
                    self.assertEqual(run.code, code, run)
                    error = run.json()["error"]
                    self.assertEqual((error["code"], error["kind"], error["beacon"]), (code, kind, at))
                    self.assertTrue(error["message"] and error["remedy"])

    def test_v_tells_of_each_beacon_that_failed(self):
        with Beacon(self.pki) as beacon, Device(self.pki, [dead_port(), beacon.port]) as device:
            run = device.run("-v", "upload", device.file("x"))
            self.assertEqual(run.code, 0, run)
            self.assertIn("beacon1", run.err)
            self.assertEqual(device.run("upload", device.file("x")).err, "")


class Progress(unittest.TestCase):
    def at_terminal(self, device, *words):
        """What a person sees who runs the program at a terminal."""
        child, terminal = pty.fork()
        if child == 0:
            os.execv(PROGRAM, [PROGRAM, "--config", str(device.config), *map(str, words)])
        shown = b""
        while True:
            try:
                data = os.read(terminal, 10_000)
            except OSError:
                break
            if not data:
                break
            shown += data
        os.waitpid(child, 0)
        os.close(terminal)
        return shown.decode()

    def test_long_work_shows_a_bar_at_a_terminal_and_none_in_a_pipe(self):
        pki = shared_pki()
        with Beacon(pki) as beacon, Device(pki, [beacon.port]) as device:
            words = ("upload", device.file("large", bytes(600_000)), "-o", "NetworkMaxRate=400000")
            shown = self.at_terminal(device, *words)
            self.assertRegex(shown, r"of 585\.9 KiB \[#+\.+\] +\d+ %")
            self.assertIn("uploaded", shown)
            self.assertNotIn("--:--", shown, "the transport library draws as well")
            self.assertEqual(device.run(*words).err, "")
            self.assertNotIn("[#", self.at_terminal(device, *words, "-q"))


class Config(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def test_each_value_has_its_origin(self):
        with Device(self.pki, [dead_port()]) as device:
            rows = device.run("config", "list", "--json", "-o", "NetworkTimeout=7").json()
            by_name = {row["name"]: row for row in rows if row["section"] == r"ManageSoft\Common"}
            self.assertEqual(by_name["NetworkTimeout"]["value"], "7")
            self.assertEqual(by_name["NetworkTimeout"]["origin"], "-o")
            self.assertEqual(by_name["AddClientCertificateAndKey"]["origin"], f"{device.config}:4")
            self.assertEqual(by_name["SendTCPKeepAlive"]["origin"], "default")

    def test_one_value(self):
        with Device(self.pki, [dead_port()]) as device:
            self.assertIn(f"True  ({device.config}:4)", device.run("config", "get", "addclientcertificateandkey").out)
            self.assertEqual(device.run("config", "get", "NoSuch").code, 3)

    def test_check_names_every_mistake(self):
        with Device(self.pki, [dead_port()], NetworkTimeout="soon", SendTCPKeepAlive="yes") as device:
            run = device.run("config", "check")
            self.assertEqual(run.code, 3, run)
            self.assertIn("NetworkTimeout", run.err)
            self.assertIn("SendTCPKeepAlive", run.err)
        with Device(self.pki, [dead_port()]) as device:
            self.assertEqual(device.run("config", "check").code, 0)

    def test_set_and_unset_keep_the_rest(self):
        with Device(self.pki, [dead_port()]) as device:
            before = device.config.read_text()
            self.assertEqual(device.run("config", "set", "CertificateWarningDays", "14").code, 0)
            self.assertIn("CertificateWarningDays=14\n", device.config.read_text())
            self.assertEqual(device.run("config", "unset", "CertificateWarningDays").code, 0)
            self.assertEqual(device.config.read_text(), before)

    def test_merge_a_fragment(self):
        with Device(self.pki, [dead_port()]) as device:
            fragment = device.file("fragment.ini", b"[ManageSoft\\Common]\nNetworkTimeout=44\n[Other]\nx=1\n")
            run = device.run("--json", "config", "merge", fragment)
            self.assertEqual(run.code, 0, run)
            self.assertEqual(run.json()["file"], str(device.config))
            self.assertIn("NetworkTimeout=44", device.config.read_text())
            self.assertNotIn("[Other]", device.config.read_text())


if __name__ == "__main__":
    unittest.main()
