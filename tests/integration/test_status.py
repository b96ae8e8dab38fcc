"""`muster status`: what waits, since when, why, and what became of the rest."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from support.beacon import Beacon
from support.ca import shared_pki
from support.device import PROGRAM, Device
from support.relay import dead_port


class Status(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def device(self, *locations, **more):
        device = Device(self.pki, locations or [dead_port()], **more)
        self.addCleanup(device.__exit__)
        return device

    def status(self, device):
        run = device.run("status", "--json")
        self.assertEqual((run.code, run.err), (0, ""), run)
        return run.json()

    def test_before_anything_has_happened(self):
        device = self.device()
        self.assertEqual(self.status(device), {
            "waiting": 0, "bytes": 0, "oldest_s": None, "set_aside": 0, "certificate_days": 89, "last": None,
            "dropped_for_quota": 0, "problems": [], "left_alone": [],
            "policy": {"applied_at": None, "signed": False, "number": None, "source": None, "agent_version": None,
                       "trial": None, "trial_end": None, "refusal": None, "asked_at": None}})
        self.assertFalse(device.spool.exists())  # looking makes nothing
        run = device.run("status")
        self.assertEqual((run.code, run.err), (0, ""))
        self.assertIn("waiting      0 files", run.out)
        self.assertIn("last upload  none yet", run.out)

    def test_what_waits_is_counted_with_its_age(self):
        device = self.device()
        device.put("young", b"12345")
        old = device.put("old", b"123", "Discovery")
        device.put("growing.tmp", b"123456789")
        two_hours_ago = time.time() - 7200
        os.utime(old, (two_hours_ago, two_hours_ago))
        told = self.status(device)
        self.assertEqual((told["waiting"], told["bytes"], told["problems"]), (2, 8, []))
        self.assertAlmostEqual(told["oldest_s"], 7200, delta=30)
        self.assertIn("waiting      2 files (8 bytes), the oldest 2 h old", device.run("status").out)

    def test_a_file_from_the_future_is_not_older_than_now(self):
        device = self.device()
        path = device.put("a")
        os.utime(path, (time.time() + 9999, time.time() + 9999))
        self.assertEqual(self.status(device)["oldest_s"], 0)

    def test_the_last_pass_and_what_was_set_aside(self):
        with Beacon(self.pki) as beacon:
            device = self.device(beacon.port)
            device.put("good")
            device.put("odd\nname")
            before = time.time()
            self.assertEqual(device.run("upload").code, 9)
            told = self.status(device)
        self.assertEqual((told["waiting"], told["set_aside"]), (0, 1))
        self.assertEqual((told["last"]["delivered"], told["last"]["set_aside"], told["last"]["left"]), (1, 1, 0))
        self.assertIn("1 set aside", told["last"]["error"])
        self.assertRegex(told["last"]["time"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$")
        at = time.mktime(time.strptime(told["last"]["time"], "%Y-%m-%d %H:%M:%S UTC")) - time.timezone
        self.assertAlmostEqual(at, before, delta=30)
        run = device.run("status")
        self.assertIn("set aside    1 file\n", run.out)
        self.assertIn("1 delivered, 1 set aside, 0 left; ", run.out)

    def test_a_pass_without_a_failure_has_no_error(self):
        with Beacon(self.pki) as beacon:
            device = self.device(beacon.port)
            device.put("good")
            self.assertEqual(device.run("upload").code, 0)
            self.assertIsNone(self.status(device)["last"]["error"])

    def test_what_will_never_go_out_is_named_with_a_cure(self):
        device = self.device()
        folder = device.put("good").parent
        (folder / "link").symlink_to("nowhere")
        os.mkfifo(folder / "pipe")
        (device.spool / "lost.ndi").write_text("beside the types")
        told = self.status(device)
        self.assertEqual(told["waiting"], 3)
        self.assertEqual(len(told["problems"]), 3)
        for problem in told["problems"]:
            self.assertEqual((problem["code"], problem["kind"]), (8, "local_file"))
            self.assertTrue(problem["remedy"])
        messages = " ".join(problem["message"] for problem in told["problems"])
        for name in ("link", "pipe", "lost.ndi"):
            self.assertIn(f"/{name}", messages)
        run = device.run("status")
        self.assertEqual(run.code, 0)
        self.assertEqual(len(run.lines()), 3)

    def test_a_file_that_may_not_be_read_is_named_with_a_cure(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        device = self.device()
        device.put("root's").chmod(0o600)
        for path in (device.folder, *device.folder.rglob("*")):
            if path.name != "root's":
                shutil.chown(path, 65534, 65534)
        with tempfile.TemporaryDirectory(prefix="muster-program-") as folder:
            os.chmod(folder, 0o755)
            program = shutil.copy(PROGRAM, pathlib.Path(folder) / "muster")
            done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", program,
                                   "--config", device.config, "status"], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("waiting      1 file ", done.stdout)
        self.assertRegex(done.stderr, r"root's: Permission denied \(errno 13\).*join the group muster")

    def test_the_certificate(self):
        rows = ((self.pki.client, 89, ""), (self.pki.client_expired, None, "expired"), (None, None, "client_cert.pem"))
        for client, days, words in rows:
            with self.subTest(words):
                told = self.status(self.device(client=client))
                self.assertEqual(told["certificate_days"], days)
                self.assertEqual(len(told["problems"]), 1 if words else 0)
                if words:
                    self.assertEqual(told["problems"][0]["kind"], "identity")
                    self.assertIn(words, told["problems"][0]["message"])
        told = self.status(self.device(client=self.pki.client_ending))
        self.assertEqual((told["certificate_days"], told["problems"][0]["kind"]), (9, "failure"))
        self.assertIn("ends in 9 days", told["problems"][0]["message"])
        self.assertEqual(self.status(self.device(client=self.pki.client_ending, CertificateWarningDays="9"))["problems"], [])
        told = self.status(self.device(client=None, AddClientCertificateAndKey="False"))
        self.assertEqual((told["certificate_days"], told["problems"]), (None, []))

    def test_a_damaged_memory_is_none(self):
        device = self.device()
        (device.data / "state").mkdir()
        for damaged in (b"", b"\xff\xfe\n", b"99999999999999999999 1 2 3\nx\n", b"18446744073709551615 1 2 3\nx\n"):
            (device.data / "state" / "last-upload").write_bytes(damaged)
            self.assertIsNone(self.status(device)["last"])

    def test_looking_disturbs_nobody(self):
        with Beacon(self.pki) as beacon:
            device = self.device(beacon.port)
            for number in range(200):
                device.put(f"f{number}")
            drain = subprocess.Popen([PROGRAM, "--config", device.config, "upload"], stdout=subprocess.DEVNULL)
            while drain.poll() is None:
                self.status(device)
            self.assertEqual(drain.returncode, 0)
            self.assertEqual(self.status(device)["waiting"], 0)

    def test_wrong_preferences(self):
        self.assertEqual(self.device(NetworkTimeout="soon").run("status").code, 3)
