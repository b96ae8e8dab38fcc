"""The policy of an existing beacon (.npl, .osd, .ndc, .nds): what a device takes from it, and all that it does not."""

import unittest

from support.beacon import free_port, wait_until
from support.existing_beacon import (FAILOVER, POLICY, SCHEDULE, SETTINGS, TREE, Documents, event, location, ndc, nds, npl,
                                     osd, registry, trigger)
from support.running import Parties

FAILURE, PREFERENCE, REFUSED = 1, 3, 7
DEFAULT = "120  (default)"  # of MaximumNetworkRetryPeriod
BOMB = '[<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]'
TRIGGER = trigger("Daily")


class ExistingBeacon(Parties):
    settings = {}

    def setUp(self):
        self.served = self.beacon()
        self.laptop = self.device(self.served.port, MachineId="laptop-17", ComputerDomain="MANAGESOFT",
                                  NetworkRetries="0", PolicyPackageRefreshPeriod="0", **self.settings)
        self.documents = Documents(self.served.port)

    def policy(self, *words, code=0, **files):
        self.documents.serve(self.served)
        run = self.laptop.run("policy", *words)
        self.assertEqual(run.code, code, run)
        return run

    def set(self, path, content):
        self.documents.files[path] = content

    def not_used(self):
        return {row["what"]: row["reason"] for row in self.policy("--json").json()["not_used"]}

    def locations(self):
        rows = self.laptop.run("config", "list", "--json").json()
        return {row["section"].rsplit("\\", 1)[1] for row in rows if "loadSettings" in row["section"]}

    def value(self, name):
        return self.laptop.run("config", "get", name).out.strip()

    def status(self):
        return self.laptop.run("status", "--json").json()["policy"]

    def requested(self, path):
        return [line for line in self.served.requests() if path.replace(" ", "%20") in line]


class Applied(ExistingBeacon):
    def test_failover_settings_schedule_and_preferences_are_applied(self):
        run = self.policy()
        port = self.served.port
        for line in (f"  + upload location Bootstrap 0: https://localhost:{port}/ManageSoftRL with",
                     f"  + download location Bootstrap DL 0: https://localhost:{port}/ManageSoftDL\n",
                     "  + MaximumNetworkRetryPeriod: 77\n",
                     "  + event {Inventory}: at 00:05 weekly on mon, wed, fri from 2020-06-08 on, within 3600 s, never late (inventory)\n",
                     "  + event {Uploads}: at 00:05 daily from 2020-06-08 on, repeated every 43200 s for 86400 s, never late (uploads)\n",
                     "  + event {Policy}: at 00:05 every 2 days from 2020-06-08 on, never late (policy)\n",
                     "  not used here: trigger 'Logon' of event 'Policy': Muster has no trigger of the type 'Logon'\n",
                     "  not used here: package 'Agent upgrade' (Packages/Agent/Agent upgrade.osd): a policy never installs"):
            self.assertIn(line.removesuffix(" with"), run.out)
        self.assertEqual(self.locations(), {"beacon1", "Bootstrap 0", "Bootstrap DL 0"})
        self.assertTrue(self.value("MaximumNetworkRetryPeriod").startswith("77  (policy of "))
        self.assertTrue(self.status()["source"].startswith(POLICY))
        self.assertIsNotNone(self.status()["trial"])

        self.assertEqual(self.policy("--json").json()["result"], "unchanged")
        self.assertEqual(self.requested("setup.exe"), [])

    def test_an_agent_proves_the_new_list_and_keeps_it(self):
        agent = self.agent_of(self.laptop)
        self.policy()
        wait_until(lambda: not self.status()["trial"], 40, "the end of the trial")
        wait_until(lambda: "the new beacon list stays" in agent.log(), 10, "the line in the log")

    def agent_of(self, device):
        from support.agent import Agent
        return self.entered(Agent(device))

    def test_a_mask_of_weekdays_counts_from_sunday(self):
        self.policy()
        record = (self.laptop.data / "state" / "policy" / "applied.json").read_text()
        self.assertIn(r'\"weekdays\":[\"mon\",\"wed\",\"fri\"]', record)

    def test_a_dry_run_writes_nothing_and_lists_what_is_not_used(self):
        run = self.policy("--dry-run")
        self.assertIn("would be applied", run.out)
        self.assertIn("not used here: element 'NETDEPLOY::PROPERTY'", run.out)
        self.assertFalse((self.laptop.data / "state").exists())

    def test_a_package_that_an_event_installs_is_read_as_policy(self):
        self.set(SCHEDULE + ".nds", nds(event("More", "Launcher", "Install", TRIGGER,
                                              param="&quot;$(DownloadRootURL)/More/More.osd&quot; -o Silent=True")))
        self.set("More/More.osd", osd("More", "ClientConfiguration", "More.ndc"))
        self.set("More/More.ndc", ndc(registry(rf"{TREE}\\Common", "NetworkRetryPeriodIncrement", "9")))
        self.policy()
        self.assertTrue(self.value("NetworkRetryPeriodIncrement").startswith("9  (policy of "))
        self.assertIn('\\"action\\":\\"policy\\"', (self.laptop.data / "state" / "policy" / "applied.json").read_text())

    def test_a_package_is_asked_for_again_after_the_refresh_period(self):
        self.policy("-o", "PolicyPackageRefreshPeriod=1000")
        self.assertEqual(len(self.requested(f"{SETTINGS}.ndc")), 1)
        self.set(SETTINGS + ".ndc", ndc(registry(rf"{TREE}\\Common", "MaximumNetworkRetryPeriod", "88")))
        self.policy("-o", "PolicyPackageRefreshPeriod=1000")
        self.assertEqual(len(self.requested(f"{SETTINGS}.ndc")), 1)
        self.assertIn("77", self.value("MaximumNetworkRetryPeriod"))

        self.policy()
        self.assertIn("88", self.value("MaximumNetworkRetryPeriod"))
        self.laptop.run("policy")
        self.assertIn(" 304 ", self.requested(f"{SETTINGS}.ndc")[-1])

    def test_files_of_packages_that_went_are_removed(self):
        self.policy()
        kept = lambda: sorted(file.name for file in (self.laptop.data / "state" / "policy").glob("npl-*"))
        before = kept()
        self.set(POLICY, npl())
        self.policy()
        self.assertGreater(len(before), 5)
        self.assertEqual(kept(), [])

    def test_only_allowed_types_of_packages_are_used(self):
        run = self.policy("--json", "-o", "AllowedPkgTypes=Schedule; clientsettings")
        not_used = {row["what"]: row["reason"] for row in run.json()["not_used"]}
        self.assertEqual(not_used[f"package 'Client' ({SETTINGS}.osd)"],
                         "AllowedPkgTypes does not have its type 'ClientConfiguration'")
        self.assertEqual(self.value("MaximumNetworkRetryPeriod"), DEFAULT)

    def test_a_widened_list_of_domains_makes_another_policy_of_the_same_files(self):
        self.set(FAILOVER + ".ndc", ndc(*location("Upload", "far", 443, host="b.far.example")))
        self.assertIn("is not below an allowed domain", self.not_used()["upload location 'far'"])
        self.laptop.preferences["AllowedBeaconDomains"] = "far.example"
        self.laptop.write_config()
        self.assertEqual(self.policy("--json").json()["result"], "applied")
        self.assertIn("far", self.locations())


class Formats(ExistingBeacon):
    JSON = b'{"muster_policy": 1, "preferences": {"MaximumNetworkRetryPeriod": 44}}'

    def test_json_goes_first_until_the_other_one_worked(self):
        self.policy()
        self.assertEqual(len(self.requested("default.json")), 1)
        self.served.put_download("Policies/default.json", self.JSON)
        self.policy()
        self.assertEqual(len(self.requested("default.json")), 1)  # what worked last is asked first
        self.assertIn("77", self.value("MaximumNetworkRetryPeriod"))

        self.policy("-o", "PolicyFormat=json")
        self.assertIn("44", self.value("MaximumNetworkRetryPeriod"))
        self.policy()
        self.assertIn("44", self.value("MaximumNetworkRetryPeriod"))

    def test_one_format_alone_is_asked_for(self):
        self.served.put_download("Policies/default.json", self.JSON)
        self.policy("-o", "PolicyFormat=npl")
        self.assertEqual(self.requested(".json"), [])
        before = len(self.requested(".npl"))
        self.policy("-o", "PolicyFormat=json")
        self.assertEqual(len(self.requested(".npl")), before)
        self.assertEqual(self.policy("-o", "PolicyFormat=xml", code=PREFERENCE).out, "")

    def test_without_a_path_the_format_npl_is_a_wrong_preference(self):
        del self.laptop.preferences["ComputerDomain"]
        self.laptop.write_config()
        run = self.policy("-o", "PolicyFormat=npl", code=PREFERENCE)
        self.assertIn("set ComputerDomain or BootstrappedPolicy", run.err)
        self.assertIn("no beacon has a policy", self.policy().out)

    def test_the_whole_path_may_be_given(self):
        self.documents.files["Policies/Other.npl"] = self.documents.files.pop(POLICY)
        for path in ("Policies/Other.npl", f"https://localhost:{self.served.port}/ManageSoftDL/Policies/Other.npl"):
            self.assertIn("Policies/Other.npl at", self.policy("-o", f"BootstrappedPolicy={path}").out)
        run = self.policy("-o", "BootstrappedPolicy=https://other.example/ManageSoftDL/a.npl", code=PREFERENCE)
        self.assertIn("is not below a download location of this device", run.err)

    def test_where_a_signature_is_required_these_documents_are_refused(self):
        key = self.laptop.work / "key.pem"
        key.write_text("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                       "-----END PUBLIC KEY-----\n")
        run = self.policy("-o", f"PolicyKeyFile={key}", code=FAILURE)
        self.assertIn("it is not signed, and PolicyKeyFile asks for a signature", run.err)


class Hostile(ExistingBeacon):
    def unchanged(self):
        self.assertEqual(self.value("CheckServerCertificate"), "True  (default)")
        self.assertTrue(self.value("MaximumNetworkRetryPeriod").startswith("77 "))
        self.assertEqual(self.locations(), {"beacon1", "Bootstrap 0", "Bootstrap DL 0"})

    def test_hostile_and_broken_documents_are_refused_as_a_whole(self):
        deep = "<a>" * 10_000
        event_ = lambda number: event(f"e{number}", "Tracker", "Report", TRIGGER)
        hostile = {
            f"{POLICY}: it declares an entity": {POLICY: npl("&c;", before=BOMB)},
            f"{SCHEDULE}.nds: it declares an entity": {f"{SCHEDULE}.nds": f"<!DOCTYPE Schedule {BOMB}>{nds()}"},
            f"{SETTINGS}.osd: it declares an entity": {
                f"{SETTINGS}.osd": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><SOFTPKG TYPE="&x;"/>'},
            f"{POLICY}: it is nested deeper than 16 levels": {POLICY: deep},
            f"{POLICY}: it has more than 10000 elements": {POLICY: f"<Policy>{'<Package/>' * 10_000}</Policy>"},
            f"{POLICY}: it is not XML from line 1 on (expat": {POLICY: "{}"},
            f"{POLICY}: it is no policy but a 'html'": {POLICY: "<html/>"},
            f"{SCHEDULE}.osd: it is no package but a 'Policy'": {f"{SCHEDULE}.osd": npl()},
            f"{SCHEDULE}.nds: it has more than 64 events": {
                f"{SCHEDULE}.nds": nds(*(event_(number) for number in range(65)))},
            f"{SCHEDULE}.nds: event 'e' has more than 16 triggers": {
                f"{SCHEDULE}.nds": nds(event("e", "Tracker", "Report", *[TRIGGER] * 17))},
            f"{SETTINGS}.ndc: it has more than 5000 lines": {f"{SETTINGS}.ndc": ndc(*["a: b"] * 5_001)},
            f"{SETTINGS}.ndc: its line 8 has more than 4096 bytes": {f"{SETTINGS}.ndc": ndc("Registry: " + "x" * 5_000)},
            f"{SETTINGS}.ndc: it does not begin with 'Format:'": {f"{SETTINGS}.ndc": "<html>"},
            "it has more than 64 files": {POLICY: npl(*(f"$(DownloadRootURL)/p/{n}.osd" for n in range(64)))},
        }
        self.policy()
        good = dict(self.documents.files)
        for reason, files in hostile.items():
            with self.subTest(reason):
                self.documents.files = {**good, **files}
                run = self.policy(code=FAILURE)
                self.assertIn("refused: ", run.err)
                self.assertIn(reason, run.err)
                self.assertEqual(len(run.lines()), 1, run)
                self.unchanged()

    def test_a_million_registry_lines_are_not_even_fetched(self):
        self.policy()
        self.set(SETTINGS + ".ndc", ndc(*[registry(rf"{TREE}\\Common", "NetworkTimeout", "5")] * 1_000_000))
        run = self.policy(code=REFUSED)
        self.assertIn("524288", run.err)
        self.unchanged()

    def test_a_package_that_is_missing_leaves_what_was_applied(self):
        self.policy()
        (self.served.folder / "download" / f"{SETTINGS}.ndc").unlink()
        del self.documents.files[f"{SETTINGS}.ndc"]
        run = self.policy(code=REFUSED)
        self.assertIn(f"{SETTINGS}.ndc", run.err)
        self.unchanged()

    def test_addresses_that_lead_elsewhere_are_not_fetched(self):
        other = self.beacon()
        hrefs = ["../../../../secret.osd", "$(DownloadRootURL)/%2e%2e/secret.osd", "$(DownloadRootURL)/a%2f..%2fsecret.osd",
                 "file:///etc/secret.osd", f"https://localhost:{other.port}/ManageSoftDL/secret.osd",
                 f"https://localhost:{self.served.port}/Elsewhere/secret.osd", "/Elsewhere/secret.osd",
                 f"https://user@localhost:{self.served.port}/ManageSoftDL/secret.osd", "//evil.example/secret.osd",
                 "$(DownloadRootURL)/secret.osd?x=1", "$(Home)/secret.osd?", "a/..%5csecret.osd"]
        self.set(POLICY, npl(*hrefs))
        self.set(SCHEDULE + ".nds", nds())
        not_used = self.not_used()
        reasons = [reason for what, reason in not_used.items() if what.startswith("package ")]
        self.assertEqual(len(reasons), len(hrefs), not_used)
        self.assertEqual(self.requested("secret"), [])
        self.assertEqual(other.requests(), [])

    def test_settings_that_a_policy_may_not_set_have_no_effect(self):
        common = rf"{TREE}\\Common"
        settings = {
            registry(common, "CheckServerCertificate", "False"): "a policy never changes a check",
            registry(common, "SSLCACertificateFile", "/tmp/ca.pem"): "a policy never changes what the device trusts",
            registry(common, "DataDirectory", "/tmp"): "a policy never sets a path",
            registry(common, "NetworkMaxRate", "1"): "a policy may set it from 65536",
            registry(common, "LogLevel", "$(Home)"): "its value refers to a variable",
            registry(rf"{TREE}\\Uploader\\CurrentVersion", "NetworkRetries", "3"): "a policy sets preferences for all steps",
            registry(r"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run", "x", "cmd"): "its key is not below",
            registry(r"SOFTWARE\\ManageSoft Corp\\..\\Microsoft", "x", "cmd"): "there is no such preference",
            registry(common, "NetworkRetries", "3", root="HKCU"): "its root 'HKCU' is not HKLM",
            registry(common, "NetworkRetries", "3", verb="delete"): "Muster does not know the verb 'delete'",
            registry(rf"{common}\\UploadSettings\\Bootstrap 0", "Password", "x"): "a policy never sets a user or a password",
            "Execute: cmd.exe": "Muster does not know the directive 'Execute'",
            'Registry: set; root = HKLM; key = "open': "it cannot be read",
        }
        for index, (line, reason) in enumerate(settings.items()):
            with self.subTest(line):
                self.set(SETTINGS + ".ndc", ndc(line))
                self.assertTrue(any(reason in one for one in self.not_used().values()), reason)
        self.assertEqual(self.value("CheckServerCertificate"), "True  (default)")
        self.assertEqual(self.value("NetworkMaxRate"), "0  (default)")

    def test_locations_that_a_policy_may_not_set_are_left_out(self):
        port = free_port()
        locations = {
            "evil": (location("Upload", "evil", port, host="evil.example"), "is not below an allowed domain"),
            "clear": (location("Upload", "clear", port, protocol="http"), "location.protocol is http"),
            "file": (location("Upload", "file", port, protocol="file"), "Muster does not have its Protocol 'file'"),
            "up": (location("Upload", "up", port, Directory="/../x"), "location.directory must not contain the part '..'"),
            "port": (location("Upload", "port", 70_000), "its Port '70000' is no port"),
            "never": (location("Upload", "never", port, Priority="invalid"), "its Priority is invalid"),
        }
        self.set(FAILOVER + ".ndc", ndc(*(line for lines, _ in locations.values() for line in lines)))
        not_used = self.not_used()
        for id, (_, reason) in locations.items():
            self.assertIn(reason, not_used[f"upload location '{id}'"])
        self.assertEqual(self.locations(), {"beacon1"})

    def test_events_and_parameters_that_a_policy_may_not_set_have_no_effect(self):
        self.set(SCHEDULE + ".nds", nds(
            event("Check", "Tracker", "Report", TRIGGER, param="-o CheckServerCertificate=False -oUser=x -o Upload=True ; rm -rf /"),
            event("Run", "Shell", "Execute", TRIGGER, param="/bin/sh"),
            event("Often", "Tracker", "Report", trigger("Daily", REPEAT="0", DURATION="86400"),
                  trigger("Daily", REPEAT="60", DURATION="86400")),
            event("When", "Tracker", "Report", trigger("Daily", DATESTART="20201332"), trigger("Daily", TIMESTART="250000")),
            event("Same", "Tracker", "Report", TRIGGER, ID="{Check}"),
            event("Away", "Launcher", "Install", TRIGGER, param="https://evil.example/ManageSoftDL/a.osd"),
            "<Odd/>"))
        not_used = self.not_used()
        for what, reason in {
                "option 'CheckServerCertificate=False' of event 'Check'": "a policy never changes a check",
                "option 'User=x' of event 'Check'": "a policy never sets a user or a password",
                "option 'Upload=True' of event 'Check'": "Muster uploads what is in the spool by itself",
                "option 'rm' of event 'Check'": "Muster does not know this option",
                "event 'Run'": "Muster does not do 'Shell, Execute'",
                "event 'Often'": "event.triggers[1].repeat_s is 60: 900 at least",
                "event 'When'": "it has no trigger that Muster has",
                "event 'Same'": "another event has its ID",
                "event 'Away'": "is not below a download location of this device",
                "element 'Odd' of a schedule": "Muster does not know it"}.items():
            self.assertIn(reason, not_used[what])
        self.assertEqual(self.value("CheckServerCertificate"), "True  (default)")


if __name__ == "__main__":
    unittest.main()
