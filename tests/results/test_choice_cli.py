"""The commands frontier and recommend: what they print, exit codes, errors."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.cli import main
from tests.results.made_up import whole_run
from tests.results.test_store import FIRST, document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    stored = document(*whole_run().records, unmeasured=())
    (tmp_path / FIRST).write_text(json.dumps(stored))
    return tmp_path


def test_the_front_looks_like_this(
    folder: Path, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    assert main(["frontier", "digits-cnn", "--folder", str(folder)]) == 0
    golden("frontier.txt", capsys.readouterr().out)


def test_a_recommendation_looks_like_this(
    folder: Path, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    limits = ("--max-accuracy-drop", "0.5", "--max-memory", "320MB", "--min-throughput", "9000")
    assert main(["recommend", *limits, "--batch", "1", "--folder", str(folder)]) == 0
    golden("recommend.txt", capsys.readouterr().out)


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
    ("option", "value"),
    [
        ("--max-memory", "50 bananas"),
        ("--max-memory", "-1MB"),
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
