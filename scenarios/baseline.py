"""The key `baseline`: what every case of a scenario is divided by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scenarios.scenario import Baseline
from scenarios.section import hint, listed, shown
from scenarios.technique import DENSE, composed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.scenario import ModelSource, Vocabulary
    from scenarios.section import Section

EXAMPLE = "dense/eager-fp32"
FORM = re.compile(r"(?P<variant>[^/]*)/(?P<engine>[^/-]*)-(?P<precision>[^/-]*)")


def baseline(top: Section, models: Sequence[ModelSource], words: Vocabulary) -> Baseline:
    """The baseline, of the scenario's one model, or of the one of several that it names."""
    text = top.text("baseline", EXAMPLE)
    match = FORM.fullmatch(text)
    if match is None:
        form = "techniques/engine-precision, with model+ in front where there are several models"
        top.wrong("baseline", text, form, f'write for example baseline = "{EXAMPLE}"')
    if match is None or "baseline" not in top.table:
        return Baseline(model=models[0], techniques=(), engine="", precision="")
    variant, engine, precision = match.groups()
    model, techniques = _split(top, variant, models)
    if engine not in words.engines:
        advice = hint(engine, words.engines, "correct it")
        allowed = f"allowed are {listed(words.engines)}; {advice}"
        top.report(f"baseline: unknown engine {shown(engine)}; {allowed}")
    return Baseline(
        model=model,
        techniques=composed(top, "baseline", techniques, words),
        engine=engine,
        precision=precision,
    )


def _split(top: Section, variant: str, models: Sequence[ModelSource]) -> tuple[ModelSource, str]:
    """The model and its techniques; which model is only left out where there is one."""
    first, plus, rest = variant.partition("+")
    named = next((model for model in models if model.name == first), None)
    if named and (plus or len(models) > 1):  # a lone word beside one model is a technique
        return named, rest
    if len(models) > 1:
        names = listed(model.name for model in models)
        example = f'"{models[0].name}+{EXAMPLE}"'
        top.report(
            f"baseline: {shown(first)} is no model of this scenario; allowed are {names}; "
            f"write for example baseline = {example}"
        )
        return models[0], rest if plus else DENSE  # one mistake is told once
    return models[0], variant
