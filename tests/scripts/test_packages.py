"""The checks of what is shipped."""

import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).parents[2] / "scripts"
UNITS = pathlib.Path(__file__).parents[2] / "packaging" / "systemd"
MAX_EXPOSURE = {"muster.service": 15, "muster-adopt.service": 15, "muster-collect.service": 25, "muster-renew.service": 15,
                "muster-renew-request.service": 15, "muster-renew-install.service": 15,
                "muster-update.service": 30}  # tenths; the last runs the package tool


def run(script, *words):
    done = subprocess.run([SCRIPTS / script, *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


class OldSystems(unittest.TestCase):
    def test_a_program_that_needs_a_newer_glibc_is_refused_with_its_symbols(self):
        code, said = run("check-glibc", shutil.which("bash"))
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"needs GLIBC_2\.\d+; at most GLIBC_2\.28 is allowed")
        self.assertRegex(said, r"\(GLIBC_2\.3\d\) +\w+")


class Exposure(unittest.TestCase):
    @staticmethod
    def exposes_more(unit, tenths):
        done = subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={tenths}", unit],
                              capture_output=True, text=True, check=False)
        return done.returncode != 0

    def test_each_service_exposes_little(self):
        self.assertEqual(set(MAX_EXPOSURE), {unit.name for unit in UNITS.glob("*.service")})
        for name, tenths in MAX_EXPOSURE.items():
            with self.subTest(name):
                self.assertFalse(self.exposes_more(UNITS / name, tenths))

    def test_one_without_a_sandbox_is_noticed(self):
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder) / "muster.service"
            unit.write_text("[Service]\nExecStart=/usr/bin/muster run\n")
            self.assertTrue(self.exposes_more(unit, 25))


class Contents(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def check(self, *entries):
        """entries: (name, mode, user)"""
        package = self.folder / "muster.tar.gz"
        with tarfile.open(package, "w:gz") as archive:
            for name, mode, user in entries:
                entry = tarfile.TarInfo(name)
                entry.mode, entry.uname, entry.gname = mode, user, user
                archive.addfile(entry)
        return run("check-packages", package)

    def test_what_belongs_there_is_accepted(self):
        self.assertEqual(self.check(("usr/bin/muster", 0o755, "root"), ("usr/lib/muster/setup", 0o755, "root")), (0, ""))

    def test_a_file_in_a_foreign_place_is_refused(self):
        code, said = self.check(("usr/bin/muster", 0o755, "root"), ("usr/include/fmt/core.h", 0o644, "root"))
        self.assertEqual(code, 1)
        self.assertIn("files where nothing of ours belongs:\n  -rw-r--r-- root/root usr/include/fmt/core.h", said)

    def test_a_file_of_another_user_or_that_others_may_write_to_is_refused(self):
        self.assertIn("files of another owner than root", self.check(("usr/bin/muster", 0o755, "builder"))[1])
        self.assertIn("files that others may write to", self.check(("usr/bin/muster", 0o775, "root"))[1])

    def test_an_empty_package_is_refused(self):
        self.assertEqual(self.check()[0], 1)


if __name__ == "__main__":
    unittest.main()
