#!/usr/bin/env python3
"""What it costs to find out whether a beacon is revoked: one small file up, by a process that knows its beacon. With
its CRL cached, and fetched for every single transfer, each against the same transfer without the check; on this machine,
and over a round trip where it can have one (root, namespaces, muster_netem). Ratios beside their goals; the runs
alternate.

    tests/bench/revocation.py PROGRAM [--runs 5] [--transfers 20] [--entries 1000] [--far-ms 20]
"""

import argparse
import contextlib
import os
import pathlib
import sys

sys.dont_write_bytecode = True
from measure import measured, medians, pin_workers, use_tmpfs, verdict  # noqa: E402

SMALL = 20 * 1024
UNCHECKED, CACHED, FETCHED = "unchecked", "cached", "fetched"


class Contest:
    """The same beacon and device for all ways, which differ by an option and by what is cached before each transfer."""

    def __init__(self, program, pki, options, address, in_beacon=(), in_device=()):
        from support.beacon import Beacon, free_port
        from support.ca import SERVER
        from support.device import Device
        self.options, self.in_device = options, in_device
        stack = contextlib.ExitStack()
        self.close = stack.close
        plain = free_port()
        url = f"http://{address}:{plain}/ManageSoftDL/ca.crl"
        server = pki.with_chain(pki.issuing.issue(f"server-{plain}", "revocation", SERVER +
                                                  f"subjectAltName=IP:{address}\ncrlDistributionPoints=URI:{url}\n"))
        beacon = stack.enter_context(Beacon(pki, server=server, address=address, prefix=in_beacon,
                                            site=f"listen {address}:{plain};"))
        pin_workers(beacon)
        pki.issuing.crl(beacon.folder / "download" / "ca.crl")
        device = stack.enter_context(Device(pki, [{"Host": address, "Port": beacon.port}]))
        crls = device.ssl / "crls"
        (crls / "all.pem").unlink()
        pki.root.crl(crls / "root.pem")
        upload = f"{program} --config {device.config} -q upload {device.file('small', os.urandom(SMALL))}"
        self.cwd = device.work
        self.commands = {UNCHECKED: f"{upload} -o CheckCertificateRevocation=False", CACHED: upload,
                         FETCHED: f"rm -f {crls}/fetched-* && {upload}"}

    def milliseconds(self, way):
        count = self.options.transfers
        script = f"for i in $(seq {count}); do {self.commands[way]} || exit 1; done"
        wall, cpu, _ = measured(["sh", "-c", script], self.cwd, self.in_device)
        return wall / count * 1000, cpu / count * 1000

    def report(self, title):
        runs = {way: [] for way in self.commands}
        for number in range(self.options.runs + 1):
            for way, results in runs.items():
                result = self.milliseconds(way)
                if number > 0 or self.options.runs == 0:  # the first round is for the caches
                    results.append(result)
        print(title)
        plain = medians(runs[UNCHECKED])
        print(f"  {UNCHECKED:10} wall {plain[0]:8.2f} ms  CPU {plain[1]:7.2f} ms")
        for way, goal in ((CACHED, 1.25), (FETCHED, 2.0)):
            wall, cpu = medians(runs[way])
            ratio = wall / plain[0]
            print(f"  {way:10} wall {wall:8.2f} ms  CPU {cpu:7.2f} ms  ratio {ratio:5.2f}{verdict(ratio, goal, 'lower')}")
        sys.stdout.flush()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--transfers", type=int, default=20, help="in each run")
    options.add_argument("--entries", type=int, default=1000, help="of the CRL")
    options.add_argument("--far-ms", type=float, default=20)
    options = options.parse_args()
    program = pathlib.Path(options.program).resolve()
    os.environ["MUSTER"] = str(program)
    use_tmpfs()

    from support.ca import Pki
    from support.network import Network, NoNetwork
    pki = Pki()
    pki.issuing.list_as_revoked(options.entries)
    contest = Contest(program, pki, options, "127.0.0.1")
    contest.report(f"20 KiB up, a CRL of {options.entries} entries, on this machine")
    contest.close()
    try:
        with Network(delay_ms=options.far_ms / 2) as network:
            contest = Contest(program, pki, options, network.beacon_address, network.in_beacon, network.in_device)
            contest.report(f"the same over a round trip of {options.far_ms:g} ms")
            contest.close()
    except NoNetwork as missing:
        print(f"no network with a round trip here: {missing}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
