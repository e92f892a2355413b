"""Whether there is an NVIDIA GPU that can be used here: by the driver's file first, then by NVML.

Without such a file nothing is imported; torch and CUDA are never asked, since a process that has
asked CUDA cannot be forked any more.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bench.device.nvml import open_gpu
from bench.workers.session import Unavailable

if TYPE_CHECKING:
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
