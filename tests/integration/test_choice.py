"""What is remembered of beacons, and what people say about their order."""

import os
import re
import signal
import subprocess
import time
import unittest

from support.agent import Agent
from support.beacon import wait_until
from support.device import PROGRAM
from support.relay import Relay, dead_port
from support.running import Parties
from support.scripted import ScriptedBeacon


class Choice(Parties):
    def chosen(self, device, *words):
        run = device.run("upload", device.file("device.ndi", os.urandom(20_000)), "--json", *words)
        self.assertEqual(run.code, 0, run)
        return run.json()["uploaded"][0]["beacon"]

    def rows(self, device, *words):
        run = device.run("beacons", "--json", *words)
        self.assertEqual(run.code, 0, run)
        return run.json()


class Memory(Choice):
    def test_a_restart_forgets_nothing(self):
        far, near = self.beacon(), self.beacon()
        relay = self.entered(Relay(far.port, 0.5))
        device = self.device(relay.port, near.port)
        self.rows(device, "--fresh")
        before = relay.connections
        for _ in range(5):
            self.assertEqual(self.chosen(device), "beacon2")
        # A busy machine may make one of them wait for long enough to ask the other one too.
        self.assertLessEqual(relay.connections - before, 1, "it raced each time")

    def test_a_beacon_that_became_slow_is_left_after_one_transfer(self):
        first, second = self.beacon(), self.beacon()
        a, b = self.entered(Relay(first.port)), self.entered(Relay(second.port, 0.05))
        device = self.device(a.port, b.port)
        for _ in range(2):
            self.chosen(device)  # nobody knows how the other one answers, and one of them may find out
        self.assertEqual(self.chosen(device), "beacon1")
        a.delay = 0.6
        self.assertEqual(self.chosen(device), "beacon2")
        before = a.connections
        self.assertEqual(self.chosen(device), "beacon2")
        self.assertEqual(a.connections, before)

    def test_a_damaged_history_is_set_aside(self):
        device = self.device(self.beacon().port)
        self.chosen(device)
        history = device.data / "state" / "beacons"
        history.write_bytes(history.read_bytes()[:-7])
        run = device.run("upload", device.file("x"))
        self.assertEqual(run.code, 0, run)
        self.assertIn("is damaged; starting a new one", run.err)
        self.assertTrue(history.with_suffix(".damaged").exists())
        self.assertEqual(device.run("upload", device.file("x")).err, "")

    def test_a_history_that_cannot_be_written_costs_no_transfer(self):
        device = self.device(self.beacon().port)
        (device.data / "state").write_text("not a folder")
        self.assertEqual(self.chosen(device), "beacon1")

    def test_the_agent_and_commands_share_what_they_learn(self):
        far, near = self.beacon(), self.beacon()
        relay = self.entered(Relay(far.port, 0.1))
        device = self.device(relay.port, near.port)
        self.rows(device, "--fresh")  # without a handshake the relay is as near as its first round trip
        agent = Agent(device)
        self.entered(agent)
        device.put("a")
        wait_until(lambda: not device.waiting(), 10)
        wait_until(lambda: (device.data / "state" / "beacons").exists())
        before = relay.connections
        self.assertEqual(self.chosen(device), "beacon2")
        self.assertEqual(relay.connections, before)

    def test_the_agent_takes_up_what_a_command_has_learnt_meanwhile(self):
        first, second = self.beacon(), self.beacon()
        a, b = self.entered(Relay(first.port)), self.entered(Relay(second.port, 0.3))
        device = self.device(a.port, b.port)
        self.entered(Agent(device))
        device.put("a")
        wait_until(lambda: not device.waiting(), 10)
        a.delay, b.delay = 2.0, 0.0  # longer than a busy machine takes for a handshake
        self.rows(device, "--fresh")
        before = len(first.uploaded())
        device.put("b")
        wait_until(lambda: not device.waiting(), 10)
        self.assertEqual(len(first.uploaded()), before)


class Clock(Choice):
    """The history's times are moved, which is what a clock that jumps the other way looks like."""

    def test_a_jump_either_way_leaves_numbers_that_do_not_count_and_are_replaced(self):
        device = self.device(self.beacon().port, self.beacon().port, dead_port())
        self.rows(device, "--fresh", "--for", "upload")
        for days in (-30, 3 * 365):
            with self.subTest(days=days):
                device.pass_time(days * 86400)
                run = device.run("upload", device.file("x"), "-v")
                self.assertEqual((run.code, device.run("upload", device.file("x")).err), (0, ""))
                # Of the beacon that was used; a transfer may be over before another one was seen.
                ages = [time.time() - int(found) / 1000 for found in self.times(device)]
                self.assertTrue(any(0 <= age < 600 for age in ages), ages)

    def times(self, device):
        return re.findall(r"\b\d{13}\b", (device.data / "state" / "beacons").read_text())


class Penalties(Choice):
    def test_a_dead_beacon_costs_one_attempt_and_not_one_per_file(self):
        first, second = self.beacon(), self.beacon()
        relay = self.entered(Relay(second.port, 0.05))
        device = self.device(first.port, relay.port)
        self.assertEqual(self.chosen(device), "beacon1")
        first.stop()
        for number in range(30):
            device.put(f"f{number}")
        run = device.run("upload", "-v")
        self.assertEqual(run.code, 0, run)
        self.assertEqual(len(second.uploaded()), 30)
        self.assertLessEqual(run.err.count("'beacon1'"), 1, run.err)
        [dead] = [row for row in self.rows(device) if row["id"] == "beacon1"]
        self.assertEqual(dead["penalty"], "connect")

    def test_a_beacon_that_dies_between_two_bursts_costs_the_agent_one_attempt(self):
        first, second = self.beacon(), self.beacon()
        relay = self.entered(Relay(second.port, 0.3))
        device = self.device(first.port, relay.port)
        agent = self.entered(Agent(device))
        for burst in range(2):
            for number in range(30):
                device.put(f"f{burst}-{number}")
            wait_until(lambda: not device.waiting(), 30)
            if burst == 0:
                self.assertGreater(len(first.uploaded()), 10)
                first.stop()
        self.assertGreaterEqual(len(second.uploaded()), 30)
        self.assertLessEqual(agent.log().count("'beacon1' (https://localhost:%d) failed" % first.port), 2, agent.log())
        history = device.data / "state" / "beacons"
        wait_until(lambda: re.search(r" connect/\d+/\d+/1/\d+$", history.read_text(), re.M), what="times == 1")

    def test_a_file_that_no_beacon_has_is_held_against_none(self):
        first, second = self.beacon(), self.beacon()
        device = self.device(first.port, second.port)
        for _ in range(2):
            self.assertEqual(device.run("download", "missing.txt").code, 7)
        rows = self.rows(device, "--for", "download")
        self.assertEqual([row["penalty"] for row in rows], [None, None])

    def test_a_beacon_that_lacks_a_file_that_another_has_is_avoided(self):
        without = self.entered(ScriptedBeacon(self.pki, lambda asked: (404, {})))
        relay = self.entered(Relay(self.entered(ScriptedBeacon(self.pki, lambda asked: (200, {}))).port, 0.1))
        device = self.device(without.port, relay.port)
        run = device.run("download", "file.txt")
        self.assertEqual(run.code, 0, run)
        rows = {row["id"]: row["penalty"] for row in self.rows(device, "--for", "download")}
        self.assertEqual(rows, {"beacon1": "declined", "beacon2": None})

    def test_a_busy_beacon_is_left_alone_for_as_long_as_it_asks(self):
        busy = self.entered(ScriptedBeacon(self.pki, lambda asked: (503, {"Retry-After": "3600"})))
        good = self.beacon()
        relay = self.entered(Relay(good.port, 0.05))
        device = self.device(busy.port, relay.port)
        self.assertEqual(self.chosen(device), "beacon2")
        asked = len(busy.asked)
        self.assertGreater(asked, 0)
        for _ in range(3):
            self.assertEqual(self.chosen(device), "beacon2")
        self.assertEqual(len(busy.asked), asked)
        [row] = [row for row in self.rows(device) if row["id"] == "beacon1"]
        self.assertEqual(row["penalty"], "failing")
        self.assertIn("asked clients to wait (Retry-After)", row["reason"])

    def test_a_wait_that_the_only_beacon_asks_for_is_obeyed(self):
        busy = self.entered(ScriptedBeacon(self.pki, lambda asked: (503, {"Retry-After": "3600"})))
        device = self.device(busy.port, NetworkRetries="3")
        run = device.run("upload", device.file("x"))
        self.assertEqual(run.code, 7, run)
        self.assertEqual(len(busy.asked), 1)
        for words in (("upload", device.file("x")), ("upload",)):
            device.put("y")
            run = device.run(*words)
            self.assertEqual(run.code, 7, run)
            self.assertIn("beacon 'beacon1'", run.err)
            self.assertIn("answered HTTP 503 and asked clients to wait until 20", run.err)
        self.assertEqual(len(busy.asked), 1)
        self.assertEqual(len(device.waiting()), 1)
        [row] = self.rows(device)
        self.assertIn("HTTP 503 and asked clients to wait (Retry-After)", row["reason"])

    def test_a_short_wait_that_all_beacons_ask_for_is_waited_for(self):
        script = lambda asked: (503, {"Retry-After": "2"}) if asked.number == 1 else (201, {})
        busy = [self.entered(ScriptedBeacon(self.pki, script)) for _ in range(2)]
        device = self.device(*(one.port for one in busy), NetworkRetries="3", UploadVerify="None")
        device.put("y")
        run = device.run("upload")
        self.assertEqual(run.code, 0, run)
        first, last = (sorted(one.time for beacon in busy for one in beacon.asked)[i] for i in (1, -1))
        self.assertGreater(last - first, 1.9)

    def test_whether_a_slow_beacon_is_back_is_tried_by_no_transfer(self):
        def late_at_first(asked):
            time.sleep(8 if asked.method == "PUT" and asked.number == 1 else 0)
            return 201, {}
        slow = self.entered(ScriptedBeacon(self.pki, late_at_first))
        relay = self.entered(Relay(self.beacon().port, 0.1))
        device = self.device(slow.port, relay.port, NetworkTimeout="1", UploadVerify="None")
        self.assertEqual(self.chosen(device), "beacon2")
        self.assertEqual(len(slow.puts()), 1)
        self.pass_time(device, 3600)
        self.assertEqual(self.chosen(device), "beacon2")
        self.assertEqual([(one.method, one.path) for one in slow.asked[1:]], [("HEAD", "/ManageSoftRL")])
        self.assertEqual(self.chosen(device), "beacon1")

    def test_a_beacon_that_delivers_below_the_minimum_speed_is_left(self):
        late = self.entered(ScriptedBeacon(self.pki, lambda asked: time.sleep(3.2) or (201, {})))
        device = self.device(late.port, UploadVerify="None")
        limit = ("-o", "NetworkMinSpeed=80000")  # 20 KB in two seconds
        self.assertEqual(self.chosen(device, *limit), "beacon1")
        # Only now, as one that had joined would have hindered the transfer.
        device.locations.append(device._location(1, self.beacon().port))
        device.write_config()
        rows = {row["id"]: row["penalty"] for row in self.rows(device)}
        self.assertEqual(rows, {"beacon1": "slow", "beacon2": None})
        self.assertEqual(self.chosen(device, *limit), "beacon2")

    def test_without_a_minimum_speed_a_small_file_that_is_answered_late_is_held_against_nobody(self):
        late = self.entered(ScriptedBeacon(self.pki, lambda asked: time.sleep(3.2) or (201, {})))
        device = self.device(late.port, UploadVerify="None")
        run = device.run("upload", device.file("status", os.urandom(250)))
        self.assertEqual(run.code, 0, run)
        self.assertEqual([row["penalty"] for row in self.rows(device)], [None])

    def test_a_reader_that_is_slow_is_not_held_against_the_beacon(self):
        beacon = self.beacon()
        content = os.urandom(1_000_000)
        beacon.put_download("large", content)
        device = self.device(beacon.port)
        with subprocess.Popen([PROGRAM, "--config", device.config, "download", "large", "-O", "-", "-o",
                               "NetworkMinSpeed=2000000"], stdout=subprocess.PIPE) as download:
            time.sleep(4.5)  # at the minimum speed all of it takes four seconds
            self.assertEqual(download.stdout.read(), content)
        self.assertEqual(download.returncode, 0)
        self.assertEqual([row["penalty"] for row in self.rows(device, "--for", "download")], [None])

    def pass_time(self, device, seconds):
        """As if the penalties in the history had begun so much earlier."""
        history = device.data / "state" / "beacons"
        earlier = lambda found: f"{found[1]}/{int(found[2]) - seconds * 1000}"
        history.write_text(re.sub(r"( (?:slow|connect|late))/(\d+)", earlier, history.read_text()))

    def test_when_all_are_avoided_all_are_asked(self):
        beacon = self.beacon()
        device = self.device(beacon.port, dead_port(), NetworkRetries="0")
        beacon.stop()
        self.assertEqual(device.run("upload", device.file("x")).code, 6)
        beacon.start()
        self.assertEqual(self.chosen(device), "beacon1")

    def test_a_refused_certificate_is_forgiven_when_it_is_replaced(self):
        strict = self.beacon()
        lax = self.entered(ScriptedBeacon(self.pki, lambda asked: (201, {})))  # it looks at no CRL
        relay = self.entered(Relay(strict.port, 0.0))
        slow = self.entered(Relay(lax.port, 0.2))
        device = self.device(relay.port, slow.port, client=self.pki.client_revoked)
        device.run("upload", device.file("x"))
        rows = {row["id"]: row["penalty"] for row in self.rows(device)}
        self.assertEqual(rows["beacon1"], "certificate")
        device.deploy(self.pki.client)
        rows = {row["id"]: row["penalty"] for row in self.rows(device)}
        self.assertIsNone(rows["beacon1"])
        self.assertEqual(self.chosen(device), "beacon1")

    def test_a_frozen_beacon_is_avoided_once_it_was_found_out(self):
        first, second = self.beacon(), self.beacon()
        relay = self.entered(Relay(second.port, 0.05))
        device = self.device(first.port, relay.port)
        self.assertEqual(self.chosen(device), "beacon1")
        first.signal(signal.SIGSTOP)
        self.addCleanup(first.signal, signal.SIGCONT)
        self.assertEqual(self.chosen(device), "beacon2")
        run = device.run("upload", device.file("x"))
        self.assertEqual(run.code, 0, run)
        self.assertLess(run.seconds, 10, "it waited for the beacon that is frozen")


class Orders(Choice):
    def fixed(self, port, number):
        return {"Port": port, "AutoPriority": "False", "Priority": str(number)}

    def test_a_fixed_priority_beats_a_faster_beacon(self):
        slow, fast = self.beacon(), self.beacon()
        relay = self.entered(Relay(slow.port, 0.1))
        device = self.device(self.fixed(fast.port, 2), self.fixed(relay.port, 1))
        for _ in range(2):
            self.assertEqual(self.chosen(device), "beacon2")
        self.assertEqual([row["id"] for row in self.rows(device)], ["beacon2", "beacon1"])
        self.assertIn("Priority=1", self.rows(device)[0]["reason"])
        slow.stop()
        self.assertEqual(self.chosen(device), "beacon1")

    def test_highest_and_lowest_priority_set_the_algorithm_s_numbers_among_fixed_ones(self):
        first, second = self.beacon(), self.beacon()
        relay = self.entered(Relay(second.port, 0.1))
        device = self.device(first.port, self.fixed(relay.port, 5))
        self.assertEqual(self.chosen(device), "beacon1")
        self.assertEqual(self.chosen(device, "-o", "HighestPriority=10"), "beacon2")
        with_none = self.device(first.port, {"Port": relay.port, "AutoPriority": "False"})
        self.assertEqual(self.chosen(with_none), "beacon1")
        self.assertEqual(self.chosen(with_none, "-o", "LowestPriority=1"), "beacon2")

    def test_names_and_addresses_decide_where_an_algorithm_says_so(self):
        beacon = self.beacon()
        device = self.device({"Port": beacon.port, "Host": "127.0.0.1"}, beacon.port, MachineId="local")
        self.assertEqual(self.chosen(device, "-o", "SelectorAlgorithm=MgsNameMatch"), "beacon2")
        self.assertEqual(self.chosen(device, "-o", "SelectorAlgorithm=MgsNameMatch(20,,true)"), "beacon2")
        ids = [row["id"] for row in self.rows(device, "-o", "SelectorAlgorithm=MgsNameMatch(20,,true)")
               if row["penalty"] is None]
        self.assertEqual(ids, ["beacon2"])
        run = device.run("upload", device.file("x"), "-o", "SelectorAlgorithm=MgsSubnetMatch(,true)")
        self.assertEqual(run.code, 3, run)
        self.assertIn("left out by SelectorAlgorithm", run.err)

    def test_mgsrandom_draws_once_in_each_run(self):
        beacons = [self.beacon() for _ in range(3)]
        device = self.device(*(beacon.port for beacon in beacons), SelectorAlgorithm="MgsRandom", MaxConcurrentTransfers="1")
        chosen = set()
        for run in range(20):
            for number in range(3):
                device.put(f"f{run}-{number}")
            before = [len(beacon.uploaded()) for beacon in beacons]
            self.assertEqual(device.run("upload").code, 0)
            [one] = [place for place, beacon in enumerate(beacons) if len(beacon.uploaded()) > before[place]]
            chosen.add(one)
            if len(chosen) > 1:
                return
        self.fail("twenty runs went to the same beacon")

    def test_the_domain_of_the_device_decides_for_mgsdomainmatch(self):
        device = self.device({"Port": 1, "Host": "a.lyon.example.test"}, {"Port": 1, "Host": "b.paris.example.test"})
        words = ("-o", "SelectorAlgorithm=MgsDomainMatch", "-o", "ComputerDomain=paris.example.test")
        rows = device.run("beacons", "--json", *words).json()
        again = device.run("upload", device.file("x"), *words, "-v", "-o", "NetworkRetries=0")
        self.assertEqual(again.code, 6)
        self.assertEqual({row["penalty"] for row in rows}, {"name"})
        history = device.data / "state" / "beacons"
        history.unlink()
        first = device.run("upload", device.file("x"), *words, "-v", "-o", "NetworkRetries=0")
        self.assertLess(first.err.index("'beacon2'"), first.err.index("'beacon1'"), first)

    def test_wrong_algorithms_are_refused_with_the_place_of_the_mistake(self):
        device = self.device(1)
        for value, wrong in (("MgsPong", "unknown algorithm 'MgsPong'"), ("MgsPing(x)", "not a whole number")):
            run = device.run("upload", device.file("x"), "-o", f"SelectorAlgorithm={value}")
            self.assertEqual(run.code, 3, run)
            self.assertIn(wrong, run.err)

    def test_one_id_with_two_hosts_is_refused_with_both_lines(self):
        device = self.device(1)
        first = device.config.read_text().splitlines().index("Host=localhost") + 1
        section = r"[ManageSoft\Common\UploadSettings\beacon1]"
        device.config.write_text(device.config.read_text() + f"{section}\nHost=elsewhere.test\n")
        second = len(device.config.read_text().splitlines())
        run = device.run("upload", device.file("x"))
        self.assertEqual(run.code, 3, run)
        for line in (first, second):
            self.assertRegex(run.err, rf"config.ini:{line}\b")

    def test_all_invalid_is_an_error_of_its_own(self):
        device = self.device({"Port": 1, "Priority": "invalid"})
        run = device.run("upload", device.file("x"))
        self.assertEqual(run.code, 3, run)
        self.assertEqual([row["penalty"] for row in self.rows(device)], ["invalid"])


class Listing(Choice):
    def test_numbers_come_from_transfers_and_fresh_ones_from_now(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        device.run("upload", device.file("large", os.urandom(2_000_000)))
        [row] = self.rows(device)
        self.assertGreater(row["goodput_bps"], 1_000_000)
        self.assertGreater(row["tls_ms"], 0)
        beacon.stop()
        [row] = self.rows(device)
        self.assertIsNone(row["penalty"])
        [row] = self.rows(device, "--fresh")
        self.assertEqual(row["penalty"], "connect")
        self.assertIn("errno 111", row["reason"])

    def test_fresh_shows_what_it_has_measured_and_not_worse_times_of_before(self):
        relay = self.entered(Relay(self.beacon().port, 1.0))
        device = self.device(relay.port)
        [row] = self.rows(device, "--fresh")
        self.assertGreater(row["tls_ms"], 1000)
        relay.delay = 0.0
        [row] = self.rows(device, "--fresh")
        self.assertLess(row["tls_ms"], 480)

    def test_each_direction_has_its_own(self):
        device = self.device(self.beacon().port)
        device.run("upload", device.file("large", os.urandom(2_000_000)))
        [row] = self.rows(device, "--for", "download")
        self.assertIsNone(row["goodput_bps"])


if __name__ == "__main__":
    unittest.main()
