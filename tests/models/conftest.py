"""Fixtures that make training take a fraction of a second, and keep it out of the user's cache."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from models import files, obtaining
from models.data import digits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(folder))
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One short epoch on digits: enough to run the code, not to learn."""
    for name in ("TRAINING", "FINE_TUNING"):
        short = replace(getattr(digits, name), epochs=1, batch_size=400, shift_pixels=1)
        monkeypatch.setattr(digits, name, short)


@pytest.fixture
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shipped"
    monkeypatch.setattr(files, "SHIPPED", folder)
    monkeypatch.setattr(obtaining, "SHIPPED", folder)
    return folder
