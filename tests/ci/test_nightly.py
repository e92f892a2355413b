"""The steps of the nightly job, with an interpreter that only notes what it was asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from bench.doctor.gpu import gpu_findings
from bench.selfcheck.text import WHAT_HELPS, text
from tests.bench.selfcheck.test_check import result

if TYPE_CHECKING:
    from tests.ci.night import Night


def test_the_steps_are_taken_in_their_order(night: Night) -> None:
    assert night.run("--scenario", "smoke") == 0
    runs = night.folder / "state" / "runs"
    assert night.asked == [
        "-m pip freeze",
        "-m bench doctor --scenario smoke",
        "-m bench selfcheck --pairs 2",
        f"-m pytest bench/ --benchmark-autosave --benchmark-storage=file://{runs} --scenario smoke",
        f"-m results publish {night.saved[0]} --to {night.folder / 'nightly' / 'tables'}",
        f"-m results table {night.saved[0]} --format markdown",
    ]
    assert "nothing to compare with yet" in night.summary


def test_the_committed_tables_stay_as_they_are(night: Night) -> None:
    committed = night.folder / "results" / "tables" / "environment.json"
    committed.write_text("{}")
    night.run()
    assert (night.folder / "nightly" / "tables" / "environment.json").read_text() == "{}"


def test_the_summary_waits_for_what_is_still_being_written(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = night.folder / "slow"
    slow.mkdir()
    tee = slow / "tee"
    tee.write_text(f'#!/usr/bin/env bash\nsleep 0.1\nexec {shutil.which("tee")} "$@"\n')
    tee.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow}{os.pathsep}{os.environ['PATH']}")
    night.run()
    assert night.run(COMPARE=1) == 1
    assert "one case got slower" in night.summary


def test_the_summary_stands_on_the_jobs_page(night: Night) -> None:
    night.run()
    assert night.page.read_text() == night.summary
    assert "| a table |" in night.summary


def test_a_machine_that_can_judge_nothing_is_said_first(night: Night) -> None:
    """It fails no night: what is inconclusive does not either."""
    assert night.run() == 0
    assert WHAT_HELPS not in night.summary
    night.floor = text(result(0.9, 1.1).as_dict())
    assert night.run() == 0
    assert WHAT_HELPS in night.summary.partition("Against the last good night")[0]


def test_where_nothing_can_be_measured_nothing_is(night: Night) -> None:
    assert night.run(DOCTOR=1) == 2
    assert not [each for each in night.asked if "pytest" in each]
    assert "not reached" in night.summary


def test_the_doctor_looks_at_the_scenarios_that_are_measured(night: Night) -> None:
    night.run("--scenario", "gpu", "--case", "*", "--scenario=tensorrt", "--budget-s", "1")
    assert "-m bench doctor --scenario gpu --scenario tensorrt" in night.asked


def test_an_environment_of_tox_is_installed_first_and_its_versions_kept(night: Night) -> None:
    assert night.run_as(["-e", "bench"]) == 0
    assert night.asked[:4] == [
        "-m pip install --quiet tox>=4.22",
        "-m tox -e bench --notest -r",
        "-m pip freeze",
        "-m bench doctor",
    ]
    lock = night.folder / "state" / "lock-bench.txt"
    assert lock.read_text() == "torch==0\n"
    night.run_as(["-e", "bench"])
    assert night.asked[1] == "-m tox -e bench --notest"
    lock.unlink()
    night.run_as(["-e", "bench"])
    assert night.asked[1] == "-m tox -e bench --notest -r"


def test_what_cannot_be_installed_has_not_got_worse(night: Night) -> None:
    assert night.run_as(["-e", "bench"], TOX=1) == 2
    assert night.asked[-1] == "-m tox -e bench --notest -r"
    assert "torch was resolved" in night.summary
    lock = night.folder / "state" / "lock-bench.txt"
    assert not lock.exists()
    assert str(lock) not in night.summary
    night.run_as(["-e", "bench"])
    assert night.run_as(["-e", "bench"], TOX=1) == 2
    assert f"asks for others than {lock} holds: delete that file" in night.summary


@pytest.mark.parametrize(
    ("environment", "code"),
    [("bench", 0), ("bench-gpu", 2), ("bench-tensorrt", 2), ("bench-tensorrt-rtx", 0)],
)
def test_a_gpu_night_without_a_gpu_is_no_green_night_of_the_cpu(
    night: Night, environment: str, code: int
) -> None:
    (finding,) = gpu_findings(None, "NVML does not show cuda:0")
    night.says = f"note  gpu  {finding.text}"
    assert night.run_as(["-e", environment]) == code
    assert any("pytest" in each for each in night.asked) is (code == 0)
    assert f"exit code {code}" in night.summary
    night.says = "ok  gpu  NVIDIA H200"
    assert night.run_as(["-e", environment]) == 0


def test_an_interpreter_of_ones_own_measures_what_is_there(night: Night) -> None:
    (finding,) = gpu_findings(None, "NVML does not show cuda:0")
    night.says = finding.text
    assert night.run() == 0


def test_a_run_that_was_not_saved_is_not_taken_for_the_last_one(night: Night) -> None:
    night.run()
    assert night.run(SAVES=0, PYTEST=1) == 2


@pytest.mark.parametrize(("told", "said"), [("PUBLISH", "publish.txt"), ("TABLE", "table.txt")])
def test_a_night_whose_tables_are_missing_says_so_and_is_not_green(
    night: Night, told: str, said: str
) -> None:
    assert night.run() == 0
    assert "could not" not in night.summary
    night.shown = "Traceback (most recent call last)" if told == "TABLE" else night.shown
    assert night.run(**{told: 1}) == 1
    assert f"see {said}." in night.summary
    assert "Traceback" not in night.summary
    assert (night.folder / "nightly" / said).read_text()
    assert night.run(**{told: 1, "COMPARE": 2}) == 2


@pytest.mark.parametrize(
    ("record", "code"),
    [('"status": "skipped"', 2), ('"status": "built"', 0), ('"of": "searcher"', 0), ("", 2)],
)
def test_a_night_that_measured_nothing_is_no_base(night: Night, record: str, code: int) -> None:
    night.record = f"{{{record}}}"
    assert night.run() == code
    assert ("no case was measured or built" in night.summary) is (code == 2)
    assert "| a table |" in night.summary
    assert bool(list((night.folder / "state").glob("base-*.txt"))) is (code == 0)


def test_a_runner_that_keeps_nothing_is_refused(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_DISPOSABLE_ENVIRONMENT", "true")
    assert night.run() == 0  # as SPEEDPROOF_NIGHTLY names a folder
    assert f"{night.folder / 'state'} holds no earlier night" in night.summary
    monkeypatch.delenv("SPEEDPROOF_NIGHTLY", raising=False)
    monkeypatch.setenv("HOME", str(night.folder))
    done = subprocess.run([night.script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "set SPEEDPROOF_NIGHTLY to a folder on a mounted volume" in done.stderr
    assert not (night.folder / ".cache").exists()


def test_an_option_without_its_value_is_refused(night: Night) -> None:
    done = subprocess.run([str(night.script), "-e"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "-e needs a value\n")
