"""How choices are told: names whole in any terminal, and groups in which nothing can be judged."""

from __future__ import annotations

from dataclasses import replace

from results.choosing import text as choice_text
from results.choosing.better import Margins
from results.choosing.choice import groups
from results.choosing.front import frontier
from results.layout import table
from tests.results.made_up import whole_run
from tests.results.variants import Made, group


def test_names_of_variants_are_not_cut_where_a_line_ends() -> None:
    first = groups(table.rows(whole_run()))[0]
    front = frontier(first, Margins())
    for width in range(85, 110):
        words = choice_text.frontier(front, first, Margins(), width).split()
        assert {"half_width/openvino-bf16", "dense/torch_compile-fp32:"} <= set(words)


def test_a_group_without_accuracy_has_no_front_and_says_why() -> None:
    bare = [replace(row, record=replace(row.record, quantities=())) for row in group(Made())]
    said = choice_text.frontier(frontier(bare, Margins()), bare, Margins(), 100)
    assert "there is no front, as no variant has a time and a memory" in " ".join(said.split())
    assert "Without time, memory or accuracy: dense/eager-fp32, v0/onnxruntime-fp32" in said
