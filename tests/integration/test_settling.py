"""When an upload counts as done (UploadVerify), and when and how often it is tried again (NetworkRetries)."""

import os
import time
from email.utils import formatdate

from support.agent import Agent
from support.beacon import Beacon, wait_until
from support.hostile import Hostile
from support.relay import dead_port
from support.running import Parties


def keeps(asked):
    """A script: 201, and HEAD tells of the file."""
    return (201, {}) if asked.method == "PUT" else (200, {"Content-Length": "9"})


def keeps_nothing(asked):
    """As a proxy in the way answers: a page, and no file."""
    return (200, {"Content-Type": "text/html"}, b"<html>welcome</html>") if asked.method == "PUT" else (404, {})


def takes_away(accepts, head):
    """As real beacons do: what has arrived is gone at once."""
    return lambda asked: (accepts, {}) if asked.method == "PUT" else (head, {})


def may_not_be_asked(status):
    return lambda asked: (201, {}) if asked.method == "PUT" else (status, {})


def busy_at_first(times, status=503, **headers):
    """Refuses the first PUTs."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda asked: (status, fields) if asked.method == "PUT" and asked.number <= times else keeps(asked)


class Settling(Parties):
    def both_ways(self, device, name="a"):
        """The file named on the command line, then the spool with one file."""
        yield device.run("upload", device.file(name))
        device.put(name)
        yield device.run("upload")


class Kept(Settling):
    def test_what_a_beacon_accepts_and_does_not_keep_is_not_delivered(self):
        for verify in ("First", "All"):
            with self.subTest(verify):
                beacon = self.scripted(keeps_nothing)
                device = self.device(beacon.port, UploadVerify=verify)
                for run in self.both_ways(device):
                    self.assertEqual(run.code, 7, run)
                    self.assertIn("it accepted the upload but did not store it: HEAD (UploadVerify) finds HTTP 404",
                                  run.err)
                self.assertEqual(device.waiting(), {"Inventories/a"})
                self.assertEqual(device.rejected(), {})

    def test_what_a_beacon_takes_away_at_once_is_delivered(self):
        for accepts in (200, 201, 202, 204):
            for head in (404, 410):
                with self.subTest(accepts, head=head):
                    beacon = self.scripted(takes_away(accepts, head))
                    device = self.device(beacon.port)
                    for number in range(3):
                        device.put(f"f{number}")
                    run = device.run("-v", "upload")
                    self.assertEqual(run.code, 0, run)
                    self.assertEqual(device.waiting(), set())
                    self.assertEqual(len(beacon.puts()), 3)
                    notes = [line for line in run.lines() if "takes uploads away at once" in line]
                    self.assertEqual(len(notes), 1, run)

    def test_a_beacon_that_takes_files_away_gets_each_once_from_the_agent(self):
        beacon = self.scripted(takes_away(201, 404))
        device = self.device(beacon.port)
        with Agent(device) as agent:
            for number in range(5):
                device.put(f"f{number}")
            wait_until(lambda: not device.waiting())
            self.assertEqual(agent.log().count("takes uploads away at once"), 1, agent.log())
        self.assertEqual(len(beacon.puts()), 5)

    def test_what_says_too_little_is_not_believed(self):
        for accepts, head in ((203, 404), (207, 404), (201, 302), (202, 400), (204, 416)):
            with self.subTest(accepts, head=head):
                beacon = self.scripted(takes_away(accepts, head))
                device = self.device(beacon.port, NetworkRetries="0")
                device.put("a")
                self.assertEqual(device.run("upload").code, 7)
                self.assertEqual(device.waiting(), {"Inventories/a"})

    def test_a_page_instead_of_an_answer_is_not_believed_where_head_fails(self):
        pages = (({"Content-Type": "text/html"}, b"<html>login</html>"), ({}, b"<!DOCTYPE html><title>x</title>"),
                 ({"Content-Type": "text/html; charset=utf-8"}, b"\r\n <script>location='/login'</script>"))
        for fields, body in pages:
            for head in (404, 410, 403, 405, 302, 501):
                with self.subTest(body, head=head):
                    beacon = self.scripted(lambda asked: (200, fields, body) if asked.method == "PUT" else (head, {}))
                    device = self.device(beacon.port, NetworkRetries="0")
                    device.put("a")
                    self.assertEqual(device.run("upload").code, 7)
                    self.assertEqual(device.waiting(), {"Inventories/a"})

    def test_a_page_instead_of_an_answer_is_not_believed_after_good_answers_either(self):
        page = (200, {"Content-Type": "text/html"}, b"<html>Down for maintenance</html>")

        def script(asked):
            if asked.method == "PUT":
                return (201, {}) if asked.number == 1 else page
            return (200, {"Content-Length": "9"}) if asked.number == 1 else head

        for head in ((404, {}), (200, {"Content-Length": "33"}), (503, {}), (204, {}),
                     (200, {"Transfer-Encoding": "chunked"})):
            for agent in (False, True):
                with self.subTest(head=head, agent=agent):
                    beacon = self.scripted(script)
                    device = self.device(beacon.port, NetworkRetries="0")
                    for number in range(3):
                        device.put(f"f{number}")
                    if agent:
                        with Agent(device) as running:
                            wait_until(lambda: "failed" in running.log())
                    else:
                        self.assertNotEqual(device.run("upload").code, 0)
                    self.assertEqual(len(device.waiting()), 2)

    def test_a_beacon_that_cannot_be_asked_gets_each_file_once(self):
        def breaks(talk):
            if talk.method == "PUT":
                talk.read_body()
                return talk.send("HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            return talk.cut()

        def is_busy(talk):
            if talk.method == "PUT":
                return breaks(talk)
            return talk.send("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

        def is_silent(talk):
            return breaks(talk) if talk.method == "PUT" else talk.wait(10)

        for script in (breaks, is_busy, is_silent):
            with self.subTest(script.__name__), Hostile(self.pki, script) as beacon:
                device = self.device(beacon.port, NetworkTimeout="1")
                for number in range(3):
                    device.put(f"f{number}")
                run = device.run("upload")
                self.assertEqual(run.code, 0, run)
                self.assertEqual(device.waiting(), set())
                self.assertEqual([talk.method for talk in beacon.talks].count("PUT"), 3)
                warnings = [line for line in run.lines() if "cannot be asked about it" in line]
                self.assertEqual(len(warnings), 1, run)

    def test_an_empty_answer_or_a_word_is_no_page(self):
        for body in (b"", b"OK", b"stored"):
            with self.subTest(body):
                beacon = self.scripted(lambda asked: (200, {"Content-Type": "text/html"}, body)
                                       if asked.method == "PUT" else (404, {}))
                device = self.device(beacon.port)
                device.put("a")
                self.assertEqual(device.run("upload").code, 0)

    def test_another_length_refuses_whatever_the_status_was(self):
        for accepts in (200, 201, 202, 204):
            with self.subTest(accepts):
                beacon = self.scripted(lambda asked: (accepts, {}) if asked.method == "PUT"
                                       else (200, {"Content-Length": "4"}))
                device = self.device(beacon.port, NetworkRetries="0")
                device.put("a")
                run = device.run("upload")
                self.assertEqual(run.code, 7, run)
                self.assertIn("a file of 4 bytes", run.err)

    def test_where_all_are_to_be_verified_what_is_gone_is_not_believed(self):
        for accepts in (200, 201, 202, 204):
            beacon = self.scripted(takes_away(accepts, 404))
            device = self.device(beacon.port, UploadVerify="All", NetworkRetries="0")
            device.put("a")
            self.assertEqual(device.run("upload").code, 7)
            self.assertEqual(device.waiting(), {"Inventories/a"})

    def test_a_beacon_that_does_not_know_head_is_believed(self):
        beacon = self.scripted(takes_away(201, 501))
        device = self.device(beacon.port)
        device.put("a")
        run = device.run("upload")
        self.assertEqual(run.code, 0, run)
        self.assertIn("HTTP 501", run.err)

    def test_a_file_that_is_kept_in_part_is_not_delivered(self):
        beacon = self.scripted(lambda asked: keeps(asked) if asked.method == "PUT" else (200, {"Content-Length": "4"}))
        device = self.device(beacon.port)
        device.put("a")
        run = device.run("upload")
        self.assertEqual(run.code, 7, run)
        self.assertIn("a file of 4 bytes", run.err)
        self.assertEqual(device.waiting(), {"Inventories/a"})

    def test_what_is_added_after_the_answer_is_not_removed_with_the_rest(self):
        device = self.device()

        def adds(asked):
            if asked.method == "HEAD" and asked.number == 1:
                with (device.spool / "Inventories" / "growing").open("ab") as file:
                    file.write(b", and more")
            return keeps(asked) if asked.method == "PUT" else (200, {"Content-Length": str(sizes[asked.number - 1])})

        sizes = [9, 19]
        beacon = self.scripted(adds)
        device.locations = [device._location(0, beacon.port)]
        device.write_config()
        device.put("growing")
        run = device.run("upload")
        self.assertEqual(run.code, 8, run)
        self.assertIn("growing: it changed while it was uploaded", run.err)
        self.assertEqual((device.spool / "Inventories" / "growing").read_bytes(), b"inventory, and more")
        self.assertEqual(device.run("upload").code, 0)
        self.assertEqual([asked.body for asked in beacon.puts()], [b"inventory", b"inventory, and more"])
        self.assertEqual(device.waiting(), set())

    def test_without_verification_the_answer_is_believed(self):
        beacon = self.scripted(keeps_nothing)
        device = self.device(beacon.port, UploadVerify="None")
        for run in self.both_ways(device):
            self.assertEqual(run.code, 0, run)
        self.assertEqual(device.waiting(), set())
        self.assertEqual({asked.method for asked in beacon.asked}, {"PUT"})

    def test_each_run_asks_for_the_first_file_or_for_all(self):
        for verify, heads in (("First", 1), ("All", 5)):
            with self.subTest(verify):
                beacon = self.scripted(keeps)
                device = self.device(beacon.port, UploadVerify=verify)
                for number in range(5):
                    device.put(f"f{number}")
                self.assertEqual(device.run("upload").code, 0)
                self.assertEqual([asked.method for asked in beacon.asked].count("HEAD"), heads)
                self.assertEqual(beacon.asked[1].path, beacon.asked[0].path)

    def test_a_beacon_that_may_not_be_asked_is_believed_with_a_warning(self):
        for status in (401, 403, 405):
            with self.subTest(status):
                beacon = self.scripted(may_not_be_asked(status))
                device = self.device(beacon.port)
                for number in range(3):
                    device.put(f"f{number}")
                run = device.run("upload")
                self.assertEqual(run.code, 0, run)
                warnings = [line for line in run.lines() if f"HTTP {status}" in line]
                self.assertEqual(len(warnings), 1, run)
                self.assertIn("UploadVerify", warnings[0])
                self.assertEqual(device.waiting(), set())

    def test_where_all_are_to_be_verified_it_is_not_believed(self):
        beacon = self.scripted(may_not_be_asked(403))
        device = self.device(beacon.port, UploadVerify="All")
        for run in self.both_ways(device):
            self.assertEqual(run.code, 7, run)
            self.assertIn("HTTP 403", run.err)
        self.assertEqual(device.waiting(), {"Inventories/a"})

    def test_a_length_that_is_not_told_proves_nothing(self):
        def script(talk):
            if talk.method == "PUT":
                talk.read_body()
                return talk.send("HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            return talk.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")

        for verify, code in (("All", 7), ("First", 0)):
            with self.subTest(verify), Hostile(self.pki, script) as beacon:
                device = self.device(beacon.port, UploadVerify=verify, NetworkRetries="0")
                for run in self.both_ways(device):
                    self.assertEqual(run.code, code, run)
                    self.assertIn("length", run.err)
                self.assertEqual(device.waiting(), set() if code == 0 else {"Inventories/a"})

    def test_a_busy_answer_to_the_question_is_asked_for_again(self):
        for status in (408, 429, 503):
            with self.subTest(status):
                beacon = self.scripted(lambda asked: (status, {}) if asked.method == "HEAD" and asked.number == 1
                                       else keeps(asked))
                device = self.device(beacon.port)
                device.put("a")
                run = device.run("upload")
                self.assertEqual(run.code, 0, run)
                self.assertEqual(device.waiting(), set())

    def test_a_beacon_that_keeps_nothing_is_replaced_by_one_that_does(self):
        liar = self.scripted(keeps_nothing)
        with Beacon(self.pki) as honest:
            # One after the other: two that are under way at once can both be at the liar before it is found out.
            device = self.device(liar.port, honest.port, MaxConcurrentTransfers="1")
            for number in range(5):
                device.put(f"f{number}")
            run = device.run("upload")
            self.assertEqual(run.code, 0, run)
            self.assertEqual(len(honest.uploaded()), 5)
            self.assertLessEqual(len(liar.puts()), 1)


class OneFileAmongOthers(Settling):
    """What fails every time keeps nothing else from going out, wherever it stands in the folder."""

    def spool(self, device, bad, good):
        """Fills it; returns the names that a scan comes upon first."""
        for number in range(bad + good):
            last = device.put(f"f{number}")
        self.outlive_the_tick_of(last)
        return os.listdir(device.spool / "Inventories")[:bad]

    def outlive_the_tick_of(self, path):
        """A file that was written a moment ago is left for later, wherever a scan comes upon it."""
        wait_until(lambda: time.time() - path.stat().st_ctime > 0.1)

    def refusing(self, status, bad):
        """A beacon that answers so for the names in the list `bad`."""
        def script(asked):
            return (status, {}) if asked.path.rpartition("/")[2] in bad else keeps(asked)
        return self.scripted(script)

    def agent(self, device):
        agent = Agent(device)
        self.addCleanup(agent.__exit__)
        return agent.__enter__()

    def all_but(self, device, bad):
        return device.waiting() == {f"Inventories/{name}" for name in bad}

    def test_a_beacon_fails_at_one_file(self):
        for by_agent in (False, True):
            with self.subTest(by_agent=by_agent):
                bad = []
                beacon = self.refusing(500, bad)
                device = self.device(beacon.port)
                bad += self.spool(device, 1, 5)
                if by_agent:
                    self.agent(device)
                    wait_until(lambda: self.all_but(device, bad))
                    continue
                run = device.run("upload")
                self.assertEqual(run.code, 9, run)
                self.assertTrue(self.all_but(device, bad), run)
                tries = [one.number for one in beacon.puts() if one.path.endswith(bad[0])]
                self.assertEqual((tries[0], tries[1:]), (1, [7]))  # again, after all others

    def test_one_beacon_refuses_a_file_and_the_other_is_dead(self):
        for by_agent in (False, True):
            with self.subTest(by_agent=by_agent):
                bad = []
                device = self.device(self.refusing(413, bad).port, dead_port())
                bad += self.spool(device, 1, 3)
                if by_agent:
                    self.agent(device)
                    wait_until(lambda: self.all_but(device, bad))
                else:
                    self.assertEqual(device.run("upload").code, 9)
                    self.assertTrue(self.all_but(device, bad))
                self.assertEqual(device.rejected(), {})

    def test_three_that_are_refused_come_last_the_next_time(self):
        for by_agent in (False, True):
            with self.subTest(by_agent=by_agent):
                bad = []
                device = self.device(self.refusing(404, bad).port)
                bad += self.spool(device, 3, 5)
                if by_agent:
                    agent = self.agent(device)
                    wait_until(lambda: "in a row were refused" in agent.log())
                    agent.reload()  # by itself it goes through the spool again after a minute
                    wait_until(lambda: self.all_but(device, bad))
                    continue
                run = device.run("upload")
                self.assertEqual((run.code, len(device.waiting())), (7, 8), run)
                self.assertIn("3 files of type Inventories in a row were refused", run.err)
                run = device.run("upload")
                self.assertEqual(run.code, 9, run)
                self.assertTrue(self.all_but(device, bad), run)

    def test_a_file_that_breaks_every_connection_comes_last_the_next_time(self):
        bad = []

        def script(asked):
            if asked.path.rpartition("/")[2] in bad:
                raise ConnectionError
            return keeps(asked)

        device = self.device(self.scripted(script).port, NetworkRetries="0")
        bad += self.spool(device, 1, 5)
        self.assertEqual(device.run("upload").code, 6)
        device.run("upload")
        self.assertTrue(self.all_but(device, bad))

    def test_a_beacon_that_fails_at_every_file_is_given_up(self):
        beacon = self.scripted(busy_at_first(99, 500))
        device = self.device(beacon.port)
        self.spool(device, 0, 10)
        run = device.run("upload")
        self.assertEqual(run.code, 7, run)
        self.assertIn("3 files of type Inventories in a row were refused", run.err)
        self.assertEqual(len(beacon.puts()), 4)  # the last one after a pause
        self.assertEqual(len(device.waiting()), 10)


class TriedAgain(Settling):
    def test_a_busy_beacon_is_tried_again_after_a_second_at_least(self):
        for way in (0, 1):
            with self.subTest(way):
                beacon = self.scripted(busy_at_first(1))
                device = self.device(beacon.port)
                if way:
                    device.put("a")
                run = device.run("upload") if way else device.run("upload", device.file("a"))
                self.assertEqual(run.code, 0, run)
                first, second = beacon.puts()
                self.assertGreaterEqual(second.time - first.time, 1)
                self.assertEqual(second.body, b"inventory")
                self.assertEqual(device.waiting(), set())

    def test_retry_after_is_obeyed(self):
        for value in (lambda: "3", lambda: formatdate(time.time() + 3.9, usegmt=True)):
            with self.subTest(value()):
                beacon = self.scripted(busy_at_first(1, 429, Retry_After=value()))
                device = self.device(beacon.port)
                device.put("a")
                run = device.run("upload")
                self.assertEqual(run.code, 0, run)
                first, second = beacon.puts()
                self.assertGreater(second.time - first.time, 2.5)

    def test_a_retry_after_beyond_the_limit_is_not_waited_for(self):
        for way in (0, 1):
            beacon = self.scripted(busy_at_first(99, Retry_After="9999"))
            device = self.device(beacon.port, NetworkRetries="5")
            if way:
                device.put("a")
            run = device.run("upload") if way else device.run("upload", device.file("a"))
            self.assertEqual(run.code, 7, run)
            self.assertEqual(len(beacon.puts()), 1)

    def test_no_more_tries_than_allowed(self):
        for retries in (0, 2):
            with self.subTest(retries):
                beacon = self.scripted(busy_at_first(99))
                device = self.device(beacon.port, NetworkRetries=str(retries))
                for number in range(10):
                    device.put(f"f{number}")
                self.assertEqual(device.run("upload").code, 7)
                self.assertEqual(len(beacon.puts()), retries + 1)
                self.assertEqual(len(device.waiting()), 10)

    def test_no_try_comes_after_the_longest_period(self):
        beacon = self.scripted(busy_at_first(99))
        device = self.device(beacon.port, NetworkRetries="8", NetworkRetryPeriodIncrement="1",
                             MaximumNetworkRetryPeriod="3")
        for run in self.both_ways(device):
            self.assertEqual(run.code, 7, run)
        self.assertEqual(len(beacon.puts()), 6)  # after 1 and 3 s at the latest

    def test_what_does_not_pass_by_itself_is_not_tried_again(self):
        for status in (403, 404, 413):
            with self.subTest(status):
                beacon = self.scripted(busy_at_first(99, status, Retry_After="1"))
                device = self.device(beacon.port, NetworkRetries="5")
                self.assertEqual(device.run("upload", device.file("a")).code, 7)
                self.assertEqual(len(beacon.puts()), 1)

    def test_a_dead_beacon_is_tried_again_and_then_given_up(self):
        device = self.device(dead_port())
        run = device.run("upload", device.file("a"))
        self.assertEqual(run.code, 6, run)
        self.assertGreaterEqual(run.seconds, 1)

    def test_a_busy_beacon_does_not_hold_up_one_that_is_not(self):
        wait = 60
        busy = self.scripted(busy_at_first(99, Retry_After=str(wait)))
        with Beacon(self.pki) as idle:
            device = self.device(busy.port, idle.port)
            for number in range(20):
                device.put(f"f{number}")
            run = device.run("upload")
            self.assertEqual(run.code, 0, run)
            self.assertLess(run.seconds, wait)
            self.assertEqual(len(idle.uploaded()), 20)
            self.assertLessEqual(len(busy.puts()), 2)
