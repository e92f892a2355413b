"""Committed files are written whole or not at all, under names that are safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from results.files import near, safe_name, write_whole
from results.store import StoreError


def test_a_file_and_its_folder_are_made(tmp_path: Path) -> None:
    file = tmp_path / "new" / "table.csv"
    write_whole(file, "a\nä\n")
    assert file.read_bytes() == "a\nä\n".encode()
    assert file.stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    write_whole(file, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "new and longer\udcff")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["digits-cnn", "0.1.0", "_x", "simple_cnn+dense"])
def test_a_safe_name_stays_as_it_is(name: str) -> None:
    assert safe_name(name, "scenario") == name


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "-x", "a b", None, 3])
def test_a_name_that_leads_elsewhere_is_refused(name: object) -> None:
    with pytest.raises(StoreError, match=r"^scenario: .* cannot name a file; it may hold letters"):
        safe_name(name, "scenario")


def test_a_path_is_shown_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert near(tmp_path / "a" / "b") == Path("a/b")
    assert near(tmp_path.parent) == tmp_path.parent
