"""What the doctor says of a GPU: who else uses it, and what an operator may set."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from bench.device.use import in_use
from bench.doctor.finding import Finding
from bench.workers.session import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.device.nvml import Gpu

# nvidia-smi's own options, each with -i and the GPU's UUID: without that it sets all of them.
SMI = "nvidia-smi -i {uuid} "
LOCK = SMI + "--lock-gpu-clocks={mhz:.0f} (undo: " + SMI + "--reset-gpu-clocks)"
PERSIST = SMI + "--persistence-mode=1"
SHARE = SMI + "--compute-mode=0"
SHOW = SMI + "-q -d PERFORMANCE,POWER"
RESET = "nvidia-smi --gpu-reset with -i and its number, or restart the machine"
EXAMPLE_SHARE = 0.75  # of the highest clock: one that most GPUs can hold under load


def gpu_findings(gpu: Gpu | None, reason: str, *, is_wanted: bool = False) -> Iterator[Finding]:
    """Yield what was found of the first GPU.

    Args:
        gpu: it; None without one.
        reason: why there is none.
        is_wanted: whether there ought to be one.
    """
    if gpu is None and is_wanted:
        advice = "mend it, or measure the CPU with --device cpu"
        text = f"no NVIDIA GPU can be used ({reason}), though asked for or with a driver; {advice}"
        yield Finding(what="gpu", state="broken", text=text)
        return
    if gpu is None:
        text = f"no NVIDIA GPU with a driver; CPU only ({reason})"
        yield Finding(what="gpu", state="note", text=text)
        return
    try:
        yield from _of(gpu)
    except EngineError as error:
        text = f"it can no longer be used: {error}; an operator may: {RESET}"
        yield Finding(what="gpu", state="broken", text=text)


def _of(gpu: Gpu) -> Iterator[Finding]:
    shared = (
        "; a part of a GPU: clocks are shared, and energy is not measured" if gpu.is_mig else ""
    )
    yield Finding(what="gpu", state="ok", text=f"{gpu.name}, driver {gpu.driver}{shared}")
    uuid = gpu.whole_uuid
    if gpu.is_for_one_process():
        advice = f"an operator may: {SHARE.format(uuid=uuid)}"
        text = f"one process alone may use it, and a run has several at a time; {advice}"
        yield Finding(what="gpu compute mode", state="broken", text=text)
    yield _use(gpu)
    yield _clocks(gpu, uuid)
    if gpu.limits()["persistence"] == 0.0:
        advice = f"an operator may: {PERSIST.format(uuid=uuid)}"
        text = f"off: the driver is loaded anew for each first process; {advice}"
        yield Finding(what="gpu persistence", state="note", text=text)


def lacking(engine: Any) -> str | None:  # noqa: ANN401 - a module of bench.engines
    """What an engine lacks to use a GPU, in the installed build of its library or beside it.

    A build lists each provider that it was compiled with; what a provider is linked to is looked
    for, and not imported.
    """
    if (provider := getattr(engine, "GPU_PROVIDER", None)) is None:
        return None
    import onnxruntime

    if provider not in onnxruntime.get_available_providers():
        return f"no {provider} in this build: its cases on a GPU are skipped; install the group gpu"
    library: str | None = getattr(engine, "GPU_LIBRARY", None)
    if library is None or find_spec(library) is not None:
        return None
    return (
        f"{library} is not installed, which {provider} is linked to: its cases on a GPU are "
        f"skipped; install the group {library}"
    )


def _use(gpu: Gpu) -> Finding:
    found = in_use(gpu)
    if found.is_shared:
        text = f"{found}: others will widen the intervals; stop them, or take another GPU"
        return Finding(what="gpu in use", state="note", text=text)
    return Finding(what="gpu in use", state="ok", text=str(found))


def _clocks(gpu: Gpu, uuid: str) -> Finding:
    state, limits = gpu.state(), gpu.limits()
    most_hz = limits["most_clock_hz"]
    if state.throttled:
        is_hot = any("thermal" in cause for cause in state.throttled)
        shown = f"what holds it, an operator may see: {SHOW.format(uuid=uuid)}"
        advice = "wait until it has cooled" if is_hot else shown
        text = f"held down now: {', '.join(state.throttled)}; {advice}"
        return Finding(what="gpu clocks", state="note", text=text)
    if most_hz is None:
        return Finding(what="gpu clocks", state="note", text="this device does not tell them")
    lock = LOCK.format(uuid=uuid, mhz=EXAMPLE_SHARE * most_hz / 1e6)
    limit_w = limits["power_limit_w"]
    power = "" if limit_w is None else f", power limit {limit_w:.0f} W"
    text = f"up to {most_hz / 1e6:.0f} MHz{power}; they vary with load and heat. An operator may: "
    return Finding(what="gpu clocks", state="note", text=text + lock)
