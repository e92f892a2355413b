"""Whether a case can be had on this machine at all, known before anything is built for it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import models
from bench import registry

if TYPE_CHECKING:
    from bench.case import Case


def why_not(case: Case, cores: int) -> str | None:
    """The reason to skip a case, or None. No engine's library is imported for it.

    Args:
        case: what is to be measured.
        cores: how many this process may use, 0 if the system does not say.
    """
    engine = registry.engine(case.engine)
    if find_spec(engine.LIBRARY) is None:
        return f"{engine.LIBRARY} is not installed"
    device = case.device.partition(":")[0]
    offered = engine.PRECISIONS.get(device, frozenset())
    if case.precision not in offered:
        has = ", ".join(sorted(offered)) or "nothing"
        return f"{case.engine} offers {has} on {device}, not {case.precision}"
    if cores and case.threads > cores:
        return f"needs {case.threads} cores, and this process may use {cores}"
    return _network_why_not(case)


def _network_why_not(case: Case) -> str | None:
    """The reason why a family has no such network; of a user's own model its file decides."""
    if case.model.kind != "family":
        return None
    techniques = tuple(map(str, case.techniques))
    dataset = str(case.scenario.dataset)
    return models.why_not(
        models.Recipe(family=case.model.target, techniques=techniques, dataset=dataset)
    )
