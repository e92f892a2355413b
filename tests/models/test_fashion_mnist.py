"""Where Fashion-MNIST is looked for, and that nothing but Fashion-MNIST is accepted."""

from __future__ import annotations

import gzip
import io
import struct
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

import numpy as np
import pytest

from models import ModelError
from models.data import fashion_mnist, fingerprint
from models.data.fashion_mnist import download  # the fixture below replaces it in the module

if TYPE_CHECKING:
    from pathlib import Path

SHAPES = [(5, 28, 28), (5,), (3, 28, 28), (3,)]
ARRAYS = [(np.arange(np.prod(s)) % 10 * 25).astype(np.uint8).reshape(s) for s in SHAPES]


def idx(array: np.ndarray[Any, Any]) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


CONTENTS = {name: idx(a) for name, a in zip(fashion_mnist.FILES, ARRAYS, strict=True)}


class Mirror:
    """Answers like urlopen, from memory; counts what it was asked."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents
        self.asked: list[str] = []

    def __call__(self, url: str, *, timeout: float) -> io.BytesIO:
        assert timeout > 0
        self.asked.append(url)
        name = url.removeprefix(fashion_mnist.MIRROR)
        if name not in self.contents:
            msg = "no route to host"
            raise URLError(msg)
        return io.BytesIO(self.contents[name])


PACKED = {f"{name}.gz": gzip.compress(content) for name, content in CONTENTS.items()}


@pytest.fixture(autouse=True)
def _small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fashion_mnist, "SHA256", fingerprint(ARRAYS))
    monkeypatch.setattr(fashion_mnist, "SYSTEM", tmp_path / "system")
    monkeypatch.delenv(fashion_mnist.VARIABLE, raising=False)
    monkeypatch.setattr(fashion_mnist, "download", unreachable)


def unreachable(folder: Path) -> None:
    download(folder, Mirror({}))


def filled(folder: Path, contents: dict[str, bytes] = PACKED) -> Path:
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("contents", [PACKED, CONTENTS], ids=["packed", "plain"])
def test_the_arrays_are_read_and_normalised(tmp_path: Path, contents: dict[str, bytes]) -> None:
    data = fashion_mnist.load(filled(tmp_path / "mine", contents))
    wanted = (ARRAYS[2][:, None] / 255 - fashion_mnist.MEAN) / fashion_mnist.DEVIATION
    np.testing.assert_allclose(data.test_images, wanted, rtol=1e-6)
    np.testing.assert_array_equal(data.train_labels, ARRAYS[1])
    assert data.sha256 == fashion_mnist.SHA256


def test_it_is_looked_for_in_the_documented_order(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = filled(tmp_path / "system")
    assert fashion_mnist.find() == system
    cached = filled(cache / "fashion_mnist")
    assert fashion_mnist.find() == cached
    named = filled(tmp_path / "named")
    monkeypatch.setenv(fashion_mnist.VARIABLE, str(named))
    assert fashion_mnist.find() == named
    argument = filled(tmp_path / "argument")
    assert fashion_mnist.find(argument) == argument


def test_a_named_folder_without_the_files_is_an_error_even_if_others_have_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "system")
    monkeypatch.setenv(fashion_mnist.VARIABLE, str(tmp_path / "typo"))
    with pytest.raises(ModelError, match=r"typo does not hold train-images.*install Debian's"):
        fashion_mnist.find()


def test_nowhere_and_no_network_says_how_to_get_it(cache: Path) -> None:
    reason = fashion_mnist.missing()
    assert reason is not None
    assert "no route to host" in reason
    assert "dataset-fashion-mnist" in reason
    assert fashion_mnist.VARIABLE in reason
    assert not cache.exists()


def test_a_mirror_out_of_reach_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    def refused(folder: Path) -> None:
        asked.append(folder)
        unreachable(folder)

    monkeypatch.setattr(fashion_mnist, "download", refused)
    assert fashion_mnist.missing() == fashion_mnist.missing() is not None
    with pytest.raises(ModelError, match="no route to host"):
        fashion_mnist.load()
    assert len(asked) == 1


def test_a_cache_that_cannot_be_written_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setattr(fashion_mnist, "download", lambda folder: download(folder, Mirror(PACKED)))
    assert "cannot be kept in" in (fashion_mnist.missing() or "")


def test_a_download_is_kept_and_not_repeated(cache: Path) -> None:
    mirror = Mirror(PACKED)
    download(cache / "fashion_mnist", mirror)
    assert len(mirror.asked) == len(fashion_mnist.FILES)
    assert fashion_mnist.missing() is None
    assert len(fashion_mnist.load().train_labels) == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"t10k-labels-idx1-ubyte.gz": b""}, "not a file in IDX", id="empty"),
        pytest.param({"t10k-labels-idx1-ubyte.gz": b"<html>"}, "cannot be downl", id="html"),
        pytest.param(
            {"t10k-labels-idx1-ubyte.gz": PACKED["t10k-labels-idx1-ubyte.gz"][:-9]},
            "cannot be downloaded",
            id="cut",
        ),
        pytest.param(
            {"t10k-labels-idx1-ubyte.gz": PACKED["t10k-labels-idx1-ubyte.gz"][:12] + b"?" * 99},
            "cannot be downloaded",
            id="garbled",
        ),
        pytest.param(
            {"t10k-labels-idx1-ubyte.gz": PACKED["train-labels-idx1-ubyte.gz"]},
            "the arrays' sha256 is",
            id="other",
        ),
    ],
)
def test_a_bad_download_leaves_nothing(change: dict[str, bytes], message: str, cache: Path) -> None:
    with pytest.raises(ModelError, match=message):
        download(cache / "fashion_mnist", Mirror(PACKED | change))
    assert not cache.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(idx(ARRAYS[1] + 1), "the arrays' sha256 is", id="other_values"),
        pytest.param(CONTENTS["train-labels-idx1-ubyte"][:-1], "not a file in IDX", id="cut"),
        pytest.param(b"\0", "not a file in IDX", id="short"),
    ],
)
def test_a_wrong_file_names_its_folder_and_the_remedy(
    content: bytes, message: str, tmp_path: Path
) -> None:
    folder = filled(tmp_path / "mine", CONTENTS | {"train-labels-idx1-ubyte": content})
    with pytest.raises(ModelError, match=rf"mine: .*{message}.*install Debian's"):
        fashion_mnist.load(folder)


def test_a_damaged_archive_names_the_file(tmp_path: Path) -> None:
    damaged = PACKED | {"t10k-labels-idx1-ubyte.gz": b"not gzip"}
    with pytest.raises(ModelError, match=r"t10k-labels-idx1-ubyte cannot be read"):
        fashion_mnist.load(filled(tmp_path / "mine", damaged))
