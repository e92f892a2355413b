"""Scales and rounds numbers for people: the only module that does either."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.judging import seeds, target
from results.judging.verdict import CHANGES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from results.judging.row import Row
    from results.judging.stats import Ratio
    from results.record import CaseKey, Record

ABSENT = "\N{EN DASH}"
LITTLE = 0.01  # a smaller share would be 0.00 with the usual two places
DIGITS = 3  # of a number without an interval: repeated runs rarely agree on a fourth
MOST_DIGITS = 4  # of a number whose interval would allow more: nobody compares five by eye
LEAST_DIGITS = 2  # of a number whose interval allows fewer: 1 digit hides half of its value
SMALL_GAIN = 1.1  # below it the gain only starts in the third digit
COMPARABLE = 1e4  # largest over smallest value that one unit still shows readably


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A name for a power of ten, or for none."""

    name: str
    size: float


SECONDS = (Unit(name="s", size=1.0), Unit(name="ms", size=1e-3), Unit(name="µs", size=1e-6))
BYTES = (
    Unit(name="GB", size=1e9),
    Unit(name="MB", size=1e6),
    Unit(name="kB", size=1e3),
    Unit(name="B", size=1.0),
)
COUNTS = (
    Unit(name="G", size=1e9),
    Unit(name="M", size=1e6),
    Unit(name="k", size=1e3),
    Unit(name="", size=1.0),
)


def unit_for(values: Iterable[float], units: Sequence[Unit]) -> Unit:
    """One unit for all values, so that eyes can compare them: no value shows below 1 if possible.

    Where they lie too far apart for that, the median chooses instead.
    """
    ordered = sorted(abs(value) for value in values if value)
    if not ordered:
        return units[0]
    wide = ordered[-1] / ordered[0] > COMPARABLE
    deciding = ordered[len(ordered) // 2] if wide else ordered[0]
    return next((unit for unit in units if deciding >= unit.size), units[-1])


def number(value: float, half_width: float | None = None, most: int = MOST_DIGITS) -> str:
    """Digits down to the first that the half width of its interval leaves uncertain: `_supported`.

    >>> number(1234.5678), number(1234.5678, 0.2), number(0.123456, 0.04)
    ('1,230', '1,235', '0.12')
    """
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    digits = DIGITS if half_width is None else most
    decimals = digits - 1 - magnitude
    if half_width:
        decimals = min(decimals, max(_supported(half_width), LEAST_DIGITS - 1 - magnitude))
    rounded = round(value, decimals)
    return f"{rounded:,.{max(0, decimals)}f}"


def latency(record: Record, unit: Unit) -> str:
    """The p50, to the digits that its interval and the spread between processes support."""
    quantity = record.quantity("latency_p50_s")
    if quantity is None:
        return ABSENT
    half_widths = []
    if quantity.low is not None and quantity.high is not None:
        half_widths.append((quantity.high - quantity.low) / 2.0)
    spread = record.value("replicate_spread")
    if spread is not None:
        half_widths.append(spread * quantity.value)
    half_width = max(half_widths, default=None)
    scaled = None if half_width is None else half_width / unit.size
    return number(quantity.value / unit.size, scaled)


def scaled(value: float | None, unit: Unit) -> str:
    """A value in a unit, or the sign for an absent one."""
    return ABSENT if value is None else number(value / unit.size)


def size(value: float | None) -> str:
    """Bytes in the unit that suits them, such as 88.4 kB; empty for None."""
    if value is None:
        return ""
    unit = unit_for([value], BYTES)
    return f"{scaled(value, unit)} {unit.name}"


def cases(ids: Collection[str]) -> str:
    """How many there are: "1 case", "12 cases"."""
    return f"{len(ids)} case" if len(ids) == 1 else f"{len(ids)} cases"


def times(ratio: Ratio | None, judgement: str | None) -> str:
    """How many times faster or slower, as "2.38x faster"; else the judgement alone."""
    if judgement is None:
        return ABSENT
    if ratio is None or judgement not in CHANGES:
        return judgement
    value, low, high = ratio.value, ratio.low, ratio.high
    half_width = None
    if judgement == "faster":
        value = 1.0 / value
        low, high = (high and 1.0 / high), (low and 1.0 / low)
    if low is not None and high is not None:
        half_width = (high - low) / 2.0
    most = MOST_DIGITS if value < SMALL_GAIN else DIGITS
    return f"{number(value, half_width, most)}x {judgement}"


def target_ratio(row: Row) -> str:
    """The ratio of times to the target with its interval; empty for the baseline."""
    if row.target is None or row.record.case.is_baseline:
        return ""
    found = row.target.ratio
    return ABSENT if found is None else interval(found.value, found.low, found.high)


def samples_to_target(record: Record, unit: Unit) -> str:
    """Samples, or how many of the seeds have reached it: "3 of 5 seeds"."""
    seeds = record.value(target.SEEDS)
    if seeds is None:
        return ABSENT
    samples = target.mean_samples(record)
    if samples is None:
        return f"{len(target.samples_to_target(record))} of {seeds:.0f} seeds"
    return scaled(samples, unit)


def percent(record: Record, metric: str) -> str:
    """A share in percent, to the digits that its interval supports."""
    found = record.quantity(metric)
    if found is None:
        return ABSENT
    has_interval = found.low is not None and found.high is not None
    half_width = 50.0 * ((found.high or 0.0) - (found.low or 0.0)) if has_interval else None
    return number(100.0 * found.value, half_width)


def percent_interval(record: Record, metric: str) -> str:
    """The same with its interval: "93.1 (92.2 to 94.0)"; alone where it has none."""
    found = record.quantity(metric)
    if found is None or found.low is None or found.high is None:
        return percent(record, metric)
    return interval(100.0 * found.value, 100.0 * found.low, 100.0 * found.high)


def time_ratio(row: Row) -> str:
    """The ratio with its interval: "0.420 (0.413 to 0.427)"; below 1 is faster."""
    ratio = row.ratio
    if row.record.case.is_baseline and row.record.status == "measured":
        return "1"
    return ABSENT if ratio is None else interval(ratio.value, ratio.low, ratio.high)


def share(value: float | None) -> str:
    """A share of what there was, such as of the MACs: "0.33", and of little a digit: "0.0003"."""
    if value is None:
        return ABSENT
    return f"{value:.2f}" if value == 0 or value >= LITTLE else f"{value:.1g}"


def per_thousand(value: float | None) -> str:
    """What a thousand samples take, of what one takes."""
    return ABSENT if value is None else number(1000.0 * value)


def realised(row: Row) -> str:
    """What a technique left of the dense network's time; empty for what promises nothing."""
    if row.promise is None:
        return ""
    return ratio(row.promise.realised) if row.promise.realised else ABSENT


def conditions(case: CaseKey) -> str:
    """What the cases of a group share: "batch size 32, 1 thread, cpu"."""
    threads = f"{case.threads} thread" if case.threads == 1 else f"{case.threads} threads"
    return f"batch size {case.batch_size}, {threads}, {case.device}"


def ratio(measured: Ratio) -> str:
    """A ratio alone, to the digits that its interval supports: "1.001"."""
    return interval(measured.value, measured.low, measured.high).partition(" (")[0]


def interval(value: float, low: float | None, high: float | None) -> str:
    """A ratio with its 95 % interval, all to the digits that the interval supports.

    An interval that leaves 1 out has the digits that show it: the verdict is of that.

    >>> interval(0.985, 0.974, 0.9967), interval(0.19, 0.1, 0.37), interval(0.9, 0.803, 0.997)
    ('0.985 (0.974 to 0.997)', '0.19 (0.10 to 0.37)', '0.900 (0.803 to 0.997)')
    """
    if low is None or high is None:
        return f"{number(value)} (no interval)"
    decimals = _decimals(value, (high - low) / 2.0)
    while (high < 1.0 or low > 1.0) and 1.0 in (round(low, decimals), round(high, decimals)):
        decimals += 1
    return f"{value:.{decimals}f} ({low:.{decimals}f} to {high:.{decimals}f})"


def accuracy(record: Record) -> str:
    """Top-1 accuracy in percent, to the digits that one image of the test set moves."""
    quantity = record.quantity("accuracy")
    if quantity is None:
        return ABSENT
    return f"{100.0 * quantity.value:.{_accuracy_decimals(record)}f}"


def accuracy_change(row: Row) -> str:
    """Percentage points against the model's dense network, with sign; empty where it has none."""
    change = row.accuracy_change_to_dense
    if change is None:
        return "" if row.accuracy_reference is None else ABSENT
    points = f"{100.0 * change:+.{_accuracy_decimals(row.record)}f}"
    return points.replace("-", "+") if float(points) == 0.0 else points


def over_seeds(record: Record) -> str:
    """Mean and standard deviation over seeds in percent: "3: 88.6 ± 0.2"; empty for one seed."""
    found = seeds.spread(record)
    if found is None or found.mean is None or found.deviation is None:
        return ""
    return f"{found.seeds}: {100.0 * found.mean:.1f} ± {100.0 * found.deviation:.1f}"


def _accuracy_decimals(record: Record) -> int:
    quantity = record.quantity("accuracy")
    images = None if quantity is None else quantity.n
    if not images:
        return 1
    return min(2, max(0, -math.floor(math.log10(100.0 / images))))


def _decimals(value: float, half_width: float) -> int:
    """Decimal places of a ratio and the ends of its interval: LEAST_DIGITS of the value or more."""
    magnitude = math.floor(math.log10(value))
    most = MOST_DIGITS - 1 - magnitude
    supported = most if half_width <= 0.0 else _supported(half_width)
    return max(0, LEAST_DIGITS - 1 - magnitude, min(most, supported, MOST_DIGITS))


def _supported(half_width: float) -> int:
    """Decimal places: one digit of the uncertainty, two of one that begins with 1.

    Rounded to one digit, 0.0149 would lose a third of itself (Particle Data Group, Review of
    Particle Physics, introduction, rounding).
    """
    return -math.floor(math.log10(half_width / 2.0))
