from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.tensorrt import library as tensorrt_library
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
