"""Makes a CUDA device this process's own, once it is known that it can do what is asked."""

from __future__ import annotations

from bench.device.capability import why_not
from bench.workers.session import Unavailable


def wake(device: str) -> None:
    """Give this process a context on the device.

    The first process that has one waits for the driver, 0.1 to 0.2 s on an H200, which would be
    counted against whatever is loaded first. Torch puts it off: a tensor without elements takes no
    memory and moves nothing, so that none would be made for it.
    """
    import torch

    if torch.cuda.is_available() and number(device) < torch.cuda.device_count():
        torch.zeros(1).to(device)
        torch.cuda.synchronize(device)


def open_device(device: str, precision: str) -> None:
    """Make torch's current device this one.

    Args:
        device: "cuda:0".
        precision: in which it is to compute.

    Raises:
        Unavailable: this build of torch cannot use it, there is none of that number, or it has no
            arithmetic for the precision.
    """
    import torch

    if not torch.cuda.is_available():
        msg = (
            "torch sees no CUDA device: this build has no CUDA, or the driver or "
            "CUDA_VISIBLE_DEVICES shows none; see python -m bench doctor"
        )
        raise Unavailable(msg)
    count = torch.cuda.device_count()
    if number(device) >= count:
        seen = f"cuda:0 to cuda:{count - 1}" if count > 1 else "cuda:0 alone"
        msg = f"there is no {device}: this process sees {seen} (see CUDA_VISIBLE_DEVICES)"
        raise Unavailable(msg)
    torch.cuda.set_device(device)
    has, title = torch.cuda.get_device_capability(), torch.cuda.get_device_name()
    if reason := why_not(precision, has, title):
        raise Unavailable(reason)


def number(device: str) -> int:
    """Which of the devices that this process sees."""
    return int(device.partition(":")[2] or 0)
