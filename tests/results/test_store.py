"""Finding and reading stored runs, and the errors for what is not one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from results.record import Record
from results.store import StoreError, deflate, durations_s, find, inflate, load, runs
from tests.results.made_up import blocks, case, quantity, record

if TYPE_CHECKING:
    from pathlib import Path

COMMITS = ("1b44aa2" + "0" * 33, "77aabb0" + "0" * 33, "1234567" + "0" * 33)
FIRST = f"0001_{COMMITS[0]}_20261123_090000.json"
SECOND = f"0002_{COMMITS[1]}_20261124_080000.json"
THIRD = f"0003_{COMMITS[2]}_20261124_230000_uncommitted-changes.json"

MEASURED = record(
    case(baseline=True), [quantity("params", 21840)], blocks(0.001), yardstick_blocks=blocks(0.01)
)
SKIPPED = record(case("grouped"), status="skipped", reason="no engine")


def document(*records: Record, unmeasured: tuple[Record, ...] = (SKIPPED,)) -> dict[str, Any]:
    """What pytest-benchmark saves with this suite's part in it."""
    return {
        "machine_info": {"node": "here"},
        "datetime": "2026-11-24T13:27:00+00:00",
        "benchmarks": [
            {
                "fullname": each.case.id,
                "stats": {"data": list(durations_s(each))},
                "extra_info": {"record": deflate(each)},
            }
            for each in records
        ],
        "speedproof": {
            "schema": 1,
            "suite_version": "0.1.0",
            "environment": {"machine": "amd-epyc-2c", "commit": COMMITS[0]},
            "unmeasured": [each.as_dict() for each in unmeasured],
            "margin": {"digits-cnn": 0.02},
            "notes": ["not pinned"],
        },
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    machine = tmp_path / "Linux-CPython-3.11-64bit"
    machine.mkdir()
    for name in (THIRD, FIRST, SECOND):
        (machine / name).write_text(json.dumps(document(MEASURED)))
    return tmp_path


def test_a_stored_run_reads_back_whole(folder: Path) -> None:
    run = load(find("1", folder))
    assert run.records == (MEASURED, SKIPPED)
    assert run.environment["machine"] == "amd-epyc-2c"
    assert run.margins == {"digits-cnn": 0.02}
    assert run.notes == ("not pinned",)
    assert run.created == "2026-11-24T13:27:00+00:00"
    assert run.name == FIRST.removesuffix(".json")


def test_durations_are_stored_once() -> None:
    stored = json.loads(json.dumps(document(MEASURED)))
    in_record = stored["benchmarks"][0]["extra_info"]["record"]["blocks"]
    assert all("durations_s" not in block and block["count"] == 4 for block in in_record)
    assert len(stored["benchmarks"][0]["stats"]["data"]) == sum(b["count"] for b in in_record)


def test_durations_inline_are_read_too(tmp_path: Path) -> None:
    stored = document()
    stored["benchmarks"] = [{"extra_info": {"record": MEASURED.as_dict()}, "stats": {}}]
    path = tmp_path / "run.json"
    path.write_text(json.dumps(stored))
    assert load(path).records == (MEASURED, SKIPPED)


def test_deflate_and_inflate_are_inverse() -> None:
    assert Record.from_dict(inflate(deflate(MEASURED), durations_s(MEASURED))) == MEASURED


def test_benchmarks_that_are_not_ours_are_left_out(tmp_path: Path) -> None:
    stored = document(MEASURED)
    stored["benchmarks"].append({"fullname": "test_x", "stats": {"data": [1.0]}, "extra_info": {}})
    path = tmp_path / "run.json"
    path.write_text(json.dumps(stored))
    assert len(load(path).records) == 2


def test_runs_are_listed_oldest_first_whatever_their_numbers(folder: Path) -> None:
    other = folder / "Darwin-CPython-3.12-64bit"
    other.mkdir()
    (other / f"0009_{COMMITS[0]}_20200101_000000.json").write_text("{}")
    (other / "0001_named.json").write_text('{"datetime": "2026-11-24T09:00:00+00:00"}')
    (other / "0002_broken.json").write_text("{")
    assert [path.name[:12] for path in runs(folder)] == [
        "0002_broken.json"[:12],
        f"0009_{COMMITS[0]}"[:12],
        FIRST[:12],
        SECOND[:12],
        "0001_named.json"[:12],
        THIRD[:12],
    ]


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        ("latest", THIRD),
        ("latest~0", THIRD),
        ("latest~1", SECOND),
        ("latest~2", FIRST),
        ("1", FIRST),
        ("0002", SECOND),
        ("2026-11-23", FIRST),
        ("2026-11-24", THIRD),
        ("1b44", FIRST),
        ("77aabb0", SECOND),
        ("1234567", THIRD),
    ],
)
def test_a_selector_finds_its_run(folder: Path, selector: str, name: str) -> None:
    assert find(selector, folder).name == name


def test_a_named_save_is_found_by_the_commit_within(folder: Path) -> None:
    stored = document(MEASURED)
    stored["speedproof"]["environment"]["commit"] = "abcdef0"
    (folder / "0004_before.json").write_text(json.dumps(stored))
    (folder / "0005_broken.json").write_text("{")
    assert find("abcd", folder).name == "0004_before.json"


def test_a_file_is_its_own_selector(folder: Path) -> None:
    path = next(folder.glob(f"*/{FIRST}"))
    assert find(str(path), folder / "elsewhere") == path


@pytest.mark.parametrize("selector", ["latest~3", "7", "2026-11-25", "ffff", "nightly", "", "-1"])
def test_an_unknown_selector_names_what_there_is(folder: Path, selector: str) -> None:
    with pytest.raises(StoreError) as caught:
        find(selector, folder)
    assert f"no stored run {selector!r}; give a number, file, commit" in str(caught.value)
    assert "; the last are 0001, " in str(caught.value)
    assert str(caught.value).endswith("; all: python -m results list")
    assert str(folder) not in str(caught.value)


def test_a_number_of_two_machines_is_refused(folder: Path) -> None:
    other = folder / "Darwin-CPython-3.12-64bit"
    other.mkdir()
    (other / FIRST).write_text("{}")
    with pytest.raises(StoreError, match=r"run '1' is in several folders; give the file: .*Darwin"):
        find("1", folder)


def test_without_any_run_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no stored runs yet; measure with: pytest bench/"):
        find("latest", tmp_path / "missing")


def test_a_missing_file_says_how_to_list(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone\.json: no such file; .*python -m results list"):
        find(str(tmp_path / "gone.json"), tmp_path)


def wrong(**changes: object) -> dict[str, Any]:
    stored = document(MEASURED)
    stored["speedproof"].update(changes)
    return stored


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("{", "not a complete JSON file", id="truncated"),
        pytest.param("", "not a complete JSON file", id="empty"),
        pytest.param("[1]", "not a stored run", id="no_object"),
        pytest.param('{"benchmarks": []}', "saved without this suite's records", id="foreign"),
        pytest.param(wrong(schema=2), "schema is 2, this suite reads 1", id="newer"),
        pytest.param(wrong(schema=None), "schema is None, this suite reads 1", id="no_schema"),
        pytest.param(wrong(unmeasured=[{}]), "record: 'schema' is missing", id="bad_record"),
        pytest.param(wrong(unmeasured=[3]), "record: expected an object", id="no_record"),
        pytest.param(wrong(unmeasured=3), "restore the file", id="no_list"),
        pytest.param(wrong(environment=3), "restore the file", id="no_environment"),
        pytest.param(wrong(margin={"a": "x"}), "restore the file", id="no_margin"),
        pytest.param(
            wrong(unmeasured=[{**SKIPPED.as_dict(), "blocks": [{"count": 1}]}]),
            "1 durations belong to a block, 0 are left",
            id="too_few_durations",
        ),
    ],
)
def test_a_file_that_is_no_run_says_what_is_wrong(
    tmp_path: Path, content: str | dict[str, Any], message: str
) -> None:
    path = tmp_path / "0001_x.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(StoreError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "0001_x.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreError, match="not a complete JSON file"):
        load(path)


def test_a_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        load(tmp_path)
