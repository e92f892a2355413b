from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.against.same_inputs import with_inputs_of
from bench.preparation.artifact import Artifact
from bench.preparation.inputs import InputSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEADS = np.arange(12, dtype=np.float32).reshape(4, 3)


def artifact(folder: Path, name: str, **arrays: NDArray[Any]) -> Artifact:
    place = folder / name
    place.mkdir()
    InputSet(
        arrays=arrays,
        batch_axes={each: 0 if arrays[each].ndim else None for each in arrays},
        labels=np.arange(4, dtype=np.int64),
        sha256=f"of {name}",
        kind="made up",
    ).save(place)
    return Artifact(path=f"{name}.onnx", inputs=str(place), facts={"name": name})


def test_the_base_is_fed_what_the_head_is_fed(tmp_path: Path) -> None:
    base = artifact(tmp_path, "base", x=BEADS)
    head = artifact(tmp_path, "head", x=BEADS + 1)
    assert with_inputs_of(base, head, tmp_path) == replace(base, inputs=head.inputs)


def test_another_number_of_samples_is_no_obstacle(tmp_path: Path) -> None:
    base = artifact(tmp_path, "base", x=BEADS[:2])
    head = artifact(tmp_path, "head", x=BEADS)
    assert with_inputs_of(base, head, tmp_path).inputs == head.inputs


def test_inputs_of_other_names_get_the_same_values_in_order(tmp_path: Path) -> None:
    scale = np.array(2.0, dtype=np.float32)
    base = artifact(tmp_path, "base", x=BEADS, y=scale)
    head = artifact(tmp_path, "head", image=BEADS + 1, scale=scale + 1)
    found = InputSet.load(Path(with_inputs_of(base, head, tmp_path).inputs))
    assert list(found.arrays) == ["x", "y"]
    assert np.array_equal(found.arrays["x"], BEADS + 1)
    assert np.array_equal(found.arrays["y"], scale + 1)
    assert (found.batch_axes, found.sha256) == ({"x": 0, "y": None}, "of head")
    assert found.labels is not None


def test_a_model_that_takes_other_data_keeps_its_own(tmp_path: Path) -> None:
    base = artifact(tmp_path, "base", x=BEADS)
    others: dict[str, NDArray[Any]] = {
        "wide": np.zeros((4, 5), np.float32),
        "exact": BEADS.astype(np.float64),
    }
    for name, array in others.items():
        head = artifact(tmp_path, name, x=array)
        assert with_inputs_of(base, head, tmp_path) == base
