"""One GPU as NVML sees it: clocks, temperature, power, energy, memory and who else uses it.

A MIG device shares clock, power and energy with the whole GPU: of these only what tells how it runs
is read, and never energy, which others spend too.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from bench.device import lookup, reasons
from bench.device.visible import NotVisibleError, chosen
from bench.workers.session import EngineError, Unavailable
from results.gpu_state import GpuState

if TYPE_CHECKING:
    from collections.abc import Callable

Told = TypeVar("Told")


def open_gpu(library: Any, device: str, uuid: str | None = None) -> Gpu:  # noqa: ANN401 - untyped
    """The GPU that CUDA calls `device` in this process.

    Args:
        library: the module pynvml.
        device: "cuda:0".
        uuid: as torch's device properties have it; None where torch is not used.

    Raises:
        Unavailable: there is no driver, or NVML does not know the device.
    """
    index = int(device.partition(":")[2] or 0)
    try:
        library.nvmlInit()
        wanted = chosen(os.environ.get("CUDA_VISIBLE_DEVICES"), index)
        return Gpu(library, lookup.find(library, wanted, uuid))
    except (library.NVMLError, NotVisibleError, EngineError) as error:
        msg = f"NVML does not show {device}: {error}"
        raise Unavailable(msg) from error


def told(read: Callable[[], Told]) -> Told | None:
    """What a reading gives; None also where the GPU can no longer be used."""
    try:
        return read()
    except EngineError:
        return None


class Gpu:
    """Reads one device; what it does not give, for want of a sensor or for an error, is None.

    Only a GPU that can no longer be used raises EngineError: no number of it means anything.
    """

    def __init__(self, library: Any, handle: Any) -> None:  # noqa: ANN401 - the library is untyped
        self._nvml = library
        self._own = handle
        is_part = bool(self._asked(lambda: library.nvmlDeviceIsMigDeviceHandle(handle)))
        self._whole = (
            library.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(handle) if is_part else handle
        )
        # In MIG mode CUDA shows a process a part, also where NVML shows it none.
        self.is_mig = is_part or lookup.is_divided(library, handle)

    def _asked(self, read: Callable[[], Any]) -> Any:  # noqa: ANN401 - each has its answer
        """What a reading gives, or None where there is none."""
        try:
            return read()
        except self._nvml.NVMLError as error:
            gone = {self._nvml.NVML_ERROR_GPU_IS_LOST, self._nvml.NVML_ERROR_RESET_REQUIRED}
            if error.value not in gone:
                return None
            msg = f"NVML: {error}"
            raise EngineError(msg) from error

    def _text(self, read: Callable[[], Any]) -> str:
        """What every device has."""
        try:
            return str(read())
        except self._nvml.NVMLError as error:
            msg = f"NVML: {error}"
            raise EngineError(msg) from error

    def _scaled(self, read: Callable[[], float], unit: float) -> float | None:
        value = self._asked(read)
        return None if value is None else float(value) * unit

    @property
    def name(self) -> str:
        """As NVIDIA calls it; of a MIG device with its profile."""
        return self._text(lambda: self._nvml.nvmlDeviceGetName(self._own))

    @property
    def uuid(self) -> str:
        """By which both NVML and CUDA know the device: "GPU-..." or "MIG-..."."""
        return self._text(lambda: self._nvml.nvmlDeviceGetUUID(self._own))

    @property
    def whole_uuid(self) -> str:
        """That of the GPU that this is, or is a part of: operators set things of whole GPUs."""
        return self._text(lambda: self._nvml.nvmlDeviceGetUUID(self._whole))

    @property
    def driver(self) -> str:
        """The driver's version."""
        return self._text(self._nvml.nvmlSystemGetDriverVersion)

    def state(self) -> GpuState:
        """What the device does at this moment."""
        nvml, whole = self._nvml, self._whole
        bits = self._asked(lambda: _event_reasons(nvml, whole))
        return GpuState(
            clock_hz=self._clock_hz(nvml.NVML_CLOCK_SM),
            memory_clock_hz=self._clock_hz(nvml.NVML_CLOCK_MEM),
            temperature_c=self._scaled(
                lambda: nvml.nvmlDeviceGetTemperature(whole, nvml.NVML_TEMPERATURE_GPU), 1.0
            ),
            power_w=self._scaled(lambda: nvml.nvmlDeviceGetPowerUsage(whole), 1e-3),
            reasons=reasons.names(bits or 0),
        )

    def _clock_hz(self, which: int) -> float | None:
        return self._scaled(lambda: self._nvml.nvmlDeviceGetClockInfo(self._whole, which), 1e6)

    def energy_j(self) -> float | None:
        """What the whole GPU has used since its driver was loaded; None of a part of a GPU."""
        if self.is_mig:
            return None
        return self._scaled(lambda: self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._own), 1e-3)

    def used_bytes(self) -> int | None:
        """Memory in use by all processes and the driver; None where it is the host's (GB10)."""
        memory = self._memory()
        return None if memory is None else int(memory.used)

    def total_bytes(self) -> int | None:
        """Memory that the device has; None where it is the host's."""
        memory = self._memory()
        return None if memory is None else int(memory.total)

    def _memory(self) -> Any:  # noqa: ANN401 - the library is untyped
        return self._asked(lambda: self._nvml.nvmlDeviceGetMemoryInfo(self._own))

    def process_bytes(self, pid: int) -> int | None:
        """Memory of one process; None where NVML counts processes otherwise than we do.

        In a container it gives the numbers of the host, or none at all.
        """
        for each in self._asked(self._processes) or ():
            if each.pid == pid and each.usedGpuMemory is not None:
                return int(each.usedGpuMemory)
        return None

    def _processes(self) -> Any:  # noqa: ANN401 - the library is untyped
        """By the function of today, or by that of drivers before 510.

        The library raises another kind of error than all others where the first is not there.
        """
        try:
            return self._nvml.nvmlDeviceGetComputeRunningProcesses(self._own)
        except self._nvml.NVMLLibraryMismatchError:
            return self._nvml.nvmlDeviceGetComputeRunningProcesses_v2(self._own)

    def utilisation(self) -> float | None:
        """Share of the last sampling period in which a kernel ran, 0 to 1; None of a MIG device."""
        found = self._asked(lambda: self._nvml.nvmlDeviceGetUtilizationRates(self._own))
        return None if found is None else float(found.gpu) / 100

    def is_for_one_process(self) -> bool:
        """Whether an operator lets no more than one process use the GPU, or none.

        Its compute mode is "exclusive process" or "prohibited".
        """
        several = (None, self._nvml.NVML_COMPUTEMODE_DEFAULT)
        mode = self._asked(lambda: self._nvml.nvmlDeviceGetComputeMode(self._whole))
        return mode not in several

    def limits(self) -> dict[str, float | None]:
        """Settings that only an operator changes: the highest clock, power limit, persistence."""
        nvml, whole = self._nvml, self._whole
        sm, limit_mw = nvml.NVML_CLOCK_SM, nvml.nvmlDeviceGetEnforcedPowerLimit
        return {
            "most_clock_hz": self._scaled(lambda: nvml.nvmlDeviceGetMaxClockInfo(whole, sm), 1e6),
            "power_limit_w": self._scaled(lambda: limit_mw(whole), 1e-3),
            "persistence": self._scaled(lambda: nvml.nvmlDeviceGetPersistenceMode(whole), 1.0),
        }


def _event_reasons(library: Any, handle: Any) -> int:  # noqa: ANN401 - the library is untyped
    """By the name of today, or by that of drivers before 535."""
    try:
        return int(library.nvmlDeviceGetCurrentClocksEventReasons(handle))
    except library.NVMLError as error:
        if error.value != library.NVML_ERROR_FUNCTION_NOT_FOUND:
            raise
        return int(library.nvmlDeviceGetCurrentClocksThrottleReasons(handle))
