from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch._dynamo.utils import counters

from bench import availability
from bench.device import tf32
from bench.preparation import cache
from bench.preparation.inputs import InputSet
from bench.preparation.prepare import prepare
from bench.preparation.preparing import artifact_of
from bench.training.session import TrainingSession, learner
from bench.training.source import curves
from bench.workers.requests import Load, Measure, Time
from bench.workers.session import EngineError, Unavailable
from bench.workers.target import Target
from bench.workers.worker import load
from models import learning
from models.learning import Curve
from tests.bench.fake_cuda import FakeCuda
from tests.bench.loops import TWO_LOOPS
from tests.bench.runs import edit_digits, planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.case import Case
    from bench.preparation.artifact import Artifact

SHORT = TWO_LOOPS.replace("seeds = 3", "seeds = 3\nmost_epochs = 1").replace("[2]", "[64]")
SHORT = SHORT.replace('"one_cycle"', '"one_cycle@epochs=1", "cuda_graph"')


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """A worker sets for its process what others cannot live with afterwards."""
    yield
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def cases(tmp_path: Path) -> dict[str, Case]:
    return {case.techniques[0].name: case for case in planned(tmp_path, text=SHORT)}


def on_cpu(precision: str = "fp32") -> Target:
    threads = torch.get_num_threads()  # so that loading here changes nothing for other tests
    return Target(precision=precision, device="cpu", batch_size=64, threads=threads)


def made(case: Case, told: list[str] | None = None) -> Artifact:
    said = told if told is not None else []
    return prepare(case, lambda what, _share: said.append(what))


def test_each_seed_is_trained_once_and_kept(cases: dict[str, Case]) -> None:
    first, again = list[str](), list[str]()
    artifact = made(cases["dense"], first)
    assert {"training simple_cnn+dense in fp32, seed 2"} <= set(first)
    assert made(cases["dense"], again) == artifact
    assert again == []
    found = curves(artifact)
    assert len(found) == 3
    assert len({one.accuracies for one in found}) == 3


def test_the_same_training_computed_otherwise_is_not_trained_again(cases: dict[str, Case]) -> None:
    dense, told = made(cases["dense"]), list[str]()
    last = made(cases["channels_last"], told)
    assert told == []
    assert last.facts["curve"] == dense.facts["curve"]
    assert made(cases["larger_batch"]).facts["curve"] != dense.facts["curve"]


def test_the_artifact_says_what_is_to_be_reached_and_how(cases: dict[str, Case]) -> None:
    artifact = made(cases["larger_batch"])
    assert artifact.training is not None
    assert artifact.training["batches_per_step"] == 4
    assert artifact.facts["target"] == "0.9 of 239 held-out training images, within 1 epochs"
    assert "times=4" in artifact.facts["loop"]
    assert (artifact.params, artifact.macs) == (21_840, 480_500)
    assert artifact.size_bytes is None


def test_what_is_trained_on_is_neither_held_out_nor_tested(cases: dict[str, Case]) -> None:
    inputs = InputSet.load(Path(made(cases["dense"]).inputs))
    assert inputs.samples == 958
    assert inputs.labels is not None
    assert inputs.kind == "training images of digits, but for those held out"


def test_what_is_trained_on_is_kept_by_the_code_that_normalises_it(
    cases: dict[str, Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = made(cases["dense"]).inputs
    edit_digits(tmp_path, monkeypatch)
    assert made(cases["dense"]).inputs != before


LEARNT = Curve(samples=(64,), accuracies=(0.5,), test_accuracy=0.5, test_images=1, diverged=False)


@pytest.fixture
def learnt_in(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arithmetic that torch was told of by the time of each training, which are not made."""
    said: list[str] = []

    def learn(*_given: object) -> Curve:
        said.append(tf32.told())
        return LEARNT

    monkeypatch.setattr(learning, "learn", learn)
    return said


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Those of curves, as they are looked for in the cache."""
    seen: list[dict[str, Any]] = []
    real = cache.entry

    def entry(kind: str, key: dict[str, Any], *rest: Any) -> Path:  # noqa: ANN401 - as it is
        if kind == "curves":
            seen.append(key)
        return real(kind, key, *rest)

    monkeypatch.setattr(cache, "entry", entry)
    return seen


def test_on_a_gpu_curves_are_learnt_in_the_arithmetic_that_steps_are_timed_in(
    cases: dict[str, Case],
    learnt_in: list[str],
    keys: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    FakeCuda(lambda _: 0.0, capability=(9, 0)).patch(monkeypatch)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)  # as torch has it by itself
    opened: list[str] = []
    monkeypatch.setattr(torch.cuda, "set_device", opened.append)
    made(replace(cases["dense"], device="cuda:0"))
    assert set(learnt_in) == {"matrix products ieee, convolutions ieee"}
    assert set(opened) == {"cuda:0"}
    assert torch.backends.cudnn.allow_tf32  # for what the process prepares next
    assert {key["arithmetic"] for key in keys} == {"ieee"}


@pytest.mark.usefixtures("learnt_in")
def test_the_keys_of_a_cpus_curves_say_no_arithmetic(
    cases: dict[str, Case], keys: list[dict[str, Any]]
) -> None:
    """So that curves of before are still found."""
    made(cases["dense"])
    assert len(keys) == 3
    assert not any("arithmetic" in key for key in keys)


def test_a_gpu_without_the_precision_is_a_reason_and_no_curve(
    cases: dict[str, Case], learnt_in: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeCuda(lambda _: 0.0, capability=(7, 5)).patch(monkeypatch)
    with pytest.raises(Unavailable, match="bf16 needs compute capability"):
        made(replace(cases["dense"], device="cuda:0", precision="bf16"))
    assert learnt_in == []


def test_engines_share_an_artifact_and_precisions_do_not(cases: dict[str, Case]) -> None:
    dense = cases["dense"]
    assert artifact_of(dense) == artifact_of(replace(dense, engine="train_compile"))
    assert artifact_of(dense) != artifact_of(replace(dense, precision="bf16"))
    assert artifact_of(dense) != artifact_of(replace(dense, batch_size=32))


def test_what_needs_a_gpu_or_its_precision_is_a_reason(cases: dict[str, Case]) -> None:
    assert availability.why_not(cases["cuda_graph"], 2) == "cuda_graph needs the device cuda"
    fp16 = replace(cases["dense"], precision="fp16")
    assert availability.why_not(fp16, 2) == "train_eager offers bf16, fp32 on cpu, not fp16"


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_call_is_one_step_of_training(cases: dict[str, Case], precision: str) -> None:
    target = on_cpu(precision)
    own = learner(made(cases["dense"]), target, compiled=False)
    session = TrainingSession(own, target)
    before = [each.clone() for each in own.module.parameters()]
    call = session.bind({})
    call()
    assert any(
        not one.equal(other) for one, other in zip(before, own.module.parameters(), strict=True)
    )
    wanted = {"fp32": "float32", "bf16": "bf16 autocast"}[precision]
    assert session.facts["precision"] == wanted
    assert session.facts["boundary"] == "one training step, its batch fetched on the device"


def test_on_a_gpu_a_training_says_its_arithmetic_and_that_batches_are_its_own(
    cases: dict[str, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = on_cpu()
    own = learner(made(cases["dense"]), target, compiled=False)
    session = TrainingSession(own, target)
    assert session.own_batches
    assert "tf32" not in session.facts  # as in other sessions, of a CPU
    FakeCuda(lambda _: 0.0, capability=(9, 0)).patch(monkeypatch)
    session = TrainingSession(own, replace(target, device="cuda:0"))
    assert session.facts["tf32"] == "matrix products ieee, convolutions ieee"


def test_the_step_of_a_larger_batch_is_told(cases: dict[str, Case]) -> None:
    target = on_cpu()
    own = learner(made(cases["larger_batch"]), target, compiled=False)
    assert TrainingSession(own, target).facts["step"] == "256 samples; times are of 64"


def test_a_worker_trains_times_and_says_how_long_it_waits(cases: dict[str, Case]) -> None:
    request = Load(
        engine="train_eager",
        artifact=made(cases["dense"]),
        target=on_cpu(),
        cores=(),
    )
    bench, loaded = load(request)
    assert loaded.warm_up.iterations > 0
    timed = bench.answer(Time(at_least_s=0.02))
    assert timed.iterations == len(timed.durations_s) > 0
    (waited,) = bench.answer(Measure(meter="data_wait"))
    assert waited.metric.name == "data_wait_share"
    assert 0.0 < waited.value < 1.0


def test_steps_are_compiled_by_the_first_and_the_next_process_finds_them(
    cases: dict[str, Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "inductor"))
    artifact = made(cases["dense"])
    hits, misses = [], []
    for _process in range(2):
        torch._dynamo.reset()
        counters.clear()
        request = Load(engine="train_compile", artifact=artifact, target=on_cpu(), cores=())
        _, loaded = load(request)
        assert loaded.first_inference_s > loaded.warm_up.iteration_s
        assert counters["stats"]["unique_graphs"] == 1
        assert not counters["graph_break"]
        hits.append(counters["aot_autograd"]["autograd_cache_hit"])
        misses.append(counters["aot_autograd"]["autograd_cache_miss"])
    assert (hits, misses) == ([0, 1], [1, 0])


def test_steps_that_nothing_compiled_are_an_error(cases: dict[str, Case]) -> None:
    artifact = made(cases["dense"])
    request = Load(engine="train_compile", artifact=artifact, target=on_cpu(), cores=())
    nothing = torch._dynamo.config.patch(disable=True)  # as TORCHDYNAMO_DISABLE=1 does
    with nothing, pytest.raises(EngineError, match=r"compile compiled nothing of the model"):
        load(request)
