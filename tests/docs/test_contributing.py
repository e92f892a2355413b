"""CONTRIBUTING.md says what the files of each folder must offer."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.data import DataFile
from models.techniques import KINDS, Technique
from models.zoo import LACKS

ROOT = Path(__file__).resolve().parents[2]
OFFERED = {
    "models/data/NAME.py": {*DataFile.__annotations__, "load", "missing"},
    "models/techniques/NAME.py": {*KINDS, *Technique.__annotations__},
    "models/zoo/NAME.py": {*LACKS, "BY_ITSELF", "INPUT_SHAPE", "RATE", "build", "fit"},
}


@pytest.mark.parametrize("path", OFFERED)
def test_all_that_a_new_file_must_offer_is_listed(path: str) -> None:
    lines = (ROOT / "CONTRIBUTING.md").read_text().splitlines()
    (row,) = (line for line in lines if f"`{path}`" in line)
    assert [name for name in sorted(OFFERED[path]) if f"`{name}" not in row] == []
