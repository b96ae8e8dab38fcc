#!/usr/bin/env python3
"""An oracle for revocation, written from RFC 5280 and RFC 6960 alone, and the matrix of cases that it judges.

    revocation.py FILE    writes the matrix, one case on each line (see Case.line)

It shares no code and no data structure with the program. The program's unit tests judge every case and compare; the
integration tests build some of them from real certificates, CRLs and OCSP answers behind real servers.

Times are hours from now. A certificate has two places for complete CRLs, one for delta CRLs, and one OCSP responder.
"""

import dataclasses
import itertools
import random
import sys
from typing import Optional

TOLERANCE = 5 / 60  # hours by which clocks may differ
LIMIT = 24          # hours that an OCSP answer without nextUpdate counts


@dataclasses.dataclass(frozen=True)
class Crl:
    """`at`: H at hand (deployed), 1 and 2 the places for complete CRLs, D the place for delta CRLs.
    `says`: none, revoked, hold, removed. `scope`: - all, m this distribution point, x another one, u user certificates,
    a certificates of CAs, s some reasons, i indirect. `base`: the number of the base of a delta CRL."""
    at: str = "H"
    says: str = "none"
    start: float = -2
    end: Optional[float] = 100
    number: Optional[int] = 5
    base: Optional[int] = None
    scope: str = "-"
    signed: bool = True


@dataclasses.dataclass(frozen=True)
class Answer:
    """OCSP. `at`: H at hand (cached), O at the responder, S stapled. `says`: good, revoked, unknown."""
    at: str = "O"
    says: str = "good"
    start: float = -1
    end: Optional[float] = 24
    signed: bool = True


@dataclasses.dataclass(frozen=True)
class Case:
    crls: tuple = ()
    answers: tuple = ()
    order: str = "CO"  # C CRL, O OCSP, S stapling
    leaf: bool = True

    def line(self):
        """order|leaf or ca|CRLs|answers|verdict, parts of a CRL or an answer separated by colons, "-" for absent."""
        crls = " ".join(f"{c.at}:{c.says}:{c.start}:{shown(c.end)}:{shown(c.number)}:{shown(c.base)}:{c.scope}:{c.signed:d}"
                        for c in self.crls)
        answers = " ".join(f"{a.at}:{a.says}:{a.start}:{shown(a.end)}:{a.signed:d}" for a in self.answers)
        return f"{self.order}|{'leaf' if self.leaf else 'ca'}|{crls}|{answers}|{Judgement(self).verdict()}"


def shown(value):
    return "-" if value is None else value


class Judgement:
    """Plays the whole story: judge by what is at hand, fetch what is missing, judge again."""

    def __init__(self, case):
        self.case = case
        self.asked = set("HS")  # what has been fetched, or was there

    def verdict(self):
        while True:
            outcome = self.attempt()
            if outcome not in ("1", "2", "D", "O"):
                return outcome
            self.asked.add(outcome)

    # -- CRLs: RFC 5280, 5.2 and 6.3.3 ---------------------------------------------------------------------------

    def usable(self):
        """6.3.3 (b): signed by the issuer, and with a scope that the certificate is in."""
        scopes = {"-", "m", "s", "u" if self.case.leaf else "a"}
        return [c for c in self.case.crls if c.at in self.asked and c.signed and c.scope in scopes]

    @staticmethod
    def precedes(one, other):
        if one.start != other.start:
            return one.start < other.start
        return one.scope == other.scope and None not in (one.number, other.number) and one.number < other.number

    @staticmethod
    def started(item):
        return item.start <= TOLERANCE

    @classmethod
    def current(cls, item):
        return cls.started(item) and (item.end is None or item.end >= -TOLERANCE)

    @staticmethod
    def due(item):
        return item.end is not None and item.end <= 0

    def whole(self):
        """Complete CRLs for all reasons that have started."""
        return [c for c in self.usable() if c.base is None and c.scope != "s" and self.started(c)]

    def newest(self):
        best = None
        for c in self.whole():
            if best is None or self.precedes(best, c) or (
                    not self.precedes(c, best) and self.current(c) and not self.current(best)):
                best = c
        return best

    def accusers(self):
        """Everything that lists the certificate and that nothing newer takes back."""
        whole, newest = self.whole(), self.newest()
        for c in self.usable():
            listed = c.says in ("revoked", "hold") or (c.says == "removed" and c.base is None)
            if not listed or any(self.precedes(c, w) for w in whole):
                continue
            releases = [d for d in self.usable() if d.says == "removed" and self.combines(d, newest)
                        and self.precedes(c, d)]
            if c.says != "hold" or not releases:
                yield c

    def combines(self, delta, complete):
        """5.2.4: what a delta CRL and a complete one must have in common to be used together."""
        if complete is None or delta.base is None or None in (complete.number, delta.number):
            return False
        return (delta.scope == complete.scope and self.current(delta) and not self.precedes(delta, complete)
                and delta.base <= complete.number < delta.number)

    def newer_exists(self):
        """A delta CRL for a base that is newer than the newest complete CRL at hand."""
        newest = self.newest()
        return newest is not None and newest.number is not None and any(
            d.base is not None and d.scope == newest.scope and self.started(d) and d.base > newest.number
            and not self.precedes(d, newest) for d in self.usable())

    def voucher(self):
        """Good until when, as of when: None where no CRL vouches for the certificate."""
        newest = self.newest()
        if newest is None or self.newer_exists() or list(self.accusers()):
            return None
        current = newest if self.current(newest) else next(
            (c for c in self.whole() if self.current(c) and c.says == "none"), None)
        if current is None:
            return None
        deltas = [d.start for d in self.usable() if d.base is not None and self.combines(d, newest)]
        return max([newest.start, *deltas]), current is newest and not self.due(newest)

    def crl_place(self):
        for place in "12":
            held = [c for c in self.usable() if c.at == place and c.base is None and c.scope != "s" and self.started(c)]
            if place not in self.asked and not any(not self.due(c) for c in held):
                return place
        return None

    def delta_place(self):
        return "D" if "D" not in self.asked else None

    # -- OCSP: RFC 6960, 3.2 and 4.2.2.1 -------------------------------------------------------------------------

    def answers(self, kinds):
        return [a for a in self.case.answers if a.at in self.asked and a.at in kinds and a.signed]

    @staticmethod
    def limit(answer):
        return answer.start + LIMIT if answer.end is None else answer.end

    def vouching(self, kinds):
        good = [a for a in self.answers(kinds)
                if a.says == "good" and self.started(a) and self.limit(a) >= -TOLERANCE]
        return max(good, key=lambda a: a.start, default=None)

    # -- Both together ---------------------------------------------------------------------------------------------

    def attempt(self):
        """A verdict, or the place to fetch from first."""
        accusers = list(self.accusers())
        if any(not self.due(c) for c in accusers):
            holds = all(c.says == "hold" for c in accusers)
            if holds and "C" in self.case.order and self.delta_place():
                return self.delta_place()
            return "revoked"
        revoking = [a for a in self.answers("HOS") if a.says == "revoked"]
        if any(self.limit(a) > 0 or not self.started(a) for a in revoking):
            return "revoked"

        since = max([x.start for x in [*accusers, *revoking]], default=None)
        for source in self.case.order:
            outcome = {"C": self.by_crl, "O": self.by_ocsp, "S": self.by_staple}[source](since)
            if outcome:
                return outcome
        for source, ask in (("C", self.by_crl), ("O", self.by_ocsp)):
            if source not in self.case.order and ask(since, False) == "good":
                return "good"
        return "revoked" if since is not None else "unknown"

    def by_crl(self, since, fetch=True):
        vouched = self.voucher()
        if vouched:
            as_of, fresh = vouched
            missing = fetch and ((not fresh and self.crl_place()) or self.delta_place())
            if missing:
                return missing
            if since is None or as_of > since:
                return "good"
        accusers = list(self.accusers())
        by_delta = accusers and all(c.base is not None for c in accusers)
        if not fetch:
            return None
        return (by_delta and self.delta_place()) or self.crl_place()

    def by_ocsp(self, since, fetch=True):
        good = self.vouching("HO")
        helps = good is not None and (since is None or good.start > since)
        if helps and self.limit(good) > 0:
            return "good"
        if fetch and "O" not in self.asked:
            return "O"
        return "good" if helps else None

    def by_staple(self, since):
        good = self.vouching("S") if self.case.leaf else None
        return "good" if good is not None and (since is None or good.start > since) else None


# -- The matrix ----------------------------------------------------------------------------------------------------

# Start, end and number of a complete CRL, by its name.
DATES = {"older": (-50, 50, 4), "newer": (-2, 100, 6), "between": (-20, 30, 5), "expired": (-90, -40, 3),
         "just expired": (-3, -1, 5), "due": (-30, -0.05, 5), "future": (3, 100, 8), "soon": (0.05, 100, 7)}
ORDERS = ("CO", "OC", "C", "O", "SC", "CS", "SOC", "COS")


def complete(name, at, says, **more):
    start, end, number = DATES[name]
    return Crl(at, says, start, end, number, **more)


def delta(at, says, base, start=-1, end=20, number=9, **more):
    return Crl(at, says, start, end, number, base, **more)


def ocsp(at, name):
    """Good, revoked or unknown; expired, dated in the future, without an end, or signed by another key."""
    says, _, when = name.partition(" ")
    start, end = {"": (-1, 24), "expired": (-60, -36), "future": (2, 24), "soon": (0.05, 24), "endless": (-3, None),
                  "old": (-30, None), "forged": (-1, 24), "due": (-9, -0.05)}[when]
    return Answer(at, says, start, end, when != "forged")


ANSWERS = [f"{says}{when}" for says in ("good", "revoked")
           for when in ("", " expired", " future", " soon", " endless", " old", " forged", " due")] + ["unknown"]


def two_crls_and_a_delta():
    """Complete CRLs, deployed and fetched, with a delta CRL."""
    says = ("none", "revoked", "hold")
    firsts = [complete(*one) for one in itertools.product(DATES, "H1", says)]
    seconds = [None] + [complete(*one) for one in itertools.product(DATES, "H12", says)]
    deltas = [None] + [delta(at, word, base, *dates) for at, word, base, dates in itertools.product(
        "HD", ("none", "revoked", "hold", "removed"), (3, 5, 6, 8), ((-1, 20), (-1, -0.5), (-45, 20), (2, 20)))]
    for parts in itertools.product(firsts, seconds, deltas):
        yield Case(tuple(part for part in parts if part))


def scopes_and_keys():
    """Shards, CRLs for some certificates only, and CRLs of another key with the issuer's name."""
    kinds = [dict(scope=scope, signed=signed) for scope in "-mxuasi" for signed in (True, False)]
    for first, second, kind, other in itertools.product(DATES, ("older", "newer", "expired"), kinds, kinds):
        for says, other_says, leaf in itertools.product(("none", "revoked"), ("none", "revoked", "removed"), (True, False)):
            yield Case((complete(first, "H", says, **kind), complete(second, "1", other_says, **other)), leaf=leaf)


def scopes_of_deltas():
    for scope, other, says, word, base in itertools.product("-mxs", "-mxusi", ("none", "hold", "revoked"),
                                                            ("none", "revoked", "hold", "removed"), (4, 6, 7)):
        yield Case((complete("newer", "H", says, scope=scope), delta("H", word, base, scope=other)))


def all_sources():
    """CRLs, OCSP answers and staples in every order."""
    crls = [()] + [(complete(*one),) for one in itertools.product(DATES, "H1", ("none", "revoked", "hold"))]
    for crl, order, leaf in itertools.product(crls, ORDERS, (True, False)):
        for asked, staple in itertools.product([None, *ANSWERS], [None, *ANSWERS]):
            answers = [ocsp("O", asked)] if asked else []
            if staple and "S" in order and leaf:
                answers.append(ocsp("S", staple))
            yield Case(crl, tuple(answers), order, leaf)


def two_answers():
    crls = [(), (complete("newer", "H", "none"),), (complete("expired", "H", "revoked"),)]
    for crl, order, cached, asked in itertools.product(crls, ORDERS, ANSWERS, ANSWERS):
        yield Case(crl, (ocsp("H", cached), ocsp("O", asked)), order)


def anything(chance, count):
    """What nobody would think of."""
    for _ in range(count):
        crls = tuple(Crl(chance.choice("HH12D"), chance.choice(("none", "none", "revoked", "hold", "removed")),
                         chance.choice((-50, -20, -2, -2, -1, 0.05, 3)), chance.choice((None, -40, -0.05, 10, 100)),
                         chance.choice((None, 4, 5, 6)), None if chance.random() < 0.6 else chance.choice((3, 4, 5, 6)),
                         chance.choice("----msxu"), chance.random() < 0.9) for _ in range(chance.randrange(5)))
        crls = tuple(dataclasses.replace(crl, at="D" if crl.base and crl.at in "12" else
                                         "1" if crl.at == "D" and not crl.base else crl.at) for crl in crls)
        answers = tuple(ocsp(at, chance.choice(ANSWERS)) for at in "HO" if chance.random() < 0.3)
        yield Case(crls, answers, chance.choice(ORDERS), chance.random() < 0.8)


def matrix():
    """The same cases in every run: all of the small groups, and a fixed choice from the large ones."""
    chance = random.Random(5280)
    for group in (two_crls_and_a_delta, scopes_and_keys, all_sources):
        yield from chance.sample(list(group()), 6000)
    yield from scopes_of_deltas()
    yield from two_answers()
    yield from anything(chance, 6000)


def main():
    lines = sorted({case.line() for case in matrix()})
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.writelines(line + "\n" for line in lines)


if __name__ == "__main__":
    main()
