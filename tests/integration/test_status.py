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
from support.clock import for_a_sanitizer, moved
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

    def status(self, device, code=0):
        run = device.run("status", "--json")
        self.assertEqual(run.code, code, run)
        self.assertEqual("error" in run.json(), code != 0)
        if code:
            self.assertEqual(run.json()["error"]["code"], code)
        return run.json()

    def test_before_anything_has_happened(self):
        device = self.device()
        self.assertEqual(self.status(device), {
            "waiting": 0, "bytes": 0, "oldest_s": None, "types": [], "set_aside": 0, "renewal": None, "certificate_days": 89, "last": None,
            "dropped_for_quota": 0, "problems": [], "left_alone": [], "beacons": [
                {"id": "beacon1", "direction": direction, "url": f"https://localhost:{device.locations[0]['Port']}",
                 "last_success": None} for direction in ("upload", "download")],
            "policy": {"applied_at": None, "in_force": False, "lapsed": None, "signed": False, "number": None,
                       "source": None, "agent_version": None, "trial": None, "trial_end": None, "refusal": None, "asked_at": None},
            "update": {"number": None, "version": None, "staged": False, "waits_for": None, "refusal": None, "reason": None,
                       "asked_at": None, "step": "none", "result": None, "rolled_back": []}})
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
            told = self.status(device, 7)
        self.assertEqual((told["waiting"], told["set_aside"]), (0, 1))
        self.assertEqual(told["error"]["kind"], "refused")
        self.assertEqual((told["last"]["delivered"], told["last"]["set_aside"], told["last"]["left"]), (1, 1, 0))
        self.assertIn("failed: it answered HTTP 422", told["last"]["error"])
        self.assertRegex(told["last"]["time"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$")
        at = time.mktime(time.strptime(told["last"]["time"], "%Y-%m-%d %H:%M:%S UTC")) - time.timezone
        self.assertAlmostEqual(at, before, delta=30)
        run = device.run("status")
        self.assertIn(f"set aside    1 file in {device.spool}/.rejected\n", run.out)
        self.assertEqual(run.code, 7)
        self.assertEqual(run.err, f"muster: 1 file was refused and set aside in {device.spool}/.rejected; read the .reason files "
                                  "there; then move the files back into the spool, or delete them\n")
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
        rows = ((self.pki.client, 89, "", 0), (self.pki.client_expired, None, "expired", 4), (None, None, "client_cert.pem", 4))
        for client, days, words, code in rows:
            with self.subTest(words):
                told = self.status(self.device(client=client), code)
                self.assertEqual(told["certificate_days"], days)
                self.assertEqual(len(told["problems"]), 1 if words else 0)
                if words:
                    self.assertEqual(told["problems"][0]["kind"], "identity")
                    self.assertIn(words, told["problems"][0]["message"])
        told = self.status(self.device(client=self.pki.client_ending), 1)
        self.assertEqual((told["certificate_days"], told["problems"][0]["kind"]), (9, "failure"))
        self.assertIn("expires in 9 days", told["problems"][0]["message"])
        self.assertEqual(self.status(self.device(client=self.pki.client_ending, CertificateWarningDays="9"))["problems"], [])
        told = self.status(self.device(client=None, AddClientCertificateAndKey="False"))
        self.assertEqual((told["certificate_days"], told["problems"]), (None, []))

    def test_the_first_of_identity_refused_and_expiry_is_the_exit_status(self):
        with Beacon(self.pki) as beacon:
            device = self.device(beacon.port, client=self.pki.client_ending)
            device.put("odd\nname")
            self.assertEqual(device.run("status").code, 1)
            self.assertEqual(device.run("upload").code, 7)
            run = device.run("status")
            self.assertEqual(run.code, 7)
            self.assertIn("warning: the client certificate", run.err)
            device.key.unlink()
            run = device.run("status")
            self.assertEqual(run.code, 4)
            self.assertIn("set aside    1 file", run.out)

    def test_files_that_wait_while_nothing_is_delivered_are_a_failure(self):
        device = self.device(StatusMaxAge="3600")
        device.put("one")
        self.assertEqual(device.run("status").code, 0)
        later = {"prefix": moved("+2h"), "environment": {"NO_FAKE_STAT": "1", **for_a_sanitizer()}}
        run = device.run("status", **later)
        self.assertEqual(run.code, 6)
        self.assertEqual(run.err, "muster: 1 file waits, and nothing was delivered so far; run: muster doctor\n")
        device.put("two")
        self.assertIn("2 files wait, and nothing", device.run("status", **later).err)

    def test_types_are_told_apart(self):
        device = self.device()
        old = device.put("old", b"123", "Discovery")
        device.put("young", b"12345")
        device.put("younger", b"12345")
        os.utime(old, (time.time() - 7200,) * 2)
        types = self.status(device)["types"]
        self.assertEqual([(one["type"], one["waiting"], one["bytes"]) for one in types],
                         [("Discovery", 1, 3), ("Inventories", 2, 10)])
        self.assertAlmostEqual(types[0]["oldest_s"], 7200, delta=30)
        out = device.run("status").out
        self.assertIn("\n  Discovery: 1 file (3 bytes), the oldest 2 h old\n", out)
        self.assertRegex(out, r"\n  Inventories: 2 files \(10 bytes\), the oldest \d+ s old\n")

    def test_an_upload_of_named_files_is_the_last_upload(self):
        with Beacon(self.pki) as beacon:
            device = self.device(beacon.port)
            self.assertEqual(device.run("upload", device.file("a.ndi"), device.file("b.ndi")).code, 0)
            last = self.status(device)["last"]
            self.assertEqual((last["delivered"], last["left"], last["error"]), (2, 0, None))
            self.assertEqual(device.run("upload", device.file("a.ndi"), device.folder / "missing").code, 9)
            last = self.status(device)["last"]
            self.assertEqual((last["delivered"], last["left"]), (1, 1))
            self.assertEqual(device.run("upload", device.folder / "missing").code, 8)
            self.assertEqual(self.status(device)["last"], last)  # a name that was wrong is no upload

    def test_the_last_success_of_each_beacon(self):
        with Beacon(self.pki) as beacon:
            device = self.device(beacon.port, dead_port())
            before = time.time()
            self.assertEqual(device.run("upload", device.file("a.ndi")).code, 0)
            told = {(one["id"], one["direction"]): one["last_success"] for one in self.status(device)["beacons"]}
        at = time.mktime(time.strptime(told["beacon1", "upload"], "%Y-%m-%d %H:%M:%S UTC")) - time.timezone
        self.assertAlmostEqual(at, before, delta=30)
        self.assertEqual([told[one] for one in (("beacon1", "download"), ("beacon2", "upload"), ("beacon2", "download"))],
                         [None] * 3)
        out = device.run("status").out
        self.assertRegex(out, r"\nbeacon       'beacon1': last upload 20\d\d-")
        self.assertIn("\nbeacon       'beacon2': last upload unknown\n", out)

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
