#!/usr/bin/env python3
"""Shows the main job of Muster on this machine: three real nginx beacons that demand mutual TLS, a throw-away CA,
the choice of the best beacon, a download and an upload, what is refused, and the service of the package. scripts/demo
starts it. Ends with an error when anything behaves differently than told."""

import os
import pathlib
import signal
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "integration"))
os.environ["MUSTER"] = str(ROOT / "build" / "release" / "muster")


def say(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


class Show:
    def __init__(self):
        self.wrong = 0

    def run(self, device, *words, code=0, expect="", within=None):
        shown = " ".join(f"'{word}'" if " " in str(word) else str(word) for word in words)
        print(f"$ muster {shown}".replace(str(device.folder), "~"), flush=True)
        run = device.run(*words)
        for line in (run.out + run.err).splitlines():
            print("  " + line.replace(str(device.folder), "~"))
        print(f"  -> exit {run.code} after {run.seconds * 1000:.0f} ms", flush=True)
        if run.code != code:
            self.blame(f"exit code {code} was expected")
        if expect not in run.out + run.err:
            self.blame(f"'{expect}' was expected in the output")
        if within is not None and run.seconds > within:
            self.blame(f"it took longer than {within * 1000:.0f} ms")
        return run

    def blame(self, what):
        self.wrong += 1
        print(f"  !! {what}", flush=True)


def enrol_by_request(show, pki, device):
    from support.ca import CLIENT, openssl
    say("A device makes its key and a request for a certificate; the key never leaves it. The CA answers, and the answer is\n"
        "installed:")
    show.run(device, "cert", "request", "-O", "device.csr")
    answer = device.work / "device.crt"
    usage = device.file("usage", CLIENT.encode())
    openssl("x509", "-req", "-in", device.work / "device.csr", "-CA", pki.issuing.certificate, "-CAkey", pki.issuing.key,
            "-copy_extensions", "copy", "-extfile", usage, "-days", "90", "-out", answer)
    answer.write_text(answer.read_text() + pki.issuing.certificate.read_text())
    show.run(device, "cert", "install", "device.crt")
    show.run(device, "cert", "check", expect="OK, valid for")


def enrol_by_pfx(show, pki, device):
    from support.ca import openssl
    say("Another device was given a .pfx; its password lies in a file that nobody else may read:")
    openssl("pkcs12", "-export", "-in", pki.client.certificate, "-inkey", pki.client.key, "-out", device.work / "client.pfx",
            "-passout", "pass:demo")
    device.file("password", b"demo\n").chmod(0o600)
    show.run(device, "cert", "import", "client.pfx", "--password-file", "password")


# Through the slow relay a handshake takes 0.6 s: what is faster cannot have gone there.
def choice(show, device, relays, first, second):
    say("Three beacons; 'beacon1', first in config.ini, is behind a line with 300 ms delay each way.")
    show.run(device, "beacons")

    say("A policy is downloaded and an inventory uploaded; the slow beacon is not chosen, and sees no request.")
    run = show.run(device, "download", "Policies/default.json", within=0.55)
    if "beacon1" in run.out:
        show.blame("the slow beacon was chosen")
    if (device.work / "default.json").read_bytes() != b'{"policy": 1}\n':
        show.blame("the policy differs")
    inventory = device.file("laptop-0042.ndi", os.urandom(20_000))
    run = show.run(device, "upload", inventory, within=0.55)
    if "beacon1" in run.out or first.requests():
        show.blame("the slow beacon was used")
    print(f"  beacon2's log: {second.requests()[-1]}" if second.requests() else "")

    say("The delay moves from beacon1 to the others: so does the choice.")
    relays[0].delay = 0
    for relay in relays[1:]:
        relay.delay = 0.3
    show.run(device, "upload", inventory, expect="'beacon1'", within=0.55)
    for relay in relays:
        relay.delay = 0


def trouble(show, pki, beacons, inventory_of):
    from support.device import Device
    from support.relay import BlackHole
    dead, frozen, good = beacons
    with BlackHole() as hole:
        with Device(pki, [good.port]) as device:
            usual = show.run(device, "upload", inventory_of(device)).seconds
        ports = [dead.port, frozen.port, hole.port, good.port] if hole.is_black() else [dead.port, frozen.port, good.port]
        say("beacon1 is killed, beacon2 frozen (TCP accepts, TLS is silent), beacon3 is a black hole. None of them\n"
            "costs a transfer more than 300 ms:")
        dead.stop()
        frozen.signal(signal.SIGSTOP)
        with Device(pki, ports) as device:
            show.run(device, "-v", "upload", inventory_of(device), expect=f"'beacon{len(ports)}'", within=usual + 0.3)
            show.run(device, "beacons", "-o", "NetworkTimeout=1")
        frozen.signal(signal.SIGCONT)
        dead.start()


def diagnosis(show, pki, beacons):
    from support.device import Device
    say("One broken machine at night: muster doctor walks the whole way and ends with the first thing that is wrong.")
    with Device(pki, [beacon.port for beacon in beacons[:1]]) as device:
        show.run(device, "doctor", expect="No problems found")
        device.deploy(pki.client_revoked)
        show.run(device, "doctor", code=4, expect="refused our client certificate")


def refusals(show, pki, good, inventory_of):
    from support.beacon import Beacon
    from support.device import Device
    say("What is refused, and what to do about it. No certificate where one is demanded:")
    with Device(pki, [good.port], AddClientCertificateAndKey="False") as device:
        show.run(device, "upload", inventory_of(device), code=4, expect="AddClientCertificateAndKey=True")
    with Device(pki, [good.port], client=None) as device:
        show.run(device, "upload", inventory_of(device), code=4, expect="deploy")
    say("A revoked certificate, one of a foreign CA, and a key that everybody may read:")
    for client, expect in ((pki.client_revoked, "device-revoked"), (pki.client_stranger, "device-stranger")):
        with Device(pki, [good.port], client=client) as device:
            show.run(device, "upload", inventory_of(device), code=4, expect=expect)
    with Device(pki, [good.port]) as device:
        device.key.chmod(0o644)
        show.run(device, "upload", inventory_of(device), code=4, expect="chmod 0600")
    say("A beacon of a foreign CA, a revoked one, and one that nobody can tell about for want of a CRL:")
    for server, expect in ((pki.server_stranger, "no CA that this machine trusts"), (pki.server_revoked, "revoked")):
        with Beacon(pki, server=server) as beacon, Device(pki, [beacon.port]) as device:
            show.run(device, "upload", inventory_of(device), code=5, expect=expect)
            if beacon.requests():
                show.blame("a beacon that is not trusted saw a request")
    with Device(pki, [good.port]) as device:
        (device.ssl / "crls" / "all.pem").unlink()
        show.run(device, "upload", inventory_of(device), code=5, expect="CheckCertificateRevocation")


def spool(show, pki, good, other):
    from support.agent import Agent
    from support.beacon import wait_until
    from support.device import Device
    with Device(pki, [other.port, good.port], client=None, AddClientCertificateAndKey="False") as device:
        enrol_by_pfx(show, pki, device)
        say("The spool: any program puts files into uploads/<Type>/, and each goes out. One has a name that no beacon\n"
            "takes: it is set aside with the reason.")
        for number in range(20):
            device.put(f"laptop-{number:04}.ndi", os.urandom(20_000))
        device.put("two\nlines.ndi")
        show.run(device, "-q", "upload", code=9, expect="1 set aside")
        show.run(device, "status", code=7, expect="waiting      0 files")
        say("The agent sends what appears at once, also when one beacon dies under it:")
        with Agent(device):
            device.put("first.ndi")
            wait_until(lambda: not device.waiting(), what="the first upload")
            other.stop()
            device.put("second.ndi")
            wait_until(lambda: not device.waiting(), 10, what="the second upload")
            other.start()
        show.run(device, "status", code=7, expect="1 delivered")


def policy(show, pki, good, other):
    import json
    from support.device import Device
    say("A policy adds a beacon and an event to the schedule. The new beacon list is on trial until an upload and a policy\n"
        "went through it. A hostile policy, which switches a check off, is refused.")
    new = {"id": "new", "host": "localhost", "port": other.port}
    nightly = {"id": "nightly", "action": "inventory", "triggers": [{"kind": "daily", "at": "02:30"}]}
    permitted = {"muster_policy": 1, "beacons": {"upload": [new], "download": [new]}, "schedule": [nightly]}
    hostile = {"muster_policy": 1, "preferences": {"CheckServerCertificate": False}}
    with Device(pki, [good.port]) as device:
        for beacon in (good, other):
            beacon.put_download("Policies/default.json", json.dumps(permitted).encode())
        show.run(device, "policy", "--dry-run", expect="would be applied")
        show.run(device, "policy", expect="on trial")
        show.run(device, "upload", device.file("on-trial.ndi"), expect="'new'")
        show.run(device, "policy", expect="is applied already")
        show.run(device, "beacons", expect="new")
        for beacon in (good, other):
            beacon.put_download("Policies/default.json", json.dumps(hostile).encode())
        show.run(device, "policy", code=1, expect="a policy never changes a check")
        show.run(device, "status", expect="the last one was refused")


def inventory(show, pki, good):
    import gzip
    import json
    from support.device import Device
    say("This machine's own inventory is taken and uploaded; taken again, it has not changed. What listens here:")
    with Device(pki, [good.port]) as device:
        show.run(device, "collect", "--upload", expect="uploaded 1 file")
        show.run(device, "collect", "--upload", expect="has not changed")
        show.run(device, "collect", "--discovery", "--upload", expect="Discovery/")
    names = [name for name in good.uploaded() if name.endswith(".json.gz") and "Inventories/" in name]
    content = json.loads(gzip.decompress(good.uploaded()[names[0]]))["content"] if names else {}
    print("  the beacon has: " + ", ".join(f"{len(value)} {key}" for key, value in content.items() if isinstance(value, list)))
    if not content.get("cpus") or not content.get("softwares"):
        show.blame("the inventory lacks processors or software")


def main():
    from support.beacon import Beacon
    from support.ca import Pki
    from support.device import Device
    from support.relay import Relay

    from demo_service import service

    def inventory_of(device):
        return device.file("laptop-0042.ndi", os.urandom(20_000))

    say("A throw-away CA: root, issuing CA, certificates for beacons and devices, CRLs of both CAs.")
    pki = Pki()
    show = Show()
    beacons = [Beacon(pki).start() for _ in range(3)]
    try:
        for beacon in beacons:
            beacon.put_download("Policies/default.json", b'{"policy": 1}\n')
        with Relay(beacons[0].port, 0.3) as a, Relay(beacons[1].port, 0) as b, Relay(beacons[2].port, 0) as c:
            with Device(pki, [a.port, b.port, c.port], client=None, AddClientCertificateAndKey="False") as device:
                enrol_by_request(show, pki, device)
                choice(show, device, (a, b, c), beacons[0], beacons[1])
        trouble(show, pki, beacons, inventory_of)
        spool(show, pki, beacons[2], beacons[0])
        policy(show, pki, beacons[2], beacons[0])
        inventory(show, pki, beacons[2])
        refusals(show, pki, beacons[2], inventory_of)
        diagnosis(show, pki, beacons)
        service(show, say)
    finally:
        for beacon in beacons:
            beacon.__exit__()
    if show.wrong:
        say(f"{show.wrong} of the steps did not behave as told.")
        return 1
    say("Every step behaved as told.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
