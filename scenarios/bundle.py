"""A bundle: a file with a summary and lists of scenarios, which stands for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.scenario import TOP_LEVEL, ScenarioError
from scenarios.section import Section
from scenarios.toml import read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

MEMBERS = "scenarios"  # the key that makes a file a bundle
TUNING = "tuning"  # the key of the tuning scenarios that it stands for as well
KEYS = ("summary", MEMBERS, TUNING)


def unbundled(files: Iterable[Path]) -> list[Path]:
    """The scenario files that these are or stand for, each once, in their order.

    Raises:
        ScenarioError: a bundle is wrong, or a file cannot be read.
    """
    return list(dict.fromkeys(one for file in files for one in _members(file)))


def tuning_of(file: Path, known: Collection[str]) -> tuple[str, ...]:
    """The tuning scenarios that a bundle names, out of those known; of any other file none.

    Raises:
        ScenarioError: a name is not known, or the file cannot be read.
    """
    table = read(file)
    if MEMBERS not in table or TUNING not in table:
        return ()
    top = Section(file=file.name, name=TOP_LEVEL, table=table, problems=[])
    found = top.words(TUNING, known, None)
    if top.problems:
        raise ScenarioError("\n".join(top.problems))
    return found


def _members(file: Path) -> list[Path]:
    """The file itself, or those beside it that a bundle names."""
    table = read(file)
    if MEMBERS not in table:
        return [file]
    top = Section(file=file.name, name=TOP_LEVEL, table=table, problems=[])
    top.check_keys(KEYS)
    top.text("summary", "Everything that is measured for a release.")
    others = (other for other in sorted(file.parent.glob("*.toml")) if other.stem != file.stem)
    beside = {other.stem: other for other in others}
    members = [beside[name] for name in top.words(MEMBERS, beside, None)]
    for member in members:
        if MEMBERS in read(member):
            top.report(f"{MEMBERS}: {member.stem!r} is a bundle itself; list its scenarios instead")
    if top.problems:
        raise ScenarioError("\n".join(top.problems))
    return members
