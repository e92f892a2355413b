"""CONTRIBUTING.md says what the files of each folder must offer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench import engines, meters
from models.data import DataFile
from models.techniques import KINDS, Technique
from models.zoo import LACKS

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def listed(package: ModuleType) -> set[str]:
    """The names that a package's docstring says its files have, or may have."""
    lines = [line for line in (package.__doc__ or "").splitlines() if line.startswith("- ")]
    return {name for line in lines for name in re.findall(r"`(\w+)", line.partition(":")[0])}


OFFERED = {
    "bench/engines/NAME.py": listed(engines),
    "bench/meters/NAME.py": listed(meters),
    "models/data/NAME.py": {*DataFile.__annotations__, "load", "missing"},
    "models/techniques/NAME.py": {*KINDS, *Technique.__annotations__},
    "models/zoo/NAME.py": {*LACKS, "BY_ITSELF", "INPUT_SHAPE", "RATE", "build", "fit"},
}


@pytest.mark.parametrize("path", OFFERED)
def test_all_that_a_new_file_must_offer_is_listed(path: str) -> None:
    lines = (ROOT / "CONTRIBUTING.md").read_text().splitlines()
    (row,) = (line for line in lines if f"`{path}`" in line)
    assert len(OFFERED[path]) > 1
    assert [name for name in sorted(OFFERED[path]) if f"`{name}" not in row] == []
