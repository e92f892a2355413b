"""Whether others use a GPU, asked while nothing of ours runs: this also sees into containers.

NVML lists processes by the host's numbers, and in a container often none, so memory in use and the
share of time that a kernel ran are asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.device.nvml import Gpu

BUSY = 0.05  # of the time: what a desktop or a monitor takes is less


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Memory and time that are not ours."""

    used_bytes: int  # the driver's own few hundred megabytes are among them
    share: float | None  # of the last sampling period in which a kernel ran; None: not told

    def __str__(self) -> str:
        """Such as "0 % of the time, 0.6 GB"."""
        share = "an unknown share" if self.share is None else f"{self.share:.0%}"
        return f"{share} of the time, {self.used_bytes / 1e9:.1f} GB"


def in_use(gpu: Gpu) -> Use:
    """What is in use now."""
    return Use(used_bytes=gpu.used_bytes(), share=gpu.utilisation())
