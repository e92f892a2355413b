"""Whether a case can be had on this machine at all, known before anything is built for it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

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
    return None
