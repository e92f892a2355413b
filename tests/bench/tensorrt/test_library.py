from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bench.engines import tensorrt as engine
from bench.tensorrt import library as tensorrt_library
from bench.workers.session import Unavailable
from tests.bench.fake_tensorrt import fake

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def having(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def have(*installed: str) -> None:
        monkeypatch.setattr(tensorrt_library, "find_spec", lambda name: name in installed or None)

    return have


@pytest.mark.parametrize(
    ("installed", "taken"),
    [
        (("tensorrt", "tensorrt_rtx_bindings"), "tensorrt"),
        (("tensorrt_rtx_bindings",), "tensorrt_rtx_bindings"),
        ((), "tensorrt"),
    ],
)
def test_the_first_that_is_installed_is_taken(
    having: Callable[..., None], installed: tuple[str, ...], taken: str
) -> None:
    having(*installed)
    assert tensorrt_library.name() == taken


@pytest.mark.parametrize("error", [ImportError, OSError, ModuleNotFoundError])
@pytest.mark.parametrize(
    ("installed", "group"), [("tensorrt", "tensorrt"), ("tensorrt_rtx_bindings", "tensorrt-rtx")]
)
def test_one_that_cannot_be_imported_is_a_skip_and_ends_no_other_cases(
    having: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
    installed: str,
    group: str,
) -> None:
    def broken(_name: str) -> None:
        msg = "libnvinfer.so.11: cannot open shared object file"
        raise error(msg)

    having(installed)
    monkeypatch.setattr(tensorrt_library, "importlib", SimpleNamespace(import_module=broken))
    words = rf"{installed} cannot .* group {group} anew \(libnvinfer.so.11: cannot open"
    with pytest.raises(Unavailable, match=words):
        tensorrt_library.module()
    engine.preload()


def test_there_is_one_logger_for_each_library() -> None:
    first, second = fake("11.0.0")[0], fake("11.0.0")[0]
    assert tensorrt_library.log(first) is tensorrt_library.log(first)
    assert tensorrt_library.log(first) is not tensorrt_library.log(second)


def test_errors_are_taken_once_and_the_first_few_only() -> None:
    log = tensorrt_library.log(fake("11.0.0")[0])
    assert log.taken() == "it gave no reason"
    for bead in ("bead 0", "bead 1", "bead 2", "bead 3"):
        log.log("error", bead)
    log.log("warning", "a bead is loose")
    assert log.taken() == "bead 0; bead 1; bead 2"
    assert log.taken() == "it gave no reason"
