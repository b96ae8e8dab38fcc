"""Words, exit codes and shapes that scripts rely on."""

import os
import pathlib
import pty
import subprocess
import tempfile
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
            self.assertRegex(device.run("--version").out, r"^muster \d+\.\d+\.\d+( \([0-9a-f]+\))?\n"
                             r"libcurl/\d\S+ OpenSSL/\d\S+\nFeatures: https( \S+)*\n$")
            for words, usage in (((), "muster [OPTIONS] COMMAND"), (("upload",), "muster upload [OPTIONS] [FILE...]"),
                                 (("download",), "muster download [OPTIONS] PATH"),
                                 (("config", "set"), "muster config set [OPTIONS] NAME VALUE"),
                                 (("cert", "export-unix"), "muster cert export-unix [OPTIONS] FILE -O DIR"),
                                 (("cert",), "muster cert [OPTIONS] COMMAND")):
                with self.subTest(words):
                    run = device.run(*words, "--help")
                    self.assertEqual((run.code, run.err), (0, ""))
                    self.assertTrue(run.out.startswith(f"Usage: {usage}\n"), run.out)
                    self.assertIn("--config FILE", run.out, "global options are missing")
                    self.assertLessEqual(max(map(len, run.out.splitlines())), 100)
                    self.assertNotRegex(run.out, r"TEXT|INT|NONNEGATIVE|\d{20}|SUBCOMMAND")

    def test_wrong_words(self):
        with Device(self.pki, [dead_port()]) as device:
            for words in ((), ("uplod",), ("upload", "--no-such"), ("download",), ("beacons", "--for", "nothing"),
                          ("-o", "NoSuchPreference=1", "upload", "x"), ("-o", "novalue", "upload", "x"), ("config",)):
                with self.subTest(words):
                    self.wrong(device, *words)

    def wrong(self, device, *words, code=(2,)):
        """One line that a person understands, and nothing that only the library's authors do."""
        run = device.run(*words)
        self.assertIn(run.code, code, run)
        self.assertEqual(len(run.lines()), 1, run)
        self.assertLessEqual(len(run.lines()[0]), 300, run)
        self.assertNotRegex(run.err, r"FAILED|Could not convert|required TEXT|not expected|std::|nlohmann|CLI")
        self.assertEqual(run.out, "")
        return run

    def test_every_option_of_every_command_once_wrong(self):
        long = "x" * 2000
        rows = [("--config",), ("-o",), ("-o", long, "status"), ("-o", f"{long}=1", "status"), ("--json=1", "status"),
                ("--key-password-fd", "x", "status"), ("--key-password-fd", "-1", "status"),
                ("--key-password-fd", "9" * 30, "status"), ("-z", "status"), ("--vv", "status"), (long,), ("--" + long,),
                ("upload", "--type"), ("upload", "--remove=1"), ("upload", "--remove"), ("upload", "--typ", "T"),
                ("collect", "--discovery", "--format", "cyclonedx"),
                ("download",), ("download", "a", "b"), ("download", "x", "-O"), ("download", "/Policies/default.json"),
                ("download", "https://b.example/ManageSoftDL/Policies/default.json"), ("download", "../x"),
                ("beacons", "--for"), ("beacons", "--for", "both"), ("beacons", "x"), ("beacons", "--fresh=no"),
                ("status", "x"), ("run", "x"), ("doctor", "x"), ("doctor", "--probe-upload=x"), ("adopt", "x"),
                ("config",), ("config", "gett"), ("config", "list", "x"), ("config", "check", "x"), ("config", "get"),
                ("config", "get", "NoSuch"), ("config", "get", "A", "B"), ("config", "set", "NetworkTimeout"),
                ("config", "set", "NoSuch", "1"), ("config", "set", "NetworkTimeout", long),
                ("config", "set", "NetworkTimeout", "soon"), ("config", "unset"), ("config", "unset", "NoSuch"),
                ("config", "merge"), ("cert",), ("cert", "imprt"), ("cert", "show", "x"), ("cert", "check", "x"),
                ("cert", "import"), ("cert", "import", "f", "--password-fd", "x"),
                ("cert", "import", "f", "--password-fd", "3", "--password-file", "p"), ("cert", "import", "f", "--leaf"),
                ("cert", "install"), ("cert", "install", "a", "b", "c"), ("cert", "request", "x"),
                ("cert", "request", "--dns"), ("cert", "request", "--rsa=1"), ("cert", "export-unix"),
                ("cert", "export-unix", "f"), ("cert", "export-unix", "f", "-O")]
        with Device(self.pki, [dead_port()]) as device:
            for words in rows:
                with self.subTest([word[:40] for word in words]):
                    self.wrong(device, *words, code=(2, 3))

    def test_a_file_that_cannot_be_reached_is_an_error_about_a_file(self):
        gone = pathlib.Path(tempfile.mkdtemp())

        def leave():
            os.makedirs(gone, exist_ok=True)
            os.chdir(gone)
            gone.rmdir()

        with Device(self.pki, [dead_port()]) as device:
            for file in ("", "a", "./a/../b", "..", "/", "a/"):
                for folder in (None, leave):
                    with self.subTest(file, removed_folder=folder is not None):
                        done = subprocess.run([PROGRAM, "--config", device.config, "upload", file], text=True,
                                              capture_output=True, preexec_fn=folder)
                        self.assertEqual(done.returncode, 8, done)
                        self.assertEqual(len(done.stderr.splitlines()), 1, done)

    def test_a_close_word_is_suggested_and_a_far_one_is_not(self):
        with Device(self.pki, [dead_port()]) as device:
            self.assertIn("did you mean 'upload'?", self.wrong(device, "upolad").err)
            self.assertIn("did you mean '--remove'?", self.wrong(device, "upload", "--remov", "x").err)
            self.assertIn("did you mean 'check'?", self.wrong(device, "cert", "chek").err)
            self.assertIn("Did you mean 'NetworkTimeout'?", self.wrong(device, "config", "get", "NetworkTimeOt").err)
            for words in (("frobnicate",), ("upload", "--frobnicate"), ("config", "get", "NetworkSense"),
                          ("config", "get", "CacheDirectory")):
                self.assertNotIn("id you mean", self.wrong(device, *words).err)

    def test_two_dashes_end_the_options_anywhere(self):
        with Beacon(self.pki) as beacon, Device(self.pki, [beacon.port]) as device:
            device.file("--weird.ndi")
            for words in (("upload", "--", "--weird.ndi"), ("--", "upload", "--weird.ndi"),
                          ("--json", "--", "upload", "--weird.ndi")):
                with self.subTest(words):
                    self.assertEqual(device.run(*words).code, 0)
            self.assertIn("-x", self.wrong(device, "config", "--", "get", "-x").err)

    def test_q_prints_nothing_on_success(self):
        with Beacon(self.pki) as beacon, Device(self.pki, [beacon.port]) as device:
            device.put("waiting")
            beacon.put_download("Policies/default.json", b"{}")
            for words in (("upload", device.file("x")), ("upload",), ("download", "Policies/default.json")):
                with self.subTest(words):
                    run = device.run("-q", *words)
                    self.assertEqual((run.code, run.out, run.err), (0, "", ""))

    def test_a_reader_that_goes_away_is_no_error(self):
        with Device(self.pki, [dead_port()]) as device:
            for words in ("config list", "--help"):
                done = subprocess.run(f"set -o pipefail; {PROGRAM} --config {device.config} {words} | head -n 1",
                                      shell=True, executable="/bin/bash", capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_several_failures_end_with_their_count(self):
        with Device(self.pki, [dead_port()], NetworkRetries="0") as device:
            run = device.run("upload", "missing1", "missing2")
            self.assertEqual(run.code, 8, run)
            self.assertEqual(len(run.lines()), 3, run)
            self.assertIn("none of 2 files was uploaded", run.lines()[-1])

    def test_download_into_a_folder(self):
        with Beacon(self.pki) as beacon, Device(self.pki, [beacon.port]) as device:
            beacon.put_download("Policies/default.json", b"{}")
            folder = device.work / "here"
            folder.mkdir()
            self.assertEqual(device.run("download", "Policies/default.json", "-O", folder).code, 0)
            self.assertEqual((folder / "default.json").read_bytes(), b"{}")

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
            self.assertRegex(shown, r"\[#+\.+\] +\d+ % of 585\.9 KiB")
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
            self.assertEqual(device.run("config", "get", "NoSuch").code, 2)
            self.assertIn("120  (default)", device.run("config", "get", "MaximumNetworkRetryPeriod").out)
            self.assertIn("True  (default)", device.run("config", "get", "AutoPriority").out)

    def test_check_names_every_mistake(self):
        with Device(self.pki, [dead_port()], NetworkTimeout="soon", SendTCPKeepAlive="yes") as device:
            run = device.run("config", "check")
            self.assertEqual(run.code, 3, run)
            self.assertIn("NetworkTimeout", run.err)
            self.assertIn("SendTCPKeepAlive", run.err)
        with Device(self.pki, [dead_port()]) as device:
            self.assertEqual(device.run("config", "check").code, 0)

    def test_check_says_when_nothing_can_work(self):
        with Device(self.pki) as device:
            run = device.run("config", "check")
            self.assertEqual(run.code, 3, run)
            self.assertIn("no location is configured", run.err)
            device.config.write_text("")
            self.assertEqual(device.run("config", "check").code, 3)

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
