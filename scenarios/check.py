"""What a scenario may not combine: each part is valid, and together they cannot be measured."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from scenarios import task
from scenarios.scenario import (
    TOP_LEVEL,
    Matrix,
    ModelSource,
    Scenario,
    Technique,
    Vocabulary,
)
from scenarios.section import listed
from scenarios.technique import DENSE, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scenarios.scenario import TensorSpec

    Problem = tuple[str, str]  # the section, and what is wrong in it
    CaseWords = tuple[ModelSource, tuple[Technique, ...], str, str, int, int]

DEFAULT_REPLICATES = 3  # a spread over two processes says next to nothing
KIND_WORDS = {
    "family": "a family of the suite",
    "onnx": "an ONNX file",
    "exported": "a torch.export file",
    "factory": "a factory's module",
}


def problems_of(scenario: Scenario, words: Vocabulary) -> Iterator[Problem]:
    """Yield all that cannot be combined, in the order of the file."""
    yield from task.problems_of(scenario, words)
    yield from _inputs(scenario)
    yield from _budget(scenario)
    baseline = scenario.baseline
    for problem in (
        *_techniques(scenario, (baseline.techniques,)),
        *_engine(scenario, baseline.engine, (baseline.precision,), words),
    ):
        yield TOP_LEVEL, f"baseline: {problem}"
    for matrix in scenario.matrices:
        for problem in _techniques(scenario, matrix.techniques):
            yield matrix.section, f"techniques: {problem}"
        for engine in matrix.engines:
            for problem in _engine(scenario, engine, matrix.precisions, words):
                yield matrix.section, problem
    yield from _duplicates(scenario.matrices, words)


def _inputs(scenario: Scenario) -> Iterator[Problem]:
    """A family is fed the images of its data set, a user's own model what [inputs] says."""
    own = scenario.own_model
    if own is None and scenario.inputs is not None:
        names = " and ".join(repr(model.name) for model in scenario.models)
        family = f"the inputs of {names} are the images of the data set"
        yield "[inputs]", f"{family}; [inputs] is for a model of your own; remove it"
    if own is None and scenario.dataset is None:
        yield TOP_LEVEL, "missing key 'dataset', which a family is trained and judged on; add it"
    if own is not None and scenario.dataset is not None:
        problem = f"dataset: {KIND_WORDS[own.kind]} is not fed the images of a data set"
        advice = "allowed are random inputs or the arrays of an npz, see [inputs]; remove the key"
        yield TOP_LEVEL, f"{problem}; {advice}"
    if own is not None and own.kind == "factory" and not _tensors(scenario):
        problem = "a factory does not say what inputs its module takes"
        advice = "add a table [inputs.tensors.NAME] with shape and dtype for each, beside npz too"
        yield TOP_LEVEL, f"{problem}; {advice}"


def _tensors(scenario: Scenario) -> Mapping[str, TensorSpec]:
    return scenario.inputs.tensors if scenario.inputs else {}


def _budget(scenario: Scenario) -> Iterator[Problem]:
    budget = scenario.budget
    if scenario.default and budget.replicates < DEFAULT_REPLICATES:
        problem = f"replicates = {budget.replicates} is too few for a scenario of the default run"
        advice = f"allowed are {DEFAULT_REPLICATES} and more; raise it or set default = false"
        yield "[budget]", f"{problem}; {advice}"
    if budget.time_limit_s <= budget.seconds_per_case:
        limit, wanted = f"{budget.time_limit_s:g}", f"{budget.seconds_per_case:g}"
        problem = f"time_limit_s = {limit} ends a case within its seconds_per_case = {wanted}"
        yield "[budget]", f"{problem}; raise the limit"


def _techniques(scenario: Scenario, variants: tuple[tuple[Technique, ...], ...]) -> Iterator[str]:
    """Only a family has the training recipe that every technique but dense needs."""
    if scenario.own_model is None:
        return
    kind = KIND_WORDS[scenario.own_model.kind]
    for technique in (one for variant in variants for one in variant if one.name != DENSE):
        yield (
            f"'{technique}' needs a training recipe, which {kind} does not bring; "
            f"allowed is {DENSE}; remove it"
        )


def _engine(
    scenario: Scenario, engine: str, precisions: tuple[str, ...], words: Vocabulary
) -> Iterator[str]:
    """What the engine cannot run, and which engines or precisions can."""
    known, kind = words.engines[engine], scenario.models[0].kind
    if kind not in known.kinds:
        able = listed(name for name, other in words.engines.items() if kind in other.kinds)
        yield (
            f"engine {engine!r} cannot run {KIND_WORDS[kind]}; engines that can are {able}; "
            "take one of those"
        )
    for precision in precisions:
        if precision not in known.precisions:
            yield (
                f"engine {engine!r} cannot run precision {precision!r}; allowed are "
                f"{listed(known.precisions)}; give engines that differ in it a [[matrix]] each"
            )


def _duplicates(matrices: tuple[Matrix, ...], words: Vocabulary) -> Iterator[Problem]:
    """A case that stands twice would be measured twice and reported under one id."""
    seen: dict[tuple[object, ...], str] = {}
    for matrix in matrices:
        twice: list[tuple[str, str]] = []
        for case in _cases(matrix):
            model, techniques, *rest = case
            key = (model.name, resolved(techniques, words.techniques), *rest)
            if key in seen:
                twice.append((_id(case), seen[key]))
            else:
                seen[key] = matrix.section
        if twice:
            name, section = twice[0]
            more = f" (and {len(twice) - 1} more)" if len(twice) > 1 else ""
            yield matrix.section, f"case {name}{more} is already in {section}; remove it from one"


def _cases(matrix: Matrix) -> Iterator[CaseWords]:
    yield from product(
        matrix.models,
        matrix.techniques,
        matrix.engines,
        matrix.precisions,
        matrix.batch_sizes,
        matrix.threads,
    )


def _id(case: CaseWords) -> str:
    model, techniques, engine, precision, batch_size, threads = case
    names = "+".join([model.name, *map(str, techniques)])
    return f"{names}/{engine}-{precision}/b{batch_size} with threads = {threads}"
