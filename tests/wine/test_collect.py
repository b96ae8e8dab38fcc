"""The inventory that the built program for Windows takes under Wine: what a test plants in the registry is in the document,
whatever types and sizes it has."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from machine import PROJECT, Machine
from parties import OnWindows

UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
WOW = r"SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall"
APPS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\Applications"
SERVICING = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"
VERSION = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
FIREWALL = r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
ENUM = r"SYSTEM\CurrentControlSet\Enum"
NET_CLASS = "{4d36e972-e325-11ce-bfc1-08002be10318}"
GUID = "{0C2B8A5E-6B0E-4C7B-9C7B-0E5D5C3F1A11}"
APP = "Microsoft.WindowsCalculator_11.2210.0.0_{}_{}_8wekyb3d8bbwe"
MILLION = 1_000_000


def text(value):
    return "hex(1):" + (value + "\0").encode("utf-16-le").hex(",")


def many(*values):
    return "hex(7):" + ("".join(value + "\0" for value in values) + "\0").encode("utf-16-le").hex(",")


def number(value):
    return f"dword:{value:08x}"


class Registry:
    """Lines of a .reg file."""

    def __init__(self):
        self.lines = ["Windows Registry Editor Version 5.00", ""]

    def key(self, path, **values):
        root = "" if path.startswith("HKEY_") else "HKEY_LOCAL_MACHINE\\"
        self.lines += [f"[{root}{path}]", *(f'"{name}"={value}' for name, value in values.items()), ""]

    def plant(self, machine):
        file = machine.folder / "planted.reg"
        file.write_bytes("\r\n".join(self.lines).encode("utf-16"))
        done = machine.wine("reg", "import", machine.windows_path(file))
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)


def planted():
    registry = Registry()
    registry.key(rf"{UNINSTALL}\{GUID}", DisplayName=text("Prüfstand 測試 \U0001f600"), DisplayVersion=text("1.2.3"),
                 Publisher=text("Example"), InstallDate=text("20240131"), EstimatedSize=number(2048),
                 UninstallString=text(r"C:\secret.exe /token=hush"))
    registry.key(rf"{WOW}\Old", DisplayName=text("Old Program"), InstallDate=text("31/01/2024"), SystemComponent=number(1))
    registry.key(rf"HKEY_CURRENT_USER\{UNINSTALL}\Own", DisplayName=text("Own Program"))

    registry.key(rf"{UNINSTALL}\NoText", DisplayName=number(7), DisplayVersion=text("1"))
    registry.key(rf"{UNINSTALL}\WrongTypes", DisplayName=text("Wrong Types"), DisplayVersion=number(7),
                 EstimatedSize=text("a lot"), InstallDate=text("20241399"), Publisher="hex:00,01,02")
    registry.key(rf"{UNINSTALL}\Huge", DisplayName=text("L" * MILLION), Publisher=text("P" * 50_000))
    registry.key(rf"{UNINSTALL}\Odd", DisplayName="hex(1):4f,00,64,00,64", Comments="hex(1):00,d8,00,00")
    registry.key(rf"{UNINSTALL}\Empty")

    for architecture, resource in (("neutral", "~"), ("x64", ""), ("neutral", "split.language-de")):
        registry.key(rf"{APPS}\{APP.format(architecture, resource)}")
    registry.key(rf"{APPS}\not a package")

    tail = "~31bf3856ad364e35~amd64~~19041.1.2.3"
    registry.key(rf"{SERVICING}\Package_for_KB5012170{tail}", CurrentState=number(0x70), InstallTimeHigh=number(0x01DA5000),
                 InstallTimeLow=number(0))
    registry.key(rf"{SERVICING}\Package_1_for_KB5012170{tail}", CurrentState=number(0x70))
    registry.key(rf"{SERVICING}\Package_for_KB5000001{tail}", CurrentState=number(0x50))
    registry.key(rf"{SERVICING}\Package_for_RollupFix{tail}", CurrentState=number(0x70),
                 InstallLocation=text(r"C:\Windows\SoftwareDistribution\windows10.0-kb5033372-x64.cab"))
    registry.key(VERSION, UBR=number(3803), DisplayVersion=text("22H2"), EditionID=text("Professional"))

    registry.key(rf"{ENUM}\PCI\VEN_8086&DEV_1237&SUBSYS_11001AF4&REV_02\3&1&0&18", ClassGUID=text(NET_CLASS),
                 Class=text("Net"), DeviceDesc=text("@netx.inf,%x%;Example Ethernet"), Mfg=text("Example Corp"),
                 CompatibleIDs=many(r"PCI\VEN_8086&CC_020000", r"PCI\CC_0200"), Service=text("e1000"))
    registry.key(rf"{ENUM}\USB\VID_046D&PID_C52B\SN123", ClassGUID=text(NET_CLASS), DeviceDesc=text("Example Stick"),
                 CompatibleIDs=many(r"USB\Class_08&SubClass_06&Prot_50"))
    registry.key(rf"{FIREWALL}\PublicProfile", EnableFirewall=number(1))
    registry.key(rf"{FIREWALL}\StandardProfile", EnableFirewall=number(1))
    registry.key(r"SOFTWARE\Policies\Microsoft\WindowsFirewall\StandardProfile", EnableFirewall=number(0))
    registry.key(rf"{FIREWALL}\DomainProfile", EnableFirewall=text("yes"))
    registry.key(rf"{ENUM}\USB\VID_046D&PID_C52B&MI_01\6&1&0", ClassGUID=text(NET_CLASS), DeviceDesc=text("Part of it"))
    return registry


class Collect(OnWindows):
    @classmethod
    def setUpClass(cls):
        cls.machine = cls.of_class(Machine())
        planted().plant(cls.machine)
        done = cls.machine.run("collect")
        if done.returncode != 0:
            raise RuntimeError(done.stdout[-500:] + done.stderr[-2000:])
        cls.text = done.stdout
        cls.document = json.loads(done.stdout)
        cls.content = cls.document["content"]

    def software(self, name):
        found = [one for one in self.content["softwares"] if one["name"] == name]
        self.assertEqual(len(found), 1, [one["name"] for one in self.content["softwares"]])
        return found[0]

    @staticmethod
    def documents(machine):
        return len(list((machine.data / "uploads/Inventories").glob("*.json.gz")))

    def test_a_program_has_what_its_installer_registered(self):
        self.assertEqual(self.software("Prüfstand 測試 \U0001f600"),
                         {"name": "Prüfstand 測試 \U0001f600", "version": "1.2.3", "arch": "x86_64", "from": "registry",
                          "publisher": "Example", "system_category": "application", "guid": GUID, "filesize": 2048 * 1024,
                          "install_date": "2024-01-31"})

    def test_programs_of_the_32_bit_view_and_of_users_are_there(self):
        old = self.software("Old Program")
        self.assertEqual((old["arch"], old["system_category"]), ("i386", "system_component"))
        self.assertNotIn("install_date", old)  # it may be in either of two months
        self.assertIn("username", self.software("Own Program"))

    def test_values_of_wrong_types_are_left_out_and_cost_nothing_else(self):
        self.assertEqual(self.software("Wrong Types"), {"name": "Wrong Types", "arch": "x86_64", "from": "registry",
                                                        "system_category": "application"})
        self.assertEqual(self.software("Od")["from"], "registry")  # half a character at the end

    def test_a_million_characters_are_cut(self):
        huge = self.software("L" * 1024)
        self.assertEqual(huge["publisher"], "P" * 1024)

    def test_command_lines_are_never_collected(self):
        self.assertNotIn("hush", self.text)
        self.assertNotIn("envs", self.content)
        self.assertNotIn("processes", self.content)

    def test_an_app_is_listed_once_and_its_parts_are_not(self):
        app = self.software("Microsoft.WindowsCalculator")
        self.assertEqual((app["version"], app["arch"], app["from"]), ("11.2210.0.0", "x86_64", "msix"))

    def test_installed_updates_are_listed_by_article(self):
        self.assertEqual(self.software("KB5012170")["install_date"][:3], "202")
        self.assertEqual(self.software("KB5033372")["from"], "update")
        self.assertNotIn("KB5000001", self.text)

    def test_the_system_has_build_and_edition(self):
        system = self.content["operatingsystem"]
        self.assertEqual((system["kernel_name"], system["edition"]), ("MSWin32", "Professional"))
        self.assertTrue(system["version"].endswith(".3803"), system["version"])
        self.assertTrue(system["full_name"].endswith(" 22H2"), system["full_name"])

    def test_devices_have_their_numbers_and_names(self):
        device = [one for one in self.content["controllers"] if one["vendorid"] == "8086" and one["productid"] == "1237"][0]
        self.assertEqual((device["name"], device["manufacturer"], device["pciclass"], device["pcisubsystemid"], device["rev"],
                          device["driver"]), ("Example Ethernet", "Example Corp", "0200", "1af4:1100", "02", "e1000"))
        sticks = [one for one in self.content["usbdevices"] if one["vendorid"] == "046d"]
        self.assertEqual([(one["name"], one["serial"], one["class"], one["subclass"]) for one in sticks],
                         [("Example Stick", "SN123", "08", "06")])

    def test_each_profile_of_the_firewall_is_on_or_off_and_a_group_policy_decides(self):
        found = {one["profile"]: one["status"] for one in self.content["firewalls"]}
        self.assertEqual(found, {"PublicProfile": "on", "StandardProfile": "off"})

    def test_volumes_adapters_services_and_processors_are_there(self):
        system_drives = [one for one in self.content["drives"] if one.get("systemdrive")]
        self.assertEqual([one["type"] for one in system_drives], ["C:\\"])
        self.assertGreater(system_drives[0]["total"], 0)
        self.assertIn("127.0.0.1", [one.get("ipaddress") for one in self.content["networks"]])
        self.assertIn("Eventlog", [one["name"] for one in self.content["services"]])
        self.assertGreater(self.content["cpus"][0]["core"], 0)
        self.assertGreater(self.content["hardware"]["memory"], 0)

    def test_the_id_is_derived_from_the_machine_guid_and_never_the_guid_itself(self):
        asked = self.machine.wine("reg", "query", r"HKLM\SOFTWARE\Microsoft\Cryptography", "/v", "MachineGuid")
        self.assertEqual(asked.returncode, 0, asked.stderr)
        guid = asked.stdout.split()[-1]
        self.assertRegex(self.document["deviceid"], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertNotIn(guid.lower(), self.text.lower())
        self.assertEqual(json.loads(self.machine.run("collect", "--only", "os").stdout)["deviceid"], self.document["deviceid"])
        done = self.machine.run("-o", "MachineId=chosen", "collect", "--only", "os")
        self.assertEqual(json.loads(done.stdout)["deviceid"], "chosen")

    def test_what_is_missing_is_named(self):
        comments = self.content["versionprovider"].get("comments", [])
        if not self.content["local_users"]:
            self.assertTrue(any("local users" in one for one in comments), comments)

    def test_the_document_waits_in_the_spool_for_the_agent(self):
        done = self.machine.run("collect", "--spool")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.documents(self.machine), 1)
        again = self.machine.run("collect", "--spool")
        self.assertEqual(self.documents(self.machine), 1, again.stdout)

    def test_the_service_that_runs_on_demand_leaves_a_document(self):
        machine = self.entered(Machine())
        self.assertEqual(machine.run("service", "install").returncode, 0)
        # It ends by itself; `net start` waits until it runs, or has ended.
        wait = ("for /l %i in (1,1,600) do @(sc query muster-collect | find \"STOPPED\" >nul && exit 0 || ping -n 1 127.0.0.1 >nul)")
        started = machine.wine("cmd", "/c", f"sc start muster-collect & {wait}", timeout=180)
        ended = machine.wine("sc", "query", "muster-collect")
        self.assertRegex(ended.stdout, r"SERVICE_EXIT_CODE\s+: 0 ")
        self.assertEqual(self.documents(machine), 1, started.stdout + started.stderr)
        self.assertEqual(machine.run("service", "uninstall").returncode, 0)
        self.assertNotEqual(machine.wine("sc", "query", "muster-collect").returncode, 0)

    def test_discovery_lists_listeners_with_their_programs(self):
        import socket
        with socket.create_server(("127.0.0.1", 0)) as server:
            found = json.loads(self.machine.run("collect", "--discovery").stdout)
            ports = [one["port"] for one in found["listening"] if one["protocol"] == "tcp"]
            self.assertIn(server.getsockname()[1], ports)
        self.assertIn("neighbours", found)

    def test_both_formats_obey_their_schemas(self):
        """Where the schemas are, which are no part of this project: MUSTER_SCHEMAS names their folder."""
        folder = os.environ.get("MUSTER_SCHEMAS")
        if not folder:
            self.skipTest("MUSTER_SCHEMAS is not set")
        with tempfile.TemporaryDirectory(prefix="muster-schemas-") as scratch:
            for schema, name, document in (
                    ("glpi-inventory.schema.json", "glpi.json", self.text),
                    ("bom-1.6.schema.json", "bom.json", self.machine.run("collect", "--format", "cyclonedx").stdout)):
                file = pathlib.Path(scratch) / name
                file.write_text(document)
                done = subprocess.run([sys.executable, PROJECT / "scripts/check-inventory", "--schema",
                                       pathlib.Path(folder) / schema, file], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
