from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, get_args

import pytest

from bench.campaign import Campaign
from bench.case import Case
from bench.engines import onnxruntime
from bench.measuring import assemble
from bench.measuring.spent import Phase
from bench.workers.remote import Failed, Skipped
from bench.workers.requests import Load, Time
from tests.bench.runs import planned
from tests.bench.world import Ready

if TYPE_CHECKING:
    from pathlib import Path

    from bench.measuring.group_run import GroupRun
    from bench.measuring.tally import Tally
    from results.record import Record
    from tests.bench.world import World

TWO_GROUPS = ("batch_sizes = [1]", "batch_sizes = [1, 32]")
DENSE_EAGER = "simple_cnn+dense/eager-fp32"


class Shown:
    """A progress sink that keeps what it was told."""

    def __init__(self) -> None:
        self.shares: list[float] = []
        self.texts: list[str] = []
        self.is_open = False

    def show(self, share: float, text: str) -> None:
        self.shares.append(share)
        self.texts.append(text)
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


class Run:
    """A campaign of two groups in a world."""

    def __init__(self, world: World, folder: Path) -> None:
        self.cases = planned(folder, TWO_GROUPS)
        self.sink = Shown()
        self.campaign = Campaign(self.cases, world.machine(), self.sink)

    def all(self) -> None:
        for case in self.cases:
            self.campaign.record(case)


@pytest.fixture
def run(world: World, tmp_path: Path) -> Run:
    return Run(world, tmp_path)


def kinds(world: World) -> list[type]:
    return [type(request) for _, request in world.asked]


def test_every_case_gets_a_record_with_its_own_key(run: Run) -> None:
    run.all()
    assert {name: record.case for name, record in run.campaign.records.items()} == {
        case.id: case.key() for case in run.cases
    }
    assert {record.status for record in run.campaign.records.values()} == {"measured"}


def test_all_is_prepared_before_anything_is_loaded(run: Run, world: World) -> None:
    run.all()
    order = kinds(world)
    assert max(i for i, kind in enumerate(order) if kind is Case) < order.index(Load)


def test_what_cases_share_is_prepared_once(run: Run, world: World) -> None:
    run.all()
    assert kinds(world).count(Case) == 4  # for eight cases: batch sizes share


def test_a_group_is_measured_when_its_first_case_is_asked_for_and_only_once(
    run: Run, world: World
) -> None:
    first = run.campaign.record(run.cases[0])
    assert {record.case.batch_size for record in run.campaign.records.values()} == {1}
    asked = len(world.asked)
    for case in run.cases:
        if case.batch_size == 1:
            run.campaign.record(case)
    assert run.campaign.record(run.cases[0]) is first
    assert len(world.asked) == asked


def test_a_case_that_cannot_be_had_here_is_skipped_without_being_prepared(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnxruntime, "LIBRARY", "abacusruntime")
    run.all()
    skipped = {r.case.engine: (r.status, r.reason) for r in run.campaign.records.values()}
    assert skipped == {
        "eager": ("measured", None),
        "onnxruntime": ("skipped", "abacusruntime is not installed"),
    }
    assert not any("onnxruntime" in name for name, _ in world.asked)


def test_a_case_that_cannot_be_prepared_says_why_and_the_others_go_on(
    run: Run, world: World
) -> None:
    world.breaks("prepare *half_width/onnx*", Failed("ExportError: no"), on=Case)
    world.breaks("prepare *half_width/eager*", Skipped("no such data"), on=Case)
    run.all()
    found = {name.partition("+")[2]: r for name, r in run.campaign.records.items()}
    for batch in ("b1", "b32"):
        assert found[f"half_width/onnxruntime-fp32/{batch}"].reason == "ExportError: no"
        assert found[f"half_width/eager-fp32/{batch}"].status == "skipped"
        assert found[f"dense/onnxruntime-fp32/{batch}"].value("ratio") == 1.0


def test_when_nothing_can_be_prepared_nothing_is_measured(run: Run, world: World) -> None:
    world.breaks("prepare *", Failed("no"), on=Case)
    run.all()
    assert {record.reason for record in run.campaign.records.values()} == {"no"}
    assert Load not in kinds(world)


def test_an_engine_for_preparing_that_does_not_start_fails_every_case(
    run: Run, world: World
) -> None:
    world.breaks("preparation", Failed("ImportError: libtorch.so"), on=Ready)
    run.all()
    assert {record.reason for record in run.campaign.records.values()} == {
        "ImportError: libtorch.so"
    }


def test_progress_goes_from_preparing_to_the_end_and_never_back(run: Run) -> None:
    run.all()
    first_measured = next(i for i, t in enumerate(run.sink.texts) if "measuring" in t)
    assert all(text.startswith("preparing: ") for text in run.sink.texts[:first_measured])
    for shares in (run.sink.shares[:first_measured], run.sink.shares[first_measured:]):
        assert shares == sorted(shares)
    assert run.sink.shares[-1] == 1.0
    assert all("to go" in text for text in run.sink.texts[first_measured:])
    assert not run.sink.is_open


def test_ctrl_c_keeps_what_is_finished_and_says_of_the_rest_how_far_it_came(
    run: Run, world: World
) -> None:
    world.breaks(f"{DENSE_EAGER}/b32", KeyboardInterrupt(), on=Time, number=1)
    with pytest.raises(KeyboardInterrupt):
        run.all()
    statuses = {r.case.batch_size: r.status for r in run.campaign.records.values()}
    assert statuses == {1: "measured", 32: "failed"}
    reasons = {r.reason for r in run.campaign.records.values() if r.case.batch_size == 32}
    assert reasons == {"interrupted after 0 of 3 replicates"}
    assert not run.sink.is_open
    assert world.live == []


def test_a_mistake_of_ours_while_measuring_is_raised_and_leaves_records(
    run: Run, world: World
) -> None:
    world.breaks(f"{DENSE_EAGER}/b1", ZeroDivisionError(), on=Load, number=2)
    with pytest.raises(ZeroDivisionError):
        run.all()
    notes = {record.notes for record in run.campaign.records.values()}
    assert (len(run.campaign.records), notes) == (4, {("interrupted after 2 of 3 replicates",)})
    assert run.campaign.interrupted
    assert world.live == []


def test_ctrl_c_while_preparing_closes_the_progress_as_well(run: Run, world: World) -> None:
    world.breaks("prepare *half*", KeyboardInterrupt(), on=Case)
    with pytest.raises(KeyboardInterrupt):
        run.all()
    assert run.campaign.records == {}
    assert not run.sink.is_open


def test_ctrl_c_while_records_are_made_comes_when_all_are_kept(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = assemble.record

    def interrupted(*given: Any) -> Record:  # noqa: ANN401 - passed on
        signal.raise_signal(signal.SIGINT)
        return record(*given)

    monkeypatch.setattr(assemble, "record", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.all()
    assert [each.status for each in run.campaign.records.values()] == ["measured"] * 4


def test_a_record_that_cannot_be_made_costs_no_other_and_is_not_measured_again(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = assemble.record

    def broken(tally: Tally, of: GroupRun) -> Record:
        if tally.case.id.endswith(f"{DENSE_EAGER}/b1"):
            raise FileNotFoundError(2, "No such file", "1.npy")
        return record(tally, of)

    monkeypatch.setattr(assemble, "record", broken)
    run.all()
    reasons = {r.case.id: r.reason for r in run.campaign.records.values() if r.reason}
    (why,) = reasons.values()
    assert why.startswith("its record could not be made: FileNotFoundError: ")
    assert kinds(world).count(Load) == 8 * 3


def test_a_progress_that_cannot_be_closed_costs_no_record(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.campaign.record(run.cases[0])
    (other, *_) = (case for case in run.cases if case.id not in run.campaign.records)

    def closed() -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(run.sink, "close", closed)
    with pytest.raises(OSError, match="Input/output"):
        run.campaign.record(other)
    assert {each.status for each in run.campaign.records.values()} == {"measured"}
    assert len(run.campaign.records) == 8


def test_the_seconds_inside_blocks_are_summed_over_groups(run: Run) -> None:
    run.all()
    inside_s = sum(
        sum(block.durations_s)
        for record in run.campaign.records.values()
        for block in (*record.blocks, *record.yardstick_blocks)
    )
    assert run.campaign.block_s == inside_s > 0


def test_every_phase_of_the_time_is_counted(run: Run) -> None:
    run.all()
    assert set(run.campaign.spent.seconds) == set(get_args(Phase))


def test_what_can_only_be_built_here_is_not_measured_and_fails_nothing(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = "built, not run: no CUDA device"
    monkeypatch.setattr(onnxruntime, "ONLY_BUILT", {"cpu": why}, raising=False)
    run.all()
    by_engine = {(r.case.engine, r.status, r.reason) for r in run.campaign.records.values()}
    assert by_engine == {("eager", "measured", None), ("onnxruntime", "built", why)}
    built = next(r for r in run.campaign.records.values() if r.status == "built")
    assert built.value("artifact_bytes") == 4096
    assert built.facts["variant"] == "simple_cnn+dense"
    assert not any("onnxruntime" in name for name, one in world.asked if isinstance(one, Load))
