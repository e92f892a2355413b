from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scenarios import ScenarioError, Vocabulary, load
from scenarios.parse import BUDGET_KEYS, KEYS, MATRIX_KEYS, TABLES
from scenarios.user_inputs import KEYS as INPUT_KEYS
from scenarios.user_inputs import TENSOR_KEYS

if TYPE_CHECKING:
    from pathlib import Path

SCALARS = st.one_of(
    st.integers(-3, 70_000),
    st.floats(),
    st.booleans(),
    st.sampled_from(
        ["dense", "eager", "fp32", "digits", "simple_cnn", "dense/eager-fp32", "batch"]
    ),
    st.text("ab+@=/-,. \n", max_size=6),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(
    [*KEYS, *TABLES, *BUDGET_KEYS, *MATRIX_KEYS, *INPUT_KEYS, *TENSOR_KEYS, "onnx", "factory"]
)
DOCUMENTS = st.recursive(
    st.dictionaries(NAMES, VALUES),
    lambda inner: st.dictionaries(NAMES, VALUES | inner | st.lists(inner, max_size=2)),
    max_leaves=4,
)
VALID: dict[str, object] = {
    "summary": "s",
    "model": "simple_cnn",
    "dataset": "digits",
    "baseline": "dense/eager-fp32",
    "matrix": {"techniques": ["dense"], "engines": ["eager"], "batch_sizes": [1]},
}


def as_toml(value: object) -> str:
    """A value as inline TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_toml(k)} = {as_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace("\n", "\\n") + '"'
    return str(value).lower()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scenarios")


def loads_or_says_why(text: str, folder: Path, words: Vocabulary) -> None:
    path = folder / "t.toml"
    path.write_text(text, encoding="utf-8")
    lines: list[str] = []
    try:
        load(path, words)
    except ScenarioError as error:
        lines = str(error).splitlines()
    assert all(line.startswith("t.toml: ") for line in lines)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=DOCUMENTS, base=st.sampled_from([{}, VALID]))
def test_any_toml_document_loads_or_raises_a_scenario_error(
    changes: dict[str, object], base: dict[str, object], folder: Path, words: Vocabulary
) -> None:
    table = base | changes
    text = "\n".join(f"{as_toml(key)} = {as_toml(value)}" for key, value in table.items())
    loads_or_says_why(text, folder, words)


@settings(deadline=None)
@given(text=st.text())
@example(text="a = " + "[" * 5000)
@example(text=".".join(["a"] * 5000) + " = 1")
@example(text="margin = " + "9" * 5000)
@example(text="[budget]\nreplicates = 0x" + "f" * 5000)
@example(text='model = { onnx = "a\\u0000b" }')
@example(text='model = { onnx = "' + "a" * 5000 + '" }')
@example(text="summary = 1979-05-27T07:32:00Z")
@example(text="summary = 1979-15-27")
def test_any_text_loads_or_raises_a_scenario_error(
    text: str, folder: Path, words: Vocabulary
) -> None:
    loads_or_says_why(text, folder, words)
