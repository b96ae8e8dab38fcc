"""Two beacons behind one name, as docs/beacons.md has it: its HAProxy configuration, with ports of this machine."""

import pathlib
import re
import shutil
import unittest

from support.beacon import wait_until
from support.running import Parties
from support.servers import Server

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "beacons.md"


class Balancer(Server):
    def __init__(self, pki, beacons):
        super().__init__(pki, tls=None)
        self.beacons = beacons

    def command(self):
        (text,) = re.findall(r"^```\n(defaults\n.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
        text = text.replace("bind :443", f"bind 127.0.0.1:{self.port}")
        for number, beacon in enumerate(self.beacons, 1):
            text = text.replace(f"beacon{number}.example.com:443", f"127.0.0.1:{beacon.port}")
        (self.folder / "haproxy.cfg").write_text(text)
        return ["/usr/sbin/haproxy", "-f", str(self.folder / "haproxy.cfg"), "-db"]


class TwoBeacons(Parties):
    def setUp(self):
        self.beacons = [self.beacon(), self.beacon()]
        for tree in ("upload", "download"):
            shutil.rmtree(self.beacons[1].folder / tree)
            (self.beacons[1].folder / tree).symlink_to(self.beacons[0].folder / tree)
        self.balancer = self.entered(Balancer(self.pki, self.beacons))
        self.one_device = self.device(self.balancer.port)

    def upload(self, *names):
        for name in names:
            run = self.one_device.run("upload", self.one_device.file(name, name.encode()))
            self.assertEqual(run.code, 0, run)

    def uploaded(self):
        return {name.rsplit("/")[-1] for name in self.beacons[0].uploaded()}

    def test_both_take_uploads_into_one_tree(self):
        names = {f"{number}.ndi" for number in range(4)}
        self.upload(*names)
        self.assertEqual(self.uploaded(), names)
        for beacon in self.beacons:
            self.assertTrue(beacon.puts(), "this one took none")

    def test_each_sees_the_devices_own_certificate(self):
        for _ in self.beacons:
            run = self.one_device.run("upload", self.one_device.file("a"), "-o", "AddClientCertificateAndKey=False")
            self.assertEqual(run.code, 4, run)
        self.upload("b.ndi", "c.ndi")
        serial = self.pki.client.serial()
        for beacon in self.beacons:
            self.assertIn(f"serial={serial}", beacon.puts()[-1])

    def test_uploads_go_on_when_one_is_down_and_when_it_is_back(self):
        self.beacons[0].stop()
        self.upload("a.ndi", "b.ndi")
        self.assertEqual(self.uploaded(), {"a.ndi", "b.ndi"})
        self.beacons[0].start()

        def takes_one():
            self.upload("c.ndi")
            return self.beacons[0].puts()
        wait_until(takes_one, 30, "an upload to the beacon that is back")

    def test_a_download_has_the_same_validator_on_both(self):
        self.beacons[0].put_download("policy.json", b"policy")
        tags = {beacon.ask("GET", "/ManageSoftDL/policy.json")[1]["ETag"] for beacon in self.beacons}
        self.assertEqual(len(tags), 1)
        run = self.one_device.run("download", "policy.json", "-O", "-")
        self.assertEqual((run.code, run.out), (0, "policy"))


if __name__ == "__main__":
    unittest.main()
