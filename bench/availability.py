"""Whether a case can be had on this machine at all, known before anything is built for it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import models
from bench import registry
from models.techniques import needs as technique_needs

if TYPE_CHECKING:
    from bench.case import Case

FORMS = {"module": "a torch module", "onnx": "an ONNX file"}


def why_not(case: Case, cores: int) -> str | None:
    """The reason to skip a case, or None. No engine's library is imported for it.

    Args:
        case: what is to be measured.
        cores: how many this process may use, 0 if the system does not say.
    """
    engine = registry.engine(case.engine)
    device = case.device.partition(":")[0]
    if case.scenario.device not in (None, device):
        return f"{case.scenario.name} asks about {case.scenario.device}, and this is {device}"
    if find_spec(engine.LIBRARY) is None:
        return f"{engine.LIBRARY} is not installed"
    offered = engine.PRECISIONS.get(device, frozenset())
    if case.precision not in offered:
        has = ", ".join(sorted(offered)) or "nothing"
        return f"{case.engine} offers {has} on {device}, not {case.precision}"
    if cores and case.threads > cores:
        return f"needs {case.threads} cores, and this process may use {cores}"
    return _unmet_need(case) or _network_why_not(case)


def _unmet_need(case: Case) -> str | None:
    """What one of its techniques can only run with, where the case has something else."""
    device = case.device.partition(":")[0]
    for technique in case.techniques:
        needs = technique_needs(technique.name)
        if needs.form and needs.form != registry.engine(case.engine).FORM:
            return f"{technique.name} needs an engine that runs {FORMS[needs.form]}"
        if needs.device and needs.device != device:
            return f"{technique.name} needs the device {needs.device}"
        fitting = (needs.precision,) if isinstance(needs.precision, str) else needs.precision
        if fitting and case.precision not in fitting:
            return f"{technique.name} needs the precision {' or '.join(fitting)}"
    return None


def _network_why_not(case: Case) -> str | None:
    """The reason why a family has no such network; of a user's own model its file decides."""
    if case.model.kind != "family":
        return None
    if not models.is_module(case.model.target):
        if registry.engine(case.engine).FORM == "module":
            return f"{case.model.target} is no torch module, and {case.engine} runs nothing else"
        if case.precision != "fp32":
            return f"{case.model.target} has no matrix products: it runs in fp32 only"
    techniques = tuple(map(str, case.techniques))
    dataset = str(case.scenario.dataset)
    return models.why_not(
        models.Recipe(family=case.model.target, techniques=techniques, dataset=dataset)
    )
