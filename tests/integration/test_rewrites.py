"""Files of fixed names that are written again and again: what the beacon has in the end is the last version of each."""

import os
import random
import signal
import subprocess
import threading
import time

from support.beacon import wait_until
from support.device import PROGRAM
from support.running import Run
from support.scripted import ScriptedBeacon

NAMES = ("Inventories/laptop.ndi", "Inventories/usage.mmi", "Discovery/network", "Discovery/odd name #1",
         "Status/agent", "Status/disk")
REWRITES = 2000


class Producer(threading.Thread):
    """Writes versions of one file until it is told to stop. `last` is the content of the last one."""

    def __init__(self, device, name, count, seed):
        super().__init__(daemon=True)
        self.path = device.spool / name
        self.count = count
        self.random = random.Random(seed)
        self.last = b""

    def run(self):
        for number in range(self.count):
            # Most versions have one length, so that nothing but the content tells them apart.
            content = f"{self.path.name} {number:06} ".encode() * (40 if number % 5 else 4000)
            if self.random.random() < 0.7:
                self.rename(content)
            else:
                self.write(content)
            self.last = content
            time.sleep(self.random.choice((0, 0, 0.002, 0.01, 0.05, 0.12)))

    def rename(self, content):
        unfinished = self.path.with_name(f".{self.path.name}")
        unfinished.write_bytes(content)
        unfinished.rename(self.path)

    def write(self, content):
        with self.path.open("wb", buffering=0) as file:
            file.write(content[:len(content) // 2])
            time.sleep(self.random.choice((0, 0.001)))
            file.write(content[len(content) // 2:])


class Rewrites(Run):
    def test_the_last_version_of_each_file_arrives_last(self):
        beacon = self.beacon()
        device = self.device(beacon.port, NetworkRetries="2", NetworkRetryPeriodIncrement="1")
        agent = self.agent(device, verbosity=())
        for name in NAMES:
            (device.spool / name).parent.mkdir(parents=True, exist_ok=True)
        producers = [Producer(device, name, REWRITES // len(NAMES) + 1, seed) for seed, name in enumerate(NAMES)]
        for producer in producers:
            producer.start()
        commands = self.run_commands(device, lambda: any(producer.is_alive() for producer in producers))
        for producer in producers:
            producer.join()
        self.assertGreater(commands, 5)

        wait_until(lambda: not device.waiting() or device.run("upload", "-q").code not in range(10), 60, "an empty spool")
        self.assertIsNone(agent.process.poll())
        arrived = beacon.uploaded()
        for producer, name in zip(producers, NAMES):
            self.assertEqual(arrived[name], producer.last, f"{name} is {arrived[name][:40]}")
        self.assertGreater(len(beacon.puts()), len(NAMES) * 10)

    def run_commands(self, device, going_on):
        """`upload`, `upload FILE` and `upload FILE --remove` beside producers and agent, some of them killed."""
        chance = random.Random(5)
        runs = 0
        while going_on():
            file = device.spool / chance.choice(NAMES)
            words = chance.choice((["upload"], ["upload", file, "--type", file.parent.name],
                                   ["upload", file, "--type", file.parent.name, "--remove"]))
            command = subprocess.Popen([PROGRAM, "--config", device.config, "-q", *map(str, words)],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if chance.random() < 0.2:
                time.sleep(chance.random() / 10)
                command.send_signal(signal.SIGKILL)
            command.wait(60)
            runs += 1
        return runs


class WithinOneTick(Run):
    """A file system's clock goes in steps: a rewrite within one of them changes neither time nor, here, length."""

    def test_the_version_that_was_written_last_arrives(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        folder = device.spool / "Inventories"
        folder.mkdir(parents=True)
        self.agent(device, verbosity=())

        names = [f"f{number:03}" for number in range(300)]
        for number, name in enumerate(names):
            for version in (b"old", b"new"):
                with (folder / name).open("wb", buffering=0) as file:
                    file.write(version)
                time.sleep(number % 7 / 1000)
        wait_until(lambda: not device.waiting(), 60, "an empty spool")
        for name in names:
            self.assertEqual(beacon.uploaded()[f"Inventories/{name}"], b"new", name)


class Gate:
    """The script of a beacon that keeps each upload until the test lets it go on."""

    def __init__(self):
        self.open = threading.Event()
        self.first = threading.Event()
        self.stored = {}  # path: body, as a server stores them: the last one to be answered stays
        self.order = []

    def __call__(self, asked):
        if asked.method != "PUT":
            body = self.stored.get(asked.path)
            return (200, {"Content-Length": str(len(body))}) if body is not None else (404, {})
        if b"old" in asked.body:
            self.open.wait(30)
        if b"first" in asked.body:
            self.first.wait(30)
        self.stored[asked.path] = asked.body
        self.order.append(asked.body)
        return 201, {}


class OneVersionAtATime(Run):
    """The older version of a file is under way when a newer one takes its name."""

    def parties(self):
        gate = Gate()
        beacon = ScriptedBeacon(self.pki, gate)
        beacon.__enter__()
        self.addCleanup(beacon.__exit__)
        self.addCleanup(gate.open.set)
        return gate, beacon, self.device(beacon.port, UploadVerify="None")

    def begin(self, device, *words):
        command = subprocess.Popen([PROGRAM, "--config", device.config, "-v", *map(str, words)], text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(command.communicate)
        self.addCleanup(command.kill)
        return command

    def settle(self, gate, device, *commands):
        gate.open.set()
        for command in commands:
            command.communicate(timeout=60)
        wait_until(lambda: not device.waiting(), 20, "an empty spool")
        self.assertEqual(gate.stored["/ManageSoftRL/Inventories/laptop.ndi"], b"new")
        self.assertEqual(gate.order[-1], b"new")

    def test_the_agent_sends_the_newer_one_after_the_older_one(self):
        gate, beacon, device = self.parties()
        self.agent(device)
        device.put("first", b"first")
        wait_until(lambda: beacon.puts())
        device.put("laptop.ndi", b"old")
        gate.first.set()  # from now on the agent sends two at once
        wait_until(lambda: len(beacon.puts()) == 2)
        device.put("laptop.ndi", b"new")
        device.put("other", b"other")
        wait_until(lambda: len(beacon.puts()) > 2, what="the upload of another file")
        self.assertEqual([asked.body for asked in beacon.puts()][1:], [b"old", b"other"])
        self.settle(gate, device)

    def test_after_a_reload_the_newer_one_goes_out_when_the_older_one_has_ended(self):
        gate, beacon, device = self.parties()
        agent = self.agent(device)
        device.put("laptop.ndi", b"old")
        wait_until(lambda: beacon.puts())
        agent.reload()
        device.put("laptop.ndi", b"new")
        wait_until(lambda: "is being uploaded already" in agent.log())
        self.assertEqual(len(beacon.puts()), 1)
        self.settle(gate, device)

    def test_a_command_beside_the_agent_leaves_the_name_to_it(self):
        gate, beacon, device = self.parties()
        self.agent(device)
        device.put("laptop.ndi", b"old")
        wait_until(lambda: beacon.puts())
        device.put("laptop.ndi", b"new")
        run = device.run("-v", "upload")
        self.assertEqual(run.code, 0, run)
        self.assertIn("is being uploaded already", run.err)
        self.assertEqual(len(beacon.puts()), 1)
        self.settle(gate, device)

    def test_the_agent_beside_a_command_leaves_the_name_to_it(self):
        gate, beacon, device = self.parties()
        device.put("laptop.ndi", b"old")
        command = self.begin(device, "upload")
        wait_until(lambda: beacon.puts())
        agent = self.agent(device)
        device.put("laptop.ndi", b"new")
        wait_until(lambda: "is being uploaded already" in agent.log())
        self.assertEqual(len(beacon.puts()), 1)
        gate.open.set()
        command.communicate(timeout=60)
        agent.reload()
        self.settle(gate, device)

    def test_a_file_of_that_name_from_elsewhere_waits_as_well(self):
        gate, beacon, device = self.parties()
        self.agent(device)
        device.put("laptop.ndi", b"old")
        wait_until(lambda: beacon.puts())
        command = self.begin(device, "upload", device.file("laptop.ndi", b"new"))
        wait_until(lambda: "is uploading a file of this name" in command.stderr.readline(), what="the word about it")
        self.assertEqual(len(beacon.puts()), 1)
        self.settle(gate, device, command)

    def test_the_same_file_of_the_spool_by_name_waits_as_well(self):
        gate, beacon, device = self.parties()
        path = device.put("laptop.ndi", b"old")
        first = self.begin(device, "upload", path, "--remove")
        wait_until(lambda: beacon.puts())
        device.put("laptop.ndi", b"new")
        second = self.begin(device, "upload", path, "--remove")
        wait_until(lambda: "is uploading a file of this name" in second.stderr.readline(), what="the word about it")
        self.assertEqual(len(beacon.puts()), 1)
        self.settle(gate, device, first, second)

    def test_the_same_file_of_the_spool_behind_a_link_waits_as_well(self):
        for link, target in (("a-folder", "Inventories"), ("a-file", "Inventories/laptop.ndi")):
            with self.subTest(link):
                gate, beacon, device = self.parties()
                device.put("laptop.ndi", b"old")
                (device.folder / link).symlink_to(device.spool / target)
                file = device.folder / link / ("laptop.ndi" if link == "a-folder" else "")
                first = self.begin(device, "upload")
                wait_until(lambda: beacon.puts())
                device.put("laptop.ndi", b"new")
                second = self.begin(device, "upload", file, "--type", "Status")
                wait_until(lambda: "is uploading a file of this name" in second.stderr.readline(),
                           what="the word about it")
                self.assertEqual(len(beacon.puts()), 1)
                gate.open.set()
                for command in (first, second):
                    command.communicate(timeout=60)
                self.assertEqual(gate.order, [b"old", b"new"])

    def test_a_kill_frees_the_name(self):
        gate, beacon, device = self.parties()
        device.put("laptop.ndi", b"old")
        command = self.begin(device, "upload")
        wait_until(lambda: beacon.puts())
        command.kill()
        command.wait()
        device.put("laptop.ndi", b"new")
        self.assertEqual(device.run("upload").code, 0)
        self.assertEqual(device.waiting(), set())
        self.assertEqual(gate.stored["/ManageSoftRL/Inventories/laptop.ndi"], b"new")

    def test_what_reads_a_file_does_not_keep_it_from_being_sent(self):
        import fcntl
        beacon = self.beacon()
        device = self.device(beacon.port)
        with device.put("read").open("rb") as reader:
            fcntl.flock(reader, fcntl.LOCK_EX)
            self.assertEqual(device.run("upload").code, 0)
        self.assertEqual(set(beacon.uploaded()), {"Inventories/read"})

    def test_without_the_lock_file_nothing_of_the_spool_is_sent(self):
        beacon = self.beacon()
        device = self.device(beacon.port)
        path = device.put("a")
        (device.data / "state").mkdir()
        (device.data / "state" / "claims").mkdir()
        for words in (["upload"], ["run"], ["upload", path]):
            with self.subTest(words):
                run = device.run(*words, timeout=20)
                self.assertEqual(run.code, 8, run)
                self.assertIn("lock file", run.err)
        self.assertEqual(beacon.puts(), [])
        self.assertEqual(device.waiting(), {"Inventories/a"})
