"""`python -m results expect`: what it writes, prints and exits with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from results.cli import main
from results.expecting import expected
from tests.results.made_up import case, quantity, record
from tests.results.nights import GROUPED, OPENVINO, edited, failed, night, with_value
from tests.results.test_store import COMMITS, document

if TYPE_CHECKING:
    from results.store import Run
    from tests.conftest import Golden

UPDATE, CHECK = ("expect", "update"), ("expect", "check")


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(expected, "FOLDER", tmp_path / "expected")
    return tmp_path / "expected"


def stored(run: Run, number: int = 1) -> None:
    """Store a run in the current folder."""
    folder = Path("runs")
    folder.mkdir(exist_ok=True)
    file = folder / f"000{number}_{COMMITS[0]}_2026112{number}_090000.json"
    file.write_text(json.dumps(document(*run.records, unmeasured=())))


def expect(*arguments: str) -> int:
    return main([*arguments, "--folder", "runs"])


def other_scenario() -> Run:
    key = case(scenario="fashion-cnn", baseline=True)
    return replace(night(), records=(record(key, [quantity("params", 21840)]),))


def test_update_prints_what_it_adds(
    tables: Path, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    stored(night())
    assert expect(*UPDATE) == 0
    golden("expect_new.txt", capsys.readouterr().out)
    golden("expected.csv", (tables / "digits-cnn.csv").read_text())


def test_update_prints_what_it_changes(
    tables: Path, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    stored(night())
    expect(*UPDATE)
    file = tables / "digits-cnn.csv"
    file.write_text(file.read_text().replace("21840,0", "21840,1%", 1))
    capsys.readouterr()
    changed = edited(night(), GROUPED, failed)
    changed = edited(changed, night().records[0].case.id, with_value("params", 21_850))
    stored(replace(changed, records=(changed.records[0], changed.records[2])), 2)
    assert expect(*UPDATE, "2") == 0
    golden("expect_changed.txt", capsys.readouterr().out)


def test_update_says_when_there_is_nothing_to_change(
    tables: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(night())
    expect(*UPDATE)
    before = (tables / "digits-cnn.csv").stat()
    capsys.readouterr()
    assert expect(*UPDATE, "latest") == 0
    assert capsys.readouterr().out == "expected/digits-cnn.csv: nothing to change\n"
    assert (tables / "digits-cnn.csv").stat().st_mtime_ns == before.st_mtime_ns


def test_update_writes_every_scenario_of_the_run_or_the_chosen(
    tables: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(replace(night(), records=(*night().records, *other_scenario().records)))
    assert expect(*UPDATE, "--scenario", "fashion-cnn") == 0
    assert [file.name for file in tables.iterdir()] == ["fashion-cnn.csv"]
    assert expect(*UPDATE) == 0
    assert {file.name for file in tables.iterdir()} == {"fashion-cnn.csv", "digits-cnn.csv"}
    assert expect(*CHECK) == 0
    capsys.readouterr()
    assert expect(*UPDATE) == expect(*CHECK) == 0
    assert capsys.readouterr().out == (
        "expected/digits-cnn.csv: nothing to change\n"
        "expected/fashion-cnn.csv: nothing to change\n"
        "run 0001 against expected/digits-cnn.csv, expected/fashion-cnn.csv\n"
        "4 cases checked: 10 same\n"
    )


def test_a_table_is_written_whole_or_not_at_all(
    tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(night())
    expect(*UPDATE)
    before = (tables / "digits-cnn.csv").read_text()
    stored(edited(night(), OPENVINO, with_value("params", 1)), 2)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert expect(*UPDATE) == 2
    assert [file.name for file in tables.iterdir()] == ["digits-cnn.csv"]
    assert (tables / "digits-cnn.csv").read_text() == before


def test_a_broken_table_is_not_overwritten_and_nothing_else_is_written(
    tables: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(replace(night(), records=(*other_scenario().records, *night().records)))
    tables.mkdir()
    (tables / "digits-cnn.csv").write_text("something else")
    assert expect(*UPDATE) == 2
    assert "digits-cnn.csv:1: found something else, expected case," in capsys.readouterr().err
    assert [file.name for file in tables.iterdir()] == ["digits-cnn.csv"]


@pytest.mark.parametrize(
    ("run", "arguments", "message"),
    [
        (night(), ["--scenario", "nope"], "no case of scenario 'nope'; it has digits-cnn"),
        (
            replace(night(), records=(*night().records, *other_scenario().records)),
            ["--scenario", "nope"],
            "it has digits-cnn, fashion-cnn\n",
        ),
        (replace(night(), records=()), ["--scenario", "nope"], "it has none\n"),
        (
            edited(replace(night(), records=night().records[2:]), GROUPED, failed),
            [],
            "run 0001 measured no case of scenario 'digits-cnn'; it has digits-cnn",
        ),
    ],
)
def test_a_run_that_says_nothing_of_a_scenario_makes_no_table(
    tables: Path,
    capsys: pytest.CaptureFixture[str],
    run: Run,
    arguments: list[str],
    message: str,
) -> None:
    stored(run)
    assert expect(*UPDATE, *arguments) == 2
    assert message in capsys.readouterr().err
    assert not tables.exists()


def test_check_passes_a_run_that_is_as_expected(
    tables: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(night())
    expect(*UPDATE)
    assert tables.is_dir()
    capsys.readouterr()
    assert expect(*CHECK, "1") == 0
    assert capsys.readouterr().out == (
        "run 0001 against expected/digits-cnn.csv\n3 cases checked: 9 same\n"
    )


def several() -> Run:
    """Something of everything that a check can say."""
    head = edited(night(), OPENVINO, with_value("params", 21_850))
    head = edited(head, OPENVINO, with_value("accuracy", 0.95, 600))
    extra = record(case("half_width"), [quantity("params", 5544)])
    return replace(
        edited(head, GROUPED, failed), records=(*head.records[:2], failed(head.records[2]), extra)
    )


@pytest.mark.usefixtures("tables")
def test_what_is_off_looks_like_this(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    stored(night())
    expect(*UPDATE)
    stored(several(), 2)
    capsys.readouterr()
    assert expect(*CHECK) == 1
    golden("expect_check.txt", capsys.readouterr().out)
    assert expect(*CHECK, "--json") == 1
    golden("expect_check.json", capsys.readouterr().out)


@pytest.mark.usefixtures("tables")
def test_what_was_not_measured_exits_with_3_and_asks_for_no_update(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stored(night())
    expect(*UPDATE)
    stored(edited(night(), GROUPED, failed), 2)
    capsys.readouterr()
    assert expect(*CHECK) == 3
    out = capsys.readouterr().out
    assert "failed: timed out after 120 s" in out
    assert "expect update" not in out


@pytest.mark.usefixtures("tables")
def test_a_run_of_other_scenarios_alone_has_no_case_of_a_named_table() -> None:
    stored(night())
    expect(*UPDATE)
    stored(other_scenario(), 2)
    expect(*UPDATE, "2")
    assert expect(*CHECK, "2") == 0
    assert expect(*CHECK, "2", "--scenario", "digits-cnn") == 3
    assert expect(*CHECK, "2", "--scenario", "fashion-cnn", "--scenario", "digits-cnn") == 3


@pytest.mark.usefixtures("tables")
def test_scenarios_without_a_table_are_named_where_another_has_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stored(replace(night(), records=(*other_scenario().records, *night().records)))
    assert expect(*CHECK) == 2
    assert "expected/fashion-cnn.csv: no such table yet" in capsys.readouterr().err
    expect(*UPDATE, "--scenario", "digits-cnn")
    capsys.readouterr()
    assert expect(*CHECK) == 0
    out, err = capsys.readouterr()
    assert out == "run 0001 against expected/digits-cnn.csv\n3 cases checked: 9 same\n"
    assert err == "note: no table yet: fashion-cnn\n"
    assert expect(*CHECK, "--scenario", "digits-cnn", "--scenario", "fashion-cnn") == 2


@pytest.mark.usefixtures("tables")
def test_a_run_without_cases_cannot_pass(capsys: pytest.CaptureFixture[str]) -> None:
    stored(replace(night(), records=()))
    assert expect(*CHECK) == 3
    assert "nothing to check" in capsys.readouterr().out


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected/digits-cnn.csv: no such table yet; write it from a run that is right"),
        (["--scenario", "x"], "python -m results expect update RUN --scenario x"),
        (["7"], "no stored run '7'"),
        (["--scenario", "../x"], "scenario: '../x' cannot name a file"),
    ],
)
def test_check_says_what_to_do_without_a_table_or_a_run(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    stored(night())
    assert expect(*CHECK, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err


@pytest.mark.parametrize("command", ["", "update", "check"])
def test_help_looks_like_this(
    capsys: pytest.CaptureFixture[str],
    golden: Golden,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit):
        main(["expect", *command.split(), "--help"])
    golden(f"help_expect{command and '_'}{command}.txt", capsys.readouterr().out)
