"""How choices are told: names whole in any terminal, and groups in which nothing can be judged."""

from __future__ import annotations

from dataclasses import replace

from results.choosing import text as choice_text
from results.choosing.better import Margins
from results.choosing.choice import Limits, choose, groups
from results.choosing.front import frontier
from results.layout import table
from tests.results.made_up import at_clock, whole_run
from tests.results.variants import Made, group, rows


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


def test_why_times_cannot_be_told_apart_is_what_holds_of_these_two() -> None:
    made = [row.record for row in group(Made(time=0.5), Made(time=0.6, right=960))]
    once = [replace(each, blocks=each.blocks[:4]) for each in made]
    slower = at_clock(made[2].blocks, "power cap (software)")
    capped = [*made[:2], replace(made[2], blocks=slower)]
    for records, why in ((once, "one replicate has no interval"), (capped, "clock was held down")):
        found = rows(records)
        choice = choose(found, Limits(), Margins())
        said = choice_text.recommendation(choice, found, Margins(), 100)
        assert f"cannot be told apart ({why}" in said.replace("the GPU's clock", "clock")
        assert "because its accuracy is higher" in " ".join(said.split())
