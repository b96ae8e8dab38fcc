"""Whatever happens at whichever moment: every file is on the beacon or where it was, whole, and a second run completes."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from support.agent import Agent
from support.beacon import Beacon, wait_until
from support.ca import shared_pki
from support.crash import QUIET, SLOW, Resetting, calls_of, failing_at, killed_at, spread
from support.device import PROGRAM, Device

# What moves, settles or claims a file; each of them counts in every run.
SETTLING = ("unlinkat", "fsync", "rename", "renameat2", "flock", "openat", "pread64", "pwrite64", "write", "sendto",
            "recvfrom", "connect", "newfstatat", "close")
ERRORS = {"fsync": ("EIO",), "unlinkat": ("EACCES", "EIO"), "unlink": ("EIO",), "openat": ("EMFILE", "ENOSPC"),
          "pread64": ("EIO",), "pwrite64": ("ENOSPC", "EIO"), "write": ("ENOSPC",), "rename": ("ENOSPC",),
          "renameat2": ("EACCES",), "flock": ("ENOLCK",), "sendto": ("ECONNRESET",), "recvfrom": ("ECONNRESET",),
          "connect": ("ECONNREFUSED",), "socket": ("EMFILE",), "mkdirat": ("ENOSPC",), "ftruncate": ("EIO",)}
SIZES = (100, 20_000, 90_000)


class Crash(unittest.TestCase):
    def setUp(self):
        self.pki = shared_pki()
        self.enter(self, Beacon(self.pki))

    @staticmethod
    def enter(test, beacon):
        test.beacon = beacon.__enter__()
        test.addCleanup(beacon.__exit__)

    def device(self, port=None, **preferences):
        device = Device(self.pki, [port or self.beacon.port], NetworkRetries="0", **preferences)
        self.addCleanup(device.__exit__)
        return device

    def assert_nothing_lost(self, files, device, context):
        """`files`: {"Inventories/name": content}. Returns those that are on the beacon."""
        arrived = self.beacon.uploaded()
        for name, content in files.items():
            if name in arrived:
                self.assertEqual(arrived[name], content, f"{context}: {name} is not whole on the beacon")
            else:
                path = device.spool / name
                self.assertTrue(path.exists(), f"{context}: {name} is nowhere")
                self.assertEqual(path.read_bytes(), content, f"{context}: {name} was changed")
        return arrived

    def completes(self, device, *words):
        run = device.run(*words)
        self.assertEqual(run.code, 0, run)


class Drain(Crash):
    def put_some(self, device, tag):
        files = {}
        for place, size in enumerate(SIZES):
            content = os.urandom(size)
            device.put(f"{tag}-{place}.ndi", content)
            files[f"Inventories/{tag}-{place}.ndi"] = content
        return files

    def counted(self, device):
        self.put_some(device, "clean")
        return calls_of(device, ["upload"])

    def test_killed_at_any_system_call(self):
        device = self.device()
        counts = self.counted(device)
        for name in SETTLING if not SLOW else counts:
            for number in spread(counts.get(name, 0), 5):
                context = f"killed at {name} {number}"
                files = self.put_some(device, f"{name}-{number}")
                killed_at(device, name, number, ["upload"])
                self.assert_nothing_lost(files, device, context)
                self.completes(device, "upload")
                arrived = self.assert_nothing_lost(files, device, context)
                self.assertLessEqual(files.keys(), arrived.keys(), context)
                self.assertEqual(device.waiting(), set(), context)

    def test_an_error_at_any_system_call(self):
        device = self.device()
        counts = self.counted(device)
        for name, errors in ERRORS.items():
            for error in errors:
                for number in spread(counts.get(name, 0), 4):
                    context = f"{error} at {name} {number}"
                    files = self.put_some(device, f"{error}-{name}-{number}")
                    run = failing_at(device, name, number, error, ["upload"])
                    arrived = self.assert_nothing_lost(files, device, context)
                    if run.returncode == 0:
                        self.assertLessEqual(files.keys(), arrived.keys(), f"{context}: told as done")
                    else:
                        self.assertNotEqual(run.stderr, "", context)
                    self.completes(device, "upload")
                    self.assertEqual(device.waiting(), set(), context)

    def test_killed_again_and_again_against_a_beacon_that_resets(self):
        with Resetting(self.beacon.port) as relay:
            device = self.device(relay.port, NetworkTimeout="5")
            files = {}
            for number in range(1000 if SLOW else 50):
                files |= self.put_some(device, f"round-{number}") if number % 5 == 0 else {}
                command = subprocess.Popen([PROGRAM, "--config", str(device.config), "upload"], cwd=device.work,
                                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL, env={**os.environ, **QUIET})
                time.sleep(random.uniform(0, 0.08))
                command.kill()
                command.wait()
                self.assert_nothing_lost(files, device, f"round {number}")
            relay.longest = 0
            self.completes(device, "upload")
            self.assertLessEqual(files.keys(), self.assert_nothing_lost(files, device, "the end").keys())
            self.assertEqual(device.waiting(), set())

    def test_the_agent_killed_again_and_again_beside_the_command(self):
        with Resetting(self.beacon.port) as relay:
            device = self.device(relay.port, NetworkTimeout="5")
            files = {}
            for number in range(200 if SLOW else 10):
                with Agent(device) as agent:
                    files |= self.put_some(device, f"round-{number}")
                    device.run("upload")
                    time.sleep(random.uniform(0, 0.1))
                    agent.process.send_signal(signal.SIGKILL)
                    agent.process.wait()
                self.assert_nothing_lost(files, device, f"round {number}")
            relay.longest = 0
            self.completes(device, "upload")
            self.assertLessEqual(files.keys(), self.assert_nothing_lost(files, device, "the end").keys())


class SettingAside(Crash):
    def setUp(self):
        self.pki = shared_pki()
        self.enter(self, Beacon(self.pki, site="client_max_body_size 10k;"))

    def test_killed_at_any_system_call_while_a_file_is_set_aside(self):
        device = self.device()
        device.put("clean.ndi", bytes(20_000))
        counts = calls_of(device, ["upload"])
        for name in ("renameat2", "rename", "fsync", "mkdirat", "openat", "pwrite64", "sendto"):
            for number in spread(counts.get(name, 0), 6):
                context = f"killed at {name} {number}"
                content = os.urandom(20_000)
                file = f"{name}-{number}.ndi"
                device.put(file, content)
                killed_at(device, name, number, ["upload"])
                device.run("upload")
                self.assertEqual(device.waiting(), set(), context)
                self.assertEqual(device.rejected()[f"Inventories/{file}"], content, context)


class Downloads(Crash):
    def test_killed_or_disturbed_at_any_system_call(self):
        device = self.device()
        old, new = os.urandom(1000), os.urandom(700_000)
        self.beacon.put_download("clean", new)
        counts = calls_of(device, ["download", "clean", "-O", "clean"])
        actions = [(name, None) for name in ("rename", "fsync", "pwrite64", "openat", "recvfrom", "ftruncate")]
        actions += [(name, error) for name in ("rename", "fsync", "pwrite64", "openat", "recvfrom")
                    for error in ERRORS[name][:1]]
        self.beacon.put_download("file", new)
        target = device.work / "file"
        words = ["download", "file", "-O", "file"]
        for name, error in actions:
            for number in spread(counts.get(name, 0), 4):
                context = f"{error or 'killed'} at {name} {number}"
                shutil.rmtree(device.data / "state", ignore_errors=True)
                target.write_bytes(old)
                if error:
                    run = failing_at(device, name, number, error, words)
                    if run.returncode == 0:
                        self.assertEqual(target.read_bytes(), new, f"{context}: told as done")
                else:
                    killed_at(device, name, number, words)
                self.assertIn(target.read_bytes(), (old, new), context)
                self.completes(device, *words)
                self.assertEqual(target.read_bytes(), new, context)


class Disks(Crash):
    """Needs to mount."""

    def mounted(self, what, *options):
        folder = tempfile.mkdtemp(prefix="muster-mount-")
        self.addCleanup(os.rmdir, folder)
        done = subprocess.run(["mount", *options, str(what), folder], capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f"cannot mount: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", folder])
        return folder

    def test_a_full_disk_keeps_what_is_there_and_lets_it_go(self):
        device = self.device()
        folder = self.mounted("none", "-t", "tmpfs", "-o", "size=256k")
        device.spool.parent.mkdir(parents=True, exist_ok=True)
        device.spool.symlink_to(folder)
        files = {}
        for number in range(3):
            files[f"Inventories/{number}"] = os.urandom(60_000)
            device.put(str(number), files[f"Inventories/{number}"])
        with open(os.path.join(folder, ".filler"), "wb", buffering=0) as filler, self.assertRaises(OSError):
            while True:
                filler.write(bytes(4096))
        self.completes(device, "upload")
        self.assertEqual(self.beacon.uploaded(), files)

    def test_the_power_is_cut_while_a_spool_is_emptied(self):
        image = tempfile.mkstemp(prefix="muster-image-")[1]
        self.addCleanup(os.unlink, image)
        subprocess.run(["truncate", "-s", "32M", image], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0", image], check=True)
        folder = self.mounted(image, "-o", "loop")
        device = self.device()
        device.spool.symlink_to(folder)
        files = {}
        for number in range(300):
            content = os.urandom(4000)
            files[f"Inventories/{number}.ndi"] = content
            device.put(f"{number}.ndi", content)
        os.sync()  # they are safe in the spool when the drain begins
        command = subprocess.Popen([PROGRAM, "--config", str(device.config), "-q", "upload"], cwd=device.work,
                                   stdout=subprocess.DEVNULL)
        wait_until(lambda: len(self.beacon.puts()) > 100, what="a third of the drain")
        cut = image + ".cut"
        self.addCleanup(os.unlink, cut)
        shutil.copy(image, cut)  # what has reached the disk; the file system was not asked to finish
        command.wait()
        after = self.mounted(cut, "-o", "loop")
        arrived = self.beacon.uploaded()
        for name, content in files.items():
            path = os.path.join(after, name)
            if os.path.exists(path):
                with open(path, "rb") as file:
                    self.assertEqual(file.read(), content, name)
            else:
                self.assertEqual(arrived.get(name), content, f"{name} is nowhere")


if __name__ == "__main__":
    unittest.main()
