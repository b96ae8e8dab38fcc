"""Device policy from beacons that are not trusted with the device: what it changes, and all that it cannot change."""

import base64
import itertools
import json
import os
import pathlib
import socket
import subprocess
import time

from support.beacon import free_port, wait_until
from support.running import Parties, Run

FAILURE, PREFERENCE, UNREACHABLE, REFUSED, LOCAL_FILE = 1, 3, 6, 7, 8
OF_DEVICE, OF_ALL = "Policies/laptop-17.json", "Policies/default.json"


def document(**members):
    return json.dumps({"muster_policy": 1, **members}).encode()


def location(beacon, id="lyon", **more):
    return {"id": id, "host": "localhost", "port": beacon if isinstance(beacon, int) else beacon.port, **more}


def lists(*locations):
    return {"upload": list(locations), "download": list(locations)}


def put(beacon, content, path=OF_ALL, moments=itertools.count(1_700_000_000)):
    """Each version has a time of its own: with the size it makes the ETag of nginx."""
    file = beacon.put_download(path, content)
    moment = next(moments)
    os.utime(file, (moment, moment))


def uploads_of(device):
    """The ids of the upload locations that are in force."""
    rows = device.run("config", "list", "--json").json()
    return {row["section"].rsplit("\\", 1)[1] for row in rows if "UploadSettings" in row["section"]}


class SigningKey:
    """An Ed25519 key as an administrator makes it, and envelopes by it, as docs/policy.md says."""

    def __init__(self, folder, name):
        self.private, self.public = folder / f"{name}.key", folder / f"{name}.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.private], check=True)
        subprocess.run(["openssl", "pkey", "-in", self.private, "-pubout", "-out", self.public], check=True)
        self.folder = folder

    def envelope(self, content):
        file = self.folder / "to-sign.json"
        file.write_bytes(content)
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.private, "-in", file],
                                   check=True, capture_output=True).stdout
        encoded = {"signed_policy": content, "signature": signature}
        return json.dumps({name: base64.b64encode(value).decode() for name, value in encoded.items()}).encode()


class Policy(Parties):
    def setUp(self):
        self.served = self.beacon()
        self.laptop = self.device(self.served.port, MachineId="laptop-17", NetworkRetries="0")

    def serve(self, content, path=OF_ALL):
        put(self.served, content, path)

    def apply(self, content, *words, path=OF_ALL, code=0):
        self.serve(content, path)
        run = self.laptop.run("policy", *words)
        self.assertEqual(run.code, code, run)
        return run

    def refused(self, content, reason):
        run = self.apply(content, code=FAILURE)
        self.assertIn(f"refused: {reason}", run.err)
        self.assertEqual(len(run.lines()), 1, run)

    def value(self, name):
        return self.laptop.run("config", "get", name).out.strip()

    def status(self):
        return self.laptop.run("status", "--json").json()["policy"]

    def beacons(self):
        return uploads_of(self.laptop)


class Refused(Policy):
    HOSTILE = {
        "it is not JSON from byte 1 on": b"<html>",
        "it is nested deeper than 8 levels": b"[" * 100_000,
        "it has more than 262144 bytes": document(device="x" * 300_000),
        "schedule has more than 64 elements": document(schedule=[{}] * 65),
        "the member 'number' is there twice": b'{"muster_policy": 1, "number": 1, "number": 2}',
        "schedule[0].triggers[0].repeat_s must be a whole number from 1": document(schedule=[
            {"id": "a", "action": "inventory", "triggers": [{"kind": "daily", "repeat_s": 0, "duration_s": 86400}]}]),
        "schedule[0].action must be inventory": document(schedule=[
            {"id": "a", "action": "file:///bin/sh", "triggers": [{"kind": "daily"}]}]),
        "beacons.upload[0].host must be a host name": document(beacons=lists({"id": "a", "host": "file:///etc/passwd"})),
        "beacons.upload[0].host 'evil.example' is not below": document(beacons=lists({"id": "a", "host": "evil.example"})),
        "beacons.upload[0].directory must not contain the part '..'": document(
            beacons=lists({"id": "a", "host": "localhost", "directory": "../.."})),
        "beacons.upload[0].protocol is http": document(beacons=lists({"id": "a", "host": "localhost", "protocol": "http"})),
        "beacons.upload has no location": document(beacons={"upload": []}),
        "preferences.CheckServerCertificate: a policy never changes a check": document(
            preferences={"CheckServerCertificate": False}),
        "preferences.CheckCertificateRevocation: a policy never changes a check": document(
            preferences={"CheckCertificateRevocation": False}),
        "preferences.AddClientCertificateAndKey: a policy never changes the identity": document(
            preferences={"AddClientCertificateAndKey": False}),
        "preferences.https_proxy: a policy never sets a proxy": document(preferences={"https_proxy": "http://e:1"}),
        "preferences.NetworkMaxRate: a policy may set it from 65536": document(preferences={"NetworkMaxRate": 1}),
        "preferences.DataDirectory: a policy never sets a path": document(preferences={"DataDirectory": "/tmp"}),
        "it is for the device 'other'": document(device="other"),
        "chekcs is unknown": document(chekcs=False),
    }

    def test_hostile_and_broken_policies_change_nothing(self):
        self.apply(document(preferences={"NetworkMaxRate": 100_000}))
        config = self.laptop.config.read_bytes()
        for reason, content in self.HOSTILE.items():
            with self.subTest(reason):
                self.refused(content, reason)
                self.assertTrue(self.value("NetworkMaxRate").startswith("100000  (policy of "))
                self.assertIn(reason, self.status()["refusal"])
        self.assertTrue(self.value("CheckServerCertificate").startswith("True  (default)"))
        self.assertEqual(self.beacons(), {"beacon1"})
        self.assertEqual(self.laptop.config.read_bytes(), config)

    def test_a_file_that_is_too_large_is_not_fetched(self):
        run = self.apply(b" " * 600_000, code=REFUSED)
        self.assertEqual(self.status()["applied_at"], None)
        self.assertIn("524288", run.err)

    def test_a_refusal_shows_in_status_and_doctor_until_a_policy_is_applied(self):
        self.refused(document(preferences={"User": "x"}), "preferences.User: a policy never sets a user or a password")
        self.assertIn("the last one was refused: preferences.User", self.laptop.run("status").out)
        self.assertIn("the last policy was refused: preferences.User", self.laptop.run("doctor").out)
        self.apply(document())
        self.assertNotIn("refused", self.laptop.run("status").out)


class Applied(Policy):
    def test_without_a_policy_nothing_changes(self):
        run = self.laptop.run("policy")
        self.assertEqual((run.code, run.err), (0, ""))
        self.assertEqual(run.out, "no beacon has a policy for this device; what was applied stays\n")
        self.assertEqual(self.laptop.run("policy", "--json").json()["result"], "none")
        self.assertIn("policy       none applied", self.laptop.run("status").out)

    def test_an_unreachable_beacon_is_an_error_and_leaves_what_was_applied(self):
        self.apply(document(preferences={"NetworkMaxRate": 100_000}))
        self.served.stop()
        self.assertEqual(self.laptop.run("policy").code, UNREACHABLE)
        self.assertIn("100000", self.value("NetworkMaxRate"))

    def test_a_policy_of_the_device_goes_before_that_of_all(self):
        self.serve(document(preferences={"NetworkMaxRate": 100_000}), OF_DEVICE)
        run = self.apply(document(preferences={"NetworkMaxRate": 200_000}), "--json")
        self.assertIn(f"{OF_DEVICE} at 'beacon1'", run.json()["source"])
        self.assertRegex(self.value("NetworkMaxRate"), r"^100000  \(policy of .*\)$")

    def test_what_changes_is_shown_and_a_dry_run_changes_nothing(self):
        policy = document(beacons=lists(location(self.served)), preferences={"NetworkMaxRate": 100_000},
                          schedule=[{"id": "nightly", "action": "inventory", "triggers": [{"kind": "daily", "at": "02:30"}]}],
                          agent={"version": "9.0"})
        run = self.apply(policy, "--dry-run")
        self.assertIn("would be applied\n", run.out)
        for line in (f"  + upload location lyon: https://localhost:{self.served.port}/ManageSoftRL\n",
                     "  + NetworkMaxRate: 100000\n", "  + event nightly: at 02:30 daily (inventory)\n",
                     "  + agent version: 9.0 (no other version is installed)\n"):
            self.assertIn(line, run.out)
        self.assertFalse((self.laptop.data / "state").exists())
        self.assertEqual(self.value("NetworkMaxRate"), "0  (default)")
        self.assertEqual(self.beacons(), {"beacon1"})
        self.assertIsNone(self.status()["applied_at"])

        run = self.apply(policy, "--json")
        self.assertEqual(run.json()["result"], "applied")
        self.assertEqual(self.beacons(), {"beacon1", "lyon"})
        self.assertEqual(self.status()["agent_version"], "9.0")
        self.assertIn("is applied already", self.laptop.run("policy").out)

    def test_the_second_request_is_conditional(self):
        self.apply(document())
        self.assertEqual(self.laptop.run("policy", "--json").json()["result"], "unchanged")
        codes = [line for line in self.served.requests() if OF_ALL in line]
        self.assertEqual(len(codes), 2)
        self.assertIn(" 304 ", codes[1])

    def test_what_was_set_by_hand_beats_the_policy(self):
        self.laptop.preferences["NetworkTimeout"] = "11"
        self.laptop.write_config()
        run = self.apply(document(preferences={"NetworkTimeout": 77}, beacons=lists(location(free_port(), "BEACON1"))))
        self.assertIn("NetworkTimeout: 77 (stays 11, set by hand (", run.out)
        self.assertIn("upload location BEACON1", run.out)
        self.assertIn("(stays as it was set by hand)", run.out)
        self.assertTrue(self.value("NetworkTimeout").startswith("11 "))
        self.assertEqual(self.laptop.run("upload", self.laptop.file("a.ndi")).code, 0)
        self.assertIn("12", self.laptop.run("config", "get", "NetworkTimeout", "-o", "NetworkTimeout=12").out)

    def test_allowed_beacon_domains_decide_also_after_a_policy_was_applied(self):
        self.laptop.preferences["AllowedBeaconDomains"] = "corp.example"
        self.laptop.write_config()
        self.apply(document(beacons=lists({"id": "far", "host": "far.corp.example"})))
        self.assertEqual(self.beacons(), {"beacon1", "far"})
        self.assertTrue(self.status()["in_force"])
        self.laptop.preferences["AllowedBeaconDomains"] = "other.example"
        self.laptop.write_config()
        self.assertEqual(self.beacons(), {"beacon1"})

        reason = "beacons.upload[0].host 'far.corp.example' is not below an allowed domain"
        self.assertFalse(self.status()["in_force"])
        self.assertTrue(self.status()["lapsed"].startswith(reason))
        self.assertIn(f"; NOT IN FORCE: {reason}", self.laptop.run("status").out)
        self.assertNotIn("on trial", self.laptop.run("status").out)
        doctor = [step for step in self.laptop.run("doctor", "--json").json() if step["step"] == "policy"]
        self.assertEqual([step["result"] for step in doctor], ["bad"])
        self.assertIn(reason, doctor[0]["message"])


class Examples(Policy):
    EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "beacon" / "examples"

    def test_the_examples_are_applied(self):
        for example in sorted(self.EXAMPLES.glob("policy-*.json")):
            with self.subTest(example.name):
                self.laptop = self.device(self.served.port, AllowedBeaconDomains="corp.example")
                self.assertEqual(self.apply(example.read_bytes(), "--json").json()["result"], "applied")

    def test_the_schema_takes_the_examples_and_refuses_what_the_program_refuses_for_its_form(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        check = jsonschema.Draft202012Validator(json.loads((self.EXAMPLES / "policy.schema.json").read_text())).is_valid
        for example in self.EXAMPLES.glob("policy-*.json"):
            self.assertTrue(check(json.loads(example.read_text())), example.name)
        of_this_device = ("is nested deeper", "is not JSON", "is there twice", "'evil.example'", "is for the device",
                          "host must be", "must not contain the part", "protocol is http")
        for reason, content in Refused.HOSTILE.items():
            if not any(words in reason for words in of_this_device):
                self.assertFalse(check(json.loads(content)), reason)


class Signed(Policy):
    def setUp(self):
        super().setUp()
        self.first, self.second = (SigningKey(self.laptop.work, name) for name in ("first", "second"))
        self.require(self.first)

    def require(self, key):
        self.laptop.preferences["PolicyKeyFile"] = str(key.public)
        self.laptop.write_config()

    def test_with_a_key_only_its_signature_counts(self):
        policy = document(number=5, preferences={"NetworkMaxRate": 100_000})
        self.refused(policy, "it is not signed, and PolicyKeyFile asks for a signature")
        self.refused(self.second.envelope(policy), "it is not signed by the key in PolicyKeyFile")
        self.refused(self.first.envelope(document()), "number is missing: a signed policy needs one")
        self.apply(self.first.envelope(policy))
        self.assertEqual(self.value("NetworkMaxRate"), "100000  (policy 5)")

    def test_an_older_signed_policy_is_refused_and_a_new_key_restarts_the_number(self):
        self.apply(self.first.envelope(document(number=7)))
        self.refused(self.first.envelope(document(number=6)), "its number 6 is lower than 7, which was applied")
        self.refused(self.first.envelope(document(number=7, preferences={"NetworkMaxRate": 0})),
                     "another policy was applied under its number 7")
        self.require(self.second)
        self.apply(self.second.envelope(document(number=1)))
        self.assertEqual(self.status()["number"], 1)

    def test_what_another_key_signed_is_not_in_force_any_more(self):
        self.apply(self.first.envelope(document(number=7, preferences={"NetworkMaxRate": 100_000})))
        self.require(self.second)
        run = self.laptop.run("config", "get", "NetworkMaxRate")
        self.assertEqual(run.out, "0  (default)\n")
        self.assertIn("not in force any more: it is not signed by the key in PolicyKeyFile", run.err)

    def test_a_key_that_cannot_be_used_is_an_error(self):
        self.require(self.first)
        self.first.public.write_text("garbage")
        run = self.apply(self.first.envelope(document(number=1)), code=PREFERENCE)
        self.assertIn("is not an Ed25519 public key in PEM form", run.err)
        self.first.public.unlink()
        self.assertEqual(self.laptop.run("policy").code, LOCAL_FILE)


class Trial(Run):
    def setUp(self):
        self.by_hand, self.new = self.beacon(), self.beacon()
        self.laptop = self.device(self.by_hand.port, MachineId="laptop-17", NetworkRetries="0")
        self.record = self.laptop.data / "state" / "policy" / "applied.json"

    def policy(self):
        return self.laptop.run("status", "--json").json()["policy"]

    def serve(self, content):
        for beacon in (self.by_hand, self.new):
            put(beacon, content)

    def test_a_list_through_which_an_upload_and_policy_went_stays(self):
        agent = self.agent(self.laptop)
        self.serve(document(beacons=lists(location(self.new))))
        run = self.laptop.run("policy")
        self.assertIn("on trial: an upload and a policy have to go through it; 0 of 24 hours", run.out)
        wait_until(lambda: self.policy()["applied_at"] and not self.policy()["trial"], 40, "the end of the trial")
        wait_until(lambda: "the new beacon list stays" in agent.log(), 10, "the line in the log")
        self.assertTrue(any("Status/" in name for name in self.new.uploaded()))
        self.assertTrue(any(OF_ALL in line for line in self.new.requests()))

    def test_frozen_beacons_of_a_list_keep_no_upload_away(self):
        """They take TCP and never speak TLS."""
        frozen = [socket.create_server(("127.0.0.1", 0)) for _ in range(12)]
        for one in frozen:
            self.addCleanup(one.close)
        self.serve(document(beacons=lists(*(location(one.getsockname()[1], f"f{number}")
                                            for number, one in enumerate(frozen)))))
        self.assertEqual(self.laptop.run("policy").code, 0)
        run = self.laptop.run("upload", self.laptop.file("a.ndi"))
        self.assertEqual(run.code, 0, run)
        self.assertIn("Inventories/a.ndi", self.by_hand.uploaded())

    def test_a_policy_that_changes_each_time_keeps_the_agent_no_busier(self):
        events = [{"id": f"policy{number}", "action": "policy", "triggers": [{"kind": "once"}]} for number in range(20)]
        agent = self.agent(self.laptop)
        for number in range(4):
            self.serve(document(schedule=[{**event, "id": f"{event['id']}-{number}"} for event in events]))
            self.assertEqual(self.laptop.run("policy").code, 0)
            time.sleep(1)
        self.assertLessEqual(agent.log().count("due by the schedule: policy"), 2, agent.log())

    def test_a_location_set_by_hand_under_an_id_of_the_list_proves_nothing(self):
        self.serve(document(beacons=lists(location(self.new, "BEACON1"), location(free_port()))))
        self.assertEqual(self.laptop.run("policy").code, 0)
        self.assertEqual(self.laptop.run("upload", self.laptop.file("a.ndi")).code, 0)
        self.assertEqual(self.laptop.run("policy").code, 0)
        self.assertEqual(self.policy()["trial"], {"ran_s": 0, "uploaded": False, "fetched": False})

    def test_the_upload_of_a_named_file_proves_a_list_as_well(self):
        self.serve(document(beacons=lists(location(self.new))))
        self.assertEqual(self.laptop.run("policy").code, 0)
        self.assertEqual(self.laptop.run("upload", self.laptop.file("a.ndi")).code, 0)
        self.assertEqual(self.policy()["trial"], {"ran_s": 0, "uploaded": True, "fetched": False})

    def test_commands_alone_prove_a_list_as_well(self):
        self.serve(document(beacons=lists(location(self.new))))
        self.assertEqual(self.laptop.run("policy").code, 0)
        self.laptop.put("a.ndi")
        self.assertEqual(self.laptop.run("upload").code, 0)
        self.assertEqual(self.policy()["trial"], {"ran_s": 0, "uploaded": True, "fetched": False})
        self.assertIn("a.ndi", " ".join(self.new.uploaded()))
        self.assertEqual(self.laptop.run("policy").code, 0)
        self.assertIsNone(self.policy()["trial"])

    def test_a_list_that_does_not_work_goes_and_no_upload_is_lost_meanwhile(self):
        self.serve(document(beacons=lists(location(free_port()))))
        self.assertEqual(self.laptop.run("policy").code, 0)
        run = self.laptop.run("upload", self.laptop.file("a.ndi"))
        self.assertEqual(run.code, 0, run)
        self.assertIn("a.ndi", " ".join(self.by_hand.uploaded()))
        self.assertEqual(self.policy()["trial"], {"ran_s": 0, "uploaded": False, "fetched": False})

        record = json.loads(self.record.read_text())
        record["trial"]["ran_s"] = 86_400
        self.record.write_text(json.dumps(record))
        self.agent(self.laptop).stop()
        self.assertIsNone(self.policy()["trial"])
        self.assertIn("was taken back: no upload was delivered and no policy fetched", self.policy()["trial_end"])
        self.assertEqual(uploads_of(self.laptop), {"beacon1"})

    def prove(self, beacon):
        """By commands, as the list in force."""
        self.serve(document(beacons=lists(location(beacon))))
        self.assertEqual(self.laptop.run("policy").code, 0)
        self.assertEqual(self.laptop.run("upload", self.laptop.file("proof.ndi")).code, 0)
        self.assertEqual(self.laptop.run("policy").code, 0)
        self.assertIsNone(self.policy()["trial"])

    def test_the_list_that_was_proved_is_there_while_a_dead_one_is_on_trial(self):
        self.prove(self.new)
        self.serve(document(beacons=lists(location(free_port()))))
        self.assertEqual(self.laptop.run("policy").code, 0)
        self.by_hand.stop()
        self.assertEqual(self.laptop.run("upload", self.laptop.file("a.ndi")).code, 0)
        self.assertIn("Inventories/a.ndi", self.new.uploaded())
        self.assertIsNotNone(self.policy()["trial"])

    def test_the_agent_lets_the_former_list_go_when_the_new_one_stays(self):
        self.prove(self.new)
        agent = self.agent(self.laptop)
        newest = self.beacon()
        content = document(beacons=lists(location(newest, id="newest")))
        for beacon in (self.by_hand, self.new, newest):
            put(beacon, content)
        self.assertEqual(self.laptop.run("policy").code, 0)
        wait_until(lambda: "the new beacon list stays" in agent.log(), 40, "the end of the trial")
        after = lambda: agent.log().rpartition("the new beacon list stays")[2]
        wait_until(lambda: "the applied policy has changed" in after(), 10, "the change")
        self.assertIn("'newest'", after())
        self.assertNotIn("'lyon'", after())

    def test_the_agent_logs_a_refusal_once_however_often_it_asks(self):
        self.serve(document(beacons=lists(location(self.new))))
        self.assertEqual(self.laptop.run("policy").code, 0)
        self.serve(document(preferences={"CheckServerCertificate": False}))
        asked = lambda: sum(OF_ALL in line for beacon in (self.by_hand, self.new) for line in beacon.requests())
        for _ in range(2):  # a trial that waits for a fetch has the agent ask after each start
            before = asked()
            agent = self.agent(self.laptop)
            wait_until(lambda: asked() > before, 20, "the request")
            wait_until(lambda: self.policy()["refusal"], 10, "the refusal")
            agent.stop()
        self.assertEqual(agent.log().count("is refused: preferences.CheckServerCertificate"), 1)
        self.assertEqual(self.policy()["trial"]["fetched"], False)

    def test_a_running_agent_takes_up_what_a_command_applied(self):
        agent = self.agent(self.laptop)
        self.serve(document(preferences={"NetworkMaxRate": 100_000}))
        self.laptop.run("policy")
        wait_until(lambda: "the applied policy has changed" in agent.log(), 10, "the change")
        self.laptop.put("b.ndi")
        self.arrives(self.by_hand, "Inventories/b.ndi")
