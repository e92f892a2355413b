from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import OperationalError

from models.errors import ModelError
from models.tuning.storage import kept_in, open_storage
from tests.models.tuning.fake import run, task

if TYPE_CHECKING:
    from pathlib import Path


def test_half_a_line_of_a_killed_process_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    run("random", task(path, fits=3))
    with path.open("a") as journal:
        journal.write('{"op_code":4,"wor')
    run("random", task(path, fits=6))
    assert [one.state for one in task(path).study.trials()] == ["complete"] * 2


def test_what_is_no_journal_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine\nand mine\n")
    with pytest.raises(ModelError, match="no journal of trials can be kept there"):
        open_storage(path)
    assert path.read_text() == "mine\nand mine\n"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me:secret@127.0.0.1:1/tuning", r"postgresql://me:\*\*\*@127.0.0.1:1/tuning"),
        ("sqlite:////nowhere/at/all.db", "sqlite:////nowhere/at/all.db cannot be used"),
        ("nosuch://x", "nosuch://x cannot be used"),
    ],
)
def test_a_database_out_of_reach_is_told_without_its_password(url: str, said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        open_storage(url)
    assert "secret" not in str(caught.value)
    assert "leave out --storage" in str(caught.value)


def test_a_database_keeps_a_search_as_a_journal_does(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/trials.db"
    run("grid", task(url, fits=3))
    assert len(task(url).study.trials()) == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StorageInternalError("no such table\nand much more"), "failed: no such table; finished"),
        (StorageInternalError(), "failed: StorageInternalError; finished"),
        (OperationalError("select 1", {}, Exception()), "failed: .*; finished"),
    ],
    ids=["first_line", "no_text", "of_a_database"],
)
def test_what_fails_half_way_is_told_with_what_to_do(error: Exception, said: str) -> None:
    with (
        pytest.raises(ModelError, match=rf"me:\*\*\*@host/x: the storage {said}") as caught,
        kept_in("postgresql://me:secret@host/x"),
    ):
        raise error
    assert "--resume goes on" in str(caught.value)
    assert "much more" not in str(caught.value)
