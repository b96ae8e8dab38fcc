"""Disks that fail: an ext4 image that can be looked at as after a power cut, and a disk that is full. Both need root.

    with Image() as image, on(image.folder), Device(...) as device: ...
        with image.after_power_cut() as folder: ...     # the same tree as it would come up again
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

# Nothing gets to the disk by itself: no commit for minutes, no order between data and names, no help for programs that
# rename without fsync.
FORGETFUL = "loop,commit=300,data=writeback,noauto_da_alloc,noatime"


def why_not():
    """What keeps this system from mounting, or nothing."""
    if os.geteuid() != 0:
        return "only root can mount"
    if not shutil.which("mkfs.ext4"):
        return "mkfs.ext4 is missing"
    try:
        with Image():
            return ""
    except (OSError, subprocess.CalledProcessError) as problem:
        return f"no loop devices here: {problem}"


def call(*words):
    subprocess.run(list(map(str, words)), check=True, capture_output=True)


@contextlib.contextmanager
def mounted(folder, *words):
    folder.mkdir(exist_ok=True)
    call("mount", *words, folder)
    try:
        yield folder
    finally:
        call("umount", "--lazy", folder)


@contextlib.contextmanager
def on(folder):
    """Temporary folders, those of a Device among them, are made there."""
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


class Image:
    """image.folder is where it is mounted."""

    MIB = 24

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        try:
            place = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-image-")))
            self.image = place / "image"
            with self.image.open("wb") as file:
                file.truncate(self.MIB << 20)
            call("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image)
            self.folder = self._stack.enter_context(mounted(place / "mounted", "-o", FORGETFUL, self.image))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_):
        self._stack.close()

    def sync(self):
        call("sync", "--file-system", self.folder)

    @contextlib.contextmanager
    def after_power_cut(self):
        """What has reached the disk by now: a copy of the image, mounted, so that its journal is replayed."""
        copy = self.image.with_name("copy")
        shutil.copyfile(self.image, copy)
        try:
            with mounted(copy.with_name("replayed"), "-o", "loop", copy) as folder:
                yield folder
        finally:
            copy.unlink()


class FullDisk:
    """A small tmpfs: disk.fill(), disk.free()."""

    def __init__(self, kib=2048):
        self.kib = kib

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        place = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-small-")))
        self.folder = self._stack.enter_context(mounted(place / "mounted", "-t", "tmpfs", "-o",
                                                        f"size={self.kib}k", "tmpfs"))
        self._ballast = self.folder / "ballast"
        return self

    def __exit__(self, *_):
        self._stack.close()

    def fill(self, but=0):
        """Takes all room, but so many KiB."""
        with self._ballast.open("wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(4096))
        os.truncate(self._ballast, max(0, self._ballast.stat().st_size - but * 1024))

    def free(self):
        self._ballast.unlink(missing_ok=True)
