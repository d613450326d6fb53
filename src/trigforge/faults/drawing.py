"""The flips of a campaign: kinds of places in stated proportions, bits and times at random."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from trigforge.errors import CampaignError
from trigforge.faults.places import Place
from trigforge.faults.records import Kind
from trigforge.suggestions import known_names
from trigforge.toolchain.verilator_upsets import Flips

_NUMBER = re.compile(r"[-+]?[\d./]{1,20}")
"""without an exponent, of which a large one takes forever"""
Numbers = npt.NDArray[np.int64]
Shares = Mapping[Kind, Fraction]
"""the share of the flips that each kind of place gets; empty: in proportion to their bits"""


def read_shares(text: str) -> Shares:
    """``data=0.5,control=0.1,voters=0.4`` as shares, exactly; they add up to 1.

    >>> {str(kind): str(share) for kind, share in read_shares("data=0.75, voters=1/4").items()}
    {'data': '3/4', 'voters': '1/4'}

    Raises ``CampaignError`` for kinds that are unknown or come twice, and for what are no such shares.
    """
    found: dict[Kind, Fraction] = {}
    for part in text.split(","):
        name, equals, number = (word.strip() for word in part.partition("="))
        if not equals:
            raise CampaignError(f"share {part.strip()!r} is no share; write KIND=SHARE, as in data=0.5,voters=0.5")
        if name not in list(Kind):
            known = known_names(name, [kind.value for kind in Kind])
            raise CampaignError(f"share of {name!r}: there is no such kind of place; {known}")
        if Kind(name) in found:
            raise CampaignError(f"share of {name!r} is given twice; give it once")
        found[Kind(name)] = _share(name, number)
    total = sum(found.values())
    if total != 1:
        raise CampaignError(f"the shares {text.strip()} add up to {float(total):g}; let them add up to 1")
    return found


def _share(name: str, number: str) -> Fraction:
    try:
        share = Fraction(number if _NUMBER.fullmatch(number) else "")
    except (ValueError, ZeroDivisionError):
        raise CampaignError(f"share of {name!r}: {number!r} is no number; give one from 0 to 1") from None
    if not 0 <= share <= 1:
        raise CampaignError(f"share of {name!r}: {number} is not from 0 to 1")
    return share


def drawn(places: Sequence[Place], flips: int, shares: Shares, interval_cycles: int, seed: int) -> Flips:
    """So many flips: each at a bit that is as likely as every other of its kind, at any phase of the interval.

    Raises ``CampaignError`` for a share of a kind of place that the design does not have.
    """
    random = np.random.default_rng(seed)
    bits = np.array([place.bits for place in places], np.int64)
    kinds = np.array([place.kind for place in places])
    for kind, share in shares.items():
        if share and not (kinds == kind).any():
            has = ", ".join(kind for kind in Kind if (kinds == kind).any()) or "none at all"
            raise CampaignError(f"share of {str(kind)!r}: this design has no such registers; it has {has}")
    if not len(places):
        raise CampaignError("this design has no register that could be flipped")
    groups = [np.flatnonzero(kinds == kind) for kind in shares] if shares else [np.arange(len(places))]
    counts = _apportioned(flips, list(shares.values())) if shares else [flips]
    chosen = [_drawn(random, bits, group, count) for group, count in zip(groups, counts, strict=True)]
    target, bit = (np.concatenate(column) for column in zip(*chosen, strict=True))
    order, wait = random.permutation(flips), random.integers(0, interval_cycles, flips)
    return Flips(target[order].astype(np.int32), bit[order].astype(np.int32), wait.astype(np.int32))


def _drawn(random: np.random.Generator, bits: Numbers, group: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """Targets of a group, and their bits, all bits of the group alike."""
    ends = np.cumsum(bits[group])
    number = random.integers(0, int(ends[-1]), count) if count else np.zeros(0, np.int64)
    which = np.searchsorted(ends, number, side="right")
    return group[which], number - (ends - bits[group])[which]


def _apportioned(flips: int, shares: Sequence[Fraction]) -> list[int]:
    """Whole numbers in these proportions, by the largest remainders."""
    exact = [flips * share for share in shares]
    counts = [int(number) for number in exact]
    rest = sorted(range(len(shares)), key=lambda n: exact[n] - counts[n], reverse=True)
    for n in rest[: flips - sum(counts)]:
        counts[n] += 1
    return counts
