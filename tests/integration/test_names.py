"""Host names: one that leads elsewhere by now is asked for again after a failure, and dead DNS is no dead beacon."""

import pathlib
import subprocess
import threading
import unittest

from support.agent import Agent
from support.beacon import Beacon, free_port, wait_until
from support.ca import SERVER, shared_pki
from support.device import PROGRAM, Device
from support.machine import machine, why_no_machine
from support.relay import SilentPort

NAME = "beacon.test"
# The hosts file is the device's own; the network is everybody's.
WITH_HOSTS = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"')


@unittest.skipIf(why_no_machine(), why_no_machine())
class Moved(unittest.TestCase):
    """The name leads to an address where the beacon is no longer; then DNS says where it is."""

    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()
        names = f"subjectAltName=DNS:{NAME}"
        cls.server = cls.pki.with_chain(cls.pki.issuing.issue("server-named", "named", SERVER + names))
        cls.stranger = cls.pki.stranger.issue("server-named", "named", SERVER + names)

    def setUp(self):
        self.port = free_port()
        self.device = Device(self.pki, [{"Host": NAME, "Port": self.port}], NetworkTimeout="2", NetworkRetries="3",
                             UploadVerify="None")
        self.addCleanup(self.device.__exit__)
        self.hosts = self.device.folder / "hosts"
        self.leads_to("127.0.0.9")
        self.prefix = (*WITH_HOSTS, str(self.hosts))

    def leads_to(self, address):
        with self.hosts.open("w") as file:  # in place: it is mounted
            file.write(f"127.0.0.1 localhost\n{address} {NAME}\n")

    def beacon(self, address="127.0.0.1", pair=None):
        beacon = Beacon(self.pki, server=pair or self.server, address=address, port=self.port,
                        prefix=() if address == "127.0.0.1" else ("env",))
        self.addCleanup(beacon.__exit__)
        return beacon.start()

    def command_finds_it(self):
        """One run: the first try fails, then the name leads to the beacon."""
        beacon = self.beacon()
        command = [*self.prefix, PROGRAM, "--config", str(self.device.config), "-v", "upload",
                   str(self.device.file("f"))]
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as run:
            said = ""
            for line in run.stderr:
                said += line
                if "asking again in" in line or "retrying in" in line:
                    self.leads_to("127.0.0.1")
        self.assertEqual(run.returncode, 0, said)
        self.assertEqual(len(beacon.uploaded()), 1)

    def test_where_nothing_listens_any_more(self):
        self.command_finds_it()

    def test_where_something_listens_and_is_silent(self):
        with SilentPort("127.0.0.9", self.port):
            self.command_finds_it()

    def test_where_connections_are_cut_off(self):
        cutter = SilentPort("127.0.0.9", self.port).__enter__()
        self.addCleanup(cutter.__exit__)

        def cut():
            try:
                while True:
                    cutter.listener.accept()[0].close()
            except OSError:
                pass

        threading.Thread(target=cut, daemon=True).start()
        self.command_finds_it()

    def test_where_another_server_has_the_address_by_now(self):
        self.beacon("127.0.0.9", self.stranger)
        beacon = self.beacon()
        with Agent(self.device, prefix=self.prefix) as agent:
            self.device.put("first")
            wait_until(lambda: "no CA that this machine trusts" in agent.log())
            self.leads_to("127.0.0.1")
            self.device.put("second")
            wait_until(lambda: "Inventories/second" in beacon.uploaded(), 20, agent.log())


@unittest.skipIf(why_no_machine(), why_no_machine())
class DeadDns(unittest.TestCase):
    """A name server that never answers."""

    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def run_there(self, location, *words, **more):
        locations = location if isinstance(location, list) else [location]
        device = Device(self.pki, locations, NetworkTimeout="1", NetworkRetries="0", **more)
        self.addCleanup(device.__exit__)
        words = words or ("upload", device.file("f"))
        return device.run(*words, prefix=machine(device.folder, "device-7", "127.0.0.1 localhost\n"))

    def blames_dns(self, run, *fragments):
        self.assertEqual(run.code, 6, run)
        for fragment in ("cannot resolve", "DNS", *fragments):
            self.assertIn(fragment, run.err)
        self.assertNotIn("firewall", run.err)

    def test_the_name_of_the_beacon(self):
        self.blames_dns(self.run_there({"Host": "beacon.example", "Port": 443}), "the beacon's host name")

    def test_the_names_of_several_beacons(self):
        self.blames_dns(self.run_there([{"Host": f"b{number}.example", "Port": 443} for number in range(3)]))

    def test_the_name_of_a_proxy(self):
        self.blames_dns(self.run_there({"Port": 443, "Proxy": "http://proxy.example:3128"}), "the proxy's host name")

    def test_a_location_without_tls(self):
        self.blames_dns(self.run_there({"Host": "beacon.example", "Port": 80, "Protocol": "http"}))

    def test_a_download(self):
        self.blames_dns(self.run_there({"Host": "beacon.example", "Port": 443}, "download", "f"))

    def test_it_is_remembered_as_a_name(self):
        device = Device(self.pki, [{"Host": "beacon.example", "Port": 443}], NetworkTimeout="1", NetworkRetries="0")
        self.addCleanup(device.__exit__)
        prefix = machine(device.folder, "device-7", "127.0.0.1 localhost\n")
        device.run("upload", device.file("f"), prefix=prefix)
        (device.folder / "machine" / "ready").unlink()
        shown = device.run("beacons", "--json", prefix=prefix)
        self.assertIn("name", shown.json()[0]["reason"], shown)


if __name__ == "__main__":
    unittest.main()
