"""What all tests share: signals that are heard, and golden files, text compared as a whole."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator

import hypothesis
import pytest

# A busy machine makes examples slow, which says nothing of the code.
hypothesis.settings.register_profile("any_machine", deadline=None)
hypothesis.settings.load_profile("any_machine")

UNROUNDED = re.compile(r"\b\d+\.\d{10,}(e[-+]?\d+)?\b")

Golden = Callable[[str, str], None]


@pytest.fixture(autouse=True, scope="session")
def _signals_are_heard() -> None:
    """nohup and a shell's background jobs have signals ignored, which children inherit."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True, scope="session")
def _no_options_of_this_run() -> Iterator[None]:
    """What this run, its xdist and its terminal were told is not meant for what tests start.

    xdist itself reads none of it: its workers have what they need in their configuration.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_XDIST_WORKER", raising=False)  # pytest-benchmark would be disabled
        patch.delenv("PYTEST_ADDOPTS", raising=False)
        patch.delenv("COLUMNS", raising=False)  # tables would be as wide as the caller's terminal
        yield


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with the file of that name beside the test; with --regold write it instead."""

    def compare(name: str, text: str) -> None:
        path = request.path.parent / "golden" / name
        if request.config.getoption("--regold", default=False):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing; write it with: pytest --regold"
        assert _rounded(text) == _rounded(path.read_text(encoding="utf-8"))

    return compare


def _rounded(text: str) -> str:
    """Without the last places of numbers, in which versions of numpy and scipy differ."""
    return UNROUNDED.sub(lambda found: f"{float(found[0]):.8g}", text)
