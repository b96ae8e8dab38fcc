#!/usr/bin/env python3
"""Compares the durable spool with curl: many files of 20 KiB, same certificate, same server, in one run, as ratios.

    tests/bench/drain.py PROGRAM [--files 10000] [--runs 3] [--single 300] [--far-files 2000] [--far-ms 20]

curl is given its best: --parallel with 4, 16 and 32 connections and without Expect, the files in a list; the best of
the three counts. It keeps no promise; the spool's are durable. A curl process for each file is what scripts do today.
Then the same over a round trip of 20 ms, where this machine can have one (root, namespaces, muster_netem).

Client on core 0, server on core 1, all files on tmpfs. Handshakes are the connections that the server saw.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from measure import (count_connections, handshakes, measured, medians, pin_workers, print_line,  # noqa: E402
                     print_limit, use_tmpfs)

SIZE = 20 * 1024


class Contest:
    def __init__(self, program, beacon, device, files, url=None, prefix=()):
        self.program, self.beacon, self.device, self.files = program, beacon, device, files
        self.url, self.prefix = url or beacon.url(), prefix
        self.source = device.work / "source"
        self.source.mkdir()
        for number in range(files):
            (self.source / f"f{number:05}").write_bytes(os.urandom(SIZE))
        self.round = 0

    def _curl(self):
        return ["curl", "-sf", "--cacert", self.device.ssl / "cert.pem", "--cert", self.device.certificate, "--key",
                self.device.key]

    def _checked(self, folder, count):
        arrived = list((self.beacon.folder / "upload" / folder).iterdir())
        if len(arrived) != count or any(path.stat().st_size != SIZE for path in arrived):
            raise RuntimeError(f"{len(arrived)} of {count} files arrived whole")
        shutil.rmtree(self.beacon.folder / "upload" / folder)

    def muster(self, *words):
        folder = self.device.spool / "Inventories"
        shutil.rmtree(self.device.spool, ignore_errors=True)
        shutil.copytree(self.source, folder)
        result = measured([self.program, "--config", self.device.config, "-q", "upload", *words],
                          self.device.work, self.prefix)
        if any(folder.iterdir()):
            raise RuntimeError("the spool is not empty")
        self._checked("Inventories", self.files)
        return *result, handshakes(self.beacon)

    def curl_parallel(self, connections):
        return self.curl_listed(self.url, "--http1.1", "--parallel", "--parallel-max", connections)

    def curl_listed(self, origin, *options):
        """All files by one curl process, without Expect."""
        listed = self.device.work / "list"
        url = f"{origin}/ManageSoftRL/Curl"
        listed.write_text("".join(f'upload-file={path}\nurl={url}/{path.name}\n' for path in self.source.iterdir()))
        result = measured([*self._curl(), "-H", "Expect:", *options, "-K", listed], self.device.work, self.prefix)
        self._checked("Curl", self.files)
        return *result, handshakes(self.beacon)

    def curl_each(self, count):
        paths = sorted(self.source.iterdir())[:count]
        url = f"{self.url}/ManageSoftRL/Curl/"
        command = " ".join(map(str, [*self._curl(), "--http1.1"]))
        script = "\n".join(f"{command} -T {path} {url} || exit 1" for path in paths)
        listed = self.device.work / "each.sh"
        listed.write_text(script)
        result = measured(["sh", listed], self.device.work, self.prefix)
        self._checked("Curl", len(paths))
        return *result, handshakes(self.beacon)


def far_away(program, pki, options):
    from support.beacon import Beacon, free_port
    from support.ca import SERVER
    from support.device import Device
    from support.network import Network, NoNetwork
    try:
        network = Network(delay_ms=options.far_ms / 2).__enter__()
    except NoNetwork as missing:
        print(f"no network with a round trip here: {missing}")
        return
    try:
        address = network.beacon_address
        port, port_of_http2 = free_port(), free_port()
        server = pki.with_chain(pki.issuing.issue("server-far", "far", f"{SERVER}subjectAltName=IP:{address}"))
        # The reference beacon has HTTP/1.1 only; curl's best over a long way is many requests on one connection.
        http2 = f"listen {address}:{port_of_http2} ssl http2;"
        with Beacon(pki, server=server, address=address, prefix=network.in_beacon, port=port, site=http2) as beacon, \
                Device(pki, [{"Host": address, "Port": beacon.port}]) as device:
            count_connections(beacon)
            pin_workers(beacon)
            contest = Contest(program, beacon, device, options.far_files, f"https://{address}:{beacon.port}",
                              network.in_device)
            ways = {"spool": contest.muster,
                    "curl --parallel, 16 connections": lambda: contest.curl_parallel(16),
                    "curl --parallel, 50 connections": lambda: contest.curl_parallel(50),
                    "curl --parallel, 50 requests on one HTTP/2 connection": lambda: contest.curl_listed(
                        f"https://{address}:{port_of_http2}", "--http2", "--parallel", "--parallel-max", 50)}
            runs = {name: [] for name in ways}
            for _ in range(options.runs):
                for name, way in ways.items():
                    runs[name].append(way())
            ours = medians(runs.pop("spool"))
            print(f"{options.far_files} files of 20 KiB, {options.far_ms:g} ms round trip, medians of {options.runs}")
            rate = options.far_files / ours[0]
            print(f"  files/s          muster {rate:9.0f}   goal >= 1000: {'met' if rate >= 1000 else 'missed'}")
            for name, theirs in runs.items():
                report(f"spool against {name}", ours, medians(theirs), options.far_files, options.far_files)
            report("spool against curl, one after the other", ours, contest.curl_listed(contest.url, "--http1.1"),
                   options.far_files, options.far_files)
    finally:
        network.__exit__()


def report(title, ours, theirs, files, their_files, rate_goal=None, cpu_goal=None):
    print(title)
    print_line("files/s", "", files / ours[0], their_files / theirs[0], "higher", rate_goal)
    print_line("CPU/file", "ms", ours[1] / files * 1000, theirs[1] / their_files * 1000, goal=cpu_goal)
    print_line("peak", "MiB", ours[2], theirs[2])
    print(f"  handshakes       muster {ours[3]:9.0f}   curl {theirs[3]:9.0f}")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--files", type=int, default=10_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--single", type=int, default=300)
    options.add_argument("--far-files", type=int, default=2000)
    options.add_argument("--far-ms", type=float, default=20)
    options = options.parse_args()
    program = pathlib.Path(options.program).resolve()
    os.environ["MUSTER"] = str(program)
    use_tmpfs()

    from support.beacon import Beacon
    from support.ca import Pki
    from support.device import Device
    pki = Pki()
    with Beacon(pki) as beacon, Device(pki, [beacon.port]) as device:
        count_connections(beacon)
        pin_workers(beacon)
        contest = Contest(program, beacon, device, options.files)
        plain, digest = [], []
        curl = {connections: [] for connections in (4, 16, 32)}
        for number in range(options.runs + 1):
            row = contest.muster("-o", "UploadDigest=Never"), contest.muster()
            parallel = {connections: contest.curl_parallel(connections) for connections in curl}
            if number == 0 and options.runs > 1:
                continue  # for the caches
            plain.append(row[0])
            digest.append(row[1])
            for connections, result in parallel.items():
                curl[connections].append(result)
        ours = medians(plain)
        best = min(curl, key=lambda connections: medians(curl[connections])[0])
        print(f"{options.files} files of 20 KiB, medians of {options.runs}")
        report(f"spool against curl --parallel, the best: {best} connections", ours, medians(curl[best]), options.files,
               options.files, 0.95, 1.1)
        print_limit("peak", "MiB", ours[2], 16)
        report("the same with a digest for each file, as is the default", medians(digest), medians(curl[best]),
               options.files, options.files)
        single = min(options.single, options.files)
        report("spool against a curl process for each file", ours, contest.curl_each(single), options.files, single,
               30)
    far_away(program, pki, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
