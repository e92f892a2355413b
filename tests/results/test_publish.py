"""Published tables: where they go, that they are stable, and what else stays."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from results.publish import FOLDER, publish
from results.store import Run, StoreError
from tests.results.made_up import case, measured, whole_run

if TYPE_CHECKING:
    from tests.conftest import Golden


def content(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in folder.glob("**/*") if p.is_file()}


def second(**environment: object) -> Run:
    """A later run of another scenario on the same machine."""
    run = whole_run()
    records = (measured(case(scenario="fashion-cnn", baseline=True), 1e-3, 1.0),)
    return replace(
        run,
        path=Path("0004_abc.json"),
        records=records,
        created="2026-11-25T00:00:00+00:00",
        environment={**run.environment, **environment},
    )


def test_a_run_is_published_by_suite_version_machine_and_scenario(tmp_path: Path) -> None:
    written = publish(whole_run(), tmp_path)
    assert [(str(each.path.relative_to(tmp_path)), each.what) for each in written] == [
        ("0.1.0/amd-epyc-2c/digits-cnn.csv", "wrote 14 cases"),
        ("0.1.0/amd-epyc-2c/digits-cnn.md", "wrote"),
        ("0.1.0/amd-epyc-2c/environment.json", "wrote"),
        ("0.1.0/amd-epyc-2c/README.md", "wrote"),
    ]
    assert {p.name for p in tmp_path.glob("**/*") if p.is_file()} == {
        "README.md",
        "digits-cnn.csv",
        "digits-cnn.md",
        "environment.json",
    }


def interrupted(count: int) -> Run:
    """A run whose last cases were never timed often enough."""
    run = whole_run()
    cut = [
        replace(each, status="failed", reason="interrupted after 1 of 5 replicates", quantities=())
        for each in run.records[-count:]
    ]
    return replace(run, records=(*run.records[:-count], *cut))


def test_what_ctrl_c_left_without_a_number_is_not_published(tmp_path: Path) -> None:
    table, *_ = publish(interrupted(3), tmp_path)
    assert table.what == "wrote 11 cases"
    assert "interrupted" not in table.path.read_text()


def test_a_run_of_which_nothing_was_measured_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="interrupted before any case was measured"):
        publish(interrupted(14), tmp_path)
    assert content(tmp_path) == {}


def test_publishing_the_same_run_again_changes_nothing(tmp_path: Path) -> None:
    publish(whole_run(), tmp_path)
    before = content(tmp_path)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.glob("**/*")}
    assert {each.what for each in publish(whole_run(), tmp_path)} == {"unchanged"}
    assert content(tmp_path) == before
    assert times == {path: path.stat().st_mtime_ns for path in tmp_path.glob("**/*")}


def test_published_files_can_be_read_by_others(tmp_path: Path) -> None:
    written = publish(whole_run(), tmp_path)
    assert {each.path.stat().st_mode & 0o777 for each in written} == {0o644}


def test_the_environment_names_the_run_and_leaves_out_the_load(tmp_path: Path) -> None:
    publish(whole_run(), tmp_path)
    whole = json.loads((tmp_path / "0.1.0/amd-epyc-2c/environment.json").read_text())
    (run,) = whole["runs"].values()
    assert run["created"] == "2026-11-24T13:27:00+00:00"
    assert run["commit"].startswith("1b44aa2")
    assert run["dirty"] is True
    assert run["scenarios"] == ["digits-cnn"]
    assert run["environment"] == {
        "machine": "amd-epyc-2c",
        "cpu_model": "AMD EPYC 9R14",
        "cores": 2,
        "suite_version": "0.1.0",
    }


def test_another_scenario_of_a_later_run_leaves_the_first_as_it_was(tmp_path: Path) -> None:
    publish(whole_run(), tmp_path)
    before = content(tmp_path)
    publish(second(cores=1), tmp_path)
    after = content(tmp_path)
    environment, start = (f"0.1.0/amd-epyc-2c/{name}" for name in ("environment.json", "README.md"))
    tables = set(before) - {environment, start}
    assert {name: after[name] for name in tables} == {name: before[name] for name in tables}
    runs = json.loads(after[environment])["runs"]
    cores_by_scenario = {run["scenarios"][0]: run["environment"]["cores"] for run in runs.values()}
    assert cores_by_scenario == {"digits-cnn": 2, "fashion-cnn": 1}


def test_a_run_that_stands_behind_no_table_any_more_is_forgotten(tmp_path: Path) -> None:
    publish(whole_run(), tmp_path)
    publish(replace(whole_run(), path=Path("0009_later.json")), tmp_path)
    whole = json.loads((tmp_path / "0.1.0/amd-epyc-2c/environment.json").read_text())
    assert list(whole["runs"]) == ["0009_later"]


def test_a_scenario_whose_table_was_deleted_is_forgotten(tmp_path: Path) -> None:
    first = replace(whole_run(), records=(*whole_run().records, *second().records))
    publish(first, tmp_path)
    machine = tmp_path / "0.1.0/amd-epyc-2c"
    for file in machine.glob("digits-cnn.*"):
        file.unlink()
    publish(second(), tmp_path)
    runs = json.loads((machine / "environment.json").read_text())["runs"]
    assert [run["scenarios"] for run in runs.values()] == [["fashion-cnn"]]


def test_a_table_that_loses_cases_says_so(tmp_path: Path) -> None:
    run = whole_run()
    publish(run, tmp_path)
    written = publish(replace(run, records=run.records[:3]), tmp_path)
    assert written[0].what == "wrote 3 cases, 11 fewer than before"


@pytest.mark.parametrize(
    ("run", "message"),
    [
        pytest.param(replace(whole_run(), path=None), "not saved", id="in_memory"),
        pytest.param(second(machine=None), "environment.machine: None cannot", id="no_machine"),
        pytest.param(second(machine="../up"), "'../up' cannot name a file", id="path"),
        pytest.param(second(suite_version=""), "environment.suite_version: ''", id="empty"),
    ],
)
def test_what_cannot_be_published_says_why(tmp_path: Path, run: Run, message: str) -> None:
    with pytest.raises(StoreError) as caught:
        publish(run, tmp_path)
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"runs": []}', '{"runs": {"a": {}}}'])
def test_an_environment_file_of_someone_else_is_not_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "0.1.0/amd-epyc-2c/environment.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(StoreError, match=r"environment\.json: not written by publish"):
        publish(whole_run(), tmp_path)
    assert content(tmp_path) == {"0.1.0/amd-epyc-2c/environment.json": text}


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "0.1.0").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match=r"amd-epyc-2c.*: cannot be written: "):
        publish(whole_run(), tmp_path)


def test_a_published_table_says_which_networks_it_is_of(tmp_path: Path) -> None:
    publish(second(), tmp_path)
    shown = (tmp_path / "0.1.0/amd-epyc-2c/fashion-cnn.md").read_text()
    assert shown.startswith("# fashion-cnn: simple_cnn on amd-epyc-2c\n")


def test_a_published_table_links_to_what_its_columns_mean(tmp_path: Path) -> None:
    publish(second(), tmp_path)
    shown = (tmp_path / "0.1.0/amd-epyc-2c/fashion-cnn.md").read_text()
    link = re.search(r"^\[What the columns mean\]\((.+)#(.+)\)$", shown, re.MULTILINE)
    assert link
    document = (FOLDER / "0.1.0" / "amd-epyc-2c" / link.group(1)).resolve().read_text()
    headings = [line for line in document.splitlines() if line.startswith("## ")]
    assert link.group(2) in {line[3:].lower().replace(" ", "-") for line in headings}


def test_a_published_table_has_the_notes_of_its_scenario_and_of_the_run(tmp_path: Path) -> None:
    notes = ("interrupted: 3 cases", "fashion-cnn: margin raised", "digits-cnn: margin raised")
    records = (*whole_run().records, *second().records)
    publish(replace(second(), records=records, notes=notes), tmp_path)
    shown = (tmp_path / "0.1.0/amd-epyc-2c/fashion-cnn.md").read_text()
    assert "\n\nNote: fashion-cnn: margin raised\n\n" in shown
    assert shown.endswith("\n\nNote: interrupted: 3 cases\n")
    assert "digits-cnn" not in shown


def test_a_published_table_begins_with_its_question_and_what_came_out(tmp_path: Path) -> None:
    publish(replace(whole_run(), summaries={"digits-cnn": "Which is fastest?"}), tmp_path)
    shown = (tmp_path / "0.1.0/amd-epyc-2c/digits-cnn.md").read_text().split("\n\n")
    assert shown[1] == "> Which is fastest?"
    assert shown[2] == (
        "Fastest: `dense`, openvino int8, batch size 1: **8.10x faster** than the baseline, "
        "at equal accuracy."
    )


def test_published_markdown_looks_like_this(tmp_path: Path, golden: Golden) -> None:
    publish(replace(second(), summaries={"fashion-cnn": "Which is fastest?"}), tmp_path)
    golden("published_index.md", (tmp_path / "0.1.0/amd-epyc-2c/README.md").read_text())
    golden("published.md", (tmp_path / "0.1.0/amd-epyc-2c/fashion-cnn.md").read_text())
    golden("environment.json", (tmp_path / "0.1.0/amd-epyc-2c/environment.json").read_text())
