from __future__ import annotations

import pytest

from models import ModelError, Recipe
from models.loop import Loop, loop
from models.recipe import parse
from models.techniques import tasks


def looped(*techniques: str) -> Loop:
    return loop(Recipe(family="simple_cnn", techniques=techniques, dataset="digits"))


@pytest.mark.parametrize("technique", ["dense", "half_width", "channels_last"])
def test_what_changes_the_network_leaves_the_loop_plain(technique: str) -> None:
    assert looped(technique) == Loop()


@pytest.mark.parametrize(
    ("techniques", "wanted"),
    [
        (["one_cycle"], Loop(cycle_epochs=5, rate_times=4.0)),
        (["larger_batch@times=2"], Loop(times=2, rate_times=2.0)),
        (["larger_batch@times=2", "larger_batch@times=3"], Loop(times=6, rate_times=6.0)),
        (
            ["larger_batch@times=4", "one_cycle@epochs=3,peak=2.0"],
            Loop(times=4, rate_times=8.0, cycle_epochs=3),
        ),
        (["accumulate@steps=2", "accumulate@steps=2"], Loop(accumulate=4)),
        (["loader@workers=3"], Loop(workers=3)),
        (["foreach_optimizer"], Loop(update="foreach")),
        (["fused_optimizer"], Loop(update="fused")),
        (["activation_checkpointing"], Loop(checkpointing=True)),
        (["cuda_graph"], Loop(cuda_graph=True)),
    ],
    ids=lambda each: "+".join(each) if isinstance(each, list) else "",
)
def test_training_techniques_add_up(techniques: list[str], wanted: Loop) -> None:
    assert looped(*techniques) == wanted


def test_the_order_of_network_and_loop_does_not_matter() -> None:
    assert looped("channels_last", "one_cycle") == looped("one_cycle", "channels_last")


SAME = Loop(update="fused", workers=2, cuda_graph=True)
IN_PARTS = Loop(accumulate=2, checkpointing=True)


@pytest.mark.parametrize("by_batch", [False, True])
def test_what_only_computes_otherwise_is_the_same_training(*, by_batch: bool) -> None:
    assert SAME.essence(by_batch=by_batch) == Loop()


def test_parts_of_a_batch_are_the_same_training_only_without_batch_norm() -> None:
    assert IN_PARTS.essence(by_batch=False) == Loop()
    assert IN_PARTS.essence(by_batch=True) == IN_PARTS


@pytest.mark.parametrize(
    "other", [Loop(times=2), Loop(rate_times=2.0), Loop(cycle_epochs=3)], ids=str
)
def test_another_training_stays_another(other: Loop) -> None:
    assert other.essence(by_batch=False) == other


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one_cycle@epochs=0", "epochs is 0, but must be 1 or more"),
        ("one_cycle@peak=0", "peak is 0.0, but must be more than 0"),
        ("one_cycle@peak=nan", "peak is nan"),
        ("larger_batch@times=1", "times is 1, but must be 2 or more"),
        ("loader@workers=0", "workers is 0, but must be 1 or more"),
        ("accumulate@steps=1", "steps is 1, but must be 2 or more"),
    ],
)
def test_an_impossible_option_is_a_clear_error(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("one_cycle", {"training"}),
        ("dense", {"inference", "training"}),
        ("half_width", {"inference", "training"}),
        ("tuned", {"inference"}),  # it says how it is trained, as a training scenario does
        ("channels_last", {"inference", "training"}),
        ("prune_structured", {"inference", "training"}),
        ("prune_unstructured", {"inference"}),
        ("grouped_from_dense", {"inference"}),
        ("distill", {"inference"}),
        ("fold_batch_norm", {"inference"}),
    ],
)
def test_a_technique_says_at_what_it_is_measured(name: str, wanted: set[str]) -> None:
    assert tasks(name) == wanted
