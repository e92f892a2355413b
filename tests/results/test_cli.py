"""`python -m results`: commands, exit codes, and errors without tracebacks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from results import publish
from results.cli import main
from tests.results.made_up import whole_run
from tests.results.test_publish import interrupted
from tests.results.test_store import COMMITS, FIRST, document

if TYPE_CHECKING:
    from tests.conftest import Golden

ROOT = Path(__file__).resolve().parents[2]
LONG = "long" * 100  # no file has such a name, and asking for it is an error of the system's


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    runs = tmp_path / "runs"
    machine = runs / "Linux-CPython-3.11-64bit"
    machine.mkdir(parents=True)
    stored = document(*whole_run().records, unmeasured=())
    stored["speedproof"]["environment"].update(whole_run().environment)
    (machine / FIRST).write_text(json.dumps(stored))
    return runs


def arguments(folder: Path, *command: str) -> list[str]:
    return [*command, "--folder", str(folder)]


def test_table_prints_the_latest_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(folder, "table")) == 0
    out, err = capsys.readouterr()
    assert "run 0001, 2026-11-24 13:27 UTC" in out
    assert "4.33x faster" in out
    assert err == ""


@pytest.mark.parametrize(
    ("form", "start"),
    [("markdown", "run 0001"), ("csv", "case,scenario,"), ("json", '{\n  "schema": 1,')],
)
def test_each_format_has_standard_output_to_itself(
    folder: Path, capsys: pytest.CaptureFixture[str], form: str, start: str
) -> None:
    assert main(arguments(folder, "table", "1", "--format", form)) == 0
    out, err = capsys.readouterr()
    assert out.startswith(start)
    assert err == ""


def test_json_is_read_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(arguments(folder, "table", "--format", "json"))
    whole = json.loads(capsys.readouterr().out)
    assert whole["run"] == FIRST.removesuffix(".json")
    assert len(whole["cases"]) == 14


def test_one_scenario_can_be_chosen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(folder, "table", "--scenario", "digits-cnn", "--format", "csv")) == 0
    assert len(capsys.readouterr().out.splitlines()) == 15


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["table", "7"], "no stored run '7'; give a number, file, commit, date"),
        (["table", "--scenario", "nope"], "no scenario 'nope'; the run has digits-cnn"),
        (["table", "gone.json"], "gone.json: no such file"),
        (["table", f"{LONG}.json"], f"{LONG}.json: "),
        (["publish", "nightly"], "no stored run 'nightly'"),
    ],
)
def test_a_user_error_is_one_line_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], command: list[str], message: str
) -> None:
    assert main(arguments(folder, *command)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1


def test_what_ctrl_c_stopped_is_not_said_to_have_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FIRST).write_text(json.dumps(document(*interrupted(14).records, unmeasured=())))
    assert main(arguments(tmp_path, "table")) == 0
    out = capsys.readouterr().out
    assert "\n14 cases: 14 interrupted\n" in out
    assert "[1] interrupted after 1 of 5 replicates\n" in out
    assert "failed" not in out
    assert main(arguments(tmp_path, "list")) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[-4:-1] == ["0", "0", "14"]


@pytest.mark.parametrize("command", ["table", "publish", "list"])
def test_without_runs_it_says_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main(arguments(tmp_path, command)) == 2
    assert "no stored runs yet; measure with: pytest bench/" in capsys.readouterr().err


def test_a_broken_file_is_an_error_of_table_and_a_line_of_list(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / f"0002_{COMMITS[1]}_20261125_000000.json").write_text("{")
    assert main(arguments(folder, "table")) == 2
    assert "not a complete JSON file" in capsys.readouterr().err
    assert main(arguments(folder, "list")) == 0
    out = capsys.readouterr().out
    assert "0002  unreadable" in out
    assert "not a complete JSON file" in out


def test_list_looks_like_this(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    golden: Golden,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder.parent)
    assert main(arguments(folder, "list")) == 0
    golden("list.txt", capsys.readouterr().out)


@pytest.mark.parametrize(("default", "options"), [("tables", []), ("never", ["--to", "tables"])])
def test_publish_says_what_it_wrote(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    default: str,
    options: list[str],
) -> None:
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr(publish, "FOLDER", folder.parent / default)
    assert main(arguments(folder, "publish", *options)) == 0
    assert capsys.readouterr().out == (
        "tables/0.1.0/amd-epyc-2c/digits-cnn.csv: wrote 14 cases\n"
        "tables/0.1.0/amd-epyc-2c/digits-cnn.md: wrote\n"
        "tables/0.1.0/amd-epyc-2c/environment.json: wrote\n"
        "tables/0.1.0/amd-epyc-2c/README.md: wrote\n"
    )


@pytest.mark.parametrize("wrong", [[], ["tables"], ["expect"], ["table", "--format", "xml"]])
def test_a_wrong_command_line_exits_with_2(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(wrong)
    assert caught.value.code == 2


@pytest.mark.parametrize("command", ["", "table", "publish", "list", "compare"])
def test_help_looks_like_this(
    capsys: pytest.CaptureFixture[str],
    golden: Golden,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    golden(f"help_{command or 'main'}.txt", capsys.readouterr().out)


def test_compare_exits_with_its_judgement(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(folder, "compare", "latest", "1", "--json")) == 3
    whole = json.loads(capsys.readouterr().out)
    assert whole["base"] == whole["head"] == FIRST.removesuffix(".json")
    assert whole["worst"] == "inconclusive"
    assert main(arguments(folder, "compare", "1", "latest")) == 3
    assert "cases compared" in capsys.readouterr().out


def test_compare_refuses_unlike_runs_with_2(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = document(*whole_run().records, unmeasured=())
    stored["speedproof"]["environment"]["gpu"] = "NVIDIA H100"
    (folder / f"0002_{COMMITS[1]}_20261125_000000.json").write_text(json.dumps(stored))
    assert main(arguments(folder, "compare", "1", "2")) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "gpu: none, then NVIDIA H100" in err


def test_compare_passes_on_which_library_may_differ(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = document(*whole_run().records, unmeasured=())
    stored["speedproof"]["environment"] = {**whole_run().environment, "python": "3.12.1"}
    (folder / f"0002_{COMMITS[1]}_20261125_000000.json").write_text(json.dumps(stored))
    assert main(arguments(folder, "compare", "1", "2")) == 2
    assert "python: none, then 3.12.1; allow them with --allow" in capsys.readouterr().err
    assert main(arguments(folder, "compare", "1", "2", "--allow", "python")) == 3


def test_a_reader_that_leaves_early_is_no_error(folder: Path) -> None:
    command = [sys.executable, "-m", "results", *arguments(folder, "table", "--format", "json")]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_a_terminal_without_unicode_still_gets_its_table(folder: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "results", *arguments(folder, "table")],
        cwd=ROOT,
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert finished.stderr == b""
    assert finished.returncode == 0
    assert b"4.33x faster" in finished.stdout
