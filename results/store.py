"""Stored runs: finds the file that a selector means and reads it into records.

A run is the file that pytest-benchmark saved: its samples, our record of each case beside them, and
one "speedproof" object for what belongs to the whole run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results import searches
from results.notes import is_about, is_of_another
from results.record import SCHEMA, Record, RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.searches import Searches

FOLDER = Path(__file__).resolve().parent / "runs"
# How users name a run, see `find`.
SELECTORS = "number, file, commit, date, latest or latest~N"
RUN_HELP = f"{SELECTORS} (default: latest)"
HOW_TO_MEASURE = "measure with: pytest bench/ --benchmark-autosave"
# How pytest-benchmark names what it saves: a number, then with --benchmark-autosave the commit.
NUMBERED = re.compile(r"(?P<number>\d+)_.*")
AUTOSAVED = re.compile(r"(?P<number>\d+)_(?P<commit>[0-9a-f]{40})_.*")
STAMP = re.compile(r"_(\d{8}_\d{6})(?:_|$)")  # a commit may end in eight digits too
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
LATEST = re.compile(r"latest(?:~(\d+))?")
SHOWN = 10  # numbers of runs, where the one that was asked for is not there
COMMIT = re.compile(r"[0-9a-f]{4,40}")  # shorter ones name too much


class StoreError(ValueError):
    """A run that cannot be found or read; the message names the file and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: its environment and a record of every case, measured or not."""

    path: Path | None = None  # None while it is only in memory
    environment: Mapping[str, Any] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    margins: Mapping[str, float] = field(default_factory=dict)  # of time, by scenario, relative
    memory_margins: Mapping[str, float] = field(default_factory=dict)  # of peak memory, likewise
    summaries: Mapping[str, str] = field(default_factory=dict)  # what each scenario asks
    notes: tuple[str, ...] = ()
    tuning: Mapping[str, Searches] = field(default_factory=dict)  # by tuning scenario
    created: str = ""  # ISO 8601, UTC

    @property
    def name(self) -> str | None:
        """The stored file's stem, such as "0003_1b44aa2…_20261124_132700"."""
        return None if self.path is None else self.path.stem

    @property
    def title(self) -> str | None:
        """The name without what tables say beside it: "0003" of an automatic save."""
        autosaved = AUTOSAVED.fullmatch(self.name or "")
        return autosaved.group("number") if autosaved else self.name

    @property
    def uninterrupted(self) -> Run:
        """The same run without the cases of which Ctrl-C left nothing but a reason."""
        kept = tuple(record for record in self.records if not record.is_interrupted)
        return replace(self, records=kept)

    def only(self, scenarios: Sequence[str]) -> Run:
        """The same run without the records, tables and notes of other scenarios."""
        kept = tuple(record for record in self.records if record.case.scenario in scenarios)
        tuning = {name: found for name, found in self.tuning.items() if name in scenarios}
        others = self.scenarios - set(scenarios)
        notes = tuple(
            note
            for note in self.notes
            if not any(is_about(note, other) for other in others)
            and not is_of_another(note, scenarios)
        )
        return replace(self, records=kept, tuning=tuning, notes=notes)

    @property
    def scenarios(self) -> set[str]:
        """The names of all that were measured or searched."""
        return {record.case.scenario for record in self.records} | self.tuning.keys()


def runs(folder: Path = FOLDER) -> list[Path]:
    """Every stored run below the folder, oldest first."""
    return sorted(folder.glob("**/*.json"), key=lambda path: (_saved(path), path.name, str(path)))


def find(selector: str, folder: Path = FOLDER) -> Path:
    """The run that a number, file, "latest", "latest~1", commit or date means.

    Of several runs of one commit or date it is the last. A number that two machines' folders
    both have is an error that names the files.
    """
    if selector.endswith(".json") or "/" in selector:
        return _file(selector)
    stored = runs(folder)
    if not stored:
        msg = f"{folder}: no stored runs yet; {HOW_TO_MEASURE}"
        raise StoreError(msg)
    found = _matching(selector, stored)
    if not found:
        raise StoreError(_unknown(selector, stored))
    if len(found) > 1 and selector.isdecimal():
        msg = f"run {selector!r} is in several folders; give the file: {_listed(found)}"
        raise StoreError(msg)
    return found[-1]


def _margins(ours: Mapping[str, Any], name: str) -> dict[str, float]:
    """By scenario; none in runs that were stored before there were any."""
    return {str(scenario): float(value) for scenario, value in ours.get(name, {}).items()}


def load(path: Path) -> Run:
    """Read one stored run; a StoreError says what is wrong with the file and what to do."""
    document = _document(path)
    ours = _ours(document, path)
    try:
        records = [
            Record.from_dict(inflate(data, stored_s)) for data, stored_s in _stored(document, ours)
        ]
        return Run(
            path=path,
            environment=dict(ours.get("environment", {})),
            records=tuple(records),
            margins=_margins(ours, "margin"),
            memory_margins=_margins(ours, "memory_margin"),
            summaries={str(k): str(asked) for k, asked in ours.get("summary", {}).items()},
            notes=tuple(str(note) for note in ours.get("notes", [])),
            tuning={str(k): searches.read(found) for k, found in ours.get("tuning", {}).items()},
            created=str(document.get("datetime", "")),
        )
    except (RecordError, TypeError, ValueError, AttributeError) as error:
        msg = f"{path}: {error}; restore the file from where it was saved, or delete it"
        raise StoreError(msg) from error


def deflate(record: Record) -> dict[str, Any]:
    """The record for extra_info["record"]: durations that the stats hold become counts.

    The stats must hold `durations_s(record)` in that order. The yardstick's durations stay: they
    are not the case's own.
    """
    data = record.as_dict()
    for block in data["blocks"]:
        block["count"] = len(block.pop("durations_s"))
    return data


def durations_s(record: Record) -> tuple[float, ...]:
    """All durations of the record's own blocks, one after the other."""
    return tuple(duration for block in record.blocks for duration in block.durations_s)


def inflate(data: object, stored_s: Sequence[float]) -> dict[str, Any]:
    """Undo `deflate`: give each block with a count its slice of the stored durations."""
    if not isinstance(data, Mapping):
        msg = f"record: expected an object with named values, found {data!r}"
        raise RecordError(msg)
    taken = 0
    blocks = []
    for block in data.get("blocks", ()):
        if "count" in block and "durations_s" not in block:
            count = block["count"]
            durations = stored_s[taken : taken + count]
            if len(durations) != count:
                msg = (
                    f"record.blocks: {count} durations belong to a block, {len(durations)} are left"
                )
                raise RecordError(msg)
            taken += count
            blocks.append({**block, "durations_s": list(durations)})
        else:
            blocks.append(block)
    return {**data, "blocks": blocks}


def _stored(
    document: Mapping[str, Any], ours: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], Sequence[float]]]:
    """Each stored record with the samples beside it; benchmarks that are not ours have none."""
    for benchmark in document.get("benchmarks", ()):
        record = benchmark.get("extra_info", {}).get("record")
        if record is not None:
            yield record, benchmark.get("stats", {}).get("data", ())
    for record in ours.get("unmeasured", ()):
        yield record, ()


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise StoreError(msg) from error
    except ValueError as error:  # broken JSON or not UTF-8
        msg = f"{path}: not a complete JSON file ({error}); delete it or restore it"
        raise StoreError(msg) from error
    if not isinstance(document, dict):
        msg = f"{path}: not a stored run (no JSON object); {HOW_TO_MEASURE}"
        raise StoreError(msg)
    return document


def _ours(document: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The run's own part, once it is one that this suite reads."""
    ours = document.get("speedproof")
    if not isinstance(ours, dict):
        msg = f"{path}: saved without this suite's records; {HOW_TO_MEASURE}"
        raise StoreError(msg)
    schema = ours.get("schema")
    if schema != SCHEMA:
        msg = f"{path}: schema is {schema!r}, this suite reads {SCHEMA}; use the one that wrote it"
        raise StoreError(msg)
    return ours


def _saved(path: Path) -> str:
    """When the run was saved, as text that sorts by time; from the name where that says it."""
    stamp = STAMP.search(path.stem)
    if stamp:
        return stamp.group(1)
    try:
        created = str(json.loads(path.read_text(encoding="utf-8"))["datetime"])
        return f"{datetime.fromisoformat(created):%Y%m%d_%H%M%S}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # unreadable: oldest, so that "latest" never means it


def _file(selector: str) -> Path:
    path = Path(selector)
    try:
        if path.is_file():
            return path
        reason = "no such file"
    except OSError as error:  # its name is too long, or its folder closed
        reason = f"cannot be read: {error.strerror}"
    msg = f"{selector}: {reason}; stored runs are listed by: python -m results list"
    raise StoreError(msg)


def _matching(selector: str, stored: Sequence[Path]) -> list[Path]:
    latest = LATEST.fullmatch(selector)
    if latest:
        back = int(latest.group(1) or 0)
        return [stored[-1 - back]] if back < len(stored) else []
    if DATE.fullmatch(selector):
        return [path for path in stored if _saved(path).startswith(selector.replace("-", ""))]
    by_number = [path for path in stored if _is_number(path, selector)]
    if by_number or not COMMIT.fullmatch(selector):
        return by_number
    return [path for path in stored if _commit(path).startswith(selector)]


def _is_number(path: Path, selector: str) -> bool:
    name = NUMBERED.fullmatch(path.stem)
    return bool(name and selector.isdecimal() and int(name.group("number")) == int(selector))


def _commit(path: Path) -> str:
    """The run's commit: an automatic save has it in its name, a named one only inside."""
    name = AUTOSAVED.fullmatch(path.stem)
    if name:
        return name.group("commit")
    try:
        return str(load(path).environment.get("commit", ""))
    except StoreError:
        return ""


def _unknown(selector: str, stored: Sequence[Path]) -> str:
    numbers = [found["number"] for path in stored if (found := NUMBERED.fullmatch(path.stem))]
    last = f"; the last are {', '.join(numbers[-SHOWN:])}" if numbers else ""
    return f"no stored run {selector!r}; give a {SELECTORS}{last}; all: python -m results list"


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(str(path) for path in paths)
