"""Weights files: both halves whole, and checked when they are read."""

from __future__ import annotations

import fcntl
import json
from typing import TYPE_CHECKING

import pytest

from models import ModelError, files
from models.files import (
    check_writable,
    copy,
    file_in,
    locked,
    read,
    replace,
    shipped_file,
    shipped_recipes,
    write,
)
from tests.models.made import recipe

if TYPE_CHECKING:
    from pathlib import Path

HOW: dict[str, str | int | float] = {
    "accuracy": 0.5,
    "command": "python -m models train",
    "seed": 0,
}


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "digits" / "simple_cnn+prune_unstructured@amount=0.8.safetensors"
    write(path, b"tensors", HOW)
    weights = read(path, shipped=False)
    assert path.read_bytes() == b"tensors"
    assert (weights.accuracy, weights.shipped) == (0.5, False)
    assert weights.how == {"command": "python -m models train", "seed": "0"}
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "simple_cnn+prune_unstructured@amount=0.8.json",
        path.name,
    ]


@pytest.mark.parametrize(
    ("shipped", "remedy"), [(True, "git checkout models/weights"), (False, "delete it")]
)
def test_a_changed_file_is_an_error(tmp_path: Path, shipped: bool, remedy: str) -> None:  # noqa: FBT001
    path = tmp_path / "a.safetensors"
    write(path, b"tensors", HOW)
    path.write_bytes(b"Tensors")
    with pytest.raises(ModelError, match=rf"a.safetensors: its sha256 is .*, not .*; .*{remedy}"):
        read(path, shipped=shipped)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"accuracy": "high", "sha256": ""}', "3"])
def test_a_broken_description_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.safetensors"
    write(path, b"tensors", HOW)
    path.with_suffix(".json").write_text(text)
    with pytest.raises(ModelError, match=r"cannot be read with its .json"):
        read(path, shipped=True)


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_half_of_a_pair_is_an_error(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "a.safetensors"
    write(path, b"tensors", HOW)
    path.with_suffix(suffix).unlink()
    with pytest.raises(ModelError, match=r"cannot be read with its .json"):
        read(path, shipped=True)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"old")

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full)
    with pytest.raises(OSError, match=r"No space left"):
        replace(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_who_waits_for_a_lock_says_so_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pause in ("WAITING_EVERY_S", "TRY_EVERY_S"):
        monkeypatch.setattr(files, pause, 0.0)
    said: list[str] = []
    with (tmp_path / "lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        def waiting() -> None:
            said.append("waiting")
            if len(said) == 3:
                fcntl.flock(other, fcntl.LOCK_UN)

        with locked(tmp_path / "lock", waiting):
            assert said == ["waiting"] * 3


def test_a_shipped_file_is_found_under_any_spelling(nothing_shipped: Path) -> None:
    path = file_in(nothing_shipped, recipe("prune_structured@ratio=0.5"))
    write(path, b"tensors", HOW)
    assert shipped_recipes() == [recipe("prune_structured@ratio=0.5")]
    assert shipped_file(recipe("prune_structured")) == path
    assert shipped_file(recipe("prune_structured@round_to=8,ratio=0.50")) == path
    assert shipped_file(recipe("prune_structured@ratio=0.4")) is None
    assert shipped_file(recipe("prune_structured", dataset="fashion_mnist")) is None


def test_a_description_is_json_for_people(tmp_path: Path) -> None:
    write(tmp_path / "a.safetensors", b"tensors", HOW)
    text = (tmp_path / "a.json").read_text()
    assert json.loads(text)["accuracy"] == 0.5
    assert text.count("\n") == 5 + 1


def test_files_of_what_is_no_torch_module_end_otherwise(nothing_shipped: Path) -> None:
    forest = recipe(family="random_forest")
    path = file_in(nothing_shipped, forest)
    assert path.name == "random_forest+dense.onnx"
    write(path, b"trees", HOW)
    write(file_in(nothing_shipped, recipe()), b"tensors", HOW)
    assert [each.family for each in shipped_recipes()] == ["random_forest", "simple_cnn"]
    assert shipped_file(forest) == path


def test_a_file_without_an_accuracy_has_none(tmp_path: Path) -> None:
    write(tmp_path / "random.safetensors", b"tensors", {"seed": 0})
    assert read(tmp_path / "random.safetensors", shipped=False).accuracy is None


def test_both_files_are_copied_whatever_they_end_in(tmp_path: Path) -> None:
    write(tmp_path / "forest.onnx", b"trees", HOW)
    copy(read(tmp_path / "forest.onnx", shipped=False), tmp_path / "there" / "forest.onnx")
    assert read(tmp_path / "there" / "forest.onnx", shipped=False).accuracy == 0.5


def test_where_nothing_can_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"file/x/y: cannot be written \(Not a directory\); move$"):
        check_writable(tmp_path / "file" / "x" / "y", "move")


def test_looking_whether_a_folder_can_be_written_makes_none(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "deep", "move")
    assert list(tmp_path.iterdir()) == []
