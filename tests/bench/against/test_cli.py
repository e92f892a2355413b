from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bench import cli, git
from bench.against import cli as against_cli
from bench.git import Commit, GitError, Head
from bench.options import OptionError
from bench.selfcheck import check as selfcheck
from bench.workers.requests import Time
from tests.bench.fakes import TICK_S
from tests.bench.graphs import write_linear
from tests.bench.runs import ENVIRONMENT, planned
from tests.bench.two_sides import ELSEWHERE, OLD, TwoSides

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHA = "1b44aa2770e6ac1ac6f0dbb8ab4b5a24dc2fe331"
HEAD = "0123456789abcdef0123456789abcdef01234567"
EAGER = "two-engines/simple_cnn+dense/eager-fp32/b1"


class Command:
    """`python -m bench against` in a scripted world."""

    def __init__(self, world: TwoSides, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.checkouts: list[str] = []  # what was done with the worktree

    def __call__(self, *arguments: str) -> int:
        where = (
            [] if "--onnx" in arguments else ["--scenario", str(self.folder / "two-engines.toml")]
        )
        return cli.main(["against", *arguments, *where])


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    (tmp_path / "world").mkdir()
    world = TwoSides(tmp_path / "world", there=planned(tmp_path))
    made = Command(world, tmp_path)

    @contextmanager
    def worktree(commit: Commit) -> Iterator[Path]:
        made.checkouts.append(f"added {commit.given}")
        try:
            yield ELSEWHERE.checkout
        finally:
            made.checkouts.append("removed")

    monkeypatch.setattr(against_cli, "this_machine", world.open)
    monkeypatch.setattr(against_cli, "environment", lambda _devices: dict(ENVIRONMENT))
    monkeypatch.setattr(against_cli, "worktree", worktree)
    monkeypatch.setattr(git, "commit", lambda rev: Commit(given=rev, sha=SHA, prefix=""))
    monkeypatch.setattr(git, "head", lambda: Head(sha=HEAD, dirty=True))
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    return made


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json_is_all_that_is_written_and_has_these_keys(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    command.world.takes("simple_cnn+*/eager-*", 2 * TICK_S)
    assert command("main~1", "--json") == 1
    whole = printed(capsys)
    assert list(whole) == ["base", "head", "changes", "worst"]
    assert (whole["base"], whole["head"], whole["worst"]) == (SHA, f"{HEAD}+", "slower")
    (change, *_) = whole["changes"]
    assert list(change) == ["case", "metric", "ratio", "low", "high", "verdict", "why"]
    assert (change["case"], change["ratio"], change["verdict"]) == (EAGER, 2.0, "slower")


def test_the_worktree_goes_when_all_is_measured(command: Command) -> None:
    assert command("main~1") == 0
    assert command.checkouts == ["added main~1", "removed"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143)])
def test_the_worktree_goes_when_it_is_interrupted(command: Command, error: BaseException) -> None:
    command.world.breaks(f"{OLD}*", error)
    if isinstance(error, SystemExit):
        with pytest.raises(SystemExit):
            command("main~1")
    else:
        assert command("main~1") == 130
    assert command.checkouts == ["added main~1", "removed"]
    assert command.world.live == []


def test_of_an_interrupted_comparison_the_finished_ratios_are_told(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    command.world.breaks("*onnxruntime*", KeyboardInterrupt(), on=Time)
    assert command("main~1") == 130
    said = capsys.readouterr().err
    assert "Measured so far, without verdicts:\n" in said
    assert f"\n{EAGER}: 1.000 of the base's time (" in said
    assert "onnxruntime" not in said.partition("so far")[2]


def test_the_text_begins_with_what_is_compared_and_that_the_head_is_not_committed(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    command("main~1")
    out, err = capsys.readouterr()
    title = "base: main~1 (1b44aa2)\nhead: the working tree, 0123456 with uncommitted changes\n"
    assert out.startswith(title)
    assert err.startswith(title)
    assert out.endswith("Nothing got worse.\n")


def test_exit_code_3_says_that_nothing_can_be_told(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    command.world.takes("simple_cnn+dense/eager*", lambda replicate: TICK_S * (1 + replicate))
    assert command("main~1", "--replicates=2", "--budget-s=0.1") == 3
    assert "it cannot be told" in capsys.readouterr().out


def test_options_limit_what_is_measured(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    command.world.there = command.world.there[:1]
    assert command("main~1", "--json", "--case=*dense/eager*", "--replicates=4") == 0
    assert [change["case"] for change in printed(capsys)["changes"]] == [EAGER]
    assert {place.replicate for place in command.world.places} == {0, 1, 2, 3}


def test_the_margin_is_no_lower_than_what_identical_code_differs_by(
    command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command.world.takes("simple_cnn+*/eager-*", TICK_S * 1.0625)
    assert command("main~1", "--json") == 1
    capsys.readouterr()
    floors = {ENVIRONMENT["machine"]: 0.07}
    with monkeypatch.context() as stored:
        stored.setattr(selfcheck, "stored_floor", lambda machine, _device: floors.get(machine))
        assert command("main~1", "--json") == 0
    assert printed(capsys)["worst"] == "same"
    assert selfcheck.stored_floor("abacus-2c") is None


def test_an_interpreter_is_a_base_of_this_checkout(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    python = command.folder / "old" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    command.world.libraries = {**command.world.libraries, "torch": "1.0"}
    assert command("--python", str(command.folder / "old")) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"base: {python}\nhead: this one, {sys.executable}\n")
    assert "Libraries differ: torch 1.0, then " in out
    assert command.checkouts == []
    homes = {place.home.python for place in command.world.places}
    assert homes == {str(python), sys.executable}


def test_two_files_are_two_sides(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(command.folder / name) for name in ("a.onnx", "b.onnx")]
    for file in files:
        write_linear(command.folder / file)
    assert command("--onnx", *files, "--engine=onnxruntime", "--json") == 0
    whole = printed(capsys)
    assert [whole["base"], whole["head"]] == files
    assert [change["case"] for change in whole["changes"]] == [
        "onnx/model+dense/onnxruntime-fp32/b1",
        "onnx/model+dense/onnxruntime-fp32/b32",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name one of REV, --python PATH and --onnx A B"),
        (["main", "--python", "python3"], "name one of REV, --python PATH and --onnx A B"),
        (["main", "--engine", "abacus"], "--engine 'abacus' is not known"),
        (["main", "--case", "nothing"], "--case 'nothing': matches none of 4 cases"),
        (["main", "--replicates", "0"], "--replicates 0: it must be 1 or more"),
        (["--python", "no-such-python"], "--python no-such-python: no such program"),
        (["--onnx", "a.onnx", "b.onnx"], "--onnx a.onnx: there is no such file"),
        (["--onnx", "a", "b", "--scenario", "smoke"], "against --onnx: takes no --scenario"),
    ],
)
def test_what_cannot_be_used_is_a_usage_error(
    command: Command, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert command(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert command.world.opened == 0


@pytest.mark.parametrize(
    "error", [OptionError("against 'main': git knows no such commit"), GitError("git: no space")]
)
def test_what_git_says_is_a_usage_error(
    command: Command,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def fails(_: str) -> Commit:
        raise error

    monkeypatch.setattr(git, "commit", fails)
    assert command("main") == 2
    assert capsys.readouterr() == ("", f"{error}\n")
