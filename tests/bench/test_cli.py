"""`python -m bench`: exit codes and messages for what the user has to correct."""

from __future__ import annotations

import json
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bench import cli, options
from bench.doctor import doctor
from bench.doctor.finding import Finding
from bench.selfcheck import check as selfcheck
from tests.bench.selfcheck.test_check import result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.case import Case
    from results.judging.sensitivity import Pair


@pytest.mark.parametrize(
    "arguments",
    [["--pairs", "0"], ["--slowdown", "0"], ["--slowdown", "1.5"], ["--slowdown", "nan"]],
    ids=" ".join,
)
def test_pairs_and_slowdowns_that_make_no_sense_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["selfcheck", *arguments]) == 2
    assert "--pairs must be 1 or more" in capsys.readouterr().err


def test_an_unknown_engine_is_named_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["selfcheck", "--engine", "tensorrrt"]) == 2
    said = capsys.readouterr().err
    assert "tensorrrt" in said
    assert "onnxruntime" in said


def test_the_selfcheck_prints_json_and_stores_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = result(1.0, 1.002)
    monkeypatch.setattr(selfcheck, "run", lambda *_: (list(measured.pairs), {}, 5.0))
    assert cli.main(["selfcheck", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["pairs"], found["false_alarm_rate"]) == (2, 0.0)
    assert selfcheck.stored_floor(found["machine"]) == found["floor"]


def test_the_selfcheck_of_a_gpu_leaves_the_floor_of_the_cpu_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path))
    measured = result(1.0, 1.002)
    devices: list[str] = []

    def run(cases: Sequence[Case], *_: object) -> tuple[list[Pair], dict[str, str], float]:
        devices.extend(case.device for case in cases)
        return list(measured.pairs), {}, 5.0

    monkeypatch.setattr(selfcheck, "run", run)
    assert cli.main(["selfcheck", "--json", "--device", "cuda:1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {*devices, found["device"]} == {"cuda:1"}
    assert selfcheck.stored_floor(found["machine"], "cuda:0") == found["floor"]
    assert selfcheck.stored_floor(found["machine"]) is None
    assert cli.main(["selfcheck", "--device", "cpu,cuda"]) == 2
    assert "allowed are cpu, cuda" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ([], options.Options()),
        (["smoke"], options.Options(scenarios=("smoke",))),
        (["smoke", "digits-forest"], options.Options(scenarios=("smoke",))),
        (["digits-forest"], options.Options(only_tuning=True)),
    ],
)
def test_the_doctor_looks_at_no_engine_for_a_search(
    monkeypatch: pytest.MonkeyPatch, given: list[str], asked: options.Options
) -> None:
    seen: list[options.Options] = []

    def findings(one: options.Options) -> list[Finding]:
        seen.append(one)
        return [Finding(what="gpu", state="ok", text="there")]

    monkeypatch.setattr(doctor, "findings", findings)
    assert cli.main(["doctor", *(f"--scenario={name}" for name in given)]) == 0
    assert seen == [asked]


def test_a_result_that_cannot_be_stored_is_shown_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    measured = result(1.0, 1.002)

    def run(*_: object) -> object:
        monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "file"))
        return list(measured.pairs), {}, 5.0

    monkeypatch.setattr(selfcheck, "run", run)
    monkeypatch.setattr(options, "selected_cases", lambda _: [])
    assert cli.main(["selfcheck"]) == 2
    said = capsys.readouterr()
    assert "2 identical pairs" in said.out
    assert str(tmp_path / "file") in said.err


def test_an_interrupted_selfcheck_stores_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(selfcheck, "run", interrupted)
    monkeypatch.setattr(selfcheck, "store", lambda _: pytest.fail("it was stored"))
    assert cli.main(["selfcheck"]) == 130
    assert capsys.readouterr().err.endswith("interrupted; nothing was stored\n")


def test_a_selfcheck_that_is_terminated_ends_its_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    @contextmanager
    def this_machine() -> Iterator[None]:
        try:
            yield
        finally:
            ended.append("machine")

    monkeypatch.setattr(cli, "this_machine", this_machine)
    monkeypatch.setattr(selfcheck, "run", lambda *_: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(SystemExit) as raised:
        cli.main(["selfcheck"])
    assert raised.value.code == 128 + signal.SIGTERM
    assert ended == ["machine"]


@pytest.mark.parametrize("command", ["doctor", "selfcheck"])
def test_the_help_says_what_the_exit_codes_mean(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    assert "Exit code: 0 " in " ".join(capsys.readouterr().out.split())
