"""Updates from real beacons: what the agent fetches, verifies, stages and reports. Root's step is tests/system/test_updates.py."""

import base64
import json
import pathlib
import platform
import tempfile
import time

from support import releases
from support.beacon import wait_until
from support.releases import DAY, Maker, freshness
from support.running import Run

PREFERENCE, REFUSED = 3, 7
PLATFORM = f"linux-{platform.machine()}-tar"


def release(package, number=2, **more):
    return releases.release(package, number, PLATFORM, f"muster-1.{number}.tar.gz", **more)


class Updates(Run):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.maker = Maker(self.folder)
        self.served = self.beacon()
        self.laptop = self.device(self.served.port, MachineId="laptop-17", NetworkRetries="0", SoftwareUpdates="True",
                                  UpdateKeyFile=str(self.maker.public))
        self.state = self.laptop.data / "state"
        self.package = b"the package of release 2 " * 10_000

    def serve(self, release_statement, freshness_statement, package, maker=None):
        releases.serve(self.served, maker or self.maker, release_statement, freshness_statement, package, PLATFORM)

    def serve_good(self, number=2, **more):
        statement = release(self.package, number, **more)
        self.serve(statement, freshness(statement), self.package)

    def update(self, *words, code=0):
        run = self.laptop.run("update", *words)
        self.assertEqual(run.code, code, run)
        return run

    def refused(self, reason):
        run = self.update(code=REFUSED)
        self.assertIn(f"the update is refused: {reason}: ", run.err)
        self.assertEqual(self.status()["reason"], reason)
        self.assertFalse(self.staged().exists())

    def status(self):
        return self.laptop.run("status", "--json").json()["update"]

    def staged(self):
        return self.state / "updates" / "package"


class Staged(Updates):
    def test_a_good_release_is_staged_verified_and_reported(self):
        self.serve_good()
        self.assertEqual(self.update().out, "release 2 (1.2) is staged and verified\n")
        self.assertEqual(self.staged().read_bytes(), self.package)
        status = self.status()
        self.assertEqual((status["number"], status["version"], status["staged"]), (2, "1.2", True))
        self.assertIn("update       release 2 (1.2) is staged and waits to be installed", self.laptop.run("status").out)
        self.assertIn("release 2 (1.2) is staged", self.laptop.run("doctor").out)
        self.assertFalse((self.state / "update").exists(), "no package tool installed this program, so none is asked for")

    def test_a_package_that_is_staged_is_not_fetched_again(self):
        self.serve_good()
        self.update()
        (self.served.folder / "download" / "Updates" / "muster-1.2.tar.gz").unlink()
        self.assertEqual(self.update().out, "release 2 (1.2) is staged and verified\n")

    def test_without_updates_on_the_beacon_nothing_happens(self):
        self.assertEqual(self.update().out, "no beacon has an update for this device\n")

    def test_nothing_is_fetched_unless_the_preference_says_so(self):
        self.serve_good()
        run = self.update("-o", "SoftwareUpdates=False", code=PREFERENCE)
        self.assertIn("SoftwareUpdates is False", run.err)
        self.assertFalse((self.state / "updates").exists())

    def test_a_roll_out_that_has_not_come_here_yet_is_waited_for(self):
        self.serve_good(rollout_percent=0)
        self.assertTrue(self.update().out.startswith("not-in-rollout: release 2 is rolled out to 0 %"))
        self.assertFalse(self.staged().exists())
        self.assertIn("update       not-in-rollout", self.laptop.run("status").out)

    def test_where_policy_wants_another_version_the_release_waits(self):
        self.served.put_download("Policies/default.json",
                                 json.dumps({"muster_policy": 1, "agent": {"version": "1.1"}}).encode())
        self.assertEqual(self.laptop.run("policy").code, 0)
        self.serve_good()
        self.assertTrue(self.update().out.startswith("not-wanted: policy wants version 1.1"))

    def test_the_running_agent_says_why_it_refuses(self):
        self.serve({**release(self.package), "product": "other"}, freshness(release(self.package)), self.package)
        self.served.put_download("Policies/default.json", json.dumps({"muster_policy": 1, "schedule": [
            {"id": "now", "action": "policy", "triggers": [{"kind": "once"}]}]}).encode())
        self.assertEqual(self.laptop.run("policy").code, 0)
        agent = self.agent(self.laptop)
        wait_until(lambda: "updates: wrong-product: " in agent.log(), 60, "the refusal")


class Refused(Updates):
    def test_each_attack_by_a_beacon_is_refused_for_its_own_reason(self):
        good = release(self.package)
        now = int(time.time())
        # The oldest first: what was seen once rules out what is older.
        stranger = Maker(self.folder, "stranger")
        attacks = {
            "frozen": (good, freshness(good, issued=now - 40 * DAY), self.package),
            "wrong-product": (release(self.package, product="other"), freshness(good), self.package),
            "wrong-platform": ({**good, "platform": "linux-s390x-deb"}, freshness(good), self.package),
            "mixed": (good, freshness(release(self.package, 3)), self.package),
            "wrong-digest": (good, freshness(good), self.package[:-1] + b"X"),
            "longer": (good, freshness(good), self.package + b"and more"),
            "withdrawn": ({**good, "not_after": now - DAY}, freshness(good), self.package),
            "not-yet-valid": (good, freshness(good, issued=now + DAY), self.package),
            "unknown-key": (good, freshness(good), self.package, stranger),
        }
        for reason, served in attacks.items():
            with self.subTest(reason):
                self.serve(*served)
                self.refused(reason)
                self.assertIn(f"the last update was refused: {reason}", self.laptop.run("doctor").out)
        self.serve_good()
        self.update()
        self.assertIsNone(self.status()["reason"])

    def test_a_revoked_key_signs_nothing(self):
        self.serve_good()
        (self.folder / "revoked").write_text(f"# stolen\n{self.maker.hex}\n")
        run = self.update(code=REFUSED)
        self.assertIn("revoked-key: it is signed by the key " + self.maker.hex, run.err)

    def test_statements_of_before_are_refused_once_newer_ones_were_seen(self):
        good = release(self.package)
        now = int(time.time())
        self.serve(good, freshness(good, issued=now - 100), self.package)
        self.update()
        self.staged().unlink()
        self.serve(good, freshness(good, issued=now - 200), self.package)
        self.refused("replayed")

    def test_what_was_changed_on_the_beacon_after_it_was_signed_is_refused(self):
        good = release(self.package)
        self.serve(good, freshness(good), self.package)
        signed = json.loads(self.maker.envelope(good))
        signed["statement"] = base64.b64encode(json.dumps({**good, "number": 3}).encode()).decode()
        releases.put(self.served, f"{PLATFORM}.json", json.dumps(signed).encode())
        self.refused("bad-signature")

    def test_without_a_key_nothing_is_accepted(self):
        self.serve_good()
        run = self.update("-o", "UpdateKeyFile=/nonexistent/key.pem", code=REFUSED)
        self.assertIn("no-key: ", run.err)
        run = self.laptop.run("doctor", "-o", "UpdateKeyFile=/nonexistent/key.pem")
        self.assertIn("no-key: ", run.out)

    def test_a_statement_that_is_a_page_of_html_or_far_too_large_stages_nothing(self):
        for content in (b"<html>", b"x" * 100_000):
            self.serve_good()
            releases.put(self.served, "freshness.json", content)
            self.assertNotEqual(self.laptop.run("update").code, 0)
            self.assertFalse(self.staged().exists())
