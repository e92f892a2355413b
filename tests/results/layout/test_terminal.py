"""How wide texts may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.layout.terminal import width

if TYPE_CHECKING:
    import pytest


def test_columns_says_how_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "93")
    assert width() == 93
