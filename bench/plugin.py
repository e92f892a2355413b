"""The pytest plugin: options, one test a case, progress, records, and the table at the end."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import results.store
import results.table
from bench import options, progress, recorder
from bench.campaign import Campaign
from bench.case import Case
from bench.environment import environment
from bench.machine import Machine, this_machine
from bench.selfcheck import stored_floor
from scenarios import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from results.record import Record


@dataclass(slots=True, kw_only=True)
class State:
    """What the hooks of one session share."""

    cases: list[Case] | None = None
    campaign: Campaign | None = None
    reported: set[str] = field(default_factory=set)  # ids with a benchmark of their own
    environment: dict[str, Any] = field(default_factory=dict)
    saved: recorder.Saved = field(default_factory=recorder.Saved)
    started_s: float = field(default_factory=time.monotonic)


STATE = pytest.StashKey[State]()
LOG_WIDTH = 160  # of the table where there is no terminal whose width would matter


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare ours."""
    options.add_to(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before pytest-benchmark reads its options."""
    recorder.configure(config)
    config.stash[STATE] = State()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a case; whatever is wrong with a scenario or an option ends the collection."""
    if not {"case", "record"} <= set(metafunc.fixturenames):  # others may have cases of their own
        return
    state = metafunc.config.stash[STATE]
    if state.cases is None:
        try:
            state.cases = options.selected_cases(options.read(metafunc.config))
        except (ScenarioError, options.OptionError) as error:
            raise pytest.Collector.CollectError(str(error)) from error
    metafunc.parametrize("case", state.cases, ids=[case.id for case in state.cases])


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """The world that is measured; tests put a fake one here."""
    with this_machine() as real:
        yield real


@pytest.fixture(scope="session")
def campaign(request: pytest.FixtureRequest, machine: Machine) -> Campaign:
    """The run, of the cases that were selected and not deselected again."""
    state = request.config.stash[STATE]
    state.environment = environment()
    cases = [
        case
        for item in request.session.items
        if hasattr(item, "callspec") and isinstance(case := item.callspec.params.get("case"), Case)
    ]
    with _uncaptured(request.config):
        sink = progress.sink(sys.stderr)
    state.campaign = Campaign(cases, machine, sink)
    return state.campaign


@pytest.fixture
def record(request: pytest.FixtureRequest, campaign: Campaign, case: Case) -> Record:
    """The record of this test's case."""
    with _uncaptured(request.config):
        return campaign.record(case)


@contextmanager
def _uncaptured(config: pytest.Config) -> Iterator[None]:
    """Let progress reach the terminal, and Ctrl-C interrupt no half-written line of pytest's."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        yield
        return
    with capture.global_and_fixture_disabled():
        yield


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Two GPUs share a machine id of pytest-benchmark: ours tells them apart."""
    found = environment()
    machine_info["speedproof"] = {
        name: found[name] for name in ("machine", "cores", "gpu", "driver")
    }


def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Add what belongs to the run, and the records that have no benchmark of their own."""
    state = config.stash[STATE]
    if state.campaign:
        records = state.campaign.records
        output_json["speedproof"] = recorder.our_part(
            [record for name, record in records.items() if name not in state.reported],
            state.environment,
            _margins(state),
            _notes(state, state.campaign),
        )


def _margins(state: State) -> dict[str, float]:
    """Of each scenario, never below what identical code differs by on this machine."""
    floor = stored_floor(state.environment["machine"]) or 0.0
    return {case.scenario.name: max(case.scenario.margin, floor) for case in state.cases or ()}


def _notes(state: State, campaign: Campaign) -> list[str]:
    """What a reader of the whole run has to know."""
    notes = []
    left = [case.id for case in campaign.selected if case.id not in campaign.records]
    if left:
        notes.append(f"interrupted: {len(left)} cases were not measured")
    raised = {
        case.scenario.name: case.scenario.margin
        for case in state.cases or ()
        if _margins(state)[case.scenario.name] > case.scenario.margin
    }
    notes += [
        f"{name}: margin raised from {margin:.1%} to {_margins(state)[name]:.2%}, which identical "
        "code differs by on this machine (self-check)"
        for name, margin in raised.items()
    ]
    return notes


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Round pytest-benchmark's own saving, which happens in here."""
    state = session.config.stash[STATE]
    if not (state.campaign and state.campaign.records):
        return (yield)
    # A second Ctrl-C, or a wrapper that passes on a first one twice, must not end the saving.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        recorder.save_safely(session.config, state.saved)
        recorder.save_what_has_no_samples(session.config)
        result = yield
    finally:
        signal.signal(signal.SIGINT, before)
    if state.saved.problems and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return result


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Our table, after pytest-benchmark's, and where everything is."""
    state = terminalreporter.config.stash[STATE]
    if state.campaign is None or not state.campaign.records:
        return
    terminalreporter.section("Speedproof")
    width = terminalreporter._tw.fullwidth if terminalreporter.isatty else LOG_WIDTH  # noqa: SLF001 - no public name
    run = results.store.Run(
        path=state.saved.files[0] if state.saved.files else None,
        environment=state.environment,
        records=tuple(state.campaign.records.values()),
        margins=_margins(state),
        notes=tuple(_notes(state, state.campaign)),
        created=datetime.now(UTC).isoformat(),
    )
    terminalreporter.write_line(results.table.text(run, width))
    for line in _last_lines(state, state.campaign):
        terminalreporter.write_line(line)


def _last_lines(state: State, campaign: Campaign) -> Iterator[str]:
    yield from state.saved.problems
    for file in state.saved.files:
        yield f"saved: {file}"
    if not state.saved.files and not state.saved.problems:
        yield "not saved; add --benchmark-autosave to keep the run"
    total_s = time.monotonic() - state.started_s
    inside = campaign.block_s / total_s
    yield (
        f"{len(campaign.records)} cases in {progress.minutes(total_s)}, "
        f"{inside:.0%} of it inside measured blocks"
    )
