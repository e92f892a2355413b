"""What a stored record promises: it reads back equal, or says which key is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.gpu_state import GpuState
from results.record import Block, CaseKey, Metric, Quantity, Record, RecordError, Status
from tests.results.made_up import blocks, case, quantity, record

numbers = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(min_value=0, max_value=10**15)
words = st.text(min_size=1)
all_blocks = st.builds(
    Block,
    replicate=counts,
    round=counts,
    position=counts,
    iterations=counts,
    durations_s=st.lists(st.floats(min_value=0, allow_infinity=False)).map(tuple),
    gpu=st.none()
    | st.builds(
        GpuState,
        clock_hz=st.none() | numbers,
        memory_clock_hz=st.none() | numbers,
        temperature_c=st.none() | numbers,
        power_w=st.none() | numbers,
        reasons=st.lists(words, max_size=2).map(tuple),
    ),
)
all_records = st.builds(
    Record,
    case=st.builds(
        CaseKey,
        id=words,
        scenario=words,
        model=words,
        techniques=st.lists(st.text()).map(tuple),
        engine=words,
        precision=words,
        device=words,
        batch_size=counts,
        threads=counts,
        is_baseline=st.booleans(),
    ),
    status=st.sampled_from(["measured", "built", "skipped", "failed"]),
    reason=st.none() | st.text(),
    quantities=st.lists(
        st.builds(
            Quantity,
            metric=st.builds(
                Metric,
                name=words,
                unit=st.text(),
                better=st.sampled_from(["lower", "higher", "neither"]),
            ),
            value=numbers,
            low=st.none() | numbers,
            high=st.none() | numbers,
            n=st.none() | counts,
        ),
        max_size=3,
    ).map(tuple),
    facts=st.dictionaries(st.text(), st.text(), max_size=3),
    blocks=st.lists(all_blocks, max_size=3).map(tuple),
    yardstick_blocks=st.lists(all_blocks, max_size=3).map(tuple),
    predictions=st.none() | words,
    notes=st.lists(st.text(), max_size=3).map(tuple),
)


def good() -> dict[str, Any]:
    whole = record(case(), [quantity("params", 21840)], blocks(0.001), facts={"clock": "wall"})
    data: dict[str, Any] = json.loads(json.dumps(whole.as_dict()))
    return data


@given(all_records)
def test_a_record_survives_json(whole: Record) -> None:
    assert Record.from_dict(json.loads(json.dumps(whole.as_dict()))) == whole


def test_a_record_reads_back_without_json_between() -> None:
    whole = record(case(), [quantity("params", 21840)], blocks(0.001))
    assert Record.from_dict(whole.as_dict()) == whole


def test_a_key_of_a_later_suite_is_ignored() -> None:
    assert Record.from_dict({**good(), "weather": "fair"}) == Record.from_dict(good())


@pytest.mark.parametrize("key", list(good()))
def test_each_key_must_be_there(key: str) -> None:
    data = good()
    del data[key]
    with pytest.raises(RecordError, match=f"record: '{key}' is missing; the keys that are there"):
        Record.from_dict(data)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("schema", 2, "record: schema is 2, this suite reads 1"),
        ("schema", "1", "record.schema: expected a whole number"),
        ("case", [], "record.case: expected an object with named values, found []"),
        ("case.id", "", "record.case.id: expected a text that is not empty, found ''"),
        ("case.engine", 3, "record.case.engine: expected a text that is not empty, found 3"),
        ("case.techniques", "dense", "record.case.techniques: expected a list"),
        ("case.techniques", [1], "record.case.techniques: expected a list of texts"),
        ("case.batch_size", True, "record.case.batch_size: expected a whole number"),
        ("case.batch_size", -1, "record.case.batch_size: expected a whole number"),
        ("case.is_baseline", 1, "record.case.is_baseline: expected true or false"),
        ("status", "done", "record.status: expected one of measured, built, skipped, failed"),
        ("reason", 7, "record.reason: expected a text"),
        ("quantities.0.value", float("nan"), "record.quantities[0].value: expected a finite"),
        ("quantities.0.value", None, "record.quantities[0].value: expected a finite number"),
        ("quantities.0.value", 10**400, "record.quantities[0].value: expected a finite number"),
        ("quantities.0.low", "0", "record.quantities[0].low: expected a finite number"),
        ("quantities.0.metric.better", "up", "better: expected one of lower, higher, neither"),
        ("facts.clock", 1, "record.facts: expected an object of texts"),
        ("blocks.0.durations_s", [-1.0], "record.blocks[0].durations_s: expected a list of"),
        ("blocks.0.durations_s", [True], "record.blocks[0].durations_s: expected a list of"),
        ("notes", ["a", None], "record.notes: expected a list of texts"),
        ("predictions", None, "record.predictions: expected a text that is not empty"),
    ],
)
def test_a_wrong_value_names_its_place_and_what_was_allowed(
    path: str, value: object, message: str
) -> None:
    data = good()
    *way, last = path.split(".")
    inner: Any = data
    for step in way:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    inner[last] = value
    with pytest.raises(RecordError) as caught:
        Record.from_dict(data)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 200


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(RecordError, match="record: expected an object"):
        Record.from_dict([])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "reason", "outcome", "ending"),
    [
        ("failed", "no memory", "failed", "failed: no memory"),
        ("failed", "interrupted after 1 of 5 replicates", "interrupted", None),
        ("skipped", None, "skipped", "skipped: no reason was recorded"),
    ],
)
def test_what_ctrl_c_stopped_did_not_fail(
    status: Status, reason: str | None, outcome: str, ending: str | None
) -> None:
    found = record(case(), status=status, reason=reason)
    assert (found.outcome, found.ending) == (outcome, ending or reason)


def test_value_finds_a_metric_or_says_none() -> None:
    whole = record(case(), [quantity("params", 21840)])
    assert (whole.value("params"), whole.value("macs")) == (21840, None)


def test_blocks_of_a_cpu_are_stored_without_a_word_of_gpus() -> None:
    data = record(case(), [], blocks(0.001)).as_dict()
    assert not [block for block in data["blocks"] if "gpu" in block]
