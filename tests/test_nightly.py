"""The nightly job: its script with an interpreter that only notes what it was asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.doctor.gpu import gpu_findings

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "nightly"

ENVIRONMENTS = ("bench", "bench-gpu", "bench-tensorrt", "bench-tensorrt-rtx")

# An interpreter that keeps its arguments, saves a run when it is pytest, and ends as it is told.
PYTHON = """#!/usr/bin/env bash
echo "$*" >>"$ASKED"
case "$*" in
  "-m pip freeze") echo "torch==0" ;;
  "-m tox"*) echo "torch was resolved"; exit "$TOX" ;;
  "-m bench doctor"*) echo "$SAYS"; exit "$DOCTOR" ;;
  "-m bench selfcheck"*) echo "floor: none" ;;
  "-m pytest"*)
    run=$SPEEDPROOF_NIGHTLY/runs/$RANDOM$RANDOM.json
    [[ $SAVES == 0 ]] || { echo "$RECORD" >"$run"; echo "$run" >>"$SAVED"; }
    exit "$PYTEST"
    ;;
  "-m results compare"*) echo "one case got slower"; exit "$COMPARE" ;;
  "-m results publish"*) echo "no room left"; exit "$PUBLISH" ;;
  "-m results table"*) echo "$SHOWN"; exit "$TABLE" ;;
esac
"""


class Night:
    """A copy of the script in a folder of its own, and what its interpreter is to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".ci").mkdir()
        (folder / "results" / "tables").mkdir(parents=True)
        self.script = folder / ".ci" / "nightly"
        self.script.write_bytes(SCRIPT.read_bytes())
        self.script.chmod(0o755)
        self.python = folder / "python"
        places = [folder / ".tox" / name / "bin" / "python" for name in ("ci", *ENVIRONMENTS)]
        for file in (self.python, *places):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(PYTHON)
            file.chmod(0o755)
        self.asked: list[str] = []
        self.saved: list[str] = []  # the run of each night that saved one
        self.says = ""  # the doctor
        self.record = '{"status": "measured"}'
        self.shown = "| a table |"
        self.page = folder / "page.md"

    def run(self, *options: str, **told: int) -> int:
        return self.run_as(["-p", str(self.python)], *options, **told)

    def run_as(self, how: list[str], *options: str, **told: int) -> int:
        asked = self.folder / "asked"
        codes = {
            "TOX": 0,
            "DOCTOR": 0,
            "PYTEST": 0,
            "COMPARE": 0,
            "SAVES": 1,
            "PUBLISH": 0,
            "TABLE": 0,
            **told,
        }
        environment = {
            **os.environ,
            **{name: str(code) for name, code in codes.items()},
            "SAYS": self.says,
            "RECORD": self.record,
            "SHOWN": self.shown,
            "ASKED": str(asked),
            "SAVED": str(self.folder / "saved"),
            "SPEEDPROOF_NIGHTLY": str(self.folder / "state"),
            "GITHUB_STEP_SUMMARY": str(self.page),
            "NIGHTLY_SELFCHECK": "--pairs 2",
        }
        command = [str(self.script), *how, *options]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        self.asked = asked.read_text().splitlines()
        asked.unlink()
        saved = self.folder / "saved"
        self.saved = saved.read_text().splitlines() if saved.exists() else []
        return done.returncode

    @property
    def summary(self) -> str:
        return (self.folder / "nightly" / "summary.md").read_text()


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


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


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({}, 0),
        ({"COMPARE": 1}, 1),
        ({"COMPARE": 2}, 2),
        ({"COMPARE": 3}, 0),  # inconclusive: the next night tells
        ({"PYTEST": 1}, 1),
        ({"PYTEST": 1, "COMPARE": 2}, 2),
    ],
)
def test_the_second_night_is_compared_with_the_first(
    night: Night, told: dict[str, int], code: int
) -> None:
    night.run()
    assert night.run(**told) == code
    assert night.asked[-1] == f"-m results compare {night.saved[0]} {night.saved[1]}"
    assert "one case got slower" in night.summary
    assert f"exit code {code}" in night.summary


@pytest.mark.parametrize(
    ("second", "base"),
    [
        pytest.param({}, 1, id="nothing_got_worse"),
        pytest.param({"COMPARE": 3}, 1, id="inconclusive"),
        pytest.param({"COMPARE": 2}, 1, id="not_comparable_any_more"),
        pytest.param({"COMPARE": 1}, 0, id="something_got_worse"),
        pytest.param({"PYTEST": 1}, 0, id="a_case_crashed"),
        pytest.param({"PYTEST": 1, "COMPARE": 2}, 0, id="a_case_crashed_after_an_upgrade"),
    ],
)
def test_the_third_night_is_compared_with_the_last_good_one(
    night: Night, second: dict[str, int], base: int
) -> None:
    """What crashed, or got worse, one night is not forgotten in the next."""
    night.run()
    night.run(**second)
    (file,) = (night.folder / "state").glob("base-*.txt")
    assert (f"to accept this one, delete {file}\n" in night.summary) is (base == 0)
    night.run()
    assert night.asked[-1] == f"-m results compare {night.saved[base]} {night.saved[2]}"


def test_a_run_that_was_accepted_or_removed_is_no_base(night: Night) -> None:
    night.run()
    Path(night.saved[0]).unlink()
    night.run(PYTEST=1)
    assert "nothing to compare with yet" in night.summary
    night.run()
    assert night.asked[-1] == f"-m results compare {night.saved[1]} {night.saved[2]}"


def test_nights_of_other_options_are_not_compared(night: Night) -> None:
    night.run("--scenario", "smoke")
    night.run("--scenario", "gpu")
    assert "nothing to compare with yet" in night.summary
    night.run("--scenario", "smoke")
    assert night.asked[-1] == f"-m results compare {night.saved[0]} {night.saved[2]}"


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
        "-m tox -e bench --notest",
        "-m pip freeze",
        "-m bench doctor",
    ]
    assert (night.folder / "state" / "lock-bench.txt").read_text() == "torch==0\n"


def test_what_cannot_be_installed_has_not_got_worse(night: Night) -> None:
    assert night.run_as(["-e", "bench"], TOX=1) == 2
    assert night.asked[-1] == "-m tox -e bench --notest"
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


def test_an_option_without_its_value_is_refused(night: Night) -> None:
    done = subprocess.run([str(night.script), "-e"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "-e needs a value\n")
