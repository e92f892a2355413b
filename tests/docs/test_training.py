"""docs/training.md: its table of techniques has all that a training can have."""

from __future__ import annotations

import re
from pathlib import Path

from models.techniques import tasks, techniques

DOCUMENT = Path(__file__).parents[2] / "docs/training.md"


def test_the_table_names_every_technique_of_training() -> None:
    _, _, table = DOCUMENT.read_text().partition("| technique | what it changes |\n")
    rows = table.partition("\n\n")[0].splitlines()[1:]
    named = {name for row in rows for name in re.findall(r"`(\w+)[@`]", row.split("|")[1])}
    trained = {name for name in techniques() if "training" in tasks(name)}
    assert named == trained - {"dense"}  # which changes nothing
