"""The commands frontier and recommend: what they print, exit codes, errors."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.cli import main
from tests.results.made_up import case, record, whole_run
from tests.results.test_publish import interrupted
from tests.results.test_store import FIRST, document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    stored = document(*whole_run().records, unmeasured=())
    (tmp_path / FIRST).write_text(json.dumps(stored))
    return tmp_path


LIMITS = ("--max-accuracy-drop", "0.5", "--max-memory", "320MB", "--min-throughput", "9000")


@pytest.fixture(params=[80, 160])
def columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """The width of the terminal."""
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


@pytest.mark.parametrize(
    "command", [("frontier", "digits-cnn"), ("recommend", *LIMITS, "--batch", "1")]
)
def test_what_is_printed_looks_like_this_and_fits_the_terminal(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    golden: Golden,
    command: tuple[str, ...],
    columns: int,
) -> None:
    assert main([*command, "--folder", str(folder)]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= columns
    golden(f"{command[0]}_{columns}.txt", said)


@pytest.mark.parametrize(
    ("scenario", "answered"), [([], ["digits-cnn", "smoke"]), (["smoke"], ["smoke"])]
)
def test_a_recommendation_is_of_every_scenario_or_of_the_one_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], scenario: list[str], answered: list[str]
) -> None:
    records = [
        replace(one, case=replace(one.case, scenario=name, id=f"{name}/{one.case.id}"))
        for name in ("digits-cnn", "smoke")
        for one in whole_run().records
    ]
    (tmp_path / FIRST).write_text(json.dumps(document(*records, unmeasured=())))
    main(["recommend", *scenario, "--batch", "1", "--folder", str(tmp_path)])
    said = capsys.readouterr().out
    assert re.findall(r"^(\S+): simple_cnn", said, re.MULTILINE) == answered


def test_nothing_that_fits_is_no_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "--max-memory", "50MB", "--folder", str(folder)]) == 3
    assert "0 of 11 variants fit" in capsys.readouterr().out


def test_where_nothing_was_measured_there_is_no_front(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = document(*interrupted(14).records, unmeasured=())
    (tmp_path / FIRST).write_text(json.dumps(stored))
    assert main(["frontier", "digits-cnn", "--folder", str(tmp_path)]) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert "there is no front, as no variant has a time and a memory" in said
    assert "no accuracy was measured" not in said
    assert main(["recommend", "--folder", str(tmp_path)]) == 3
    assert "eager-fp32: interrupted after 1 of 5 replicates" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["frontier", "nowhere"], "no scenario 'nowhere'; the run has digits-cnn"),
        (["recommend", "nowhere"], "no scenario 'nowhere'; the run has digits-cnn"),
        (["recommend", "--batch", "7"], "no batch size 7; the run has 1, 32"),
    ],
    ids=["scenario of frontier", "scenario of recommend", "batch"],
)
def test_what_the_run_does_not_have_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], command: list[str], message: str
) -> None:
    assert main([*command, "--folder", str(folder)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["frontier", "tr"], "scenario 'tr' is of training; variants are chosen among"),
        (["frontier", "forest"], "scenario 'forest' is of tuning; variants are chosen among"),
        (["recommend"], "nothing to choose from; variants are chosen among cases of inference"),
    ],
)
def test_trainings_and_searches_are_said_to_be_nothing_to_choose_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], message: str
) -> None:
    trains = record(case(scenario="tr", baseline=True), facts={"task": "training"})
    stored = document(trains, unmeasured=())
    stored["speedproof"]["tuning"] = {"forest": "searcher  seeds"}
    (tmp_path / FIRST).write_text(json.dumps(stored))
    assert main([*command, "--folder", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert "the run has tr (training), forest (tuning)" in said


def test_a_scenario_that_trains_is_answered_with_what_can_be_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trains = record(case(scenario="tr", baseline=True), facts={"task": "training"})
    (tmp_path / FIRST).write_text(json.dumps(document(*whole_run().records, trains, unmeasured=())))
    assert main(["recommend", "tr", "--folder", str(tmp_path)]) == 2
    assert "the run has digits-cnn, tr (training)" in capsys.readouterr().err
    assert main(["recommend", "--folder", str(tmp_path)]) == 0


@pytest.mark.parametrize("size", ["320MB", "320mb", "320 Mb", "0.32gb", "320000kb", "320000000B"])
def test_a_size_has_its_unit_in_any_case(
    folder: Path, capsys: pytest.CaptureFixture[str], size: str
) -> None:
    main(["recommend", "--max-memory", size, "--batch", "32", "--folder", str(folder)])
    assert "2 of 3 variants fit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--max-memory", "50 bananas"),
        ("--max-memory", "-1MB"),
        ("--max-memory", "1"),
        ("--max-accuracy-drop", "-0.5"),
        ("--max-accuracy-drop", "nan"),
        ("--min-throughput", "many"),
    ],
)
def test_a_limit_that_is_none_is_refused(
    capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["recommend", f"{option}={value}"])
    assert ended.value.code == 2
    assert "expected a number" in capsys.readouterr().err
