"""The outcome of a comparison of two sides, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.comparing import change_table
from results.judging.change import UNCLEAR, WORSE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.against.comparison import Outcome
    from bench.against.side import Side
    from results.comparing.paired import Pair
    from results.judging.change import Change
    from results.judging.stats import Ratio

NAMED = 3  # cases that the closing sentence names; the table has them all


def title(base: Side, head: Side) -> str:
    """Which is which."""
    return f"base: {base.title}\nhead: {head.title}"


def text(base: Side, head: Side, outcome: Outcome, width: int) -> str:
    """A table of what differs, the worst first, and one closing sentence."""
    return "\n".join(_lines(base, head, outcome, width)) + "\n"


def _lines(base: Side, head: Side, outcome: Outcome, width: int) -> Iterator[str]:
    yield from change_table.summary(title(base, head), outcome.changes, width)
    if outcome.libraries:
        yield f"Libraries differ: {'; '.join(outcome.libraries)}"
    for record in outcome.unmeasured:
        yield f"Skipped on both sides: {record.case.id}: {record.reason}"
    yield closing(outcome.changes)


def so_far(finished: Mapping[str, Pair]) -> str:
    """Of what was interrupted the ratios that are known; verdicts are of all cases together."""
    lines = [
        f"{case}: {one.ratio.value:.3f} of the base's time{_interval(one.ratio)}"
        for case, one in finished.items()
        if one.ratio
    ]
    return "".join(f"{line}\n" for line in ("Measured so far, without verdicts:", *lines) if lines)


def _interval(ratio: Ratio) -> str:
    known = ratio.low is not None and ratio.high is not None
    return f" ({ratio.low:.3f} to {ratio.high:.3f})" if known else ""


def closing(changes: Sequence[Change]) -> str:
    """What to do about it, in a sentence."""
    if worse := _cases(changes, WORSE):
        return f"Worse: {_listed(worse)}."
    if unclear := _cases(changes, UNCLEAR):
        return (
            f"Nothing is known to be worse, but of {_listed(unclear)} it cannot be told; "
            "more --replicates or a larger --budget-s may."
        )
    return "Nothing got worse."


def _cases(changes: Sequence[Change], verdicts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(one.case for one in changes if one.verdict in verdicts))


def _listed(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - NAMED} more" if len(cases) > NAMED else ""
    return ", ".join(cases[:NAMED]) + more
