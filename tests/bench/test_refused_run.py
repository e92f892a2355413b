"""`pytest bench/`: what cannot end well is refused before anything is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bench.runs import ENVIRONMENT, ROOT

if TYPE_CHECKING:
    from tests.bench.runs import BenchRun
    from tests.bench.world import World

pytest_plugins = ["pytester"]

USAGE = pytest.ExitCode.USAGE_ERROR


class Xdist:
    """The options that pytest-xdist has made of -n 2 when pytest is configured."""

    @staticmethod
    def pytest_addoption(parser: pytest.Parser) -> None:
        parser.addoption("--tx", action="append", default=["popen", "popen"])


def test_a_run_to_judge_against_that_is_not_there_is_told_before_anything_is_measured(
    bench_run: BenchRun, world: World
) -> None:
    bench_run("--benchmark-autosave")
    asked = len(world.asked)
    result = bench_run("--fail-on=slower", "--compare-to=77")
    assert result.ret == USAGE
    result.stderr.fnmatch_lines(["ERROR: no stored run '77'; *"])
    assert len(world.asked) == asked
    assert bench_run("--fail-on=slower", "--compare-to=77", "--collect-only").ret == 0
    assert bench_run("--fail-on=slower", "--compare-to=1").ret == 0


def test_a_run_of_another_machine_is_told_before_anything_is_measured(
    bench_run: BenchRun, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench_run("--benchmark-autosave")
    asked = len(world.asked)
    other = ENVIRONMENT | {"cpu_model": "Slide rule"}
    monkeypatch.setattr("bench.plugin.environment", lambda _devices: other)
    result = bench_run("--fail-on=slower", "--compare-to=latest")
    assert result.ret == USAGE
    result.stderr.fnmatch_lines(
        ["ERROR: 0001_* and this run are not comparable: cpu_model: Abacus, then Slide rule; *"]
    )
    assert len(world.asked) == asked


@pytest.mark.parametrize("where", ["bench", "bench/test_inference.py::test_inference", "."])
def test_xdist_is_refused_where_cases_would_be_measured(
    bench_run: BenchRun, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.chdir(ROOT)
    words = [where, "-k", "no_such_test", "-p", "no:xdist", "-p", "no:hypothesispytest"]
    result = bench_run.pytester.inline_run(*words, plugins=[Xdist()])
    assert result.ret == USAGE


@pytest.mark.parametrize("option", ["--collect-only", "--benchmark-skip"])
def test_xdist_is_let_pass_where_nothing_is_measured(bench_run: BenchRun, option: str) -> None:
    words = [*bench_run.where, f"--scenario={bench_run.scenario}", "-p", "no:xdist"]
    result = bench_run.pytester.inline_run(*words, option, plugins=[Xdist()])
    assert result.ret == 0


def test_xdist_is_let_pass_beside_bench(bench_run: BenchRun) -> None:
    file = bench_run.pytester.makepyfile("def test_any(): pass")
    words = [str(file), *bench_run.where[1:], "-p", "no:xdist", "-p", "bench.plugin"]
    assert bench_run.pytester.inline_run(*words, plugins=[Xdist()]).ret == 0
