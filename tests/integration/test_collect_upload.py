"""`muster collect --upload`: the way into the spool and to a beacon, and what is not uploaded again."""

import gzip
import json
import unittest

from support.agent import Agent
from support.beacon import Beacon, wait_until
from support.device import Device
from support.running import OneDevice
from support.recorded import DPKG, Recorded


class Uploading(OneDevice):
    def setUp(self):
        super().setUp()
        self.root = Recorded()
        self.addCleanup(self.root.__exit__)

    def upload(self, *words, code=0):
        run = self.device.run("collect", "--upload", "--root", self.root.path, *words)
        self.assertEqual(run.code, code, run)
        return run

    def arrived(self):
        """[(name, document)] of the inventories on the beacon."""
        return [(name, json.loads(gzip.decompress(content))) for name, content in sorted(self.beacon.uploaded().items())]

    def test_an_inventory_arrives_gzipped_under_the_name_of_the_device(self):
        self.upload()
        (name, document), = self.arrived()
        self.assertRegex(name, rf"Inventories/{document['deviceid']}-\d{{8}}T\d{{6}}Z\.json\.gz$")
        self.assertEqual(document["content"]["hardware"]["name"], "recorded")
        self.assertEqual(self.device.waiting(), set())

    def test_an_unchanged_one_is_not_uploaded_again_and_a_changed_one_is(self):
        self.upload()
        run = self.upload()
        self.assertIn("has not changed since", run.out)
        self.assertEqual(self.upload("--json").json(), {"uploaded": [], "failed": [], "unchanged": True})
        self.assertEqual(len(self.beacon.uploaded()), 1)
        self.root.put("var/lib/dpkg/status", DPKG.replace("7.88.1-10+deb12u8", "7.88.1-10+deb12u9"))
        self.upload("-o", "MachineId=other")  # another name in the same second
        self.assertEqual(len(self.beacon.uploaded()), 2)

    def test_what_no_beacon_has_accepted_waits_and_is_not_put_there_twice(self):
        self.beacon.stop()
        self.upload(code=6)
        self.upload(code=6)
        self.assertEqual(len(self.device.waiting()), 1)
        self.beacon.start()
        run = self.upload()
        self.assertIn("uploaded 1 file", run.out)
        self.assertEqual(len(self.arrived()), 1)
        self.assertIn("has not changed since", self.upload().out)

    def test_what_a_beacon_refused_is_uploaded_again(self):
        beacon = Beacon(self.pki, site="if ($request_method = PUT) { return 403; }").start()
        self.addCleanup(beacon.__exit__)
        device = Device(self.pki, [beacon.port])
        self.addCleanup(device.__exit__)
        run = device.run("collect", "--upload", "--root", self.root.path)
        self.assertEqual(run.code, 7, run)
        run = device.run("collect", "--upload", "--root", self.root.path)
        self.assertNotIn("has not changed since", run.out)

    def test_a_service_that_delivers_it_later_counts_as_well(self):
        self.beacon.stop()
        self.upload(code=6)
        self.beacon.start()
        with Agent(self.device):
            wait_until(lambda: not self.device.waiting(), 20, "the delivery")
            record = self.device.data / "state" / "inventory-glpi"
            wait_until(lambda: record.read_text().startswith("accepted "), 5, "its record")
        self.assertIn("has not changed since", self.upload().out)

    def test_a_partial_one_and_a_discovery_are_always_uploaded(self):
        self.upload("--only", "os")
        self.upload("--only", "os", "-o", "MachineId=other")
        self.upload("--discovery")
        folders = [name.split("/")[-2] for name, _ in self.arrived()]
        self.assertEqual(sorted(folders), ["Discovery", "Inventories", "Inventories"])
        self.assertIn("uploaded", self.upload("-o", "MachineId=third").out)  # they advanced nothing

    def test_a_name_that_is_unfit_for_a_path_is_made_fit(self):
        self.upload("-o", "MachineId=../x y")
        (name, document), = self.arrived()
        self.assertIn("Inventories/___x_y-", name)
        self.assertEqual(document["deviceid"], "../x y")


class Spooling(OneDevice):
    def setUp(self):
        super().setUp()
        self.root = Recorded()
        self.addCleanup(self.root.__exit__)

    def spool(self, *words, **more):
        run = self.device.run("collect", "--spool", "--root", self.root.path, *words, **more)
        self.assertEqual(run.code, 0, run)
        return run

    def test_documents_of_one_second_are_files_of_their_own(self):
        for section in ("os", "cpu", "user", "service", "network"):
            self.spool("--only", section)
        self.assertEqual(len(self.device.waiting()), 5)

    def test_it_is_left_in_the_spool_for_the_agent(self):
        run = self.spool()
        (name,) = self.device.waiting()
        self.assertEqual(run.out, f"{self.device.data}/uploads/{name} waits for the agent\n")
        self.assertEqual(self.beacon.uploaded(), {})
        with Agent(self.device):
            wait_until(self.beacon.uploaded, 20, "the delivery")

    def test_without_a_beacon_it_is_left_there_once(self):
        self.beacon.stop()
        first = self.spool("--json").json()
        self.assertEqual(self.spool("--json").json(), first)
        self.assertEqual(self.device.waiting(), {"Inventories/" + first["file"].rsplit("/")[-1]})

    def test_what_a_beacon_has_is_not_put_there_again(self):
        self.spool()
        self.assertEqual(self.device.run("upload").code, 0)
        self.assertIn("has not changed since", self.spool().out)
        self.assertEqual(self.spool("--json").json(), {"file": None, "unchanged": True})
        self.assertEqual(self.device.waiting(), set())

    def test_it_needs_no_internet_socket(self):
        trace = self.device.folder / "trace"
        self.spool(prefix=("strace", "-f", "-e", "trace=socket,execve", "-o", trace),
                   environment={"ASAN_OPTIONS": "detect_leaks=0"})  # which does not work under a tracer
        self.assertIn("execve(", trace.read_text())
        self.assertNotIn("AF_INET", trace.read_text())

    def test_a_spool_that_cannot_be_written_to_is_exit_8(self):
        (self.device.data / "uploads" / "Inventories").mkdir(parents=True, exist_ok=True)
        (self.device.data / "uploads" / "Inventories").rmdir()
        (self.device.data / "uploads" / "Inventories").write_text("not a folder")
        run = self.device.run("collect", "--spool", "--root", self.root.path)
        self.assertEqual(run.code, 8, run)
        self.assertIn("uploads/Inventories", run.err)

    def test_it_goes_to_one_place(self):
        self.assertEqual(self.device.run("collect", "--spool", "--upload").code, 2)
        self.assertEqual(self.device.run("collect", "--spool", "-O", "file").code, 2)


if __name__ == "__main__":
    unittest.main()
