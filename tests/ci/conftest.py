"""What the tests of the nightly job share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ci.night import Night

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)
