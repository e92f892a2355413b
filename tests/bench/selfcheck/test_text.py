"""What the self-check says to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.selfcheck import text as selfcheck_text
from tests.bench.selfcheck.test_check import result

if TYPE_CHECKING:
    from tests.conftest import Golden


def test_a_quiet_machine_looks_like_this(golden: Golden) -> None:
    ratios = (1.0, 0.998, 1.003, 1.001)
    golden("selfcheck_quiet.txt", selfcheck_text.text(result(*ratios).as_dict()) + "\n")


def test_what_was_left_out_is_named_with_the_reason() -> None:
    said = selfcheck_text.text(result(1.0, absent=True).as_dict())
    assert "left out: digits/openvino: openvino is not installed\n" in said


def test_a_noisy_machine_is_told_what_would_help() -> None:
    said = selfcheck_text.text(result(1.2, 0.8).as_dict())
    assert "margins on this machine are raised from 1.0% to 20.00%" in said
    assert "too noisy to judge" in said
    for advice in ("governor", "turbo", "one thread", "other work"):
        assert advice in said


def test_a_raised_margin_alone_is_no_reason_to_give_up() -> None:
    said = selfcheck_text.text(result(1.02, 1.0).as_dict())
    assert "raised" in said
    assert "too noisy" not in said
