from __future__ import annotations

import math
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_args

import pytest
import torch

from bench import registry
from bench.device import ceilings
from bench.meters import cpu_time, energy
from bench.training.session import TrainingSession
from bench.workers.target import Target
from bench.workers.worker import Bench
from results.record import Better
from tests.bench.fake_cuda import BLOCK_BYTES, WORKING_BYTES
from tests.bench.fakes import TICK_S, FakeClock, ScriptedSession, scored
from tests.bench.gpu_world import DEVICE_S, ENERGY_J, FIRST_BYTES, NOW_BYTES, gpu_bench

if TYPE_CHECKING:
    from results.record import Quantity

DEVICES = ("cpu", "cuda:0")
METERS = registry.names("meters")
SUFFIXES = {
    "s": ("_s", "_s_per_sample"),
    "B": ("_bytes",),
    "J": ("_j", "_j_per_sample"),
    "W": ("_w",),
    "1/s": ("_per_s", "_hz"),
    "B/s": ("_bytes_per_s",),
}
ALL_SUFFIXES = tuple(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
ON_GPU = [name for name in METERS if registry.meter(name).missing("cpu")]


def bench(clock: FakeClock, batch_size: int = 1) -> Bench:
    return Bench(ScriptedSession(clock, lambda _: TICK_S), scored(), batch_size, clock)


@pytest.fixture
def on_gpu(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """One that has been loaded on a GPU, where a call takes half a tick of the device."""
    return gpu_bench(clock, monkeypatch)


@pytest.fixture
def training(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """One of a training on a CPU, whose steps take a tick each and teach nothing."""
    small = ceilings.Sizes(rows=8, copied_bytes=64)
    monkeypatch.setattr(ceilings, "SIZES", {"cpu": small, "cuda": small})
    monkeypatch.setattr(ceilings, "_fastest_s", lambda _device, _call: TICK_S)
    learner: Any = SimpleNamespace(
        loop=SimpleNamespace(workers=None),
        batch_size=1,
        step=lambda: clock.advance(TICK_S),
        fetch=tuple,
        train=lambda: None,
    )
    target = Target(precision="fp32", device="cpu", batch_size=1, threads=1)
    return Bench(TrainingSession(learner, target), scored(), 1, clock, target=target)


@pytest.fixture(params=METERS)
def name(request: pytest.FixtureRequest) -> str:
    meter: str = request.param
    return meter


def measured(name: str, own: Bench) -> list[Quantity]:
    return list(registry.meter(name).quantities(own))


@pytest.mark.parametrize("device", DEVICES)
def test_a_meter_says_whether_it_can_measure_there(name: str, device: str) -> None:
    reason = registry.meter(name).missing(device)
    assert reason is None or len(reason) > 10


def test_a_meter_yields_numbers_with_units(name: str, on_gpu: Bench, training: Bench) -> None:
    found = [quantity for own in (on_gpu, training) for quantity in measured(name, own)]
    assert found
    for quantity in found:
        metric = quantity.metric
        assert quantity.value >= 0
        assert metric.better in get_args(Better)
        if metric.unit:
            assert metric.name.endswith(SUFFIXES[metric.unit])
        else:  # a count or a share has no unit in its name either
            assert not metric.name.endswith(ALL_SUFFIXES)


def test_meters_measure_different_things(on_gpu: Bench, training: Bench) -> None:
    owners: dict[str, str] = {}
    for meter in METERS:
        for quantity in (*measured(meter, on_gpu), *measured(meter, training)):
            assert owners.setdefault(quantity.metric.name, meter) == meter


def test_a_meter_of_training_says_nothing_of_inference(clock: FakeClock) -> None:
    assert measured("data_wait", bench(clock)) == []


def test_a_meter_opens_with_what_it_measures(name: str) -> None:
    assert (registry.meter(name).__doc__ or "").partition("\n")[0].endswith(".")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """One clock for the wall and the processor."""
    made = FakeClock()
    monkeypatch.setattr(cpu_time, "time", SimpleNamespace(process_time=made))
    return made


@pytest.mark.parametrize("batch_size", [1, 8])
def test_processor_time_is_of_one_sample(clock: FakeClock, batch_size: int) -> None:
    (found,) = measured("cpu_time", bench(clock, batch_size))
    assert found.value == TICK_S / batch_size
    assert found.n == -(-cpu_time.WINDOW_S // TICK_S)


def test_processor_time_is_of_one_sample_where_a_call_takes_several_batches(
    clock: FakeClock,
) -> None:
    session = ScriptedSession(clock, lambda _: TICK_S)
    own = Bench(session, scored(), 8, clock, batches_per_call=4)
    (found,) = measured("cpu_time", own)
    assert found.value == TICK_S / 32


@pytest.mark.parametrize("name", ON_GPU)
def test_a_meter_of_a_gpu_yields_nothing_on_a_cpu(name: str, clock: FakeClock) -> None:
    assert registry.meter(name).missing("cuda:0") is None
    assert measured(name, bench(clock)) == []


def values(name: str, own: Bench) -> dict[str, float]:
    return {found.metric.name: found.value for found in measured(name, own)}


def test_the_devices_memory_is_that_of_the_process_and_of_the_allocator(on_gpu: Bench) -> None:
    assert values("device_memory", on_gpu) == {
        "device_peak_bytes": NOW_BYTES - on_gpu.rotated_bytes,
        "device_loaded_bytes": FIRST_BYTES,
        "device_allocator_peak_bytes": BLOCK_BYTES + WORKING_BYTES,  # one batch, and what runs it
    }


def test_inputs_in_turns_that_lie_where_loading_had_been_are_not_left_out_twice(
    on_gpu: Bench,
) -> None:
    """An allocator gives nothing back: the process had at least what it had at the first call."""
    on_gpu.rotated_bytes = NOW_BYTES
    found = values("device_memory", on_gpu)
    assert found["device_peak_bytes"] == found["device_loaded_bytes"] == FIRST_BYTES
    assert found["device_allocator_peak_bytes"] == on_gpu.first_peak_bytes


def test_what_an_engine_says_of_its_own_memory_is_measured_too(on_gpu: Bench) -> None:
    session: Any = on_gpu.session
    session.memory_bytes = {"engine_scratch_bytes": 0, "engine_weights_bytes": 1024}
    found = values("device_memory", on_gpu)
    assert (found["engine_scratch_bytes"], found["engine_weights_bytes"]) == (0.0, 1024.0)


def test_limits_are_those_of_the_cases_precision(on_gpu: Bench) -> None:
    assert values("limits", on_gpu) == {
        "limit_macs_per_s": 8**3 / DEVICE_S,
        "limit_bytes_per_s": 2 * 64 / DEVICE_S,
    }


def test_what_limits_took_of_a_gpus_memory_is_given_back(
    on_gpu: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where they could not be measured."""
    session: Any = on_gpu.session
    values("limits", on_gpu)
    assert session.cuda.emptied == 1

    def full(_device: str) -> float:
        msg = "CUDA out of memory"
        raise RuntimeError(msg)

    monkeypatch.setattr(ceilings, "bytes_per_s", full)
    with pytest.raises(RuntimeError, match="out of memory"):
        values("limits", on_gpu)
    assert session.cuda.emptied == 2
    ceilings.give_back("cpu")
    assert session.cuda.emptied == 2


def test_limits_are_left_out_where_the_case_has_left_no_room_for_them(
    on_gpu: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _name: (100, 80 << 30))
    assert values("limits", on_gpu) == {}


def test_limits_of_a_cpu_are_not_measured_where_torch_does_not_run(
    on_gpu: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "torch")
    assert values("limits", on_gpu) == {}


def test_the_three_times_of_a_gpu_are_told_apart(on_gpu: Bench) -> None:
    assert values("device_time", on_gpu) == {
        "device_hot_p50_s": DEVICE_S,
        "host_p50_s": TICK_S,  # with the launch
        "host_with_copies_p50_s": 3 * TICK_S,
    }


def test_energy_is_shared_by_the_calls_of_a_long_window(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = gpu_bench(clock, monkeypatch, batch_size=4)
    started_s = clock.now_s
    per_inference, per_sample, power = measured("energy", own)
    assert power.value == ENERGY_J / ((per_inference.n or 0) * TICK_S)  # a call lasts one tick
    assert clock.now_s - started_s >= energy.WINDOW_S
    until_step = math.ceil(energy.LOOK_S / TICK_S)
    assert per_inference.n == energy.WINDOW_S / TICK_S + until_step
    assert per_inference.value == ENERGY_J / per_inference.n
    assert per_sample.value == per_inference.value / 4


def test_energy_is_of_one_sample_where_a_training_step_takes_several_batches(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = gpu_bench(clock, monkeypatch, batch_size=4)
    own.batches_per_call = 3
    per_batch, per_sample, _ = measured("energy", own)
    assert per_batch.value * (per_batch.n or 0) == pytest.approx(ENERGY_J / 3)
    assert per_sample.value == pytest.approx(per_batch.value / 4)


def test_a_counter_that_stood_still_measured_nothing(on_gpu: Bench) -> None:
    assert on_gpu.seen is not None
    on_gpu.seen.gpu._nvml.put("nvmlDeviceGetTotalEnergyConsumption", [{"handle": "h0"}], [5])
    assert measured("energy", on_gpu) == []
