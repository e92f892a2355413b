"""The pytest plugin: options, one test a case, progress, records, and the table at the end."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import models
import results.layout.table
from bench import gate, options, progress, recorder
from bench.campaign import Campaign
from bench.device import present
from bench.environment import environment
from bench.interruption import ignoring, interrupting
from bench.state import State
from bench.tuning import searches as tuning
from bench.workers.machine import Machine, this_machine
from models.errors import ModelError
from results.comparing.compare import compare
from results.judging.comparability import UnlikeError
from results.layout import terminal
from results.store import StoreError
from scenarios import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.case import Case
    from bench.tuning.searches import Searched
    from models.tuning.scenario import Tuning
    from results.judging.change import Change
    from results.record import Record
    from scenarios.scenario import Task


HERE = Path(__file__).parent
STATE = pytest.StashKey[State]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare ours."""
    options.add_to(parser)
    gate.add_to(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before pytest-benchmark reads its options."""
    _check_alone(config)
    recorder.configure(config)
    config.stash[STATE] = State()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run that is not judged, or has nothing of a task, has no test that says so."""
    if collection_path.parent != HERE:
        return None
    wanted: dict[str, Callable[[], object]] = {
        "test_verdict.py": lambda: config.getoption("fail_on") or config.getoption("compare_to"),
        "test_tuning.py": lambda: _has_searches(config),
        "test_inference.py": lambda: _has_cases(config, "inference"),
        "test_training.py": lambda: _has_cases(config, "training"),
    }
    return None if wanted.get(collection_path.name, lambda: True)() else True


def _has_searches(config: pytest.Config) -> bool:
    """Whether searches were selected; a bundle that cannot be read is told by inference."""
    try:
        return bool(options.read(config).tuning)
    except ScenarioError:
        return False


def _has_cases(config: pytest.Config, task: Task) -> bool:
    """Whether cases of a task were selected; inference says what is wrong with the selection."""
    try:
        cases = _selected(config).values()
    except (ScenarioError, options.OptionError, ModelError):
        return task == "inference"
    return any(case.scenario.task == task for case in cases)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a case; whatever is wrong with a scenario or an option ends the collection."""
    try:
        if {"case", "record"} <= set(metafunc.fixturenames):  # others may have a case of their own
            task = getattr(metafunc.module, "TASK", None)
            found = _selected(metafunc.config).values()
            ids = [case.id for case in found if case.scenario.task == task]
            metafunc.parametrize("case", ids, ids=ids, indirect=True)
        if "failing_verdict" in metafunc.fixturenames:
            metafunc.parametrize("failing_verdict", _failing(metafunc.config))
        if "search" in metafunc.fixturenames and "searched" in metafunc.fixturenames:
            metafunc.parametrize("search", list(_searches(metafunc.config)))
    except (ScenarioError, options.OptionError, ModelError) as error:
        raise pytest.Collector.CollectError(str(error)) from error


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Nothing is measured only to be thrown away; what is only listed is not measured."""
    if config.option.collectonly:
        return
    names = [set(getattr(item, "fixturenames", ())) for item in items]
    if any({"case", "record"} <= each or {"search", "searched"} <= each for each in names):
        recorder.check_enabled(config)
        try:
            models.check_cache()
            if named := config.getoption("compare_to"):
                gate.check(named, _environment(config), recorder.folder(config))
        except (ModelError, StoreError, UnlikeError) as error:
            raise pytest.UsageError(str(error)) from error


def _check_alone(config: pytest.Config) -> None:
    """Under xdist, which collects in its workers, an error while collecting is an internal one.

    Raises:
        pytest.UsageError: cases are to be measured by several processes at once.
    """
    option = config.option
    if not getattr(option, "tx", None) or option.collectonly or option.benchmark_skip:
        return
    folder = config.invocation_params.dir
    paths = [(folder / arg.partition("::")[0]).resolve() for arg in config.args]
    if any(HERE.is_relative_to(path) or path.is_relative_to(HERE) for path in paths):
        msg = (
            "-n: cases are measured in turns, one at a time, so that bench/ cannot run under "
            "xdist; leave it out, or write -n 0"
        )
        raise pytest.UsageError(msg)


def _selected(config: pytest.Config) -> dict[str, Case]:
    state = config.stash[STATE]
    if state.cases is None:
        state.cases = {case.id: case for case in options.selected_cases(options.read(config))}
    return state.cases


def _environment(config: pytest.Config) -> dict[str, Any]:
    return environment(case.device for case in _selected(config).values())


def _failing(config: pytest.Config) -> list[str]:
    return gate.verdicts(config.getoption("fail_on"), config.getoption("compare_to"))


def _searches(config: pytest.Config) -> dict[str, tuple[Tuning, str]]:
    return options.selected_searches(options.read(config))


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """The world that is measured; tests put a fake one here."""
    with this_machine() as real:
        yield real


@pytest.fixture(scope="session")
def campaign(request: pytest.FixtureRequest, machine: Machine) -> Iterator[Campaign]:
    """The run, of the cases that were selected and not deselected again."""
    state, known = request.config.stash[STATE], _selected(request.config)
    state.environment = _environment(request.config)
    state.why_cpu = present.why_cpu(request.config.getoption("device"))
    chosen = [
        known[item.callspec.params["case"]]
        for item in request.session.items
        if hasattr(item, "callspec") and item.callspec.params.get("case") in known
    ]
    with _uncaptured(request.config):
        sink = progress.sink(sys.stderr)
    state.campaign = Campaign(chosen, machine, sink)
    with interrupting():
        yield state.campaign


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """This test's case; its parameter is the id, which pytest-benchmark stores."""
    return _selected(request.config)[request.param]


@pytest.fixture
def record(request: pytest.FixtureRequest, campaign: Campaign, case: Case) -> Record:
    """The record of this test's case."""
    with _uncaptured(request.config):
        return campaign.record(case)


@pytest.fixture
def searched(
    request: pytest.FixtureRequest,
    campaign: Campaign,  # noqa: ARG001 - its table is the run's, if only with nothing in it
    tmp_path_factory: pytest.TempPathFactory,
    search: str,
) -> Searched:
    """What this test's searcher found."""
    runs = request.config.stash[STATE].tuning
    scenario, searcher = _searches(request.config)[search]
    if scenario.name not in runs:
        folder = tmp_path_factory.mktemp("tuning")
        runs[scenario.name] = tuning.TuningRun(tuning=scenario, folder=folder)
    with _uncaptured(request.config):
        return runs[scenario.name].search(searcher)


@pytest.fixture(scope="session")
def changes(request: pytest.FixtureRequest, campaign: Campaign) -> list[Change] | None:
    """What changed against the earlier run, None if there is none to judge against."""
    head = request.config.stash[STATE].run(campaign)
    try:
        folder = recorder.folder(request.config)
        base = gate.base_run(request.config.getoption("compare_to"), head, folder)
    except (StoreError, UnlikeError) as error:
        pytest.fail(str(error), pytrace=False)
    return None if base is None else compare(base, head)


@contextmanager
def _uncaptured(config: pytest.Config) -> Iterator[None]:
    """Let progress reach the terminal, and Ctrl-C interrupt no half-written line of pytest's."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        yield
        return
    with capture.global_and_fixture_disabled():
        yield


def pytest_benchmark_update_machine_info(
    config: pytest.Config, machine_info: dict[str, Any]
) -> None:
    """Two GPUs share a machine id of pytest-benchmark: ours tells them apart."""
    found = config.stash[STATE].environment or _environment(config)
    machine_info["speedproof"] = {
        name: found[name] for name in ("machine", "cores", "gpu", "driver")
    }


def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Add what belongs to the run, and the records that have no benchmark of their own."""
    state = config.stash[STATE]
    if state.campaign:
        output_json["speedproof"] = state.our_part(state.campaign)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Round pytest-benchmark's own saving, which happens in here."""
    state = session.config.stash[STATE]
    if not state.has_results:
        return (yield)
    # A second Ctrl-C, a wrapper that passes on a first one twice, or a job that is cancelled just
    # now must not end the saving.
    with ignoring():
        recorder.save_safely(session.config, state.saved)
        if state.is_worth_keeping:
            recorder.save_what_has_no_samples(session.config)
        result = yield
    if state.saved.problems and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return result


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Ours after pytest-benchmark's, which ends in an exception for --benchmark-compare-fail."""
    try:
        return (yield)
    finally:
        _summary(terminalreporter)


def _summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Our table, and where everything is."""
    state = terminalreporter.config.stash[STATE]
    if state.campaign is None or not state.has_results:
        return
    terminalreporter.section("Speedproof")
    width = terminalreporter._tw.fullwidth if terminalreporter.isatty else terminal.width()  # noqa: SLF001 - no public name
    run = state.run(state.campaign)
    terminalreporter.write_line(results.layout.table.text(run, width))
    for line in state.last_lines(state.campaign):
        terminalreporter.write_line(line)
