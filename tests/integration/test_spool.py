"""`muster upload` without a file: all that waits in the spool goes out, once, and nothing is ever lost."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from support.beacon import wait_until
from support.crash import FAULT, strike
from support.device import PROGRAM
from support.relay import Relay, dead_port
from support.running import Parties


class Spool(Parties):
    def drain(self, device, code, *words, **more):
        run = device.run("upload", *words, **more)
        self.assertEqual(run.code, code, run)
        return run


class Drain(Spool):
    def test_all_types_go_out_and_the_spool_is_empty(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        for type in ("Inventories", "Discovery", "Status"):
            for number in range(3):
                device.put(f"f{number}", f"{type} {number}".encode(), type)
        run = self.drain(device, 0)
        self.assertEqual(beacon.uploaded(), {f"{type}/f{number}": f"{type} {number}".encode() for number in range(3)
                                             for type in ("Inventories", "Discovery", "Status")})
        self.assertEqual(device.waiting(), set())
        self.assertIn("uploaded 9 files", run.out)

    def test_a_type_without_a_file_sends_that_type_alone(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        for type in ("Inventories", "Discovery", "Status"):
            device.put("f", type.encode(), type)
        run = self.drain(device, 0, "--type", "Discovery")
        self.assertEqual(beacon.uploaded(), {"Discovery/f": b"Discovery"})
        self.assertEqual(device.waiting(), {"Inventories/f", "Status/f"})
        self.assertIn("uploaded 1 file ", run.out)
        self.drain(device, 0, "--type", "Absent")
        self.assertEqual(device.waiting(), {"Inventories/f", "Status/f"})
        for wrong in ("..", ".rejected", "a/b", "/", "two\nlines"):
            with self.subTest(wrong):
                self.drain(device, 2, "--type", wrong)
        self.assertEqual(device.waiting(), {"Inventories/f", "Status/f"})

    def test_left_counts_every_file_that_waits(self):
        device = self.device(dead_port(), NetworkRetries="0")
        for number in range(100):
            device.put(f"f{number}", type="Status" if number % 4 else "Inventories")
        run = self.drain(device, 6)
        self.assertIn(", 100 left", run.out)
        self.assertIn("100 left", device.run("status").out)
        self.assertEqual(device.run("status", "--json").json()["last"]["left"], 100)
        self.assertIn(", 75 left", self.drain(device, 6, "--type", "Status").out)

    def test_a_pass_over_one_type_does_not_forget_what_failed_of_another(self):
        beacon = self.beacon()
        device = self.device(dead_port(), NetworkRetries="0")
        device.put("f", type="Status")
        self.drain(device, 6)
        pending = (device.data / "state" / "pending").read_bytes()
        self.assertTrue(pending.strip())
        device.locations[0]["Port"] = beacon.port
        device.write_config()
        device.put("f", type="Discovery")
        self.drain(device, 0, "--type", "Discovery")
        self.assertEqual((device.data / "state" / "pending").read_bytes(), pending)

    @unittest.skipUnless(FAULT.exists(), "muster_fault is not built on this system")
    def test_many_files_share_connections_and_what_makes_their_removal_last(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        for number in range(200):
            device.put(f"f{number}")
        start = time.monotonic()
        struck = strike(device, ["-o", "MaxConcurrentTransfers=4", "upload"])
        took_s = time.monotonic() - start
        self.assertEqual(struck.code, 0, struck.err)
        self.assertEqual(len(beacon.uploaded()), 200)
        calls = struck.calls
        # One for 64 files, at least every tenth of a second, and two for what is remembered in state/.
        self.assertLess(calls.count("fsync") + calls.count("fdatasync"), 10 + 10 * took_s)
        self.assertGreater(calls.count("fsync") + calls.count("fdatasync"), 2)
        self.assertLessEqual(calls.count("connect"), 12)

    def test_without_a_spool_there_is_nothing_to_do(self):
        device = self.device(dead_port())
        self.drain(device, 0)
        self.assertFalse(device.spool.exists())
        device.spool.mkdir()
        self.drain(device, 0)

    def test_what_is_still_being_written_stays_and_is_no_failure(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        for name in ("good", ".hidden", "growing.tmp"):
            device.put(name)
        run = self.drain(device, 0)
        self.assertEqual(set(beacon.uploaded()), {"Inventories/good"})
        self.assertEqual({path.name for path in (device.spool / "Inventories").iterdir()}, {".hidden", "growing.tmp"})
        self.assertEqual(run.err, "")

    def test_a_file_that_somebody_has_open_for_writing_stays(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        device.put("whole")
        with device.put("growing").open("ab") as growing:
            run = self.drain(device, 0)
            self.assertEqual(set(beacon.uploaded()), {"Inventories/whole"})
            self.assertIn("1 in use by another process", run.out)
            growing.write(b"the rest")
        self.drain(device, 0)
        self.assertTrue(beacon.uploaded()["Inventories/growing"].endswith(b"the rest"))
        self.assertEqual(device.waiting(), set())

    def unfit(self, device):
        secret = device.work / "secret"
        secret.write_text("secret")
        folder = device.spool / "Inventories"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "link").symlink_to(secret)
        os.link(secret, folder / "hardlink")
        os.mkfifo(folder / "pipe")
        (folder / "folder").mkdir()
        names = {"link", "hardlink", "pipe", "folder"}
        if os.geteuid() == 0:
            os.mknod(folder / "device", 0o20600, os.makedev(1, 3))
            names.add("device")
        return names

    def test_links_pipes_and_devices_stay_and_are_named(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        names = self.unfit(device)
        run = self.drain(device, 8)
        for name in names:
            self.assertRegex(run.err, rf"/{name}: it is ")
        device.put("good")
        self.drain(device, 9)
        self.assertEqual(set(beacon.uploaded()), {"Inventories/good"})
        self.assertEqual(device.waiting(), {f"Inventories/{name}" for name in names})

    def test_a_link_in_the_place_of_a_type_is_not_followed(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        device.put("good")
        elsewhere = device.work / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "secret").write_text("secret")
        (device.spool / "Linked").symlink_to(elsewhere)
        run = self.drain(device, 9, "--json")
        self.assertEqual(set(beacon.uploaded()), {"Inventories/good"})
        self.assertIn("Linked", run.json()["failed"][0]["error"]["message"])
        self.assertEqual(run.json()["failed"][0]["file"], "")  # no file of the spool

    def test_names_arrive_as_they_are(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        names = [b"two words", b"100%", b"%41%2f", b"#hash", b"what?", b"\xff\xfe", b"n" * 255, "größe".encode()]
        for name in names:
            device.put(name, name)
        self.drain(device, 0)
        self.assertEqual(beacon.uploaded(), {f"Inventories/{os.fsdecode(name)}": name for name in names})
        self.assertEqual(device.waiting(), set())

    def test_a_name_that_no_beacon_takes_is_set_aside_with_its_reason(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        device.put("two\nlines", b"odd")
        device.put("good")
        run = self.drain(device, 9)
        rejected = device.rejected()
        self.assertEqual(rejected.pop("Inventories/two\nlines"), b"odd")
        self.assertIn(b"HTTP 422", rejected.pop("Inventories/two\nlines.reason"))
        self.assertEqual(rejected, {})
        self.assertEqual(set(beacon.uploaded()), {"Inventories/good"})
        self.assertEqual(device.waiting(), set())
        self.assertIn("1 set aside", run.out)
        for line in run.lines():
            self.assertNotEqual(line, "lines")  # the name is shown on one line
        self.drain(device, 0)

    def test_a_file_that_grows_while_it_is_sent_stays(self):
        beacon = self.beacon()
        with Relay(beacon.port, 0.3) as relay:
            device = self.device(relay.port)
            path = device.put("growing", b"x" * 10_000)

            def grow():
                wait_until(lambda: relay.connections > 0)
                time.sleep(0.5)
                with path.open("ab") as file:
                    file.write(b"more")

            writer = threading.Thread(target=grow)
            writer.start()
            run = self.drain(device, 8)
            writer.join()
        self.assertTrue(path.exists())
        self.assertIn("changed while it was sent", run.err)
        self.drain(device, 0, "-o", rf"ManageSoft\Common\UploadSettings\beacon1\Port={beacon.port}")
        self.assertEqual(beacon.uploaded()["Inventories/growing"], b"x" * 10_000 + b"more")

    def test_a_file_that_is_replaced_while_it_is_sent_waits_for_its_own_turn(self):
        beacon = self.beacon()
        with Relay(beacon.port, 0.2) as relay:
            device = self.device(relay.port)
            device.put("status", b"old")
            replacer = threading.Thread(target=lambda: (wait_until(lambda: relay.connections > 0),
                                                        device.put("status", b"new")))
            replacer.start()
            self.drain(device, 0)
            replacer.join()
            self.assertEqual(device.waiting(), {"Inventories/status"})
            self.drain(device, 0)
        self.assertEqual(beacon.uploaded(), {"Inventories/status": b"new"})

    def test_two_drains_at_once_send_every_file_once(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        for number in range(400):
            device.put(f"f{number}", str(number).encode())
        drains = [subprocess.Popen([PROGRAM, "--config", device.config, "upload", "-q"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True) for _ in range(3)]
        for drain in drains:
            out, err = drain.communicate(timeout=60)
            self.assertEqual(drain.returncode, 0, out + err)
        self.assertEqual(len(beacon.puts()), 400)
        self.assertEqual(len(beacon.uploaded()), 400)
        self.assertEqual(device.waiting(), set())

    def test_a_file_of_somebody_else_is_named_and_the_others_go_out(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        beacon = self.beacon()
        device = self.device(beacon.port)
        device.put("mine")
        device.put("root's").chmod(0o600)
        for path in (device.folder, *device.folder.rglob("*")):
            if path.name != "root's":
                shutil.chown(path, 65534, 65534)
        program = pathlib.Path(tempfile.mkdtemp(prefix="muster-program-")) / "muster"
        self.addCleanup(shutil.rmtree, program.parent)
        program.parent.chmod(0o755)
        shutil.copy(PROGRAM, program)
        done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", program, "--config",
                               device.config, "upload"], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 9, done)
        self.assertIn("root's", done.stderr)
        self.assertIn("join the group muster", done.stderr)
        self.assertEqual(device.waiting(), {"Inventories/root's"})

    def test_json_tells_of_each_file(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        self.assertEqual(self.drain(device, 0, "--json").json(), {"uploaded": [], "failed": []})
        device.put("good", b"12345")
        device.put("odd\nname")
        device.put(b"\xff\xfe")
        told = self.drain(device, 9, "--json").json()
        self.assertEqual(len(told["uploaded"]), 2)
        good = [one for one in told["uploaded"] if one["file"].endswith("/good")][0]
        self.assertEqual((good["beacon"], good["bytes"]), ("beacon1", 5))
        self.assertEqual([one["file"] for one in told["failed"]], ["Inventories/odd\nname"])
        self.assertEqual((told["failed"][0]["error"]["code"], told["error"]["code"]), (7, 9))

    def test_the_last_pass_is_remembered_also_when_nothing_went_out(self):
        device = self.device(dead_port())
        device.put("a")
        self.drain(device, 6, "-o", "NetworkRetries=0")
        last = device.run("status", "--json").json()["last"]
        self.assertEqual((last["delivered"], last["left"]), (0, 1))
        self.assertIn("beacon1", last["error"])


class Refusals(Spool):
    def test_too_large_a_file_is_set_aside_and_the_others_go_out(self):
        beacon = self.beacon(site="client_max_body_size 100k;")
        device = self.device(beacon.port)
        device.put("large", b"x" * 200_000)
        for number in range(5):
            device.put(f"small{number}")
        self.drain(device, 9)
        self.assertEqual(set(beacon.uploaded()), {f"Inventories/small{number}" for number in range(5)})
        self.assertEqual(set(device.rejected()), {"Inventories/large", "Inventories/large.reason"})
        self.assertIn(b"HTTP 413", device.rejected()["Inventories/large.reason"])

    def test_a_file_that_one_of_two_beacons_takes_is_not_set_aside(self):
        small = self.beacon(site="client_max_body_size 100k;")
        large = self.beacon()
        device = self.device(small.port, large.port)
        for number in range(3):
            device.put(f"large{number}", b"x" * 200_000)
        self.drain(device, 0)
        self.assertEqual(len(large.uploaded()), 3)

    def has_logged(self, beacon, count):
        """nginx logs a request once its answer is sent: a device may have ended by then."""
        wait_until(lambda: len(beacon.puts()) >= count, what="the log of the last upload")
        self.assertEqual(len(beacon.puts()), count)

    def test_three_refusals_in_a_row_stop_the_rest(self):
        beacon = self.beacon(site="client_max_body_size 1k;")
        device = self.device(beacon.port)
        for number in range(10):
            device.put(f"f{number}", b"x" * 5000)
        run = self.drain(device, 7)
        self.assertEqual(len(device.waiting()), 7)
        self.assertEqual(len(device.rejected()), 6)
        self.has_logged(beacon, 3)
        self.assertIn("in a row were refused", run.err)

    def test_what_is_about_the_configuration_sets_nothing_aside(self):
        sites = {"Nowhere": "", "403": "location /Forbidden/ { return 403; }",
                 "Moved": "location /Moved/ { return 307 https://elsewhere.example/; }",
                 "405": "location /Method/ { return 405; }"}
        directories = {"Nowhere": "Nowhere", "403": "Forbidden", "Moved": "Moved", "405": "Method"}
        for name, site in sites.items():
            with self.subTest(name):
                beacon = self.beacon(site=site)
                device = self.device({"Port": beacon.port, "Directory": directories[name]})
                for number in range(5):
                    device.put(f"f{number}")
                run = self.drain(device, 7)
                self.assertEqual(len(device.waiting()), 5)
                self.assertFalse((device.spool / ".rejected").exists())
                self.has_logged(beacon, 3)
                self.assertIn("in a row were refused", run.err)

    def test_a_refused_certificate_leaves_all_and_is_not_shown_for_each_file(self):
        beacon = self.beacon()
        with Relay(beacon.port) as relay:
            device = self.device(relay.port, client=self.pki.client_revoked)
            for number in range(20):
                device.put(f"f{number}")
            self.drain(device, 4)
            self.assertEqual(relay.connections, 1)
        self.assertEqual(len(device.waiting()), 20)
        self.assertFalse((device.spool / ".rejected").exists())

    def test_a_missing_certificate_leaves_all(self):
        device = self.device(dead_port(), client=None)
        device.put("a")
        self.drain(device, 4)
        self.assertEqual(device.waiting(), {"Inventories/a"})

    def test_a_beacon_that_is_not_trusted_leaves_all(self):
        beacon = self.beacon(server=self.pki.server_stranger)
        device = self.device(beacon.port)
        for number in range(5):
            device.put(f"f{number}")
        self.drain(device, 5)
        self.assertEqual(len(device.waiting()), 5)


class BadNetwork(Spool):
    def test_a_dead_beacon_leaves_all(self):
        device = self.device(dead_port())
        for number in range(50):
            device.put(f"f{number}")
        run = self.drain(device, 6, "-o", "NetworkRetries=0")
        self.assertLess(run.seconds, 15, "it tried each file")
        self.assertEqual(len(device.waiting()), 50)
        told = self.drain(device, 6, "-o", "NetworkRetries=0", "--json").json()
        self.assertEqual((told["uploaded"], told["error"]["kind"]), ([], "unreachable"))

    def test_a_beacon_that_dies_in_the_middle_is_replaced_by_the_other(self):
        beacons = [self.beacon(), self.beacon()]
        with Relay(beacons[0].port, 0.005) as one, Relay(beacons[1].port, 0.005) as two:
            device = self.device(one.port, two.port)
            for number in range(300):
                device.put(f"f{number}", str(number).encode())
            killed = []

            def kill():
                wait_until(lambda: any(len(beacon.uploaded()) > 30 for beacon in beacons), 20)
                killed.append(max(beacons, key=lambda beacon: len(beacon.uploaded())))
                killed[0].signal(signal.SIGKILL)

            killer = threading.Thread(target=kill)
            killer.start()
            self.drain(device, 0)
            killer.join()
        other = beacons[1 - beacons.index(killed[0])]
        self.assertLess(len(killed[0].uploaded()), 300)
        self.assertGreater(len(other.uploaded()), 0)
        self.assertEqual({**other.uploaded(), **killed[0].uploaded()},
                         {f"Inventories/f{number}": str(number).encode() for number in range(300)})
        self.assertEqual(device.waiting(), set())

    def test_a_hundred_thousand_files_need_no_more_memory_than_a_few(self):
        device = self.device(dead_port())
        folder = device.spool / "Inventories"
        folder.mkdir(parents=True)
        for number in range(100_000):
            os.mknod(folder / f"f{number}")

        def peak(*words):
            before = time.monotonic()
            child = subprocess.Popen([PROGRAM, "--config", device.config, *words], stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL)
            out = child.stdout.read()
            child.stdout.close()
            _, _, usage = os.wait4(child.pid, 0)
            child.returncode = 0
            self.assertLess(time.monotonic() - before, 15)
            return out, usage.ru_maxrss

        # A sanitizer's own memory has nothing to do with the number of files.
        few = peak("--version")[1]
        out, most = peak("status")
        self.assertIn(b"100000 files", out)
        self.assertLess(most - few, 40_000)
        self.assertLess(peak("upload", "-o", "NetworkRetries=0")[1] - few, 40_000)
