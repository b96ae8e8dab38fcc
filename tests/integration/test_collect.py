"""`muster collect`: sections, formats, identity and failures, on recorded systems and on this one."""

import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import unittest

from support.ca import shared_pki
from support.device import Device
from support.recorded import Recorded, has_rpm, smbios_table

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
# The keys that the public schema requires of an entry.
REQUIRED = {"softwares": {"name"}, "networks": {"description"}, "local_users": {"id"}, "local_groups": {"id", "name"},
            "databases_services": {"name", "version"}, "slots": {"name"}}
SCHEMAS = os.environ.get("MUSTER_SCHEMAS")
CHECKER = pathlib.Path(__file__).parents[2] / "scripts" / "check-inventory"

# Never collected: they may hold secrets.
REFUSED = {"envs", "processes", "accesslog"}
INTEGERS = {"memory", "swap", "core", "thread", "speed", "total", "free", "disksize", "filesize", "capacity", "mtu", "stepping"}


class Collecting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()

    def setUp(self):
        self.device = Device(self.pki, [1])
        self.addCleanup(self.device.__exit__)

    def recorded(self, files=None):
        root = Recorded(files)
        self.addCleanup(root.__exit__)
        return root

    def collect(self, *words, **more):
        run = self.device.run("collect", *words, **more)
        self.assertEqual(run.code, 0, run)
        return run.json()

    def content(self, root, *words):
        return self.collect("--root", root.path, *words)["content"]


class Documents(Collecting):
    def check_rules(self, document):
        """The rules of the public format that matter, as far as one may restate them."""
        self.assertLessEqual(set(document), {"action", "content", "deviceid", "itemtype", "jobid", "partial", "tag"})
        self.assertEqual((document["action"], document["itemtype"]), ("inventory", "Computer"))
        content = document["content"]
        self.assertIsInstance(content["versionclient"], str)
        self.assertFalse(REFUSED & set(content))
        for key, value in content.items():
            self.assertEqual(key, key.lower())
            for entry in value if isinstance(value, list) else [value] if isinstance(value, dict) else []:
                self.assertLessEqual(REQUIRED.get(key, set()), set(entry), key)
                for name, field in entry.items():
                    self.assertEqual(name, name.lower())
                    self.assertNotIn(field, ("", None, [], {}), f"{key}.{name}")
                    if name in INTEGERS and (key, name) not in (("memories", "speed"), ("networks", "speed")):
                        self.assertIsInstance(field, int, f"{key}.{name}")
        for network in content.get("networks", []):
            self.assertIn(network.get("status", "up"),
                          ("up", "down", "dormant", "notpresent", "lowerlayerdown", "unknown", "testing"))
        self.assertEqual(set(content.get("operatingsystem", {}).get("timezone", {"name", "offset"})), {"name", "offset"})
        for entry in content.get("softwares", []):
            self.assertRegex(entry.get("install_date", "2026-01-01"), r"^\d{4}-\d\d-\d\d$")

    def test_this_machine_follows_the_rules_of_the_format(self):
        self.check_rules(self.collect())

    def test_a_recorded_system_follows_them_and_has_its_facts(self):
        root = self.recorded({"sys/firmware/dmi/tables/DMI": smbios_table()})
        document = self.collect("--root", root.path)
        self.check_rules(document)
        content = document["content"]
        self.assertNotIn("partial", document)
        self.assertEqual(content["hardware"]["name"], "recorded")
        self.assertEqual((content["hardware"]["memory"], content["hardware"]["swap"]), (16000, 2000))
        self.assertEqual(content["hardware"]["uuid"], "04030201-0605-0807-090a-0b0c0d0e0f10")
        self.assertEqual(content["bios"], {
            "bmanufacturer": "ExampleCorp", "bversion": "1.2.3", "bdate": "2024-11-02", "smanufacturer": "ExampleCorp",
            "smodel": "EX-1", "ssn": "EX1-000123", "enclosureserial": "CH-7"})
        self.assertEqual(content["operatingsystem"]["version"], "12.5")
        self.assertEqual(content["operatingsystem"]["arch"], "x86_64")
        self.assertEqual(len(content["cpus"]), 2)
        self.assertEqual(content["cpus"][0]["speed"], 2600)
        self.assertEqual([module.get("capacity") for module in content["memories"]], [16384, None])
        self.assertEqual(content["memories"][0]["speed"], "3200")
        self.assertEqual({user["login"]: user["name"] for user in content["local_users"]},
                         {"root": "root", "alice": "Alice Example"})
        self.assertEqual(content["local_groups"][1], {"name": "sudo", "id": "27", "members": ["alice"]})

    def test_no_environment_and_no_command_line_of_this_machine_gets_into_it(self):
        secret = "s3cret-of-the-environment"
        argument = "s3cret-of-a-command-line"
        sleeper = subprocess.Popen(["sh", "-c", "sleep 60", argument], env={**os.environ, "SECRET": secret})
        self.addCleanup(sleeper.wait)
        self.addCleanup(sleeper.kill)
        for words in ([], ["--format", "cyclonedx"], ["--discovery"], ["--only", "languages"]):
            run = self.device.run("collect", *words, environment={"SECRET": secret})
            self.assertEqual(run.code, 0, run)
            self.assertNotIn(secret, run.out)
            self.assertNotIn(argument, run.out)

    def test_a_file_that_it_writes_is_for_its_owner_alone(self):
        self.assertEqual(self.device.run("collect", "-O", "own.json", "--only", "os").code, 0)
        path = self.device.work / "own.json"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertIn("operatingsystem", json.loads(path.read_text())["content"])

    def test_a_bill_of_materials_has_package_urls_and_the_operating_system(self):
        root = self.recorded({"sys/firmware/dmi/tables/DMI": smbios_table()})
        document = self.collect("--root", root.path, "--format", "cyclonedx")
        self.assertEqual((document["bomFormat"], document["specVersion"], document["version"]), ("CycloneDX", "1.6", 1))
        self.assertRegex(document["serialNumber"], r"^urn:uuid:[0-9a-f-]{36}$")
        self.assertRegex(document["metadata"]["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(document["metadata"]["component"]["type"], "device")
        by_type = {}
        for component in document["components"]:
            self.assertLessEqual({"type", "name"}, set(component))
            by_type.setdefault(component["type"], []).append(component)
        self.assertEqual([one["name"] for one in by_type["operating-system"]], ["debian"])
        self.assertEqual([one["version"] for one in by_type["firmware"]], ["1.2.3"])
        self.assertIn("pkg:deb/debian/curl@7.88.1-10%2Bdeb12u8?arch=amd64&distro=debian-12",
                      [one["purl"] for one in by_type["application"]])
        other = self.collect("--root", root.path, "--format", "cyclonedx")
        self.assertNotEqual(other["serialNumber"], document["serialNumber"])


class Sections(Collecting):
    def test_only_and_skip_choose_sections_and_such_a_document_is_partial(self):
        root = self.recorded()
        document = self.collect("--root", root.path, "--only", "cpu")
        self.assertEqual(set(document["content"]), {"versionclient", "versionprovider", "cpus", "hardware"})
        self.assertIs(document["partial"], True)
        document = self.collect("--root", root.path, "--only", "software")
        self.assertIn("operatingsystem", document["content"])  # a server needs it for software
        document = self.collect("--root", root.path, "--skip", "software,user")
        self.assertNotIn("softwares", document["content"])
        self.assertNotIn("local_users", document["content"])
        self.assertIs(document["partial"], True)

    def test_no_two_components_are_equal(self):
        disks = {f"sys/block/sd{letter}/{name}": value for letter in "ab"
                 for name, value in (("size", "1000\n"), ("device/model", "Same\n"), ("device/vendor", "Maker\n"))}
        documents = [self.collect("--root", self.recorded(disks).path, "--format", "cyclonedx", *words)
                     for words in ((), ("--only", "storage"))]
        for document in [*documents, self.collect("--format", "cyclonedx"),
                         self.collect("--format", "cyclonedx", "--only", "languages")]:
            written = [json.dumps(one, sort_keys=True) for one in document["components"]]
            self.assertEqual(len(written), len(set(written)))
            references = [one["bom-ref"] for one in document["components"]]
            self.assertEqual(len(references), len(set(references)))
        self.assertEqual([one["name"] for one in documents[1]["components"]].count("Same"), 2)

    @unittest.skipUnless(SCHEMAS, "MUSTER_SCHEMAS names no folder with the public schemas")
    def test_every_document_obeys_its_public_schema(self):
        root = self.recorded()
        for words in ((), ("--root", root.path)):
            for form, schema in (("glpi", "glpi-inventory.schema.json"), ("cyclonedx", "bom-1.6.schema.json")):
                with self.subTest(form, words=words):
                    file = self.device.folder / f"{form}.json"
                    self.device.run("collect", "--format", form, "-O", file, *words)
                    done = subprocess.run([CHECKER, "--schema", pathlib.Path(SCHEMAS) / schema, file], capture_output=True,
                                          text=True)
                    self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_an_unknown_section_is_wrong_usage(self):
        for words in (["--only", "softwares"], ["--skip", "x"], ["--only", "os", "--skip", "os"],
                      ["--discovery", "--only", "os"], ["--format", "xml"], ["-O", "x", "--upload"]):
            run = self.device.run("collect", *words)
            self.assertEqual((run.code, run.out), (2, ""), run)

    def test_a_root_that_is_not_there_is_an_error_about_a_file(self):
        run = self.device.run("collect", "--root", "nowhere")
        self.assertEqual((run.code, run.out), (8, ""), run)
        self.assertIn("nowhere: No such file or directory (errno 2)", run.err)

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_a_section_that_dies_costs_itself_and_is_named(self):
        root = self.recorded()
        killer = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", "var/lib/dpkg/status",
                  "-e", "inject=openat2:signal=KILL"]
        run = self.device.run("collect", "--root", root.path, prefix=killer,
                              environment={"ASAN_OPTIONS": "detect_leaks=0"})  # which does not work under strace
        self.assertEqual(run.code, 0, run)
        document = run.json()
        self.assertIs(document["partial"], True)
        self.assertNotIn("softwares", document["content"])
        self.assertIn("local_users", document["content"])  # a section after it
        self.assertEqual(document["content"]["versionprovider"]["comments"],
                         ["section software failed: it ended with signal 9 (Killed)"])
        self.assertIn("section software failed", run.err)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_without_root_it_goes_on_and_names_what_is_left_out(self):
        root = self.recorded({"sys/firmware/dmi/tables/DMI": smbios_table(), "sys/class/dmi/id/sys_vendor": "ExampleCorp\n"})
        (root.path / "sys/firmware/dmi/tables/DMI").chmod(0o400)
        self.device.folder.chmod(0o755)
        self.device.work.chmod(0o777)
        run = self.device.run("collect", "--root", root.path, "-o", "DataDirectory=/nonexistent",
                              prefix=["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"])
        self.assertEqual(run.code, 0, run)
        content = run.json()["content"]
        self.assertEqual(content["bios"], {"smanufacturer": "ExampleCorp"})
        self.assertIn("section hardware: needs root to read /sys/firmware/dmi/tables/DMI",
                      content["versionprovider"]["comments"])


class Firewalls(Collecting):
    UNIT = "[Unit]\nDescription=rules\n[Install]\nWantedBy=sysinit.target\n"

    def firewalls(self, files):
        found = self.content(self.recorded(files), "--only", "service")["firewalls"]
        return {one.get("profile"): one["status"] for one in found}

    def test_one_that_is_installed_is_on_or_off(self):
        units = {f"usr/lib/systemd/system/{name}.service": self.UNIT for name in ("nftables", "firewalld")}
        self.assertEqual(self.firewalls(units), {"nftables": "off", "firewalld": "off"})
        units["etc/systemd/system/sysinit.target.wants/nftables.service"] = self.UNIT
        self.assertEqual(self.firewalls(units), {"nftables": "on", "firewalld": "off"})

    def test_ufw_is_on_where_its_settings_say_so(self):
        for text, status in (("# ENABLED=yes\nENABLED=no\n", "off"), ("ENABLED=yes\n", "on"), ("ENABLED=YES \n", "on"),
                             ("garbage", "off"), ("", "off")):
            with self.subTest(text):
                self.assertEqual(self.firewalls({"etc/ufw/ufw.conf": text}), {"ufw": status})

    def test_where_none_is_installed_there_is_one_that_is_off(self):
        self.assertEqual(self.firewalls({}), {None: "off"})


class Software(Collecting):
    def software(self, root, *words):
        return {one["name"]: one for one in self.content(root, "--only", "software", *words).get("softwares", [])}

    def test_dpkg_packages_that_are_not_installed_are_left_out(self):
        found = self.software(self.recorded())
        self.assertEqual(set(found), {"curl", "libc6"})
        self.assertEqual(found["curl"], {
            "name": "curl", "version": "7.88.1-10+deb12u8", "arch": "amd64", "from": "deb", "publisher": "Somebody",
            "comments": "command line tool", "url_info_about": "https://curl.se/", "system_category": "web",
            "filesize": 512000})

    def test_apk_and_pacman_packages(self):
        from support.recorded import APK, PACMAN
        files = {f"var/lib/pacman/local/{name}/desc": text for name, text in PACMAN.items()}
        found = self.software(self.recorded({"lib/apk/db/installed": APK, "var/lib/pacman/local/ALPM_DB_VERSION": "9\n",
                                             "var/lib/dpkg/status": "", **files}))
        self.assertEqual({(one["from"], one["name"], one["version"]) for one in found.values()}, {
            ("apk", "musl", "1.2.4-r2"), ("apk", "busybox", "1.36.1-r5"), ("pacman", "zlib", "1:1.3-1"),
            ("pacman", "bash", "5.2-1")})
        self.assertEqual(found["zlib"]["install_date"], "2023-11-14")

    def test_flatpak_and_snap_packages(self):
        found = self.software(self.recorded({
            "var/lib/flatpak/app/org.example.App/x86_64/stable/abc/metadata": "[Application]\n",
            "var/lib/flatpak/app/org.example.App/current": "-> x86_64/stable",
            "snap/core20/2105/meta/snap.yaml": "name: core20\nversion: '20230801'\n", "snap/core20/current": "-> 2105",
            "snap/README": "x", "var/lib/dpkg/status": ""}))
        self.assertEqual({(one["from"], one["name"], one["version"]) for one in found.values()}, {
            ("flatpak", "org.example.App", "stable"), ("snap", "core20", "20230801")})

    @unittest.skipUnless(has_rpm(), "rpmbuild is not installed, or we are not root")
    def test_rpm_packages_with_their_epochs(self):
        root = self.recorded({"var/lib/dpkg/status": ""})
        root.put_rpm_database([("alpha", "", "1.0", "1"), ("beta", "32", "9.16", "2.el9")])
        found = self.software(root)
        self.assertEqual({name: one["version"] for name, one in found.items()}, {"alpha": "1.0-1", "beta": "32:9.16-2.el9"})
        self.assertEqual((found["beta"]["publisher"], found["beta"]["from"]), ("ExampleCorp", "rpm"))

    def test_a_broken_rpm_database_is_named_and_the_rest_is_there(self):
        root = self.recorded({"var/lib/rpm/rpmdb.sqlite": b"no database at all" * 500})
        document = self.collect("--root", root.path)
        self.assertEqual({one["name"] for one in document["content"]["softwares"]}, {"curl", "libc6"})
        self.assertRegex(document["content"]["versionprovider"]["comments"][0], "the RPM packages are missing: ")

    def test_languages_are_collected_when_they_are_named(self):
        root = self.recorded({
            "usr/lib/python3/dist-packages/PyYAML-6.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0\n\nName: no\n",
            "usr/lib/python3/dist-packages/old-1.0.egg-info": "Name: old\nVersion: 1.0\n",
            "usr/lib/node_modules/@babel/core/package.json": '{"dependencies": {"version": "no"}, "name": "@babel/core", "version": "7.2"}',
            "var/lib/gems/3.1.0/specifications/rake-compiler-1.2.0.gemspec": ""})
        self.assertNotIn("PyYAML", self.software(root))
        found = {one["name"]: (one["from"], one["version"])
                 for one in self.content(root, "--only", "languages")["softwares"]}
        self.assertEqual(found, {"PyYAML": ("pip", "6.0"), "old": ("pip", "1.0"), "@babel/core": ("npm", "7.2"),
                                 "rake-compiler": ("gem", "1.2.0")})

    def test_links_do_not_lead_out_of_a_recorded_system(self):
        root = self.recorded()
        outside = self.device.file("outside", b"Package: outside\nStatus: install ok installed\nVersion: 1\n")
        (root.path / "var/lib/dpkg/status").unlink()
        root.put("var/lib/dpkg/status", f"-> {outside}")
        self.assertNotIn("softwares", self.content(root, "--only", "software"))


class Hostile(Collecting):
    """Broken and hostile files: the document stays JSON, and nothing dies."""

    def test_damaged_files_of_every_kind(self):
        from support.recorded import APK, PACMAN, USUAL
        chance = random.Random(7)
        files = {**USUAL, "sys/firmware/dmi/tables/DMI": smbios_table(), "lib/apk/db/installed": APK,
                 "var/lib/pacman/local/zlib/desc": PACMAN["zlib-1:1.3-1"], "sys/block/sda/size": "2048\n",
                 "sys/block/sda/device/model": "Disk\n", "sys/class/net/eth0/type": "1\n", "sys/class/net/eth0/speed": "1000\n",
                 "sys/bus/usb/devices/1-1/idVendor": "1d6b\n", "sys/bus/usb/devices/1-1/product": "Thing\n",
                 "sys/class/power_supply/BAT0/type": "Battery\n", "sys/class/power_supply/BAT0/charge_full": "5000000\n",
                 "proc/self/mountinfo": "36 35 98:0 / /mnt rw - ext4 /dev/sda1 rw\n", "run/utmp": b"\x07" * 1000}
        for number in range(30):
            damaged = {}
            for name, content in files.items():
                content = bytearray(content if isinstance(content, bytes) else content.encode())
                for _ in range(chance.randrange(6) if content else 0):
                    content[chance.randrange(len(content))] = chance.randrange(256)
                damaged[name] = bytes(content[:chance.randrange(len(content) + 1)] if chance.random() < 0.2 else content)
            with self.subTest(number), Recorded(damaged) as root:
                for words in ([], ["--format", "cyclonedx"]):
                    run = self.device.run("collect", "--root", root.path, "-o", "MachineId=x", *words)
                    self.assertEqual((run.code, run.err), (0, ""), run)
                    run.json()

    def test_names_of_devices_cannot_break_out_of_their_text(self):
        name = 'evil", "deviceid": "other\x1b[1m\\'
        root = self.recorded({"sys/bus/usb/devices/1-1/idVendor": "1d6b\n", "sys/bus/usb/devices/1-1/product": name + "\n",
                              "sys/bus/usb/devices/1-1/manufacturer": b"\xff\xfe\n"})
        document = self.collect("--root", root.path)
        self.assertEqual(document["content"]["usbdevices"][0]["name"], name)
        self.assertRegex(document["deviceid"], UUID)

    def test_pipes_endless_lines_and_loops_of_links_do_no_harm(self):
        root = self.recorded({"etc/passwd": "x" * 3_000_000, "sys/block/a": "-> b", "sys/block/b": "-> a"})
        (root.path / "etc/group").unlink()
        os.mkfifo(root.path / "etc/group")
        content = self.content(root)
        self.assertNotIn("local_users", content)
        self.assertIn("softwares", content)


class Identity(Collecting):
    def test_it_is_derived_and_the_same_whatever_the_host_is_called(self):
        one = self.collect("--root", self.recorded().path)["deviceid"]
        other = self.collect("--root", self.recorded({"etc/hostname": "renamed\n"}).path)["deviceid"]
        self.assertRegex(one, UUID)
        self.assertEqual(one, other)
        self.assertNotIn("0123456789", one)

    def test_a_machine_id_that_is_set_wins(self):
        self.assertEqual(self.collect("--only", "os", "-o", "MachineId=laptop-7")["deviceid"], "laptop-7")

    def test_what_is_no_machine_id_identifies_nothing(self):
        for text in ("uninitialized", "0" * 32, "not-hex!!", "x" * 100_000, "0123", b"\0" * 32):
            with self.subTest(text[:20]):
                root = self.recorded({"etc/machine-id": text, "sys/firmware/dmi/tables/DMI": b""})
                self.assertEqual(self.device.run("collect", "--root", root.path).code, 1)

    def test_nothing_that_identifies_the_device_is_an_error(self):
        root = self.recorded({"etc/machine-id": ""})
        run = self.device.run("collect", "--root", root.path)
        self.assertEqual((run.code, run.out), (1, ""), run)
        self.assertIn("nothing identifies this device", run.err)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_root_stores_it_and_other_users_have_the_same(self):
        one = self.collect("--only", "os")["deviceid"]
        stored = self.device.data / "state" / "device-id"
        self.assertEqual(stored.read_text().splitlines()[0], one)
        for folder in (self.device.folder, self.device.data, self.device.data / "etc", self.device.data / "state"):
            folder.chmod(0o755)
        as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        self.device.config.chmod(0o644)
        self.assertEqual(self.collect("--only", "os", prefix=as_nobody)["deviceid"], one)
        stored.write_text("f" * 32 + "\n" + stored.read_text().splitlines()[1] + "\n\n")  # as a cloned image has it
        self.assertEqual(self.collect("--only", "os", prefix=as_nobody)["deviceid"], "f" * 32)


class Discovery(Collecting):
    def test_a_service_that_listens_is_found_with_its_process(self):
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("::1", 0), family=socket.AF_INET6) as six:
            document = self.collect("--discovery")
            found = {(one["protocol"], one["address"], one["port"]): one for one in document["listening"]}
            one = found[("tcp", "127.0.0.1", server.getsockname()[1])]
            self.assertEqual(one["process"], pathlib.Path("/proc/self/comm").read_text().strip())
            self.assertIn(("tcp", "::1", six.getsockname()[1]), found)
        self.assertRegex(document["deviceid"], UUID)

    @unittest.skipUnless(shutil.which("ip"), "ip is not installed")
    def test_neighbours_are_those_that_the_kernel_knows(self):
        known = json.loads(subprocess.run(["ip", "-j", "neigh"], capture_output=True, check=True).stdout)
        known = {(one["dst"], one["lladdr"]) for one in known if "lladdr" in one and "FAILED" not in one["state"]}
        found = {(one["address"], one["mac"]) for one in self.collect("--discovery").get("neighbours", [])}
        self.assertEqual(found, known)


class Networks(Collecting):
    HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"

    def route(self, interface, gateway, metric):
        raw = "%08X" % int.from_bytes(socket.inet_aton(gateway), "little")
        return f"{interface}\t00000000\t{raw}\t0003\t0\t0\t{metric}\t00000000\t0\t0\t0\n"

    def test_the_gateway_is_that_of_the_route_with_the_lowest_metric(self):
        for routes in ([("v0", "10.1.0.2", 5), ("b0", "10.7.0.2", 900), ("b0", "10.7.0.3", 901)],
                       [("b0", "10.7.0.3", 1000), ("b0", "10.7.0.2", 900), ("v0", "10.1.0.2", 5)]):
            with self.subTest(routes):
                table = self.HEAD + "".join(self.route(*one) for one in routes)
                content = self.content(self.recorded({"proc/net/route": table}), "--only", "hardware")
                self.assertEqual(content["hardware"]["defaultgateway"], "10.1.0.2")

    def test_names_are_found_behind_tabs_and_before_carriage_returns(self):
        content = self.content(self.recorded({"etc/hostname": "vm\n", "etc/hosts": "127.0.1.1\tvm.example.com\tvm\r\n",
                                              "etc/resolv.conf": "nameserver\t10.9.8.7\r\n"}), "--only", "os,hardware")
        self.assertEqual((content["operatingsystem"]["fqdn"], content["operatingsystem"]["dns_domain"]),
                         ("vm.example.com", "example.com"))
        self.assertEqual(content["hardware"]["dns"], "10.9.8.7")

    def test_addresses_of_tunnels_are_no_macs(self):
        addresses = {"gre1": "192.0.2.1", "tunl0": "0.0.0.0", "gre2": "c0:00:02:01", "lo": "00:00:00:00:00:00",
                     "eth0": "02:00:00:00:00:0a", "ib0": ":".join(["80"] * 20)}
        files = {f"sys/class/net/{name}/address": address + "\n" for name, address in addresses.items()}
        files.update({f"sys/class/net/{name}/type": "1\n" for name in addresses})
        found = self.content(self.recorded(files), "--only", "network")["networks"]
        self.assertEqual({one["description"]: one["mac"] for one in found if "mac" in one},
                         {"eth0": addresses["eth0"], "ib0": addresses["ib0"]})


class Drives(Collecting):
    def drives(self, *lines, files=None):
        table = "".join(f"{100 + number} 1 254:0 {line}\n" for number, line in enumerate(lines))
        content = self.content(self.recorded({"proc/self/mountinfo": table, **(files or {})}), "--only", "filesystem")
        return {one["type"]: one for one in content.get("drives", [])}

    def test_a_container_has_its_root_and_no_single_files(self):
        found = self.drives("/ / rw - overlay overlay rw,lowerdir=/a", "/ /proc rw - proc proc rw",
                            "/etc/resolv.conf /etc/resolv.conf rw - ext4 /dev/vda rw", files={"etc/resolv.conf": "x\n"})
        self.assertEqual(set(found), {"/"})
        self.assertIs(found["/"]["systemdrive"], True)
        self.assertEqual(found["/"]["filesystem"], "overlay")

    def test_bind_mounts_are_no_drives_of_their_own(self):
        found = self.drives("/srv /export rw - ext4 /dev/vdb1 rw", "/ /data rw - ext4 /dev/vdb1 rw",
                            "/@home /home rw - btrfs /dev/vdc1 rw", "/@ / rw - btrfs /dev/vdc1 rw",
                            "/ /pool rw - btrfs /dev/vdc1 rw", "/volume /only rw - ext4 /dev/vdd1 rw",
                            "/ /var/lib/docker/overlay2/x/merged rw - overlay overlay rw")
        self.assertEqual({place: one["volumn"] for place, one in found.items()},
                         {"/data": "/dev/vdb1", "/": "/dev/vdc1", "/only": "/dev/vdd1"})

    def test_automounts_and_the_device_of_fuse_are_no_drives(self):
        self.assertEqual(self.drives("/ /net rw - autofs /etc/auto.net rw", "/ /etc/pve rw - fuse /dev/fuse rw"), {})


class Packages(Collecting):
    def test_each_socket_of_a_program_has_its_package(self):
        line = "  {0}: 00000000:{1:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 {2} 1 0 100 0 0 10 0\n"
        root = self.recorded({
            "proc/net/tcp": "  sl  local_address\n" + line.format(0, 80, 7001) + line.format(1, 443, 7002),
            "proc/50/comm": "webserver\n", "proc/50/exe": "-> /usr/bin/curl", "proc/50/fd/3": "-> socket:[7001]",
            "proc/50/fd/4": "-> socket:[7002]", "var/lib/dpkg/info/curl.list": "/.\n/usr/bin/curl\n"})
        found = self.collect("--root", root.path, "--discovery")["listening"]
        self.assertEqual({one["port"]: one.get("package") for one in found}, {80: "curl", 443: "curl"})

    def test_names_of_gems_with_numbers_and_platforms(self):
        gems = ("http-2-0.11.0", "nokogiri-1.15.4-x86_64-linux", "ffi-1.16.3-x86_64-darwin-19", "rake-13.0.6",
                "jruby-openssl-0.14.2-java", "nothing")
        root = self.recorded({f"var/lib/gems/3.1.0/specifications/{name}.gemspec": "" for name in gems})
        found = self.content(root, "--only", "languages")["softwares"]
        self.assertEqual({one["name"]: one["version"] for one in found}, {
            "http-2": "0.11.0", "nokogiri": "1.15.4", "ffi": "1.16.3", "rake": "13.0.6", "jruby-openssl": "0.14.2"})

    def test_numbers_out_of_range_are_left_out(self):
        package = f"Package: big\nStatus: install ok installed\nVersion: 1\nInstalled-Size: {2 ** 64 - 1}\n"
        pacman = "%NAME%\nlate\n\n%VERSION%\n1\n\n%INSTALLDATE%\n99999999999\n"
        root = self.recorded({"proc/stat": "btime 99999999999999\n", "var/lib/dpkg/status": package,
                              "var/lib/dpkg/info/big.list": "/.\n", "var/lib/pacman/local/late-1/desc": pacman})
        os.utime(root.path / "var/lib/dpkg/info/big.list", (15_000_000_000, 15_000_000_000))
        content = self.content(root, "--only", "os,software")
        self.assertNotIn("boot_time", content["operatingsystem"])
        found = {one["name"]: one for one in content["softwares"]}
        self.assertEqual(set(found), {"big", "late"})
        self.assertNotIn("filesize", found["big"])
        self.assertNotIn("install_date", found["late"])
        self.assertNotIn("install_date", found["big"])


class Hypervisors(Collecting):
    def kind(self, files):
        return self.content(self.recorded(files), "--only", "hardware")["hardware"].get("vmsystem")

    def test_whole_words_name_them(self):
        for files, kind in (({"proc/cpuinfo": "flags\t\t: fpu hypervisor_x\n"}, "Physical"),
                            ({"proc/cpuinfo": "flags\t\t: fpu hypervisor\n"}, "Virtual Machine"),
                            ({"sys/class/dmi/id/board_vendor": "XenonLabs\n"}, "Physical"),
                            ({"sys/class/dmi/id/sys_vendor": "Xen\n"}, "Xen"),
                            ({"sys/class/dmi/id/product_name": "VMware7,1\n"}, "VMware")):
            with self.subTest(files):
                self.assertEqual(self.kind(files), kind)


class Accounts(Collecting):
    def test_carriage_returns_and_comments_are_no_part_of_users(self):
        root = self.recorded({"etc/passwd": "root:x:0:0:root:/root:/bin/sh\r\n\r\n#old:x:1000:1000::/srv/old:/bin/sh\r\n",
                              "etc/group": "root:x:0:\r\n#old:x:1000:\n"})
        content = self.content(root, "--only", "user")
        self.assertEqual([(one["login"], one["shell"]) for one in content["local_users"]], [("root", "/bin/sh")])
        self.assertEqual([one["name"] for one in content["local_groups"]], ["root"])


class Services(Collecting):
    def test_wanted_instances_of_templates_are_services(self):
        wants = "etc/systemd/system/multi-user.target.wants/"
        template = "[Unit]\nDescription=WireGuard for %I (%i), 100%%\n[Install]\nWantedBy=multi-user.target\n"
        root = self.recorded({"usr/lib/systemd/system/wg-quick@.service": template,
                              wants + "wg-quick@wg0.service": "-> /usr/lib/systemd/system/wg-quick@.service",
                              wants + "wg-quick@a-b\\x2dc.service": "-> /usr/lib/systemd/system/wg-quick@.service",
                              wants + "gone@x.service": "-> /usr/lib/systemd/system/gone@.service"})
        found = {one["name"]: one for one in self.content(root, "--only", "service")["services"]}
        self.assertEqual(set(found), {"wg-quick@wg0.service", "wg-quick@a-b\\x2dc.service"})
        self.assertEqual(found["wg-quick@wg0.service"]["description"], "WireGuard for wg0 (wg0), 100%")
        self.assertEqual(found["wg-quick@a-b\\x2dc.service"]["description"], "WireGuard for a/b-c (a-b\\x2dc), 100%")


if __name__ == "__main__":
    unittest.main()
