"""What NVML says about the process that measures: opened where it runs, absent where it cannot."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.device.nvml import told
from bench.device.present import opened

if TYPE_CHECKING:
    from bench.device.nvml import Gpu
    from results.gpu_state import GpuState

BUT = "without inputs in turns"  # as the meter of memory counts; runs from before had them in it


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuMonitor:
    """One GPU as a worker watches it."""

    gpu: Gpu
    before_bytes: int | None  # in use before this process had loaded anything

    def state(self) -> GpuState:
        """What the device does now."""
        return self.gpu.state()

    def own_bytes(self) -> int | None:
        """Memory of this process on the device, by NVML's list or by what was there before.

        The difference counts what others take meanwhile: it is this process's alone until the
        next one of its group begins to load, and no longer.
        """
        listed = self.listed_bytes()
        if listed is not None or self.before_bytes is None:
            return listed
        now_bytes = self.gpu.used_bytes()
        if now_bytes is None or now_bytes <= self.before_bytes:
            return None
        return now_bytes - self.before_bytes

    def listed_bytes(self) -> int | None:
        """The same by NVML's list alone, at any time; None where that has other numbers."""
        return self.gpu.process_bytes(os.getpid())

    def counted_by(self) -> str:
        """How `own_bytes` is known, for a record."""
        if self.listed_bytes() is not None:
            return f"NVML's list of processes, {BUT}"
        if self.before_bytes is None:
            return "not told"
        return f"growth of the device's use, {BUT}"


def used_bytes(device: str) -> int | None:
    """Memory in use on a device before it is loaded to; None where NVML does not tell."""
    gpu, _ = opened(device)
    return None if gpu is None else told(gpu.used_bytes)


def free_memory(device: str) -> float | None:
    """Share of a device's memory that nobody has taken, 0 to 1; None where NVML does not tell."""
    gpu, _ = opened(device)
    if gpu is None:
        return None
    taken_bytes, total_bytes = told(gpu.used_bytes), told(gpu.total_bytes)
    return None if taken_bytes is None or total_bytes is None else 1 - taken_bytes / total_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A GPU monitor where there can be one, and what a record says of it."""

    gpu_monitor: GpuMonitor | None
    facts: dict[str, str]


NOBODY = Watched(gpu_monitor=None, facts={})  # of what runs on no GPU


def watch(device: str, uuid: str, before_bytes: int | None) -> Watched:
    """Watch a device that is loaded.

    Args:
        device: "cuda:0".
        uuid: of torch's device properties.
        before_bytes: what `used_bytes` said before loading.
    """
    gpu, reason = opened(device, uuid)
    if gpu is None:
        return Watched(gpu_monitor=None, facts={"nvml": f"not read: {reason}"})
    own, _ = opened(device)
    # Without torch a device was found by its number: NVML may have counted otherwise than CUDA.
    is_same = own is not None and own.uuid == gpu.uuid
    gpu_monitor = GpuMonitor(gpu=gpu, before_bytes=before_bytes if is_same else None)
    return Watched(
        gpu_monitor=gpu_monitor, facts={"nvml": gpu.name, "device_memory": gpu_monitor.counted_by()}
    )
