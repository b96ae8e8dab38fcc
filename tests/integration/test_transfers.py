"""Uploads and downloads as their user sees them: what arrives is what was sent, whatever it is called."""

import hashlib
import os
import pathlib
import time
import unittest

from support.beacon import Beacon, wait_until
from support.device import Device
from support.running import OneDevice


class Transfers(OneDevice):
    def run_well(self, *words, **more):
        run = self.device.run(*words, **more)
        self.assertEqual(run.code, 0, run)
        return run


class Uploads(Transfers):
    def test_names_arrive_as_they_are(self):
        for name in ("plain.ndi", "two words", "100%.gz", "größe", "semi;colon&amp", "plus+hash#", "q?mark", "'quote\""):
            with self.subTest(name):
                content = os.urandom(100)
                self.run_well("upload", self.device.file(name, content))
                self.assertEqual(self.beacon.uploaded()[f"Inventories/{name}"], content)

    def test_an_empty_file(self):
        self.run_well("upload", self.device.file("empty", b""))
        self.assertEqual(self.beacon.uploaded(), {"Inventories/empty": b""})

    def test_large_files_are_sent_whole(self):
        for size in (32 * 1024, 32 * 1024 + 1, 1_000_003, 70 * 1024 * 1024):
            content = os.urandom(size)
            self.run_well("upload", self.device.file("large", content))
            self.assertEqual(hashlib.sha256(self.beacon.uploaded()["Inventories/large"]).digest(),
                             hashlib.sha256(content).digest())

    def test_the_type_is_the_folder(self):
        self.run_well("upload", self.device.file("x"), "--type", "Discovery")
        self.assertIn("Discovery/x", self.beacon.uploaded())

    def test_a_type_is_no_way_out(self):
        for wrong in ("../x", "a/b", ".hidden", ""):
            run = self.device.run("upload", self.device.file("x"), "--type", wrong)
            self.assertEqual(run.code, 2, run)

    def test_the_file_stays_unless_remove_is_said(self):
        file = self.device.file("stays")
        self.run_well("upload", file)
        self.assertTrue(file.exists())
        self.run_well("upload", file, "--remove")
        self.assertFalse(file.exists())

    def test_a_refused_file_stays_though_remove_is_said(self):
        self.device.locations[0]["Directory"] = "Nowhere"
        self.device.write_config()
        file = self.device.file("stays")
        self.assertEqual(self.device.run("upload", file, "--remove").code, 7)
        self.assertTrue(file.exists())

    def test_the_same_file_may_be_sent_twice(self):
        file = self.device.file("twice", b"same")
        self.run_well("upload", file)
        self.run_well("upload", file)
        self.assertEqual(self.beacon.uploaded(), {"Inventories/twice": b"same"})

    def test_several_files_in_one_run(self):
        files = [self.device.file(f"f{i}", str(i).encode()) for i in range(20)]
        run = self.run_well("upload", *files, "--json")
        self.assertEqual(len(run.json()["uploaded"]), 20)
        self.assertEqual(len(self.beacon.uploaded()), 20)

    def test_older_and_newer_tls(self):
        for site in ("ssl_protocols TLSv1.2;", "ssl_protocols TLSv1.3;"):
            with Beacon(self.pki, site=site) as beacon, Device(self.pki, [beacon.port]) as device:
                # beacon.conf names both versions for all servers; the server's own line goes first
                run = device.run("upload", device.file("x"))
                self.assertEqual(run.code, 0, run)

    def test_files_with_odd_bytes_in_their_names(self):
        path = os.fsencode(self.device.work) + b"/raw\xff\xfe"
        pathlib.Path(os.fsdecode(path)).write_bytes(b"x")
        run = self.run_well("upload", os.fsdecode(path), "--json")
        self.assertEqual(run.json()["uploaded"][0]["bytes"], 1)

    def test_a_certificate_that_is_replaced_is_taken_up_by_the_next_run(self):
        self.run_well("upload", self.device.file("a"))
        self.device.deploy(self.pki.client_other)
        self.run_well("upload", self.device.file("b"))
        serials = [line.split("serial=")[1].split()[0] for line in self.beacon.puts()]
        self.assertEqual(serials, [self.pki.client.serial(), self.pki.client_other.serial()])


class Downloads(Transfers):
    def setUp(self):
        super().setUp()
        self.content = os.urandom(300_000)
        self.source = self.beacon.put_download("Policies/default.json", self.content)
        self.target = self.device.work / "default.json"

    def test_under_its_base_name_in_this_folder(self):
        self.run_well("download", "Policies/default.json")
        self.assertEqual(self.target.read_bytes(), self.content)
        self.assertEqual(sorted(path.name for path in self.device.work.iterdir()), ["default.json"])

    def test_to_a_named_file(self):
        self.run_well("download", "Policies/default.json", "-O", "elsewhere")
        self.assertEqual((self.device.work / "elsewhere").read_bytes(), self.content)

    def test_to_standard_output_and_nothing_else_there(self):
        run = self.run_well("download", "Policies/default.json", "-O", "-", text=False)
        self.assertEqual(run.out, self.content)
        self.assertEqual(run.err, b"")

    def test_an_empty_file(self):
        self.beacon.put_download("empty", b"")
        self.run_well("download", "empty")
        self.assertEqual((self.device.work / "empty").read_bytes(), b"")

    def test_what_is_there_already_is_not_fetched_again(self):
        self.run_well("download", "Policies/default.json")
        run = self.run_well("download", "Policies/default.json", "--json")
        self.assertTrue(run.json()["unchanged"])
        wait_until(lambda: " 304 " in self.beacon.requests()[-1], what="the answer in the log")

    def test_a_file_that_somebody_changed_here_is_fetched_again(self):
        self.run_well("download", "Policies/default.json")
        stat = self.target.stat()
        self.target.write_bytes(b"x" * len(self.content))
        os.utime(self.target, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))
        self.run_well("download", "Policies/default.json")
        self.assertEqual(self.target.read_bytes(), self.content)

    def test_a_file_of_somebody_else_in_its_place_is_replaced(self):
        self.target.write_bytes(b"mine, and newer")
        self.run_well("download", "Policies/default.json")
        self.assertEqual(self.target.read_bytes(), self.content)

    def test_what_is_newer_there_is_fetched(self):
        self.run_well("download", "Policies/default.json")
        self.source.write_bytes(b"newer")
        os.utime(self.source, (time.time() + 10, time.time() + 10))
        self.run_well("download", "Policies/default.json")
        self.assertEqual(self.target.read_bytes(), b"newer")

    def leave_part(self, size, etag):
        (self.device.work / "default.json.part").write_bytes(self.content[:size])
        (self.device.work / "default.json.part.etag").write_text(etag)

    def etag(self):
        stat = self.source.stat()
        return f'"{int(stat.st_mtime):x}-{stat.st_size:x}"'

    def test_a_part_is_completed(self):
        self.leave_part(200_000, self.etag())
        run = self.run_well("download", "Policies/default.json", "--json")
        self.assertTrue(run.json()["resumed"])
        wait_until(lambda: " 206 " in self.beacon.requests()[-1], what="the answer in the log")
        self.assertEqual(self.target.read_bytes(), self.content)
        self.assertEqual(sorted(path.name for path in self.device.work.iterdir()), ["default.json"])

    def test_a_part_of_another_version_is_dropped(self):
        self.leave_part(200_000, '"other-version"')
        self.run_well("download", "Policies/default.json")
        self.assertEqual(self.target.read_bytes(), self.content)

    def test_a_part_that_is_longer_than_the_file_is_dropped(self):
        self.leave_part(300_000, self.etag())
        with open(self.device.work / "default.json.part", "ab") as part:
            part.write(b"too much")
        self.run_well("download", "Policies/default.json")
        self.assertEqual(self.target.read_bytes(), self.content)

    def test_a_failure_leaves_the_old_file(self):
        self.target.write_bytes(b"old")
        self.source.unlink()
        self.assertEqual(self.device.run("download", "Policies/default.json").code, 7)
        self.assertEqual(self.target.read_bytes(), b"old")

    def test_a_path_is_no_way_out(self):
        for wrong in ("../x", "a/../b", "a/", "", "."):
            self.assertEqual(self.device.run("download", wrong).code, 2, wrong)


if __name__ == "__main__":
    unittest.main()
