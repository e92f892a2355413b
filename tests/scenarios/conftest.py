"""What the scenario tests share: a realistic vocabulary, and a way to load a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scenarios import EngineWords, Scenario, ScenarioError, Vocabulary, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SMALLEST = """
summary = "Is the pruned network faster?"
model = "simple_cnn"
dataset = "digits"
baseline = "dense/eager-fp32"
[matrix]
techniques = ["dense"]
engines = ["eager"]
batch_sizes = [1]
"""

TORCH_KINDS = frozenset({"family", "exported", "factory"})
ALL_KINDS = TORCH_KINDS | {"onnx"}
BOTH = frozenset({"inference", "training"})


@pytest.fixture(scope="session")
def smallest() -> str:
    """A scenario with no key that could be left out."""
    return SMALLEST


@pytest.fixture(scope="session")
def words() -> Vocabulary:
    return Vocabulary(
        families=frozenset({"simple_cnn", "deep_cnn", "resnet8", "resnet20"}),
        datasets=frozenset({"digits", "fashion_mnist"}),
        techniques={
            "dense": {},
            "prune_unstructured": {"amount": 0.8},
            "prune_structured": {"ratio": 0.5, "round_to": 8},
            "grouped": {"groups": 2},
            "half_width": {},
            "quirky": {"layer": "all", "masked": False},
        },
        engines={
            "eager": EngineWords(precisions=frozenset({"fp32", "bf16"}), kinds=TORCH_KINDS),
            "torch_compile": EngineWords(precisions=frozenset({"fp32", "bf16"}), kinds=TORCH_KINDS),
            "onnxruntime": EngineWords(precisions=frozenset({"fp32", "int8"}), kinds=ALL_KINDS),
            "openvino": EngineWords(
                precisions=frozenset({"fp32", "bf16", "int8"}), kinds=ALL_KINDS
            ),
        },
        tasks={
            "dense": BOTH,
            "prune_unstructured": frozenset({"inference"}),
            "prune_structured": BOTH,
            "grouped": BOTH,
            "half_width": BOTH,
            "quirky": frozenset({"inference"}),
        },
    )


@pytest.fixture
def load_text(words: Vocabulary, tmp_path: Path) -> Callable[[str], Scenario]:
    """Load a text as the file t.toml; files that it names may lie in tmp_path."""

    def load_text(text: str) -> Scenario:
        path = tmp_path / "t.toml"
        path.write_text(text, encoding="utf-8")
        return load(path, words)

    return load_text


@pytest.fixture
def mistakes(load_text: Callable[[str], Scenario]) -> Callable[[str], list[str]]:
    """The lines of the error that a text gives; empty if it loads."""

    def mistakes(text: str) -> list[str]:
        try:
            load_text(text)
        except ScenarioError as error:
            return str(error).splitlines()
        return []

    return mistakes
