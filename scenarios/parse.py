"""From a TOML file to a Scenario: strict about every key and value, with all mistakes at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.baseline import baseline
from scenarios.check import problems_of
from scenarios.model import families, model_sources
from scenarios.scenario import (
    DEFAULT_MARGIN,
    DEFAULT_MEMORY_MARGIN,
    TOP_LEVEL,
    Budget,
    Matrix,
    ModelSource,
    Scenario,
    ScenarioError,
    Technique,
    Vocabulary,
)
from scenarios.section import Section, hint, listed, shown
from scenarios.task import task, training
from scenarios.technique import DENSE, composed
from scenarios.toml import read
from scenarios.user_inputs import inputs

if TYPE_CHECKING:
    from collections.abc import Collection

KEYS = (
    "summary",
    "default",
    "task",
    "model",
    "models",
    "dataset",
    "device",
    "baseline",
    "margin",
    "memory_margin",
)
DEVICES = ("cpu", "cuda")
ANY_DEVICE = "leave it out where the question is of any device"
TABLES = ("budget", "training", "inputs", "matrix")
BUDGET_KEYS = ("replicates", "seconds_per_case", "target_width", "time_limit_s")
MATRIX_KEYS = ("models", "techniques", "engines", "precisions", "batch_sizes", "threads")

# Limits are far outside what anyone measures: they catch a slip, such as ms written for s.
REPLICATES = (2, 1000)  # one process has no spread to judge by
SECONDS_PER_CASE = (0.01, 3600.0)
TARGET_WIDTH = (0.0001, 1.0)
TIME_LIMIT_S = (1.0, 86_400.0)
MARGIN = (0.001, 0.5)  # of time; by 0 nothing could ever be the same
MEMORY_MARGIN = (0.0, 0.5)  # a peak can be exactly the same
BATCH_SIZES = (1, 65_536)
THREADS = (1, 1024)

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # no character that means something in an id


def shipped() -> dict[str, Path]:
    """The suite's own scenarios, and bundles of them: name -> file."""
    return {file.stem: file for file in sorted(Path(__file__).parent.glob("*.toml"))}


def load(path: Path, words: Vocabulary) -> Scenario:
    """The scenario of a file; ScenarioError, with a line per mistake, if it cannot be run."""
    problems: list[str] = []
    top = Section(file=path.name, name=TOP_LEVEL, table=read(path), problems=problems)
    scenario = _scenario(path, top, words)
    if not problems:  # a check of what does not belong together needs all of it to be valid
        for section, problem in problems_of(scenario, words):
            problems.append(str(scenario.error(section, problem)))
    if problems:
        raise ScenarioError("\n".join(problems))
    return scenario


def _scenario(path: Path, top: Section, words: Vocabulary) -> Scenario:
    top.check_keys(KEYS + TABLES)
    if not NAME.fullmatch(path.stem):
        top.report(
            f"the file name {shown(path.name)} cannot name cases; allowed are letters, digits, "
            "'_', '.' and '-'; rename the file"
        )
    models = model_sources(top, path.absolute().parent, words)
    return Scenario(
        name=path.stem,
        file=path.absolute(),
        summary=top.text("summary", "Which variant is fastest on this machine?"),
        default=top.flag("default", default=False),
        task=task(top),
        training=training(top),
        models=models,
        dataset=_word(top, "dataset", words.datasets, "correct it"),
        inputs=inputs(top, path.absolute().parent),
        baseline=baseline(top, models, words),
        budget=_budget(top.child("budget")),
        margin=top.number("margin", DEFAULT_MARGIN, MARGIN),
        memory_margin=top.number("memory_margin", DEFAULT_MEMORY_MARGIN, MEMORY_MARGIN),
        matrices=tuple(_matrix(section, models, words) for section in _matrix_sections(top)),
        device=_word(top, "device", DEVICES, ANY_DEVICE),
    )


def _word(top: Section, key: str, allowed: Collection[str], otherwise: str) -> str | None:
    """One of the words that a key takes; None where it is left out."""
    value = top.table.get(key)
    if value is None or (isinstance(value, str) and value in allowed):
        return value
    top.wrong(key, value, f"one of {listed(allowed)}", hint(str(shown(value)), allowed, otherwise))
    return None


def _budget(section: Section) -> Budget:
    section.check_keys(BUDGET_KEYS)
    usual = Budget()
    return Budget(
        replicates=section.integer("replicates", usual.replicates, REPLICATES),
        seconds_per_case=section.number(
            "seconds_per_case", usual.seconds_per_case, SECONDS_PER_CASE
        ),
        target_width=section.number("target_width", usual.target_width, TARGET_WIDTH),
        time_limit_s=section.number("time_limit_s", usual.time_limit_s, TIME_LIMIT_S),
    )


def _matrix_sections(top: Section) -> list[Section]:
    """A section for [matrix], or for each [[matrix]]."""
    value = top.table.get("matrix", [])
    tables = [value] if isinstance(value, dict) else value
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        top.report("matrix: there are no cases to measure; write a table [[matrix]]")
        return []
    names = [f"[[matrix]] number {number}" for number in range(1, len(tables) + 1)]
    return [
        Section(
            file=top.file,
            name="[matrix]" if isinstance(value, dict) else name,
            table=table,
            problems=top.problems,
        )
        for name, table in zip(names, tables, strict=True)
    ]


def _matrix(section: Section, models: tuple[ModelSource, ...], words: Vocabulary) -> Matrix:
    """A matrix is of all models of the scenario, or of those among them that it lists."""
    section.check_keys(MATRIX_KEYS)
    if "models" in section.table:
        models = families(section, {model.name for model in models})
    known = frozenset[str]().union(*(engine.precisions for engine in words.engines.values()))
    return Matrix(
        section=section.name,
        models=models,
        techniques=_variants(section, words),
        engines=section.words("engines", words.engines, None),
        precisions=section.words("precisions", known, "fp32"),
        batch_sizes=section.integers("batch_sizes", None, BATCH_SIZES),
        threads=section.integers("threads", 1, THREADS),
    )


def _variants(section: Section, words: Vocabulary) -> tuple[tuple[Technique, ...], ...]:
    """The techniques of each variant; an inner list composes as "+" does."""
    found = []
    for item in section.items("techniques", None, f'["{DENSE}"]'):
        parts = item if isinstance(item, list) and item else [item]
        texts = [part for part in parts if isinstance(part, str)]
        if len(texts) == len(parts):
            found.append(composed(section, "techniques", "+".join(texts), words))
        else:
            other = next(part for part in parts if not isinstance(part, str))
            what = shown(item) if other is item else f"a list with {shown(other)} in it"
            section.report(
                f"techniques: {what} is not allowed; allowed is the name of a technique, or a list "
                f'of them; write for example techniques = ["{DENSE}"]'
            )
    return tuple(found)
