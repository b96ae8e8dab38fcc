"""`muster collect` on this machine, against the tools that know: no fact missed, none invented."""

import json
import os
import shutil
import subprocess
import unittest
import xml.etree.ElementTree

from support.ca import shared_pki
from support.device import Device


def output(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"})
    return done.stdout


def needs(program):
    return unittest.skipUnless(shutil.which(program), f"NOT TESTED: {program} is not installed")


class Collected(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with Device(shared_pki(), [1]) as device:
            run = device.run("collect")
            if run.code != 0:
                raise AssertionError(run)
            cls.content = run.json()["content"]

    def records(self, key):
        return self.content.get(key, [])


class Truth(Collected):
    def software(self, kind):
        return sorted((one["name"], one["version"], one["arch"]) for one in self.records("softwares") if one["from"] == kind)

    @needs("dpkg-query")
    def test_packages_are_those_of_dpkg(self):
        listed = output("dpkg-query", "-W", "-f", "${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\n")
        known = sorted(tuple(line.split("\t")[1:]) for line in listed.splitlines() if line.startswith("installed\t"))
        self.assertGreater(len(known), 100)
        self.assertEqual(self.software("deb"), known)

    @unittest.skipUnless(os.path.exists("/var/lib/rpm/rpmdb.sqlite") and shutil.which("rpm"), "NOT TESTED: no RPM database here")
    def test_packages_are_those_of_rpm(self):
        listed = output("rpm", "--dbpath", "/var/lib/rpm", "-qa", "--qf", "%{NAME}\t%{EVR}\t%{ARCH}\n").splitlines()
        self.assertEqual(self.software("rpm"), sorted(tuple(line.split("\t")) for line in listed if not line.startswith("gpg-pubkey")))

    @needs("lscpu")
    def test_processors_are_those_of_lscpu(self):
        def fields(entries):
            for entry in entries:
                yield entry["field"].rstrip(":"), entry["data"]
                yield from fields(entry.get("children", []))
        known = dict(fields(json.loads(output("lscpu", "-J"))["lscpu"]))
        cpus = self.records("cpus")
        self.assertEqual(len(cpus), int(known.get("Socket(s)", "1").replace("-", "1")))
        self.assertEqual(cpus[0]["name"], known["Model name"])
        cores = int(known["Core(s) per socket"])
        self.assertEqual((cpus[0]["core"], cpus[0]["thread"]), (cores, cores * int(known["Thread(s) per core"])))

    @needs("lsblk")
    def test_disks_are_those_of_lsblk(self):
        listed = json.loads(output("lsblk", "-J", "-b", "-d", "-o", "NAME,TYPE,SIZE,SERIAL"))["blockdevices"]
        known = {one["name"]: one for one in listed if one["type"] in ("disk", "rom") and not one["name"].startswith("zram")}
        found = {one["name"]: one for one in self.records("storages")}
        self.assertEqual(set(found), set(known))
        for name, one in known.items():
            self.assertEqual(found[name].get("disksize", 0), int(one["size"]) // 1_000_000)
            if one["serial"]:
                self.assertEqual(found[name]["serial"], one["serial"])

    @needs("ip")
    def test_addresses_are_those_of_ip(self):
        listed = json.loads(output("ip", "-j", "addr"))
        known = {(one["ifname"], address["local"]) for one in listed for address in one["addr_info"]}
        found = {(one["description"], one.get("ipaddress") or one["ipaddress6"])
                 for one in self.records("networks") if "ipaddress" in one or "ipaddress6" in one}
        self.assertEqual(found, known)
        self.assertEqual({one["description"] for one in self.records("networks")}, {one["ifname"] for one in listed})
        macs = {one["ifname"]: one.get("address") for one in listed if one["link_type"] == "ether"}
        for one in self.records("networks"):
            self.assertEqual(one.get("mac"), macs.get(one["description"]))

    @needs("getent")
    def test_users_and_groups_are_those_of_the_system(self):
        with open("/etc/passwd", encoding="utf-8") as passwd:
            known = {line.split(":")[0] for line in passwd}
        self.assertEqual({one["login"] for one in self.records("local_users")}, known)
        for one in self.records("local_users")[:3]:
            self.assertEqual(output("getent", "passwd", one["login"]).split(":")[2], one["id"])

    @needs("lspci")
    def test_controllers_are_those_of_lspci(self):
        listed = [line.split() for line in output("lspci", "-n", "-D").splitlines()]
        known = {(words[0], words[2]) for words in listed}
        self.assertEqual({(one["pcislot"], f"{one['vendorid']}:{one['productid']}") for one in self.records("controllers")},
                         known)

    def test_the_kernel_and_its_memory(self):
        self.assertEqual(self.content["operatingsystem"]["kernel_version"], os.uname().release)
        kib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
        self.assertEqual(self.content["hardware"]["memory"], kib // 1024)


# What the other agents report and Muster does not report as they do, with the reason.
LEFT_OUT = {
    "ENVS": "environment variables hold secrets", "PROCESSES": "command lines hold secrets",
    "ACCESSLOG": "the time of the run is in the name of the file", "VERSIONPROVIDER": "describes the agent itself",
    "VERSIONCLIENT": "describes the agent itself", "REPOSITORY": "not part of the format", "BIOS": "empty without SMBIOS",
}
KEY_OF = {"CPUS": "cpus", "DRIVES": "drives", "CONTROLLERS": "controllers", "LOCAL_USERS": "local_users", "STORAGES": "storages",
          "LOCAL_GROUPS": "local_groups", "NETWORKS": "networks", "SOFTWARES": "softwares", "OPERATINGSYSTEM": "operatingsystem",
          "HARDWARE": "hardware", "FIREWALL": "firewalls"}


class OtherAgents(Collected):
    """Every section that another agent reports here is in ours; the table above says why one is not."""

    def sections_of(self, xml_text):
        content = xml.etree.ElementTree.fromstring(xml_text).find(".//CONTENT")
        return {section.tag for section in content if len(section)}

    def check(self, xml_text):
        for tag in sorted(self.sections_of(xml_text)):
            with self.subTest(tag):
                if tag not in LEFT_OUT:
                    self.assertIn(KEY_OF.get(tag, tag.lower()), self.content)
        root = xml.etree.ElementTree.fromstring(xml_text)
        theirs = {(one.findtext("NAME").split(":")[0], one.findtext("VERSION")) for one in root.iter("SOFTWARES") if one.findtext("FROM") == "deb"}
        ours = {(one["name"], one["version"]) for one in self.records("softwares")}
        self.assertEqual(theirs - ours, set())
        addresses = {one.findtext("IPADDRESS") for one in root.iter("NETWORKS")} - {None, ""}
        ours = {one.get(key) for one in self.records("networks") for key in ("ipaddress", "ipaddress6")}
        self.assertEqual(addresses - ours, set())
        volumes = {one.findtext("VOLUMN") for one in root.iter("DRIVES")} - {None}
        self.assertEqual(volumes - {one["volumn"] for one in self.records("drives")}, set())
        users = {one.findtext("LOGIN") for one in root.iter("LOCAL_USERS")}
        self.assertEqual(users - {one["login"] for one in self.records("local_users")}, set())

    @needs("fusioninventory-inventory")
    def test_what_fusioninventory_reports(self):
        self.check(output("fusioninventory-inventory"))

    @needs("ocsinventory-agent")
    def test_what_ocsinventory_reports(self):
        self.check(output("ocsinventory-agent", "--local", "/tmp", "--stdout"))


if __name__ == "__main__":
    unittest.main()
