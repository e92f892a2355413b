"""The contract of a data set's file, and what all data sets share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ModelError, cache_folder, check_cache, datasets
from models.data import Training, data_file, fingerprint, fit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.mark.parametrize("name", datasets())
def test_every_data_set_loads_or_says_how_to_get_it(name: str) -> None:
    file = data_file(name)
    if name == "fashion_mnist" and not Path("/usr/share/datasets/fashion-mnist").exists():
        pytest.skip("no dataset-fashion-mnist here, and tests use no network")
    assert file.missing() is None
    data = file.load()
    assert data.name == name
    for images, labels in (
        (data.train_images, data.train_labels),
        (data.test_images, data.test_labels),
    ):
        assert images.shape[1:] == file.SHAPE
        assert images.dtype == np.float32
        assert data.has_labels == (file.TRAINING is not None)
        if not data.has_labels:
            assert len(labels) == 0
            continue
        assert len(labels) == len(images)
        assert labels.dtype == np.int64
        assert set(labels.tolist()) == set(range(10))
    assert abs(float(data.train_images.mean())) < 0.01
    assert abs(float(data.train_images.std()) - 1) < 0.01


@pytest.mark.parametrize("name", datasets())
def test_every_data_set_with_labels_says_how_to_train(name: str) -> None:
    file = data_file(name)
    if file.TRAINING is None:
        assert file.FINE_TUNING is None
        return
    assert isinstance(file.FINE_TUNING, Training)
    assert file.FINE_TUNING.epochs < file.TRAINING.epochs


@pytest.mark.parametrize("name", datasets())
def test_every_data_set_says_what_is_not_plausible(name: str) -> None:
    assert 0.5 < data_file(name).PLAUSIBLE_ACCURACY <= 1.0


def test_images_of_imagenets_shape_are_few_and_the_same_each_time() -> None:
    first, again = (data_file("imagenet_shape").load() for _ in range(2))
    assert first.sha256 == again.sha256
    assert first.test_images.nbytes < 20e6
    assert not np.array_equal(first.train_images[0], first.test_images[0])


def test_made_up_images_read_no_files() -> None:
    with pytest.raises(ModelError, match="leave out the path"):
        data_file("imagenet_shape").load(Path("/tmp"))  # noqa: S108 - it is not touched


def test_an_unknown_data_set_names_the_known_ones() -> None:
    with pytest.raises(ModelError, match="'mnist'; data sets are digits, fashion_mnist, i"):
        data_file("mnist")


@given(size=st.integers(1, 12), spare=st.tuples(st.integers(0, 4), st.integers(0, 4)))
def test_fit_pads_evenly_with_the_darkest_value(size: int, spare: tuple[int, int]) -> None:
    images = np.arange(2 * size * size, dtype=np.float32).reshape(2, 1, size, size) - 3
    top, left = spare
    padded = fit(images, (1, size + 2 * top, size + 2 * left))
    np.testing.assert_array_equal(padded[:, :, top : top + size, left : left + size], images)
    assert padded.min() == images.min()
    assert padded.sum() == images.sum() - 3 * (padded.size - images.size)


@pytest.mark.parametrize("shape", [(3, 28, 28), (1, 29, 28), (1, 28, 26), (1, 28, 31)])
def test_fit_refuses_what_cannot_be_padded(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match="cannot be padded evenly"):
        fit(np.zeros((2, 1, 28, 28), np.float32), shape)


def test_a_fingerprint_sees_values_shapes_types_and_order() -> None:
    one, two = np.arange(4, dtype=np.uint8), np.arange(4, 8, dtype=np.uint8)
    variants: list[list[NDArray[Any]]] = [
        [one, two],
        [two, one],
        [one],
        [one, two.reshape(2, 2)],
        [one, two.astype(np.int8)],
    ]
    assert len({fingerprint(arrays) for arrays in variants}) == len(variants)
    assert fingerprint([one[::-1]]) == fingerprint([one[::-1].copy()])


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"SPEEDPROOF_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, Path("/a")),
        ({"XDG_CACHE_HOME": "/b"}, Path("/b/speedproof")),
        ({"HOME": "/home/me"}, Path("/home/me/.cache/speedproof")),
        ({"HOME": "/home/me", "SPEEDPROOF_CACHE": "~/kept"}, Path("/home/me/kept")),
        ({"SPEEDPROOF_CACHE": "kept"}, Path.cwd() / "kept"),
        ({"XDG_CACHE_HOME": "kept"}, Path.cwd() / "kept" / "speedproof"),
    ],
)
def test_the_cache_is_where_the_environment_says(
    variables: dict[str, str], wanted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SPEEDPROOF_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == wanted


def test_without_a_home_the_variable_to_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPEEDPROOF_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def homeless() -> Path:
        msg = "Could not determine home directory."
        raise RuntimeError(msg)

    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(ModelError, match=r"has no folder \(Could not .*set SPEEDPROOF_CACHE"):
        cache_folder()


def test_a_cache_that_cannot_be_written_is_told_with_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "new" / "cache"))
    check_cache()
    assert list((tmp_path / "new" / "cache").iterdir()) == []
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"file: the cache cannot be written .*SPEEDPROOF_CACHE"):
        check_cache()
