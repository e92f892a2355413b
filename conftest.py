"""What a pytest run of this clone needs first: its settings, and the option of our own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

SETTINGS = Path(__file__).parent / "pyproject.toml"


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the option of our own tests.

    Raises:
        pytest.UsageError: the settings, which load bench.plugin, are another folder's. pytest looks
            for them before it knows our options, and takes a path after `--scenario ` for tests.
    """
    found = pluginmanager.getplugin("pytestconfig").inipath
    if found != SETTINGS:
        msg = (
            f"pytest reads {found or 'no settings'} instead of {SETTINGS}; give the path of a "
            "scenario with =, as --scenario=PATH: after a space pytest takes it for tests"
        )
        raise pytest.UsageError(msg)
    parser.addoption(
        "--regold", action="store_true", help="rewrite golden files; review the difference"
    )
