"""Judges accuracy and agreement between two versions of a case: by images, by seeds, by counts.

What is best known decides. Where both kept what they said of each image, the images do, by the rule
that judges a variant against its dense network. Means over seeds have intervals, which hold what
another seed would move. Else the numbers of right images are all there is, and bound McNemar's p.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.judging import accuracy, stats
from results.judging.verdict import ALPHA, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.judging.accuracy import Judged
    from results.judging.change import Name
    from results.record import Quantity, Record

METRICS = ("accuracy", "agreement")
Versions = tuple["Record", "Record"]  # of one case, base and head
Found = tuple["Name", str]  # the verdict, and why


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """Images that were right in each version, of which nobody knows which ones."""

    images: int
    before: int
    after: int

    @property
    def least_p(self) -> float:
        """McNemar's p if no image went the other way."""
        change = abs(self.after - self.before)
        return stats.mcnemar(change, 0)

    @property
    def most_p(self) -> float:
        """McNemar's p if as many images as can went the other way beside those."""
        fewer, more = sorted((self.before, self.after))
        other_way = min(fewer, self.images - more)
        return stats.mcnemar(other_way + more - fewer, other_way)


def judge(pairs: Sequence[Versions], metric: str) -> list[Found | None]:
    """One verdict for each case, corrected over all (Benjamini-Hochberg); None if one has none."""
    shares = [(base.quantity(metric), head.quantity(metric)) for base, head in pairs]
    by_images = _by_images(pairs) if metric == "accuracy" else [None] * len(pairs)
    counts = [
        None if known else _counts(*each) for known, each in zip(by_images, shares, strict=True)
    ]
    least = iter(stats.benjamini_hochberg([each.least_p for each in counts if each]))
    most = iter(stats.benjamini_hochberg([each.most_p for each in counts if each]))
    found: list[Found | None] = []
    for images, (before, after), counted in zip(by_images, shares, counts, strict=True):
        bounds = (next(least), next(most)) if counted else None
        known = None if before is None or after is None else _found(before, after, bounds)
        found.append(images or known)
    return found


def _by_images(pairs: Sequence[Versions]) -> list[Found | None]:
    judged = accuracy.judge([(head, base) for base, head in pairs])
    return [None if each is None else (_name(each), each.why) for each in judged]


def _name(judged: Judged) -> Name:
    """A variant below 99 % has to show that it is equal; a version is not wrong without proof."""
    if judged.name == "worse":
        return "wrong" if judged.is_significant else "inconclusive"
    return "better" if judged.name == "better" else "same"


def _counts(before: Quantity | None, after: Quantity | None) -> _Counts | None:
    if before is None or after is None or before.n is None or before.n != after.n:
        return None
    if _are_over_seeds(before, after):
        return None
    right = (round(each.value * before.n) for each in (before, after))
    return _Counts(images=before.n, before=next(right), after=next(right))


def _are_over_seeds(before: Quantity, after: Quantity) -> bool:
    return None not in (before.low, before.high, after.low, after.high)


def _found(before: Quantity, after: Quantity, bounds: tuple[float, float] | None) -> Found:
    """The verdict of one case, by its seeds or by bounds of its p-value."""
    why = f"{100 * before.value:.4g} %, then {100 * after.value:.4g} %"
    change = after.value - before.value
    if _are_over_seeds(before, after):
        are_apart, may_be = not _overlap(before, after), True
        why += f", mean over seeds with intervals {'apart' if are_apart else 'that overlap'}"
    elif bounds is None:
        return "incomparable", "not counted over the same number of images"
    else:
        least, most = bounds
        are_apart, may_be = most < ALPHA, least < ALPHA
        images = round(abs(change) * (after.n or 0))
        why += f": {images} of {after.n} images, which ones is not known; {_between(least, most)}"
    if not may_be or abs(change) <= accuracy.MOST_LOSS + accuracy.ROUNDING:
        return "same", why
    if not are_apart:
        return "inconclusive", why
    return ("wrong" if change < 0.0 else "better"), why


def _between(least: float, most: float) -> str:
    """Two bounds of a p-value, or the one that both are shown as."""
    bounds = dict.fromkeys((shown(least), shown(most)))
    return " to ".join(bounds)


def _overlap(before: Quantity, after: Quantity) -> bool:
    ends = [(each.low or 0.0, each.high or 0.0) for each in (before, after)]
    return max(low for low, _ in ends) <= min(high for _, high in ends)
