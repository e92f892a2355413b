from __future__ import annotations

from pathlib import Path

import pytest

from models import ModelError
from models.folder import Folder

HERE = Path(__file__).parents[2] / "models" / "data"
FOLDER = Folder(package="models.data", path=HERE, one="data set", several="data sets")


def test_each_file_is_one_and_those_with_an_underscore_are_none() -> None:
    stems = {file.stem for file in HERE.glob("*.py")}
    assert "__init__" in stems
    assert FOLDER.names() == tuple(sorted(stems - {"__init__"}))


def test_a_file_is_imported_by_its_name() -> None:
    assert FOLDER.file("digits").__name__ == "models.data.digits"


def test_an_unknown_name_is_an_error_with_those_that_are_known() -> None:
    with pytest.raises(ModelError, match=r"^unknown data set 'digit'; data sets are digits, "):
        FOLDER.file("digit")
