"""A machine with a name, a hosts file and a name server of its own; the server never answers."""

import os
import subprocess

RUN_THERE = r"""
    hostname "$1" && mount --bind "$0/hosts" /etc/hosts && mount --bind "$0/resolv.conf" /etc/resolv.conf &&
    ip link set lo up || exit 99
    shift
    "$0/nameserver" "$0/ready" & server=$!
    until [ -e "$0/ready" ]; do sleep 0.02; done
    "$@"; code=$?
    kill $server
    exit $code"""
NAMESERVER = """#!/usr/bin/env python3
import pathlib, socket, sys, time
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 53))
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""
NAMESPACES = ("unshare", "--mount", "--uts", "--net")


def why_no_machine():
    if os.geteuid() != 0:
        return "needs root"
    done = subprocess.run([*NAMESPACES, "true"], capture_output=True)
    return "" if done.returncode == 0 else "no such namespaces here"


def machine(folder, name, hosts):
    """What to put before a command that is to run there; `folder` is for its files."""
    place = folder / "machine"
    place.mkdir()
    (place / "hosts").write_text(hosts)
    (place / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:1\n")
    (place / "nameserver").write_text(NAMESERVER)
    (place / "nameserver").chmod(0o755)
    return (*NAMESPACES, "sh", "-c", RUN_THERE, str(place), name)
