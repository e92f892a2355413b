"""Lays out the rows of one scenario: groups, cells, footnotes, and the columns that fit."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Literal

import tabulate

from results.judging.target import is_training
from results.layout import report, versus
from results.layout.columns import NAMELESS, VARIANT, columns
from results.layout.remark import remarks
from results.layout.training_columns import TRAINING_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from results.judging.row import Row
    from results.layout.columns import Column

UNCUT = 1000  # characters: no variant is as long
SETTLES = "(+N): about N replicates more would settle it."
SHORTEST_VARIANT = 12  # characters that a variant keeps however narrow the terminal is

tabulate.MIN_PADDING = 0  # its two extra spaces a header would cost a dozen columns of the terminal

Style = Literal["simple", "pipe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The tables of one scenario, one per group, and the footnotes that they refer to."""

    groups: tuple[tuple[Row, ...], ...]
    columns: tuple[Column, ...]  # those with anything in them
    numbers: Mapping[str, int]  # footnotes in the order of their first mention

    def having(self, columns: Sequence[Column]) -> Sheet:
        """The sheet with these columns alone, and the footnotes that are about what is shown."""
        names = {column.name for column in columns}
        texts = dict.fromkeys(
            text for group in self.groups for row in group for text in _texts(row, names)
        )
        return replace(
            self,
            columns=tuple(column.among(names) for column in columns),
            numbers={text: number for number, text in enumerate(texts, start=1)},
        )

    @property
    def shown(self) -> set[str]:
        """The names of the columns."""
        return {column.name for column in self.columns}

    def headings(self) -> Iterator[str]:
        """What the cases of each group share."""
        return (_heading(group) for group in self.groups)

    def tables(self, longest: int) -> Iterator[str]:
        """Each group's table for a terminal, variants cut to the longest length allowed."""
        return (self._table(group, self.columns, "simple", longest) for group in self.groups)

    def part(self, rows: Sequence[Row], group: Sequence[Row]) -> str:
        """A Markdown table of some rows of a group, in the units of the whole group."""
        fixed = [replace(column, units=(column.unit(group),)) for column in self.columns]
        return self._table(rows, fixed, "pipe", UNCUT)

    def _table(
        self, group: Sequence[Row], columns: Sequence[Column], style: Style, longest: int
    ) -> str:
        units = [column.unit(group) for column in columns]
        cells = [
            [
                *(
                    _shortened(cell, longest) if column.name == VARIANT.name else cell
                    for column, cell in zip(columns, _cells(row, columns, units), strict=True)
                ),
                self.marks(row),
            ]
            for row in group
        ]
        headers = [
            column.header.format(unit=unit.name).removesuffix("\n()")
            for column, unit in zip(columns, units, strict=True)
        ]
        aligns: list[str] = [column.align for column in columns]
        if not self.numbers:
            cells = [line[:-1] for line in cells]
        else:
            headers, aligns = [*headers, "notes"], [*aligns, "left"]
        if style == "pipe":
            headers = [_one_line(header) for header in headers]
            cells = [[cell.replace("|", r"\|") for cell in line] for line in cells]
            aligns = ["left" if align == "left" else "right" for align in aligns]
        return tabulate.tabulate(
            cells, headers=headers, tablefmt=style, colalign=aligns, disable_numparse=True
        )

    def marks(self, row: Row) -> str:
        """The footnotes of a row, such as "[1] [4]"."""
        numbers = sorted(self.numbers[text] for text in _texts(row, self.shown))
        return " ".join(f"[{number}]" for number in numbers)

    def signs(self) -> Iterator[str]:
        """What the signs in the cells mean, of those that are there."""
        rows = [row for group in self.groups for row in group]
        units = [NAMELESS] * len(self.columns)
        if any(report.ABSENT in _cells(row, self.columns, units) for row in rows):
            yield f"{report.ABSENT}: no value. An empty cell: does not apply to the case."
        open_ones = [(remark.column, remark.more) for row in rows for remark in remarks(row)]
        yield from self._what_settles(
            [(name, more) for name, more in open_ones if more and name in self.shown]
        )

    def _what_settles(self, open_ones: Sequence[tuple[str | None, int]]) -> Iterator[str]:
        """Of cells with the replicates in them, and of those with the ratio in their place."""
        alone = [each for each in self.columns if each.beside and each.beside not in self.shown]
        names = {each.name for each in alone}
        if any(name not in names for name, _ in open_ones):
            yield SETTLES
        cells = [
            each.cell(row, NAMELESS) for group in self.groups for row in group for each in alone
        ]
        if any(cell.startswith(f"{versus.INCONCLUSIVE} ") for cell in cells):
            counts = sorted(more for name, more in open_ones if name in names)
            span = " to ".join(dict.fromkeys(str(count) for count in (*counts[:1], *counts[-1:])))
            remedy = f"; about {span} replicates more would settle it" if counts else ""
            yield f"Beside inconclusive: the ratio{remedy}."


def sheet(rows: Sequence[Row]) -> Sheet:
    """Lay out the rows of one scenario."""
    groups = tuple(tuple(group) for _, group in groupby(rows, key=lambda row: row.group))
    whole = Sheet(groups=groups, columns=(), numbers={})
    return whole.having(tuple(_with_content(_columns(rows), rows)))


def _columns(rows: Sequence[Row]) -> Sequence[Column]:
    """Those of what the scenario's cases do, which a case that was never prepared does not say."""
    if any(is_training(row.record) for row in rows):
        return TRAINING_COLUMNS
    return columns(rows)


def fitted(whole: Sheet, width: int) -> tuple[Sheet, list[str]]:
    """The sheet with the columns that fit the width, and the tables made of it.

    Columns come in one fixed order of importance, up to the first that does not fit: one that is
    less important, but narrow, would go again in a wider terminal. Where even the columns that
    never leave are too wide, variants are cut in their middle.
    """
    chosen = whole.having([column for column in whole.columns if column.leaves is None])
    if _excess(chosen, width) > 0:
        uncut = max(len(row.variant) for group in whole.groups for row in group)
        lengths = range(uncut, SHORTEST_VARIANT, -1)
        fits = (length for length in lengths if _excess(chosen, width, length) <= 0)
        return chosen, list(chosen.tables(next(fits, SHORTEST_VARIANT)))
    numbers = {column.leaves for column in whole.columns if column.leaves is not None}
    for number in sorted(numbers, reverse=True):
        shown = chosen.shown
        wider = whole.having(
            [each for each in whole.columns if each.name in shown or each.leaves == number]
        )
        if _excess(wider, width) > 0:
            break
        chosen = wider
    return chosen, list(chosen.tables(UNCUT))


def _excess(chosen: Sheet, width: int, longest: int = UNCUT) -> int:
    """By how many characters its tables are wider than that; 0 or less if they fit."""
    return max(_width(table) for table in chosen.tables(longest)) - width


def footnotes(whole: Sheet, width: int) -> list[str]:
    """The numbered footnotes, wrapped to the width."""
    return [
        textwrap.fill(f"[{number}] {_one_line(text)}", width, subsequent_indent="    ")
        for text, number in whole.numbers.items()
    ]


def _texts(row: Row, shown: Collection[str]) -> Iterator[str]:
    """What is said about a row in footnotes: the reason of its status first; each text once.

    What a cell says itself is not said again, and nothing of a column that is out of sight.
    """
    reason = (row.record.ending,) if row.record.reason else ()
    said = (
        remark.text
        for remark in remarks(row)
        if remark.more is None and (remark.column is None or remark.column in shown)
    )
    return iter(dict.fromkeys((*reason, *said)))


def _cells(row: Row, columns: Sequence[Column], units: Sequence[report.Unit]) -> Iterator[str]:
    """A measured case marks what is absent; the row of one that is not stays blank there."""
    for column, unit in zip(columns, units, strict=True):
        cell = column.cell(row, unit)
        yield "" if cell == report.ABSENT and row.record.status != "measured" else cell


def _with_content(columns: Sequence[Column], rows: Sequence[Row]) -> Iterator[Column]:
    """Those that say something; beside one that leaves with it also one that is absent."""
    cells = [{column.cell(row, column.unit(rows)) for row in rows} - {""} for column in columns]
    full = [bool(each - {report.ABSENT}) for each in cells]
    together = {column.leaves for column, is_full in zip(columns, full, strict=True) if is_full}
    for column, found, is_full in zip(columns, cells, full, strict=True):
        if is_full or (found and column.leaves is not None and column.leaves in together):
            yield column


def _heading(group: Sequence[Row]) -> str:
    heading = report.conditions(group[0].record.case)
    counts = sorted({len({block.replicate for block in row.record.blocks}) for row in group} - {0})
    if not counts:
        return heading
    replicates = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"{heading}, {replicates} {'replicate' if counts == [1] else 'replicates'}"


def _shortened(text: str, longest: int) -> str:
    """Cut in the middle: variants differ at their ends, in technique and in option."""
    if len(text) <= longest:
        return text
    head = (longest - 1) // 2
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def _width(table: str) -> int:
    return max(len(line) for line in table.splitlines())


def _one_line(text: str) -> str:
    return " ".join(text.split())
