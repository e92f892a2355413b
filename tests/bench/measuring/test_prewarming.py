"""Of each fork server one case is loaded before loading counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.measuring.scope import RATIOS
from bench.workers.remote import Failed
from bench.workers.requests import Load, Prewarm
from tests.bench.runs import ALL, DENSE_EAGER, DENSE_ONNX

if TYPE_CHECKING:
    from tests.bench.one_replicate import OneReplicate


def test_the_first_case_of_each_fork_server_is_loaded_once_before_loading_counts(
    one: OneReplicate,
) -> None:
    """Whoever is first pays for caches."""
    one()
    loads = [(who, asked) for who, asked in one.world.asked if isinstance(asked, Load | Prewarm)]
    assert [who for who, _ in loads[:2]] == [f"prewarm {DENSE_EAGER}", f"prewarm {DENSE_ONNX}"]
    assert sorted(who for who, _ in loads[2:]) == sorted(ALL)
    assert one.world.most_live == len(ALL) + 1  # the yardstick too: prewarmed ones have ended


def test_what_fails_when_it_is_prewarmed_is_judged_by_what_it_does_when_it_counts(
    one: OneReplicate,
) -> None:
    one.world.breaks("prewarm *", Failed("killed"), on=Prewarm)
    one()
    assert [tally.stopped for tally in one.tallies] == [None] * 4


def test_where_nobody_asks_when_a_case_was_ready_nothing_is_prewarmed(one: OneReplicate) -> None:
    one(scope=RATIOS)
    assert not [asked for _, asked in one.world.asked if isinstance(asked, Prewarm)]
