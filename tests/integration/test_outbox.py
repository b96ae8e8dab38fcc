"""What keeps single files, types or folders from going out keeps nothing else, repeats nothing, and is named."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

from support import disks
from support.beacon import wait_until
from support.device import PROGRAM
from support.running import Run
from support.scripted import ScriptedBeacon

ROOT = os.geteuid() == 0
NOBODY = 65534


def can_be_immutable():
    with tempfile.NamedTemporaryFile() as file:
        done = subprocess.run(["chattr", "+i", file.name], capture_output=True)
        subprocess.run(["chattr", "-i", file.name], capture_output=True)
        return ROOT and done.returncode == 0


class Outbox(Run):
    def setUp(self):
        self.here = self.beacon()
        self.mine = self.device(self.here.port)

    def program_for_all(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-program-"))
        self.addCleanup(shutil.rmtree, folder)
        folder.chmod(0o755)
        return shutil.copy(PROGRAM, folder / "muster")

    def as_nobody(self, device, *words, **more):
        """Runs as a user who owns the device's files but not those that root puts there."""
        return subprocess.run(["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups",
                               self.program_for_all(), "--config", device.config, *words], capture_output=True,
                              text=True, timeout=60, **more)

    def give_to_nobody(self, device, but=()):
        for path in (device.folder, *device.folder.rglob("*")):
            if path not in but:
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


class NotRemovable(Outbox):
    def delivered_once(self, device, name, messages):
        """Sent once, in whatever many runs; the rest of them only try the removal, and say that it was delivered."""
        for number in range(4):
            run = device.run("upload")
            self.assertNotEqual(run.code, 0, run)
            self.assertRegex(run.err, messages)
            self.assertIn("deliver", run.err)
        self.assertEqual([line for line in self.here.puts() if name in line].__len__(), 1)
        self.assertEqual(device.waiting(), {f"Inventories/{name}"})
        self.assertIn("delivered", device.run("status").out)

    @unittest.skipUnless(can_be_immutable(), "no immutable files here")
    def test_an_immutable_file_is_sent_once_and_then_only_removed(self):
        path = self.mine.put("a")
        subprocess.run(["chattr", "+i", path], check=True)
        self.addCleanup(subprocess.run, ["chattr", "-i", path], capture_output=True)
        self.delivered_once(self.mine, "a", "cannot remove .*errno 1")

    @unittest.skipUnless(can_be_immutable(), "no append-only folders here")
    def test_a_folder_that_only_takes_more_files(self):
        folder = self.mine.put("a").parent
        subprocess.run(["chattr", "+a", folder], check=True)
        self.addCleanup(subprocess.run, ["chattr", "-a", folder], capture_output=True)
        self.delivered_once(self.mine, "a", "cannot remove .*errno 1")
        subprocess.run(["chattr", "-a", folder], check=True)
        self.assertEqual(self.mine.run("upload").code, 0)
        self.assertEqual((self.mine.waiting(), len(self.here.puts())), (set(), 1))

    @unittest.skipUnless(ROOT, "only root can mount")
    def test_a_file_that_is_mounted_over_itself(self):
        path = self.mine.put("a")
        if subprocess.run(["mount", "--bind", path, path], capture_output=True).returncode != 0:
            self.skipTest("no mounts here")
        self.addCleanup(subprocess.run, ["umount", path], capture_output=True)
        self.delivered_once(self.mine, "a", "cannot remove .*errno 16")

    @unittest.skipUnless(ROOT, "only root can be another user")
    def test_anothers_file_in_a_sticky_folder(self):
        path = self.mine.put("a")
        self.give_to_nobody(self.mine, but=(path, path.parent))
        path.parent.chmod(0o1777)
        for number in range(3):
            done = self.as_nobody(self.mine, "upload")
            self.assertNotEqual(done.returncode, 0, done)
        # Whether the file is complete cannot be told without its owner's rights: it was not even sent.
        self.assertEqual(self.here.puts(), [])
        self.assertEqual(done.returncode, 9)
        self.assertIn("does not report whether it is still being written", done.stderr)

    @unittest.skipUnless(ROOT, "only root can be another user")
    def test_nothing_is_sent_from_a_folder_without_write_access(self):
        self.mine.put("a")
        self.mine.put("b", type="Discovery")
        folder = self.mine.spool / "Inventories"
        self.give_to_nobody(self.mine, but=(folder,))
        os.chown(folder, 0, 0)
        folder.chmod(0o755)  # root's mkdir with umask 022
        done = self.as_nobody(self.mine, "upload")
        self.assertEqual(done.returncode, 9, done)
        self.assertRegex(done.stderr, rf"not uploading from {folder}.*errno 13")
        self.assertEqual(set(self.here.uploaded()), {"Discovery/b"})
        status = self.as_nobody(self.mine, "status")
        self.assertIn(str(folder), status.stderr)

    @unittest.skipUnless(ROOT, "only root can mount")
    def test_nothing_is_sent_from_a_read_only_file_system(self):
        for number in range(30):
            self.mine.put(f"f{number}")
        folder = self.mine.spool / "Inventories"
        if subprocess.run(["mount", "--bind", "-o", "ro", folder, folder], capture_output=True).returncode != 0:
            self.skipTest("no mounts here")
        self.addCleanup(subprocess.run, ["umount", folder], capture_output=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        run = self.mine.run("upload")
        self.assertEqual(run.code, 8, run)
        self.assertIn("errno 30", run.err)
        self.assertEqual(self.here.puts(), [])

    @unittest.skipUnless(can_be_immutable(), "no immutable files here")
    def test_a_restarted_agent_does_not_send_again_what_it_could_not_remove(self):
        path = self.mine.put("a")
        subprocess.run(["chattr", "+i", path], check=True)
        self.addCleanup(subprocess.run, ["chattr", "-i", path], capture_output=True)
        for number in range(3):
            agent = self.agent(self.mine)
            self.mine.put(f"new{number}")
            self.arrives(self.here, f"Inventories/new{number}")
            wait_until(lambda: self.mine.waiting() == {"Inventories/a"})
            wait_until(lambda: "not removed" in agent.log())
            agent.process.kill()
            agent.process.wait()
        self.assertEqual(len([line for line in self.here.puts() if "/a " in line]), 1)


class SlowUploads(Run):
    def test_one_that_takes_long_keeps_no_other_file_waiting(self):
        """The beacon takes the large one only when all others have arrived."""
        small = threading.Semaphore(0)

        def script(asked):
            if asked.method == "PUT" and asked.path.endswith("/slow"):
                for _ in range(10):
                    small.acquire(timeout=60)
            elif asked.method == "PUT":
                small.release()
            return 201, {}

        for before in (0, 6):
            with self.subTest(delivered_before=before):
                beacon = self.scripted(script)
                device = self.device(beacon.port, UploadVerify="None")
                self.agent(device)
                for number in range(before):
                    device.put(f"before{number}")
                wait_until(lambda: not device.waiting())
                for _ in range(before):
                    small.acquire()
                device.put("slow", type="Discovery")
                wait_until(lambda: any(asked.path.endswith("/slow") for asked in beacon.puts()))
                for number in range(10):
                    device.put(f"f{number}")
                wait_until(lambda: not device.waiting(), 40, "the arrival of all")


class Breakers(Outbox):
    def forbidding(self, pattern, **settings):
        return self.device(self.beacon_with(f'location ~ "{pattern}" {{ return 403; }}').port, **settings)

    def beacon_with(self, site):
        self.here = self.beacon(site=site)
        return self.here

    def test_a_refused_type_does_not_keep_others_from_going_out(self):
        most_at_once = 4
        device = self.forbidding("/Discovery/", MaxConcurrentTransfers=str(most_at_once))
        for number in range(200):
            device.put(f"f{number}", type="Discovery")
        for number in range(20):
            device.put(f"f{number}", type="Status")
            device.put(f"f{number}")
        run = device.run("upload")
        self.assertEqual(run.code, 9, run)
        self.assertEqual(len(self.here.uploaded()), 40)
        refused = [line for line in self.here.puts() if "/Discovery/" in line]
        self.assertLessEqual(len(refused), 3 + most_at_once - 1)  # with those in flight when it was stopped
        self.assertIn("200 left", run.out)

    def test_many_refused_files_of_a_type_do_not_hide_the_good_ones_for_ever(self):
        device = self.forbidding("/bad")
        for number in range(1300):
            device.put(f"bad{number:04}")
        for number in range(20):
            device.put(f"good{number}")
        for number in range(12):
            device.run("upload", "-q")
            if len(self.here.uploaded()) == 20:
                break
        self.assertEqual(len(self.here.uploaded()), 20)
        self.assertEqual(len(device.waiting()), 1300)

    def test_files_that_are_set_aside_do_not_keep_other_types_from_going_out(self):
        self.here = self.beacon(site="client_max_body_size 1k;")
        device = self.device(self.here.port)
        for number in range(10):
            device.put(f"small{number}", b"x")
        for number in range(100):
            device.put(f"large{number}", bytes(5000), type="Discovery")
        self.assertEqual(device.run("upload").code, 9)
        self.assertEqual(len(self.here.uploaded()), 10)
        self.assertGreater(len(device.waiting()), 80)

    def test_a_type_whose_handler_is_broken_does_not_keep_others_from_going_out(self):
        def script(asked):
            return (500, {}) if "/Discovery/" in asked.path else (201, {})

        with ScriptedBeacon(self.pki, script) as beacon:
            device = self.device(beacon.port, UploadVerify="None", NetworkRetries="0")
            for number in range(10):
                device.put(f"f{number}", type="Discovery")
                device.put(f"f{number}")
            run = device.run("upload")
            self.assertEqual(run.code, 9, run)
            self.assertEqual(device.waiting(), {f"Discovery/f{number}" for number in range(10)})

    def test_the_agent_sends_new_files_of_other_types_at_once(self):
        before_the_type_is_tried_again = 30
        device = self.forbidding("/Discovery/")
        agent = self.agent(device)
        for number in range(5):
            device.put(f"f{number}", type="Discovery")
        wait_until(lambda: "in a row were refused" in agent.log())
        for number in range(5):
            device.put(f"g{number}", type="Discovery")
            device.put(f"f{number}")
            self.arrives(self.here, f"Inventories/f{number}", before_the_type_is_tried_again)

    def test_status_names_what_is_left_alone_and_why(self):
        device = self.forbidding("/bad")
        device.put("bad.ndi")
        device.put("good.ndi")
        device.run("upload")
        told = device.run("status", "--json").json()
        self.assertEqual([one["file"] for one in told["left_alone"]], ["Inventories/bad.ndi"])
        self.assertIn("HTTP 403", told["left_alone"][0]["why"])
        self.assertRegex(device.run("status").out, r"left alone +Inventories/bad.ndi: .*HTTP 403")


class Stalls(Outbox):
    def test_files_with_times_in_the_future_go_out(self):
        for number, ahead in enumerate((5, 3600, 400 * 86400)):
            path = self.mine.put(f"f{number}")
            os.utime(path, (time.time() + ahead, time.time() + ahead))
        self.assertEqual(self.mine.run("upload").code, 0)
        self.assertEqual(self.mine.waiting(), set())
        self.agent(self.mine)
        path = self.mine.put(".later")
        os.utime(path, (time.time() + 86400, time.time() + 86400))
        path.rename(path.with_name("later"))
        self.arrives(self.here, "Inventories/later")

    def mount(self, folder):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "muster-test", folder],
                              capture_output=True)
        if done.returncode != 0:
            self.skipTest("no mounts here")
        self.addCleanup(subprocess.run, ["umount", "--lazy", folder], capture_output=True)

    @unittest.skipUnless(ROOT, "only root can mount")
    def test_a_spool_that_is_mounted_over_and_unmounted_goes_on(self):
        self.agent(self.mine)
        self.mine.put("first")
        self.arrives(self.here, "Inventories/first")
        wait_until(lambda: not self.mine.waiting())
        for number in range(2):
            self.mount(self.mine.spool)
            self.mine.put(f"over{number}")
            self.arrives(self.here, f"Inventories/over{number}")
            wait_until(lambda: not self.mine.waiting())
            subprocess.run(["umount", "--lazy", self.mine.spool], check=True)
            self.mine.put(f"under{number}")
            self.arrives(self.here, f"Inventories/under{number}")

    @unittest.skipUnless(ROOT, "only root can mount")
    def test_a_type_that_is_mounted_over_and_unmounted_goes_on(self):
        self.agent(self.mine)
        self.mine.put("first", type="Discovery")
        self.arrives(self.here, "Discovery/first")
        wait_until(lambda: not self.mine.waiting())
        self.mount(self.mine.spool / "Discovery")
        self.mine.put("over", type="Discovery")
        self.arrives(self.here, "Discovery/over")
        wait_until(lambda: not self.mine.waiting())
        subprocess.run(["umount", "--lazy", self.mine.spool / "Discovery"], check=True)
        self.mine.put("under", type="Discovery")
        self.arrives(self.here, "Discovery/under")

    def test_a_file_that_is_linked_in_while_it_is_open_goes_out_when_it_is_closed(self):
        agent = self.agent(self.mine)
        outside = self.mine.spool / ".new"
        with outside.open("wb", buffering=0) as writer:
            writer.write(b"first half, ")
            os.link(outside, self.mine.spool / "Inventories" / "linked")
            outside.unlink()
            wait_until(lambda: "has it open for writing" in agent.log(), 10)
            writer.write(b"second half")
        self.arrives(self.here, "Inventories/linked", 70)
        self.assertEqual(self.here.uploaded()["Inventories/linked"], b"first half, second half")


class WholeFiles(Outbox):
    @unittest.skipUnless(ROOT, "only root can be another user")
    def test_a_command_leaves_anothers_file_whose_writer_it_cannot_see(self):
        path = self.mine.put("theirs", b"first half, ")
        self.mine.put("mine")
        self.give_to_nobody(self.mine, but=(path,))
        path.chmod(0o644)
        os.utime(path, (time.time() - 86400, time.time() - 86400))
        with path.open("ab", buffering=0) as writer:
            done = self.as_nobody(self.mine, "upload")
            writer.write(b"second half")
        self.assertEqual(done.returncode, 9, done)
        self.assertRegex(done.stderr, r"theirs yet: .*run as root, or leave it to the agent")
        self.assertEqual(set(self.here.uploaded()), {"Inventories/mine"})
        self.assertEqual(self.mine.waiting(), {"Inventories/theirs"})

    @unittest.skipUnless(ROOT, "only root can be another user")
    def test_an_agent_that_cannot_see_writers_waits_for_a_close_or_a_minute(self):
        path = self.mine.put("theirs", b"first half, ")
        self.give_to_nobody(self.mine, but=(path,))
        path.chmod(0o644)
        with path.open("ab", buffering=0) as writer:
            program = self.program_for_all()
            agent = subprocess.Popen(["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups",
                                      program, "--config", self.mine.config, "run"], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(agent.wait)
            self.addCleanup(agent.kill)
            time.sleep(6)  # longer than a pause of a writer used to be waited for
            self.assertEqual(self.here.puts(), [])
            writer.write(b"second half")
        self.arrives(self.here, "Inventories/theirs")
        self.assertEqual(self.here.uploaded(), {"Inventories/theirs": b"first half, second half"})


class Small(Outbox):
    def test_lost_and_found_is_neither_a_type_nor_a_file(self):
        (self.mine.put("a").parent / "lost+found").mkdir()
        (self.mine.spool / "lost+found").mkdir()
        (self.mine.spool / "lost+found" / "#123").write_bytes(b"x")
        run = self.mine.run("upload")
        self.assertEqual((run.code, run.err), (0, ""), run)
        self.assertEqual(set(self.here.uploaded()), {"Inventories/a"})
        self.assertEqual(self.mine.run("status", "--json").json()["problems"], [])

    @unittest.skipUnless(ROOT, "only root can mount")
    def test_a_refused_file_on_another_file_system_stays_with_a_remedy(self):
        folder = self.mine.spool / "Inventories"
        folder.mkdir(parents=True)
        if subprocess.run(["mount", "-t", "tmpfs", "muster-test", folder], capture_output=True).returncode != 0:
            self.skipTest("no mounts here")
        self.addCleanup(subprocess.run, ["umount", "--lazy", folder], capture_output=True)
        self.mine.put("good")
        self.assertEqual(self.mine.run("upload").code, 0)
        self.mine.put("odd\nname")
        run = self.mine.run("upload")
        self.assertRegex(run.err, r"errno 18\); keep it on the file system of .*rejected")
        self.assertEqual(self.mine.waiting(), {"Inventories/odd\nname"})
        self.assertIn("odd", self.mine.run("status").out)

    def test_what_is_under_way_at_a_reload_is_counted(self):
        def slow(_):
            time.sleep(1)
            return 201, {}

        with ScriptedBeacon(self.pki, slow) as beacon:
            metrics = self.mine.folder / "muster.prom"
            device = self.device(beacon.port, UploadVerify="None", MetricsFile=str(metrics))
            agent = self.agent(device)
            device.put("slow")
            wait_until(lambda: beacon.puts())
            agent.reload()
            wait_until(lambda: not device.waiting())
            device.put("next")
            wait_until(lambda: "muster_uploads_delivered_total 2\n" in metrics.read_text(), what="both in the metrics")

    def test_a_type_folder_that_goes_with_its_file_is_no_error(self):
        agent = self.agent(self.mine)
        for number in range(5):
            path = self.mine.put("a", type="Discovery")
            shutil.rmtree(path.parent)
        self.mine.put("b")
        self.arrives(self.here, "Inventories/b")
        self.assertNotIn("cannot open", agent.log())


class NamedFiles(Outbox):
    """`upload FILE --remove`: what was delivered is always said."""

    def test_a_link_is_refused_before_anything_is_sent(self):
        file = self.mine.file("a")
        link = self.mine.work / "link"
        link.symlink_to(file)
        run = self.mine.run("upload", link, "--remove")
        self.assertEqual(run.code, 8, run)
        self.assertIn("it is a link", run.err)
        self.assertEqual(self.here.puts(), [])
        self.assertEqual(self.mine.run("upload", link).code, 0)

    def test_a_file_that_is_named_twice_is_sent_once(self):
        file = self.mine.file("a")
        run = self.mine.run("upload", file, self.mine.work / "." / "a", "a", "--remove")
        self.assertEqual((run.code, run.err), (0, ""), run)
        self.assertEqual(len(self.here.puts()), 1)
        self.assertFalse(file.exists())

    @unittest.skipUnless(can_be_immutable(), "no immutable files here")
    def test_a_delivery_is_reported_where_the_removal_fails(self):
        file = self.mine.file("a")
        subprocess.run(["chattr", "+i", file], check=True)
        self.addCleanup(subprocess.run, ["chattr", "-i", file], capture_output=True)
        run = self.mine.run("upload", file, "--remove")
        self.assertEqual(run.code, 8, run)
        self.assertRegex(run.err, r"delivered to .*beacon1.*, and not removed: cannot remove .*errno 1")
        told = self.mine.run("upload", file, self.mine.file("b"), "--remove", "--json")
        self.assertEqual(told.code, 9)
        self.assertEqual(len(told.json()["uploaded"]), 2)
        self.assertIn("delivered", told.json()["failed"][0]["error"]["message"])
        self.assertNotIn("untouched", told.err)

    @unittest.skipUnless(ROOT, "only root can be another user")
    def test_a_folder_without_write_access_is_refused_before_anything_is_sent(self):
        file = self.mine.file("a")
        self.give_to_nobody(self.mine, but=(self.mine.work,))
        os.chown(self.mine.work, 0, 0)
        self.mine.work.chmod(0o755)
        done = self.as_nobody(self.mine, "upload", str(file), "--remove")
        self.assertEqual(done.returncode, 8, done)
        self.assertEqual(self.here.puts(), [])
