"""The suite's pytest plugin, and the option of tests that compare with golden files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["bench.plugin"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option of our own tests."""
    parser.addoption(
        "--regold", action="store_true", help="rewrite golden files; review the difference"
    )
