from __future__ import annotations

from dataclasses import replace

import pytest

from results.judging import limit
from results.judging.row import Row
from results.judging.target import TRAINING
from results.layout import table
from results.record import Metric, Quantity, Record
from results.store import Run
from tests.results.made_up import case, record, whole_run


def measured(values: dict[str, float], batch_size: int = 1) -> Record:
    quantities = [
        Quantity(metric=Metric(name=name, unit="", better="neither"), value=value)
        for name, value in values.items()
    ]
    return record(case(batch_size=batch_size), quantities)


def test_the_share_is_of_the_macs_of_a_batch_in_its_time() -> None:
    one = measured({"macs": 1e6, "latency_mean_s": 1e-3, "limit_macs_per_s": 1e12}, 64)
    assert limit.of_limit(one) == pytest.approx(0.064)


@pytest.mark.parametrize("absent", ["macs", "latency_mean_s", "limit_macs_per_s"])
def test_what_was_not_measured_has_no_share(absent: str) -> None:
    values = {"macs": 1e6, "latency_mean_s": 1e-3, "limit_macs_per_s": 1e12}
    del values[absent]
    assert limit.of_limit(measured(values)) is None


def test_a_training_has_no_share() -> None:
    one = measured({"macs": 1e6, "latency_mean_s": 1e-3, "limit_macs_per_s": 1e12})
    name, value = TRAINING
    assert limit.of_limit(one) is not None
    assert limit.of_limit(replace(one, facts={name: value})) is None


@pytest.mark.parametrize(
    ("precision", "held", "share"),
    [
        ("fp32", "float32", 0.1),
        ("bf16", "bfloat16", 0.05),
        ("fp16", "float16", 0.05),
        ("fp16", "fp16", 0.1),  # of a plan, whose file holds what is read
        ("fp32", "bfloat16", 0.1),  # a user's own network, which is so in its file
    ],
)
def test_weights_that_torch_halves_are_read_at_half_the_size_of_their_file(
    precision: str, held: str, share: float
) -> None:
    values = {"artifact_bytes": 1e6, "latency_mean_s": 1e-3, "limit_bytes_per_s": 1e10}
    one = measured(values, 64)
    one = replace(one, case=replace(one.case, precision=precision), facts={"precision": held})
    assert limit.of_limit_bytes(one) == pytest.approx(share)
    assert Row(record=one).as_dict()["of_limit_bytes"] == pytest.approx(share)


@pytest.mark.parametrize("absent", ["artifact_bytes", "latency_mean_s", "limit_bytes_per_s"])
def test_without_its_parts_there_is_no_share_of_bytes(absent: str) -> None:
    values = {"artifact_bytes": 1e6, "latency_mean_s": 1e-3, "limit_bytes_per_s": 1e10}
    del values[absent]
    assert limit.of_limit_bytes(measured(values)) is None


@pytest.mark.parametrize(("latency_s", "noted"), [(1e-3, False), (1e-6, True)])
def test_weights_that_memory_cannot_give_so_fast_come_from_a_cache(
    latency_s: float,
    noted: bool,  # noqa: FBT001
) -> None:
    one = measured({"artifact_bytes": 1e5, "latency_mean_s": latency_s, "limit_bytes_per_s": 1e10})
    found = list(limit.notes(one))
    assert bool(found) is noted
    if noted:
        assert found == ["weights are read from a cache: at 10.0 times what a large copy reaches"]


@pytest.mark.parametrize(("latency_s", "noted"), [(1.1e-6, False), (0.5e-6, True)])
def test_no_case_is_beyond_a_limit_without_a_word(
    latency_s: float,
    noted: bool,  # noqa: FBT001
) -> None:
    one = measured({"macs": 1e6, "latency_mean_s": latency_s, "limit_macs_per_s": 1e12})
    found = list(limit.notes(one))
    assert bool(found) is noted
    if noted:
        assert found[0].startswith("2.0 times what a large matrix product reached")


def test_it_is_defined_below_the_tables_that_show_it() -> None:
    one = measured({"macs": 1e6, "latency_mean_s": 1e-3, "limit_macs_per_s": 1e12})
    shown = table.markdown(Run(records=(one,)))
    assert "| of limit |" in shown
    assert limit.DEFINITION in shown
    assert limit.DEFINITION not in table.markdown(whole_run())
