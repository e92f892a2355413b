"""A path after --scenario: pytest takes nothing from the folder that it lies in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.runs import TWO_ENGINES

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
ANOTHER_CLONE = """
def pytest_addoption(parser):
    parser.addoption("--regold")
"""
BENCH = (str(ROOT / "bench"), "--device=cpu", "--collect-only", "-q", "-p", "no:hypothesispytest")


@pytest.fixture
def elsewhere(pytester: pytest.Pytester) -> Path:
    """A scenario file in a folder that looks like another clone of the suite."""
    folder = pytester.mkdir("elsewhere")
    (folder / "conftest.py").write_text(ANOTHER_CLONE)
    (folder / "two-engines.toml").write_text(TWO_ENGINES)
    return folder / "two-engines.toml"


def test_a_scenario_in_another_clone_is_read_and_nothing_of_the_clone_is_run(
    pytester: pytest.Pytester, elsewhere: Path
) -> None:
    result = pytester.runpytest_inprocess(*BENCH, "--scenario", str(elsewhere))
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["4 tests collected*"])


@pytest.mark.parametrize("has_conftest", [True, False])
def test_with_the_settings_of_another_folder_it_says_how_to_write_the_path(
    pytester: pytest.Pytester, elsewhere: Path, *, has_conftest: bool
) -> None:
    settings = elsewhere.with_name("pytest.ini")
    settings.touch()
    if not has_conftest:
        elsewhere.with_name("conftest.py").unlink()
    result = pytester.runpytest_inprocess("--scenario", str(elsewhere), *BENCH)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*reads {settings} instead of {ROOT}*--scenario=PATH*"])
    assert "Traceback" not in str(result.stderr)
    said_so = pytester.runpytest_inprocess(f"--scenario={elsewhere}", *BENCH)
    assert said_so.ret == pytest.ExitCode.OK
