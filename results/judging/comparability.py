"""Which runs and cases may be compared at all, and what differs where they may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from results.record import Record
    from results.store import Run

# Memory costs less in huge pages (docs/measuring.md). The number says how the suite measured.
MACHINE = ("cpu_model", "gpu", "driver", "huge_pages", "measurement")
# provider and precision are what the engine reported: a fall-back shows here.
FACTS = (
    "clock",
    "boundary",
    "l2",
    "provider",
    "precision",
    "threads",
    "cores",
    "gpu_clocks",
    "data_sha256",
)


class UnlikeError(ValueError):
    """Runs that may not be compared; the message names each difference and what to do."""


def require_alike(base: Run, head: Run, allowed: Collection[str]) -> None:
    """Refuse runs of other machines, drivers, ways of measuring, or libraries not allowed."""
    before, after = versions(base), versions(head)
    known = sorted(before.keys() | after.keys())
    for name in allowed:
        if name not in known:
            msg = f"--allow {name}: neither run has such a library; they have {', '.join(known)}"
            raise UnlikeError(msg)
    machine = list(_differences(base.environment, head.environment, MACHINE))
    libraries = [name for name in known if name not in allowed]
    unlike = [*machine, *_differences(before, after, libraries)]
    if not unlike:
        return
    one = "compare runs of one machine, measured in one way"
    advice = one if machine else "allow them with --allow NAME"
    names = (run.title or "this run" for run in (base, head))
    msg = f"{' and '.join(names)} are not comparable: {'; '.join(unlike)}; {advice}"
    raise UnlikeError(msg)


def versions(run: Run) -> Mapping[str, Any]:
    """Versions of the libraries and of Python, by name."""
    libraries = run.environment.get("libraries")
    known = dict(libraries) if isinstance(libraries, dict) else {}
    if "python" in run.environment:
        known["python"] = run.environment["python"]
    return known


def unlike_facts(base: Record, head: Record, names: Collection[str] = FACTS) -> list[str]:
    """What was measured differently of one case, as "clock: wall, then cuda_events"."""
    return list(_differences(base.facts, head.facts, names))


def _differences(
    base: Mapping[str, Any], head: Mapping[str, Any], names: Collection[str]
) -> Iterator[str]:
    for name in names:
        before, after = base.get(name), head.get(name)
        if before != after:
            yield f"{name}: {_shown(before)}, then {_shown(after)}"


def _shown(value: object) -> str:
    return "none" if value is None else str(value)
