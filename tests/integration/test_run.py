"""The agent: what is put into the spool goes out by itself, whatever happens to beacons and preferences meanwhile."""

import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

from support.beacon import free_port, wait_until
from support.crash import fault_words
from support.device import PROGRAM
from support.relay import Relay, SilentPort, dead_port
from support.running import Run
from support.scripted import ScriptedBeacon

AT_FDCWD, AT_SYMLINK_FOLLOW = -100, 0x400


class NewFiles(Run):
    def setUp(self):
        self.here = self.beacon()
        self.mine = self.device(self.here.port)

    def test_what_waits_goes_out_at_the_start(self):
        self.mine.put("waiting")
        self.agent(self.mine)
        self.arrives(self.here, "Inventories/waiting")
        wait_until(lambda: not self.mine.waiting())

    def test_a_certificate_that_ends_soon_is_told_once_a_day(self):
        self.mine.deploy(self.pki.client_ending)
        agent = self.agent(self.mine)
        for name in ("a", "b"):
            self.mine.put(name)
            self.arrives(self.here, f"Inventories/{name}")
        self.assertEqual(agent.log().count("expires in 9 days"), 1, agent.log())
        self.assertIn("muster cert request", agent.log())

    def metrics_of_one_upload(self):
        """The agent's file of metrics, once it reports the upload of a file of 1,000 bytes."""
        file = self.mine.folder / "muster.prom"
        self.mine.preferences["MetricsFile"] = str(file)
        self.mine.write_config()
        self.mine.put("a", bytes(1000))
        self.agent(self.mine)
        wait_until(lambda: file.exists() and "muster_uploads_delivered_total 1\n" in file.read_text())
        return file

    def test_metrics_are_written_where_they_are_asked_for(self):
        file = self.metrics_of_one_upload()
        text = file.read_text()
        for line in ("muster_upload_bytes_total 1000", "muster_spool_left_files 0", "muster_uploads_failing 0"):
            self.assertIn(line + "\n", text)
        ends = int(re.search(r"^muster_client_certificate_not_after_seconds (\d+)$", text, re.MULTILINE)[1])
        self.assertAlmostEqual(ends, time.time() + 90 * 86400, delta=600)
        self.here.stop()
        self.mine.put("b")
        wait_until(lambda: "muster_uploads_failing 1\n" in file.read_text(), seconds=15)

    def test_metrics_tell_types_beacons_and_causes_and_promtool_accepts_them(self):
        file = self.metrics_of_one_upload()
        self.here.stop()
        self.mine.put("b", type="Discovery")
        wait_until(lambda: "muster_uploads_failing 1\n" in file.read_text(), seconds=15)
        text = file.read_text()
        self.assertRegex(text, r'(?m)^muster_build_info\{version="\d+\.\d+\.\d+"\} 1$')
        self.assertIn('\nmuster_beacon_uploads_delivered_total{beacon="beacon1"} 1\n', text)
        self.assertRegex(text, r'(?m)^muster_upload_failures_total\{cause="unreachable",beacon="beacon1"\} \d+$')
        self.assertIn('\nmuster_spool_waiting_files{type="Discovery"} 1\n', text)
        for name in ("muster_spool_oldest_file_timestamp_seconds\\{type=\"Discovery\"\\}", "muster_last_delivery_timestamp_seconds",
                     "muster_crl_oldest_issued_timestamp_seconds"):
            at = int(re.search(rf"(?m)^{name} (\d+)$", text)[1])
            self.assertAlmostEqual(at, time.time(), delta=86400)
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""), text)

    def test_promtool_accepts_the_alert_rules_of_the_page_and_they_ask_for_metrics_that_are_there(self):
        page = (pathlib.Path(__file__).parents[2] / "docs" / "monitoring.md").read_text()
        rules = page.split("```yaml\n")[1].split("```")[0]
        file = self.mine.folder / "rules.yml"
        file.write_text(rules)
        checked = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        for name in set(re.findall(r"muster_\w+", rules)):
            self.assertIn(f"`{name}`", page.split("## Alert rules")[0])

    def test_the_log_of_an_agent_has_time_and_process(self):
        agent = self.agent(self.mine)
        wait_until(lambda: " started: configuration " in agent.log())
        self.assertEqual(agent.stop(), 0)
        lines = agent.log().splitlines()
        for line in lines:
            self.assertRegex(line, rf"^\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d muster\[{agent.process.pid}\]: ")
        [start] = [line for line in lines if " started: " in line]
        self.assertRegex(start, rf"info: muster [\d.]+ started: configuration {self.mine.config}, upload beacons 'beacon1' "
                                r"\(https://localhost:\d+\)(, 'beacon2' .*)?, client certificate CN=device-1.* valid until 20.* UTC$")
        self.assertRegex(lines[-1], r"info: muster [\d.]+ stopped$")

    def test_the_log_in_the_journal_has_priorities(self):
        device = self.mine
        with (device.folder / "journal").open("wb") as log:
            facts = os.fstat(log.fileno())
            done = subprocess.run([PROGRAM, "--config", device.config, "upload", device.folder / "missing"], stderr=log,
                                  env={**os.environ, "JOURNAL_STREAM": f"{facts.st_dev}:{facts.st_ino}"}, timeout=30)
        self.assertEqual(done.returncode, 8)
        self.assertRegex((device.folder / "journal").read_text(), r"^<3>cannot open ")
        run = device.run("upload", device.folder / "missing", environment={"JOURNAL_STREAM": f"{facts.st_dev}:{facts.st_ino}"})
        self.assertTrue(run.err.startswith("muster: cannot open "), run)

    def test_a_log_file_is_rotated_by_size_and_count(self):
        file = self.mine.data / "log" / "muster.log"
        self.mine.preferences |= {"LogFile": str(file), "LogFileSize": "65536", "LogFileCount": "2"}
        self.mine.write_config()
        agent = self.agent(self.mine)
        wait_until(lambda: file.exists() and " started: configuration " in file.read_text())
        for number in range(700):
            self.mine.put(f"{'x' * 150}-{number}")
        wait_until(lambda: (file.parent / "muster.2.log").exists() and not self.mine.waiting(), seconds=60)
        self.assertEqual(agent.stop(), 0)
        self.assertEqual(sorted(path.name for path in file.parent.iterdir()), ["muster.1.log", "muster.2.log", "muster.log"])
        for path in file.parent.iterdir():
            self.assertLessEqual(path.stat().st_size, 65536)
        self.assertIn(" stopped\n", file.read_text())

    def test_a_log_file_that_cannot_be_written_is_one_error(self):
        self.mine.preferences["LogFile"] = "/proc/muster.log"
        self.mine.write_config()
        agent = self.agent(self.mine)
        wait_until(lambda: "cannot log to /proc/muster.log" in agent.log())
        self.mine.put("a")
        self.arrives(self.here, "Inventories/a")
        self.assertEqual(agent.log().count("cannot log to"), 1)

    def test_a_new_file_goes_out_at_once_and_the_spool_is_made(self):
        self.agent(self.mine)
        self.assertTrue((self.mine.spool / "Inventories").is_dir())
        for number in range(5):
            self.mine.put(f"f{number}")
            self.assertLess(self.arrives(self.here, f"Inventories/f{number}"), 1)
        wait_until(lambda: not self.mine.waiting())
        self.assertEqual(len(self.here.puts()), 5)

    def test_a_file_goes_out_when_its_writer_has_closed_it_or_renamed_it(self):
        self.agent(self.mine)
        folder = self.mine.spool / "Inventories"
        (folder / "renamed.tmp").write_text("whole")
        with (folder / "written").open("w") as file:
            file.write("first half, ")
            file.flush()
            time.sleep(0.4)
            self.assertEqual(self.here.uploaded(), {})
            file.write("second half")
        self.assertLess(self.arrives(self.here, "Inventories/written"), 1)
        self.assertEqual(self.here.uploaded(), {"Inventories/written": b"first half, second half"})
        (folder / "renamed.tmp").rename(folder / "renamed")
        self.assertLess(self.arrives(self.here, "Inventories/renamed"), 1)

    def test_a_file_that_gets_its_name_by_a_link_goes_out(self):
        agent = self.agent(self.mine)
        wait_until(lambda: "STATUS=waiting for files; 0 files uploaded since the start" in agent.told)
        folder = self.mine.spool / "Inventories"
        outside = self.mine.spool / ".new"
        outside.write_bytes(b"linked")
        os.link(outside, folder / "linked")  # as mail is delivered into a folder
        outside.unlink()
        with open(os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600), "wb") as unnamed:
            unnamed.write(b"unnamed")
            unnamed.flush()
            done = ctypes.CDLL(None, use_errno=True).linkat(
                AT_FDCWD, f"/proc/self/fd/{unnamed.fileno()}".encode(), AT_FDCWD, os.fsencode(folder / "unnamed"),
                AT_SYMLINK_FOLLOW)
            self.assertEqual(done, 0)
        self.arrives(self.here, "Inventories/linked", 20)
        self.arrives(self.here, "Inventories/unnamed", 20)

    def test_a_writer_who_pauses_is_waited_for(self):
        self.agent(self.mine)
        with (self.mine.spool / "Inventories" / "slow").open("wb", buffering=0) as file:
            file.write(b"first half, ")
            time.sleep(2)
            self.assertEqual(self.here.uploaded(), {})
            file.write(b"second half")
        self.arrives(self.here, "Inventories/slow")
        self.assertEqual(self.here.uploaded(), {"Inventories/slow": b"first half, second half"})

    def test_without_watches_new_files_are_looked_for(self):
        process = subprocess.Popen(fault_words(self.mine, self.mine.folder / "calls", ["-v", "run"], "ENOSPC",
                                               "inotify_add_watch", 1),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            line = process.stderr.readline()
            self.assertIn("raise fs.inotify.max_user_watches; new files are found when the spool is scanned, every",
                          line)
        finally:
            process.terminate()
            process.communicate(timeout=30)

    def test_what_only_the_quota_did_is_told(self):
        self.mine.preferences["SpoolQuota"] = "1"
        self.mine.preferences["MetricsFile"] = str(self.mine.folder / "muster.prom")
        self.mine.write_config()
        folder = self.mine.spool / ".rejected" / "Inventories"
        folder.mkdir(parents=True)
        (folder / "old").write_bytes(bytes(1000))
        (folder / "old.reason").write_text("HTTP 400\n")
        self.agent(self.mine)
        wait_until(lambda: (self.mine.data / "state" / "last-upload").exists())
        self.assertEqual(list(folder.iterdir()), [])
        status = self.mine.run("status", "--json").json()
        self.assertEqual((status["dropped_for_quota"], status["last"]["dropped_for_quota"]), (1, 1))
        self.assertIn("SpoolQuota   1 removed undelivered in all", self.mine.run("status").out)
        self.assertIn("muster_spool_dropped_for_quota_total 1\n", (self.mine.folder / "muster.prom").read_text())

    def test_a_new_type_is_seen_with_what_is_in_it_already(self):
        self.agent(self.mine)
        self.mine.put("first", type="Discovery")
        self.arrives(self.here, "Discovery/first")
        self.mine.put("second", type="Discovery")
        self.assertLess(self.arrives(self.here, "Discovery/second"), 1)

    def test_a_type_that_was_moved_in_is_seen(self):
        self.agent(self.mine)
        made = self.mine.folder / "Status"
        made.mkdir()
        (made / "first").write_text("x")
        made.rename(self.mine.spool / "Status")
        self.arrives(self.here, "Status/first")

    def test_a_type_that_was_removed_and_made_again_is_seen(self):
        agent = self.agent(self.mine)
        self.mine.put("first", type="Discovery")
        self.arrives(self.here, "Discovery/first")
        for number in range(3):
            wait_until(lambda: not self.mine.waiting())
            shutil.rmtree(self.mine.spool / "Discovery")
            self.mine.put(f"again{number}", type="Discovery")
            self.arrives(self.here, f"Discovery/again{number}")
            self.mine.put(f"more{number}", type="Discovery")
            self.assertLess(self.arrives(self.here, f"Discovery/more{number}"), 1, agent.log())

    def test_a_spool_that_was_removed_is_made_again(self):
        self.agent(self.mine)
        for number in range(2):
            removed = self.mine.spool.rename(self.mine.folder / f"removed{number}")
            shutil.rmtree(removed)  # elsewhere, as the agent makes a new one meanwhile
            wait_until(lambda: (self.mine.spool / "Inventories").is_dir(), what="a new spool")
            self.mine.put(f"f{number}")
            self.arrives(self.here, f"Inventories/f{number}")
            self.mine.put(f"g{number}", type="Discovery")
            self.arrives(self.here, f"Discovery/g{number}")
            wait_until(lambda: not self.mine.waiting())

    def test_many_files_at_once_go_out_once_each(self):
        agent = self.agent(self.mine)
        for number in range(1500):
            self.mine.put(f"f{number}")
        wait_until(lambda: not self.mine.waiting(), 20)
        self.assertEqual(len(self.here.uploaded()), 1500)
        self.assertEqual(len(self.here.puts()), 1500, agent.log()[-2000:])

    def test_what_a_beacon_refuses_is_set_aside_and_the_agent_goes_on(self):
        self.agent(self.mine)
        self.mine.put("odd\nname")
        wait_until(lambda: len(self.mine.rejected()) == 2)
        self.mine.put("good")
        self.assertLess(self.arrives(self.here, "Inventories/good"), 1)

    def test_a_drain_beside_the_agent_sends_nothing_twice(self):
        self.agent(self.mine)
        for number in range(200):
            self.mine.put(f"f{number}")
        self.assertEqual(self.mine.run("upload").code, 0)
        wait_until(lambda: not self.mine.waiting(), 10)
        self.assertEqual(len(self.here.puts()), 200)


class Preferences(Run):
    def test_sighup_takes_up_a_new_beacon(self):
        old, new = self.beacon(), self.beacon()
        device = self.device(old.port)
        agent = self.agent(device)
        device.put("first")
        self.arrives(old, "Inventories/first")
        device.locations[0]["Port"] = new.port
        device.write_config()
        agent.reload()
        device.put("second")
        self.arrives(new, "Inventories/second")
        self.assertEqual(len(old.puts()), 1)
        reloading = [message for message in agent.told if message.startswith("RELOADING=1\nMONOTONIC_USEC=")]
        self.assertEqual(len(reloading), 1)

    def test_broken_preferences_leave_the_former_ones_in_force(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        agent = self.agent(device)
        whole = device.config.read_text()
        cases = (whole.replace("NetworkTimeout=10", "NetworkTimeout=soon"), "[ManageSoft\\Common\nx", None)
        for number, broken in enumerate(cases, 1):
            with self.subTest(number):
                if broken is None:
                    device.config.unlink()
                else:
                    device.config.write_text(broken)
                agent.reload()
                name = f"f{len(beacon.uploaded())}"
                device.put(name)
                self.arrives(beacon, f"Inventories/{name}")
                wait_until(lambda: agent.log().count("keeping the previous configuration") == number, what="the word about it in the log")
        self.assertFalse([line for line in agent.told if "not working" in line], agent.told)
        self.assertTrue([line for line in agent.told if line.startswith("STATUS=") and "keeping the previous configuration" in line], agent.told)
        device.config.write_text(whole)
        agent.reload()
        self.assertIn("configuration reloaded: configuration ", agent.log())

    def test_a_spool_is_not_changed_for_another_one_on_the_way(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        agent = self.agent(device)
        other = device.folder / "other"
        device.config.write_text(device.config.read_text().replace(f"DataDirectory={device.data}",
                                                                   f"DataDirectory={other}"))
        agent.reload()
        wait_until(lambda: f"DataDirectory changed to {other}" in agent.log(), what="the word about it in the log")
        wait_until(lambda: any("DataDirectory changed to" in line for line in agent.told), what="the word in the status")
        device.put("one")
        self.arrives(beacon, "Inventories/one")
        self.assertFalse(other.exists())
        device.config.write_text(device.config.read_text().replace(f"DataDirectory={other}",
                                                                   f"DataDirectory={device.data}/"))
        agent.reload()
        self.assertIn("configuration reloaded: configuration ", agent.log())

    def test_a_wrong_preference_at_the_start(self):
        device = self.device(dead_port(), NetworkTimeout="soon")
        run = device.run("run", timeout=10)
        self.assertEqual(run.code, 3, run)
        self.assertIn("NetworkTimeout", run.err)

    def test_a_missing_certificate_is_waited_for(self):
        beacon = self.beacon()
        device = self.device(beacon.port, client=None)
        device.put("waiting")
        agent = self.agent(device)
        wait_until(lambda: any(message.startswith("STATUS=not working: ") for message in agent.told))
        self.assertIn("client_cert.pem", agent.log())
        device.put("later")
        time.sleep(0.2)
        self.assertIsNone(agent.process.poll())
        self.assertEqual(len(device.waiting()), 2)
        device.deploy(self.pki.client)
        agent.reload()
        self.arrives(beacon, "Inventories/waiting")
        self.arrives(beacon, "Inventories/later")
        device.put("new")
        self.assertLess(self.arrives(beacon, "Inventories/new"), 1)

    def test_a_replaced_certificate_is_taken_up_by_itself(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        self.agent(device)
        device.put("first")
        self.arrives(beacon, "Inventories/first")
        time.sleep(0.1)  # the files are looked at every 20 ms at most
        device.deploy(self.pki.client_other)
        device.put("second")
        self.arrives(beacon, "Inventories/second")
        wait_until(lambda: len(beacon.puts()) >= 2, what="the beacon's line about it")  # it writes it after the file
        serials = [line.split("serial=")[1].split()[0] for line in beacon.puts()]
        self.assertEqual(serials, [self.pki.client.serial(), self.pki.client_other.serial()])

    def test_a_beacon_that_comes_to_life_gets_what_waited(self):
        port = free_port()
        device = self.device(port, NetworkRetries="0")
        agent = self.agent(device)
        device.put("patient")
        wait_until(lambda: any("uploads fail" in message for message in agent.told))
        beacon = self.beacon(port=port)
        agent.reload()  # looks at once; by itself it does so after a minute
        self.arrives(beacon, "Inventories/patient")
        wait_until(lambda: agent.told[-1].startswith("STATUS=waiting for files"))

    def test_a_new_file_is_tried_at_once_when_the_others_wait_for_long(self):
        port = free_port()
        device = self.device(port, NetworkRetries="0")
        agent = self.agent(device)
        device.put("patient")
        wait_until(lambda: any("uploads fail" in message for message in agent.told))
        beacon = self.beacon(port=port)
        device.put("new")
        self.arrives(beacon, "Inventories/new", 20)  # by itself it goes through the spool after half a minute
        self.assertEqual(device.waiting() - {"Inventories/new"}, {"Inventories/patient"})

    def test_new_files_are_tried_every_five_seconds_at_most(self):
        failing = lambda asked: (404, {})
        with ScriptedBeacon(self.pki, failing) as beacon:
            device = self.device(beacon.port, NetworkRetries="0")
            agent = self.agent(device)
            for number in range(3):
                device.put(f"f{number}")
            wait_until(lambda: "in a row were refused" in agent.log())
            before = len(beacon.puts())
            start = time.monotonic()
            for number in range(30):
                device.put(f"g{number}")
                time.sleep(0.05)
            self.assertLessEqual(len(beacon.puts()) - before, 2 + (time.monotonic() - start) // 5)

    def test_a_new_file_is_not_tried_before_the_time_that_the_beacon_asked_for(self):
        script = lambda asked: (503, {"Retry-After": "3"}) if asked.number == 1 else (201, {})
        with ScriptedBeacon(self.pki, script) as beacon:
            device = self.device(beacon.port, NetworkRetries="0", UploadVerify="None")
            agent = self.agent(device)
            device.put("first")
            wait_until(lambda: any("uploads fail" in message for message in agent.told))
            device.put("new")  # by itself it goes through the spool after half a minute
            wait_until(lambda: "Inventories/new" not in device.waiting(), 25)
            self.assertGreaterEqual(beacon.puts()[1].time - beacon.puts()[0].time, 2.9)

    def test_the_quota_holds_also_while_nothing_can_be_delivered(self):
        devices = {"no certificate": self.device(dead_port(), client=None, SpoolQuota="2500"),
                   "given up": self.device(dead_port(), SpoolQuota="2500", NetworkRetries="0")}
        for name, device in devices.items():
            with self.subTest(name):
                self.agent(device)
                for number in range(10):
                    device.put(f"f{number}", bytes(1000))
                wait_until(lambda: len(device.waiting()) == 2, 20)
                self.assertGreaterEqual(device.run("status", "--json").json()["dropped_for_quota"], 8)

    def test_a_beacon_that_comes_back_soon_is_tried_again_by_itself(self):
        port = free_port()
        device = self.device(port, NetworkRetries="5", NetworkRetryPeriodIncrement="1")
        self.agent(device)
        device.put("patient")
        time.sleep(0.5)
        self.arrives(self.beacon(port=port), "Inventories/patient", 10)


class Ends(Run):
    def test_sigterm_ends_an_idle_agent_at_once(self):
        agent = self.agent(self.device(dead_port()))
        self.assertEqual(agent.stop(timeout=10), 0)
        self.assertIn("STOPPING=1", agent.told)

    def test_sigterm_lets_a_transfer_finish_and_starts_no_other(self):
        beacon = self.beacon()
        with Relay(beacon.port, 0.25) as relay:
            device = self.device(relay.port)
            agent = self.agent(device, "-o", "MaxConcurrentTransfers=1")
            for number in range(5):
                device.put(f"f{number}")
            wait_until(lambda: relay.connections > 0)
            time.sleep(0.1)
            self.assertEqual(agent.stop(), 0)
            self.assertEqual(len(beacon.uploaded()), 1)
            self.assertEqual(len(device.waiting()), 4)

    def test_a_second_sigterm_ends_at_once_and_loses_nothing(self):
        with SilentPort() as silent:
            device = self.device(silent.port)
            agent = self.agent(device)
            device.put("waiting")
            time.sleep(0.3)
            agent.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "STOPPING=1" in agent.told)
            time.sleep(0.3)
            self.assertIsNone(agent.process.poll())
            self.assertEqual(agent.stop(timeout=10), 0)
            self.assertIn("1 upload interrupted by shutdown; it stays in the spool and will be sent again", agent.log())
            self.assertEqual(device.waiting(), {"Inventories/waiting"})

    def test_sigterm_while_a_large_file_is_read_for_its_digest_ends_the_program(self):
        """Reading this file takes minutes."""
        def has_read(process):
            facts = pathlib.Path(f"/proc/{process.pid}/io").read_text()
            return int(facts.split("rchar: ")[1].split()[0]) > 50_000_000

        device = self.device(dead_port(), UploadDigest="Always")
        file = device.file("large", b"")
        os.truncate(file, 200 << 30)
        for words in (("upload", file), ("upload", file, "--remove"), ("upload",)):
            if len(words) == 1:
                file = file.rename(device.put("large", b""))
            with self.subTest(words):
                command = subprocess.Popen([PROGRAM, "--config", device.config, *words], stdin=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL)
                self.addCleanup(command.kill)
                wait_until(lambda: has_read(command), 30, "the reading of the file")
                command.terminate()
                self.assertNotEqual(command.wait(10), 0)
                self.assertEqual(file.stat().st_size, 200 << 30)

        agent = self.agent(device)
        wait_until(lambda: has_read(agent.process), 30, "the reading of the file")
        agent.process.send_signal(signal.SIGTERM)
        agent.stop(timeout=30)
        self.assertEqual(device.waiting(), {"Inventories/large"})

    def test_sighup_in_the_middle_lets_transfers_finish(self):
        def slow(_):
            time.sleep(1)
            return 201, {}

        with ScriptedBeacon(self.pki, slow) as beacon:
            device = self.device(beacon.port, UploadVerify="None")
            agent = self.agent(device)
            device.put("slow")
            wait_until(lambda: beacon.puts())
            for _ in range(3):
                agent.reload()
            wait_until(lambda: not device.waiting())
            self.assertEqual(len(beacon.puts()), 1, agent.log())

    def test_a_second_agent_is_refused_and_told_who_is_first(self):
        device = self.device(dead_port())
        agent = self.agent(device)
        run = device.run("run", timeout=10)
        self.assertEqual(run.code, 1, run)
        self.assertIn(f"process {agent.process.pid}", run.err)
        agent.process.kill()
        agent.process.wait()
        self.agent(device)  # a crash frees it
