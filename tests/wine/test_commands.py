"""The commands of the built program for Windows but those with tests of their own, on one machine under Wine at a real beacon."""

import json
import unittest

from machine import CLIENT, COMMON, Machine
from parties import WithPki
from support.beacon import Beacon

ELSEWHERE = ("cert.pem", "client_cert", "/etc", "/var", "systemd", "chmod", "root", "group muster", "config.ini")


class Commands(WithPki):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.machine = cls.of_class(Machine())
        cls.beacon = cls.of_class(Beacon(cls.pki))
        cls.machine.trust(cls.pki.root)
        cls.machine.use(cls.beacon)
        cls.machine.import_pfx(cls.pki.pfx(cls.pki.issue("client", CLIENT, subject="PC-0001")))

    def run_it(self, *words, code=0):
        done = self.machine.run("-q", *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def assert_nothing_of_other_systems(self, text):
        for word in ELSEWHERE:
            self.assertNotIn(word, text.replace("CN=root", ""), text)

    def test_a_file_is_uploaded_with_the_imported_certificate(self):
        file = self.machine.folder / "Prüfung.ndi"
        file.write_text("x")
        done = self.machine.run("-v", "upload", self.machine.windows_path(file))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Inventories/Prüfung.ndi", self.beacon.uploaded())
        self.assertNotIn(" , ", done.stderr)

    def test_the_spool_is_uploaded_and_emptied(self):
        spool = self.machine.data / "uploads/Discovery"
        spool.mkdir(parents=True, exist_ok=True)
        for number in range(3):
            (spool / f"{number}.disco").write_text(str(number))
        done = json.loads(self.run_it("--json", "upload"))
        self.assertEqual(len(done["uploaded"]), 3, done)
        self.assertEqual(list(spool.iterdir()), [])
        self.assertIn("Discovery/2.disco", self.beacon.uploaded())

    def test_a_download_arrives_and_is_not_fetched_twice(self):
        self.beacon.put_download("Policies/Gerät.json", b"policy")
        target = self.machine.folder / "policy.json"
        words = ("--json", "download", "Policies/Gerät.json", "-O", self.machine.windows_path(target))
        self.assertFalse(json.loads(self.run_it(*words))["unchanged"])
        self.assertEqual(target.read_bytes(), b"policy")
        self.assertTrue(json.loads(self.run_it(*words))["unchanged"])
        self.assertEqual(self.run_it("download", "Policies/Gerät.json", "-O", "-"), "policy")

    def test_the_beacons_are_listed_with_their_times(self):
        self.assertIn("one", self.run_it("beacons", "--fresh"))

    def test_status_and_doctor_find_nothing_wrong_and_name_this_system(self):
        self.assertIn("expires in", self.run_it("status"))
        found = self.run_it("doctor", "--probe-upload")
        self.assertIn("Local Computer > Trusted Root Certification Authorities", found)
        self.assert_nothing_of_other_systems(found)
        self.assertNotIn(", ,", found)

    def test_the_certificate_is_shown_and_checked_where_it_is(self):
        for words in (("cert", "show"), ("cert", "check")):
            text = self.run_it(*words)
            self.assertIn("Local Computer > Personal", text)
            self.assert_nothing_of_other_systems(text)

    def test_preferences_are_listed_without_those_of_other_systems(self):
        text = self.run_it("config", "list")
        self.assertIn("LogFile = C:\\ProgramData", text)
        self.assert_nothing_of_other_systems(text.replace("/", "|"))
        self.run_it("config", "check")

        self.run_it("config", "set", "NetworkTimeout", "17")
        self.assertIn("17  (HKLM\\SOFTWARE\\WOW6432Node", self.run_it("config", "get", "NetworkTimeout"))
        self.run_it("config", "unset", "NetworkTimeout")
        self.assertIn("default", self.run_it("config", "get", "NetworkTimeout"))
        self.assertIn("must be", self.machine.run("config", "set", "NetworkTimeout", "soon").stderr)

    def test_help_names_this_system(self):
        for words in (("--help",), ("config", "--help"), ("service", "--help")):
            self.assert_nothing_of_other_systems(self.run_it(*words).replace("config.ini fragment", "").replace(
                "Path of config.ini", ""))

    def test_a_rollout_takes_properties_and_no_staged_files(self):
        self.assertNotIn("--from", self.run_it("rollout", "--help"))
        record = self.machine.data / "etc/.muster-installed"
        self.run_it("rollout", "--property", "MACHINE_ID=Gerät")
        before = record.read_bytes()
        (self.machine.folder / "mgsft_rollout_response").write_text("MGSFT_MACHINE_ID=other\n")
        self.run_it("rollout", "--from", self.machine.windows_path(self.machine.folder), code=2)
        self.run_it("rollout")
        self.assertEqual(record.read_bytes(), before)

    def test_a_rollout_with_a_wrong_value_changes_nothing(self):
        other = self.pki.authority("other")
        words = ("--property", f"ROOTCA={self.machine.windows_path(other.certificate)}", "MACHINE_ID=replaced", "PREFERIPVERSION=IPv5")
        self.run_it("rollout", *words, code=3)
        report = (self.machine.data / "installation.log").read_text()
        self.assertIn("PreferIPVersion", report)
        self.assertNotIn("trusts", report)
        self.assertNotIn("replaced", self.run_it("config", "get", "MachineId"))

    def test_wrong_values_of_the_registry_are_named_with_their_key(self):
        wrong = {"REG_BINARY": "0102", "REG_MULTI_SZ": "one", "REG_SZ": "soon"}
        for kind, data in wrong.items():
            with self.subTest(kind):
                self.machine.set_unchecked("NetworkTimeout", data, kind)
                done = self.machine.run("config", "list" if kind != "REG_SZ" else "check")
                self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
                self.assertIn("Common\\NetworkTimeout", done.stdout + done.stderr)
        self.machine.set_unchecked("NetworkTimeout", "19", "REG_DWORD")
        self.assertIn("19", self.run_it("config", "get", "NetworkTimeout"))
        self.run_it("config", "unset", "NetworkTimeout")

    def test_a_million_characters_are_refused(self):
        file = self.machine.folder / "long.reg"
        key = rf"HKEY_LOCAL_MACHINE\SOFTWARE\ManageSoft Corp\{COMMON}"
        file.write_text(f'REGEDIT4\n\n[{key}]\n"MachineId"="{"x" * 1_000_000}"\n"Unknown"="{"x" * 1_000_000}"\n')
        self.assertEqual(self.machine.wine("reg", "import", self.machine.windows_path(file)).returncode, 0)
        self.addCleanup(self.machine.wine, "reg", "delete", key, "/f")
        done = self.machine.run("config", "list")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("MachineId has 1000000 characters", done.stderr)
        self.assertLess(len(done.stderr), 1000)

    def test_a_path_of_400_characters_is_a_path(self):
        data = "C:\\" + "\\".join(["Ordner mit Ü " + "x" * 87] * 4)
        spool = self.machine.prefix / "drive_c" / data[3:].replace("\\", "/") / "uploads/Inventories"
        self.assertGreater(len(str(data)), 400)
        spool.mkdir(parents=True)
        (spool / "far away.ndi").write_text("x")
        self.run_it("-o", f"DataDirectory={data}", "upload")
        self.assertIn("Inventories/far away.ndi", self.beacon.uploaded())
        self.assertTrue((spool.parents[1] / "state").is_dir())


class Credentials(WithPki):
    """What cannot be put into the store, and a key that cannot be used."""

    def setUp(self):
        self.machine = self.entered(Machine())

    def keys(self):
        return self.machine.wine("reg", "query", r"HKLM\Software\Wine\Crypto\RSA", "/s").stdout

    def test_a_refused_certificate_leaves_no_key_behind(self):
        pfx = self.pki.pfx(self.pki.issue("not-for-clients", "extendedKeyUsage=serverAuth\n"))
        done = self.machine.try_import(pfx)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("it is not for client authentication", done.stderr)
        self.assertNotIn("KeyPair", self.keys())

    def test_a_wrong_password_and_a_broken_file_are_named(self):
        pfx = self.pki.pfx(self.pki.issue("device", CLIENT))
        refused = self.machine.try_import(pfx, "wrong")
        self.assertEqual(refused.returncode, 4, refused.stderr)
        self.assertIn("password", refused.stderr)
        broken = self.machine.folder / "broken.pfx"
        broken.write_bytes(pfx.read_bytes()[:200])
        self.assertEqual(self.machine.try_import(broken).returncode, 4)
        self.assertIn("is not a PKCS#12", self.machine.try_import(self.pki.root.certificate).stderr)

    def test_a_certificate_whose_key_is_gone_or_another_one_is_not_shown(self):
        beacon = self.entered(Beacon(self.pki))
        self.machine.trust(self.pki.root)
        self.machine.use(beacon)
        file = self.machine.folder / "report.xml"
        file.write_text("<report/>")

        self.machine.import_pfx(self.pki.pfx(self.pki.issue("first", CLIENT, days=500)))
        self.machine.import_pfx(self.pki.pfx(self.pki.issue("second", CLIENT)))  # Wine has one key for both
        self.assertIn("it belongs to another certificate", self.machine.run("cert", "show", "--all").stdout)
        words = ("upload", self.machine.windows_path(file))
        self.assertEqual(self.machine.run(*words).returncode, 0)
        before = beacon.requests()

        self.machine.wine("reg", "delete", r"HKLM\Software\Wine\Crypto\RSA", "/f")
        done = self.machine.run(*words)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("its private key cannot be used", done.stderr)
        self.assertEqual(beacon.requests(), before)


if __name__ == "__main__":
    unittest.main()
