"""The end of the demo: a machine of its own under a real systemd, the installation of the package there, and the service
at work. It needs root and what namespaces need; elsewhere it says why it is not shown."""

import contextlib
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "release"
sys.path.insert(0, str(ROOT / "tests" / "system"))

CONTROL = """\
Package: muster
Version: {version}
Architecture: {architecture}
Maintainer: The demo
Description: Muster, as build/release has it
"""


def build_package(folder):
    """By the rules and scripts of the package that is shipped (scripts/packages), from the build that the demo has made."""
    root = folder / "package"
    subprocess.run(["cmake", "--install", BUILD, "--prefix", "/usr", "--component", "runtime", "--strip"], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "DESTDIR": str(root)})
    about = root / "DEBIAN"
    about.mkdir()
    version = subprocess.check_output([BUILD / "muster", "--version"], text=True).split()[1]
    architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    (about / "control").write_text(CONTROL.format(version=version, architecture=architecture))
    for script in ("postinst", "prerm", "postrm"):
        (about / script).write_bytes((BUILD / "packaging" / script).read_bytes())
        (about / script).chmod(0o755)

    package = folder / "muster.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", root, package], check=True,
                   stdout=subprocess.DEVNULL)
    return package.read_bytes()


class OnIt:
    """Commands on the machine, shown with what they print."""

    def __init__(self, show, machine):
        self.show = show
        self.machine = machine

    def run(self, *words, code=0, expect=""):
        print("# " + " ".join(map(str, words)), flush=True)
        ended, said = self.machine.run(*words)
        for line in said.splitlines():
            if not line.startswith("dpkg: warning:"):  # of packages that this machine only has by name
                print("  " + line)
        if ended != code:
            self.show.blame(f"it ended with {ended}, and {code} was expected")
        if expect not in said:
            self.show.blame(f"'{expect}' was expected in the output")


@contextlib.contextmanager
def machine_and_beacon():
    """As the tests of the package have them; SkipTest where this machine cannot have them."""
    from parties import BesideBeacon

    class Parties(BesideBeacon):
        pass

    try:
        Parties.setUpClass()
        yield Parties
    finally:
        Parties.doClassCleanups()


def service(show, say):
    try:
        with machine_and_beacon() as parties:
            show_service(show, say, parties)
    except unittest.SkipTest as reason:
        say(f"Not shown here: the package and its service in a machine of its own ({reason}).")


def show_service(show, say, parties):
    from machine import DATA
    from support.beacon import wait_until

    def arrives(kind):
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: any(kind in name for name in parties.beacon.uploaded()), 60, kind)
            return print("  the beacon has: " + next(name for name in parties.beacon.uploaded() if kind in name))
        show.blame(f"the beacon has nothing below {kind}")

    machine = parties.machine
    on_it = OnIt(show, machine)
    say("A machine of its own under systemd. A deployment has staged preferences, CA, certificate and key; the package takes\n"
        "them over, and its service starts:")
    parties.stage_deployment()
    machine.path("/tmp/muster.deb").write_bytes(build_package(parties.folder))
    on_it.run("dpkg", "--install", "/tmp/muster.deb", expect="installed")
    on_it.run("systemctl", "show", "--property=ActiveState,StatusText,User", "muster", expect="ActiveState=active")

    say("The service asks for an inventory; root's own unit, which has no network, takes it, and the service uploads it:")
    machine.as_agent("touch", f"{DATA}/state/collect")
    arrives("Inventories/")
    on_it.run("muster", "status", expect="1 delivered")

    say("The purge removes the service and what it made; a file that no beacon has yet stays, and is named:")
    parties.beacon.stop()
    machine.path(f"{DATA}/uploads/Inventories/laptop-0042.ndi").write_bytes(b"waiting")
    on_it.run("dpkg", "--purge", "muster", expect=f"muster: kept: {DATA}/uploads/Inventories/laptop-0042.ndi")
