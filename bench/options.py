"""The options of a bench run, and from them the cases that it measures."""

from __future__ import annotations

import difflib
import fnmatch
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import scenarios
from bench import plan, recipes, registry
from bench.device import present
from bench.measuring import controls
from bench.preparation import user_model
from bench.tuning import searches as tuning
from models.tuning import scenario as tuning_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pytest

    from bench.case import Case
    from models.tuning.scenario import Tuning
    from scenarios.scenario import Scenario

SECONDS_HELP = (
    "target of measured seconds per case; slow cases still get at least 4 blocks per process"
)
DEVICES = "cpu|cuda|cuda:N|auto[,...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for on the command line."""

    scenarios: tuple[str, ...] = ()  # names or paths; none: those marked default
    tuning: tuple[str, ...] = ()  # tuning scenarios, likewise, but none means none
    only_tuning: bool = False  # no case is measured
    cases: tuple[str, ...] = ()  # patterns for ids; none: all
    engines: tuple[str, ...] = ()  # none: all
    device: str = "auto"
    replicates: int | None = None  # None: what the scenario says
    budget_s: float | None = None
    twins: bool = False  # whether the A/A twins of default scenarios are among the cases


def add_to(parser: pytest.Parser) -> None:
    """Declare the options in pytest's --help."""
    group = parser.getgroup("speedproof", "what to measure, and how long")
    add = group.addoption
    add(
        "--scenario",
        action="append",
        default=[],
        metavar="NAME|PATH",
        help="measure this scenario (repeatable); without it, those marked default",
    )
    add(
        "--case",
        action="append",
        default=[],
        metavar="GLOB",
        help="only cases whose id matches, such as '*/openvino-*/b1' (repeatable)",
    )
    add(
        "--engine",
        action="append",
        default=[],
        metavar="NAME",
        help="only this engine (repeatable)",
    )
    add(
        "--device",
        default="auto",
        metavar=DEVICES,
        help="auto: a GPU if one can be used; of several, each case is measured on each",
    )
    add("--replicates", type=int, metavar="N", help="processes per case, at least")
    add("--budget-s", type=float, metavar="S", help=SECONDS_HELP)


def read(config: pytest.Config) -> Options:
    """The options as they were given; what limits cases leaves no search beside those named.

    Raises:
        ScenarioError: a bundle names a tuning scenario that does not exist.
    """
    named = config.getoption("scenario")
    cases, engines = tuple(config.getoption("case")), tuple(config.getoption("engine"))
    searched, others = tuning.split(named)
    if not (cases or engines):
        searched += _bundled(others) if named else tuning.defaults()
    return Options(
        scenarios=tuple(others),
        tuning=tuple(dict.fromkeys(searched)),
        only_tuning=bool(named) and not others,
        cases=cases,
        engines=engines,
        device=config.getoption("device"),
        replicates=config.getoption("replicates"),
        budget_s=config.getoption("budget_s"),
        twins=True,
    )


class OptionError(ValueError):
    """An option that cannot be used; the text says what was allowed."""


def selected_cases(options: Options) -> list[Case]:
    """The cases to measure, in order.

    Raises:
        OptionError: an option names what does not exist, or nothing is left to measure.
        ScenarioError: a scenario file is wrong.
    """
    if options.only_tuning:
        return []
    _check_names("--engine", options.engines, registry.names("engines"))
    words = registry.vocabulary()
    files = _files(options.scenarios, words)
    _check_one_of_each_name(files)
    loaded = [scenarios.load(file, words) for file in files]
    for scenario in loaded:
        recipes.check(scenario)
        user_model.check(scenario)
    return cases_of(loaded, options)


def selected_searches(options: Options) -> dict[str, tuple[Tuning, str]]:
    """Tuning scenario and searcher by test id, such as "digits-forest/tpe".

    Raises:
        OptionError: two files have the same name, or an option limits what is not there.
        ModelError: a tuning scenario is wrong.
    """
    if options.only_tuning:
        _check_limits_nothing(options)
    _check_one_of_each_name([tuning_files.file(name) for name in options.tuning])
    return tuning.searches(options.tuning)


def _check_limits_nothing(options: Options) -> None:
    """A search is as its file says: what limits cases would be ignored."""
    limits = {
        "--case": options.cases,
        "--engine": options.engines,
        "--device": options.device != "auto",
        "--replicates": options.replicates is not None,
        "--budget-s": options.budget_s is not None,
    }
    if given := [name for name, value in limits.items() if value]:
        msg = (
            f"{', '.join(given)}: is for cases that are measured, and only searches are asked for; "
            "leave it out; -k chooses searchers (-k tpe), and the file's [budget] how long each has"
        )
        raise OptionError(msg)


def cases_of(loaded: Sequence[Scenario], options: Options) -> list[Case]:
    """The cases of these scenarios that the options ask for, in order.

    Raises:
        OptionError: an option cannot be used, or nothing is left to measure.
    """
    names = options.device.split(",")
    devices = dict.fromkeys(map(resolve_device, names))  # in their order, each once
    if unlike := present.unlike(devices):
        raise OptionError(unlike)
    _check_budget(options)
    planned = [
        case
        for one in loaded
        for device in devices
        for case in plan.cases(_adjusted(one, options), device)
    ]
    return _filtered(controls.with_twins(planned) if options.twins else planned, options)


def _bundled(names: Iterable[str]) -> list[str]:
    """The tuning scenarios of the bundles among these; what is unknown is told elsewhere."""
    shipped = scenarios.shipped()
    files = [shipped.get(name) or Path(name) for name in names]
    return [name for file in files if _is_there(file) for name in tuning.of_bundle(file)]


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # its name is too long, or its folder closed
        return False


def resolve_device(name: str) -> str:
    """The device meant: "auto" is the first GPU that can be used, or the CPU."""
    if name == present.AUTO:
        return present.auto()
    kind, colon, index = name.partition(":")
    if name == "cuda":
        return present.FIRST
    if name == "cpu" or (kind == "cuda" and colon and index.isdecimal()):
        return name
    msg = f"--device {name!r}: allowed are cpu, cuda, cuda:N (N a device's number) and auto"
    raise OptionError(msg)


def _check_one_of_each_name(files: Sequence[Path]) -> None:
    """Tables and comparisons know a scenario by its name alone."""
    shipped = scenarios.shipped() | tuning_files.shipped()
    first: dict[str, Path] = {}
    for file in files:
        if shipped.get(file.stem, file).resolve() != file.resolve():
            msg = (
                f"--scenario {file}: the suite has a scenario {file.stem!r} of its own, whose "
                "tables would be written over; allowed is any other name; rename the file"
            )
            raise OptionError(msg)
        other = first.setdefault(file.stem, file)
        if other.resolve() != file.resolve():
            msg = f"--scenario: {other} and {file} are both named {file.stem!r}; rename one"
            raise OptionError(msg)


def _check_budget(options: Options) -> None:
    if options.replicates is not None and options.replicates < 1:
        msg = f"--replicates {options.replicates}: it must be 1 or more"
        raise OptionError(msg)
    if options.budget_s is not None and not 0 < options.budget_s < math.inf:
        msg = f"--budget-s {options.budget_s:g}: it must be a number of seconds above 0"
        raise OptionError(msg)


def _check_names(option: str, given: Iterable[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            msg = f"{option} {name!r} is not known; there are {', '.join(known)}{hint}"
            raise OptionError(msg)


def _check_scenario_names(given: Sequence[str], shipped: Sequence[str]) -> None:
    """Of the tuning scenarios, which are known too, a run of the suite leaves none here."""
    searched = tuning_files.shipped()
    _check_names("--scenario", given, [*shipped, *searched])
    for name in given:
        if name in searched:
            msg = (
                f"--scenario {name!r}: is a tuning scenario, for `pytest bench/` and `python -m "
                f"models tune`; allowed here are {', '.join(shipped)}"
            )
            raise OptionError(msg)


def _files(names: Sequence[str], words: scenarios.Vocabulary) -> list[Path]:
    shipped = scenarios.shipped()
    if not names:
        files = scenarios.unbundled(shipped.values())
        defaults = [file for file in files if scenarios.load(file, words).default]
        if not defaults:
            msg = "no scenario is marked default = true; name one with --scenario"
            raise OptionError(msg)
        return defaults
    paths = [name for name in names if name.endswith(".toml") or "/" in name]
    _check_scenario_names([name for name in names if name not in paths], list(shipped))
    return scenarios.unbundled(Path(name) if name in paths else shipped[name] for name in names)


def _adjusted(scenario: Scenario, options: Options) -> Scenario:
    budget = scenario.budget
    if options.replicates is not None:
        budget = replace(budget, replicates=options.replicates)
    if options.budget_s is not None:
        budget = replace(budget, seconds_per_case=options.budget_s)
    return replace(scenario, budget=budget)


def _filtered(planned: Sequence[Case], options: Options) -> list[Case]:
    kept = [
        case
        for case in planned
        if (not options.engines or case.engine in options.engines)
        and (not options.cases or any(_matches(case, glob) for glob in options.cases))
    ]
    if not kept:
        asked = [f"--case {glob!r}" for glob in options.cases]
        asked += [f"--engine {engine!r}" for engine in options.engines]
        bare = next((glob for glob in options.cases if "*" not in glob), None)
        hint = f"; a pattern is of the whole id: try --case '*{bare}*'" if bare else ""
        cases = f"{len(planned)} cases, such as {planned[0].id}{hint}"
        msg = f"{' with '.join(asked)}: matches none of {cases}"
        raise OptionError(msg)
    return kept


def _matches(case: Case, glob: str) -> bool:
    return fnmatch.fnmatchcase(case.id, glob)
