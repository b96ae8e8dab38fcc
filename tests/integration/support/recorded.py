"""A recorded system: a folder with the files that a collector would read, made by the tests."""

import os
import pathlib
import shutil
import struct
import subprocess
import tempfile


def smbios_structure(kind, fixed, strings=()):
    text = b"".join(one.encode() + b"\0" for one in strings)
    return bytes([kind, len(fixed) + 4, 1, 0]) + fixed + (text or b"\0") + b"\0"


def smbios_table(serial="EX1-000123", uuid=bytes(range(1, 17))):
    """A server with one processor socket, a memory module and an empty slot for another."""
    memory = bytearray(0x1c - 4)
    struct.pack_into("<H", memory, 0x0c - 4, 16384)
    memory[0x0e - 4], memory[0x10 - 4], memory[0x12 - 4], memory[0x18 - 4] = 9, 1, 0x1a, 2
    struct.pack_into("<H", memory, 0x15 - 4, 3200)
    empty = bytearray(0x1c - 4)
    empty[0x10 - 4] = 1
    return b"".join([
        smbios_structure(0, bytes([1, 2, 0, 0, 3]), ("ExampleCorp", "1.2.3", "11/02/2024")),
        smbios_structure(1, bytes([1, 2, 3, 4]) + uuid + bytes([6, 0, 0]), ("ExampleCorp", "EX-1", "None", serial)),
        smbios_structure(3, bytes([1, 0x17, 0, 2, 0]), ("ExampleCorp", "CH-7")),
        smbios_structure(17, bytes(memory), ("DIMM_A1", "4711")),
        smbios_structure(17, bytes(empty), ("DIMM_B1",)),
        smbios_structure(127, b"")])


DPKG = """Package: curl
Status: install ok installed
Section: web
Installed-Size: 500
Maintainer: Somebody <somebody@example.com>
Architecture: amd64
Version: 7.88.1-10+deb12u8
Description: command line tool
 for transferring data
Homepage: https://curl.se/

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: half
Status: install ok half-installed
Architecture: amd64
Version: 1.0

Package: libc6
Status: install ok installed
Architecture: i386
Version: 2.36-9
Source: glibc (2.36)
"""

APK = """C:Q1abc=
P:musl
V:1.2.4-r2
A:x86_64
I:634880
T:the musl c library
U:https://musl.libc.org/
L:MIT
o:musl
m:Somebody <somebody@example.org>

P:busybox
V:1.36.1-r5
A:x86_64
"""

PACMAN = {"zlib-1:1.3-1": "%NAME%\nzlib\n\n%VERSION%\n1:1.3-1\n\n%DESC%\nCompression library\n\n%ARCH%\nx86_64\n\n"
                          "%INSTALLDATE%\n1700000000\n\n%SIZE%\n341234\n\n%LICENSE%\ncustom\n\n",
          "bash-5.2-1": "%NAME%\nbash\n\n%VERSION%\n5.2-1\n\n%ARCH%\nx86_64\n"}

USUAL = {
    "etc/os-release": 'ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    "etc/debian_version": "12.5\n",
    "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "etc/hostname": "recorded\n",
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000:Alice Example,,,:/srv/alice:/bin/sh\n+::::::\n",
    "etc/group": "root:x:0:\nsudo:x:27:alice\n",
    "proc/meminfo": "MemTotal:       16384000 kB\nSwapTotal:       2048000 kB\n",
    "proc/cpuinfo": "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Example CPU @ 2.60GHz\nphysical id\t: 0\n\n"
                    "processor\t: 1\nvendor_id\t: GenuineIntel\nmodel name\t: Example CPU @ 2.60GHz\nphysical id\t: 1\n",
    "proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
    "proc/sys/kernel/arch": "x86_64\n",
    "var/lib/dpkg/status": DPKG,
}


class Recorded:
    """    with Recorded({"etc/hostname": "other\\n", "link": "-> target"}) as root:
        root.path, root.put("path", b"bytes")"""

    def __init__(self, files=None):
        self._folder = tempfile.TemporaryDirectory(prefix="muster-recorded-")
        self.path = pathlib.Path(self._folder.name)
        self.path.chmod(0o755)
        for name, content in {**USUAL, **(files or {})}.items():
            self.put(name, content)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def put(self, name, content):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str) and content.startswith("-> "):
            path.symlink_to(content[3:])
            return path
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def put_rpm_database(self, packages):
        """(name, epoch or "", version, release) of packages that are installed in the database alone."""
        with tempfile.TemporaryDirectory(prefix="muster-rpm-") as work:
            for name, epoch, version, release in packages:
                spec = pathlib.Path(work) / f"{name}.spec"
                spec.write_text(f"Name: {name}\nVersion: {version}\nRelease: {release}\nSummary: Test {name}\nLicense: MIT\n"
                                + (f"Epoch: {epoch}\n" if epoch else "")
                                + "Vendor: ExampleCorp\nBuildArch: noarch\n%description\nx\n%files\n")
                subprocess.run(["rpmbuild", "-bb", "--define", f"_topdir {work}", spec], check=True, capture_output=True)
            files = list(pathlib.Path(work).rglob("*.rpm"))
            for command in (["--initdb"], ["-i", "--justdb", "--nodeps", "--ignoreos", *files]):
                subprocess.run(["rpm", "--root", self.path, "--dbpath", "/var/lib/rpm", *command], check=True,
                               capture_output=True)


def has_rpm():
    return shutil.which("rpmbuild") is not None and os.geteuid() == 0
