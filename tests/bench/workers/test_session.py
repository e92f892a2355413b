from __future__ import annotations

import pytest

from bench.workers.session import LONGEST_REASON, short_reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("broken", "broken"),
        ("  first\n\n   second \n", "first second"),
        ("Exception from src/inference/core.cpp:92:\nno such file", "no such file"),
        ("", "no message"),
        ("\n \n", "no message"),
    ],
)
def test_a_reason_is_one_line_that_says_the_cause(text: str, reason: str) -> None:
    assert short_reason(ValueError(text)) == reason


def test_a_long_reason_is_cut() -> None:
    assert len(short_reason(ValueError("bead " * 1000))) == LONGEST_REASON
