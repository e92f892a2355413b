"""The keys `task` and `[training]`: whether cases infer or train, and what they are to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.scenario import TOP_LEVEL, Scenario, Task, Technique, Training, Vocabulary
from scenarios.section import Section, hint, listed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

TASKS: dict[str, Task] = {"inference": "inference", "training": "training"}
KEYS = ("target_accuracy", "most_epochs", "learning_rate", "seeds")

TARGET_ACCURACY = (0.01, 1.0)
MOST_EPOCHS, USUAL_EPOCHS = (1, 1000), 20
LEARNING_RATE, USUAL_RATE = (1e-6, 10.0), 0.02
SEEDS, USUAL_SEEDS = (3, 100), 5  # two trainings agree by luck too often to have an interval


def task(top: Section) -> Task:
    """What the scenario's cases do."""
    value = top.table.get("task", "inference")
    if isinstance(value, str) and value in TASKS:
        return TASKS[value]
    advice = hint(str(shown(value)), TASKS, 'write for example task = "training"')
    top.wrong("task", value, f"one of {listed(TASKS)}", advice)
    return "inference"


def training(top: Section) -> Training | None:
    """The table [training]; None where there is none."""
    if "training" not in top.table:
        return None
    section = top.child("training")
    section.check_keys(KEYS)
    if "target_accuracy" not in section.table:
        least, most = TARGET_ACCURACY
        section.report(
            "missing key 'target_accuracy', the share of the held-out images that are to be right; "
            f"allowed is a number from {least:g} to {most:g}; write for example "
            "target_accuracy = 0.9"
        )
    return Training(
        target_accuracy=section.number("target_accuracy", 0.9, TARGET_ACCURACY),
        most_epochs=section.integer("most_epochs", USUAL_EPOCHS, MOST_EPOCHS),
        learning_rate=section.number("learning_rate", USUAL_RATE, LEARNING_RATE),
        seeds=section.integer("seeds", USUAL_SEEDS, SEEDS),
    )


def problems_of(scenario: Scenario, words: Vocabulary) -> Iterator[tuple[str, str]]:
    """Yield, with its section, what does not belong to the scenario's task."""
    is_training = scenario.task == "training"
    if is_training and scenario.training is None:
        problem = 'task = "training" needs a table [training], which says what is to be reached'
        yield TOP_LEVEL, f"{problem}; write [training] and below it target_accuracy = 0.9"
    if not is_training and scenario.training is not None:
        problem = "is for training scenarios, and this one infers"
        yield "[training]", f'{problem}; write task = "training" at the top, or remove the table'
    if is_training and scenario.own_model is not None:
        problem = "model: a training scenario trains families of the suite"
        yield TOP_LEVEL, f"{problem}; allowed are {listed(words.families)}; take one of those"
    yield from _names(scenario, words)


def _names(scenario: Scenario, words: Vocabulary) -> Iterator[tuple[str, str]]:
    base = scenario.baseline
    for problem in _of_names(scenario.task, (base.engine,), (base.techniques,), words):
        yield TOP_LEVEL, f"baseline: {problem}"
    for matrix in scenario.matrices:
        for problem in _of_names(scenario.task, matrix.engines, matrix.techniques, words):
            yield matrix.section, problem


def _of_names(
    task: Task,
    engines: tuple[str, ...],
    variants: tuple[tuple[Technique, ...], ...],
    words: Vocabulary,
) -> Iterator[str]:
    for engine in engines:
        if words.engines[engine].task != task:
            yield _other_engine(engine, task, words)
    for name in dict.fromkeys(one.name for variant in variants for one in variant):
        if task not in words.tasks[name]:
            yield _other_technique(name, task, words)


def _other_engine(engine: str, task: Task, words: Vocabulary) -> str:
    able = listed(name for name, each in words.engines.items() if each.task == task)
    does = words.engines[engine].task
    return (
        f"engines: {engine!r} is for {does}, and this scenario's task is {task}; allowed are "
        f'{able}; take one of those or write task = "{does}"'
    )


def _other_technique(name: str, task: Task, words: Vocabulary) -> str:
    able = listed(each for each, its in words.tasks.items() if task in its)
    does = "a trained network or its whole training"
    if task == "inference":
        does = "how a network is trained"
    return (
        f"techniques: {name!r} changes {does}, and this scenario's task is {task}; allowed are "
        f"{able}; remove it or measure it in a scenario of the other task"
    )
