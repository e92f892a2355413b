"""What a signal leaves of a run: it is saved whole, and says how far it came."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

import results.store
from bench import recorder
from bench.workers.remote import Skipped
from bench.workers.requests import Load, Time
from tests.bench.test_recorder import DENSE, INTERRUPTED, TWO_GROUPS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.runs import BenchRun
    from tests.bench.world import World

pytest_plugins = ["pytester"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_no_signal_ends_the_saving(
    bench_run: BenchRun, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    write, before = recorder._write, signal.getsignal(number)

    def signalled(file: Path, text: str) -> None:
        signal.raise_signal(number)
        write(file, text)

    monkeypatch.setattr(recorder, "_write", signalled)
    assert bench_run("--benchmark-autosave").ret == pytest.ExitCode.OK
    assert len(bench_run.cases()) == 4
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(
    ("interrupted_group", "left"),
    [
        ("b1", "two-engines: interrupted: 4 cases were not begun"),
        ("b32", "two-engines: interrupted: its last cases were not finished"),
    ],
)
def test_an_interrupted_run_says_that_it_was(
    bench_run: BenchRun, world: World, interrupted_group: str, left: str
) -> None:
    bench_run.scenario.write_text(bench_run.scenario.read_text().replace(*TWO_GROUPS))
    world.breaks(f"{DENSE}/{interrupted_group}", KeyboardInterrupt(), on=Load, number=2)
    result = bench_run("--benchmark-autosave")
    assert result.ret == INTERRUPTED
    run = results.store.load(bench_run.saved)
    assert left in run.notes
    result.stdout.fnmatch_lines([f"Note: {left}"])


@pytest.mark.filterwarnings("ignore:Not saving anything")
def test_a_run_that_measured_nothing_before_ctrl_c_does_not_become_the_latest(
    bench_run: BenchRun, world: World
) -> None:
    world.breaks("*half_width/onnx*", Skipped("not here"))
    world.breaks(f"{DENSE}/b1", KeyboardInterrupt(), on=Time, number=3)
    result = bench_run("--benchmark-autosave", "--benchmark-json=beside.json")
    assert result.ret == INTERRUPTED
    result.stdout.fnmatch_lines(
        [
            "4 cases: 1 skipped, 3 interrupted",
            "not saved: it was interrupted before any case was measured",
        ]
    )
    assert results.store.runs(bench_run.storage) == []
    assert not (bench_run.pytester.path / "beside.json").exists()
