"""Beacons at real distances, some of them dead, and devices that know nothing of them.

    with FarBeacons(pki) as far:        # NoNetwork where this machine cannot have one
        far.everywhere, far.alone       # devices: of all of them, and of the nearest alone
        seconds, place = far.cold(far.everywhere)
        far.round_trips[place], far.nearest"""

import contextlib
import random

from .beacon import Beacon
from .ca import SERVER
from .device import Device
from .network import Link, Star

PORT = 8443


def server_at(pki, addresses, names=()):
    """The pair of a server at all of these."""
    names = [*(f"IP:{address}" for address in addresses), *(f"DNS:{name}" for name in names)]
    pair = pki.issuing.issue("server-far", "far", SERVER + "subjectAltName=" + ",".join(names) + "\n")
    return pki.with_chain(pair)


def beacons_at(pki, server, star, addresses):
    """Contexts: one nginx for ten addresses, so that not all wait for the same one."""
    for first in range(0, len(addresses), 10):
        one, *more = addresses[first:first + 10]
        site = "".join(f"listen {address}:{PORT} ssl;\n" for address in more)
        yield Beacon(pki, server=server, address=one, port=PORT, prefix=star.in_beacon, site=site)


def upload_cold(device, star, *words):
    """(seconds, the place of the beacon) of one small upload by a device that knows nothing."""
    (device.data / "state" / "beacons").unlink(missing_ok=True)
    run = device.run("upload", device.file("a", bytes(2000)), "--json", *words, prefix=star.in_device)
    if run.code != 0:
        raise AssertionError(str(run))
    return run.seconds, int(run.json()["uploaded"][0]["beacon"].removeprefix("beacon")) - 1


class FarBeacons:
    """`count` beacons with round trips from 4 to 99 ms, in any order; `dead` of them, never the nearest, answer nothing."""

    def __init__(self, pki, count=50, dead=10):
        self.pki = pki
        chance = random.Random(5)
        self.round_trips = [4 + 95 * place / (count - 1) for place in range(count)]
        chance.shuffle(self.round_trips)
        self.nearest = self.round_trips.index(min(self.round_trips))
        self.dead = set(chance.sample([place for place in range(count) if place != self.nearest], dead))

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            links = [Link(delay_ms=trip / 2, loss_percent=100 if place in self.dead else 0)
                     for place, trip in enumerate(self.round_trips)]
            self.star = stack.enter_context(Star(links))
            self.addresses = self.star.addresses
            for beacon in beacons_at(self.pki, server_at(self.pki, self.addresses), self.star, self.addresses):
                stack.enter_context(beacon)
            self.everywhere = self._device(stack, self.addresses)
            self.alone = self._device(stack, [self.addresses[self.nearest]])
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _device(self, stack, hosts):
        return stack.enter_context(Device(self.pki, [{"Port": PORT, "Host": host} for host in hosts]))

    def cold(self, device):
        return upload_cold(device, self.star)
