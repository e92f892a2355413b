"""What was chosen among the variants of a group, as text for people."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from results.choosing.better import has_interval, held_down
from results.choosing.front import has_accuracy
from results.choosing.preference import FASTER
from results.judging import accuracy, promise
from results.judging.verdict import ALPHA
from results.layout import report, sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from results.choosing.better import Margins
    from results.choosing.choice import Choice
    from results.choosing.front import Front
    from results.judging.row import Row

PROMISE = ("promised", "realised", "realised / promised")
SHOWN = (  # columns of the main table, by name: what a variant is, and what it is chosen by
    "variant",
    "engine",
    "vs baseline",
    "time ratio",
    "host memory",
    "device memory",
    "size",
    *PROMISE,
    "accuracy",
    "accuracy verdict",
)


def frontier(front: Front, group: Sequence[Row], margins: Margins, width: int) -> str:
    """The front of a group, then what is beaten by what, then what could not be judged."""
    known = len(front.rows) + len(front.beaten)
    title = f"{_title(group)}: the front has {len(front.rows)} of {known} variants"
    if not front.rows:
        title = f"{_title(group)}: there is no front, as no variant has a time and a memory"
    elif not any(map(has_accuracy, front.rows)):
        title += ", by time and memory alone: no accuracy was measured"
    tables, meanings = _tables(front.rows, width)
    beaten = [
        f"  {_name(each.row)}: {_name(each.by)} ({', '.join(each.better_in)})"
        for each in front.beaten
    ]
    if beaten:
        beaten.insert(0, "Beaten by one on the front that is not worse in all three and better in:")
    unknown = ", ".join(_name(row) for row in front.unknown)
    return _text(
        _filled([title, *_distrust(group)], width),
        *tables,
        _filled(beaten, width),
        _filled([_how_beaten(margins), *meanings], width),
        _filled([f"Without time, memory or accuracy: {unknown}"] if unknown else [], width),
    )


def recommendation(choice: Choice, group: Sequence[Row], margins: Margins, width: int) -> str:
    """The pick of a group, the runner-up, and why the others fell out."""
    title = f"{_title(group)}: {len(choice.fitting)} of {len(group)} variants fit"
    names = [_name(row) for row in choice.fitting]
    chosen = [
        *(f"pick: {name}" for name in names[:1]),
        *(f"runner-up: {name}" for name in names[1:2]),
        *([_why(choice, margins)] if choice.decided else []),
    ]
    tables, meanings = _tables(choice.fitting[:2], width)
    others = [f"also fit: {', '.join(names[2:])}"] if names[2:] else []
    if choice.fallen:
        others += ["fell out:", *(f"  {_name(row)}: {why}" for row, why in choice.fallen)]
    return _text(
        _filled([title, *_distrust(group), *chosen], width),
        *tables,
        _filled(others, width),
        _filled(meanings, width),
    )


def _text(*parts: Sequence[str]) -> str:
    """The parts that there are, a blank line between each two."""
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _filled(lines: Iterable[str], width: int) -> list[str]:
    """Wrapped, and indented further where they go on if they were indented."""
    return [
        textwrap.fill(
            line,
            width,
            subsequent_indent="    " if line.startswith(" ") else "",
            break_on_hyphens=False,  # names of variants have them
        )
        for line in lines
    ]


def _title(group: Sequence[Row]) -> str:
    case = group[0].record.case
    models = ", ".join(dict.fromkeys(row.record.case.model for row in group))
    return f"{case.scenario}: {models}, {report.conditions(case)}"


def _distrust(group: Sequence[Row]) -> Iterator[str]:
    yield from dict.fromkeys(line for row in group for line in row.distrust)


def _name(row: Row) -> str:
    case = row.record.case
    return f"{row.variant}/{case.engine}-{case.precision}"


def _why(choice: Choice, margins: Margins) -> str:
    preferred = f"the pick is preferred because {choice.decided}."
    if choice.decided == FASTER:
        return preferred.capitalize()
    alike = _alike(choice.fitting[:2], margins)
    return f"The times of these two cannot be told apart ({alike}): {preferred}"


def _alike(two: Sequence[Row], margins: Margins) -> str:
    """Why the times of two variants cannot be told apart."""
    if not all(map(has_interval, two)):
        return "one replicate has no interval"
    if len(set(map(held_down, two))) > 1:
        return "the GPU's clock was held down in most blocks of one side alone"
    return f"their intervals overlap, or they differ by at most {_percent(margins.time)}"


def _tables(rows: Sequence[Row], width: int) -> tuple[list[list[str]], list[str]]:
    """Rows as the main table shows them, with its footnotes; and what the words of it mean."""
    if not rows:
        return [], []
    whole = sheet.sheet(rows)
    whole = whole.having([each for each in whole.columns if each.name in SHOWN])
    fitted, tables = sheet.fitted(whole, width)
    shown = fitted.shown
    hidden = [column.name for column in whole.columns if column.name not in shown]
    absent = [f"Not shown at this width: {', '.join(hidden)}."] if hidden else []
    meanings = [*fitted.signs()]
    meanings += [promise.DEFINITION] if shown.intersection(PROMISE) else []
    meanings += [accuracy.DEFINITION] if "accuracy verdict" in shown else []
    return [tables, _filled(absent, width), sheet.footnotes(fitted, width)], meanings


def _how_beaten(margins: Margins) -> str:
    return (
        "Better in time: intervals that do not overlap, and ratios that differ by more than "
        f"{_percent(margins.time)}. In memory: by more than {_percent(margins.memory)}. In "
        f"accuracy: significant at {_percent(ALPHA)} over all pairs of variants (McNemar, the same "
        f"images), or the other has less than {_percent(accuracy.LEAST_SHARE)} of it. Not worse: "
        "the other one is not better in this sense."
    )


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"
