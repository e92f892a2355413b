from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from scenarios.section import SHOWN_CHARS, quoted, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    Mistakes = Callable[[str], list[str]]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            'engines = ["eager"]',
            'engine = ["eager"]\nengines = ["eager"]',
            "t.toml: [matrix]: unknown key 'engine'; known keys are models, techniques, "
            "engines, precisions, batch_sizes, threads; did you mean 'engines'?",
            id="unknown_key",
        ),
        pytest.param(
            "[matrix]",
            "[budgets]\n[matrix]",
            "t.toml: top level: unknown key 'budgets'; known keys are summary, default, task, "
            "model, models, dataset, device, baseline, margin, memory_margin, budget, training, "
            "inputs, matrix; did you mean 'budget'?",
            id="unknown_table",
        ),
        pytest.param(
            'engines = ["eager"]',
            'engines = ["eager", "onnxrt"]',
            "t.toml: [matrix]: engines: 'onnxrt' is not allowed; allowed is one of eager, "
            "onnxruntime, openvino, torch_compile; did you mean 'onnxruntime'?",
            id="unknown_engine",
        ),
        pytest.param(
            'engines = ["eager"]',
            'engines = ["eager", "eager"]',
            "t.toml: [matrix]: engines: 'eager' is listed twice; list each once",
            id="engine_twice",
        ),
        pytest.param(
            'engines = ["eager"]',
            'engines = "eager"',
            "t.toml: [matrix]: engines: 'eager' is not allowed; allowed is a list of at least one; "
            'write for example engines = ["eager"]',
            id="text_for_a_list",
        ),
        pytest.param(
            "batch_sizes = [1]",
            "",
            "t.toml: [matrix]: missing key 'batch_sizes'; allowed is a list of at least one; write "
            "for example batch_sizes = [1]",
            id="no_batch_sizes",
        ),
        pytest.param(
            "batch_sizes = [1]",
            "batch_sizes = [0]",
            "t.toml: [matrix]: batch_sizes: 0 is not allowed; allowed is a whole number from 1 to "
            "65536; write for example batch_sizes = [1]",
            id="batch_of_none",
        ),
        pytest.param(
            "batch_sizes = [1]",
            "batch_sizes = [1, true]",
            "t.toml: [matrix]: batch_sizes: true is not allowed; allowed is a whole number from 1 "
            "to 65536; write for example batch_sizes = [1]",
            id="true_is_not_one",
        ),
        pytest.param(
            "batch_sizes = [1]",
            "batch_sizes = [1]\nthreads = [2, 2]",
            "t.toml: [matrix]: threads: 2 is listed twice; list each once",
            id="threads_twice",
        ),
        pytest.param(
            "[matrix]",
            "[budget]\nreplicates = 1\n[matrix]",
            "t.toml: [budget]: replicates: 1 is not allowed; allowed is a whole number from 2 to "
            "1000; write for example replicates = 5",
            id="one_replicate",
        ),
        pytest.param(
            "[matrix]",
            "[budget]\nseconds_per_case = inf\n[matrix]",
            "t.toml: [budget]: seconds_per_case: inf is not allowed; allowed is a number from "
            "0.01 to 3600; write for example seconds_per_case = 2",
            id="endless",
        ),
        pytest.param(
            "[matrix]",
            "[budget]\ntarget_width = nan\n[matrix]",
            "t.toml: [budget]: target_width: nan is not allowed; allowed is a number from 0.0001 "
            "to 1; write for example target_width = 0.02",
            id="nan",
        ),
        pytest.param(
            "[matrix]",
            "margin = false\n[matrix]",
            "t.toml: top level: margin: false is not allowed; allowed is a number from 0.001 to "
            "0.5; write for example margin = 0.01",
            id="false_is_no_number",
        ),
        pytest.param(
            "[matrix]",
            "margin = 0\n[matrix]",
            "t.toml: top level: margin: 0 is not allowed; allowed is a number from 0.001 to 0.5; "
            "write for example margin = 0.01",
            id="nothing_is_the_same_by_0",
        ),
        pytest.param(
            "[matrix]",
            "[budget]\nreplicate = 5\n[matrix]",
            "t.toml: [budget]: unknown key 'replicate'; known keys are replicates, "
            "seconds_per_case, target_width, time_limit_s; did you mean 'replicates'?",
            id="unknown_key_of_the_budget",
        ),
        pytest.param(
            '"Is the pruned network faster?"',
            '"  "',
            "t.toml: top level: summary: '  ' is not allowed; allowed is one line of text; write "
            'for example summary = "Which variant is fastest on this machine?"',
            id="empty_summary",
        ),
        pytest.param(
            "[matrix]",
            'default = "yes"\n[matrix]',
            "t.toml: top level: default: 'yes' is not allowed; allowed is true or false; write "
            "default = false",
            id="text_for_a_flag",
        ),
        pytest.param(
            "[matrix]",
            "budget = 5\n[matrix]",
            "t.toml: top level: budget: 5 is not allowed; allowed is a table; write [budget] and "
            "its keys below it",
            id="number_for_a_table",
        ),
        pytest.param(
            '"Is the pruned network faster?"',
            '"""two\nlines"""',
            "t.toml: top level: summary: 'two\\nlines' is not allowed; allowed is one line of "
            'text; write for example summary = "Which variant is fastest on this machine?"',
            id="summary_of_two_lines",
        ),
    ],
)
def test_a_mistake_names_file_section_key_what_is_allowed_and_what_to_do(
    old: str, new: str, line: str, smallest: str, mistakes: Mistakes
) -> None:
    assert old in smallest
    assert mistakes(smallest.replace(old, new, 1)) == [line]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("it's", '"it\'s"'),
        (False, "false"),
        (0.5, "0.5"),
        ([1, 2], "a list"),
        ([], "an empty list"),
        ({"a": 1}, "a table"),
        pytest.param(10**5000, "a very long number", id="too_long_to_print"),
        ("a" * 100, "'" + "a" * (SHOWN_CHARS - 1) + "..."),
    ],
)
def test_a_value_is_shown_on_one_short_line(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize("key", ["x", "input.1", "input:0", "a b", 'say "x"', "\\", "", "größe"])
def test_a_quoted_key_is_read_as_itself(key: str) -> None:
    assert tomllib.loads(f"[{quoted(key)}]") == {key: {}}


def test_a_key_that_is_bare_stays_as_it_is() -> None:
    assert [quoted(key) for key in ("x", "input.1")] == ["x", '"input.1"']


def test_a_section_names_its_key_as_it_has_to_be_written(smallest: str, mistakes: Mistakes) -> None:
    text = '[inputs.tensors."input.1"]\nshape = 3\ndtype = "int8"\n[matrix]'
    (line,) = mistakes(smallest.replace("[matrix]", text))
    assert line.startswith('t.toml: [inputs.tensors."input.1"]: shape: 3 is not allowed')
