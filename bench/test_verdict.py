"""The run's verdict: with --fail-on, one test a verdict, after everything was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import gate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.judging.change import Change


def test_nothing_is(failing_verdict: str, changes: Sequence[Change] | None) -> None:
    """No case got this verdict against the earlier run."""
    if changes is None:
        pytest.skip("there is no earlier run of this machine, suite and libraries with these cases")
    if found := gate.of(failing_verdict, changes):
        pytest.fail("\n".join(found), pytrace=False)
