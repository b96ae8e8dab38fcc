"""What tests of revocation start from."""

import os
import pathlib
import tempfile

from .ca import LOCAL_NAMES, SERVER, openssl
from .device import Device
from .running import Parties
from .validation import ValidationServer


class Revocation(Parties):
    """The issuing CA of the beacons is judged by a deployed CRL, the beacon's own certificate by what is fetched."""

    number = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.issuing = cls.pki.issuing

    def setUp(self):
        self.places = self.entered(ValidationServer())

    def der(self, crl):
        return openssl_bytes("crl", "-in", crl, "-outform", "DER")

    def crl(self, *options, issuer=None):
        issuer = issuer or self.issuing
        return self.der(issuer.crl(issuer.folder / "fetched.crl", *options))

    def pair(self, extensions, revoked=False):
        Revocation.number += 1
        pair = self.issuing.issue(f"server-{self.number}", f"beacon-{self.number}", SERVER + LOCAL_NAMES + "\n" + extensions)
        if revoked:
            self.issuing.revoke(pair)
        return self.pki.with_chain(pair)

    def beacon(self, pair, **more):
        return super().beacon(server=pair, **more)

    def device(self, *beacons, crls=True, **preferences):
        device = self.entered(Device(self.pki, [beacon.port for beacon in beacons],
                                     **{"NetworkRetries": "0", **preferences}))
        (device.ssl / "crls" / "all.pem").unlink()
        if crls:
            self.pki.root.crl(device.ssl / "crls" / "root.pem")
        return device

    def upload(self, device, code, *fragments, **more):
        run = device.run("upload", device.file("a.ndi", os.urandom(3000)), **more)
        self.assertEqual(run.code, code, run)
        for fragment in fragments:
            self.assertIn(fragment, run.err, run)
        return run

    def asked(self, path):
        return len([one for one in self.places.asked if one[1].endswith("/" + path)])

    def by_crl(self, answer, revoked=False, **preferences):
        """A device, and a beacon whose CRL is where `answer` is given."""
        self.places.answers["ca.crl"] = answer
        beacon = self.beacon(self.pair(self.places.points(self.places.url("ca.crl")), revoked))
        return self.device(beacon, **preferences), beacon

    def by_ocsp(self, answer, revoked=False, **preferences):
        self.places.answers["ocsp"] = answer
        beacon = self.beacon(self.pair(self.places.responder(), revoked))
        return self.device(beacon, **preferences), beacon


def openssl_bytes(*words):
    with tempfile.NamedTemporaryFile(prefix="muster-der-") as file:
        openssl(*words, "-out", file.name)
        return pathlib.Path(file.name).read_bytes()
