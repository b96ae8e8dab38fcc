"""Evidence that contradicts itself, deployed and fetched, as an administrator meets it: emergencies, delta CRLs of AD CS,
stale files, clocks that differ, addresses that two issuers share."""

import os
import time
import types
import unittest

from support import evidence
from support.revocation import Revocation
from support.validation import hang, ocsp_responder

DAY = 24


def crl(says="none", number=5, start=-2, end=7 * DAY, base=None, scope="-"):
    return types.SimpleNamespace(says=says, number=number, start=start, end=end, base=base, scope=scope)


class Evidence(Revocation):
    def site(self, *places):
        """A beacon whose certificate names places, and a device."""
        pair = self.pair(self.places.points(*map(self.places.url, places)) if places else "")
        return self.device(self.beacon(pair)), pair

    def deploy(self, device, name, pair, **facts):
        (device.ssl / "crls" / name).write_bytes(evidence.crl(self.issuing, pair, crl(**facts), ""))


class Together(Evidence):
    def test_an_empty_delta_crl_does_not_hide_that_its_base_lists_the_beacon(self):
        device, pair = self.site()
        self.deploy(device, "weekly.crl", pair, says="revoked", number=5)
        self.upload(device, 5, "certificate revoked (23)")
        self.deploy(device, "daily.crl", pair, number=6, base=5, start=-1)
        self.upload(device, 5, "certificate revoked (23)")

    def test_a_delta_crl_whose_base_is_nowhere_clears_nothing(self):
        device, pair = self.site()
        self.deploy(device, "daily.crl", pair, number=6, base=5)
        self.upload(device, 5, "a delta CRL without its complete CRL")

    def test_an_emergency_crl_counts_beside_a_fetched_one(self):
        device, pair = self.site("ca.crl")
        self.places.answers["ca.crl"] = evidence.crl(self.issuing, pair, crl(number=5), "")
        self.upload(device, 0)
        self.deploy(device, "emergency.pem", pair, says="revoked", number=6, start=-1)
        run = self.upload(device, 5, "certificate revoked (23)")
        self.assertIn("emergency.pem", run.err)

    def test_a_deployed_delta_crl_counts_without_being_named(self):
        device, pair = self.site()
        self.deploy(device, "weekly.crl", pair, number=5)
        self.upload(device, 0)
        self.deploy(device, "daily.crl", pair, says="revoked", number=6, base=5, start=-1)
        self.upload(device, 5, "certificate revoked (23)")

    def test_a_delta_crl_for_a_newer_base_has_that_base_fetched(self):
        device, pair = self.site("ca.crl")
        self.deploy(device, "weekly.crl", pair, number=5)
        self.deploy(device, "daily.crl", pair, number=8, base=7, start=-1)
        self.places.answers["ca.crl"] = evidence.crl(self.issuing, pair, crl("revoked", 7, -1), "")
        self.upload(device, 5, "certificate revoked (23)")

    def test_an_older_ocsp_answer_does_not_replace_one_that_says_revoked(self):
        pair = self.pair(self.places.responder())
        device = self.device(self.beacon(pair), SSLOCSPCacheLifetime="3600")

        def answer(says, start):
            return evidence.ocsp(self.issuing, pair, types.SimpleNamespace(says=says, start=start, end=5 * DAY))

        self.places.answers["ocsp"] = answer("revoked", -1)
        self.upload(device, 5, "certificate revoked (23)")
        [cached] = (device.ssl / "ocsp").glob("fetched-*")
        os.utime(cached, times=(time.time() - 4000,) * 2)
        self.places.answers["ocsp"] = answer("good", -5)
        self.upload(device, 5, "certificate revoked (23)")


class Expired(Evidence):
    def test_what_has_expired_is_renewed_before_it_refuses(self):
        device, pair = self.site("first.crl", "second.crl")
        self.deploy(device, "old.crl", pair, says="revoked", number=3, start=-9 * DAY, end=-DAY)
        self.upload(device, 5, "which has expired")
        self.assertEqual((self.asked("first.crl"), self.asked("second.crl")), (1, 1))
        device, pair = self.site("first.crl", "second.crl")
        self.deploy(device, "old.crl", pair, says="revoked", number=3, start=-9 * DAY, end=-DAY)
        self.places.answers["second.crl"] = evidence.crl(self.issuing, pair, crl(), "")
        self.upload(device, 0)


class Holds(Evidence):
    def test_a_delta_crl_releases_a_hold(self):
        device, pair = self.site()
        self.deploy(device, "weekly.crl", pair, says="hold", number=5)
        self.upload(device, 5, "certificate revoked (23)")
        self.deploy(device, "daily.crl", pair, says="removed", number=6, base=5, start=-1)
        self.upload(device, 0)

    def test_a_complete_crl_does_not(self):
        device, pair = self.site()
        self.deploy(device, "weekly.crl", pair, says="removed", number=5)
        self.upload(device, 5, "certificate revoked (23)")


class Clocks(Evidence):
    def test_a_crl_may_be_five_minutes_ahead(self):
        for ahead, code in ((5 / 3600, 0), (200 / 3600, 0), (400 / 3600, 5)):
            with self.subTest(ahead=ahead):
                device, pair = self.site("ca.crl")
                self.places.answers["ca.crl"] = evidence.crl(self.issuing, pair, crl(start=ahead), "")
                words = ["CRL is not yet valid (11)", "this machine's clock says 20"] if code else []
                self.upload(device, code, *words)


class Lifetimes(Evidence):
    def test_a_minute_is_a_lifetime(self):
        device, pair = self.site("ca.crl")
        device.preferences["SSLCRLCacheLifetime"] = "60"
        device.write_config()
        self.places.answers["ca.crl"] = evidence.crl(self.issuing, pair, crl(), "")
        self.upload(device, 0)
        self.upload(device, 0)
        self.assertEqual(self.asked("ca.crl"), 1)
        device, _ = self.by_ocsp(ocsp_responder(self.issuing), SSLOCSPCacheLifetime="60")
        self.upload(device, 0)
        self.upload(device, 0)
        self.assertEqual(self.asked("ocsp"), 1)


class Addresses(Evidence):
    def test_an_address_with_a_space_is_escaped(self):
        device, pair = self.site("My CA.crl")
        self.places.answers["My%20CA.crl"] = evidence.crl(self.issuing, pair, crl(), "")
        self.upload(device, 0)

    def test_what_is_no_url_is_named(self):
        for url in ("http://localhost:99999/x", "http:///x", "http://user@localhost/x"):
            with self.subTest(url=url):
                pair = self.pair(self.places.points(url))
                self.upload(self.device(self.beacon(pair)), 5, url, "not a valid URL")

    def test_several_crls_at_one_address_all_count(self):
        device, pair = self.site("ca.crl")
        root = self.pki.root.crl(self.pki.root.folder / "one.crl").read_bytes()
        ours = self.issuing.crl(self.issuing.folder / "one.crl").read_bytes()
        self.places.answers["ca.crl"] = root + ours
        self.upload(device, 0)


class Roots(Evidence):
    def test_a_root_that_its_own_crl_lists_is_not_judged(self):
        device, pair = self.site()
        self.deploy(device, "issuing.crl", pair)
        listed = evidence.crl(self.pki.root, self.pki.root, crl("revoked"), "")
        (device.ssl / "crls" / "root.pem").write_bytes(listed)
        self.upload(device, 0)


class Waiting(Evidence):
    def test_best_effort_accepts_when_every_place_hangs(self):
        pair = self.pair(self.places.points(*(self.places.url(f"{place}.crl") for place in range(3))))
        for place in range(3):
            self.places.answers[f"{place}.crl"] = hang
        device = self.device(self.beacon(pair), CheckCertificateRevocation="BestEffort", NetworkTimeout="2")
        self.assertIn("BestEffort", self.upload(device, 0).err)
        self.assertEqual(len(self.places.asked), 3)


if __name__ == "__main__":
    unittest.main()
