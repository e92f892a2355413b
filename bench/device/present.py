"""Whether there is an NVIDIA GPU that can be used here: by the driver's file first, then by NVML.

Without such a file nothing is imported; torch and CUDA are never asked, since a process that has
asked CUDA cannot be forked any more.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.device.nvml import open_gpu, told
from bench.workers.session import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.device.nvml import Gpu

DRIVER = "/dev/nvidiactl"  # Linux makes it when NVIDIA's driver is loaded
WINDOWS = "/dev/dxg"  # Linux under Windows has it for a GPU of any maker
FIRST = "cuda:0"
AUTO = "auto"


def opened(device: str, uuid: str | None = None) -> tuple[Gpu | None, str]:
    """What CUDA calls `device` here, or None and the reason why NVML does not show it.

    Args:
        device: "cuda:0".
        uuid: of torch's device properties; None where torch is not used.
    """
    try:
        import pynvml

        return open_gpu(pynvml, device, uuid), ""
    except ImportError:
        return None, "nvidia-ml-py is not installed"
    except Unavailable as reason:  # no driver, or no device
        return None, str(reason)


def measured(devices: Iterable[str]) -> str:
    """The GPU that speaks for a run on these devices."""
    return next((device for device in devices if device != "cpu"), FIRST)


def unlike(devices: Iterable[str]) -> str | None:
    """Why these devices are not for one run: GPUs of several kinds; None where they are alike.

    A run's tables and comparisons know one GPU. Of a single one nothing is asked.
    """
    named = [device for device in devices if device != "cpu"]
    gpus = {device: opened(device)[0] for device in named} if len(named) > 1 else {}
    kinds = {device: told(partial(getattr, gpu, "name")) for device, gpu in gpus.items() if gpu}
    if len(set(kinds.values())) < 2:  # noqa: PLR2004 - one, or none that is told
        return None
    each = ", ".join(f"{device} is {kind}" for device, kind in kinds.items())
    return f"--device: {each}; one run is of GPUs of one kind: measure each in a run of its own"


def auto() -> str:
    """What "auto" means: the first GPU where NVML shows one; else the CPU."""
    if not any(Path(file).exists() for file in (DRIVER, WINDOWS)):
        return "cpu"
    gpu, _ = opened(FIRST)
    return "cpu" if gpu is None else FIRST


def why_cpu(asked: str) -> str | None:
    """Why "auto" is the CPU although NVIDIA's driver is there; None where nothing is amiss.

    Args:
        asked: the devices that were asked for, with commas between them.
    """
    if AUTO not in asked.split(",") or not Path(DRIVER).exists():
        return None
    gpu, reason = opened(FIRST)
    return reason if gpu is None else None
