"""Sixty cases of the oracle's matrix with real certificates, CRLs, OCSP answers and staples, over TLS 1.2 and 1.3."""

import pathlib
import random
import sys
import tempfile
import unittest

from support import evidence
from support.ca import LOCAL_NAMES, SERVER, Authority
from support.revocation import Revocation

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "oracle"))
import revocation as oracle  # noqa: E402

PREFERENCE = {"C": "CRL", "O": "OCSP", "S": "OCSPSTAPLING"}
CASES_OF_A_VERDICT = 20


def can_be_built(case):
    """The openssl command writes no CRL without number or end; what is cached comes from an earlier fetch."""
    return (all(crl.number and crl.end is not None and crl.start < crl.end for crl in case.crls)
            and all(answer.at != "H" for answer in case.answers))


def chosen():
    """As many of each verdict, the same ones in every run."""
    cases = [case for case in oracle.matrix() if can_be_built(case)]
    chance = random.Random(6960)
    for verdict in ("good", "revoked", "unknown"):
        yield from chance.sample([case for case in cases if oracle.Judgement(case).verdict() == verdict],
                                 CASES_OF_A_VERDICT)


class NamesPlaces:
    """A parent whose intermediates get further extensions."""

    def __init__(self, parent, extensions):
        self._parent, self._extensions = parent, extensions

    def sign(self, key, name, certificate, extensions, *validity):
        self._parent.sign(key, name, certificate, extensions + "\n" + self._extensions, *validity)


class Matrix(Revocation):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-matrix-", dir=cls.pki.folder))
        # Authorities with the names of ours, and keys of their own.
        cls.forgers = {cls.issuing: Authority(folder / "issuing", cls.issuing.name),
                       cls.pki.root: Authority(folder / "root", cls.pki.root.name)}

    def places_of(self, number):
        url = self.places.url
        return (f"crlDistributionPoints=URI:{url(f'{number}/1')},URI:{url(f'{number}/2')}\n"
                f"freshestCRL=URI:{url(f'{number}/D')}\nauthorityInfoAccess=OCSP;URI:{url(f'{number}/O')}\n")

    def middle(self, number):
        """An intermediate that names places, and the server's pair below it."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-middle-", dir=self.pki.folder))
        middle = Authority(folder / "middle", f"Middle {number}", NamesPlaces(self.pki.root, self.places_of(number)))
        pair = middle.issue("server", f"below-{number}", SERVER + LOCAL_NAMES)
        pair.certificate.write_text(pair.certificate.read_text() + middle.certificate.read_text())
        return middle, pair

    def make(self, case, number, subject, issuer):
        """Gives the places what they have; returns the deployed CRLs and the staple."""
        deployed, staple = [], None
        for facts in case.crls:
            signer = issuer if facts.signed else self.forgers[issuer]
            made = evidence.crl(signer, subject, facts, self.places.url(f"{number}/1"))
            if facts.at == "H":
                deployed.append(made)
            else:
                place = f"{number}/{facts.at}"
                self.places.answers[place] = self.places.answers.get(place, b"") + made
        for facts in case.answers:
            made = evidence.ocsp(issuer, subject, facts, None if facts.signed else self.forgers[issuer])
            if facts.at == "O":
                self.places.answers[f"{number}/O"] = made
            else:
                staple = made
        return deployed, staple

    def check(self, case, number):
        middle, pair = (None, self.pair(self.places_of(number))) if case.leaf else self.middle(number)
        deployed, staple = self.make(case, number, *((pair, self.issuing) if case.leaf else (middle, self.pki.root)))

        site = f"ssl_protocols {('TLSv1.2', 'TLSv1.3')[number % 2]};\n"
        if staple:
            file = pathlib.Path(pair.certificate).with_suffix(".ocsp")
            file.write_bytes(staple)
            site += f"ssl_stapling on;\nssl_stapling_file {file};\n"
        check = ("True", "BestEffort")[number // 2 % 2]
        beacon = self.beacon(pair, site=site)
        device = self.device(beacon, crls=case.leaf, CheckCertificateRevocation=check,
                             PrioritizeRevocationChecks=",".join(PREFERENCE[letter] for letter in case.order))
        if middle:
            middle.crl(device.ssl / "crls" / "middle.pem")
        for place, made in enumerate(deployed):
            (device.ssl / "crls" / f"deployed-{place}.crl").write_bytes(made)

        verdict = oracle.Judgement(case).verdict()
        accepted = verdict == "good" or (verdict == "unknown" and check == "BestEffort")
        words = {"good": "", "revoked": "certificate revoked (23)",
                 "unknown": "BestEffort" if accepted else "cannot find out whether"}[verdict]
        self.upload(device, 0 if accepted else 5, words)
        self.assertEqual(len(beacon.uploaded()), 1 if accepted else 0)


def test_of(number, case):
    return lambda self: self.check(case, number)


for index, one in enumerate(chosen()):
    setattr(Matrix, f"test_case_{index:02d}_{oracle.Judgement(one).verdict()}", test_of(index, one))


if __name__ == "__main__":
    unittest.main()
