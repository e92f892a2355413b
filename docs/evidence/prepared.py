"""What scripts measure by hand: the artifacts of some cases, as a run would prepare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.preparation.preparing import prepare_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.case import Case
    from bench.preparation.artifact import Artifact
    from bench.workers.machine import Machine


def artifacts(cases: Sequence[Case], machine: Machine) -> dict[str, Artifact]:
    """By the case's id; if one cannot be had, the script ends with the reasons."""
    made = prepare_all(cases, machine, lambda _what, _share: None)
    missing = [f"{name}: {one.reason}" for name, one in made.items() if one.artifact is None]
    if missing:
        raise SystemExit("\n".join(missing))
    return {name: one.artifact for name, one in made.items() if one.artifact}
