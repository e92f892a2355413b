"""docs/gpu.md's commands for a borrowed GPU measure as many cases as they say."""

from __future__ import annotations

import re
import shlex

import pytest

from bench import options
from tests.docs.scripts import ROOT

LINE = re.compile(r"^ {4}(pytest bench/ .*--case .*?) +# (\d+) cases$", re.MULTILINE)
COMMANDS = LINE.findall((ROOT / "docs" / "gpu.md").read_text())


def given(words: list[str], option: str) -> tuple[str, ...]:
    return tuple(words[index + 1] for index, word in enumerate(words) if word == option)


def test_the_commands_are_found() -> None:
    assert len(COMMANDS) >= 5


@pytest.mark.parametrize(("command", "count"), COMMANDS)
def test_a_command_for_a_borrowed_gpu_measures_what_it_says(command: str, count: str) -> None:
    words = shlex.split(command)
    asked = options.Options(
        scenarios=given(words, "--scenario"),
        cases=given(words, "--case"),
        device="cuda:0",
        twins=True,
    )
    found = options.selected_cases(asked)
    assert len(found) == int(count)
    assert any(case.is_baseline for case in found)
    assert any(case.twin for case in found)
