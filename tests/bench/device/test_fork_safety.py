from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bench.device.fork_safety import VISIBLE, parts_hidden

if TYPE_CHECKING:
    import pytest


def test_parts_of_a_gpu_are_hidden_and_seen_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE, "MIG-1")
    with parts_hidden():
        assert os.environ[VISIBLE] == ""
    assert os.environ[VISIBLE] == "MIG-1"


def test_whole_gpus_which_nvml_counts_stay_to_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE, "0,1")
    with parts_hidden():
        assert os.environ[VISIBLE] == "0,1"
    monkeypatch.delenv(VISIBLE)
    with parts_hidden():
        assert VISIBLE not in os.environ
