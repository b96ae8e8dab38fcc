"""`muster collect` over the machines that are recorded in Debian's source packages of util-linux and
fusioninventory-agent: no collector crashes on any, and each known fact is found. tests/recorded/fetch gets them."""

import pathlib
import re
import subprocess
import tarfile
import tempfile
import unittest

from support.ca import shared_pki
from support.device import Device
from support.dmidecode import module_size, Encoder, structures, table
from support.recorded import Recorded

FETCH = pathlib.Path(__file__).resolve().parents[1] / "recorded" / "fetch"
HOME = pathlib.Path(subprocess.run([FETCH, "--path"], capture_output=True, text=True, check=True).stdout.strip())
LSCPU = HOME / "util-linux" / "tests"
AGENT = HOME / "fusioninventory-agent" / "resources"
WITHOUT = "NOT TESTED: tests/recorded/fetch has not been run, or the source is not served"


class Machines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.device = Device(shared_pki(), [1])
        cls.addClassCleanup(cls.device.__exit__)

    def content(self, root, *words):
        run = self.device.run("collect", "--root", root, "-o", "MachineId=recorded", *words)
        self.assertEqual((run.code, run.err), (0, ""), run)
        return run.json()["content"]


@unittest.skipUnless(LSCPU.is_dir(), WITHOUT)
class Processors(Machines):
    def known(self, name):
        text = (LSCPU / "expected" / "lscpu" / f"lscpu-{name}").read_text()
        return dict(re.findall(r"^([^#\n:]+):\s+(.+)$", text, re.MULTILINE))

    def test_every_machine_has_the_processors_that_lscpu_finds(self):
        dumps = sorted((LSCPU / "ts" / "lscpu" / "dumps").glob("*.tar.gz"))
        self.assertGreater(len(dumps), 10)
        for dump in dumps:
            name = dump.name.removesuffix(".tar.gz")
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                with tarfile.open(dump) as archive:
                    archive.extractall(folder)
                self.check(pathlib.Path(folder) / name, self.known(name))

    def check(self, root, known):
        cpus = self.content(root)["cpus"]
        if "Core(s) per socket" not in known or "Socket(s) per book" in known:
            return  # it knows no topology, or multiplies what the machine could have; Muster counts what is there
        cores, threads = int(known["Core(s) per socket"]), int(known["Thread(s) per core"])
        self.assertEqual((len(cpus), cpus[0]["core"], cpus[0]["thread"]), (int(known["Socket(s)"]), cores, cores * threads))
        if known.get("Model name", "-") != "-":
            self.assertEqual(cpus[0]["name"], known["Model name"])


@unittest.skipUnless(AGENT.is_dir(), WITHOUT)
class Firmware(Machines):
    FILLERS = re.compile(r"not spec|to be filled|o\.e\.m|none|unknown|^system |default string|not available|n/a|asset|^[ 0.-]*$"
                         r"|chassis|^empty$|out of spec|not applicable|0123456789|^x+$|undefined|nil|not provided|sernum", re.I)

    def check_text(self, value, shown, what):
        if not self.FILLERS.search(value):
            self.assertEqual(shown, value, what)

    def check(self, text):
        with Recorded({"sys/firmware/dmi/tables/DMI": table(text)}) as root:
            content = self.content(root.path)
        bios, first = content.get("bios", {}), {}
        modules = []
        for kind, fields in structures(text):
            first.setdefault(kind, fields)
            if kind == 17:
                modules.append(fields)
        for kind, name, key in ((0, "Vendor", "bmanufacturer"), (0, "Version", "bversion"), (1, "Manufacturer", "smanufacturer"),
                                (1, "Product Name", "smodel"), (1, "Serial Number", "ssn"), (2, "Product Name", "mmodel")):
            if name in first.get(kind, {}):
                self.check_text(first[kind][name], bios.get(key), key)
        found = [one.get("capacity") for one in content.get("memories", [])]
        self.assertEqual(found, [module_size(Encoder(17, 40, one)) or None for one in modules])

    def test_every_machine_has_the_facts_that_dmidecode_printed(self):
        texts = sorted(path for path in (AGENT / "generic" / "dmidecode").iterdir() if path.is_file())
        self.assertGreater(len(texts), 30)
        for path in texts:
            with self.subTest(path.name):
                self.check(path.read_text(encoding="utf-8", errors="surrogateescape"))


@unittest.skipUnless(AGENT.is_dir(), WITHOUT)
class OtherRecords(Machines):
    def test_every_cpuinfo_gives_a_processor(self):
        files = sorted(path for path in (AGENT / "linux" / "proc" / "cpuinfo").iterdir() if path.is_file())
        self.assertGreater(len(files), 5)
        for path in files:
            with self.subTest(path.name), Recorded({"proc/cpuinfo": path.read_bytes()}) as root:
                cpus = self.content(root.path, "--only", "cpu")["cpus"]
                self.assertGreaterEqual(cpus[0]["thread"], cpus[0]["core"])

    def test_every_monitor_has_its_name_and_serial_number(self):
        files = sorted(path for path in (AGENT / "generic" / "edid").iterdir() if path.is_file())
        self.assertGreater(len(files), 10)
        for path in files:
            with self.subTest(path.name), Recorded({"sys/class/drm/card0-DP-1/edid": path.read_bytes()}) as root:
                self.content(root.path, "--only", "monitor")


if __name__ == "__main__":
    unittest.main()
