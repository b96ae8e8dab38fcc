"""The installer for Windows: its tables, and what msiexec does with it under Wine. Wine does not set UPGRADINGPRODUCTCODE when
a new version replaces an old one, so the tests perform the two steps of an upgrade themselves."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from machine import CLIENT, PROGRAMS, PROJECT, Machine, Pki
from parties import OnWindows

PROGRAM_FOLDER = "drive_c/Program Files/Muster"
URL = "https://beacon.example.com:8443/ManageSoftRL"
MISSING = [tool for tool in ("wixl", "msiinfo", "faketime") if not shutil.which(tool)]


def build(folder, version="1.0.0", name=None):
    file = folder / (name or f"muster-{version}.msi")
    subprocess.run([sys.executable, PROJECT / "scripts/windows-installer", "--program", PROGRAMS / "muster.exe", "--version",
                    version, "--output", file], check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1750000000"})
    return file


def table(file, name):
    """Its rows by their first column."""
    done = subprocess.run(["msiinfo", "export", file, name], check=True, capture_output=True, text=True)
    return {words[0]: words[1:] for words in (line.split("\t") for line in done.stdout.splitlines()[3:])}


class Installers(OnWindows):
    @classmethod
    def setUpClass(cls):
        if MISSING:
            raise unittest.SkipTest(f"there is no {', '.join(MISSING)}")
        cls.folder = pathlib.Path(cls.of_class(tempfile.TemporaryDirectory(prefix="muster-installer-")))
        cls.first = build(cls.folder)


class Tables(Installers):
    def test_the_same_program_gives_the_same_bytes(self):
        self.assertEqual(self.first.read_bytes(), build(self.folder, name="again.msi").read_bytes())

    def test_each_version_is_another_product_of_the_same_family(self):
        one, other = table(self.first, "Property"), table(build(self.folder, "1.1.0"), "Property")
        self.assertNotEqual(one["ProductCode"], other["ProductCode"])
        self.assertEqual(one["UpgradeCode"], other["UpgradeCode"])
        self.assertEqual(one["ALLUSERS"], ["1"])

    def test_properties_of_users_who_repair_do_not_count(self):
        self.assertNotIn("BOOTSTRAP", table(self.first, "Property")["SecureCustomProperties"][0])
        sequence = table(self.first, "InstallExecuteSequence")
        self.assertEqual(sequence["SetPreferences"][0], "NOT Installed")

    def test_an_upgrade_keeps_what_a_removal_takes(self):
        sequence = table(self.first, "InstallExecuteSequence")
        for action in ("Purge", "RemoveService"):
            self.assertEqual(sequence[action][0], 'REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE')
        number = {name: int(words[1]) for name, words in sequence.items()}
        order = ["InstallInitialize", "RemoveExistingProducts", "RemoveService", "Purge", "RemoveFiles", "InstallFiles",
                 "MakeService", "SetPreferences", "StartService", "InstallFinalize"]
        self.assertEqual(order, sorted(order, key=number.get))

    def test_no_text_of_an_action_is_longer_than_its_column(self):
        for name, words in table(self.first, "CustomAction").items():
            self.assertLessEqual(len(words[2]), 255, name)

    def test_the_licences_of_what_is_linked_in_come_along(self):
        with tempfile.TemporaryDirectory(prefix="muster-extracted-") as folder:
            subprocess.run(["msiextract", "-C", folder, self.first], check=True, capture_output=True)
            files = {file.name: file for file in pathlib.Path(folder).rglob("*") if file.is_file()}
            self.assertEqual(sorted(files), ["LICENSE.txt", "checklist.ps1", "muster.cdx.json", "muster.exe", "number",
                                             "third-party-notices.txt"])
            notices = files["third-party-notices.txt"].read_text()
            listed = {one["name"] for one in json.loads(files["muster.cdx.json"].read_text())["components"]}
            for library in ("curl", "expat", "libpsl", "libsodium", "mingw-w64", "zlib"):
                self.assertIn(f"  {library} ", notices)
                self.assertIn(library, listed)

    def test_a_password_is_no_property(self):
        actions = " ".join(" ".join(words) for words in table(self.first, "CustomAction").values())
        self.assertIn("[BOOTSTRAP_UPLOAD]", actions)
        self.assertIn("[CLIENTPFXPASSWORDFILE]", actions)
        self.assertNotIn("PFX_PASSWORD", actions)


class Installation(Installers):
    def setUp(self):
        self.machine = self.entered(Machine())
        self.data = self.machine.data

    def msiexec(self, *words, fails=False):
        words = [self.machine.windows_path(word) if str(word).endswith(".msi") else word for word in words]
        done = self.machine.wine("msiexec", *words, "/qn", timeout=180)
        self.assertEqual(done.returncode != 0, fails, done.stdout + done.stderr)
        return done

    def install(self, *properties, file=None, fails=False):
        return self.msiexec("/i", file or self.first, *properties, fails=fails)

    def muster(self, *words):
        done = self.machine.wine(r"C:\Program Files\Muster\muster.exe", *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def get(self, name):
        return self.muster("config", "get", name).split("  ")[0].strip()

    def has_service(self):
        """Both or none of the two."""
        agent, collector = (self.machine.wine("sc", "query", name).returncode == 0 for name in ("muster", "muster-collect"))
        self.assertEqual(agent, collector)
        return agent

    def left(self):
        return sorted(str(file.relative_to(self.data)) for file in self.data.rglob("*") if file.is_file())

    def test_properties_become_preferences(self):
        self.install(f"BOOTSTRAP_UPLOAD={URL}", "HTTPS_CHECKCERTIFICATEREVOCATION=BestEffort", "NO_PROXY=a\\",
                     "MACHINE_ID=Prüfstand 7")
        location = r"ManageSoft\Common\UploadSettings\Bootstrap UL 0"
        self.assertEqual([self.get(rf"{location}\{name}") for name in ("Protocol", "Host", "Port", "Directory")],
                         ["https", "beacon.example.com", "8443", "ManageSoftRL"])
        self.assertEqual(self.get("CheckCertificateRevocation"), "BestEffort")
        self.assertEqual(self.get("no_proxy"), "a\\")
        self.assertEqual(self.get("MachineId"), "Prüfstand 7")
        self.assertIn("CheckCertificateRevocation", (self.data / "installation.log").read_text())
        self.assertTrue(self.has_service())

    def test_properties_that_are_not_given_and_those_of_a_repair_change_nothing(self):
        self.machine.set(r"ManageSoft\Common", MachineId="before", CheckCertificateRevocation="False")
        self.install("HTTPS_CHECKCERTIFICATEREVOCATION=True")
        self.assertEqual((self.get("MachineId"), self.get("CheckCertificateRevocation")), ("before", "True"))
        self.install("REINSTALL=ALL", "MACHINE_ID=other")
        self.assertEqual(self.get("MachineId"), "before")

    def test_a_wrong_property_ends_the_installation_and_is_named(self):
        leaf = Pki(self.machine.folder).issue("client", CLIENT)
        for wrong, reason in (("BOOTSTRAP_UPLOAD=no-url", "MGSFT_BOOTSTRAP_UPLOAD is not a URL"),
                              (f"ROOTCA={self.machine.windows_path(leaf.certificate)}", "is no bundle of CA certificates"),
                              ("PREFERIPVERSION=IPv5", "PreferIPVersion")):
            with self.subTest(wrong):
                self.install(wrong, fails=True)
                self.assertIn(reason, (self.data / "installation.log").read_text())
        self.assertNotIn("BOOTSTRAP", self.machine.wine("reg", "query", r"HKLM\SOFTWARE\WOW6432Node\ManageSoft Corp", "/s").stdout)

    def test_a_certificate_and_a_ca_go_into_the_stores(self):
        pki = Pki(self.machine.folder)
        pfx = pki.pfx(pki.issue("client", CLIENT, subject="PC-0001"))
        path = self.machine.windows_path
        self.install(f"CLIENTPFX={path(pfx)}", f"CLIENTPFXPASSWORDFILE={self.machine.password_file()}",
                     f"ROOTCA={path(pki.root.certificate)}")

        self.assertIn("CN=PC-0001", self.muster("cert", "show", "--all"))
        self.assertEqual(self.get("AddClientCertificateAndKey"), "True")
        self.assertIn("trusts CN=root", (self.data / "installation.log").read_text())
        self.msiexec("/x", self.first)
        kept = (self.data / "removal.log").read_text()
        self.assertIn("the client certificate CN=PC-0001", kept)
        self.assertIn("the CA certificate CN=root", kept)

    def test_an_upgrade_keeps_preferences_state_and_spool(self):
        self.install(f"BOOTSTRAP_UPLOAD={URL}", "MACHINE_ID=one")
        waiting = self.data / "uploads/Inventories/waits.json"
        waiting.parent.mkdir(parents=True, exist_ok=True)
        waiting.write_text("{}")
        (self.data / "state/device-id").write_text("id\n")
        second = build(self.folder, "1.1.0")
        self.msiexec("/x", self.first, f"UPGRADINGPRODUCTCODE={table(second, 'Property')['ProductCode'][0]}")
        self.assertTrue(self.has_service())
        self.install(file=second)

        self.assertEqual((self.get("MachineId"), self.get(r"ManageSoft\Common\UploadSettings\Bootstrap UL 0\Host")),
                         ("one", "beacon.example.com"))
        self.assertTrue(waiting.exists())
        self.assertEqual((self.data / "state/device-id").read_text(), "id\n")
        self.assertTrue(self.has_service())
        listed = self.machine.wine("reg", "query", r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall", "/s").stdout
        self.assertIn("1.1.0", listed)
        self.assertNotIn("1.0.0", listed)

    def test_a_removal_leaves_nothing_of_its_own(self):
        self.install(f"BOOTSTRAP_UPLOAD={URL}", "MACHINE_ID=one")
        self.msiexec("/x", self.first)
        self.assertFalse(self.has_service())
        self.assertFalse((self.machine.prefix / PROGRAM_FOLDER).exists())
        self.assertFalse(self.data.parent.exists(), self.left() if self.data.exists() else "")
        for view in ("SOFTWARE", r"SOFTWARE\WOW6432Node"):
            self.assertNotEqual(self.machine.wine("reg", "query", rf"HKLM\{view}\ManageSoft Corp").returncode, 0)

    def test_a_removal_keeps_and_names_what_is_not_its_own(self):
        self.machine.set(r"ManageSoft\Common", NetworkTimeout="17")
        self.install(f"BOOTSTRAP_UPLOAD={URL}", "MACHINE_ID=one")
        self.muster("config", "set", "MachineId", "chosen")
        for name in ("uploads/Inventories/waits.json", "state/of-another-product", "state/downloads/part", "state/update",
                     "state/updates/check.json", "log/muster.log"):
            (self.data / name).parent.mkdir(parents=True, exist_ok=True)
            (self.data / name).write_text("x")
        self.msiexec("/x", self.first)

        self.assertEqual(self.left(), ["removal.log", "state/of-another-product", "uploads/Inventories/waits.json"])
        kept = (self.data / "removal.log").read_text()
        for what in (r"the preference ManageSoft\Common\MachineId", "waits.json", "of-another-product"):
            self.assertIn(what, kept)
        values = self.machine.wine("reg", "query", r"HKLM\SOFTWARE\WOW6432Node\ManageSoft Corp", "/s").stdout
        self.assertEqual(sorted(line.split()[0] for line in values.splitlines() if "REG_SZ" in line), ["MachineId", "NetworkTimeout"])


if __name__ == "__main__":
    unittest.main()
